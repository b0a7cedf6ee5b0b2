/// Which codes a unit may be text in, by how many of its bytes are characters there.
struct UnitCoding {
  var isASCII: Bool
  var isEBCDIC: Bool
  /// Every other byte may be the zero of UTF-16.
  var isWide: Bool
  /// It is no text in any code.
  var isBinary: Bool

  /// Of each byte, in which codes it is text: 1 ASCII, 2 EBCDIC; 4 is zero.
  private static let codes: [UInt8] = (0...255).map { (byte: UInt8) in
    var signs: UInt8 = byte == 0 ? 4 : 0
    switch byte {
    case 0x20..<0x7F, 0x09, 0x0A, 0x0D: signs |= 1
    default: break
    }
    switch byte {
    case 0x40, 0x81...0x89, 0x91...0x99, 0xA2...0xA9, 0xC1...0xC9, 0xD1...0xD9, 0xE2...0xE9,
      0xF0...0xF9, 0x4B, 0x4D, 0x5D, 0x61, 0x6B, 0x6D, 0x7A...0x7F, 0x0D, 0x15, 0x25:
      signs |= 2
    default: break
    }
    return signs
  }
  private static let mostCounted = 4096

  init(_ bytes: [UInt8]) {
    var ascii = 0
    var ebcdic = 0
    var zeros = 0
    let count = min(bytes.count, Self.mostCounted)
    for index in 0..<count {
      let signs = Self.codes[Int(bytes[index])]
      ascii &+= Int(signs & 1)
      ebcdic &+= Int(signs >> 1 & 1)
      zeros &+= Int(signs >> 2)
    }
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
