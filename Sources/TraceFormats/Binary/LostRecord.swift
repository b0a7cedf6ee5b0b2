internal import TraceBytes
internal import TraceModel

/// The body of a lost record (format id X'FF......'): how many records the stack could not keep.
///
/// The layout is a guess from the statistics that the real-time interface returns; the counts are
/// shown only when both clocks in front of them are plausible. `Formats/cte.md`.
enum LostRecord {
  enum Layout {
    static let first = Field("first lost", 0, 8)
    static let last = Field("last lost", 8, 8)
    static let packets = Field("packet records", 16, 4)
    static let data = Field("data records", 20, 4)
    static let size = 24
  }

  static func reason(_ entry: RawSpan, _ body: Range<Int>) -> TraceNotice.Reason {
    let at = body.lowerBound
    guard body.count >= Layout.size,
      TOD.plausible.contains(entry.be64(at + Layout.first.offset)),
      TOD.plausible.contains(entry.be64(at + Layout.last.offset))
    else { return .lostRecords(packets: nil, data: nil) }
    return .lostRecords(
      packets: UInt64(entry.be32(at + Layout.packets.offset)),
      data: UInt64(entry.be32(at + Layout.data.offset)))
  }
}
