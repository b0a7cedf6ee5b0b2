internal import TraceBytes

/// Rebuilds payload bytes from printed text.
///
/// `--PRINT A` prints each byte through an ASCII table and turns carriage return and line feed into
/// one line end; blank lines vanish, and after 80 characters a line is broken. `--PRINT E` prints
/// each byte as EBCDIC and breaks after the bytes at offsets 80, 160 and so on. Both print a full
/// stop for what has no character. See Formats/tcpdata.md.
enum ListingText {
  /// Tells the two apart where the listing does not say which it is.
  static func style(_ text: [UInt8], length: Int?, usual: ListingStyle?) -> ListingStyle {
    var lines = 0
    var width = 0
    for byte in text {
      if byte == 0x0A {
        lines += 1
        width = 0
      } else {
        width += 1
        // Only the first line with --PRINT E is as long as this.
        if width == 81 { return .ebcdic }
      }
    }
    guard let length else { return usual ?? .ascii }
    let placed = length <= 81 ? 1 : 1 + (length - 81 + 79) / 80
    return lines == placed && usual == .ebcdic ? .ebcdic : .ascii
  }

  /// The bytes of page 1047 for text whose characters all stand at their places.
  static func rebuildEBCDIC(_ text: [UInt8], length: Int?, into bytes: inout [UInt8]) {
    bytes.removeAll(keepingCapacity: true)
    let table = TextEncoding.ibm1047
    var lines = 0
    var width = 0
    for byte in text {
      guard byte == 0x0A else {
        bytes.append(table[Int(byte)])
        width += 1
        continue
      }
      // Lines that were kept before the style was known lack the blanks at their end.
      let full = lines == 0 ? 81 : 80
      let missing = min(full - width, (length ?? 0) - bytes.count)
      if missing > 0 { bytes.append(contentsOf: repeatElement(0x40, count: missing)) }
      lines += 1
      width = 0
    }
    if let length, bytes.count > length { bytes.removeLast(bytes.count - length) }
  }

  /// The bytes of ASCII text, with line ends chosen so that they are as many as were traced.
  ///
  /// Everything that was not printed is a carriage return or a line feed, so only their places are
  /// in doubt. Lines end in CR LF where that fits and in LF where it does not. The blank line between
  /// an HTTP head and its body comes back. What is left over then goes to the end. A payload that
  /// `endsLine` is followed by a blank line, where others are not.
  static func rebuildASCII(
    _ text: [UInt8], length: Int?, endsLine: Bool = false, into bytes: inout [UInt8]
  ) {
    bytes.removeAll(keepingCapacity: true)
    let shape = Shape(text)
    let ends = LineEnds(shape, length: length, endsLine: endsLine)
    let all = unsafe text.span.bytes
    var breaks = 0
    var lines = 0
    var isBreak = false
    var start = 0
    while let end = all.firstIndex(of: 0x0A, in: start..<all.byteCount) {
      if isBreak {
        breaks += 1
        let hasReturn = breaks <= shape.headBreaks ? ends.headReturns : ends.bodyReturns
        if hasReturn { bytes.append(0x0D) }
        bytes.append(0x0A)
        if ends.hasBlankLine, lines == shape.bodyAfter { bytes.append(contentsOf: [0x0D, 0x0A]) }
      }
      bytes.append(all.extracting(start..<end))
      lines += 1
      isBreak = end - start < 80
      start = end + 1
    }
    for index in 0..<ends.atEnd {
      bytes.append(ends.atEnd % 2 == 0 && index % 2 == 0 ? 0x0D : 0x0A)
    }
    if let length, bytes.count > length { bytes.removeLast(bytes.count - length) }
  }

  /// How the lines of a text ended, as far as its length tells.
  private struct LineEnds {
    var headReturns: Bool
    var bodyReturns: Bool
    var hasBlankLine = false
    var atEnd = 0

    init(_ shape: Shape, length: Int?, endsLine: Bool) {
      // Bytes there are for line ends; each break needs one, and one more for a carriage return.
      let room = length.map { $0 - shape.characters - shape.breaks } ?? shape.breaks
      let isKnown = endsLine && length != nil
      if shape.bodyAfter != nil, length == nil || room >= shape.headBreaks + 2 {
        hasBlankLine = true
        headReturns = true
        let left = room - shape.headBreaks - 2
        (bodyReturns, atEnd) = Self.share(
          left, breaks: shape.breaks - shape.headBreaks, endsLine: isKnown)
      } else {
        (headReturns, atEnd) = Self.share(room, breaks: shape.breaks, endsLine: isKnown)
        bodyReturns = headReturns
      }
      // A listing that was cut lacks other bytes as well.
      if atEnd > max(8, 2 * shape.lines) { atEnd = 2 }
      atEnd = max(0, atEnd)
    }

    /// Whether so many bytes are enough for a carriage return at each break, and what they leave for
    /// the end, where one more break is if the payload ends a line.
    private static func share(
      _ room: Int, breaks: Int, endsLine: Bool
    ) -> (hasReturns: Bool, atEnd: Int) {
      let last = endsLine && room > 0 ? 1 : 0
      let left = room - last
      let hasReturns = left >= breaks + last
      return (hasReturns, left - (hasReturns ? breaks + last : 0) + last * (hasReturns ? 2 : 1))
    }
  }

  /// The byte that is most likely behind a character of the ASCII table.
  static func character(_ byte: UInt8) -> UInt8 {
    switch byte {
    // The table has a national character in place of the dollar sign.
    case 0xA2, 0xA3, 0xA4, 0xA5: 0x24
    case 0x20...0x7E: byte
    default: 0x2E
    }
  }
}

extension ListingText {
  /// What the lines of a text are, as far as it matters to the line ends between them.
  struct Shape {
    var characters = 0
    /// Line ends that the payload had: lines broken at 80 characters have none.
    var breaks = 0
    /// The number of lines of an HTTP head at the beginning, when other lines follow.
    var bodyAfter: Int?
    /// The breaks within that head and behind it.
    var headBreaks = 0
    var lines = 0

    init(_ text: [UInt8]) {
      var isHead = true
      var start = 0
      var broken = false
      let all = unsafe text.span.bytes
      while let index = all.firstIndex(of: 0x0A, in: start..<all.byteCount) {
        let line = text[start..<index]
        characters += line.count
        if lines > 0, !broken { breaks += 1 }
        if isHead, !broken {
          let fits = Shape.isField(line) || (lines == 0 && Shape.isStartLine(line))
          if !fits {
            isHead = false
            if lines > 0 {
              bodyAfter = lines
              headBreaks = breaks
            }
          }
        }
        broken = line.count >= 80
        lines += 1
        start = index + 1
      }
    }

    /// `Name: value` with the characters RFC 9110 allows in a name.
    private static func isField(_ line: ArraySlice<UInt8>) -> Bool {
      guard let colon = line.prefix(64).firstIndex(of: UInt8(ascii: ":")), colon > line.startIndex
      else { return false }
      guard line[colon...].dropFirst().first.map({ $0 == 0x20 }) ?? true else { return false }
      return line[..<colon].allSatisfy { byte in
        (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte | 0x20) || byte == 0x2D
          || byte == 0x5F
      }
    }

    private static func isStartLine(_ line: ArraySlice<UInt8>) -> Bool {
      line.starts(with: "HTTP/1.".utf8) || line.suffix(9).dropLast().starts(with: " HTTP/1.".utf8)
    }
  }
}
