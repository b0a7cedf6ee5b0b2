internal import TraceBytes

/// Reads AT-TLS messages out of a log, whatever shape the log has.
///
/// Feed it the bytes in windows of any size; it keeps what it needs of them. Lines of other programs
/// are skipped and counted, and a damaged message costs itself only. Memory is bounded: a line and a
/// message are cut at `maximumLine` and `maximumMessage` bytes.
public struct ATTLSLogReader {
  /// The longest line that is read whole; TLS records make lines of up to 33,000 digits.
  public static let maximumLine = 1 << 17
  /// The longest message, with all its lines.
  public static let maximumMessage = 1 << 17
  /// Messages that may be open at once, because the console mixes their lines.
  private static let maximumOpen = 8
  /// Lines of other programs that may stand between the lines of a wrapped message.
  private static let maximumForeign = 2

  /// What was read.
  public struct Counts: Sendable {
    /// Lines read.
    public var lines = 0
    /// Messages handed on.
    public var messages = 0
    /// Lines that belong to other programs.
    public var otherLines = 0
    /// Lines or entries that looked like AT-TLS but could not be read.
    public var damaged = 0
    /// Lines cut because they were too long.
    public var cutLines = 0
    /// Bytes of the lines of other programs, line ends included.
    public var otherBytes: UInt64 = 0
    /// Bytes of messages that could not be read.
    public var damagedBytes: UInt64 = 0
  }

  /// A message that could not be read.
  public struct Damage: Sendable {
    /// Where its first line begins.
    public let offset: UInt64
    /// Its bytes.
    public let length: Int
  }

  private struct Open {
    var origin: LogOrigin
    var text: [UInt8]
    var multiLineID: Int?
    var foreign = 0
    var lines = 1
    var repeats = 0
  }

  /// What was read so far.
  public private(set) var counts = Counts()
  /// The year to give to times that have none.
  public let year: Int?
  /// The messages of the last window that could not be read.
  public private(set) var damage: [Damage] = []

  /// The beginning of a line whose end is in the next window.
  private var beginning: [UInt8] = []
  /// Bytes of that line, those that are not kept too.
  private var lineLength = 0
  /// Where the line begins in the input.
  private var lineOffset: UInt64 = 0
  private var names = LogNames()
  private var open: [Open] = []
  private var previousWasOurs = false
  private var json: JSONLogScanner?
  private var isDecided = false
  /// The beginning, until there is enough of it to tell whether its lines were cut.
  private var sample: [UInt8]? = []
  private var cut: CutLines?

  /// Makes a reader.
  ///
  /// - Parameter year: the year to give to times that have none, as syslogd's.
  public init(year: Int? = nil) {
    self.year = year
  }

  /// Reads the next window and hands on every message that is complete.
  ///
  /// - Parameters:
  ///   - window: the next bytes of the log.
  ///   - atEnd: whether these are the last ones.
  ///   - body: called for each message, in the order of the log.
  /// - Returns: how many bytes were taken: always all of them.
  @discardableResult
  public mutating func read(
    _ window: RawSpan, atEnd: Bool, _ body: (ATTLSMessage) -> Void
  ) -> Int {
    damage.removeAll(keepingCapacity: true)
    if !isDecided { decide(window) }
    if json != nil {
      readJSON(window, body)
    } else if var kept = sample {
      sample = nil
      kept.append(window)
      if kept.count < CutLines.sampleLength, !atEnd {
        sample = kept
        return window.byteCount
      }
      readBeginning(kept, atEnd: atEnd, body)
    } else {
      readLines(window, atEnd: atEnd, body)
    }
    if atEnd {
      if lineLength > 0 { endBegunLine(RawSpan(), body) }
      closeAll(body)
    }
    return window.byteCount
  }

  /// Nothing more comes for now: messages are handed on whose lines are whole.
  public mutating func pause(_ body: (ATTLSMessage) -> Void) {
    guard let kept = sample, isDecided else { return }
    sample = nil
    readBeginning(kept, atEnd: false, body)
  }

  // MARK: Lines

  private mutating func readBeginning(
    _ kept: [UInt8], atEnd: Bool, _ body: (ATTLSMessage) -> Void
  ) {
    let bytes = unsafe kept.span.bytes
    cut = CutLines(bytes.extracting(first: CutLines.sampleLength))
    readLines(bytes, atEnd: atEnd, body)
  }

