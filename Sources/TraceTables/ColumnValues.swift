public import TraceBytes

/// The values of one column of a batch, a row at a time.
///
/// Each row is one call: a value of the type of the column, or ``null()``.
public struct ColumnValues: Sendable {
  /// What the column holds.
  public let type: ColumnType
  /// For each row whether it has a value.
  public private(set) var present: [Bool] = []
  /// Rows without a value.
  public private(set) var nulls = 0
  /// For each row its number: an integer, microseconds, or 0 and 1; 0 where there is no value.
  public private(set) var numbers: [Int64] = []
  /// For each row where its bytes end, or of lists where its items end.
  public private(set) var ends: [Int] = []
  /// For each item of all lists where its bytes end.
  public private(set) var itemEnds: [Int] = []
  /// The bytes of all texts, end to end.
  public private(set) var bytes: [UInt8] = []

  /// A column without rows.
  public init(_ type: ColumnType) { self.type = type }

  /// Rows so far.
  public var count: Int { present.count }

  /// A row without a value; of lists, an empty one.
  public mutating func null() {
    if type == .texts { return texts([]) }
    present.append(false)
    nulls += 1
    switch type {
    case .bool, .int32, .int64, .time: numbers.append(0)
    case .text, .binary, .texts: ends.append(bytes.count)
    }
  }

  /// A row of an integer column.
  public mutating func number(_ value: Int64) {
    present.append(true)
    numbers.append(value)
  }

  /// A count; beyond what 63 bits hold the largest number that they do.
  public mutating func number(_ value: UInt64) { number(Int64(clamping: value)) }

  /// A row of an integer column.
  public mutating func number(_ value: Int) { number(Int64(value)) }

  /// A row of a column of truth values.
  public mutating func bool(_ value: Bool) { number(Int64(value ? 1 : 0)) }

  /// Nanoseconds since 1970, cut to the microsecond below.
  public mutating func time(nanoseconds: Int64) {
    number(Self.microseconds(nanoseconds: nanoseconds))
  }

  /// The microsecond in which a time in nanoseconds is, before 1970 too.
  static func microseconds(nanoseconds: Int64) -> Int64 {
    let (quotient, rest) = nanoseconds.quotientAndRemainder(dividingBy: 1000)
    return rest < 0 ? quotient - 1 : quotient
  }

  /// A row of a text column.
  public mutating func text(_ value: StaticString) {
    value.withUTF8Buffer { unsafe bytes.append(contentsOf: $0) }
    endText()
  }

  /// A row of a text column, without an allocation for it.
  public mutating func text(_ value: ShortText) {
    value.append(to: &bytes)
    endText()
  }

  /// A row of a text column.
  public mutating func text(_ value: String) {
    bytes.append(contentsOf: value.utf8)
    endText()
  }

  /// A text that stands for "not known" when it is empty.
  public mutating func textUnlessEmpty(_ value: String) {
    if value.isEmpty { null() } else { text(value) }
  }

  /// A row of a column of bytes.
  public mutating func binary(_ value: RawSpan) {
    bytes.append(value)
    endText()
  }

  /// A row of a column of lists; a list can be empty and is never absent.
  public mutating func texts(_ values: [String]) {
    for value in values {
      bytes.append(contentsOf: value.utf8)
      itemEnds.append(bytes.count)
    }
    present.append(true)
    ends.append(itemEnds.count)
  }

  private mutating func endText() {
    present.append(true)
    ends.append(bytes.count)
  }

  /// Forgets all rows and keeps the memory.
  mutating func removeAll() {
    present.removeAll(keepingCapacity: true)
    nulls = 0
    numbers.removeAll(keepingCapacity: true)
    ends.removeAll(keepingCapacity: true)
    itemEnds.removeAll(keepingCapacity: true)
    bytes.removeAll(keepingCapacity: true)
  }

  // MARK: - Reading

  /// Where the bytes of a row stand in ``bytes``.
  func range(_ row: Int) -> Range<Int> { (row == 0 ? 0 : ends[row - 1])..<ends[row] }

  /// The text of a row; empty where there is none.
  func text(_ row: Int) -> String {
    present[row] ? String(decoding: bytes[range(row)], as: UTF8.self) : ""
  }

  /// Which items a row of lists has.
  func items(_ row: Int) -> Range<Int> { range(row) }

  /// Where the bytes of an item stand in ``bytes``.
  func itemRange(_ item: Int) -> Range<Int> {
    (item == 0 ? 0 : itemEnds[item - 1])..<itemEnds[item]
  }
}

/// Rows of a table, column by column.
public struct TableBatch: Sendable {
  /// A batch is handed on when it has as many rows, or as many bytes of text.
  public static let fullRows = 65_536
  /// Bytes of text and binary values after which a batch is handed on.
  public static let fullBytes = 32 << 20

  /// The columns that a row has.
  public let schema: TableSchema
  /// The values, in the order of the schema.
  public var columns: [ColumnValues]
  /// Rows that are ended.
  public private(set) var rows = 0

  /// A batch without rows.
  public init(_ schema: TableSchema) {
    self.schema = schema
    columns = schema.columns.map { ColumnValues($0.type) }
  }

  /// Ends a row: every column has got its value.
  public mutating func endRow() {
    rows += 1
    assert(columns.allSatisfy { $0.count == rows }, "a column has no value in this row")
  }

  /// Whether it is to be handed on before the next row.
  public var isFull: Bool {
    if rows >= Self.fullRows { return true }
    var bytes = 0
    for index in columns.indices { bytes &+= columns[index].bytes.count }
    return bytes >= Self.fullBytes
  }

  /// Where the bytes of a value stand in those of its column.
  func range(_ index: Int, _ row: Int) -> Range<Int> {
    (row == 0 ? 0 : columns[index].ends[row - 1])..<columns[index].ends[row]
  }

  /// Forgets all rows and keeps the memory.
  public mutating func removeAll() {
    rows = 0
    for index in columns.indices { columns[index].removeAll() }
  }
}
