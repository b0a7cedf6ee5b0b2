internal import TraceBytes

/// Parquet: each batch is a row group, each column of it one page, with a dictionary where values repeat.
///
/// Source: apache/parquet-format 2.10: parquet.thrift, Encodings.md, LogicalTypes.md. Pages of version 1, not
/// compressed, which every reader takes. What is kept until the end is where the columns stand.
struct ParquetWriter: TableWriter {
  private let sink: ByteSink
  private var schema: TableSchema?
  private var start: UInt64 = 0
  private var groups: [Group] = []
  private var page: [UInt8] = []
  private var levels: [UInt32] = []
  private var dictionary = ValueDictionary()

  private struct Group {
    var rows: Int
    var chunks: [Chunk]
    var bytes: Int64 { chunks.reduce(0) { $0 + $1.bytes } }
  }

  /// One column of a row group.
  private struct Chunk {
    var values: Int
    var bytes: Int64 = 0
    var dictionaryOffset: Int64?
    var dataOffset: Int64 = 0
    var nulls: Int
    /// The smallest and the largest number.
    var bounds: ClosedRange<Int64>?
  }

  // Names of parquet.thrift: Type, Encoding, ConvertedType, PageType.
  private enum Physical: Int {
    case boolean = 0
    case int32 = 1
    case int64 = 2
    case byteArray = 6
  }
  private static let plain = 0
  private static let rle = 3
  private static let rleDictionary = 8
  private static let dataPage = 0
  private static let dictionaryPage = 2
  private static let magic: StaticString = "PAR1"

  init(_ sink: ByteSink) { self.sink = sink }

  mutating func begin(_ schema: TableSchema) throws(TraceError) {
    self.schema = schema
    start = sink.total
    try sink.append(Self.magic)
  }

  mutating func write(_ batch: borrowing TableBatch) throws(TraceError) {
    var chunks: [Chunk] = []
    for index in 0..<batch.columns.count {
      chunks.append(
        try chunk(
          batch.columns[index], isNullable: batch.schema.columns[index].isNullable))
    }
    groups.append(Group(rows: batch.rows, chunks: chunks))
  }

  private var place: Int64 { Int64(clamping: sink.total - start) }

  // MARK: - Columns

  private mutating func chunk(
    _ values: borrowing ColumnValues, isNullable: Bool
  ) throws(TraceError) -> Chunk {
    let begin = place
    let isList = values.type == .texts
    var chunk = Chunk(values: values.count, nulls: values.nulls, bounds: Self.bounds(values))
    let hasDictionary = values.type != .bool && !isList && dictionary.build(values)
    if hasDictionary {
      page.removeAll(keepingCapacity: true)
      for row in dictionary.firsts { appendPlain(values, row) }
      chunk.dictionaryOffset = begin
      let count = dictionary.firsts.count
      try writePage(Self.dictionaryPage, 7) {
        $0.i32(1, count)
        $0.i32(2, Self.plain)
      }
    }
    page.removeAll(keepingCapacity: true)
    if isList {
      chunk.values = appendListLevels(values)
      for item in values.itemEnds.indices { append(values, values.itemRange(item)) }
    } else {
      if isNullable { appendLevels(values) }
      if hasDictionary {
        let width = BitPacking.width(below: dictionary.firsts.count)
        page.append(UInt8(width))
        BitPacking.append(dictionary.indexes, width: width, to: &page)
      } else if values.type == .bool {
        appendBits(values)
      } else {
        for row in 0..<values.count where values.present[row] { appendPlain(values, row) }
      }
    }
    chunk.dataOffset = place
    let count = chunk.values
    try writePage(Self.dataPage, 5) {
      $0.i32(1, count)
      $0.i32(2, hasDictionary ? Self.rleDictionary : Self.plain)
      $0.i32(3, Self.rle)
      $0.i32(4, Self.rle)
    }
    chunk.bytes = place - begin
    return chunk
  }

