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

  func write(
    _ bytes: RawSpan, _ columns: Columns, from base: Int = 0, to out: RenderBuffer
  ) throws(TraceError) {
    var offset = 0
    while offset < bytes.byteCount {
      let count = min(16, bytes.byteCount - offset)
      try out.fill(0x20, indent)
      let place = UInt64(base + offset)
      try out.hex(place, digits: place > 0xFF_FFFF ? 8 : 6)
      for index in 0..<count {
        if index % 4 == 0 { try out.u8(0x20) }
        try out.hex(UInt64(bytes.u8(offset + index)), digits: 2)
      }
      if columns == .both { try text(bytes, offset, count, to: out) }
      try out.u8(0x0A)
      offset += count
    }
  }

  private func text(
    _ bytes: RawSpan, _ offset: Int, _ count: Int, to out: RenderBuffer
  ) throws(TraceError) {
    let written = 2 * count + (count + 3) / 4
    try out.fill(0x20, 36 - written + 2)
    try out.u8(0x7C)
    for index in 0..<count { try out.u8(ebcdic[Int(bytes.u8(offset + index))]) }
    try out.fill(0x20, 16 - count + 1)
    for index in 0..<count { try out.u8(ascii[Int(bytes.u8(offset + index))]) }
    try out.fill(0x20, 16 - count)
    try out.u8(0x7C)
  }
}
