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
      for index in batch.columns.indices {
        if index > 0 { try sink.u8(0x2C) }
        try value(batch, index, row)
      }
      try sink.u8(0x0A)
    }
  }

  mutating func finish() throws(TraceError) {}

  private mutating func value(
    _ batch: borrowing TableBatch, _ index: Int, _ row: Int
  ) throws(TraceError) {
    let type = batch.columns[index].type
    guard batch.columns[index].present[row] || type == .texts else { return }
    switch type {
    case .texts: try list(batch, index, row)
    case .text:
      let bytes = batch.columns[index].bytes
      try unsafe text(bytes.span.bytes.extracting(batch.range(index, row)))
    case .binary where batch.range(index, row).isEmpty: try sink.append("\"\"" as StaticString)
    case .binary:
      let bytes = batch.columns[index].bytes
      try unsafe sink.base64(bytes.span.bytes.extracting(batch.range(index, row)))
    case .time: try moment.write(microseconds: batch.columns[index].numbers[row], to: sink)
    case .bool:
      try sink.append(batch.columns[index].numbers[row] != 0 ? "true" : "false" as StaticString)
    case .int32, .int64: try sink.number(batch.columns[index].numbers[row])
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

  private func list(_ batch: borrowing TableBatch, _ index: Int, _ row: Int) throws(TraceError) {
    var json = JSONLine(lists)
    try json.value(batch, index, row)
    try lists.flush()
    let text = listText.take()
    try unsafe self.text(text.span.bytes)
  }
}
