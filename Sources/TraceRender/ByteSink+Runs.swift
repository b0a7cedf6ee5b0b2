internal import TraceBytes

// Runs of payload on their way to a sink, many characters at a time.

extension ByteSink {
  /// Writes two hexadecimal digits where room has been reserved.
  @inline(__always)
  func putHex(_ value: UInt8) {
    let (high, low) = (value >> 4, value & 15)
    put(Hex.capital(high))
    put(Hex.capital(low))
  }

  /// Writes eight hexadecimal digits where room has been reserved.
  @inline(__always)
  func putHex(_ value: UInt32) {
    unsafe writing { place in
      unsafe place.storeBytes(of: EightBytes.hex(value).bigEndian, as: UInt64.self)
      return 8
    }
  }

  /// `\x1b` for a byte.
  @inline(__always)
  func escape(_ byte: UInt8) throws(TraceError) {
    try reserve(4)
    let glyph = UInt32(truncatingIfNeeded: GlyphTable.escapes[Int(byte)]).littleEndian
    unsafe writing { place in
      unsafe place.storeBytes(of: glyph, as: UInt32.self)
      return 4
    }
  }

  /// A character as UTF-8, or as a visible escape when it could act on a terminal.
  func scalar(_ scalar: Unicode.Scalar) throws(TraceError) {
    if VisibleText.isSafe(scalar) {
      for byte in UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter { try u8(byte) }
    } else {
      try append("\\u{")
      let value = UInt64(scalar.value)
      try hex(value, digits: value < 0x100 ? 2 : value < 0x10000 ? 4 : 6, upper: false)
      try u8(0x7D)
    }
  }

  /// Text from anywhere, made safe.
  func visible(_ text: String) throws(TraceError) {
    for scalar in text.unicodeScalars { try self.scalar(scalar) }
  }

  // MARK: - Runs of payload

  /// Bytes of a run that are translated between two reservations.
  private static var runPiece: Int { 8 << 10 }

  /// Appends the characters of `bytes` from `start` up to the first byte that the table does not
  /// translate by itself, and returns where that is.
  func translate(
    _ bytes: RawSpan, from start: Int, to end: Int, _ table: GlyphTable
  ) throws(TraceError) -> Int {
    var at = start
    while at < end {
      let stop = min(end, at + Self.runPiece)
      try reserve(4 * Self.runPiece)
      let reached =
        table.isASCII ? copyPrintable(bytes, at, stop, table) : translate(bytes, at, stop, table)
      guard reached == stop else { return reached }
      at = reached
    }
    return at
  }

  /// A store of four bytes for each character, of which its length counts. The reservation made by the
  /// caller covers four bytes for each of at most ``runPiece``.
  @inline(__always)
  private func translate(_ bytes: RawSpan, _ start: Int, _ end: Int, _ table: GlyphTable) -> Int {
    var at = start
    unsafe writing { target in
      var out = 0
      unsafe bytes.withUnsafeBytes { source in
        unsafe table.glyphs.withUnsafeBufferPointer { glyphs in
          let escapes = GlyphTable.escapes
          while at < end {
            let glyph = unsafe glyphs[Int(source[at])]
            let length = Int(truncatingIfNeeded: glyph >> 32)
            if length == 0 {
              // Begins no UTF-8 sequence; EBCDIC taken for ASCII is full of these.
              guard table.isASCII, at &+ 1 < end, unsafe source[at] >= 0xC2,
                unsafe source[at &+ 1] & 0xC0 != 0x80
              else { break }
              let escape = unsafe UInt32(truncatingIfNeeded: escapes[Int(source[at])])
              unsafe target.storeBytes(
                of: escape.littleEndian, toByteOffset: out, as: UInt32.self)
              out &+= 4
              at &+= 1
              continue
            }
            unsafe target.storeBytes(
              of: UInt32(truncatingIfNeeded: glyph).littleEndian, toByteOffset: out, as: UInt32.self
            )
            out &+= length
            at &+= 1
          }
        }
      }
      return out
    }
    return at
  }

  /// As `translate`, for ASCII: up to sixteen printable characters at a time are copied as they are.
  @inline(__always)
  private func copyPrintable(
    _ bytes: RawSpan, _ start: Int, _ end: Int, _ table: GlyphTable
  ) -> Int {
    var at = start
    while at < end {
      unsafe writing { target in
        var out = 0
        at = unsafe Self.copyRun(bytes, at, end, to: target, &out)
        return out
      }
      let stop = min(end, at + 16)
      at = translate(bytes, at, stop, table)
      if at < stop { break }
    }
    return at
  }

