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

  private var line: [UInt8] = []
  private var lineIsCut = false
  private var lineOffset: UInt64 = 0
  private var open: [Open] = []
  private var previousWasOurs = false
  private var json: JSONLogScanner?
  private var isDecided = false

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
    unsafe window.withUnsafeBytes { bytes in
      var start = 0
      if !isDecided { unsafe decide(bytes) }
      if json != nil {
        unsafe readJSON(bytes, body)
        start = bytes.count
      }
      while start < bytes.count {
        let rest = unsafe UnsafeRawBufferPointer(rebasing: bytes[start...])
        guard let length = unsafe rest.firstIndex(of: 0x0A) else {
          unsafe append(rest)
          break
        }
        let whole = unsafe UnsafeRawBufferPointer(rebasing: rest[..<length])
        if line.isEmpty, !lineIsCut, length <= Self.maximumLine,
          unsafe ForeignLine.isForeign(whole, isInMessage: !open.isEmpty)
        {
          passForeign(length)
        } else {
          unsafe append(whole)
          endLine(body)
        }
        lineOffset += 1
        start += length + 1
      }
    }
    if atEnd {
      if !line.isEmpty { endLine(body) }
      closeAll(body)
    }
    return window.byteCount
  }

  // MARK: Lines

  /// A log of the z/OSMF API is a JSON object.
  private mutating func decide(_ bytes: UnsafeRawBufferPointer) {
    for index in bytes.indices {
      let byte = unsafe bytes[index]
      if byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { continue }
      isDecided = true
      if byte == 0x7B { json = JSONLogScanner() }
      return
    }
  }

  private mutating func append(_ bytes: UnsafeRawBufferPointer) {
    let room = Self.maximumLine - line.count
    if bytes.count > room { lineIsCut = true }
    unsafe line.append(contentsOf: bytes.prefix(room))
    lineOffset += UInt64(bytes.count)
  }

  private mutating func endLine(_ body: (ATTLSMessage) -> Void) {
    counts.lines += 1
    if lineIsCut { counts.cutLines += 1 }
    let offset = lineOffset - min(lineOffset, UInt64(line.count))
    while let last = line.last, last == 0x20 || last == 0x0D || last == 0x00 { line.removeLast() }
    let others = counts.otherLines
    take(LogLine(line), at: offset, body)
    if counts.otherLines > others { counts.otherBytes += lineOffset - offset + 1 }
    line.removeAll(keepingCapacity: line.capacity <= 1 << 16)
    lineIsCut = false
  }

  /// Counts a line that was not looked at further.
  private mutating func passForeign(_ length: Int) {
    counts.lines += 1
    counts.otherLines += 1
    counts.otherBytes += UInt64(length) + 1
    previousWasOurs = false
    lineOffset += UInt64(length)
  }

  private mutating func take(
    _ kind: LogLine, at offset: UInt64, _ body: (ATTLSMessage) -> Void
  ) {
    let wasOurs = previousWasOurs
    previousWasOurs = true
    switch kind {
    case .blank:
      closeWrapped(body)
    case .record(var origin, let start):
      closeWrapped(body)
      place(&origin, offset)
      begin(Open(origin: origin, text: Array(line[start...])), body)
    case .message(var origin, let start, let end, let multiLineID):
      // The line after a bare record prefix is its text.
      if let last = open.indices.last, open[last].text.isEmpty, open[last].multiLineID == nil {
        open[last].text = Array(line[start..<max(start, end)])
        return
      }
      closeWrapped(body)
      place(&origin, offset)
      begin(
        Open(origin: origin, text: Array(line[start..<end]), multiLineID: multiLineID), body)
    case .continuation(let multiLineID, let start, let isLast):
      extend(multiLineID, start, isLast, body)
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
      takePlain(start)
    }
  }

  private func place(_ origin: inout LogOrigin, _ offset: UInt64) -> Void {
    origin.line = counts.lines
    origin.offset = offset
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
    _ multiLineID: Int?, _ start: Int, _ isLast: Bool, _ body: (ATTLSMessage) -> Void
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
    append(to: index, from: start)
    if isLast || isWhole(open[index].text) { close(index, body) }
  }

  /// CONNID stands on the last line of EZD1287I; a job log does not mark that line otherwise.
  private func isWhole(_ text: [UInt8]) -> Bool {
    bytesStart(text, at: 0, with: "EZD1287")
      && firstIndex(of: "CONNID: ", in: text).map { text.count >= $0 + 16 } ?? false
  }

  private mutating func takePlain(_ start: Int) {
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
    append(to: last, from: start)
  }

  private mutating func append(to index: Int, from start: Int) {
    guard open[index].lines < 4096,
      open[index].text.count + line.count < Self.maximumMessage
    else {
      counts.cutLines += 1
      return
    }
    open[index].lines += 1
    open[index].foreign = 0
    if !open[index].text.isEmpty { open[index].text.append(0x20) }
    open[index].text.append(contentsOf: line[min(start, line.count)...])
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

  private mutating func readJSON(
    _ bytes: UnsafeRawBufferPointer, _ body: (ATTLSMessage) -> Void
  ) {
    guard var scanner = json else { return }
    json = nil  // the scanner is changed in place, not copied
    for index in bytes.indices {
      guard let entry = scanner.take(unsafe bytes[index]) else { continue }
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

/// Whether a line can be the rest of a message.
enum Continuation {
  static func fits(_ line: [UInt8], _ start: Int, after text: [UInt8]) -> Bool {
    guard start < line.count else { return false }
    if text.isEmpty { return false }
    if isData(text) {
      // Hexadecimal digits and nothing else, or the word in front of them.
      let digits = line[start...].allSatisfy { hexDigit($0) != nil || $0 == 0x20 }
      return digits || startsLikeData(line, start)
    }
    let words = MessageText(Array(line[start...].prefix(256)))
    guard words.count > 0 else { return false }
    if words.key(0) != nil { return true }
    let before = MessageText(Array(text.suffix(512)))
    let last = before.count - 1
    // A field name at the end waits for its value; ACTIONS waits for three.
    if last >= 0, let key = before.key(last), before.words[last].count == key.text.utf8CodeUnitCount
    {
      return true
    }
    for back in 1...3 where last - back >= 0 {
      if before.key(last - back) == .actions, back < 3 { return true }
    }
    let word = words[0]
    if MessageParser.eventWords.contains(word) || MessageParser.isValue(word) { return true }
    if word == "Control" || word == "Enabled" {
      return last >= 1 && before.key(last - 1) == .status
    }
    if ["Call", "Get", "Set", "-", "\u{2013}"].contains(word) || word.hasPrefix("GSK_") {
      return isFlow(text)
    }
    // A value of a System SSL call can be anything, but it follows its name.
    return last >= 0 && isFlow(text) && before[last].hasPrefix("GSK_")
  }

  private static func startsLikeData(_ line: [UInt8], _ start: Int) -> Bool {
    ["CONNID:", "RECV", "SEND", "CIPHER", "CLEAR"].contains {
      bytesStart(line, at: start, with: $0)
    }
      || line.count - start == 8
  }

  private static func isData(_ text: [UInt8]) -> Bool { bytesStart(text, at: 0, with: "EZD1285") }

  private static func isFlow(_ text: [UInt8]) -> Bool { bytesStart(text, at: 0, with: "EZD1284") }
}
