/// Which codes a unit may be text in, by how many of its bytes are characters there.
struct UnitCoding {
  var isASCII: Bool
  var isEBCDIC: Bool
  /// Every other byte may be the zero of UTF-16.
  var isWide: Bool
  /// It is no text in any code.
  var isBinary: Bool

  /// Of each byte, in which codes it is text: ASCII in the lowest 16 bits, EBCDIC in the next, then whether it is zero.
  /// The sum counts all three.
  private static let codes: [UInt64] = (0...255).map { (byte: UInt8) in
    var signs: UInt64 = byte == 0 ? 1 << 32 : 0
    switch byte {
    case 0x20..<0x7F, 0x09, 0x0A, 0x0D: signs |= 1
    default: break
    }
    switch byte {
    case 0x40, 0x81...0x89, 0x91...0x99, 0xA2...0xA9, 0xC1...0xC9, 0xD1...0xD9, 0xE2...0xE9,
      0xF0...0xF9, 0x4B, 0x4D, 0x5D, 0x61, 0x6B, 0x6D, 0x7A...0x7F, 0x0D, 0x15, 0x25:
      signs |= 1 << 16
    default: break
    }
    return signs
  }
  private static let mostCounted = 4096

  init(_ bytes: [UInt8]) {
    let codes = Self.codes
    var sum: UInt64 = 0
    let count = min(bytes.count, Self.mostCounted)
    for index in 0..<count { sum &+= codes[Int(bytes[index])] }
    let (ascii, ebcdic, zeros) = (Int(sum & 0xFFFF), Int(sum >> 16 & 0xFFFF), Int(sum >> 32))
    isASCII = ascii * 10 >= count * 7
    isEBCDIC = ebcdic * 10 >= count * 4 && bytes.contains { $0 >= 0x80 }
    isWide = zeros * 10 >= count * 3 && ascii * 10 >= count * 3
    isBinary = count > 8 && !isASCII && !isWide && ebcdic * 10 < count * 7
  }

  /// Whether text in ASCII is to be looked for.
  var isText: Bool { isASCII || isWide || !isEBCDIC }

  /// Whether so many bytes are zero that two of them may be a character.
  static func mayBeWide(_ bytes: [UInt8]) -> Bool {
    var zeros = 0
    for byte in bytes where byte == 0 { zeros &+= 1 }
    return zeros >= 6 && zeros &* 17 >= bytes.count
  }
}
