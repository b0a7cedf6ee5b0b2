/// An address with or without a port as people and programs write it, taken apart and not yet looked at.
///
/// `10.1.1.2`, `10.1.1.2:4000`, `[2001:db8::1]:4000` (RFC 5952 section 6), and `10.1.1.2..4000` as z/OS
/// messages have it. An IPv6 address without brackets has no port behind a colon: `2001:db8::1:80` is an
/// address.
public struct EndpointText {
  /// The text before the port, without the brackets of IPv6.
  public var address: Substring
  /// Nil when there is none, empty when only its separator stands there.
  public var port: Substring?

  /// Splits `ADDR..PORT`, `[ADDR]:PORT` and `ADDR:PORT`. Nothing is checked: either part may be anything.
  public init(_ text: String) {
    address = text[...]
    if let dots = text.firstRange(of: "..") {
      address = text[..<dots.lowerBound]
      port = text[dots.upperBound...]
    } else if text.hasPrefix("["), let end = text.firstRange(of: "]:") {
      address = text[..<end.upperBound].dropLast()
      port = text[end.upperBound...]
    } else if let colon = text.firstIndex(of: ":"), !text[text.index(after: colon)...].contains(":")
    {
      address = text[..<colon]
      port = text[text.index(after: colon)...]
    }
    if address.first == "[", address.last == "]" { address = address.dropFirst().dropLast() }
  }
}
