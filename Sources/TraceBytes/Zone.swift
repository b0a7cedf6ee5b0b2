#if canImport(Glibc)
  private import Glibc
#elseif canImport(Musl)
  private import Musl
#elseif canImport(Darwin)
  private import Darwin
#endif

/// A time zone: how far its clocks are ahead of UTC, and since when.
public struct Zone: Sendable, Equatable {
  /// From a moment on, in seconds since 1970, clocks are so many seconds ahead of UTC.
  private struct Period: Equatable {
    var start: Int64
    var offset: Int
  }

  /// As a heading says it: `UTC`, `+02:00`, `Europe/Berlin`.
  public let name: String
  /// In order; the first one begins before everything.
  private let periods: [Period]

  /// Coordinated universal time.
  public static let utc = Zone(seconds: 0)

  /// Clocks that are always so many seconds ahead of UTC.
  public init(seconds: Int) {
    name = seconds == 0 ? "UTC" : Self.digits(seconds)
    periods = [Period(start: .min, offset: seconds)]
  }

  /// Reads `UTC`, `Z`, `+02:00`, `-0530`, `+2`, a name of the system's time zone database such as
  /// `Europe/Berlin`, or `local`, the zone of this system; nil when it is none of these.
  public init?(_ text: String) {
    if ["Z", "UTC", "GMT"].contains(text.uppercased()) {
      self = .utc
    } else if let seconds = Self.offset(text) {
      self.init(seconds: seconds)
    } else if text == "local" {
      self.init(name: "local", setting: nil)
    } else if Self.isKnown(text) {
      self.init(name: text, setting: ":" + text)
    } else {
      return nil
    }
  }

  /// Seconds that clocks are ahead of UTC at a moment in nanoseconds since 1970.
  public func offset(at time: Int64) -> Int {
    guard periods.count > 1 else { return periods[0].offset }
    let second = time / 1_000_000_000
    var (low, high) = (0, periods.count)
    while high - low > 1 {
      let middle = (low + high) / 2
      if periods[middle].start <= second { low = middle } else { high = middle }
    }
    return periods[low].offset
  }

  /// The clock's time of a moment as if it were UTC, in nanoseconds.
  public func local(_ time: Int64) -> Int64 {
    let (sum, overflow) = time.addingReportingOverflow(Int64(offset(at: time)) &* 1_000_000_000)
    return overflow ? time : sum
  }

  /// `2026-02-03T10:15:00.002500Z`, `2026-02-03T11:15:00.002500+01:00` (ISO 8601).
  public func stamp(_ time: Int64, digits: Int = 6) -> String {
    var text = ShortText()
    append(time, digits: digits, to: &text)
    return text.text
  }

  /// Appends the same.
  public func append(_ time: Int64, digits: Int = 6, to text: inout ShortText) {
    CivilDate.append(local(time), digits: digits, separator: "T", to: &text)
    let offset = offset(at: time)
    guard offset != 0 else { return text.append(UInt8(ascii: "Z")) }
    for character in Self.digits(offset).utf8 { text.append(character) }
  }

  /// What stands behind a time of this offset: `UTC` or `+02:00`.
  public static func suffix(_ offset: Int) -> String { offset == 0 ? "UTC" : digits(offset) }

  /// `+02:00`.
  private static func digits(_ seconds: Int) -> String {
    let minutes = abs(seconds) / 60
    let two = { (value: Int) in (value < 10 ? "0" : "") + String(value) }
    return "\(seconds < 0 ? "-" : "+")\(two(minutes / 60)):\(two(minutes % 60))"
  }

  /// `+02:00`, `-0530` or `+2` in seconds.
  private static func offset(_ text: String) -> Int? {
    guard let sign = text.first, sign == "+" || sign == "-" else { return nil }
    let digits = text.dropFirst().filter { $0 != ":" }
    guard (1...4).contains(digits.utf8.count),
      digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = Int(digits)
    else { return nil }
    let isShort = digits.utf8.count <= 2
    let (hours, minutes) = isShort ? (number, 0) : (number / 100, number % 100)
    guard hours <= 18, minutes < 60 else { return nil }
    return (sign == "-" ? -1 : 1) * (hours * 3600 + minutes * 60)
  }

  /// Whether the system's database has a zone of this name. A name is no path out of it.
  private static func isKnown(_ name: String) -> Bool {
    let isName = name.utf8.allSatisfy {
      (0x61...0x7A).contains($0 | 0x20) || (0x30...0x39).contains($0)
        || [0x2F, 0x2B, 0x2D, 0x5F].contains($0)
    }
    guard isName, !name.isEmpty, !name.hasPrefix("/") else { return false }
    let folder = unsafe getenv("TZDIR").map { unsafe String(cString: $0) } ?? "/usr/share/zoneinfo"
    var status = stat()
    return unsafe stat("\(folder)/\(name)", &status) == 0 && status.st_mode & S_IFMT == S_IFREG
  }

  /// Asks the C library, which knows the database and its rules for years to come, once for each month and
  /// between two that differ; TZ is as before afterwards.
  private init(name: String, setting: String?) {
    self.name = name
    let before = unsafe getenv("TZ").map { unsafe String(cString: $0) }
    if let setting { unsafe setenv("TZ", setting, 1) }
    tzset()
    defer {
      if let before { unsafe setenv("TZ", before, 1) } else { unsafe unsetenv("TZ") }
      tzset()
    }
    var periods = [Period(start: .min, offset: Self.systemOffset(0))]
    let month: Int64 = 2_629_746
    for index in 1...(130 * 12) {
      let end = Int64(index) * month
      let offset = Self.systemOffset(end)
      guard let last = periods.last, offset != last.offset else { continue }
      var (low, high) = (end - month, end)
      while high - low > 1 {
        let middle = (low + high) / 2
        if Self.systemOffset(middle) == last.offset { low = middle } else { high = middle }
      }
      periods.append(Period(start: high, offset: offset))
    }
    self.periods = periods
  }

  private static func systemOffset(_ second: Int64) -> Int {
    var moment = time_t(second)
    var parts = unsafe tm()
    _ = unsafe localtime_r(&moment, &parts)
    return unsafe parts.tm_gmtoff
  }
}
