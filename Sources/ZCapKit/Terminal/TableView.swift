package import TraceRender

/// How a table is to be shown.
package struct TableView: Sendable {
  /// Names of the columns, nil for all of them.
  package var columns: [String]?
  /// Columns that a line may have, nil for no end.
  package var room: Int?
  package var emphasisesTitles = false

  package init() {}

  /// The names of columns in a list of them.
  package static func names(_ list: String) -> [String] {
    list.split(separator: ",").map {
      $0.split(separator: " ").joined(separator: " ").lowercased()
    }
  }

  /// What is wrong with a list of columns of a table that has these; nil for nothing.
  package static func mistake(in list: String, of columns: [String]) -> String? {
    let (names, all) = (names(list), columns.joined(separator: ", "))
    if names.isEmpty { return "--columns: name some of \(all)." }
    guard let name = names.first(where: { !columns.contains($0) }) else { return nil }
    let near = CommandWords.nearest(name, columns).map { "; did you mean \($0)?" } ?? "."
    return "--columns \(name): there is no such column\(near) Columns: \(all)."
  }

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
