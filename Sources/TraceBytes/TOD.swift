/// The z/Architecture time-of-day clock as a trace holds it.
///
/// 64 bits since 1900-01-01 00:00, bit 51 ticking each microsecond, so a value counts 1/4096 µs.
/// The clock runs without leap seconds: UTC is TOD less the leap-second offset the site has set
/// (CVTLSO), which the trace does not hold; most sites set none.
/// Source: z/Architecture Principles of Operation, "Time-of-Day Clock"; test vectors in the tests.
public enum TOD {
  /// 1970-01-01 00:00:00.
  public static let unixEpoch: UInt64 = 0x7D91_048B_CA00_0000
  /// 1990-01-01 and 2042-09-01: no trace is older, and the 64-bit clock wraps soon after.
  public static let plausible: ClosedRange<UInt64> = 0xA171_7CF7_F000_0000...0xFFEA_A1AE_8800_0000

  /// Nanoseconds since 1970 (UTC when the site runs without leap seconds), rounded down.
  @inlinable
  public static func nanoseconds(_ tod: UInt64) -> Int64 {
    if tod >= unixEpoch {
      let ticks = tod &- unixEpoch
      return Int64(bitPattern: (ticks >> 9) &* 125 &+ ((ticks & 511) &* 125) >> 9)
    }
    let ticks = Int64(bitPattern: tod &- unixEpoch)
    return (ticks >> 9) &* 125 &+ ((ticks & 511) &* 125) >> 9
  }

  /// The clock value for nanoseconds since 1970, rounded up so that reading it back gives the same.
  @inlinable
  public static func clock(nanoseconds: Int64) -> UInt64 {
    let ticks = nanoseconds / 125 &* 512 &+ (nanoseconds % 125 &* 512 &+ 124) / 125
    return unixEpoch &+ UInt64(bitPattern: ticks)
  }
}
