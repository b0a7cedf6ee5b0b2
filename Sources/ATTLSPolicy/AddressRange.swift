public import TraceModel

extension IPAddress {
  /// The address as a number, in the low 32 bits for IPv4.
  var value: UInt128 { isIPv4 ? UInt128(ipv4) : UInt128(high) << 64 | UInt128(low) }

  /// Makes an address from its number.
  init(value: UInt128, isIPv4: Bool) {
    self =
      isIPv4
      ? IPAddress(ipv4: UInt32(truncatingIfNeeded: value))
      : IPAddress(
        high: UInt64(truncatingIfNeeded: value >> 64), low: UInt64(truncatingIfNeeded: value))
  }

  /// Bits in an address of this family.
  var bits: Int { isIPv4 ? 32 : 128 }
}

/// A run of addresses: one address, a prefix, or first to last.
public struct AddressRange: Sendable, Hashable, CustomStringConvertible {
  /// The first address.
  public let low: IPAddress
  /// The last address, of the same family.
  public let high: IPAddress

  /// Makes a range; nil when the ends are of different families or in the wrong order.
  public init?(low: IPAddress, high: IPAddress) {
    guard low.isIPv4 == high.isIPv4, low.value <= high.value else { return nil }
    self.low = low
    self.high = high
  }

  /// Parses `address`, `address/bits` or `address-address`.
  public init?(_ text: some StringProtocol) {
    let text = Substring(text)
    if let slash = text.firstIndex(of: "/") {
      let digits = text[text.index(after: slash)...]
      guard let base = IPAddress(text[..<slash]), digits.utf8.count <= 3,
        digits.utf8.allSatisfy({ $0 >= 48 && $0 <= 57 }), let bits = Int(digits),
        bits <= base.bits
      else { return nil }
      let host = UInt128.max >> UInt128(128 - (base.bits - bits))
      let mask = bits == base.bits ? UInt128(0) : host
      self.init(
        low: IPAddress(value: base.value & ~mask, isIPv4: base.isIPv4),
        high: IPAddress(value: base.value | mask, isIPv4: base.isIPv4))
    } else if let dash = text.firstIndex(of: "-") {
      guard let low = IPAddress(trimmed(text[..<dash])),
        let high = IPAddress(trimmed(text[text.index(after: dash)...]))
      else { return nil }
      self.init(low: low, high: high)
    } else {
      guard let one = IPAddress(text) else { return nil }
      self.init(low: one, high: one)
    }
  }

  /// The range as a policy writes it: an address, a prefix where it is one, or first-last.
  public var description: String {
    if low == high { return low.description }
    let size = high.value - low.value
    if size & (size &+ 1) == 0, low.value & size == 0 {
      return "\(low)/\(low.bits - size.nonzeroBitCount)"
    }
    return "\(low)-\(high)"
  }
}

/// A run of ports.
public struct PortRange: Sendable, Hashable, CustomStringConvertible {
  /// The first port.
  public let low: UInt16
  /// The last port.
  public let high: UInt16

  /// Makes a range, nil when the ends are in the wrong order.
  public init?(low: UInt16, high: UInt16) {
    guard low <= high else { return nil }
    self.low = low
    self.high = high
  }

  /// Parses `n`, `n-m`, `n:m` or `n m`; nil for anything else.
  public init?(_ text: some StringProtocol) {
    let parts = String(text).split(maxSplits: 2, omittingEmptySubsequences: true) {
      $0 == "-" || $0 == ":" || $0 == " " || $0 == "\t"
    }
    let isNumber = { (part: Substring) in
      !part.isEmpty && part.utf8.allSatisfy { $0 >= 48 && $0 <= 57 }
    }
    guard (1...2).contains(parts.count), text.first != "-", parts.allSatisfy(isNumber),
      let low = UInt16(parts[0]),
      let high = UInt16(parts[parts.count - 1])
    else { return nil }
    self.init(low: low, high: high)
  }

  /// Does the range hold all of `other`?
  public func contains(_ other: PortRange) -> Bool { low <= other.low && other.high <= high }

  /// The range as `n-m`, also for one port, the way listings and policies show it.
  public var description: String { "\(low)-\(high)" }
}
