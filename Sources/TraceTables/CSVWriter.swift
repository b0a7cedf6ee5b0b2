internal import TraceBytes

/// Comma-separated values with a line of names: what is absent is empty, an empty value is two quotes,
/// bytes are base64, a list is a JSON array.
///
/// Source: RFC 4180; lines end with a line feed, which every reader of it takes.
struct CSVWriter: TableWriter {
  private let sink: ByteSink
  private var moment = TimeText.iso
  private let listText = MemoryTarget()
  private let lists: ByteSink

  init(_ sink: ByteSink) {
    self.sink = sink
    lists = ByteSink(listText)
  }

  mutating func begin(_ schema: TableSchema) throws(TraceError) {
    try sink.append(schema.columns.map(\.name).joined(separator: ",") + "\n")
  }

  mutating func write(_ batch: borrowing TableBatch) throws(TraceError) {
    for row in 0..<batch.rows {
      for index in 0..<batch.schema.columns.count {
        if index > 0 { try sink.u8(0x2C) }
        try value(batch.columns[index], row)
      }
      try sink.u8(0x0A)
    }
  }

  mutating func finish() throws(TraceError) {}

  private mutating func value(_ values: borrowing ColumnValues, _ row: Int) throws(TraceError) {
    switch values.type {
    case .texts: return try list(values, row)
    case _ where !values.present[row]: return
    case .text: try unsafe text(values.bytes.span.bytes.extracting(values.range(row)))
    case .binary where values.range(row).isEmpty: try sink.append("\"\"" as StaticString)
    case .binary: try unsafe sink.base64(values.bytes.span.bytes.extracting(values.range(row)))
    case .time: try moment.write(microseconds: values.numbers[row], to: sink)
    case .bool: try sink.append(values.numbers[row] != 0 ? "true" : "false" as StaticString)
    case .int32, .int64: try sink.number(values.numbers[row])
    }
  }

  private func text(_ bytes: RawSpan) throws(TraceError) {
    var isPlain = bytes.byteCount > 0
    for at in 0..<bytes.byteCount {
      switch bytes.u8(at) {
      case 0x22, 0x2C, 0x0A, 0x0D: isPlain = false
      default: break
      }
    }
    if isPlain { return try sink.append(bytes) }
    try sink.u8(0x22)
    for at in 0..<bytes.byteCount {
      let byte = bytes.u8(at)
      if byte == 0x22 { try sink.u8(0x22) }
      try sink.u8(byte)
    }
    try sink.u8(0x22)
  }

  private func list(_ values: borrowing ColumnValues, _ row: Int) throws(TraceError) {
    var json = JSONLine(lists)
    try json.value(values, row)
    try lists.flush()
    let text = listText.take()
    try unsafe self.text(text.span.bytes)
  }
}