  /// A log of the z/OSMF API is a JSON object.
  private mutating func decide(_ bytes: RawSpan) {
    for index in 0..<bytes.byteCount {
      let byte = bytes.u8(index)
      if byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { continue }
      isDecided = true
      if byte == 0x7B { json = JSONLogScanner() }
      return
    }
  }

  private mutating func readLines(
    _ window: RawSpan, atEnd: Bool, _ body: (ATTLSMessage) -> Void
  ) {
    if var lines = cut {
      cut = nil  // the lines are changed in place, not copied
      lines.read(window, atEnd: atEnd) { line, count, length in
        lineLength = length
        endLine(line, body)
        counts.lines += count - 1
      }
      cut = lines
      return
    }
    var start = 0
    while start < window.byteCount {
      guard let end = window.firstIndex(of: 0x0A, in: start..<window.byteCount) else {
        keep(window.extracting(start..<window.byteCount))
        return
      }
      let line = window.extracting(start..<end)
      if lineLength > 0 {
        endBegunLine(line, body)
      } else {
        lineLength = line.byteCount
        if lineLength <= Self.maximumLine, ForeignLine.isForeign(line, isInMessage: !open.isEmpty) {
          passForeign()
        } else {
          endLine(line, body)
        }
      }
      start = end + 1
    }
  }

  private mutating func keep(_ bytes: RawSpan) {
    let room = min(Self.maximumLine - beginning.count, bytes.byteCount)
    beginning.append(bytes.extracting(0..<room))
    lineLength += bytes.byteCount
  }

  private mutating func endBegunLine(_ rest: RawSpan, _ body: (ATTLSMessage) -> Void) {
    keep(rest)
    var whole: [UInt8] = []
    swap(&whole, &beginning)
    unsafe endLine(whole.span.bytes, body)
    whole.removeAll(keepingCapacity: whole.capacity <= 1 << 16)
    swap(&whole, &beginning)
  }

  private mutating func endLine(_ whole: RawSpan, _ body: (ATTLSMessage) -> Void) {
    counts.lines += 1
    if lineLength > Self.maximumLine { counts.cutLines += 1 }
    let line = whole.extracting(
      first: CutLines.length(whole.extracting(first: Self.maximumLine)))
    let others = counts.otherLines
    take(LogLine(line, &names), line, body)
    if counts.otherLines > others { counts.otherBytes += UInt64(lineLength) + 1 }
    passLine()
  }

  /// Counts a line that was not looked at further.
  private mutating func passForeign() {
    counts.lines += 1
    counts.otherLines += 1
    counts.otherBytes += UInt64(lineLength) + 1
    previousWasOurs = false
    passLine()
  }

  private mutating func passLine() {
    lineOffset += UInt64(lineLength) + 1
    lineLength = 0
  }

  private mutating func take(
    _ kind: LogLine, _ line: RawSpan, _ body: (ATTLSMessage) -> Void
  ) {
    let wasOurs = previousWasOurs
    previousWasOurs = true
    switch kind {
    case .blank:
      closeWrapped(body)
    case .record(var origin, let start):
      closeWrapped(body)
      place(&origin)
      begin(Open(origin: origin, text: line.copied(from: start)), body)
    case .message(var origin, let start, let end, let multiLineID):
      // The line after a bare record prefix is its text.
      if let last = open.indices.last, open[last].text.isEmpty, open[last].multiLineID == nil {
        open[last].text = line.copied(from: start, to: end)
        return
      }
      closeWrapped(body)
      place(&origin)
      begin(
        Open(
          origin: origin, text: line.copied(from: start, to: end), multiLineID: multiLineID), body)
    case .continuation(let multiLineID, let start, let isLast):
      extend(line, multiLineID, start, isLast, body)
    case .repeated(let count):
      previousWasOurs = wasOurs
      if wasOurs, let last = open.indices.last {
        open[last].repeats = count
        closeWrapped(body)
      } else {
        counts.otherLines += 1
      }
    case .foreign:
      previousWasOurs = false
      counts.otherLines += 1
      closeWrapped(body)
    case .plain(let start):
      takePlain(line, start)
    }
  }

  private func place(_ origin: inout LogOrigin) {
    origin.line = counts.lines
    origin.offset = lineOffset
    if origin.time != nil, origin.time?.year == nil, origin.time?.month != nil {
      origin.time?.year = year
    }
  }

  // MARK: Wrapped and multi-line messages

