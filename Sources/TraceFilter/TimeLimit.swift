internal import TraceBytes

/// A moment, or a time of any day, with the precision it was written in; UTC.
///
/// `10:05` is the minute from 10:05:00 to before 10:06, `10:05:00.25` a hundredth of a second:
/// `--since` takes the first nanosecond of it and `--until` the last one.
public struct TimeLimit: Sendable, Equatable {
  static let day: Int64 = 86_400_000_000_000
  private static let second: Int64 = 1_000_000_000

  /// First and last nanosecond, since 1970 or since midnight.
  public let first: Int64
  /// The last nanosecond of what was written, since 1970 or since midnight.
  public let last: Int64
  /// Whether it applies to any day.
  public let isTimeOfDay: Bool

  /// Reads `YYYY-MM-DD`, a date and a time with `T` or a blank between, or a time alone; times are
  /// `HH:MM[:SS[.frac]]`, with or without `Z` or an offset.
  init(_ option: String, _ text: String) throws(FilterMistake) {
    if let (from, to) = Self.range(text) {
      throw FilterMistake(
        "\(option) \(text): from \(from) to \(to) is --since \(from) --until \(to); an offset from UTC stands "
          + "behind seconds, as in 03:00:00-05:00.")
    }
    guard let found = Self.parse(text) else {
      throw FilterMistake(
        "\(option) \(text): write a time like 2026-01-05T08:00:00Z, \"2026-01-05 08:00:00.5\" or "
          + "08:00:00 (UTC).")
    }
    self = found
  }

  private init(first: Int64, unit: Int64, isTimeOfDay: Bool) {
    self.first = first
    last = first + unit - 1
    self.isTimeOfDay = isTimeOfDay
  }

  /// The ends of `10:00-10:05`: as an offset from UTC the later time would be meant by hardly anyone.
  private static func range(_ text: String) -> (Substring, Substring)? {
    let ends = text.split(separator: "-", omittingEmptySubsequences: false)
    guard ends.count == 2, ends.allSatisfy({ $0.utf8.count == 5 }), let from = clock(ends[0]),
      let to = clock(ends[1]), from.time < to.time
    else { return nil }
    return (ends[0], ends[1])
  }

  private static func parse(_ text: String) -> TimeLimit? {
    var rest = text[...]
    var midnight: Int64?
    if text.utf8.count >= 10, text.dropFirst(4).first == "-" {
      guard let days = days(text.prefix(10)) else { return nil }
      rest = text.dropFirst(10)
      if rest.isEmpty { return TimeLimit(first: days * day, unit: day, isTimeOfDay: false) }
      guard "Tt ".contains(rest.removeFirst()) else { return nil }
      midnight = days * day
    }
    let offset = takeOffset(&rest)
    guard let offset, let (time, unit) = clock(rest) else { return nil }
    if let midnight {
      return TimeLimit(first: midnight + time - offset, unit: unit, isTimeOfDay: false)
    }
    let wrapped = (time - offset + day) % day
    return TimeLimit(first: wrapped, unit: unit, isTimeOfDay: true)
  }

  /// Days since 1970; years that nanoseconds in 64 bits reach.
  private static func days(_ text: Substring) -> Int64? {
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    guard parts.count == 3, parts.allSatisfy({ decimal($0) != nil }),
      let year = Int(parts[0]), (1700...2200).contains(year)
    else { return nil }
    return CivilDate.days(String(text))
  }

  /// Takes `Z`, `UTC`, `+HH:MM`, `+HHMM` or `+HH` from the end, with or without a blank before; nil when it is
  /// none of these. All zones are quarters of an hour from UTC: `-10:05` is the end of a range.
  private static func takeOffset(_ text: inout Substring) -> Int64? {
    defer { if text.last == " " { text.removeLast() } }
    for name in ["z", "utc"] where text.lowercased().hasSuffix(name) {
      text.removeLast(name.count)
      return 0
    }
    guard let sign = text.lastIndex(where: { $0 == "+" || $0 == "-" }) else { return 0 }
    let digits = text[text.index(after: sign)...].filter { $0 != ":" }
    guard digits.count == 2 || digits.count == 4, let hours = decimal(digits.prefix(2)),
      let minutes = digits.count == 2 ? 0 : decimal(digits.suffix(2)), hours <= 14, minutes < 60,
      minutes % 15 == 0
    else { return nil }
    let seconds = Int64(hours * 3600 + minutes * 60) * (text[sign] == "-" ? -1 : 1)
    text = text[..<sign]
    return seconds * second
  }

  /// Nanoseconds since midnight of `HH:MM[:SS[.frac]]`, and how many of them the last digit counts.
  private static func clock(_ text: Substring) -> (time: Int64, unit: Int64)? {
    let halves = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
    guard let whole = halves.first else { return nil }
    let parts = whole.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 2 || parts.count == 3, parts.allSatisfy({ $0.utf8.count == 2 }),
      let hour = decimal(parts[0]), let minute = decimal(parts[1]), hour < 24, minute < 60
    else { return nil }
    let minutes = Int64(hour * 60 + minute)
    guard parts.count == 3 else {
      return halves.count == 1 ? (minutes * 60 * second, 60 * second) : nil
    }
    guard let seconds = decimal(parts[2]), seconds < 60 else { return nil }
    var time = (minutes * 60 + Int64(seconds)) * second
    guard halves.count == 2 else { return (time, second) }
    guard let fraction = decimal(halves[1]) else { return nil }
    var unit = second
    for _ in halves[1].utf8 { unit /= 10 }
    time += Int64(fraction) * unit
    return (time, unit)
  }
}

/// The time from `--since` to `--until`.
struct TimeTest {
  private let since: TimeLimit?
  private let until: TimeLimit?
  private let passesMidnight: Bool

  init(since: TimeLimit?, until: TimeLimit?) {
    self.since = since
    self.until = until
    guard let since, let until else {
      passesMidnight = false
      return
    }
    passesMidnight = since.isTimeOfDay && until.isTimeOfDay && since.first > until.last
  }

  var isEmpty: Bool { since == nil && until == nil }

  /// Whether what `--since` leaves out comes before all that passes.
  var isSinceFirst: Bool { since?.isTimeOfDay != true }

  /// The option that a time does not satisfy, or nil.
  @inline(__always)
  func rejection(_ time: Int64) -> FilterOption? {
    var timeOfDay = time % TimeLimit.day
    if timeOfDay < 0 { timeOfDay += TimeLimit.day }
    let isLate =
      if let since { (since.isTimeOfDay ? timeOfDay : time) >= since.first } else { true }
    let isEarly =
      if let until { (until.isTimeOfDay ? timeOfDay : time) <= until.last } else { true }
    if passesMidnight { return isLate || isEarly ? nil : .since }
    return !isLate ? .since : !isEarly ? .until : nil
  }
}
