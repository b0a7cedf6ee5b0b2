internal import TraceBytes

/// A Content-Type value taken apart (RFC 9110 section 8.3); ranges count as in the span given.
public struct MediaType: Sendable, Equatable {
  /// Type and subtype, such as `text/html`.
  public var name: Range<Int>
  /// The charset parameter without quotes, if there is one.
  public var charset: Range<Int>?

  /// Reads the value in `range`.
  public init(_ span: RawSpan, _ range: Range<Int>) {
    var at = span.end(from: range.lowerBound, to: range.upperBound) { $0 != Byte.semicolon }
    name = span.trimmed(range.lowerBound..<at)
    while at < range.upperBound {
      let start = at + 1
      at = MediaType.endOfParameter(span, start, range.upperBound)
      guard charset == nil,
        let sign = span.firstIndex(of: Byte.equals, from: start, to: at),
        span.equals("charset", in: span.trimmed(start..<sign))
      else { continue }
      var value = span.trimmed((sign + 1)..<at)
      if value.count >= 2, span.u8(value.lowerBound) == Byte.quote,
        span.u8(value.upperBound - 1) == Byte.quote
      {
        value = (value.lowerBound + 1)..<(value.upperBound - 1)
      }
      if !value.isEmpty { charset = value }
    }
  }

  private static func endOfParameter(_ span: RawSpan, _ from: Int, _ end: Int) -> Int {
    var at = min(from, end)
    var quoted = false
    while at < end, quoted || span.u8(at) != Byte.semicolon {
      if span.u8(at) == Byte.quote {
        quoted.toggle()
      } else if quoted, span.u8(at) == Byte.backslash {
        at += 1
      }
      at += 1
    }
    return min(at, end)
  }

  /// Whether the type is one whose bodies people read: text, JSON, XML, forms, scripts.
  public func isText(_ span: RawSpan) -> Bool {
    if name.count > 5, span.equals("text/", in: name.lowerBound..<name.lowerBound + 5) {
      return true
    }
    let texts: [StaticString] = [
      "application/json", "application/xml", "application/javascript", "application/ecmascript",
      "application/x-www-form-urlencoded", "application/graphql", "application/x-ndjson",
      "application/soap+xml", "application/sdp", "message/http", "message/sipfrag",
    ]
    for text in texts where span.equals(text, in: name) { return true }
    for suffix in ["+json", "+xml", "+yaml"] as [StaticString] {
      let size = suffix.utf8CodeUnitCount
      if name.count > size, span.equals(suffix, in: name.upperBound - size..<name.upperBound) {
        return true
      }
    }
    return false
  }
}
