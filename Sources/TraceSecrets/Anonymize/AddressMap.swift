internal import TraceModel

/// Addresses mapped so that those with a common beginning have one afterwards: CryptoPAn.
///
/// Each bit is changed by the first bit of the cipher of all bits before it, filled up with a secret pad; so
/// the map is one to one, and every program that has the key makes the same of an address.
/// Source: Xu, Fan, Ammar, Moon: "Prefix-Preserving IP Address Anonymization", ICNP 2002, and the program of
/// its authors.
///
/// Addresses that name nobody stay: unspecified, loopback, broadcast, multicast.
struct AddressMap {
  private let cipher: AES128
  private let pad: [UInt8]
  private var known4: [UInt32: UInt32] = [:]
  private var known6: [IPAddress: IPAddress] = [:]
  /// Addresses that are remembered; the others are mapped again.
  private static let most = 1 << 18

  /// - Parameter key: 32 bytes, sixteen for the cipher and sixteen for the pad.
  init(_ key: [UInt8]) {
    cipher = AES128(Array(key.prefix(16)))
    pad = cipher.encrypt(Array((key.dropFirst(16) + [UInt8](repeating: 0, count: 16)).prefix(16)))
  }

  mutating func map(_ address: IPAddress) -> IPAddress {
    if address.isIPv4 { return IPAddress(ipv4: map(ipv4: address.ipv4)) }
    if Self.stays(address) { return address }
    if let known = known6[address] { return known }
    let bits = (0..<16).map { at in
      UInt8(
        truncatingIfNeeded: (at < 8 ? address.high : address.low) >> UInt64(56 - 8 * (at % 8)))
    }
    let mapped = permuted(bits)
    let value = { (range: Range<Int>) in mapped[range].reduce(UInt64(0)) { $0 << 8 | UInt64($1) } }
    let new = IPAddress(high: value(0..<8), low: value(8..<16))
    if known6.count >= Self.most { known6 = [:] }
    known6[address] = new
    return new
  }

  mutating func map(ipv4 address: UInt32) -> UInt32 {
    if Self.stays(ipv4: address) { return address }
    if let known = known4[address] { return known }
    let bytes = (0..<4).map { UInt8(truncatingIfNeeded: address >> UInt32(24 - 8 * $0)) }
    let new = permuted(bytes).reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
    if known4.count >= Self.most { known4 = [:] }
    known4[address] = new
    return new
  }

  /// The map itself, for an address of any length up to sixteen bytes.
  func permuted(_ address: [UInt8]) -> [UInt8] {
    var block = pad
    var result = address
    for bit in 0..<8 * address.count {
      let mask: UInt8 = 0x80 >> UInt8(bit % 8)
      if cipher.encrypt(block)[0] & 0x80 != 0 { result[bit / 8] ^= mask }
      // The next block begins with one bit more of the address.
      block[bit / 8] = block[bit / 8] & ~mask | address[bit / 8] & mask
    }
    return result
  }

  static func stays(ipv4 address: UInt32) -> Bool {
    address == 0 || address == .max || address >> 24 == 127 || address >> 28 == 0xE
  }

  static func stays(_ address: IPAddress) -> Bool {
    if address.isIPv4 { return stays(ipv4: address.ipv4) }
    return address.high == 0 && address.low <= 1 || address.high >> 56 == 0xFF
  }
}

extension Pseudonyms {
  /// Maps the IPv4 address that stands in a packet.
  func mapIPv4(in bytes: inout [UInt8], at place: Int) {
    guard place >= 0, place + 4 <= bytes.count else { return }
    let new = map(ipv4: bytes[place..<place + 4].reduce(0) { $0 << 8 | UInt32($1) })
    for index in 0..<4 {
      bytes[place + index] = UInt8(truncatingIfNeeded: new >> UInt32(24 - 8 * index))
    }
  }

  /// Maps the IPv6 address that stands in a packet.
  func mapIPv6(in bytes: inout [UInt8], at place: Int) {
    guard place >= 0, place + 16 <= bytes.count else { return }
    let high = bytes[place..<place + 8].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    let low = bytes[place + 8..<place + 16].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    let new = map(IPAddress(high: high, low: low))
    for index in 0..<8 {
      bytes[place + index] = UInt8(truncatingIfNeeded: new.high >> UInt64(56 - 8 * index))
      bytes[place + 8 + index] = UInt8(truncatingIfNeeded: new.low >> UInt64(56 - 8 * index))
    }
  }
}
