/// Base64 (RFC 4648 section 4), with padding.
public enum Base64 {
  private static let digits: StaticString =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

  /// The two characters of each twelve bits, the first one in the lower byte.
  private static let pairs: [UInt16] = (0..<4096).map { bits in
    let table = unsafe digits.utf8Start
    return unsafe UInt16(table[bits >> 6]) | UInt16(table[bits & 63]) << 8
  }

  /// Characters that so many bytes become.
  static func length(_ count: Int) -> Int { (count + 2) / 3 * 4 }

  /// Writes the characters of `range`, and returns how many; `place` has room for ``length(_:)``.
  @inline(__always)
  static func write(
    _ bytes: RawSpan, _ range: Range<Int>, to place: UnsafeMutablePointer<UInt8>
  ) -> Int {
    let table = unsafe digits.utf8Start
    var at = range.lowerBound
    var out = 0
    let pairs = Self.pairs.span
    // Six bytes are eight characters, which are looked up two at a time.
    while at &+ 8 <= range.upperBound {
      let group = bytes.be64(at)
      let text =
        UInt64(pairs[Int(group >> 52)]) | UInt64(pairs[Int(group >> 40 & 0xFFF)]) << 16
        | UInt64(pairs[Int(group >> 28 & 0xFFF)]) << 32
        | UInt64(pairs[Int(group >> 16 & 0xFFF)]) << 48
      unsafe UnsafeMutableRawPointer(place).storeBytes(
        of: text.littleEndian, toByteOffset: out, as: UInt64.self)
      out &+= 8
      at &+= 6
    }
    while at < range.upperBound {
      let left = range.upperBound - at
      var group = UInt32(bytes.u8(at)) << 16
      if left > 1 { group |= UInt32(bytes.u8(at + 1)) << 8 }
      if left > 2 { group |= UInt32(bytes.u8(at + 2)) }
      unsafe place[out] = table[Int(group >> 18)]
      unsafe place[out + 1] = table[Int(group >> 12 & 63)]
      unsafe place[out + 2] = left > 1 ? table[Int(group >> 6 & 63)] : 0x3D
      unsafe place[out + 3] = left > 2 ? table[Int(group & 63)] : 0x3D
      out &+= 4
      at &+= 3
    }
    return out
  }

  /// The characters of some bytes.
  public static func text(_ bytes: RawSpan) -> String {
    unsafe String(unsafeUninitializedCapacity: length(bytes.byteCount)) { buffer in
      guard let place = buffer.baseAddress else { return 0 }
      return unsafe write(bytes, 0..<bytes.byteCount, to: place)
    }
  }
}
