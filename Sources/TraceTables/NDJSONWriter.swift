internal import TraceBytes

/// One JSON object per line, every column in each of them.
///
/// Source: RFC 8259; a line ends with a line feed (ndjson.org).
struct NDJSONWriter: TableWriter {
  private let sink: ByteSink
  private var opening: [UInt8] = []
  private var keys: [[UInt8]] = []

  init(_ sink: ByteSink) { self.sink = sink }

  mutating func begin(_ schema: TableSchema) throws(TraceError) {
    opening = Array("{\"type\":\"\(schema.row)\",\"schema\":\(TableSchema.version)".utf8)
    keys = schema.columns.map { Array(",\"\($0.name)\":".utf8) }
  }

  mutating func write(_ batch: borrowing TableBatch) throws(TraceError) {
    for row in 0..<batch.rows {
      try sink.append(opening)
      for index in keys.indices {
        try sink.append(keys[index])
        try sink.jsonValue(batch.columns[index], row)
      }
      try sink.append("}\n" as StaticString)
    }
  }

  mutating func finish() throws(TraceError) {}
}
