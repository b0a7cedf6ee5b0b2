/// Days and times of the Gregorian calendar as numbers, without a time zone.
public enum CivilDate {
  /// A moment taken apart.
  public struct Parts: Sendable, Equatable {
    /// Of the Gregorian calendar.
    public var year: Int
    /// 1 to 12.
    public var month: Int
    /// 1 to 31.
    public var day: Int
    /// 0 to 23.
    public var hour: Int
    /// 0 to 59.
    public var minute: Int
    /// 0 to 59: there are no leap seconds.
    public var second: Int
    /// 0 to 999,999,999.
    public var nanosecond: Int
  }

  /// Days since 1970-01-01 of a date. Months and days are taken as they are.
  ///
  /// The era method: 400 years have 146,097 days, and a year is counted from March so that the leap day
  /// is its last.
  public static func days(year: Int, month: Int, day: Int) -> Int64 {
    let year = month <= 2 ? year - 1 : year
    let era = (year >= 0 ? year : year - 399) / 400
    let yearOfEra = year - era * 400
    let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
    let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
    return Int64(era * 146_097 + dayOfEra - 719_468)
  }

  /// Days since 1970-01-01 of `YYYY-MM-DD`, or nil when it is no such day from 1900 to 2200.
  public static func days(_ text: String) -> Int64? {
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    guard parts.count == 3, parts[0].utf8.count == 4, let year = Int(parts[0]),
      (1900...2200).contains(year),
      let month = Int(parts[1]), let day = Int(parts[2]), (1...12).contains(month), day >= 1
    else { return nil }
    let days = days(year: year, month: month, day: day)
    // A day that does not exist comes out in another month.
    let back = self.parts(nanoseconds: days * 86_400_000_000_000)
    return back.month == month && back.day == day ? days : nil
  }

  /// Takes nanoseconds since 1970 apart.
  public static func parts(nanoseconds: Int64) -> Parts {
    let (day, rest) = floorDivide(nanoseconds, 86_400_000_000_000)
    let shifted = day + 719_468
    let (era, dayOfEra) = floorDivide(shifted, 146_097)
    let yearOfEra =
      (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let monthFromMarch = (5 * dayOfYear + 2) / 153
    let month = Int(monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9)
    let seconds = rest / 1_000_000_000
    return Parts(
      year: Int(yearOfEra + era * 400) + (month <= 2 ? 1 : 0), month: month,
      day: Int(dayOfYear - (153 * monthFromMarch + 2) / 5 + 1), hour: Int(seconds / 3600),
      minute: Int(seconds / 60 % 60), second: Int(seconds % 60),
      nanosecond: Int(rest % 1_000_000_000))
  }

  /// `YYYY-MM-DD HH:MM:SS.uuuuuu` of nanoseconds since 1970.
  public static func text(nanoseconds: Int64, digits: Int = 6) -> String {
    var text = ShortText()
    append(nanoseconds, digits: digits, separator: " ", to: &text)
    return text.text
  }

  /// Appends a moment with as many digits behind the second.
  public static func append(
    _ nanoseconds: Int64, digits: Int, separator: Unicode.Scalar, to text: inout ShortText
  ) {
    let parts = parts(nanoseconds: nanoseconds)
    text.decimal(UInt64(max(0, parts.year)), width: 4)
    put("-", parts.month, in: &text)
    put("-", parts.day, in: &text)
    put(separator, parts.hour, in: &text)
    put(":", parts.minute, in: &text)
    put(":", parts.second, in: &text)
    guard digits > 0 else { return }
    text.append(UInt8(ascii: "."))
    var unit: UInt64 = 1
    for _ in digits..<9 { unit *= 10 }
    text.decimal(UInt64(parts.nanosecond) / unit, width: digits)
  }

  private static func put(_ mark: Unicode.Scalar, _ value: Int, in text: inout ShortText) {
    text.append(UInt8(ascii: mark))
    text.decimal(UInt64(value), width: 2)
  }

  private static func floorDivide(_ value: Int64, _ by: Int64) -> (quotient: Int64, rest: Int64) {
    let quotient = value >= 0 ? value / by : -((-(value + 1)) / by) - 1
    // The product can lie below Int64.min; the difference never does.
    return (quotient, value &- quotient &* by)
  }
}
