internal import TraceModel
internal import TraceBytes
internal import TraceTables

/// A row of the table `files`.
struct FileRow {
  var input: Session.Input
  var file: String

  static func columns(labels: [TableLabel]) -> [RowColumn<FileRow>] {
    let columns: [RowColumn<FileRow>] = [
      RowColumn(always: "file", .text, "The input.") { $1.text($0.file) },
      RowColumn("format", .text, "Its format in words.") { $1.optional($0.input.format) },
      RowColumn(always: "compressed", .bool, "Whether it is compressed with gzip.") {
        $1.bool($0.input.isCompressed)
      },
      RowColumn(always: "bytes", .int64, "Bytes read of it, expanded.") {
        $1.number($0.input.bytes)
      },
      RowColumn(always: "record_bytes", .int64, "Bytes of records.") {
        $1.number($0.input.account.records)
      },
      RowColumn(always: "framing_bytes", .int64, "Bytes of record marks and headers of the file.") {
        $1.number($0.input.account.framing)
      },
      RowColumn(always: "fill_bytes", .int64, "Bytes of fill.") {
        $1.number($0.input.account.fill)
      },
      RowColumn(always: "damaged_bytes", .int64, "Bytes reported as damaged or cut.") {
        $1.number($0.input.account.damaged)
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
      RowColumn("failure", .text, "Why it could not be read to its end.") {
        $1.optional($0.input.failure.map { "\($0)" })
      },
    ]
    return columns + labels.map { $0.column() }
  }
}
