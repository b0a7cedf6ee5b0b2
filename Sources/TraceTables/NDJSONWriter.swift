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
      try value(batch, index, row)
    }
  }

  /// A value of a table: times as text, bytes as base64.
  ///
  /// Of a column only what is needed is read where it stands: handed on as a whole, it would be copied for each value.
  mutating func value(
    _ batch: borrowing TableBatch, _ index: Int, _ row: Int
  ) throws(TraceError) {
    let type = batch.columns[index].type
    guard batch.columns[index].present[row] || type == .texts else { return try null() }
    switch type {
    case .text:
      let bytes = batch.columns[index].bytes
      try unsafe text(bytes.span.bytes.extracting(batch.range(index, row)), nil)
    case .binary:
      let bytes = batch.columns[index].bytes
      try unsafe base64(bytes.span.bytes.extracting(batch.range(index, row)))
    case .bool: try bool(batch.columns[index].numbers[row] != 0)
    case .int32, .int64: try number(batch.columns[index].numbers[row])
    case .time: try time(microseconds: batch.columns[index].numbers[row])
    case .texts:
      let values = batch.columns[index]
      try openList()
      for item in values.items(row) {
        try unsafe text(values.bytes.span.bytes.extracting(values.itemRange(item)), nil)
      }
      try closeList()
    }
  }
}
