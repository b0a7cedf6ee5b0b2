/// Turns the times of day of a listing, which bear no date, into points in time.
///
/// Times are printed as they pass, so a jump back of more than twelve hours is midnight.
struct ListingClock: Sendable {
  /// Days since 1970 of the time printed last.
  private var day: Int64
  /// Seconds that local time is ahead of UTC.
  private let offset: Int64
  private var last: Int64 = 0

  private static let dayLength: Int64 = 86_400_000_000
  /// The year 2243; nanoseconds since 1970 still fit.
  private static let lastDay: Int64 = 100_000

  init(day: Int, utcOffset: Int) {
    self.day = max(-Self.lastDay, min(Self.lastDay, Int64(day)))
    offset = max(-86_400, min(86_400, Int64(utcOffset)))
  }

  /// Nanoseconds since 1970 (UTC) for microseconds since local midnight.
  mutating func time(_ timeOfDay: Int64) -> Int64 {
    if last - timeOfDay > Self.dayLength / 2, day < Self.lastDay { day += 1 }
    last = timeOfDay
    return (day * Self.dayLength + timeOfDay - offset * 1_000_000) * 1000
  }
}
