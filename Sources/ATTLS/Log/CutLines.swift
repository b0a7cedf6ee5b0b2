internal import TraceBytes

/// Puts the lines of a log together again that something cut at a fixed width, in the middle of words and numbers.
///
/// A line that is as wide as the widest, blanks at its end counted, goes on in the next one, unless that begins as a
/// record or message does.
struct CutLines {
  /// Bytes at the beginning of a log that are looked at.
  static let sampleLength = 1 << 16
  /// Logs are not cut narrower: what stands before a message has up to 58 columns.
  private static let narrowest = 64
  /// Blanks at which a line may have been cut, and which it may have lost.
  private static let mostBlanks = 8

  private let width: Int
  private var names = LogNames()
  /// The line under way, and its bytes in the log.
  private var line: [UInt8] = []
  private var lineLength = 0
  /// Lines that go on, how many, and their bytes in the log with the ends between them.
  private var joined: [UInt8] = []
  private var lines = 0
  private var length = 0

  /// Nil when the lines of the sample were not cut.
  ///
  /// In a log that was, all lines that go on are as wide; in one that was wrapped between words shorter ones do, and
  /// lines begin with the name of a field or end with it.
  init?(_ sample: RawSpan) {
    var widest = 0
    Self.forEachLine(sample) { widest = max(widest, $0.byteCount) }
    guard widest >= Self.narrowest else { return nil }
    width = widest
    var before: [UInt8] = []
    var isOurs = false
    var names = LogNames()
    var (cut, fits, wrapped, stray) = (0, 0, 0, 0)
    Self.forEachLine(sample) { line in
      switch LogLine(line, &names) {
      case .record, .message: isOurs = true
      case .plain(let start) where start > 0: fits += isOurs && before.count == widest ? 1 : 0
      case .plain where isOurs:
        let sign = Self.sign(unsafe before.span.bytes, line)
        if before.count == widest {
          if sign == .name { wrapped += 1 }
          cut += sign == .cut ? 2 : sign == .nothing ? 1 : 0
          fits += sign == .fits ? 1 : 0
        } else if before.count + Self.mostBlanks < widest {
          if sign == .name { wrapped += 1 }
          stray += sign == .nothing ? 1 : 0
        }
      case .plain: break
      default: isOurs = false
      }
      before.removeAll(keepingCapacity: true)
      before.append(line)
    }
    guard wrapped == 0, 2 * cut + fits >= 4, cut > stray else { return nil }
  }

  private enum Sign {
    /// A field begins or waits for its value there.
    case name
    /// A word or number goes on.
    case cut
    /// The line can follow behind a blank.
    case fits
    case nothing
  }

  /// What the end of a line and the beginning of the next one tell.
  private static func sign(_ before: RawSpan, _ line: RawSpan) -> Sign {
    var words = WordCursor()
    guard let first = words.next(line) else { return .fits }
    let last = LastWords(before)
    if FieldKey(line, first) != nil || isName(before, last[0]) { return .name }
    let both = before.extracting(last[0].range).copied() + line.extracting(first.range).copied()
    if FieldKey(before, last[0]) == nil,
      FieldKey(unsafe both.span.bytes, TextPart(0, both.count)) != nil
    {
      return .cut
    }
    // The value of a field is there, and what follows is no name: only some have more words than one.
    if isName(before, last[1]), let key = FieldKey(before, last[1]), key != .actions,
      key != .status
    {
      if let next = words.next(line), FieldKey(line, next) != nil { return .cut }
      let isNumber = first.range.allSatisfy {
        Hex.value(line.u8($0)) != nil || line.u8($0) == 0x2E || line.u8($0) == 0x3A
      }
      if isNumber { return .cut }
    }
    return Continuation.fits(line, 0, after: before.copied()) ? .fits : .nothing
  }

  private static func isName(_ text: RawSpan, _ word: TextPart) -> Bool {
    FieldKey(text, word).map { $0.text.utf8CodeUnitCount == word.count } ?? false
  }

  private static func forEachLine(_ bytes: RawSpan, _ body: (RawSpan) -> Void) {
    var start = 0
    while let end = bytes.firstIndex(of: 0x0A, in: start..<bytes.byteCount) {
      let line = bytes.extracting(start..<end)
      body(line.extracting(first: length(line)))
      start = end + 1
    }
  }

  /// Bytes of a line without what only ends it.
  static func length(_ line: RawSpan) -> Int {
    var end = line.byteCount
    while end > 0, line.u8(end - 1) == 0x20 || line.u8(end - 1) == 0x0D || line.u8(end - 1) == 0 {
      end -= 1
    }
    return end
  }

  /// Gives each line of a window that is whole, with how many it was and its bytes in the log.
  mutating func read(
    _ window: RawSpan, atEnd: Bool, _ give: (_ line: RawSpan, _ lines: Int, _ length: Int) -> Void
  ) {
    var start = 0
    while start < window.byteCount {
      let end = window.firstIndex(of: 0x0A, in: start..<window.byteCount)
      let part = window.extracting(start..<(end ?? window.byteCount))
      lineLength += part.byteCount
      if line.count < ATTLSLogReader.maximumLine { line.append(part) }
      start += part.byteCount + 1
      if end != nil { endLine(give) }
    }
    guard atEnd else { return }
    if lineLength > 0 { endLine(give) }
    endJoined(give)
  }

  private mutating func endLine(_ give: (RawSpan, Int, Int) -> Void) {
    var whole: [UInt8] = []
    swap(&whole, &line)
    whole.removeLast(whole.count - Self.length(unsafe whole.span.bytes))
    let text = unsafe whole.span.bytes
    if lines > 0 {
      var goesOn = false
      if case .plain = LogLine(text, &names) { goesOn = true }
      if !goesOn || joined.count > ATTLSLogReader.maximumLine { endJoined(give) }
    }
    if lines > 0 {
      joined.append(contentsOf: [UInt8](repeating: 0x20, count: lines * width - joined.count))
    }
    joined.append(text)
    length += lineLength + (lines > 0 ? 1 : 0)
    lines += 1
    lineLength = 0
    if !(width - Self.mostBlanks...width).contains(text.byteCount) { endJoined(give) }
  }

  private mutating func endJoined(_ give: (RawSpan, Int, Int) -> Void) {
    guard lines > 0 else { return }
    unsafe give(joined.span.bytes, lines, length)
    joined.removeAll(keepingCapacity: true)
    lines = 0
    length = 0
  }
}
