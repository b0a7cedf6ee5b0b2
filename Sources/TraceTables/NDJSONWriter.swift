public import TraceBytes

/// One JSON object per line, every column in each of them.
///
/// Source: a line ends with a line feed (ndjson.org).
struct NDJSONWriter: TableWriter {
  private var json: JSONLine

  init(_ sink: ByteSink) { json = JSONLine(sink) }

  mutating func begin(_ schema: TableSchema) throws(TraceError) {}

  mutating func write(_ batch: borrowing TableBatch) throws(TraceError) {
    for row in 0..<batch.rows {
      try json.begin(batch.schema.row, schema: TableSchema.version)
      try json.members(of: batch, row: row)
      try json.end()
    }
  }

  mutating func finish() throws(TraceError) {}
}

extension JSONLine {
  /// The columns of a row as members.
  public mutating func members(of batch: borrowing TableBatch, row: Int) throws(TraceError) {
    for index in batch.columns.indices {
      try key(batch.schema.columns[index].name)
      try value(batch.columns[index], row)
    }
  }

  /// A value of a table: times as text, bytes as base64.
  mutating func value(_ values: borrowing ColumnValues, _ row: Int) throws(TraceError) {
    guard values.present[row] || values.type == .texts else { return try null() }
    switch values.type {
    case .text: try unsafe text(values.bytes.span.bytes.extracting(values.range(row)), nil)
    case .binary: try unsafe base64(values.bytes.span.bytes.extracting(values.range(row)))
    case .bool: try bool(values.numbers[row] != 0)
    case .int32, .int64: try number(values.numbers[row])
    case .time: try time(microseconds: values.numbers[row])
    case .texts:
      try openList()
      for item in values.items(row) {
        try unsafe text(values.bytes.span.bytes.extracting(values.itemRange(item)), nil)
      }
      try closeList()
    }
  }
}
