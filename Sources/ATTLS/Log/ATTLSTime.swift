internal import TraceBytes

/// A time as a log gives it: local to the system that wrote it, often without a year.
public struct ATTLSTime: Sendable, Hashable {
  /// The year, when the log gives it or the caller supplied it.
  @Narrow<Int16> public var year: Int?
  /// The month, 1 to 12.
  @Narrow<Int8> public var month: Int?
  /// The day of the month.
  @Narrow<Int8> public var day: Int?
  /// The hour.
  public var hour: Int
  /// The minute.
  public var minute: Int
  /// The second.
  public var second: Int
  /// Hundredths of a second, when the log gives them.
  @Narrow<Int8> public var hundredths: Int?

  static let monthNames = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
  ]

  /// Nanoseconds since 1970, taking the time as UTC; nil without a date.
  ///
  /// - Parameter fallbackYear: the year to use when the log gave none.
  public func nanosecondsSince1970(fallbackYear: Int) -> Int64? {
    guard let month, let day, let days = Self.days(year ?? fallbackYear, month, day) else {
      return nil
    }
    let hundredths = (days * 86_400 + Int64(secondOfDay)) * 100 + Int64(hundredths ?? 0)
    // Nanoseconds in 64 bits end in the year 2262.
    let (nanoseconds, isTooLarge) = hundredths.multipliedReportingOverflow(by: 10_000_000)
    return isTooLarge ? nil : nanoseconds
  }

  /// The same with the year that the log gives; nil when it gives none.
  var nanosecondsSince1970: Int64? {
    year == nil ? nil : nanosecondsSince1970(fallbackYear: 0)
  }

  /// Seconds since midnight.
  var secondOfDay: Int { hour * 3600 + minute * 60 + second }

  /// Seconds from an earlier time of the same log to this one, across midnight and New Year; nil when the clock
  /// went back in between.
  public func seconds(since start: ATTLSTime) -> Int? {
    var seconds = secondOfDay - start.secondOfDay
    if let month, let day, let startMonth = start.month, let startDay = start.day {
      // Without a year the 29th of February alone tells that it has one.
      let hasLeapDay = month == 2 && day == 29 || startMonth == 2 && startDay == 29
      let startYear = start.year ?? year ?? (hasLeapDay ? 2000 : 2001)
      var endYear = year ?? startYear
      // From December to January it is the next year.
      if start.year == nil || year == nil, startMonth == 12, month == 1 { endYear = startYear + 1 }
      if let first = Self.days(startYear, startMonth, startDay),
        let last = Self.days(endYear, month, day)
      {
        seconds += Int(last - first) * 86_400
      }
    } else if seconds < -43_200 {
      seconds += 86_400
    }
    return seconds < 0 ? nil : seconds
  }

  /// Days from 1 January 1970 to a date of the proleptic Gregorian calendar.
  static func days(_ year: Int, _ month: Int, _ day: Int) -> Int64? {
    guard (1...9999).contains(year), (1...12).contains(month), (1...31).contains(day) else {
      return nil
    }
    return CivilDate.days(year: year, month: month, day: day)
  }

  /// The month and day of a day number in a year, as SYSLOG writes dates.
  static func date(year: Int, dayOfYear: Int) -> (month: Int, day: Int)? {
    guard (1...366).contains(dayOfYear) else { return nil }
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
    var rest = dayOfYear
    for (index, length) in [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31].enumerated()
    {
      if rest <= length { return (index + 1, rest) }
      rest -= length
    }
    return nil
  }
}

/// A number in few bytes: a log of a million connections keeps three times of each.
@propertyWrapper
public struct Narrow<Stored: FixedWidthInteger & Sendable>: Sendable, Hashable {
  private var stored: Stored?

  /// The number; nil also for one that does not fit.
  public var wrappedValue: Int? {
    get { stored.map { Int($0) } }
    set { stored = newValue.flatMap { Stored(exactly: $0) } }
  }

  /// Keeps a number.
  public init(wrappedValue: Int?) { self.wrappedValue = wrappedValue }
}

extension ATTLSTime: CustomStringConvertible {
  /// The time as text: with a year "2023-04-02 17:25:53", else "Apr  2 17:25:53".
  public var description: String { short.text }

  /// Appends the same.
  func append(to text: inout [UInt8]) { short.append(to: &text) }

  private var short: ShortText {
    var text = ShortText()
    if let month, let day, (1...12).contains(month) {
      if let year {
        text.number(year)
        text.append(UInt8(ascii: "-"))
        text.number(month, width: 2)
        text.append(UInt8(ascii: "-"))
        text.number(day, width: 2)
      } else {
        for letter in Self.monthNames[month - 1].utf8 { text.append(letter) }
        text.append(0x20)
        if day < 10 { text.append(0x20) }
        text.number(day)
      }
      text.append(0x20)
    }
    text.number(hour, width: 2)
    text.append(UInt8(ascii: ":"))
    text.number(minute, width: 2)
    text.append(UInt8(ascii: ":"))
    text.number(second, width: 2)
    if let hundredths {
      text.append(UInt8(ascii: "."))
      text.number(hundredths, width: 2)
    }
    return text
  }
}

extension ShortText {
  fileprivate mutating func number(_ value: Int, width: Int = 1) {
    if value < 0 { append(UInt8(ascii: "-")) }
    decimal(UInt64(value.magnitude), width: width)
  }
}
