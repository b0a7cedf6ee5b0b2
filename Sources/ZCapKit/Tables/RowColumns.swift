internal import TraceBytes
package import TraceTables

/// A column of a table with what fills it: a new one is one place.
package struct RowColumn<Row> {
  package let column: Column
  let fill: (borrowing Row, inout ColumnValues) -> Void

  /// A column that may be null.
  init(
    _ name: String, _ type: ColumnType, _ meaning: String,
    _ fill: @escaping (borrowing Row, inout ColumnValues) -> Void
  ) {
    column = Column(name, type, isNullable: true, meaning)
    self.fill = fill
  }

  /// A column that always has a value.
  init(
    always name: String, _ type: ColumnType, _ meaning: String,
    _ fill: @escaping (borrowing Row, inout ColumnValues) -> Void
  ) {
    column = Column(name, type, isNullable: false, meaning)
    self.fill = fill
  }
}

/// A column with the same text in every row: what no trace says, such as the system it comes from.
package struct TableLabel: Sendable, Equatable {
  package var name: String
  package var value: String

  /// - Parameter argument: `KEY=VALUE`; the key is a word of small letters, digits and `_`.
  package init?(_ argument: String) {
    guard let mark = argument.firstIndex(of: "=") else { return nil }
    let name = argument[..<mark]
    let isWord = name.utf8.allSatisfy {
      (97...122).contains($0) || (48...57).contains($0) || $0 == 95
    }
    guard let first = name.utf8.first, isWord, first > 57, name.utf8.count <= 64 else { return nil }
    self.name = String(name)
    value = String(argument[argument.index(after: mark)...])
  }

  func column<Row>() -> RowColumn<Row> {
    let value = value
    return RowColumn(always: name, .text, "Label given with --label.") { $1.text(value) }
  }
}

extension TableBatch {
  /// Gives each column its value of a row.
  fileprivate mutating func fill<Row>(_ columns: [RowColumn<Row>], _ row: borrowing Row) {
    for index in columns.indices { columns[index].fill(row, &self.columns[index]) }
  }
}

/// Rows of one kind on their way into a table.
package final class RowTable<Row> {
  private let columns: [RowColumn<Row>]
  let output: TableOutput

  init(_ columns: [RowColumn<Row>], into output: TableOutput) {
    self.columns = columns
    self.output = output
  }

  func add(_ row: borrowing Row) throws(TraceError) {
    output.batch.fill(columns, row)
    try output.endRow()
  }
}

/// Writes rows of a table as members of JSON objects, each as it comes.
package struct RowMembers<Row> {
  private let columns: [RowColumn<Row>]
  private var batch: TableBatch

  init(_ columns: [RowColumn<Row>]) {
    self.columns = columns
    batch = TableBatch(TableSchema(name: "", row: "", columns: columns.map(\.column)))
  }

  mutating func write(_ row: borrowing Row, to json: inout JSONLine) throws(TraceError) {
    batch.fill(columns, row)
    batch.endRow()
    try json.members(of: batch, row: 0)
    batch.removeAll()
  }
}
