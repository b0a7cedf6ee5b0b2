public import TraceBytes

/// Rows of text in columns as wide as their widest cell.
///
/// The text of all cells is one run of bytes: a table of a million rows costs little more than its text.
public struct TextTable {
  public enum Alignment: Sendable {
    case left, right
  }

  /// How many bytes a cell's text has, and how many characters.
  private struct Cell {
    var bytes: UInt32
    var width: UInt32
  }

  private let alignments: [Alignment]
  private let hasTitles: Bool
  private var text: [UInt8] = []
  /// The titles, then the rows.
  private var cells: [Cell] = []
  private var widths: [Int]

  public init(_ columns: [(title: String, alignment: Alignment)]) {
    alignments = columns.map(\.alignment)
    widths = Array(repeating: 0, count: columns.count)
    hasTitles = columns.contains { !$0.title.isEmpty }
    if hasTitles { add(columns.map(\.title)) }
  }

  /// Adds a row with a text for each column; cells that could act on a terminal are made visible.
  public mutating func add(_ row: [String]) {
    precondition(row.count == widths.count, "a row has a cell for each column")
    for (column, cell) in row.enumerated() {
      let visible = VisibleText.of(cell)
      text.append(contentsOf: visible.utf8)
      let bytes = visible.utf8.count
      // ASCII has a byte for each character; counting the characters of other text takes long.
      let width = visible.utf8.allSatisfy { $0 < 0x80 } ? bytes : visible.count
      widths[column] = max(widths[column], width)
      cells.append(Cell(bytes: UInt32(bytes), width: UInt32(width)))
    }
  }

  public var isEmpty: Bool { cells.count == (hasTitles ? widths.count : 0) }

  /// Writes the titles (where there are any) and the rows.
  public func write(to sink: ByteSink, indent: Int = 0) throws(TraceError) {
    let bytes = unsafe text.span.bytes
    var start = 0
    // Blanks are written before the next text only, so that no line ends with any.
    var blanks = indent
    for (index, cell) in cells.enumerated() {
      let column = index % widths.count
      let padding = widths[column] - Int(cell.width)
      if alignments[column] == .right { blanks += padding }
      if cell.bytes > 0 {
        let end = start + Int(cell.bytes)
        try sink.fill(0x20, blanks)
        try sink.append(bytes.extracting(start..<end))
        blanks = 0
        start = end
      }
      if alignments[column] == .left { blanks += padding }
      blanks += 2
      if column == widths.count - 1 {
        try sink.u8(0x0A)
        blanks = indent
      }
    }
  }
}
