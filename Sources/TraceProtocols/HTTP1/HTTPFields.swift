internal import TraceBytes

/// One field of a head; ranges are offsets into the head bytes.
public struct HTTPField: Sendable, Equatable {
  /// Field name, without the blank that may stand before the colon.
  public var name: Range<Int>
  /// Field value without blanks around it; a folded value keeps its line ends.
  public var value: Range<Int>
  /// The whole of it with its line end.
  public var line: Range<Int>
  /// The value goes on over several lines.
  public var isFolded = false
  /// A blank stands before the colon.
  public var hasBlankBeforeColon = false
  /// No field: no colon, or a name that cannot be one.
  public var isBad = false
}

/// Walks over the fields of a head or of a trailer section.
public struct HTTPFields: Sendable {
  private var at: Int

  /// Begins at `start`, which is `HTTPHead.fieldsStart` for a head and 0 for trailers.
  public init(start: Int) { at = start }

  /// The next field, or nil at the empty line or at the end of the bytes.
  public mutating func next(in head: RawSpan) -> HTTPField? {
    let end = head.byteCount
    guard at < end else { return nil }
    let start = at
    var lineEnd = HTTPFields.endOfLine(head, from: start)
    let first = head.u8(start)
    if first == Byte.lf || first == Byte.cr && start + 1 < end && head.u8(start + 1) == Byte.lf {
      return nil
    }
    var folded = false
    // RFC 9112 section 5.2: a line that begins with a blank continues the one before it.
    while lineEnd < end, head.u8(lineEnd) == Byte.space || head.u8(lineEnd) == Byte.tab {
      folded = true
      lineEnd = HTTPFields.endOfLine(head, from: lineEnd)
    }
    at = lineEnd
    let line = start..<lineEnd
    guard first != Byte.space, first != Byte.tab else {
      return HTTPField(name: start..<start, value: head.trimmed(line), line: line, isBad: true)
    }
    var colon = head.end(from: start, to: lineEnd) { Byte.isToken($0) }
    var name = start..<colon
    var blank = false
    if colon < lineEnd, head.u8(colon) == Byte.space || head.u8(colon) == Byte.tab {
      blank = true
      colon = head.end(from: colon, to: lineEnd) { $0 == Byte.space || $0 == Byte.tab }
    }
    guard !name.isEmpty, colon < lineEnd, head.u8(colon) == Byte.colon else {
      let found = head.firstIndex(of: Byte.colon, from: start, to: lineEnd)
      name = start..<(found ?? start)
      let value = head.trimmed((found.map { $0 + 1 } ?? start)..<lineEnd)
      return HTTPField(name: name, value: value, line: line, isFolded: folded, isBad: true)
    }
    return HTTPField(
      name: name, value: head.trimmed((colon + 1)..<lineEnd), line: line, isFolded: folded,
      hasBlankBeforeColon: blank)
  }

  /// Value of the first field of this name (in lower case).
  public static func value(of name: StaticString, in head: RawSpan, from start: Int) -> Range<Int>?
  {
    var fields = HTTPFields(start: start)
    while let field = fields.next(in: head) {
      if !field.isBad, head.equals(name, in: field.name) { return field.value }
    }
    return nil
  }

  private static func endOfLine(_ span: RawSpan, from start: Int) -> Int {
    span.firstIndex(of: Byte.lf, from: start, to: span.byteCount).map { $0 + 1 } ?? span.byteCount
  }
}

extension RawSpan {
  /// Calls `body` with every element of a comma-separated list (RFC 9110 section 5.6.1), blanks
  /// around it removed, empty elements left out; commas inside quotes do not separate.
  func forEachElement(in range: Range<Int>, _ body: (Range<Int>) -> Void) {
    var start = range.lowerBound
    var quoted = false
    var at = start
    while at <= range.upperBound {
      let ends = at == range.upperBound || !quoted && u8(at) == Byte.comma
      if ends {
        let element = trimmed(start..<at)
        if !element.isEmpty { body(element) }
        start = at + 1
      } else if quoted, u8(at) == Byte.backslash {
        at = min(at + 1, range.upperBound - 1)
      } else if u8(at) == Byte.quote {
        quoted.toggle()
      }
      at += 1
    }
  }
}
