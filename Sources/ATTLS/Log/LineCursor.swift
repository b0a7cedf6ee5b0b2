internal import TraceBytes

/// A position in a line, for the columns in front of a message.
struct LineCursor {
  var offset: Int

  init(at offset: Int) { self.offset = max(0, offset) }

  func peek(_ line: RawSpan) -> UInt8? { offset < line.byteCount ? line.u8(offset) : nil }

  /// Skips blanks and says how many there were.
  @discardableResult mutating func skipBlanks(_ line: RawSpan) -> Int {
    let start = offset
    while offset < line.byteCount, isBlank(line.u8(offset)) { offset += 1 }
    return offset - start
  }

  /// Skips one byte if it is the given one.
  mutating func skip(_ byte: UInt8, _ line: RawSpan) -> Bool {
    guard peek(line) == byte else { return false }
    offset += 1
    return true
  }

  /// Moves to the next blank.
  mutating func skipWord(_ line: RawSpan) {
    while offset < line.byteCount, !isBlank(line.u8(offset)) { offset += 1 }
  }

  /// The word that stands here, up to the next blank.
  mutating func word(_ line: RawSpan) -> TextPart? {
    let start = offset
    skipWord(line)
    return offset > start ? TextPart(start, offset) : nil
  }

  /// A decimal number with as many digits as allowed; moves only when there is one.
  mutating func number(_ line: RawSpan, digits: ClosedRange<Int>) -> Int? {
    var value = 0
    var index = offset
    while index < line.byteCount, index &- offset < 18 {
      let byte = line.u8(index)
      guard (0x30...0x39).contains(byte) else { break }
      value = value &* 10 &+ Int(byte &- 0x30)
      index &+= 1
    }
    guard digits.contains(index - offset) else { return nil }
    offset = index
    return value
  }

  /// Two digits at an offset; nil for anything else.
  @inline(__always)
  private static func pair(_ line: RawSpan, _ at: Int) -> Int? {
    guard line.has(2, at: at) else { return nil }
    let (tens, ones) = (line.u8(at) ^ 0x30, line.u8(at &+ 1) ^ 0x30)
    return tens < 10 && ones < 10 ? Int(tens) &* 10 &+ Int(ones) : nil
  }

  private func isDigit(_ line: RawSpan, _ at: Int) -> Bool {
    at < line.byteCount && (0x30...0x39).contains(line.u8(at))
  }

  /// A time of day: `17:25:53`, `17.25.53` or `17:25:53.12`; moves only when there is one.
  mutating func clock(_ line: RawSpan) -> ATTLSTime? {
    guard line.has(8, at: offset) else { return nil }
    let separator = line.u8(offset + 2)
    guard separator == 0x3A || separator == 0x2E, line.u8(offset + 5) == separator,
      let hour = Self.pair(line, offset), hour < 24,
      let minute = Self.pair(line, offset + 3), minute < 60,
      let second = Self.pair(line, offset + 6), second < 61, !isDigit(line, offset + 8)
    else { return nil }
    var time = ATTLSTime(hour: hour, minute: minute, second: second)
    let behind = offset + 8
    offset = behind
    if line.has(3, at: behind), line.u8(behind) == 0x2E, !isDigit(line, behind + 3),
      let hundredths = Self.pair(line, behind + 1)
    {
      time.hundredths = hundredths
      offset = behind + 3
    }
    return time
  }

  private static let months: StaticString = "JanFebMarAprMayJunJulAugSepOctNovDec"

  /// The month whose name stands here, counted from 0.
  private func month(_ line: RawSpan) -> Int? {
    guard line.has(3, at: offset), (0x41...0x5A).contains(line.u8(offset)) else { return nil }
    let names = unsafe Self.months.utf8Start
    for month in 0..<12
    where unsafe names[3 * month] == line.u8(offset) && names[3 * month + 1] == line.u8(offset + 1)
      && names[3 * month + 2] == line.u8(offset + 2)
    {
      return month
    }
    return nil
  }

  /// The time of syslogd: `Apr  2 17:25:53`, or as relays write it: behind a priority, with a year, or in the form
  /// of RFC 3339. Moves past it and the blanks behind.
  mutating func syslogTime(_ line: RawSpan) -> ATTLSTime? {
    var ahead = self
    ahead.skipPriority(line)
    guard let month = ahead.month(line) else {
      guard let time = ahead.dateTime(line) else { return nil }
      ahead.skipBlanks(line)
      self = ahead
      return time
    }
    ahead.offset += 3
    guard (1...2).contains(ahead.skipBlanks(line)), let day = ahead.number(line, digits: 1...2),
      (1...31).contains(day), ahead.skipBlanks(line) > 0
    else { return nil }
    let year = ahead.number(line, digits: 4...4)
    ahead.skipBlanks(line)
    guard var time = ahead.clock(line) else { return nil }
    ahead.skipBlanks(line)
    time.year = year
    time.month = month + 1
    time.day = day
    self = ahead
    return time
  }

  /// `<13>`, and the version behind it (RFC 5424 section 6.2).
  private mutating func skipPriority(_ line: RawSpan) {
    var ahead = self
    guard ahead.skip(0x3C, line), ahead.number(line, digits: 1...3) != nil, ahead.skip(0x3E, line)
    else { return }
    self = ahead
    if ahead.number(line, digits: 1...2) != nil, ahead.skip(0x20, line) { self = ahead }
  }

  /// `2026-02-03T10:14:58.25+01:00` (RFC 3339), a blank for the T too. With an offset it becomes UTC.
  private mutating func dateTime(_ line: RawSpan) -> ATTLSTime? {
    var ahead = self
    guard let year = ahead.number(line, digits: 4...4), ahead.skip(0x2D, line),
      let month = ahead.number(line, digits: 2...2), (1...12).contains(month),
      ahead.skip(0x2D, line), let day = ahead.number(line, digits: 2...2), (1...31).contains(day),
      ahead.skip(0x54, line) || ahead.skip(0x20, line), var time = ahead.clock(line)
    else { return nil }
    time.year = year
    time.month = month
    time.day = day
    if ahead.skip(0x2E, line) || ahead.skip(0x2C, line) {
      let first = ahead.offset
      guard ahead.number(line, digits: 1...9) != nil else { return nil }
      time.hundredths = Self.pair(line, first)
    }
    let isWest = ahead.peek(line) == 0x2D
    if ahead.skip(0x2B, line) || ahead.skip(0x2D, line) {
      guard let hours = Self.pair(line, ahead.offset) else { return nil }
      ahead.offset += 2
      _ = ahead.skip(0x3A, line)
      guard let minutes = Self.pair(line, ahead.offset) else { return nil }
      ahead.offset += 2
      time.move(minutes: (isWest ? 1 : -1) * (60 * hours + minutes))
    } else {
      _ = ahead.skip(0x5A, line)
    }
    self = ahead
    return time
  }
}

extension ATTLSTime {
  /// Moves a time with a date.
  fileprivate mutating func move(minutes: Int) {
    guard minutes != 0, let now = nanosecondsSince1970 else { return }
    let parts = CivilDate.parts(nanoseconds: now + Int64(minutes) * 60_000_000_000)
    (year, month, day) = (parts.year, parts.month, parts.day)
    (hour, minute, second) = (parts.hour, parts.minute, parts.second)
  }
}
