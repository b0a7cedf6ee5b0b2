public import TraceBytes

/// Rows of text in columns as wide as their widest cell.
public struct TextTable {
  public enum Alignment: Sendable {
    case left, right
  }

  /// A text and how many characters it has.
  private struct Cell {
    var text: String
    var width: Int

    init(_ text: String) {
      self.text = text
      width = text.count
    }
  }

  private let titles: [Cell]
  private let alignments: [Alignment]
  private var rows: [[Cell]] = []

  public init(_ columns: [(title: String, alignment: Alignment)]) {
    titles = columns.map { Cell($0.title) }
    alignments = columns.map(\.alignment)
  }

  /// Adds a row; cells that could act on a terminal are made visible.
  public mutating func add(_ cells: [String]) {
    rows.append(cells.map { Cell(VisibleText.of($0)) })
  }

  public var isEmpty: Bool { rows.isEmpty }

  /// Writes the titles (where there are any) and the rows.
  public func write(to sink: ByteSink, indent: Int = 0) throws(TraceError) {
    var widths = titles.map(\.width)
    for row in rows {
      for (index, cell) in row.enumerated() where index < widths.count {
        widths[index] = max(widths[index], cell.width)
      }
    }
    if titles.contains(where: { $0.width > 0 }) { try line(titles, widths, indent, sink) }
    for row in rows { try line(row, widths, indent, sink) }
  }

  private func line(
    _ cells: [Cell], _ widths: [Int], _ indent: Int, _ sink: ByteSink
  ) throws(TraceError) {
    // Blanks are written before the next text only, so that no line ends with any.
    var blanks = indent
    for (index, cell) in cells.enumerated() where index < widths.count {
      let padding = widths[index] - cell.width
      if alignments[index] == .right { blanks += padding }
      if cell.width > 0 {
        try sink.fill(0x20, blanks)
        try sink.append(cell.text)
        blanks = 0
      }
      if alignments[index] == .left { blanks += padding }
      blanks += 2
    }
    try sink.u8(0x0A)
  }
}
