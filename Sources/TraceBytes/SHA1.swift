/// SHA-1, for names that others compute too; it protects nothing.
///
/// Source: RFC 3174 section 6.1.
public enum SHA1 {
  /// The 20 bytes of the digest of `message`.
  public static func digest(_ message: RawSpan) -> InlineArray<20, UInt8> {
    var state: InlineArray<5, UInt32> = [
      0x6745_2301, 0xEFCD_AB89, 0x98BA_DCFE, 0x1032_5476, 0xC3D2_E1F0,
    ]
    // A one bit, zeros, and the length in bits in eight bytes end the last block.
    let blocks = (message.byteCount + 8) / 64 + 1
    for block in 0..<blocks {
      var words = InlineArray<80, UInt32>(repeating: 0)
      for index in 0..<16 { words[index] = word(message, at: 64 * block + 4 * index) }
      if block == blocks - 1 {
        let bits = UInt64(message.byteCount) &* 8
        words[14] = UInt32(truncatingIfNeeded: bits >> 32)
        words[15] = UInt32(truncatingIfNeeded: bits)
      }
      add(&words, to: &state)
    }
    return InlineArray { UInt8(truncatingIfNeeded: state[$0 / 4] >> UInt32(24 - 8 * ($0 % 4))) }
  }

  /// Four bytes of the message, with the one bit behind its end.
  private static func word(_ message: RawSpan, at place: Int) -> UInt32 {
    var word: UInt32 = 0
    for at in place..<place + 4 {
      let byte = at < message.byteCount ? message.u8(at) : at == message.byteCount ? 0x80 : 0
      word = word << 8 | UInt32(byte)
    }
    return word
  }

  private static func add(
    _ words: inout InlineArray<80, UInt32>, to state: inout InlineArray<5, UInt32>
  ) {
    for index in 16..<80 {
      let mixed = words[index - 3] ^ words[index - 8] ^ words[index - 14] ^ words[index - 16]
      words[index] = mixed << 1 | mixed >> 31
    }
    var (a, b, c, d, e) = (state[0], state[1], state[2], state[3], state[4])
    for index in 0..<80 {
      let (mix, constant): (UInt32, UInt32) =
        switch index {
        case 0..<20: (b & c | ~b & d, 0x5A82_7999)
        case 20..<40: (b ^ c ^ d, 0x6ED9_EBA1)
        case 40..<60: (b & c | b & d | c & d, 0x8F1B_BCDC)
        default: (b ^ c ^ d, 0xCA62_C1D6)
        }
      let next = (a << 5 | a >> 27) &+ mix &+ e &+ constant &+ words[index]
      (e, d, c, b, a) = (d, c, b << 30 | b >> 2, a, next)
    }
    state[0] &+= a
    state[1] &+= b
    state[2] &+= c
    state[3] &+= d
    state[4] &+= e
  }
}
