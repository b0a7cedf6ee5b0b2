internal import TraceBytes

/// What the bytes of a body look like when nothing says what they are.
public enum BodyText: UInt8, Sendable {
  /// No bytes.
  case empty
  /// ASCII text.
  case ascii
  /// UTF-8 text with characters beyond ASCII.
  case utf8
  /// EBCDIC text.
  case ebcdic
  /// Neither.
  case binary

  /// Bytes that are looked at.
  public static let sampleBytes = 4096

  /// A guess from the beginning of `bytes`.
  ///
  /// Letters and digits of EBCDIC are all above 0x80 and those of ASCII all below, so counting
  /// them tells the two apart; text is what has next to nothing else in it.
  public static func guess(_ bytes: RawSpan) -> BodyText {
    let count = min(bytes.byteCount, sampleBytes)
    guard count > 0 else { return .empty }
    if isPlain(bytes, count) { return .ascii }
    var counts = Counts()
    var index = 0
    while index < count {
      let end = min(count, index + Counts.most)
      var sum: UInt64 = 0
      while index < end {
        sum &+= traits[Int(bytes.u8(index))]
        index += 1
      }
      counts.add(sum)
    }
    let (ascii, asciiWords) = (counts[.ascii], counts[.asciiWord])
    let (ebcdic, ebcdicWords) = (counts[.ebcdic], counts[.ebcdicWord])
    let blanks = counts[.blank]
    // Nineteen in twenty, so that a code page's own letters do not make text binary.
    let isEBCDIC = ebcdic * 20 >= count * 19
    if isEBCDIC, ebcdicWords > asciiWords || ebcdicWords == 0 && blanks * 2 > count {
      return .ebcdic
    }
    if ascii == count { return .ascii }
    if isUTF8(bytes, count) { return .utf8 }
    return ascii * 50 >= count * 49 && asciiWords * 2 > count ? .ascii : .binary
  }

  /// What a byte can be counted as; several at once.
  private enum Trait: UInt64, CaseIterable {
    case ascii, asciiWord, ebcdic, ebcdicWord, blank
  }

  /// All counts in one word while bytes are added, twelve bits each.
  private struct Counts {
    /// Bytes that fit.
    static let most = 2048
    private var totals = SIMD8<UInt64>()

    mutating func add(_ sum: UInt64) {
      for trait in Trait.allCases {
        totals[Int(trait.rawValue)] += sum >> (12 * trait.rawValue) & 0xFFF
      }
    }

    subscript(trait: Trait) -> Int { Int(totals[Int(trait.rawValue)]) }
  }

  private static let traits: [UInt64] = (UInt8.min...UInt8.max).map { byte in
    var traits: [Trait] = []
    if byte >= 0x20 && byte < 0x7F || byte == Byte.tab || byte == Byte.lf || byte == Byte.cr {
      traits.append(.ascii)
    }
    if Byte.isLetter(byte) || Byte.isDigit(byte) { traits.append(.asciiWord) }
    switch byte {
    case 0x81...0x89, 0x91...0x99, 0xA2...0xA9, 0xC1...0xC9, 0xD1...0xD9, 0xE2...0xE9,
      0xF0...0xF9:
      traits += [.ebcdic, .ebcdicWord]
    // The characters that all EBCDIC Latin code pages have in common, and line ends.
    case 0x40, 0x4B...0x4E, 0x50, 0x5C...0x5E, 0x60, 0x61, 0x6B...0x6F, 0x7A...0x7F, 0x05, 0x0D,
      0x15, 0x25, 0x4F, 0x5A, 0x5B, 0x6A, 0xAD, 0xBD, 0xC0, 0xD0:
      traits.append(.ebcdic)
    default: break
    }
    if byte == 0x40 { traits.append(.blank) }
    return traits.reduce(0) { $0 | 1 << (12 * $1.rawValue) }
  }

  /// Whether bytes are ASCII text from one end to the other, as most bodies are, and not mostly what is the
  /// blank of EBCDIC: `guess` then says the same.
  private static func isPlain(_ bytes: RawSpan, _ count: Int) -> Bool {
    let (ones, highs): (UInt64, UInt64) = (0x0101_0101_0101_0101, 0x8080_8080_8080_8080)
    let isText = 1 as UInt64
    var blanks = 0
    var at = 0
    while at &+ 8 <= count {
      let run = bytes.le64(at)
      let (delete, blank) = (run ^ (ones &* 0x7F), run ^ (ones &* 0x40))
      // Marks of controls, of DEL and of what is beyond ASCII; tabs and line ends are among them.
      let marks = run | (run &- ones &* 0x20) & ~run | (delete &- ones) & ~delete
      if marks & highs != 0 {
        for place in at..<at &+ 8 where traits[Int(bytes.u8(place))] & isText == 0 { return false }
      }
      if (blank &- ones) & ~blank & highs != 0 { blanks &+= 8 }
      at &+= 8
    }
    while at < count {
      if traits[Int(bytes.u8(at))] & isText == 0 { return false }
      if bytes.u8(at) == 0x40 { blanks &+= 1 }
      at &+= 1
    }
    return blanks &* 2 <= count
  }

  /// Well-formed UTF-8 without control characters; a character cut by the sample's end is fine.
  private static func isUTF8(_ bytes: RawSpan, _ count: Int) -> Bool {
    var at = 0
    while at < count {
      let byte = bytes.u8(at)
      let size: Int
      switch byte {
      case Byte.tab, Byte.lf, Byte.cr, 0x20..<0x7F: size = 1
      case 0xC2...0xDF: size = 2
      case 0xE0...0xEF: size = 3
      case 0xF0...0xF4: size = 4
      default: return false
      }
      for offset in 1..<max(size, 2) where size > 1 {
        guard at + offset < count else { return true }
        guard bytes.u8(at + offset) & 0xC0 == 0x80 else { return false }
      }
      at += size
    }
    return true
  }
}
