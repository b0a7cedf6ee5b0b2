internal import TraceBytes

/// The stream format of Arrow: a schema, then batches as they come.
///
/// Source: Apache Arrow columnar format 1.5 (arrow.apache.org/docs/format/Columnar.html), Schema.fbs and
/// Message.fbs. Numbers are little-endian, as on every platform of Swift.
struct ArrowWriter: TableWriter {
  private let sink: ByteSink
  /// Where numbers are made narrow.
  private var narrow: [Int32] = []
  private var bits: [UInt8] = []

  /// MetadataVersion.V5, and the kinds of a message (Message.fbs).
  private static let version: Int16 = 4
  private static let schemaMessage: UInt8 = 1
  private static let batchMessage: UInt8 = 3

  init(_ sink: ByteSink) { self.sink = sink }

  mutating func begin(_ schema: TableSchema) throws(TraceError) {
    var flat = FlatBuffer()
    let fields = schema.columns.map { Self.field($0, &flat) }
    let list = flat.vector(fields)
    let metadata = flat.vector([
      Self.pair("zcap.table", schema.name, &flat),
      Self.pair("zcap.schema", "\(TableSchema.version)", &flat),
    ])
    let body = flat.table([(0, .i16(0)), (1, .reference(list)), (2, .reference(metadata))])
    try message(Self.schemaMessage, body, bodyLength: 0, &flat)
  }

  private static func pair(_ key: String, _ value: String, _ flat: inout FlatBuffer) -> Int {
    let (name, text) = (flat.string(key), flat.string(value))
    return flat.table([(0, .reference(name)), (1, .reference(text))])
  }

  /// A Field of Schema.fbs.
  private static func field(_ column: Column, _ flat: inout FlatBuffer) -> Int {
    var children: [Int] = []
    let (kind, type): (UInt8, Int)
    switch column.type {
    case .int32, .int64:
      let width = column.type == .int32 ? Int32(32) : 64
      (kind, type) = (2, flat.table([(0, .i32(width)), (1, .bool(true))]))
    case .binary: (kind, type) = (4, flat.table([]))
    case .text: (kind, type) = (5, flat.table([]))
    case .bool: (kind, type) = (6, flat.table([]))
    case .time:
      let zone = flat.string("UTC")
      (kind, type) = (10, flat.table([(1, .reference(zone)), (0, .i16(2))]))
    case .texts:
      children.append(field(Column("item", .text, isNullable: false, ""), &flat))
      (kind, type) = (12, flat.table([]))
    }
    let name = flat.string(column.name)
    let nested = flat.vector(children)
    return flat.table([
      (0, .reference(name)), (3, .reference(type)), (5, .reference(nested)),
      (1, .bool(column.isNullable)), (2, .u8(kind)),
    ])
  }

  /// An encapsulated message without its body.
  private func message(
    _ kind: UInt8, _ header: Int, bodyLength: Int, _ flat: inout FlatBuffer
  ) throws(TraceError) {
    let root = flat.table([
      (3, .i64(Int64(bodyLength))), (2, .reference(header)), (0, .i16(Self.version)),
      (1, .u8(kind)),
    ])
    let bytes = flat.finish(root)
    try sink.le32(0xFFFF_FFFF)
    try sink.le32(UInt32(bytes.count))
    try sink.append(bytes)
  }

  // MARK: - Batches

  mutating func write(_ batch: borrowing TableBatch) throws(TraceError) {
    var nodes: [(Int64, Int64)] = []
    var buffers: [(Int64, Int64)] = []
    var length = 0
    func buffer(_ bytes: Int) {
      buffers.append((Int64(length), Int64(bytes)))
      length += Self.padded(bytes)
    }
    for index in 0..<batch.columns.count {
      let values = batch.columns[index]
      nodes.append((Int64(batch.rows), Int64(values.nulls)))
      buffer(values.nulls > 0 ? Self.bitBytes(batch.rows) : 0)
      switch values.type {
      case .bool: buffer(Self.bitBytes(batch.rows))
      case .int32: buffer(4 * batch.rows)
      case .int64, .time: buffer(8 * batch.rows)
      case .text, .binary:
        buffer(4 * (batch.rows + 1))
        buffer(values.bytes.count)
      case .texts:
        buffer(4 * (batch.rows + 1))
        nodes.append((Int64(values.itemEnds.count), 0))
        buffer(0)
        buffer(4 * (values.itemEnds.count + 1))
        buffer(values.bytes.count)
      }
    }
    var flat = FlatBuffer()
    let (nodeList, bufferList) = (flat.vector(nodes), flat.vector(buffers))
    let header = flat.table([
      (0, .i64(Int64(batch.rows))), (1, .reference(nodeList)), (2, .reference(bufferList)),
    ])
    try message(Self.batchMessage, header, bodyLength: length, &flat)
    for index in 0..<batch.columns.count { try body(batch.columns[index]) }
  }

  private mutating func body(_ values: borrowing ColumnValues) throws(TraceError) {
    if values.nulls > 0 { try putBits(values.present) }
    switch values.type {
    case .bool: try putBits(values.numbers.map { $0 != 0 })
    case .int32: try put(values.numbers)
    case .int64, .time: try unsafe put(values.numbers.span.bytes)
    case .text, .binary:
      try putOffsets(values.ends)
      try unsafe put(values.bytes.span.bytes)
    case .texts:
      try putOffsets(values.ends)
      try putOffsets(values.itemEnds)
      try unsafe put(values.bytes.span.bytes)
    }
  }

  mutating func finish() throws(TraceError) {
    try sink.le32(0xFFFF_FFFF)
    try sink.le32(0)
  }

  private static func padded(_ count: Int) -> Int { (count + 7) & ~7 }
  private static func bitBytes(_ rows: Int) -> Int { (rows + 7) / 8 }

  private func put(_ bytes: RawSpan) throws(TraceError) {
    try sink.append(bytes)
    try sink.fill(0, Self.padded(bytes.byteCount) - bytes.byteCount)
  }

  private mutating func putBits(_ values: [Bool]) throws(TraceError) {
    BitPacking.bits(values, into: &bits)
    try unsafe put(bits.span.bytes)
  }

  private mutating func put(_ numbers: [Int64]) throws(TraceError) {
    narrow.removeAll(keepingCapacity: true)
    for number in numbers { narrow.append(Int32(truncatingIfNeeded: number)) }
    try unsafe put(narrow.span.bytes)
  }

  /// Where each value begins, and where the last one ends.
  private mutating func putOffsets(_ ends: [Int]) throws(TraceError) {
    narrow.removeAll(keepingCapacity: true)
    narrow.append(0)
    for end in ends { narrow.append(Int32(truncatingIfNeeded: end)) }
    try unsafe put(narrow.span.bytes)
  }
}
