public import TraceBytes

/// Writes times; the text up to the minute is kept from one record to the next.
struct TimeText {
  /// ` UTC` or ` +02:00`: every time says what it is.
  private(set) var suffix: [UInt8] = []
  private let zone: Zone
  private var offset: Int
  private var minute = Int64.min
  private var prefix: [UInt8] = []

  init(zone: Zone) {
    self.zone = zone
    offset = zone.offset(at: 0)
    suffix = Array(" \(Zone.suffix(offset))".utf8)
  }

  /// `2026-01-05 08:00:00.123456 UTC`.
  mutating func write(_ time: Int64, to out: RenderBuffer) throws(TraceError) {
    try moment(time, digits: 6, to: out)
    try out.append(suffix)
  }

  /// The moment without its zone, with six or nine digits behind the second.
  mutating func moment(_ time: Int64, digits: Int, to out: RenderBuffer) throws(TraceError) {
    let current = zone.offset(at: time)
    if current != offset {
      offset = current
      suffix = Array(" \(Zone.suffix(offset))".utf8)
    }
    let (sum, overflow) = time.addingReportingOverflow(Int64(offset) &* 1_000_000_000)
    // The first days of the range have no date; nothing was traced in 1677.
    let shown = max(overflow ? time : sum, .min + 200_000_000_000_000)
    let perMinute: Int64 = 60_000_000_000
    let rest = (shown % perMinute + perMinute) % perMinute
    let start = shown - rest
    if start != minute {
      minute = start
      prefix = Array(CivilDate.text(nanoseconds: start, digits: 0).utf8.dropLast(2))
    }
    try out.append(prefix)
    try out.decimal(UInt64(rest / 1_000_000_000), width: 2)
    try out.u8(0x2E)
    let fraction = UInt64(rest % 1_000_000_000)
    try out.decimal(digits == 9 ? fraction : fraction / 1000, width: digits == 9 ? 9 : 6)
  }
}

extension Zone {
  /// A time as all commands print it: `2026-01-05 08:00:00.123456 UTC`.
  public func moment(_ time: Int64) -> String { shortMoment(time).text }

  /// The same without a String.
  func shortMoment(_ time: Int64) -> ShortText {
    var text = ShortText()
    CivilDate.append(local(time), digits: 6, separator: " ", to: &text)
    text.append(0x20)
    for letter in Zone.suffix(offset(at: time)).utf8 { text.append(letter) }
    return text
  }
}
