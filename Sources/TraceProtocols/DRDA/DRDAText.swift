internal import TraceBytes

/// Texts of DRDA: parameters in EBCDIC or UTF-8, SQL in the character set that the sides agreed on.
enum DRDAText {
  /// CCSIDs of EBCDIC that differ from 500 in brackets and the like.
  private static let like037: Set<UInt16> = [37, 1140]

  /// Whether bytes are EBCDIC rather than ASCII: by their letters, digits and blanks. Nil when nothing
  /// tells.
  static func isEBCDIC(_ bytes: RawSpan) -> Bool? {
    var ascii = 0
    var ebcdic = 0
    for index in 0..<min(bytes.byteCount, 64) {
      switch bytes.u8(index) {
      case 0x20, 0x0A, 0x0D, 0x30...0x39, 0x61...0x7A: ascii += 1
      // `@` and most capitals are blank, accents and signs on the other side.
      case 0x41...0x5A: ascii += 1
      case 0x40, 0x81...0x89, 0x91...0x99, 0xA2...0xA9: ebcdic += 1
      case 0xC1...0xC9, 0xD1...0xD9, 0xE2...0xE9, 0xF0...0xF9: ebcdic += 1
      default: break
      }
    }
    return ascii == ebcdic ? nil : ebcdic > ascii
  }

  /// Whether a CCSID that was agreed on is EBCDIC; nil when none was.
  static func isEBCDIC(_ ccsid: UInt16?) -> Bool? {
    ccsid.map { ![1208, 819, 1252, 367].contains($0) }
  }

  /// Text without the blanks and zeros around it. `ccsid` is what was agreed; the bytes have the last word.
  static func text(_ bytes: RawSpan, ccsid: UInt16? = nil) -> String {
    guard isEBCDIC(bytes) ?? isEBCDIC(ccsid) ?? true else {
      return trimmed(ascii(bytes.copied()))
    }
    if ccsid == 1047 { return trimmed(CodePage.ibm1047.text(bytes.copied())) }
    let isLike037 = ccsid.map(like037.contains) ?? false
    return trimmed((isLike037 ? CodePage.ibm037 : ibm500).text(bytes.copied()))
  }

  static func text(_ bytes: [UInt8], ccsid: UInt16? = nil) -> String {
    unsafe text(bytes.span.bytes, ccsid: ccsid)
  }

  /// Text on one line: each stretch of blanks and line ends is one blank.
  static func line(_ bytes: [UInt8], ccsid: UInt16? = nil) -> String {
    text(bytes, ccsid: ccsid).split { $0 == " " || $0.isNewline || $0 == "\t" || $0 == "\0" }
      .joined(separator: " ")
  }

  /// UTF-8, or Latin-1 where it is none; a character cut at the end is left out.
  private static func ascii(_ bytes: [UInt8]) -> String {
    for cut in 0..<min(4, max(1, bytes.count)) {
      if let text = String(validating: bytes.dropLast(cut), as: UTF8.self) { return text }
    }
    return String(decoding: bytes.map { UInt16($0) }, as: UTF16.self)
  }

  static func trimmed(_ text: String) -> String {
    let isBlank: (Character) -> Bool = { $0 == " " || $0 == "\0" }
    guard let first = text.firstIndex(where: { !isBlank($0) }),
      let last = text.lastIndex(where: { !isBlank($0) })
    else { return "" }
    return String(text[first...last])
  }

  /// CCSID 500: 037 with seven characters in other places. Source: IBM CDRA, CCSIDs 37 and 500.
  static let ibm500: CodePage = {
    var scalars = CodePage.ibm037.scalars
    let moved: [(Int, UInt16)] = [
      (0x4A, 0x5B), (0x4F, 0x21), (0x5A, 0x5D), (0x5F, 0x5E), (0xB0, 0xA2), (0xBA, 0xAC),
      (0xBB, 0x7C),
    ]
    for (byte, scalar) in moved { scalars[byte] = scalar }
    return CodePage(name: "500", scalars: scalars)
  }()

  /// From each byte of EBCDIC to ASCII, 0x1A for what has none: for grammars, which use the common
  /// characters only.
  static let toASCII: [UInt8] = ibm500.scalars.map { $0 < 0x80 ? UInt8($0) : 0x1A }
}
