internal import TraceBytes

/// Reads the hexadecimal part of a dump line: groups of digits with blanks between them.
enum HexLine {
  /// The result of reading one line.
  struct Bytes {
    /// How many bytes were appended.
    var count: Int
    /// Whether all that were expected stood there, and no more digits in their groups.
    var isComplete: Bool
  }

  /// Appends the bytes of a line from `at`.
  ///
  /// - Parameters:
  ///   - expected: how many bytes the line holds; nil reads what there is, up to `limit`.
  ///   - limit: the most bytes a line of this dump holds.
  ///
  /// The text columns behind the digits may look like digits themselves, so no more than the
  /// expected bytes are read, and without an expectation the groups end at two blanks.
  static func append(
    _ line: RawSpan, from at: Int, expected: Int?, limit: Int = 16, to bytes: inout [UInt8]
  ) -> Bytes {
    var at = at
    var count = 0
    let wanted = min(expected ?? limit, limit)
    while count < wanted {
      let blanks = at
      line.skipBlanks(&at)
      if expected == nil, count > 0, at - blanks > 1 {
        at = blanks
        break
      }
      var inGroup = 0
      while inGroup < 4, count < wanted, at + 1 < line.byteCount,
        let high = Hex.value(line.u8(at)), let low = Hex.value(line.u8(at + 1))
      {
        bytes.append(high << 4 | low)
        at += 2
        count += 1
        inGroup += 1
      }
      if inGroup < 4 { break }
    }
    // A digit right behind the last group means that the groups are not where they should be.
    let follows = at < line.byteCount && line.u8(at) > 0x20
    return Bytes(
      count: count, isComplete: !follows && count == (expected.map { min($0, limit) } ?? count))
  }
}
