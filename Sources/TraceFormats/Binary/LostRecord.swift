internal import TraceBytes
internal import TraceModel

/// The body of a lost record (format id X'FF......'): how many records the stack could not keep.
///
/// The layout is a guess from the statistics that the real-time interface returns; the counts are
/// shown only when both clocks in front of them are plausible. `Formats/cte.md`.
enum LostRecord {
  enum Layout {
    static let first = Field<UInt64>("first lost", 0)
    static let last = Field<UInt64>("last lost", 8)
    static let packets = Field<UInt32>("packet records", 16)
    static let data = Field<UInt32>("data records", 20)
    static let size = 24
  }

  static func reason(_ entry: RawSpan, _ body: Range<Int>) -> TraceNotice.Reason {
    let at = body.lowerBound
    guard body.count >= Layout.size,
      TOD.plausible.contains(entry[Layout.first, at: at]),
      TOD.plausible.contains(entry[Layout.last, at: at])
    else { return .lostRecords(packets: nil, data: nil) }
    return .lostRecords(
      packets: UInt64(entry[Layout.packets, at: at]),
      data: UInt64(entry[Layout.data, at: at]))
  }
}
