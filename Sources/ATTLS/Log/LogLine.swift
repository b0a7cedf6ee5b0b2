internal import TraceBytes

/// What the beginning of a log line says about it.
enum LogLine {
  /// A record of the AT-TLS trace: its text starts at the offset, and may be empty.
  case record(LogOrigin, textStart: Int)
  /// A console message around AT-TLS; a multi-line id ties the following lines to it.
  case message(LogOrigin, textStart: Int, textEnd: Int, multiLineID: Int?)
  /// A further line of a multi-line console message.
  case continuation(multiLineID: Int?, textStart: Int, isLast: Bool)
  /// syslogd's word for lines it did not write again.
  case repeated(Int)
  /// A record or message of something else.
  case foreign
  /// None of these: perhaps the rest of a wrapped message.
  case plain(textStart: Int)
  /// An empty line.
  case blank

  /// Prefixes are looked for in this many bytes; rsyslog and listings add to the left.
  private static let prefixLimit = 160

  init(_ line: RawSpan, _ names: inout LogNames) {
    var cursor = LineCursor(at: 0)
    let start = cursor.skipBlanks(line)
    guard start < line.byteCount else {
      self = .blank
      return
    }
    let stamp = cursor.syslogTime(line)
    if stamp != nil, let tag = Self.usualTag(line, cursor) {
      self = Self.syslogd(line, stamp: stamp, system: cursor, tag: tag, &names)
      return
    }
    if let text = line.firstIndex(of: "last message repeated ", limit: Self.prefixLimit) {
      var count = LineCursor(at: text + 22)
      self = .repeated(count.number(line, digits: 1...9) ?? 1)
      return
    }
    if let copy = line.firstIndex(of: "BPXF024I", limit: Self.prefixLimit) {
      self = Self.consoleCopy(line, at: copy, &names)
      return
    }
    if let tag = line.firstIndex(of: "TTLS[", limit: Self.prefixLimit) {
      self = Self.syslogd(line, stamp: stamp, system: cursor, tag: tag, &names)
      return
    }
    if let id = Self.messageID(line) {
      self = Self.console(line, id: id, stamp: stamp, &names)
      return
    }
    if stamp != nil || Self.startsOtherMessage(line, at: start) {
      self = .foreign
      return
    }
    self = Self.furtherLine(line, start: start)
  }

  // MARK: syslogd

  /// Where the tag stands in what syslogd itself writes: behind the name of the system.
  private static func usualTag(_ line: RawSpan, _ behindTime: LineCursor) -> Int? {
    var cursor = behindTime
    cursor.skipWord(line)
    cursor.skipBlanks(line)
    return line.has("TTLS[", at: cursor.offset) ? cursor.offset : nil
  }

  private static func syslogd(
    _ line: RawSpan, stamp: ATTLSTime?, system: LineCursor, tag: Int, _ names: inout LogNames
  ) -> LogLine {
    var origin = LogOrigin(transport: .syslogd, time: stamp)
    var before = system
    if stamp != nil, before.offset < tag, let name = before.word(line), before.offset <= tag {
      origin.system = names.system.text(line, name)
    }
    var cursor = LineCursor(at: tag + 5)
    guard let pid = cursor.number(line, digits: 1...10) else { return .foreign }
    origin.processID = UInt32(exactly: pid)
    _ = cursor.skip(0x5D, line)
    _ = cursor.skip(0x3A, line)
    cursor.skipBlanks(line)
    let start = afterStack(line, &cursor, &origin, &names)
    return .record(origin, textStart: start)
  }

  private static func consoleCopy(
    _ line: RawSpan, at copy: Int, _ names: inout LogNames
  ) -> LogLine {
    var origin = LogOrigin(transport: .consoleCopy)
    var cursor = LineCursor(at: copy + 8)
    cursor.skipBlanks(line)
    if cursor.peek(line) == 0x28 { cursor.skipWord(line) }  // (TCPIP)
    cursor.skipBlanks(line)
    origin.time = cursor.syslogTime(line)
    cursor.skipBlanks(line)
    guard line.has("TTLS", at: cursor.offset) else { return .foreign }
    cursor.offset += 4
    cursor.skipBlanks(line)
    _ = cursor.skip(0x5B, line)  // brackets turn into blanks on the console
    origin.processID = cursor.number(line, digits: 1...10).flatMap { UInt32(exactly: $0) }
    cursor.skipBlanks(line)
    _ = cursor.skip(0x5D, line)
    _ = cursor.skip(0x3A, line)
    cursor.skipBlanks(line)
    let start = afterStack(line, &cursor, &origin, &names)
    return .record(origin, textStart: start)
  }

  /// Skips "17:25:53 TCPIP" between the prefix and the text.
  private static func afterStack(
    _ line: RawSpan, _ cursor: inout LineCursor, _ origin: inout LogOrigin,
    _ names: inout LogNames
  ) -> Int {
    var ahead = cursor
    guard let time = ahead.clock(line) else { return cursor.offset }
    if origin.time == nil { origin.time = time }
    ahead.skipBlanks(line)
    var stack = ahead
    if !isKnownID(line, stack.offset), let name = stack.word(line) {
      origin.stack = names.stack.text(line, name)
      ahead = stack
      ahead.skipBlanks(line)
    }
    cursor = ahead
    return ahead.offset
  }

  // MARK: Console

  /// Message ids around AT-TLS; other messages of the log are not of interest.
  private static let families: [StaticString] = [
    "EZD128", "EZD1290I", "EZD2042I", "EZZ4248E", "EZZ4249I", "EZZ4250I", "EZZ6035I", "EZD1819I",
    "EZD1820E",
  ]