  /// Writes what is in `page` behind its header.
  private func writePage(
    _ kind: Int, _ field: Int, _ body: (inout ThriftCompact) -> Void
  ) throws(TraceError) {
    var header = ThriftCompact()
    header.element {
      $0.i32(1, kind)
      $0.i32(2, page.count)
      $0.i32(3, page.count)
      $0.structure(field, body)
    }
    try sink.append(header.bytes)
    try sink.append(page)
  }

  private static func bounds(_ values: borrowing ColumnValues) -> ClosedRange<Int64>? {
    guard [.int32, .int64, .time].contains(values.type) else { return nil }
    var bounds: ClosedRange<Int64>?
    for row in 0..<values.count where values.present[row] {
      let number = values.numbers[row]
      guard let known = bounds else {
        bounds = number...number
        continue
      }
      if !known.contains(number) {
        bounds = min(number, known.lowerBound)...max(number, known.upperBound)
      }
    }
    return bounds
  }

  private mutating func appendPlain(_ values: borrowing ColumnValues, _ row: Int) {
    switch values.type {
    case .text, .binary: append(values, values.range(row))
    case .int32: append(values.numbers[row], bytes: 4)
    default: append(values.numbers[row], bytes: 8)
    }
  }

  private mutating func append(_ values: borrowing ColumnValues, _ range: Range<Int>) {
    append(Int64(range.count), bytes: 4)
    unsafe page.append(values.bytes.span.bytes.extracting(range))
  }

  private mutating func append(_ number: Int64, bytes: Int) {
    Self.append(number, bytes: bytes, to: &page)
  }

  private static func append(_ number: Int64, bytes: Int, to page: inout [UInt8]) {
    var left = UInt64(bitPattern: number)
    for _ in 0..<bytes {
      page.append(UInt8(truncatingIfNeeded: left))
      left >>= 8
    }
  }

  private mutating func appendBits(_ values: borrowing ColumnValues) {
    var bits: [Bool] = []
    for row in 0..<values.count where values.present[row] { bits.append(values.numbers[row] != 0) }
    var bytes: [UInt8] = []
    BitPacking.bits(bits, into: &bytes)
    page += bytes
  }

  /// Which rows have a value: levels of one bit behind their length.
  private mutating func appendLevels(_ values: borrowing ColumnValues) {
    let mark = page.count
    append(0, bytes: 4)
    if values.nulls == 0 || values.nulls == values.count {
      BitPacking.appendRun(values.nulls == 0 ? 1 : 0, values.count, 1, to: &page)
    } else {
      levels.removeAll(keepingCapacity: true)
      for row in 0..<values.count { levels.append(values.present[row] ? 1 : 0) }
      BitPacking.append(levels, width: 1, to: &page)
    }
    setLength(at: mark)
  }

  /// Repetition levels (0 begins a row) and definition levels (0 is an empty list); returns how many.
  private mutating func appendListLevels(_ values: borrowing ColumnValues) -> Int {
    var (repetition, definition): ([UInt32], [UInt32]) = ([], [])
    for row in 0..<values.count {
      let items = values.items(row).count
      repetition.append(0)
      definition.append(items > 0 ? 1 : 0)
      for _ in 1..<max(1, items) {
        repetition.append(1)
        definition.append(1)
      }
    }
    for levels in [repetition, definition] {
      let mark = page.count
      append(0, bytes: 4)
      BitPacking.append(levels, width: 1, to: &page)
      setLength(at: mark)
    }
    return repetition.count
  }

  private mutating func setLength(at mark: Int) {
    let length = page.count - mark - 4
    for index in 0..<4 { page[mark + index] = UInt8(truncatingIfNeeded: length >> (8 * index)) }
  }

  // MARK: - Footer

