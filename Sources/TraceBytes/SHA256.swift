/// SHA-256 (FIPS 180-4), for fingerprints of certificates and of scripts.
public enum SHA256 {
  private static let initial: [UInt32] = roots(of: 8, cube: false)
  private static let constants: [UInt32] = roots(of: 64, cube: true)

  /// The first 32 bits of the fractions of square or cube roots of the first primes.
  private static func roots(of count: Int, cube: Bool) -> [UInt32] {
    var found: [UInt32] = []
    var candidate: UInt64 = 2
    while found.count < count {
      if (2..<candidate).allSatisfy({ candidate % $0 != 0 }) {
        found.append(fraction(candidate, cube: cube))
      }
      candidate += 1
    }
    return found
  }

  /// Bit by bit, so that no rounding can spoil the last one.
  private static func fraction(_ prime: UInt64, cube: Bool) -> UInt32 {
    var root: UInt64 = 0
    for bit in stride(from: UInt64(37), through: 0, by: -1) {
      let next = root | 1 << bit
      let square = next.multipliedFullWidth(by: next)
      // root has 32 fractional bits, its square 64, its cube 96.
      let isTooLarge: Bool
      if cube {
        let low = square.low.multipliedFullWidth(by: next)
        let high = square.high.multipliedFullWidth(by: next)
        let middle = low.high.addingReportingOverflow(high.low)
        let top = high.high + (middle.overflow ? 1 : 0)
        isTooLarge = top > 0 || middle.partialValue >= prime << 32
      } else {
        isTooLarge = square.high >= prime
      }
      if !isTooLarge { root = next }
    }
    return UInt32(truncatingIfNeeded: root)
  }

  /// The 32 bytes of the digest of `bytes`.
  public static func digest(_ bytes: [UInt8]) -> [UInt8] {
    var state = initial
    var block = [UInt32](repeating: 0, count: 64)
    var padded = bytes
    padded.append(0x80)
    while padded.count % 64 != 56 { padded.append(0) }
    for shift in stride(from: 56, through: 0, by: -8) {
      padded.append(UInt8(truncatingIfNeeded: (UInt64(bytes.count) * 8) >> UInt64(shift)))
    }
    for start in stride(from: 0, to: padded.count, by: 64) {
      mix(padded[start..<start + 64], &block, into: &state)
    }
    return state.flatMap { word in
      [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: word >> $0) }
    }
  }

  private static func mix(
    _ bytes: ArraySlice<UInt8>, _ block: inout [UInt32], into state: inout [UInt32]
  ) {
    for index in 0..<16 {
      let at = bytes.startIndex + 4 * index
      block[index] = bytes[at..<at + 4].reduce(0) { $0 << 8 | UInt32($1) }
    }
    for index in 16..<64 {
      let (near, far) = (block[index - 2], block[index - 15])
      let one = rotate(near, 17) ^ rotate(near, 19) ^ near >> 10
      let zero = rotate(far, 7) ^ rotate(far, 18) ^ far >> 3
      block[index] = one &+ block[index - 7] &+ zero &+ block[index - 16]
    }
    var (a, b, c, d) = (state[0], state[1], state[2], state[3])
    var (e, f, g, h) = (state[4], state[5], state[6], state[7])
    for index in 0..<64 {
      let choice = e & f ^ ~e & g
      let first =
        h &+ (rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)) &+ choice &+ constants[index]
        &+ block[index]
      let majority = a & b ^ a & c ^ b & c
      let second = (rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) &+ majority
      (h, g, f, e) = (g, f, e, d &+ first)
      (d, c, b, a) = (c, b, a, first &+ second)
    }
    for (index, word) in [a, b, c, d, e, f, g, h].enumerated() { state[index] &+= word }
  }

  private static func rotate(_ word: UInt32, _ count: UInt32) -> UInt32 {
    word >> count | word << (32 - count)
  }
}