  private static func isKnownID(_ line: RawSpan, _ offset: Int) -> Bool {
    guard line.has("EZ", at: offset) else { return false }
    return families.contains { line.has($0, at: offset) }
  }

  private static func messageID(_ line: RawSpan) -> Int? {
    guard var from = line.firstIndex(of: "EZ", limit: prefixLimit) else { return nil }
    while true {
      let opens = from == 0 || !isWordByte(line.u8(from - 1))
      if opens, isKnownID(line, from) { return from }
      guard let next = line.firstIndex(of: "EZ", from: from + 1, limit: prefixLimit) else {
        return nil
      }
      from = next
    }
  }

  private static func isWordByte(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x22, 0x27: true  // also quotes
    default: false
    }
  }

  private static func console(
    _ line: RawSpan, id: Int, stamp: ATTLSTime?, _ names: inout LogNames
  ) -> LogLine {
    var origin = LogOrigin(transport: id == 0 ? .bare : .console, time: stamp)
    var end = line.byteCount
    var multiLineID: Int?
    if id >= 8 {
      readColumns(line, id, into: &origin, &names)
      // "… Initial Handshake 123": the number ties the lines below to this one.
      var cursor = LineCursor(at: end - 3)
      if end - id > 12, line.u8(end - 4) == 0x20, let number = cursor.number(line, digits: 3...3) {
        multiLineID = number
        end -= 4
      }
    }
    return .message(origin, textStart: id, textEnd: end, multiLineID: multiLineID)
  }

  /// Finds time and system in the columns of SYSLOG, OPERLOG or a job log.
  private static func readColumns(
    _ line: RawSpan, _ end: Int, into origin: inout LogOrigin, _ names: inout LogNames
  ) {
    var cursor = LineCursor(at: 0)
    var previous: TextPart?
    while cursor.offset < end {
      cursor.skipBlanks(line)
      var ahead = cursor
      if let time = ahead.clock(line) {
        origin.time = origin.time ?? time
      } else if origin.time?.year == nil, let date = julianDate(line, cursor), let year = date.year
      {
        origin.time = ATTLSTime(
          year: year, month: date.month, day: date.day, hour: 0, minute: 0, second: 0)
        origin.system = previous.map { names.system.text(line, $0) }
        cursor.skipWord(line)
        cursor.skipBlanks(line)
        if let time = cursor.clock(line) {
          origin.time?.hour = time.hour
          origin.time?.minute = time.minute
          origin.time?.second = time.second
          origin.time?.hundredths = time.hundredths
        }
        continue
      }
      guard let word = cursor.word(line) else { return }
      previous = word
    }
  }

  /// "25092" or "2025092": year and day of the year.
  private static func julianDate(_ line: RawSpan, _ cursor: LineCursor) -> ATTLSTime? {
    var cursor = cursor
    let start = cursor.offset
    guard let number = cursor.number(line, digits: 5...7), cursor.peek(line) ?? 0x20 == 0x20
    else {
      return nil
    }
    let digits = cursor.offset - start
    guard digits != 6 else { return nil }
    let year = digits == 5 ? 2000 + number / 1000 : number / 1000
    guard (1970...2100).contains(year),
      let date = ATTLSTime.date(year: year, dayOfYear: number % 1000)
    else { return nil }
    return ATTLSTime(
      year: year, month: date.month, day: date.day, hour: 0, minute: 0, second: 0)
  }

  // MARK: The rest

  private static func startsOtherMessage(_ line: RawSpan, at start: Int) -> Bool {
    let end = line.end(from: start) { $0 != 0x20 }
    return MessageParser.isMessageID(line, TextPart(start, end))
  }

  /// Record letters D, E and S of SYSLOG, or the numbered lines of a job log.
  private static func furtherLine(_ line: RawSpan, start: Int) -> LogLine {
    var cursor = LineCursor(at: start)
    let letter = line.u8(0)
    let isLetter = letter == 0x44 || letter == 0x45 || letter == 0x4C || letter == 0x53
    let hasLetter = isLetter && line.byteCount > 8 && line.has("       ", at: 1)
    if hasLetter {
      cursor.offset = 1
      cursor.skipBlanks(line)
    }
    let at = cursor.offset
    if hasLetter || start > 0, let number = cursor.number(line, digits: 3...3) {
      let blanks = cursor.skipBlanks(line)
      var ahead = cursor
      if blanks >= 1, let word = ahead.word(line), word.count == 8, line.isHexadecimal(word) {
        ahead.skipBlanks(line)
        cursor = ahead
      }
      if blanks >= 2 || hasLetter {
        return .continuation(
          multiLineID: number, textStart: cursor.offset, isLast: hasLetter && letter == 0x45)
      }
    }
    if hasLetter, letter == 0x53 {
      return .continuation(multiLineID: nil, textStart: at, isLast: false)
    }
    return .plain(textStart: start)
  }
}

/// Names that stand on every line of a log: the same one is not made again.
struct LogNames {
  struct Name {
    private var known = ""

    mutating func text(_ line: RawSpan, _ word: TextPart) -> String {
      let bytes = line.extracting(word.range)
      if !isKnown(bytes) { known = printableText(bytes) }
      return known
    }

    private func isKnown(_ bytes: RawSpan) -> Bool {
      let last = known.utf8.span
      guard last.count == bytes.byteCount else { return false }
      for index in last.indices where last[index] != bytes.u8(index) { return false }
      return true
    }
  }

  var system = Name()
  var stack = Name()
}