  private mutating func begin(_ message: Open, _ body: (ATTLSMessage) -> Void) {
    if let id = message.multiLineID,
      let index = open.firstIndex(where: { $0.multiLineID == id })
    {
      close(index, body)
    }
    if open.count >= Self.maximumOpen { close(0, body) }
    open.append(message)
  }

  private mutating func extend(
    _ line: RawSpan, _ multiLineID: Int?, _ start: Int, _ isLast: Bool,
    _ body: (ATTLSMessage) -> Void
  ) {
    // A line without a number belongs to the newest message; so does one of a message whose first
    // line carried no number.
    let index =
      open.lastIndex { $0.multiLineID == multiLineID && multiLineID != nil }
      ?? open.indices.last.flatMap { last in
        multiLineID == nil || open[last].multiLineID == nil
          ? (Continuation.fits(line, start, after: open[last].text) ? last : nil) : nil
      }
    guard let index else {
      counts.otherLines += 1
      previousWasOurs = false
      return
    }
    append(line, to: index, from: start)
    if isLast || isWhole(open[index].text) { close(index, body) }
  }

  /// CONNID stands on the last line of EZD1287I; a job log does not mark that line otherwise.
  private func isWhole(_ text: [UInt8]) -> Bool {
    let text = unsafe text.span.bytes
    return text.has("EZD1287", at: 0)
      && text.firstIndex(of: "CONNID: ").map { text.byteCount >= $0 + 16 } ?? false
  }

  private mutating func takePlain(_ line: RawSpan, _ start: Int) {
    guard let last = open.indices.last, open[last].lines != .max,
      Continuation.fits(line, start, after: open[last].text)
    else {
      counts.otherLines += 1
      previousWasOurs = false
      // A stray line does not end a message, but several do.
      if let last = open.indices.last {
        open[last].foreign += 1
        if open[last].foreign > Self.maximumForeign { open[last].lines = .max }
      }
      return
    }
    append(line, to: last, from: start)
  }

  private mutating func append(_ line: RawSpan, to index: Int, from start: Int) {
    guard open[index].lines < 4096,
      open[index].text.count + line.byteCount < Self.maximumMessage
    else {
      counts.cutLines += 1
      return
    }
    open[index].lines += 1
    open[index].foreign = 0
    if !open[index].text.isEmpty { open[index].text.append(0x20) }
    open[index].text.append(line.extracting(min(start, line.byteCount)..<line.byteCount))
  }

  /// Ends the messages that only a new record could end.
  private mutating func closeWrapped(_ body: (ATTLSMessage) -> Void) {
    var index = 0
    while index < open.count {
      open[index].lines = open[index].lines == .max ? .max : open[index].lines + 1
      if open[index].multiLineID == nil || open[index].lines > 64 {
        close(index, body)
      } else {
        index += 1
      }
    }
  }

  private mutating func closeAll(_ body: (ATTLSMessage) -> Void) {
    while !open.isEmpty { close(0, body) }
    if let json, json.isInsideEntry { counts.damaged += 1 }
  }

  private mutating func close(_ index: Int, _ body: (ATTLSMessage) -> Void) {
    let message = open.remove(at: index)
    guard var parsed = MessageParser.parse(message.text, origin: message.origin) else {
      counts.damaged += 1
      counts.damagedBytes += UInt64(message.text.count)
      damage.append(Damage(offset: message.origin.offset, length: message.text.count))
      return
    }
    parsed.repeats = message.repeats
    counts.messages += 1
    body(parsed)
  }

  // MARK: JSON

  private mutating func readJSON(_ bytes: RawSpan, _ body: (ATTLSMessage) -> Void) {
    guard var scanner = json else { return }
    json = nil  // the scanner is changed in place, not copied
    var at = 0
    while at < bytes.byteCount {
      guard let entry = scanner.take(bytes, &at) else { continue }
      guard let kind = JSONLogScanner.message(entry, year: year) else {
        counts.otherLines += 1
        continue
      }
      counts.messages += 1
      body(kind)
    }
    counts.lines = scanner.line
    json = scanner
  }
}

extension RawSpan {
  /// The bytes from one offset to another, which may lie in front of it.
  fileprivate func copied(from start: Int, to end: Int = .max) -> [UInt8] {
    let start = Swift.min(start, byteCount)
    return extracting(start..<Swift.max(start, Swift.min(end, byteCount))).copied()
  }
}
