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
    var lines = 0
    var width = 0
    for byte in text {
      guard byte == 0x0A else {
        bytes.append(TextEncoding.ibm1047[Int(byte)])
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
  /// Lines are joined with CR LF. Where that makes more bytes than there were, the last lines end in
  /// LF alone. Where it makes fewer, the blank line between an HTTP head and its body comes back,
  /// and then line ends at the end.
  static func rebuildASCII(_ text: [UInt8], length: Int?, into bytes: inout [UInt8]) {
    bytes.removeAll(keepingCapacity: true)
    let shape = Shape(text)
    let breaks = shape.breaks
    // Bytes there are for line ends, of which each break needs one at least.
    var room = length.map { $0 - shape.characters } ?? 2 * breaks
    let blankAfter = shape.bodyAfter.flatMap { room - breaks >= shape.headBreaks + 2 ? $0 : nil }
    if blankAfter != nil { room -= 2 }
    var returns = max(0, min(breaks, room - breaks))
    let left = room - breaks - returns

    var lines = 0
    var width = 0
    var pending = false
    for byte in text {
      if byte != 0x0A {
        if pending {
          if returns > 0 { bytes.append(0x0D) }
          returns -= 1
          bytes.append(0x0A)
          pending = false
          if blankAfter == lines { bytes.append(contentsOf: [0x0D, 0x0A]) }
        }
        bytes.append(character(byte))
        width += 1
        continue
      }
      lines += 1
      pending = width < 80
      width = 0
    }
    if left >= 4, shape.isHeadOnly {
      bytes.append(contentsOf: [0x0D, 0x0A, 0x0D, 0x0A])
    } else if left >= 2 {
      bytes.append(contentsOf: [0x0D, 0x0A])
    } else if left == 1 {
      bytes.append(0x0A)
    }
    if let length, bytes.count > length { bytes.removeLast(bytes.count - length) }
  }

  /// The byte that is most likely behind a character of the ASCII table.
  private static func character(_ byte: UInt8) -> UInt8 {
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
    /// Whether all lines are those of an HTTP head.
    var isHeadOnly = false

    init(_ text: [UInt8]) {
      var isHead = true
      var lines = 0
      var start = 0
      var broken = false
      for (index, byte) in text.enumerated() where byte == 0x0A {
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
      isHeadOnly = isHead && lines > 0
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
