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
    _ bytes: RawSpan, _ columns: Columns, from base: Int = 0, to out: ByteSink
  ) throws(TraceError) {
    var offset = try wholeLines(bytes, columns, from: base, to: out)
    while offset < bytes.byteCount {
      let count = min(row, bytes.byteCount - offset)
      try out.fill(0x20, indent)
      let place = UInt64(base + offset)
      try out.hex(place, digits: place > 0xFF_FFFF ? 8 : 6)
      // Room for all of the line: the writers below do not ask for it.
      try out.reserve(Self.longestLine)
      digits(bytes, offset, count, to: out)
      if columns == .both { text(bytes, offset, count, to: out) }
      out.put(0x0A)
      offset += count
    }
  }

  /// Writes lines of 16 bytes, as nearly all are, and returns how many bytes these have.
  private func wholeLines(
    _ bytes: RawSpan, _ columns: Columns, from base: Int, to out: ByteSink
  ) throws(TraceError) -> Int {
    guard row == 16, indent <= 64 else { return 0 }
    let blanks = UInt64(0x2020_2020_2020_2020)
    let (low, end) = (SIMD16<UInt8>(repeating: 0x20), SIMD16<UInt8>(repeating: 0x7E))
    let dot = SIMD16<UInt8>(repeating: 0x2E)
    let table = ebcdic.span
    var offset = 0
    while offset &+ 16 <= bytes.byteCount, base &+ offset <= 0xFF_FFFF {
      try out.reserve(Self.longestLine &+ 72)
      let place = UInt32(truncatingIfNeeded: base &+ offset)
      unsafe out.writing { line in
        for at in stride(from: 0, to: indent, by: 8) {
          unsafe line.storeBytes(of: blanks, toByteOffset: at, as: UInt64.self)
        }
        var at = indent
        // The last six of eight digits; the two bytes behind them are written over.
        unsafe line.storeBytes(
          of: (EightBytes.hex(place) << 16).bigEndian, toByteOffset: at, as: UInt64.self)
        at &+= 6
        for word in 0..<4 {
          unsafe line.storeBytes(of: 0x20, toByteOffset: at, as: UInt8.self)
          unsafe line.storeBytes(
            of: EightBytes.hex(bytes.be32(offset &+ 4 &* word)).bigEndian, toByteOffset: at &+ 1,
            as: UInt64.self)
          at &+= 9
        }
        if columns == .both {
          // Two blanks and a bar.
          unsafe line.storeBytes(
            of: UInt32(0x007C_2020).littleEndian, toByteOffset: at, as: UInt32.self)
          at &+= 3
          for index in 0..<16 {
            unsafe line.storeBytes(
              of: table[Int(bytes.u8(offset &+ index))], toByteOffset: at &+ index, as: UInt8.self)
          }
          unsafe line.storeBytes(of: 0x20, toByteOffset: at &+ 16, as: UInt8.self)
          let row = unsafe bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: SIMD16<UInt8>.self)
          let shown = row.replacing(with: dot, where: (row .< low) .| (row .> end))
          unsafe line.storeBytes(of: shown, toByteOffset: at &+ 17, as: SIMD16<UInt8>.self)
          unsafe line.storeBytes(of: 0x7C, toByteOffset: at &+ 33, as: UInt8.self)
          at &+= 34
        }
        unsafe line.storeBytes(of: 0x0A, toByteOffset: at, as: UInt8.self)
        return at &+ 1
      }
      offset &+= 16
    }
    return offset
  }

  @inline(__always)
  private func digits(_ bytes: RawSpan, _ offset: Int, _ count: Int, to out: ByteSink) {
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
  private func text(_ bytes: RawSpan, _ offset: Int, _ count: Int, to out: ByteSink) {
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
  private func blanks(_ count: Int, to out: ByteSink) {
    for _ in 0..<count { out.put(0x20) }
  }
}
