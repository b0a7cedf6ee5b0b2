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

  /// The time of syslogd: `Apr  2 17:25:53`; moves past it and the blanks behind.
  mutating func syslogTime(_ line: RawSpan) -> ATTLSTime? {
    var ahead = self
    guard let month = month(line) else { return nil }
    ahead.offset += 3
    guard (1...2).contains(ahead.skipBlanks(line)), let day = ahead.number(line, digits: 1...2),
      (1...31).contains(day), ahead.skipBlanks(line) > 0, var time = ahead.clock(line)
    else { return nil }
    ahead.skipBlanks(line)
    time.month = month + 1
    time.day = day
    self = ahead
    return time
  }
}
