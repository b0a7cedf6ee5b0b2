/// Writes moments; what stands in front of the seconds is kept from one to the next.
public struct TimeText: Sendable {
  private static let perMinute: Int64 = 60_000_000_000
  private let zone: Zone
  private let isUTC: Bool
  private let separator: Unicode.Scalar
  /// Of the zone, in seconds; UTC has no other.
  private var offset = 0
  private var suffix: [UInt8]
  private var minute = Int64.min
  private var prefix = ShortText()

  /// Moments as ISO 8601 has them, in UTC: `2026-01-05T08:00:00.123456Z`.
  public static let iso = TimeText(.utc, "T", [UInt8(ascii: "Z")])

  private init(_ zone: Zone, _ separator: Unicode.Scalar, _ suffix: [UInt8]) {
    self.zone = zone
    isUTC = zone == .utc
    self.separator = separator
    self.suffix = suffix
  }

  /// Moments for people, each with its zone: `2026-01-05 08:00:00.123456 +02:00`.
  public init(zone: Zone) {
    self.init(zone, " ", [])
    offset = zone.offset(at: 0)
    suffix = Self.suffix(offset)
  }

  private static func suffix(_ offset: Int) -> [UInt8] { Array(" \(Zone.suffix(offset))".utf8) }

  /// Microseconds since 1970; what is beyond nanoseconds in 64 bits is their first or last moment.
  public mutating func write(microseconds: Int64, to sink: ByteSink) throws(TraceError) {
    let (nanoseconds, overflow) = microseconds.multipliedReportingOverflow(by: 1000)
    try write(overflow ? (microseconds < 0 ? .min : .max) : nanoseconds, to: sink)
  }

  /// Nanoseconds since 1970, with 6 or 9 digits behind the second.
  public mutating func write(
    _ nanoseconds: Int64, digits: Int = 6, to sink: ByteSink
  ) throws(TraceError) {
    var local = nanoseconds
    if !isUTC {
      let current = zone.offset(at: nanoseconds)
      if current != offset {
        offset = current
        suffix = Self.suffix(offset)
      }
      let (sum, overflow) = nanoseconds.addingReportingOverflow(Int64(offset) &* 1_000_000_000)
      if !overflow { local = sum }
    }
    let remainder = local % Self.perMinute
    let rest = remainder < 0 ? remainder &+ Self.perMinute : remainder
    // Wraps in the first minute that 64 bits hold, whose beginning they do not.
    let start = local &- rest
    if start != minute {
      minute = start
      prefix = ShortText()
      CivilDate.append(local, digits: 0, separator: separator, to: &prefix)
      prefix.removeLast(2)
    }
    try sink.append(prefix)
    try sink.reserve(16)
    sink.put(UInt32(truncatingIfNeeded: rest / 1_000_000_000), width: 2)
    sink.put(0x2E)
    let fraction = UInt32(truncatingIfNeeded: rest % 1_000_000_000)
    sink.put(digits == 9 ? fraction : fraction / 1000, width: digits)
    try sink.append(suffix)
  }
}

extension Zone {
  /// A time as all commands print it: `2026-01-05 08:00:00.123456 UTC`.
  public func moment(_ time: Int64) -> String {
    var text = ShortText()
    CivilDate.append(local(time), digits: 6, separator: " ", to: &text)
    return "\(text.text) \(Zone.suffix(offset(at: time)))"
  }
}
