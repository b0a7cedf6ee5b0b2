import TestSupport
import Testing
import TraceBytes
import TraceTables

/// Tables with everything that is hard for a writer, read back by readers that other people wrote.
@Suite("Tables: writers and readers")
struct WriterTests {
  /// Rows of one kind of difficulty.
  enum Rows: String, CaseIterable, CustomTestStringConvertible {
    case none, one, many, different, empty
    var testDescription: String { rawValue }

    var count: Int {
      switch self {
      case .none: 0
      case .one: 1
      case .many, .empty: 3000
      case .different: 5000
      }
    }
  }

  private static let types: [ColumnType] = [.text, .binary, .bool, .int32, .int64, .time, .texts]

  private static let schema = TableSchema(
    name: "rows", row: "row",
    columns: types.flatMap { type in
      let name = type.name.split(separator: " ").joined(separator: "_")
      return [
        Column("\(name)_always", type, isNullable: false, ""),
        type == .texts ? nil : Column("\(name)_sometimes", type, isNullable: true, ""),
      ].compactMap { $0 }
    })

  private static let texts = [
    "plain", "", "comma, \"quote\"", "line\nend\r\n", "tab\t", "\u{1}\u{7F}\u{85}", "Grüße", "日本語",
    "🧵🪡", "\u{202E}turned", "=1+1", "null", "a\\b", String(repeating: "long ", count: 200),
  ]

  /// Fills one value in; the same for the same row.
  private func fill(
    _ values: inout ColumnValues, _ rows: Rows, _ row: Int, nullable: Bool, _ random: inout SplitMix
  ) {
    if nullable, rows == .empty || random.next() % 3 == 0 { return values.null() }
    let extremes: [Int64] = [0, 1, -1, .max, .min, 1 << 53, -1_000_000_007]
    let isDifferent = rows == .different
    switch values.type {
    case .text:
      values.text(isDifferent ? "value \(row)" : Self.texts[row % Self.texts.count])
    case .binary:
      let bytes = (0..<(row % 7)).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ row) }
      unsafe values.binary(bytes.span.bytes)
    case .bool: values.bool(random.next() % 2 == 0)
    case .int32:
      let wide = isDifferent ? Int64(row) &* 7919 : extremes[row % extremes.count]
      values.number(Int64(Int32(clamping: wide)))
    case .int64:
      values.number(
        isDifferent ? Int64(truncatingIfNeeded: random.next()) : extremes[row % extremes.count])
    case .time:
      values.time(nanoseconds: 1_770_113_700_123_456_789 &+ Int64(row) &* -86_400_000_000_001)
    case .texts:
      values.texts((0..<(row % 4)).map { Self.texts[(row + $0) % Self.texts.count] })
    }
  }

  @Test(
    "are read back the same", .enabled(if: Judges.areThere, "\(Judges.needed)"),
    arguments: Rows.allCases)
  func readBack(_ rows: Rows) throws {
    let scratch = try ScratchFolder()
    for format in [TableFormat.ndjson, .csv, .arrow, .parquet] {
      let target = MemoryTarget()
      let output = TableOutput(Self.schema, as: format, batchRows: 999, to: ByteSink(target))
      var random = SplitMix(7)
      for row in 0..<rows.count {
        for (index, column) in Self.schema.columns.enumerated() {
          fill(&output.batch.columns[index], rows, row, nullable: column.isNullable, &random)
        }
        try output.endRow()
      }
      try output.finish()
      #expect(output.rows == UInt64(rows.count))
      #expect(target.isCommitted)
      try RunCommand.write(target.bytes, to: scratch("rows.\(format.rawValue)"))
    }
    let lines = Self.schema.columns.map {
      "\($0.name)\t\($0.type.name)\($0.isNullable ? "" : ", never null")\t\n"
    }
    try RunCommand.write(Array(lines.joined().utf8), to: scratch("rows.schema"))
    let verdict = try Judges.run("tables.py", [scratch.path, "rows"])
    #expect(verdict.status == 0, "\(verdict.errors)")
  }

  /// What a batch holds is bounded by bytes as well as by rows.
  @Test("a batch is full when its text is long")
  func fullByBytes() {
    var batch = TableBatch(
      TableSchema(name: "t", row: "t", columns: [Column("a", .text, isNullable: false, "")]))
    let text = String(repeating: "x", count: 1 << 20)
    for _ in 0..<31 {
      batch.columns[0].text(text)
      batch.endRow()
    }
    #expect(!batch.isFull)
    batch.columns[0].text(text)
    batch.endRow()
    #expect(batch.isFull)
    batch.removeAll()
    #expect(!batch.isFull)
  }

  /// The names of files ask for formats; what cannot be compressed as a whole asks for none.
  @Test("formats by name")
  func names() {
    #expect(TableFormat(path: "a/flows.parquet") == .parquet)
    #expect(TableFormat(path: "FLOWS.CSV.GZ") == .csv)
    #expect(TableFormat(path: "x.jsonl") == .ndjson)
    #expect(TableFormat(path: "x.arrows") == .arrow)
    #expect(TableFormat(path: "x.parquet.gz") == nil)
    #expect(TableFormat(path: "x.txt") == nil)
  }
}
