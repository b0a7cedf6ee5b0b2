public import TraceBytes

/// Rows of text in columns as wide as their widest cell.
///
/// The text of all cells is one run of bytes: a table of a million rows costs little more than its text.
/// Rows can be written as they come, too: ``flush(to:)`` writes what there is, in columns that only grow.
///
/// Where a table is wider than its room, long text is cut first, where its column says how far, and ends with
/// "…"; then whole columns give way, those of the highest rank first; when none of them is left, the widest
/// text is cut.
public struct TextTable {
  /// On which side a narrower cell is filled with blanks.
  public enum Alignment: Sendable {
    /// Behind it: for words.
    case left
    /// In front of it: for numbers.
    case right
  }

  /// What a column is called, and when it gives way.
  public struct Column: Sendable {
    /// What stands above it.
    public var title: String
    /// What it is called where columns are picked.
    public var name: String
    /// Numbers stand right, words left.
    public var alignment: Alignment
    /// 0 for a column that is always there; of the others the highest gives way first.
    public var rank: Int
    /// The width it has before any cell is known.
    public var minimum: Int
    /// The width to which its text is cut before another column gives way; nil for text that is rather whole.
    public var least: Int?

    /// - Parameters:
    ///   - name: what it is called where columns are picked; nil for the title.
    ///   - rank: 0 for a column that is always there; of the others the highest gives way first.
    ///   - minimum: the width it has before any cell is known.
    ///   - least: the width to which its text is cut before another column gives way.
    public init(
      _ title: String, _ name: String? = nil, _ alignment: Alignment = .left, rank: Int = 0,
      minimum: Int = 0, least: Int? = nil
    ) {
      self.title = title
      self.name = name ?? title
      self.alignment = alignment
      self.rank = rank
      self.minimum = minimum
      self.least = least
    }
  }

  /// How many bytes a cell's text has, and how many columns of a terminal.
  private struct Cell {
    var bytes: UInt32
    var width: UInt32
  }

  /// Between two columns.
  private static let gap = 2
  /// A cut text has at least so many characters.
  private static let leastCut = 6

  private let columns: [Column]
  private let hasTitles: Bool
  private var text: [UInt8] = []
  /// The titles, then the rows.
  private var cells: [Cell] = []
  private var widths: [Int]
  /// Columns that are shown; decided when the first rows are written.
  private var shown: [Bool]?
  /// The same, in the order in which they are.
  private var order: [Int] = []

  /// Columns that a line may have; nil for no end.
  public var room: Int?
  /// Names of the columns that are shown, whatever their rank; nil for all.
  public var picked: [String]?
  /// Whether the titles stand out, for a terminal.
  public var emphasisesTitles = false

  /// Columns that are always there; without titles when all of them are empty.
  public init(_ columns: [(title: String, alignment: Alignment)]) {
    self.init(columns: columns.map { Column($0.title, nil, $0.alignment) })
  }

  /// Without a line of titles when all of them are empty.
  public init(columns: [Column]) {
    self.columns = columns
    widths = columns.map(\.minimum)
    hasTitles = columns.contains { !$0.title.isEmpty }
    if hasTitles { add(columns.map(\.title)) }
  }

  /// Adds a row with a text for each column; cells that could act on a terminal are made visible.
  public mutating func add(_ row: [String]) {
    precondition(row.count == widths.count, "a row has a cell for each column")
    add { column, text in text.append(contentsOf: row[column].utf8) }
  }

  /// Adds a row; `write` appends the text of a column in UTF-8.
  public mutating func add(_ write: (_ column: Int, _ text: inout [UInt8]) -> Void) {
    for column in widths.indices {
      let start = text.count
      write(column, &text)
      var width = text.count - start
      if unsafe !text.span.bytes.isPrintableASCII(start..<text.count) {
        // What takes more or less than a column for a byte, or could act on a terminal.
        let visible = VisibleText.of(String(decoding: text[start...], as: UTF8.self))
        text.removeSubrange(start...)
        text.append(contentsOf: visible.utf8)
        width = TextWidth.of(visible)
      }
      widths[column] = max(widths[column], width)
      cells.append(
        Cell(bytes: UInt32(clamping: text.count - start), width: UInt32(clamping: width)))
    }
  }

