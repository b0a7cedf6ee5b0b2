/// Reads one UTF-8 sequence. Source: RFC 3629 section 4.
public enum UTF8Sequence {
  /// The character beyond ASCII at `at` and its length in bytes, nil when the bytes are not well-formed.
  @inlinable
  public static func read(_ bytes: RawSpan, _ at: Int) -> (scalar: Unicode.Scalar, length: Int)? {
    let first = bytes.u8(at)
    let length: Int
    var value: UInt32
    switch first {
    case 0xC2...0xDF: (length, value) = (2, UInt32(first & 0x1F))
    case 0xE0...0xEF: (length, value) = (3, UInt32(first & 0x0F))
    case 0xF0...0xF4: (length, value) = (4, UInt32(first & 0x07))
    default: return nil
    }
    guard bytes.has(length, at: at) else { return nil }
    for offset in 1..<length {
      let byte = bytes.u8(at + offset)
      guard byte & 0xC0 == 0x80 else { return nil }
      value = value << 6 | UInt32(byte & 0x3F)
    }
    let least: UInt32 = length == 2 ? 0x80 : length == 3 ? 0x800 : 0x10000
    guard value >= least, let scalar = Unicode.Scalar(value) else { return nil }
    return (scalar, length)
  }
}
