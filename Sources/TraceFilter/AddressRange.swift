internal import TraceModel

/// An address, or all addresses that begin with the same bits.
///
/// IPv4 and IPv6 do not meet: `::/0` is every IPv6 address and no IPv4 one. An IPv4-mapped IPv6
/// address is the IPv4 address. With a port it is one end: `10.1.1.2:4000`, `10.1.1.2..4000`.
public struct AddressRange: Sendable, Equatable {
  private let network: IPAddress
  private let mask: IPAddress
  private let isIPv4: Bool
  /// Whether the address does not matter, only the port.
  private let isAny: Bool
  private let port: PortRange?

  /// Reads `ADDR` or `ADDR/PREFIX`; bits after the prefix do not count. Each may have a port behind `..` or,
  /// but for an IPv6 address without brackets, a colon.
  init(_ option: String, _ text: String) throws(FilterMistake) {
    let end = EndpointText(text)
    port = try end.port.map { (port) throws(FilterMistake) in try PortRange(option, port) }
    isAny = end.address == "*" && port != nil
    if isAny {
      (mask, network, isIPv4) = (.unspecified, .unspecified, false)
      return
    }
    let parts = end.address.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
    guard let first = parts.first, let address = IPAddress(first) else {
      throw FilterMistake(
        "\(option) \(text): this is no IP address; write it like 10.1.1.2, 10.1.0.0/16, "
          + "2001:db8::/32 or, with a port, 10.1.1.2:4000 or 10.1.1.2..4000.")
    }
    // Text with colons counts 128 bits, also for ::ffff:10.1.1.2.
    let isDotted = !first.contains(":")
    let width = isDotted ? 32 : 128
    var length = width
    if parts.count == 2 {
      guard let prefix = decimal(parts[1]), prefix <= width else {
        throw FilterMistake(
          "\(option) \(text): the prefix of such an address is a number from 0 to \(width).")
      }
      length = prefix
    }
    if isDotted { length += 96 }
    mask = IPAddress(high: Self.mask(length), low: Self.mask(length - 64))
    network = IPAddress(high: address.high & mask.high, low: address.low & mask.low)
    isIPv4 = address.isIPv4 && length >= 96
  }

  /// The first `length` bits of 64 set.
  private static func mask(_ length: Int) -> UInt64 {
    length <= 0 ? 0 : length >= 64 ? ~0 : ~0 << UInt64(64 - length)
  }

  /// Whether the address is in the range.
  @inline(__always)
  func contains(_ address: IPAddress) -> Bool {
    if isAny { return true }
    let difference =
      (address.high ^ network.high) & mask.high | (address.low ^ network.low) & mask.low
    return difference == 0 && (isIPv4 || !address.isIPv4)
  }

  /// Whether the end is in the range: its address, and its port where the range names one.
  @inline(__always)
  func contains(_ end: Endpoint, hasPort: Bool) -> Bool {
    guard contains(end.address) else { return false }
    guard let port else { return true }
    return hasPort && port.contains(end.port)
  }
}

/// A port or the ports from one to another.
public struct PortRange: Sendable, Equatable {
  private let first: UInt16
  private let last: UInt16

  /// Reads `N`, `N-M` or the name of a service.
  init(_ option: String, _ text: Substring) throws(FilterMistake) {
    if let port = ServiceNames.port(text) {
      (first, last) = (port, port)
      return
    }
    let parts = text.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
    guard let first = parts.first.flatMap(Self.port), let last = parts.last.flatMap(Self.port)
    else {
      throw FilterMistake(
        "\(option) \(text): write a port from 0 to 65535, a range like 8800-8899, the name of a "
          + "service like https, or several of them with commas.")
    }
    guard first <= last else {
      throw FilterMistake(
        "\(option) \(text): the first port is above the last; write \(last)-\(first).")
    }
    self.first = first
    self.last = last
  }

  private static func port(_ text: Substring) -> UInt16? {
    decimal(text).flatMap { UInt16(exactly: $0) }
  }

  /// Whether the port is in the range.
  @inline(__always)
  func contains(_ port: UInt16) -> Bool { port >= first && port <= last }
}

/// A number of up to nine decimal digits and nothing else.
func decimal(_ text: some StringProtocol) -> Int? {
  guard (1...9).contains(text.utf8.count), text.utf8.allSatisfy({ (48...57).contains($0) }) else {
    return nil
  }
  return Int(text)
}
