/// The block cipher AES with a key of 128 bits, in one direction. Source: FIPS 197.
///
/// It makes pseudonyms, whose speed does not matter, and nothing is protected against measuring its time.
struct AES128 {
  /// Eleven round keys of sixteen bytes, one behind the other.
  private var keys: [UInt8]

  /// - Parameter key: sixteen bytes; what is missing counts as zeros.
  init(_ key: [UInt8]) {
    keys = Array((key + [UInt8](repeating: 0, count: 16)).prefix(16))
    var round: UInt8 = 1
    while keys.count < 176 {
      var word = Array(keys.suffix(4))
      if keys.count % 16 == 0 {
        word = [word[1], word[2], word[3], word[0]].map { Self.box[Int($0)] }
        word[0] ^= round
        round = Self.double(round)
      }
      for byte in word { keys.append(keys[keys.count - 16] ^ byte) }
    }
  }

  /// One block of sixteen bytes.
  func encrypt(_ block: [UInt8]) -> [UInt8] {
    var state = block
    add(0, to: &state)
    for round in 1...10 {
      var next = state
      // Bytes are substituted on their way to the place that the shift of rows gives them.
      for at in 0..<16 { next[at] = Self.box[Int(state[(at + 4 * (at % 4)) % 16])] }
      if round < 10 { Self.mix(&next) }
      add(round, to: &next)
      state = next
    }
    return state
  }

  private func add(_ round: Int, to state: inout [UInt8]) {
    for at in 0..<16 { state[at] ^= keys[16 * round + at] }
  }

  private static func mix(_ state: inout [UInt8]) {
    for at in stride(from: 0, to: 16, by: 4) {
      let (a, b, c, d) = (state[at], state[at + 1], state[at + 2], state[at + 3])
      let all = a ^ b ^ c ^ d
      state[at] = a ^ all ^ double(a ^ b)
      state[at + 1] = b ^ all ^ double(b ^ c)
      state[at + 2] = c ^ all ^ double(c ^ d)
      state[at + 3] = d ^ all ^ double(d ^ a)
    }
  }

  /// The product with x in the field of 256 elements.
  private static func double(_ byte: UInt8) -> UInt8 { byte << 1 ^ (byte & 0x80 != 0 ? 0x1B : 0) }

  /// The substitution: the inverse in the field and an affine map behind it (FIPS 197 section 5.1.1). Powers
  /// of three go through all elements but zero, and those of its inverse through their inverses.
  private static let box: [UInt8] = {
    var box = [UInt8](repeating: 0x63, count: 256)
    var power: UInt8 = 1
    var inverse: UInt8 = 1
    for _ in 0..<255 {
      power ^= double(power)
      // Division by three.
      inverse ^= inverse << 1
      inverse ^= inverse << 2
      inverse ^= inverse << 4
      if inverse & 0x80 != 0 { inverse ^= 0x09 }
      var value = inverse
      for shift: UInt8 in 1...4 { value ^= inverse << shift | inverse >> (8 - shift) }
      box[Int(power)] = value ^ 0x63
    }
    return box
  }()
}
