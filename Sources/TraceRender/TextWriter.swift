internal import TraceBytes

/// How payload is laid out.
public struct TextLayout: Sendable {
  /// Blanks before every line, so that no payload can pass for a header line.
  public var indent = 2
  /// Columns after which a line is broken, 0 for never.
  public var wrap = 0

  /// - Parameters:
  ///   - indent: blanks before every line.
  ///   - wrap: columns after which a line is broken, 0 for never.
  public init(indent: Int = 2, wrap: Int = 0) {
    self.indent = indent
    self.wrap = wrap
  }
}

/// Writes bytes as lines of text: what a terminal could act on becomes a visible escape.
///
/// It keeps its place in the line, so that a stream can be written piece by piece.
struct TextWriter {
  let layout: TextLayout
  /// Columns written of the present line, the indent not counted.
  private(set) var column = 0
  private(set) var isAtLineStart = true

  init(_ layout: TextLayout) { self.layout = layout }

  /// Writes all bytes. A line that is not ended stays open.
  mutating func write(
    _ bytes: RawSpan, _ table: GlyphTable, to out: ByteSink
  ) throws(TraceError) {
    let end = bytes.byteCount
    // A record may begin within text of two bytes: then its SI comes without an SO.
    var at = try beginInPairs(bytes, table, to: out)
    while at < end {
      if table.isASCII, layout.wrap == 0 {
        at = try out.asciiLines(
          bytes, from: at, indent: layout.indent, isAtLineStart: &isAtLineStart)
        guard at < end else { break }
      }
      let special = table.special(bytes.u8(at))
      if special != .none {
        at = try write(special, bytes, at, table, to: out)
        continue
      }
      try begin(out)
      if layout.wrap > 0 {
        at = try wrapped(bytes, at, end, table, to: out)
      } else {
        at = try out.translate(bytes, from: at, to: end, table)
      }
    }
  }

  private mutating func beginInPairs(
    _ bytes: RawSpan, _ table: GlyphTable, to out: ByteSink
  ) throws(TraceError) -> Int {
    guard let page = table.page, page.hasPairs,
      let range = page.pairsBehind(bytes, -1), !range.isEmpty,
      range.upperBound < bytes.byteCount, bytes.u8(range.upperBound) == CodePage.shiftIn
    else { return 0 }
    // The first byte may belong to a character of the record before.
    let odd = range.count % 2
    if odd == 1 { try escape(bytes.u8(range.lowerBound), to: out) }
    try pairs(bytes, range.lowerBound + odd..<range.upperBound, page, to: out)
    return range.upperBound + 1
  }

  /// Characters of two bytes; escapes where the page does not know them.
  private mutating func pairs(
    _ bytes: RawSpan, _ range: Range<Int>, _ page: CodePage, to out: ByteSink
  ) throws(TraceError) {
    var at = range.lowerBound
    while at < range.upperBound {
      guard at + 1 < range.upperBound, let scalar = page.scalar(bytes.u8(at), bytes.u8(at + 1)),
        VisibleText.isSafe(scalar)
      else {
        for place in at..<min(at + 2, range.upperBound) { try escape(bytes.u8(place), to: out) }
        at += 2
        continue
      }
      try begin(out)
      // These characters take two columns.
      try breakLine(2, out)
      for unit in String(scalar).utf8 { try out.u8(unit) }
      column += 2
      at += 2
    }
  }

  /// Ends an open line.
  mutating func endLine(_ out: ByteSink) throws(TraceError) {
    if !isAtLineStart { try lineEnd(out) }
  }

  private mutating func lineEnd(_ out: ByteSink) throws(TraceError) {
    try out.u8(0x0A)
    isAtLineStart = true
    column = 0
  }

  @inline(__always)
  private mutating func begin(_ out: ByteSink) throws(TraceError) {
    if isAtLineStart {
      for _ in 0..<layout.indent { try out.u8(0x20) }
      isAtLineStart = false
    }
  }

  private mutating func write(
    _ special: GlyphTable.Special, _ bytes: RawSpan, _ at: Int, _ table: GlyphTable,
    to out: ByteSink
  ) throws(TraceError) -> Int {
    switch special {
    case .none: return at
    case .lineEnd:
      try lineEnd(out)
      return at + 1
    case .carriageReturn:
      // At the end of the bytes its partner is in the next record, if anywhere.
      guard at + 1 < bytes.byteCount else { return at + 1 }
      if table.special(bytes.u8(at + 1)) == .lineEnd { return at + 1 }
      try escape(bytes.u8(at), to: out)
      return at + 1
    case .shiftOut:
      guard let page = table.page, let range = page.pairsBehind(bytes, at) else {
        try escape(bytes.u8(at), to: out)
        return at + 1
      }
      let isClosed =
        range.upperBound < bytes.byteCount && bytes.u8(range.upperBound) == CodePage.shiftIn
      if !page.hasPairs { try escape(bytes.u8(at), to: out) }
      try pairs(bytes, range, page, to: out)
      if isClosed, !page.hasPairs { try escape(bytes.u8(range.upperBound), to: out) }
      return range.upperBound + (isClosed ? 1 : 0)
    case .utf8:
      guard let (scalar, length) = UTF8Sequence.read(bytes, at), VisibleText.isSafe(scalar) else {
        try escape(bytes.u8(at), to: out)
        return at + 1
      }
      try begin(out)
      try breakLine(1, out)
      for offset in 0..<length { try out.u8(bytes.u8(at + offset)) }
      column += 1
      return at + length
    }
  }

  @inline(__always)
  private mutating func escape(_ byte: UInt8, to out: ByteSink) throws(TraceError) {
    try begin(out)
    try breakLine(4, out)
    try out.escape(byte)
    column += 4
  }

  @inline(__always)
  private mutating func breakLine(_ columns: Int, _ out: ByteSink) throws(TraceError) {
    guard layout.wrap > 0, column > 0, column + columns > layout.wrap else { return }
    try lineEnd(out)
    try begin(out)
  }

  /// Writes ordinary characters one at a time, breaking lines.
  private mutating func wrapped(
    _ bytes: RawSpan, _ start: Int, _ end: Int, _ table: GlyphTable, to out: ByteSink
  ) throws(TraceError) -> Int {
    var at = start
    while at < end, table.special(bytes.u8(at)) == .none {
      let columns = table.columns(bytes.u8(at))
      try breakLine(columns, out)
      _ = try out.translate(bytes, from: at, to: at + 1, table)
      column += columns
      at += 1
    }
    return at
  }
}
