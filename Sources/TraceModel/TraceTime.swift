/// Arithmetic on captured times: they are hostile, and any two of them may lie further apart than 64
/// bits of nanoseconds reach.
public enum TraceTime {
  /// Nanoseconds from one time to another; the nearest value that can be held.
  @inlinable
  public static func span(from earlier: Int64, to later: Int64) -> Int64 {
    let (span, overflow) = later.subtractingReportingOverflow(earlier)
    return overflow ? (later < earlier ? .min : .max) : span
  }

  /// A time and a number of nanoseconds; the nearest value that can be held.
  @inlinable
  public static func add(_ time: Int64, _ nanoseconds: Int64) -> Int64 {
    let (sum, overflow) = time.addingReportingOverflow(nanoseconds)
    return overflow ? (nanoseconds < 0 ? .min : .max) : sum
  }
}

extension UInt64 {
  /// The sum, or the largest number: counts come out of captures and can be anything.
  @inlinable @inline(__always)
  public func adding(clamping other: UInt64) -> UInt64 {
    let (sum, overflow) = addingReportingOverflow(other)
    return overflow ? .max : sum
  }
}
