internal import TraceBytes
internal import TraceModel

/// How a TCPDATA listing prints payloads (`--PRINT`).
enum ListingStyle: Sendable, Equatable {
  case hex, ascii, ebcdic
}

/// The payload of one record in a TCPDATA listing while its lines come in.
///
/// Lines of hexadecimal digits become bytes at once. Lines of text are kept until the record ends,
/// because only all of them together tell which bytes were left out (``ListingText``).
struct ListingPayload: Sendable {
  /// What became of a line that may belong to the payload.
  enum Verdict {
    case taken
    /// The line belongs here and some of its bytes cannot be read.
    case damaged
    case foreign
  }

  private(set) var style: ListingStyle?
  /// The bytes rebuilt so far; final after ``finish``.
  private(set) var bytes: [UInt8] = []
  /// Lines of text, each followed by a line feed.
  private(set) var text: [UInt8] = []
  /// Characters in `text`, line feeds not counted, and lines that have any.
  private var characters = 0
  private var lines = 0
  private var blankBefore = false
  /// What `Data length` says.
  private var length: Int?
  private var isPadded = false

  /// The largest stretch of missing lines that is filled with zeros.
  private static let longestHole = 64 << 10

  /// Begins the next payload and keeps the memory of the last one.
  mutating func begin(length: Int?, style: ListingStyle?, isPadded: Bool) {
    self.length = length
    self.style = style
    self.isPadded = isPadded
    bytes.removeAll(keepingCapacity: true)
    text.removeAll(keepingCapacity: true)
    characters = 0
    lines = 0
    blankBefore = false
  }

  /// Whether nothing has come in yet.
  var isEmpty: Bool { bytes.isEmpty && text.isEmpty }

  /// Whether every byte is there, so that the record can be given without waiting for the next.
  var isComplete: Bool {
    guard let length else { return false }
    return length == 0 || (style == .hex && bytes.count >= length)
  }

  /// Takes one line, `from` being where its text begins.
  mutating func take(_ line: RawSpan, from: Int) -> Verdict {
    if style == nil || style == .hex {
      if let (offset, digits) = Self.hexOffset(line, from), style == .hex || offset == 0 {
        let verdict = takeHex(line, offset: offset, digits: digits)
        if verdict != .foreign { style = .hex }
        return verdict
      }
      if style == .hex { return .foreign }
    }
    return takeText(line, from: from)
  }

  /// `oooooooo :` at the beginning of a hex line: the offset and where the digits begin.
  static func hexOffset(_ line: RawSpan, _ from: Int) -> (offset: Int, digits: Int)? {
    var at = from
    guard let offset = line.offset(digits: 8, &at) else { return nil }
    line.skipBlanks(&at)
    guard at < line.byteCount, line.u8(at) == UInt8(ascii: ":") else { return nil }
    return (offset, at + 1)
  }

  private mutating func takeHex(_ line: RawSpan, offset: Int, digits: Int) -> Verdict {
    let end = length ?? ListingHead.longestPayload
    let hole = offset - bytes.count
    guard hole >= 0, hole % 16 == 0, hole <= Self.longestHole, offset < end else {
      return style == .hex && offset < end ? .damaged : .foreign
    }
    if hole > 0 { bytes.append(contentsOf: repeatElement(0, count: hole)) }
    let expected = length.map { min(16, $0 - offset) }
    let got = HexLine.append(line, from: digits, expected: expected, to: &bytes)
    if got.count == 0, style == nil { return .foreign }
    if let expected, got.count < expected {
      // What cannot be read becomes zeros, so that the lines after it keep their places.
      bytes.append(contentsOf: repeatElement(0, count: expected - got.count))
    }
    return got.isComplete && hole == 0 ? .taken : .damaged
  }

  private mutating func takeText(_ line: RawSpan, from: Int) -> Verdict {
    let start = min(from, line.byteCount)
    let end = isPadded ? max(start, line.endWithoutBlanks) : line.byteCount
    if style == .ebcdic { return takePlaced(line, start, end) }
    guard end > start else {
      blankBefore = true
      return .taken
    }
    let before = text.count
    appendCharacters(line, start, end)
    let added = text.count - before
    // A line is the payload's only if it fits; after a blank line, which no payload prints, only
    // if it fits with the line ends that its neighbours must have had.
    let needed = characters + added + (blankBefore ? 2 * lines : 0)
    guard needed <= length ?? ListingHead.longestPayload else {
      text.removeLast(added)
      return .foreign
    }
    text.append(0x0A)
    characters += added
    lines += 1
    blankBefore = false
    return .taken
  }

  /// With `--PRINT E` every byte has its place: 81 on the first line and 80 on each other.
  private mutating func takePlaced(_ line: RawSpan, _ start: Int, _ end: Int) -> Verdict {
    let left = (length ?? ListingHead.longestPayload) - characters
    guard left > 0 else { return .foreign }
    let width = min(left, lines == 0 ? 81 : 80)
    let count = min(width, end - start)
    for index in start..<(start + count) {
      let byte = line.u8(index)
      text.append(byte == 0x0A ? 0x20 : byte)
    }
    // Blanks at the end of a line may have gone on the way. Without a length the end is not known.
    if length != nil { text.append(contentsOf: repeatElement(0x20, count: width - count)) }
    text.append(0x0A)
    characters += length == nil ? count : width
    lines += 1
    return end - start > width && !isPadded ? .damaged : .taken
  }

  /// Appends characters as the bytes that are most likely behind them.
  ///
  /// Some transfers turn what is not ASCII into UTF-8; each character is still one byte.
  private mutating func appendCharacters(_ line: RawSpan, _ start: Int, _ end: Int) {
    if line.isPrintableASCII(start..<end) { return text.append(line.extracting(start..<end)) }
    var at = start
    while at < end {
      let byte = line.u8(at)
      let isPair = byte & 0xFE == 0xC2 && at + 1 < end && line.u8(at + 1) & 0xC0 == 0x80
      if isPair {
        text.append(ListingText.character(byte << 6 | line.u8(at + 1) & 0x3F))
      } else {
        text.append(ListingText.character(byte))
      }
      at += isPair ? 2 : byte == 0xEF && line.starts(with: [0xEF, 0xBF, 0xBD], at: at) ? 3 : 1
    }
  }

  /// Ends the payload and rebuilds bytes from text. Returns the style it was printed in.
  mutating func finish(usual: ListingStyle?) -> ListingStyle? {
    guard style != .hex, !text.isEmpty else { return style }
    let decided = style ?? ListingText.style(text, length: length, usual: usual)
    style = decided
    if decided == .ebcdic {
      ListingText.rebuildEBCDIC(text, length: length, into: &bytes)
    } else {
      ListingText.rebuildASCII(text, length: length, endsLine: blankBefore, into: &bytes)
    }
    return decided
  }
}