  /// Copies printable ASCII from `start` on, and returns where something else stands, or where fewer
  /// than sixteen bytes are left. There is room for sixteen bytes more than are copied.
  @inline(__always)
  private static func copyRun(
    _ bytes: RawSpan, _ start: Int, _ end: Int, to target: UnsafeMutableRawPointer,
    _ out: inout Int
  ) -> Int {
    var at = start
    unsafe bytes.withUnsafeBytes { source in
      guard let base = source.baseAddress else { return }
      while end &- at >= 16 {
        let one = unsafe base.loadUnaligned(fromByteOffset: at, as: UInt64.self).littleEndian
        let two = unsafe base.loadUnaligned(fromByteOffset: at &+ 8, as: UInt64.self).littleEndian
        unsafe target.storeBytes(of: one.littleEndian, toByteOffset: out, as: UInt64.self)
        unsafe target.storeBytes(of: two.littleEndian, toByteOffset: out &+ 8, as: UInt64.self)
        let (odd, odder) = (EightBytes.unprintable(one), EightBytes.unprintable(two))
        guard odd | odder == 0 else {
          // The lowest mark is exact; above it borrows can leave others.
          let count =
            odd != 0 ? odd.trailingZeroBitCount / 8 : 8 &+ odder.trailingZeroBitCount / 8
          out &+= count
          at &+= count
          return
        }
        out &+= 16
        at &+= 16
      }
    }
    return at
  }

  /// Appends lines of printable ASCII, each after `indent` blanks, until something else comes. Returns
  /// where that is; `isAtLineStart` tells whether a line is open there.
  func asciiLines(
    _ bytes: RawSpan, from start: Int, indent: Int, isAtLineStart: inout Bool
  ) throws(TraceError) -> Int {
    var at = start
    var isOver = false
    let count = bytes.byteCount
    while at < count, !isOver {
      let end = min(count, at + Self.runPiece)
      try reserve(Self.runPiece * 4)
      // Short lines grow by their indent; room for the rest of the piece is kept.
      let full = Self.runPiece * 3 - indent - 32
      unsafe writing { target in
        var out = 0
        while at < end, out < full {
          let byte = bytes.u8(at)
          if byte == 0x0A || byte == 0x0D && at + 1 < count && bytes.u8(at + 1) == 0x0A {
            unsafe target.storeBytes(of: 0x0A, toByteOffset: out, as: UInt8.self)
            out &+= 1
            at &+= byte == 0x0A ? 1 : 2
            isAtLineStart = true
            continue
          }
          guard byte &- 0x20 < 0x5F else {
            isOver = true
            break
          }
          if isAtLineStart {
            for index in 0..<indent {
              unsafe target.storeBytes(of: 0x20, toByteOffset: out &+ index, as: UInt8.self)
            }
            out &+= indent
            isAtLineStart = false
          }
          at = unsafe Self.copyRun(bytes, at, end, to: target, &out)
          // The last bytes one by one.
          let stop = min(end, at &+ 16)
          while at < stop, bytes.u8(at) &- 0x20 < 0x5F {
            unsafe target.storeBytes(of: bytes.u8(at), toByteOffset: out, as: UInt8.self)
            out &+= 1
            at &+= 1
          }
        }
        return out
      }
    }
    return at
  }
}

/// Tests on eight bytes at once. The compiler makes better code of these than of SIMD masks.
enum EightBytes {
  static let ones: UInt64 = 0x0101_0101_0101_0101
  static let highs: UInt64 = 0x8080_8080_8080_8080

  /// Eight hexadecimal digits, the first in the highest byte.
  @inline(__always)
  static func hex(_ value: UInt32) -> UInt64 {
    // A half, then a byte, then a digit goes into each part of twice the width.
    var digits = UInt64(value)
    digits = (digits << 16 | digits) & 0x0000_FFFF_0000_FFFF
    digits = (digits << 8 | digits) & 0x00FF_00FF_00FF_00FF
    digits = (digits << 4 | digits) & 0x0F0F_0F0F_0F0F_0F0F
    // Seven more for those from ten on.
    let letters = (digits &+ 0x0606_0606_0606_0606) >> 4 & ones
    return digits &+ 0x3030_3030_3030_3030 &+ letters &* 7
  }

  /// Not zero when a byte is not in 20...7E.
  @inline(__always)
  static func unprintable(_ bytes: UInt64) -> UInt64 {
    (bytes | below(bytes, 0x20) | equal(bytes, 0x7F)) & highs
  }

  /// Not zero in the high bits when a byte is below `limit`, at most 80.
  @inline(__always)
  private static func below(_ bytes: UInt64, _ limit: UInt64) -> UInt64 {
    (bytes &- ones &* limit) & ~bytes
  }

  /// Not zero in the high bits when a byte is `value`.
  @inline(__always)
  static func equal(_ bytes: UInt64, _ value: UInt64) -> UInt64 {
    let difference = bytes ^ (ones &* value)
    return (difference &- ones) & ~difference & highs
  }
}