  /// Names of the columns that gave way to the room, in their order.
  public var gaveWay: [String] {
    guard picked == nil, let shown else { return [] }
    return zip(columns, shown).filter { !$0.1 }.map(\.0.name)
  }

  /// Writes the titles (where there are any) and the rows.
  public mutating func write(to sink: ByteSink, indent: Int = 0) throws(TraceError) {
    if shown == nil {
      let fitting = fit(indent)
      shown = fitting
      order =
        picked?.compactMap { name in columns.firstIndex { $0.name == name } }
        ?? widths.indices.filter { fitting[$0] }
    }
    let cuts = self.cuts(indent)
    let bytes = unsafe text.span.bytes
    var start = 0
    var starts = [Int](repeating: 0, count: widths.count)
    for row in 0..<(cells.count / max(1, widths.count)) {
      let first = row * widths.count
      for column in widths.indices {
        starts[column] = start
        start += Int(cells[first + column].bytes)
      }
      let isTitle = emphasisesTitles && hasTitles && row == 0
      if isTitle { try sink.append("\u{1B}[1m") }
      // Blanks are written before the next text only, so that no line ends with any.
      var blanks = indent
      for column in order {
        let cell = cells[first + column]
        let width = cuts.isEmpty ? widths[column] : cuts[column] ?? widths[column]
        let isCut = Int(cell.width) > width
        let padding = isCut ? 0 : width - Int(cell.width)
        if columns[column].alignment == .right { blanks += padding }
        if cell.bytes > 0 {
          try sink.fill(0x20, blanks)
          let span = bytes.extracting(starts[column]..<starts[column] + Int(cell.bytes))
          if isCut {
            let text = unsafe span.withUnsafeBytes { unsafe String(decoding: $0, as: UTF8.self) }
            try sink.append(TextWidth.prefix(text, width - 1) + "…")
          } else {
            try sink.append(span)
          }
          blanks = 0
        }
        if columns[column].alignment == .left { blanks += padding }
        blanks += Self.gap
      }
      if isTitle { try sink.append("\u{1B}[0m") }
      try sink.u8(0x0A)
    }
  }

  /// Writes the rows there are and forgets them; the widths stay and grow.
  public mutating func flush(to sink: ByteSink, indent: Int = 0) throws(TraceError) {
    try write(to: sink, indent: indent)
    text.removeAll(keepingCapacity: true)
    cells.removeAll(keepingCapacity: true)
    emphasisesTitles = false
  }

  /// The width of a line when every text is cut that may be.
  private func width(_ shown: [Bool], _ indent: Int) -> Int {
    let places = columns.indices.filter { shown[$0] }
    return indent + places.reduce(0) { $0 + floor($1) } + Self.gap * max(0, places.count - 1)
  }

  /// How narrow a column may be before another one gives way.
  private func floor(_ column: Int) -> Int {
    min(widths[column], columns[column].least ?? widths[column])
  }

  /// Which columns there is room for.
  private func fit(_ indent: Int) -> [Bool] {
    var shown = columns.map { _ in true }
    guard let room, picked == nil else { return shown }
    let yielding = columns.indices.filter { columns[$0].rank > 0 }
      .sorted { columns[$0].rank > columns[$1].rank }
    for column in yielding {
      if width(shown, indent) <= room { break }
      shown[column] = false
    }
    return shown
  }

  /// The widths of columns whose text is cut: those first that say how far, the widest first.
  private func cuts(_ indent: Int) -> [Int: Int] {
    guard let room else { return [:] }
    var widths = order.map { self.widths[$0] }
    var excess = indent + widths.reduce(0, +) + Self.gap * max(0, widths.count - 1) - room
    for floors in [order.map(floor), order.map { _ in Self.leastCut }] {
      while excess > 0,
        let place = widths.indices.filter({ widths[$0] > floors[$0] })
          .max(by: { widths[$0] < widths[$1] })
      {
        // Down to the next widest, or as far as is needed.
        let next = widths.filter { $0 < widths[place] }.max() ?? 0
        let cut = min(excess, max(1, widths[place] - max(next, floors[place])))
        widths[place] -= cut
        excess -= cut
      }
    }
    return Dictionary(
      uniqueKeysWithValues: zip(order, widths).filter { $0.1 < self.widths[$0.0] })
  }
}
