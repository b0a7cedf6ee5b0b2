/// Finds the bytes to mask; it gives ranges and changes nothing.
///
/// Every function appends to `ranges`, in order and without overlap, offsets into the span given.
/// `translate` is a table of 256 entries from the bytes to ASCII, nil if they are ASCII.
public enum CredentialLocator {
  /// The fields of a head or trailer section: values of Authorization, Cookie and their like, and
  /// the secrets in the query string of the request target and of Location and Referer.
  public static func head(
    _ head: RawSpan, translate: [UInt8]? = nil, into ranges: inout [Range<Int>]
  ) {
    let text = CredentialText(translate: translate)
    let end = head.byteCount
    var at = 0
    var isFirst = true
    while at < end {
      var line = lineRange(text, head, at, end)
      at = line.next
      // A folded value belongs to the field it continues.
      while at < end, text.isBlank(text.byte(head, at)) {
        let more = lineRange(text, head, at, end)
        line.content = line.content.lowerBound..<more.content.upperBound
        at = more.next
      }
      if let colon = text.index(of: Byte.colon, head, line.content),
        !isFirst
          || !hasVersion(
            text, head, line.content)
      {
        let name = text.trimmed(head, line.content.lowerBound..<colon)
        let value = text.trimmed(head, (colon + 1)..<line.content.upperBound)
        field(text, head, name, value, &ranges)
      } else if isFirst {
        query(text, head, line.content, &ranges)
      }
      isFirst = false
    }
  }

  /// A body of `application/x-www-form-urlencoded`.
  public static func form(
    _ body: RawSpan, translate: [UInt8]? = nil, into ranges: inout [Range<Int>]
  ) {
    pairs(CredentialText(translate: translate), body, 0..<body.byteCount, &ranges)
  }

  /// A request target or another URI: user information, and secrets behind the question mark.
  public static func target(
    _ target: RawSpan, translate: [UInt8]? = nil, into ranges: inout [Range<Int>]
  ) {
    query(CredentialText(translate: translate), target, 0..<target.byteCount, &ranges)
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

  private static func field(
    _ text: CredentialText, _ head: RawSpan, _ name: Range<Int>, _ value: Range<Int>,
    _ ranges: inout [Range<Int>]
  ) {
    guard !value.isEmpty else { return }
    for secret in secretFields where text.equals(secret, head, name) {
      if text.equals("authorization", head, name)
        || text.equals("proxy-authorization", head, name)
      {
        add(afterScheme(text, head, value), &ranges)
      } else {
        add(value, &ranges)
      }
      return
    }
    if text.equals("location", head, name) || text.equals("referer", head, name)
      || text.equals("content-location", head, name)
    {
      query(text, head, value, &ranges)
    } else if SecretName.matches(text, head, name) {
      add(value, &ranges)
    }
  }

  /// The scheme (`Basic`, `Bearer`) is worth seeing; the rest is the secret.
  private static func afterScheme(_ text: CredentialText, _ head: RawSpan, _ value: Range<Int>)
    -> Range<Int>
  {
    guard let blank = text.index(of: Byte.space, head, value), blank - value.lowerBound <= 20
    else { return value }
    for index in value.lowerBound..<blank where !Byte.isToken(text.byte(head, index)) {
      return value
    }
    let rest = text.trimmed(head, blank..<value.upperBound)
    return rest.isEmpty ? value : rest
  }

  private static func hasVersion(_ text: CredentialText, _ head: RawSpan, _ line: Range<Int>)
    -> Bool
  {
    let names: [StaticString] = ["http/", "rtsp/", "icap/", "sip/"]
    for index in line {
      for name in names where text.has(name, head, at: index, before: line.upperBound) {
        return true
      }
    }
    return false
  }

  /// The secrets of a URI inside `range`: `user:password@` and the query string.
  private static func query(
    _ text: CredentialText, _ span: RawSpan, _ range: Range<Int>, _ ranges: inout [Range<Int>]
  ) {
    var at = range.lowerBound
    while at < range.upperBound {
      if text.has("://", span, at: at, before: range.upperBound) {
        at = userInfo(text, span, at + 3..<range.upperBound, &ranges)
        continue
      }
      let byte = text.byte(span, at)
      at += 1
      // The query, and matrix parameters such as ;jsessionid=.
      if byte == 0x3F || byte == Byte.semicolon || byte == 0x23 {
        var end = at
        while end < range.upperBound, !text.isBlank(text.byte(span, end)),
          !text.isLineEnd(text.byte(span, end))
        {
          end += 1
        }
        pairs(text, span, at..<end, &ranges)
        at = end
      }
    }
  }

  /// Where to go on looking: behind what was found, or at the start of the authority.
  private static func userInfo(
    _ text: CredentialText, _ span: RawSpan, _ range: Range<Int>, _ ranges: inout [Range<Int>]
  ) -> Int {
    var colon: Int?
    for index in range {
      switch text.byte(span, index) {
      case Byte.colon: colon = colon ?? index
      case 0x40:
        if let colon { add(colon + 1..<index, &ranges) }
        return index
      case Byte.slash, 0x3F, 0x23, Byte.space: return range.lowerBound
      default: break
      }
    }
    return range.lowerBound
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
