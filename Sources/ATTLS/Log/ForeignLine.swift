/// Tells lines of other programs apart before they are taken apart: most lines of a log are such.
enum ForeignLine {
  /// Marks are looked for in this many bytes, as far as `LogLine` looks for prefixes and words.
  private static let length = 192

  /// Whether a line holds nothing by which `LogLine` knows a message of AT-TLS, and is the rest of none.
  ///
  /// - Parameter isInMessage: whether a message is open, so that a line without a time can be its rest.
  static func isForeign(_ line: UnsafeRawBufferPointer, isInMessage: Bool) -> Bool {
    let count = min(line.count, length)
    guard count > 0 else { return false }
    if isInMessage, unsafe !hasTime(line) { return false }
    var isBlank = true
    for index in 0..<count {
      let byte = unsafe line[index]
      if byte > 0x20 { isBlank = false }
      switch byte {
      case UInt8(ascii: "T") where unsafe follows(line, index, "TLS"),
        UInt8(ascii: "E") where unsafe follows(line, index, "Z"),
        UInt8(ascii: "B") where unsafe follows(line, index, "PXF024I"),
        UInt8(ascii: "l") where unsafe follows(line, index, "ast message repeated "):
        return false
      default: break
      }
    }
    return !isBlank
  }

  private static func follows(
    _ line: UnsafeRawBufferPointer, _ index: Int, _ rest: StaticString
  ) -> Bool {
    let length = rest.utf8CodeUnitCount
    guard line.count - index > length else { return false }
    return rest.withUTF8Buffer { wanted in
      for at in 0..<length where unsafe wanted[at] != line[index + 1 + at] { return false }
      return true
    }
  }

  /// Whether the line begins as syslogd begins one: `Feb  3 10:14:58`.
  private static func hasTime(_ line: UnsafeRawBufferPointer) -> Bool {
    guard line.count > 15 else { return false }
    return unsafe line[3] == 0x20 && line[9] == 0x3A && line[12] == 0x3A && line[6] == 0x20
      && (0x41...0x5A).contains(line[0]) && (0x61...0x7A).contains(line[1])
      && (0x61...0x7A).contains(line[2]) && isTime(line)
  }

  private static func isTime(_ line: UnsafeRawBufferPointer) -> Bool {
    let months: StaticString = "JanFebMarAprMayJunJulAugSepOctNovDec"
    let isMonth = months.withUTF8Buffer { names in
      stride(from: 0, to: 36, by: 3).contains { at in
        unsafe names[at] == line[0] && names[at + 1] == line[1] && names[at + 2] == line[2]
      }
    }
    guard isMonth else { return false }
    return (1...31).contains(unsafe number(line, 4)) && (0..<24).contains(unsafe number(line, 7))
      && (0..<60).contains(unsafe number(line, 10)) && (0..<61).contains(unsafe number(line, 13))
  }

  /// Two digits, the first of which may be a blank; -1 for anything else.
  private static func number(_ line: UnsafeRawBufferPointer, _ at: Int) -> Int {
    let tens = unsafe line[at] == 0x20 && at == 4 ? 0x30 : line[at]
    let ones = unsafe line[at + 1]
    guard (0x30...0x39).contains(tens), (0x30...0x39).contains(ones) else { return -1 }
    return Int(tens - 0x30) * 10 + Int(ones - 0x30)
  }
}
