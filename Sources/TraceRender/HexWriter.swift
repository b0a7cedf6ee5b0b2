internal import TraceBytes

/// Writes bytes as hexadecimal digits, laid out as IPCS lays them out: an offset, four words, and
/// between bars the bytes as EBCDIC and as ASCII.
struct HexWriter {
  /// The columns of text behind the digits.
  enum Columns: Sendable {
    case none, both
  }

  private let indent: Int
  private let ebcdic: [UInt8]
  private let ascii = GlyphTable.ascii.dumpCharacters()

  init(indent: Int, ebcdic: GlyphTable) {
    self.indent = indent
    self.ebcdic = ebcdic.dumpCharacters()
  }

  /// The longest line behind the indent: offset, digits and blanks, text in two columns with its bars.
  private static let longestLine = 8 + 36 + 2 + 35 + 1

  func write(
    _ bytes: RawSpan, _ columns: Columns, from base: Int = 0, to out: RenderBuffer
  ) throws(TraceError) {
    var offset = 0
    while offset < bytes.byteCount {
      let count = min(16, bytes.byteCount - offset)
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
    blanks(36 - written + 2, to: out)
    out.put(0x7C)
    for index in 0..<count { out.put(ebcdic[Int(bytes.u8(offset &+ index))]) }
    blanks(16 - count + 1, to: out)
    for index in 0..<count { out.put(ascii[Int(bytes.u8(offset &+ index))]) }
    blanks(16 - count, to: out)
    out.put(0x7C)
  }

  @inline(__always)
  private func blanks(_ count: Int, to out: RenderBuffer) {
    for _ in 0..<count { out.put(0x20) }
  }
}
