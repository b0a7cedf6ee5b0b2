internal import TraceBytes

/// Tells lines of other programs apart before they are taken apart: most lines of a log are such.
enum ForeignLine {
  /// Marks are looked for in this many bytes, as far as `LogLine` looks for prefixes and words.
  private static let length = 192

  /// Whether a line holds nothing by which `LogLine` knows a message of AT-TLS, and is the rest of none.
  ///
  /// - Parameter isInMessage: whether a message is open, so that a line without a time can be its rest.
  static func isForeign(_ line: RawSpan, isInMessage: Bool) -> Bool {
    let count = min(line.byteCount, length)
    var isBlank = true
    for index in 0..<count {
      let byte = line.u8(index)
      if byte > 0x20 { isBlank = false }
      switch byte {
      case UInt8(ascii: "T") where line.has("TLS", at: index + 1),
        UInt8(ascii: "E") where line.has("Z", at: index + 1),
        UInt8(ascii: "B") where line.has("PXF024I", at: index + 1),
        UInt8(ascii: "l") where line.has("ast message repeated ", at: index + 1):
        return false
      default: break
      }
    }
    return !isBlank && (!isInMessage || hasTime(line))
  }

  /// Whether the line begins as syslogd begins one: `Feb  3 10:14:58`.
  private static func hasTime(_ line: RawSpan) -> Bool {
    guard line.byteCount > 15, line.u8(3) == 0x20, line.u8(6) == 0x20 else { return false }
    var cursor = LineCursor(at: 0)
    return cursor.syslogTime(line) != nil
  }
}
