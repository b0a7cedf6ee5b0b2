internal import TraceModel
internal import TraceBytes
internal import TraceTables

/// A row of the table `files`.
struct FileRow {
  var input: Session.Input
  var file: String
  var cut: RangeCut?

  /// Bytes of an account: of a part of a file they are those of what was looked at around it, too.
  private func ofWhole(_ bytes: UInt64) -> Int64? { cut == nil ? Int64(clamping: bytes) : nil }

  static func columns(labels: [TableLabel]) -> [RowColumn<FileRow>] {
    let columns: [RowColumn<FileRow>] = [
      RowColumn(always: "file", .text, "The input.") { $1.text($0.file) },
      RowColumn("format", .text, "Its format in words.") { $1.optional($0.input.format) },
      RowColumn(always: "compressed", .bool, "Whether it is compressed with gzip.") {
        $1.bool($0.input.isCompressed)
      },
      RowColumn(
        "bytes", .int64, "Bytes read of it, expanded; null under --range, as the next four."
      ) {
        $1.optional($0.ofWhole($0.input.bytes))
      },
      RowColumn("record_bytes", .int64, "Bytes of records.") {
        $1.optional($0.ofWhole($0.input.account.records))
      },
      RowColumn("framing_bytes", .int64, "Bytes of record marks and headers of the file.") {
        $1.optional($0.ofWhole($0.input.account.framing))
      },
      RowColumn("fill_bytes", .int64, "Bytes of fill.") {
        $1.optional($0.ofWhole($0.input.account.fill))
      },
      RowColumn("damaged_bytes", .int64, "Bytes reported as damaged or cut.") {
        $1.optional($0.ofWhole($0.input.account.damaged))
      },
      RowColumn(always: "records", .int64, "Records.") { $1.number($0.input.found.records) },
      RowColumn("first_time_ns", .int64, "Time of the earliest record so far in the run.") {
        if $0.input.found.records > 0 { $1.number($0.input.found.firstTime) } else { $1.null() }
      },
      RowColumn("last_time_ns", .int64, "Time of the latest record so far in the run.") {
        if $0.input.found.records > 0 { $1.number($0.input.found.lastTime) } else { $1.null() }
      },
      RowColumn(
        always: "lost_markers", .int64, "Places where the trace says that records were lost."
      ) {
        $1.number($0.input.found.lostMarkers)
      },
      RowColumn(always: "lost_records", .int64, "How many they say at least.") {
        $1.number($0.input.found.lostRecords)
      },
      RowColumn(always: "damaged_stretches", .int64, "Stretches of damaged bytes.") {
        $1.number($0.input.found.damagedStretches)
      },
      RowColumn(always: "cut_short", .int64, "Whether the input ends inside a record: 0 or 1.") {
        $1.number($0.input.found.cutShort)
      },
      RowColumn("range_start", .int64, "First byte of --range.") {
        $1.optional($0.cut.map { Int64(clamping: $0.range.start) })
      },
      RowColumn("range_end", .int64, "The byte behind the last one of --range; null up to the end.")
      {
        let end = $0.cut?.range.end
        if let end, end != .max { $1.number(end) } else { $1.null() }
      },
      RowColumn("first_offset", .int64, "Where the first record at or behind range_start begins.") {
        $1.optional($0.cut?.firstOffset.map { Int64(clamping: $0) })
      },
      RowColumn(
        "next_offset", .int64,
        "Where the first one at or behind range_end begins: first_offset of the next range."
      ) { $1.optional($0.cut?.nextOffset.map { Int64(clamping: $0) }) },
      RowColumn(
        "seam_orphans", .int64, "Segments in the range whose first one may stand in front of it: 0."
      ) { $1.optional($0.cut.map { Int64(clamping: $0.seamOrphans) }) },
      RowColumn("failure", .text, "Why it could not be read to its end.") {
        $1.optional($0.input.failure.map { "\($0)" })
      },
    ]
    return columns + labels.map { $0.column() }
  }
}
