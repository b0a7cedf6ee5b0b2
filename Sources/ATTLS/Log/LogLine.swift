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

  init(_ line: [UInt8]) {
    guard let start = line.firstIndex(where: { $0 != 0x20 && $0 != 0x09 }) else {
      self = .blank
      return
    }
    var cursor = LineCursor(line, at: start)
    let stamp = cursor.syslogTime()
    if stamp != nil, let tag = Self.usualTag(cursor) {
      self = Self.syslogd(line, stamp: stamp, system: cursor, tag: tag)
      return
    }
    if let text = firstIndex(of: "last message repeated ", in: line, limit: Self.prefixLimit) {
      var count = LineCursor(line, at: text + 22)
      self = .repeated(count.number(digits: 1...9) ?? 1)
      return
    }
    if let copy = firstIndex(of: "BPXF024I", in: line, limit: Self.prefixLimit) {
      self = Self.consoleCopy(line, at: copy)
      return
    }
    if let tag = firstIndex(of: "TTLS[", in: line, limit: Self.prefixLimit) {
      self = Self.syslogd(line, stamp: stamp, system: cursor, tag: tag)
      return
    }
    if let id = Self.messageID(line) {
      self = Self.console(line, id: id, stamp: stamp)
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
  private static func usualTag(_ behindTime: LineCursor) -> Int? {
    var cursor = behindTime
    cursor.skipWord()
    cursor.skipBlanks()
    return bytesStart(cursor.line, at: cursor.offset, with: "TTLS[") ? cursor.offset : nil
  }

  private static func syslogd(
    _ line: [UInt8], stamp: ATTLSTime?, system: LineCursor, tag: Int
  ) -> LogLine {
    var origin = LogOrigin(transport: .syslogd, time: stamp)
    var before = system
    if stamp != nil, before.offset < tag, let name = before.word(), before.offset <= tag {
      origin.system = name
    }
    var cursor = LineCursor(line, at: tag + 5)
    guard let pid = cursor.number(digits: 1...10) else { return .foreign }
    origin.processID = UInt32(exactly: pid)
    _ = cursor.skip(0x5D)
    _ = cursor.skip(0x3A)
    cursor.skipBlanks()
    return .record(origin, textStart: afterStack(&cursor, &origin))
      .with(origin)
  }

  private static func consoleCopy(_ line: [UInt8], at copy: Int) -> LogLine {
    var origin = LogOrigin(transport: .consoleCopy)
    var cursor = LineCursor(line, at: copy + 8)
    cursor.skipBlanks()
    if cursor.peek == 0x28 { _ = cursor.word() }  // (TCPIP)
    cursor.skipBlanks()
    origin.time = cursor.syslogTime()
    cursor.skipBlanks()
    guard bytesStart(line, at: cursor.offset, with: "TTLS") else { return .foreign }
    cursor.offset += 4
    cursor.skipBlanks()
    _ = cursor.skip(0x5B)  // brackets turn into blanks on the console
    origin.processID = cursor.number(digits: 1...10).flatMap { UInt32(exactly: $0) }
    cursor.skipBlanks()
    _ = cursor.skip(0x5D)
    _ = cursor.skip(0x3A)
    cursor.skipBlanks()
    return .record(origin, textStart: afterStack(&cursor, &origin))
      .with(origin)
  }

  /// Skips "17:25:53 TCPIP" between the prefix and the text.
  private static func afterStack(_ cursor: inout LineCursor, _ origin: inout LogOrigin) -> Int {
    var ahead = cursor
    guard let time = ahead.clock() else { return cursor.offset }
    if origin.time == nil { origin.time = time }
    ahead.skipBlanks()
    var stack = ahead
    if !isKnownID(stack), let name = stack.word(), !name.isEmpty {
      origin.stack = name
      ahead = stack
      ahead.skipBlanks()
    }
    cursor = ahead
    return ahead.offset
  }

  private func with(_ origin: LogOrigin) -> LogLine {
    if case .record(_, let start) = self { return .record(origin, textStart: start) }
    return self
  }

  // MARK: Console

  /// Message ids around AT-TLS; other messages of the log are not of interest.
  private static let families: [StaticString] = [
    "EZD128", "EZD1290I", "EZD2042I", "EZZ4248E", "EZZ4249I", "EZZ4250I", "EZZ6035I", "EZD1819I",
    "EZD1820E",
  ]

  private static func isKnownID(_ cursor: LineCursor) -> Bool {
    cursor.peek == UInt8(ascii: "E")
      && families.contains { bytesStart(cursor.line, at: cursor.offset, with: $0) }
  }

  private static func messageID(_ line: [UInt8]) -> Int? {
    guard var from = firstIndex(of: "EZ", in: line, limit: prefixLimit) else { return nil }
    while true {
      let opens = from == 0 || !isWordByte(line[from - 1])
      if opens, families.contains(where: { bytesStart(line, at: from, with: $0) }) { return from }
      guard let next = firstIndex(of: "EZ", in: line, from: from + 1, limit: prefixLimit) else {
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

  private static func console(_ line: [UInt8], id: Int, stamp: ATTLSTime?) -> LogLine {
    var origin = LogOrigin(transport: id == 0 ? .bare : .console, time: stamp)
    var end = line.count
    var multiLineID: Int?
    if id >= 8 {
      readColumns(line, id, into: &origin)
      // "… Initial Handshake 123": the number ties the lines below to this one.
      var cursor = LineCursor(line, at: end - 3)
      if end - id > 12, line[end - 4] == 0x20, let number = cursor.number(digits: 3...3) {
        multiLineID = number
        end -= 4
      }
    }
    return .message(origin, textStart: id, textEnd: end, multiLineID: multiLineID)
  }

  /// Finds time and system in the columns of SYSLOG, OPERLOG or a job log.
  private static func readColumns(_ line: [UInt8], _ end: Int, into origin: inout LogOrigin) {
    var cursor = LineCursor(line, at: 0)
    var previous: String?
    while cursor.offset < end {
      cursor.skipBlanks()
      var ahead = cursor
      if let time = ahead.clock() {
        origin.time = origin.time ?? time
      } else if let date = julianDate(cursor), let year = date.year {
        origin.time = ATTLSTime(
          year: year, month: date.month, day: date.day, hour: 0, minute: 0, second: 0)
        origin.system = previous
        _ = cursor.word()
        cursor.skipBlanks()
        if let time = cursor.clock() {
          origin.time?.hour = time.hour
          origin.time?.minute = time.minute
          origin.time?.second = time.second
          origin.time?.hundredths = time.hundredths
        }
        continue
      }
      guard let word = cursor.word() else { return }
      previous = word
    }
  }

  /// "25092" or "2025092": year and day of the year.
  private static func julianDate(_ cursor: LineCursor) -> ATTLSTime? {
    var cursor = cursor
    let start = cursor.offset
    guard let number = cursor.number(digits: 5...7), cursor.peek == 0x20 || cursor.peek == nil
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

  private static func startsOtherMessage(_ line: [UInt8], at start: Int) -> Bool {
    var end = start
    while end < line.count, line[end] != 0x20 { end += 1 }
    return MessageParser.isMessageID(line, start..<end)
  }

  /// Record letters D, E and S of SYSLOG, or the numbered lines of a job log.
  private static func furtherLine(_ line: [UInt8], start: Int) -> LogLine {
    var cursor = LineCursor(line, at: start)
    let letter = line[0]
    let hasLetter =
      [0x44, 0x45, 0x4C, 0x53].contains(letter) && line.count > 8
      && line[1...7].allSatisfy { $0 == 0x20 }
    if hasLetter {
      cursor.offset = 1
      cursor.skipBlanks()
    }
    let at = cursor.offset
    if hasLetter || start > 0, let number = cursor.number(digits: 3...3) {
      let blanks = cursor.skipBlanks()
      var ahead = cursor
      if blanks >= 1, let word = ahead.word(), word.utf8.count == 8,
        word.utf8.allSatisfy({ hexDigit($0) != nil })
      {
        ahead.skipBlanks()
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
