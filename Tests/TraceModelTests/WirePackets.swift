import TestSupport

/// Packets written out by hand, for the tests of the wire decoder.
enum WirePackets {
  static let macs = "02 00 00 00 00 01 02 00 00 00 00 02"
  static let ipv4Addresses = "0A 00 00 01 0A 00 00 02"
  static let ipv6Addresses =
    "20010DB8000000000000000000000001 20010DB8000000000000000000000002"
  /// 40000 to 80, sequence 1000, acknowledgment 2000, PSH ACK, window 500; then "abc".
  static let tcp = "9C40 0050 000003E8 000007D0 50 18 01F4 0000 0000 616263"
  /// 40000 to 53, length 11; then "abc".
  static let udp = "9C40 0035 000B 0000 616263"

  /// An IPv4 header without options.
  static func ipv4(
    length: Int, protocol number: String = "06", fragment: String = "0000", start: String = "45"
  ) -> String {
    "\(start) 00 \(digits(length)) BEEF \(fragment) 40 \(number) 0000 \(ipv4Addresses)"
  }

  /// An IPv6 header.
  static func ipv6(length: Int, next: String = "06") -> String {
    "60000000 \(digits(length)) \(next) 40 \(ipv6Addresses)"
  }

  static func digits(_ value: Int) -> String {
    let text = String(value, radix: 16)
    return String(repeating: "0", count: max(0, 4 - text.count)) + text
  }
}