  mutating func finish() throws(TraceError) {
    guard let schema else { return }
    var footer = ThriftCompact()
    let groups = groups
    footer.element {
      $0.i32(1, 2)
      Self.writeSchema(schema, to: &$0)
      $0.i64(3, groups.reduce(0) { $0 + Int64($1.rows) })
      $0.structures(4, groups) { thrift, group in
        thrift.structures(1, Array(zip(schema.columns, group.chunks))) {
          Self.write($1.1, of: $1.0, to: &$0)
        }
        thrift.i64(2, group.bytes)
        thrift.i64(3, Int64(group.rows))
      }
      $0.structures(
        5, [("zcap.table", schema.name), ("zcap.schema", "\(TableSchema.version)")]
      ) {
        $0.text(1, $1.0)
        $0.text(2, $1.1)
      }
      $0.text(6, "zcap")
      // The bounds of numbers are those of signed integers.
      $0.structures(7, schema.columns) { thrift, _ in thrift.structure(1) { _ in } }
    }
    try sink.append(footer.bytes)
    try sink.le32(UInt32(truncatingIfNeeded: footer.bytes.count))
    try sink.append(Self.magic)
  }

  private static func physical(_ type: ColumnType) -> Physical {
    switch type {
    case .text, .binary, .texts: .byteArray
    case .bool: .boolean
    case .int32: .int32
    case .int64, .time: .int64
    }
  }

  /// The elements of the schema: the root, and behind it its columns, a list as three of them.
  private static func writeSchema(_ schema: TableSchema, to thrift: inout ThriftCompact) {
    var elements: [(inout ThriftCompact) -> Void] = [
      {
        $0.text(4, schema.name)
        $0.i32(5, schema.columns.count)
      }
    ]
    for column in schema.columns {
      if column.type == .texts {
        elements.append {
          $0.i32(3, 0)
          $0.text(4, column.name)
          $0.i32(5, 1)
          $0.i32(6, 3)
          $0.structure(10) { $0.structure(3) { _ in } }
        }
        elements.append {
          $0.i32(3, 2)
          $0.text(4, "list")
          $0.i32(5, 1)
        }
        elements.append { writeLeaf("element", .text, isNullable: false, to: &$0) }
      } else {
        elements.append {
          writeLeaf(column.name, column.type, isNullable: column.isNullable, to: &$0)
        }
      }
    }
    thrift.structures(2, elements) { $1(&$0) }
  }

  private static func writeLeaf(
    _ name: String, _ type: ColumnType, isNullable: Bool, to thrift: inout ThriftCompact
  ) {
    thrift.i32(1, physical(type).rawValue)
    thrift.i32(3, isNullable ? 1 : 0)
    thrift.text(4, name)
    switch type {
    case .text:
      thrift.i32(6, 0)
      thrift.structure(10) { $0.structure(1) { _ in } }
    case .time:
      thrift.i32(6, 10)
      thrift.structure(10) {
        $0.structure(8) {
          $0.bool(1, true)
          $0.structure(2) { $0.structure(2) { _ in } }
        }
      }
    default: break
    }
  }

  /// A ColumnChunk with its ColumnMetaData.
  private static func write(_ chunk: Chunk, of column: Column, to thrift: inout ThriftCompact) {
    let isList = column.type == .texts
    thrift.i64(2, 0)
    thrift.structure(3) {
      $0.i32(1, physical(column.type).rawValue)
      $0.i32s(2, chunk.dictionaryOffset == nil ? [plain, rle] : [plain, rle, rleDictionary])
      $0.texts(3, isList ? [column.name, "list", "element"] : [column.name])
      $0.i32(4, 0)
      $0.i64(5, Int64(chunk.values))
      $0.i64(6, chunk.bytes)
      $0.i64(7, chunk.bytes)
      $0.i64(9, chunk.dataOffset)
      if let place = chunk.dictionaryOffset { $0.i64(11, place) }
      guard !isList else { return }
      $0.structure(12) {
        $0.i64(3, Int64(chunk.nulls))
        guard let bounds = chunk.bounds else { return }
        let width = column.type == .int32 ? 4 : 8
        $0.binary(5, number(bounds.upperBound, width))
        $0.binary(6, number(bounds.lowerBound, width))
      }
    }
  }

  private static func number(_ value: Int64, _ width: Int) -> [UInt8] {
    var bytes: [UInt8] = []
    append(value, bytes: width, to: &bytes)
    return bytes
  }
}
