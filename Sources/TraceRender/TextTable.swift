public import TraceBytes

/// Rows of text in columns as wide as their widest cell.
public struct TextTable {
  public enum Alignment: Sendable {
    case left, right
  }

  private let titles: [String]
  private let alignments: [Alignment]
  private var rows: [[String]] = []

  public init(_ columns: [(title: String, alignment: Alignment)]) {
    titles = columns.map(\.title)
    alignments = columns.map(\.alignment)
  }

  /// Adds a row; cells that could act on a terminal are made visible.
  public mutating func add(_ cells: [String]) { rows.append(cells.map(VisibleText.of)) }

  public var isEmpty: Bool { rows.isEmpty }

  /// Writes the titles (where there are any) and the rows.
  public func write(to sink: ByteSink, indent: Int = 0) throws(TraceError) {
    var widths = titles.map(\.count)
    for row in rows {
      for (index, cell) in row.enumerated() where index < widths.count {
        widths[index] = max(widths[index], cell.count)
      }
    }
    if titles.contains(where: { !$0.isEmpty }) { try line(titles, widths, indent, sink) }
    for row in rows { try line(row, widths, indent, sink) }
  }

  private func line(
    _ cells: [String], _ widths: [Int], _ indent: Int, _ sink: ByteSink
  ) throws(TraceError) {
    var text = String(repeating: " ", count: indent)
    for (index, cell) in cells.enumerated() where index < widths.count {
      let padding = String(repeating: " ", count: widths[index] - cell.count)
      text += alignments[index] == .left ? cell + padding : padding + cell
      text += "  "
    }
    while text.last == " " { text.removeLast() }
    try sink.append(text + "\n")
  }
}
