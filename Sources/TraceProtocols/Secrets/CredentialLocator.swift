/// Finds the bytes to mask; it gives ranges and changes nothing.
///
/// Every function appends to `ranges`, in order and without overlap, offsets into the span given.
/// `translate` is a table of 256 entries from the bytes to ASCII, nil if they are ASCII.
public enum CredentialLocator {
  /// A body of `application/x-www-form-urlencoded`.
  public static func form(
    _ body: RawSpan, translate: [UInt8]? = nil, into ranges: inout [Range<Int>]
  ) {
    pairs(CredentialText(translate: translate), body, 0..<body.byteCount, &ranges)
  }

  // MARK: - Parts

  private static let secretFields: [StaticString] = [
    "authorization", "proxy-authorization", "authentication-info", "proxy-authentication-info",
    "cookie", "cookie2", "set-cookie", "set-cookie2", "x-api-key", "x-auth-token", "x-csrf-token",
    "x-xsrf-token", "x-amz-security-token", "sec-websocket-key", "x-forwarded-access-token",
    "x-ibm-client-secret",
  ]

  /// Whether a header field of this name holds a secret, whatever words its name is made of.
  package static func isSecretField(_ text: CredentialText, _ head: RawSpan, _ name: Range<Int>)
    -> Bool
  {
    for secret in secretFields where text.equals(secret, head, name) { return true }
    return false
  }

  /// `name=value` with `&`, `;`, `?` or `#` between them.
  private static func pairs(
    _ text: CredentialText, _ span: RawSpan, _ range: Range<Int>, _ ranges: inout [Range<Int>]
  ) {
    var start = range.lowerBound
    var sign: Int?
    for index in range.lowerBound...range.upperBound {
      let ends: Bool
      if index == range.upperBound {
        ends = true
      } else {
        switch text.byte(span, index) {
        case Byte.ampersand, Byte.semicolon, 0x3F, 0x23, Byte.cr, Byte.lf: ends = true
        case Byte.equals:
          sign = sign ?? index
          ends = false
        default: ends = false
        }
      }
      guard ends else { continue }
      if let sign, SecretName.matches(text, span, text.trimmed(span, start..<sign)) {
        add(sign + 1..<index, &ranges)
      }
      start = index + 1
      sign = nil
    }
  }

  static func lineRange(_ text: CredentialText, _ span: RawSpan, _ start: Int, _ end: Int)
    -> (content: Range<Int>, next: Int)
  {
    var at = start
    while at < end, !text.isLineEnd(text.byte(span, at)) { at += 1 }
    let content = start..<at
    if at < end, text.byte(span, at) == Byte.cr { at += 1 }
    if at < end, text.byte(span, at) != Byte.cr, text.isLineEnd(text.byte(span, at)) { at += 1 }
    return (content, at)
  }

  static func add(_ range: Range<Int>, _ ranges: inout [Range<Int>]) {
    if !range.isEmpty { ranges.append(range) }
  }
}
