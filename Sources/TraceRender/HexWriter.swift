internal import TraceBytes

/// Writes bytes as hexadecimal digits, laid out as IPCS lays them out: an offset, four words, and
/// between bars the bytes as EBCDIC and as ASCII.
struct HexWriter {
  /// The columns of text behind the digits.
  enum Columns: Sendable {
    case none, both
  }

  private let indent: Int
  /// Bytes of a line: 16, or 8 or 4 where there is no room for them.
  private let row: Int
  private let ebcdic: [UInt8]
  private let ascii = GlyphTable.ascii.dumpCharacters()

  /// - Parameter room: columns that a line may have; nil for no end.
  init(indent: Int, ebcdic: GlyphTable, room: Int? = nil) {
    let room = room ?? Int.max
    row = [16, 8].first { Self.width($0) <= room } ?? 4
    // The indent goes before the bytes do.
    self.indent = Self.width(row) + indent <= room ? indent : 0
    self.ebcdic = ebcdic.dumpCharacters()
  }

  /// Columns of a line of so many bytes: offset, digits and blanks, text in two columns with its bars.
  private static func width(_ row: Int) -> Int { 6 + 2 * row + row / 4 + 2 + 2 * row + 3 }

  /// The longest line behind the indent, and its end; a long offset has two digits more.
  private static let longestLine = width(16) + 2 + 1

  func write(
    _ bytes: RawSpan, _ columns: Columns, from base: Int = 0, to out: RenderBuffer
  ) throws(TraceError) {
    var offset = 0
    while offset < bytes.byteCount {
      let count = min(row, bytes.byteCount - offset)
      try out.fill(0x20, indent)
      let place = UInt64(base + offset)
      try out.hex(place, digits: place > 0xFF_FFFF ? 8 : 6)
      // Once a line: what follows writes where room is.
      try out.reserve(Self.longestLine)
      digits(bytes, offset, count, to: out)
      if columns == .both { text(bytes, offset, count, to: out) }
      out.put(0x0A)
      offset += count
    }
  }

  @inline(__always)
  private func digits(_ bytes: RawSpan, _ offset: Int, _ count: Int, to out: RenderBuffer) {
    var index = 0
    while index &+ 4 <= count {
      out.put(0x20)
      out.putHex(bytes.be32(offset &+ index))
      index &+= 4
    }
    guard index < count else { return }
    out.put(0x20)
    while index < count {
      out.putHex(bytes.u8(offset &+ index))
      index &+= 1
    }
  }

  @inline(__always)
  private func text(_ bytes: RawSpan, _ offset: Int, _ count: Int, to out: RenderBuffer) {
    let written = 2 * count + (count + 3) / 4
    blanks(2 * row + row / 4 - written + 2, to: out)
    out.put(0x7C)
    for index in 0..<count { out.put(ebcdic[Int(bytes.u8(offset &+ index))]) }
    blanks(row - count + 1, to: out)
    for index in 0..<count { out.put(ascii[Int(bytes.u8(offset &+ index))]) }
    blanks(row - count, to: out)
    out.put(0x7C)
  }

  @inline(__always)
  private func blanks(_ count: Int, to out: RenderBuffer) {
    for _ in 0..<count { out.put(0x20) }
  }
}
