/// A position in a line, for the columns in front of a message.
struct LineCursor {
  let line: [UInt8]
  var offset: Int

  init(_ line: [UInt8], at offset: Int) {
    self.line = line
    self.offset = max(0, offset)
  }

  var peek: UInt8? { offset < line.count ? line[offset] : nil }

  /// Skips blanks and says how many there were.
  @discardableResult mutating func skipBlanks() -> Int {
    let start = offset
    while offset < line.count, line[offset] == 0x20 || line[offset] == 0x09 { offset += 1 }
    return offset - start
  }

  /// Skips one byte if it is the given one.
  mutating func skip(_ byte: UInt8) -> Bool {
    guard peek == byte else { return false }
    offset += 1
    return true
  }

  /// Moves to the next blank.
  mutating func skipWord() {
    while offset < line.count, line[offset] != 0x20, line[offset] != 0x09 { offset += 1 }
  }

  /// The text up to the next blank.
  mutating func word() -> String? {
    let start = offset
    while offset < line.count, line[offset] != 0x20, line[offset] != 0x09 { offset += 1 }
    return offset > start ? printableText(line[start..<offset]) : nil
  }

  /// A decimal number with as many digits as allowed; moves only when there is one.
  mutating func number(digits: ClosedRange<Int>) -> Int? {
    var value = 0
    var index = offset
    while index < line.count, (0x30...0x39).contains(line[index]), index - offset < 18 {
      value = value * 10 + Int(line[index] - 0x30)
      index += 1
    }
    guard digits.contains(index - offset) else { return nil }
    offset = index
    return value
  }

  /// A time of day: `17:25:53`, `17.25.53` or `17:25:53.12`; moves only when there is one.
  mutating func clock() -> ATTLSTime? {
    var ahead = self
    guard let hour = ahead.number(digits: 2...2), hour < 24 else { return nil }
    guard let separator = ahead.peek, separator == 0x3A || separator == 0x2E else { return nil }
    ahead.offset += 1
    guard let minute = ahead.number(digits: 2...2), minute < 60, ahead.skip(separator),
      let second = ahead.number(digits: 2...2), second < 61
    else { return nil }
    var time = ATTLSTime(hour: hour, minute: minute, second: second)
    if ahead.peek == 0x2E {
      var fraction = ahead
      fraction.offset += 1
      if let hundredths = fraction.number(digits: 2...2) {
        time.hundredths = hundredths
        ahead = fraction
      }
    }
    self = ahead
    return time
  }

  private static let months: [StaticString] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
  ]

  /// The time of syslogd: `Apr  2 17:25:53`; moves past it and the blanks behind.
  mutating func syslogTime() -> ATTLSTime? {
    var ahead = self
    guard let month = Self.months.firstIndex(where: { bytesStart(line, at: offset, with: $0) })
    else { return nil }
    ahead.offset += 3
    guard (1...2).contains(ahead.skipBlanks()), let day = ahead.number(digits: 1...2),
      (1...31).contains(day), ahead.skipBlanks() > 0, var time = ahead.clock()
    else { return nil }
    ahead.skipBlanks()
    time.month = month + 1
    time.day = day
    self = ahead
    return time
  }
}
