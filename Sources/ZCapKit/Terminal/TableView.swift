package import TraceRender

/// How a table is to be shown.
package struct TableView: Sendable {
  /// Names of the columns, nil for all of them.
  package var columns: [String]?
  /// Columns that a line may have, nil for no end.
  package var room: Int?
  package var emphasisesTitles = false

  package init() {}

  /// A table of these columns that is shown so.
  package func table(_ columns: [TextTable.Column]) -> TextTable {
    var table = TextTable(columns: columns)
    table.room = room
    table.picked = self.columns
    table.emphasisesTitles = emphasisesTitles
    return table
  }

  /// A table for rows that are else lines with all that is known; nil where nobody asks for columns.
  package func rows(_ columns: [TextTable.Column]) -> TextTable? {
    room != nil || self.columns != nil ? table(columns) : nil
  }

  /// What is said of columns for which there was no room.
  package static func note(_ table: TextTable) -> [String] { note(table.gaveWay) }

  package static func note(_ names: [String]) -> [String] {
    if names.isEmpty { return [] }
    return ["not shown for lack of room: \(names.joined(separator: ", ")); --wide shows all"]
  }
}
