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
    var at = 0
    while at < count {
      let isShort = at &+ 8 > count
      // The letter of each mark that other words have least.
      if isShort || Self.has("L", "Z", "X", "g", in: line.le64(at)) {
        for place in at..<min(at &+ 8, count) where isMark(line, place) { return false }
      }
      at &+= 8
    }
    return line.end(from: 0, to: count) { $0 <= 0x20 } < count && (!isInMessage || hasTime(line))
  }

  /// Whether a mark has its letter at a place.
  @inline(__always)
  private static func isMark(_ line: RawSpan, _ at: Int) -> Bool {
    switch line.u8(at) {
    case UInt8(ascii: "L"): line.has("TLS", at: at - 1)
    case UInt8(ascii: "Z"): line.has("EZ", at: at - 1)
    case UInt8(ascii: "X"): line.has("BPXF024I", at: at - 2)
    case UInt8(ascii: "g"): line.has("last message repeated ", at: at - 10)
    default: false
    }
  }

  /// Whether one of four letters may be among eight bytes: false is sure.
  @inline(__always)
  private static func has(
    _ one: Unicode.Scalar, _ two: Unicode.Scalar, _ three: Unicode.Scalar, _ four: Unicode.Scalar,
    in bytes: UInt64
  ) -> Bool {
    let ones: UInt64 = 0x0101_0101_0101_0101
    func marks(_ letter: Unicode.Scalar) -> UInt64 {
      let rest = bytes ^ (ones &* UInt64(letter.value))
      return (rest &- ones) & ~rest
    }
    return (marks(one) | marks(two) | marks(three) | marks(four)) & (ones &* 0x80) != 0
  }

  /// Whether the line begins as syslogd begins one: `Feb  3 10:14:58`.
  private static func hasTime(_ line: RawSpan) -> Bool {
    guard line.byteCount > 15, line.u8(3) == 0x20, line.u8(6) == 0x20 else { return false }
    var cursor = LineCursor(at: 0)
    return cursor.syslogTime(line) != nil
  }
}
