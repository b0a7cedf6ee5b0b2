internal import TraceBytes

/// Printed text as it reaches a workstation: translated to ASCII by the transfer, or still EBCDIC.
///
/// Everything behind this works on ISO 8859-1. Code page 1047 holds exactly its characters, so a
/// byte goes to Latin-1 and back without loss.
enum TextEncoding: Sendable, Equatable {
  case ascii, ebcdic

  /// Judges bytes by what is frequent in one and rare in the other: blanks and lower-case letters.
  static func of(_ bytes: RawSpan) -> TextEncoding {
    var ascii = 0
    var ebcdic = 0
    for index in 0..<min(bytes.byteCount, 4096) {
      let byte = bytes.u8(index)
      if byte == 0x20 || (0x61...0x7A).contains(byte) {
        ascii += 1
      } else if byte == 0x40 || byte >= 0x81 {
        ebcdic += 1
      }
    }
    return ebcdic > ascii ? .ebcdic : .ascii
  }

  /// Latin-1 characters of the bytes of page 1047; NEL and LF both become LF.
  static let latin1: [UInt8] = CodePage.ibm1047.scalars.map { scalar in
    scalar == 0x85 ? 0x0A : UInt8(truncatingIfNeeded: scalar)
  }

  /// The bytes of an ASCII text in this encoding.
  func bytes(_ text: String) -> [UInt8] {
    let table = Self.ibm1047
    return text.utf8.map { self == .ascii ? $0 : table[Int($0)] }
  }

  /// Appends EBCDIC text as Latin-1.
  static func translate(_ text: RawSpan, into buffer: inout [UInt8]) {
    let table = latin1
    for index in 0..<text.byteCount { buffer.append(table[Int(text.u8(index))]) }
  }

  /// Bytes of page 1047 for Latin-1 characters.
  static let ibm1047: [UInt8] = {
    var table = [UInt8](repeating: 0x6F, count: 256)
    for (byte, scalar) in CodePage.ibm1047.scalars.enumerated() where scalar < 256 {
      table[Int(scalar)] = UInt8(byte)
    }
    return table
  }()

  /// Whether z/OS prints this EBCDIC byte as a character; the others print as a full stop.
  ///
  /// The C library's `isprint` in the POSIX locale: the 95 characters that ASCII prints too.
  static let isPrintable1047: [Bool] = CodePage.ibm1047.scalars.map { (0x20...0x7E).contains($0) }
}

extension RawSpan {
  /// The first offset at or after `start` where the bytes of `needle` stand; nil when nowhere.
  func firstIndex(of needle: [UInt8], from start: Int = 0) -> Int? {
    guard let first = needle.first, byteCount >= needle.count else { return nil }
    var at = start
    let last = byteCount - needle.count
    while at <= last {
      guard let hit = firstIndex(of: first, in: at..<(last + 1)) else { return nil }
      if starts(with: needle, at: hit) { return hit }
      at = hit + 1
    }
    return nil
  }
}
