public import TraceBytes

/// What each byte of a payload looks like: up to four bytes of UTF-8 or of a visible escape.
///
/// Source of the line ends: z/OS UNIX ends lines with NL (X'15'), which code pages map to U+0085 or
/// U+000A; files that came from elsewhere have LF (X'25').
public struct GlyphTable: Sendable {
  /// What a byte that is not simply shown does.
  enum Special: UInt8, Sendable {
    /// It does not: the byte is shown.
    case none
    /// Ends the line.
    case lineEnd
    /// Belongs to the line end that follows it, or is shown as an escape.
    case carriageReturn
    /// May begin a UTF-8 sequence.
    case utf8
    /// SO: characters of two bytes may follow (EBCDIC).
    case shiftOut
  }

  /// For each byte, its characters in the low half and their number above; number 0 for specials.
  let glyphs: [UInt64]
  private let specials: [Special]
  /// Whether the bytes 20 to 7E stand for themselves.
  let isASCII: Bool
  /// The page, when it is one of EBCDIC.
  let page: CodePage?

  /// ASCII, and UTF-8 beyond it.
  public static let ascii = GlyphTable(page: nil) { byte in
    switch byte {
    case 0..<0x80: .character(UInt32(byte))
    case 0xC2...0xF4: .utf8
    // What only continues a sequence stands for itself when it is met outside of one.
    default: .character(0xFFFD)
    }
  }

  /// The characters of an EBCDIC code page.
  public init(_ page: CodePage) {
    self.init(page: page) { .character(UInt32(page.scalars[Int($0)])) }
  }

  private enum Meaning {
    case character(UInt32)
    case utf8
  }

  private init(page: CodePage?, _ meaning: (UInt8) -> Meaning) {
    var glyphs: [UInt64] = []
    var specials: [Special] = []
    for byte in UInt8.min...UInt8.max {
      switch meaning(byte) {
      case .character where page != nil && byte == CodePage.shiftOut:
        glyphs.append(0)
        specials.append(.shiftOut)
      case .utf8:
        glyphs.append(0)
        specials.append(.utf8)
      case .character(0x0A), .character(0x85):
        glyphs.append(0)
        specials.append(.lineEnd)
      case .character(0x0D):
        glyphs.append(0)
        specials.append(.carriageReturn)
      case .character(let value):
        glyphs.append(Self.glyph(value, byte))
        specials.append(.none)
      }
    }
    self.glyphs = glyphs
    self.specials = specials
    self.page = page
    isASCII = page == nil
  }

  /// A tab is harmless and means something; everything else unsafe is shown as `\x` and the byte.
  private static func glyph(_ value: UInt32, _ byte: UInt8) -> UInt64 {
    var bytes = escape(byte)
    if value == 0x09 {
      bytes = [0x09]
    } else if value != 0xFFFD, let scalar = Unicode.Scalar(value), VisibleText.isSafe(scalar) {
      bytes = Array(String(scalar).utf8)
    }
    return pack(bytes)
  }

  private static func pack(_ bytes: [UInt8]) -> UInt64 {
    bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) } | UInt64(bytes.count) << 32
  }

  /// `\x1b`.
  static func escape(_ byte: UInt8) -> [UInt8] {
    let digits = Array("0123456789abcdef".utf8)
    return [0x5C, 0x78, digits[Int(byte >> 4)], digits[Int(byte & 15)]]
  }

  /// The escapes of all bytes, as ``glyphs`` has them.
  static let escapes = (UInt8.min...UInt8.max).map { pack(escape($0)) }

  @inline(__always)
  func special(_ byte: UInt8) -> Special { specials[Int(byte)] }

  /// Columns that the character takes: escapes have four.
  @inline(__always)
  func columns(_ byte: UInt8) -> Int {
    glyphs[Int(byte)] >> 32 == 4 ? 4 : 1
  }

  /// One byte for each byte, for the columns of a dump: its ASCII character or a full stop.
  func dumpCharacters() -> [UInt8] {
    glyphs.map { glyph in
      let byte = UInt8(truncatingIfNeeded: glyph)
      return glyph >> 32 == 1 && byte >= 0x20 ? byte : 0x2E
    }
  }
}
