/// Numbers and bytes in hexadecimal.
public enum Hex {
  /// The digit of a value below 16, in small letters.
  @inlinable @inline(__always)
  public static func small(_ nibble: UInt8) -> UInt8 {
    nibble < 10 ? 0x30 &+ nibble : 0x57 &+ nibble
  }

  /// The digit of a value below 16, in capitals.
  @inlinable @inline(__always)
  public static func capital(_ nibble: UInt8) -> UInt8 {
    nibble < 10 ? 0x30 &+ nibble : 0x37 &+ nibble
  }

  /// The value of a digit; nil for anything else.
  @inlinable @inline(__always)
  public static func value(_ digit: UInt8) -> UInt8? {
    switch digit {
    case 0x30...0x39: digit &- 0x30
    case 0x41...0x46: digit &- 0x37
    case 0x61...0x66: digit &- 0x57
    default: nil
    }
  }

  /// The lowest `digits` digits of a number, in capitals.
  public static func text(_ value: some FixedWidthInteger & UnsignedInteger, digits: Int) -> String
  {
    unsafe String(unsafeUninitializedCapacity: digits) { place in
      var rest = UInt64(truncatingIfNeeded: value)
      for at in stride(from: digits - 1, through: 0, by: -1) {
        unsafe place[at] = capital(UInt8(truncatingIfNeeded: rest & 15))
        rest >>= 4
      }
      return digits
    }
  }

  /// Two digits for each byte, in capitals.
  public static func text(_ bytes: some Sequence<UInt8>) -> String {
    var digits: [UInt8] = []
    for byte in bytes { digits += [capital(byte >> 4), capital(byte & 15)] }
    return String(decoding: digits, as: UTF8.self)
  }

  /// A byte as the mainframe writes it: `X'0A'`.
  public static func shown(_ byte: UInt8) -> String { "X'\(text(byte, digits: 2))'" }
}
