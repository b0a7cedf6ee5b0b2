extension HPACKTables {
  /// A string in its code with ranges of it masked: as many bytes as before, and a valid string.
  ///
  /// An asterisk takes eight bits. What is left of the bits of a secret is filled with signs of five to
  /// seven; no secret is too short for that, except for one sign, which keeps its number of bits.
  static func masked(_ text: [UInt8], _ ranges: [Range<Int>]) -> [UInt8] {
    var masked = [Bool](repeating: false, count: text.count)
    for range in ranges { for index in range.clamped(to: 0..<text.count) { masked[index] = true } }
    var writer = BitWriter()
    var at = 0
    while at < text.count {
      guard masked[at] else {
        writer.add(code(of: text[at]), bits: Int(codeLengths[Int(text[at])]))
        at += 1
        continue
      }
      var bits = 0
      while at < text.count, masked[at] {
        bits += Int(codeLengths[Int(text[at])])
        at += 1
      }
      for sign in fill(bits) { writer.add(code(of: sign), bits: Int(codeLengths[Int(sign)])) }
    }
    return writer.finish()
  }

  /// Signs whose codes have so many bits together: `*` of eight, `X` as well, `-` of six, `:` of seven, `0` of
  /// five; longer ones where nothing else fits.
  private static func fill(_ bits: Int) -> [UInt8] {
    let short: [UInt8]
    var left = bits
    switch bits % 8 {
    case 0: short = []
    case 5: short = [0x30]
    case 6: short = [0x2D]
    case 7: short = [0x3A]
    case 1: short = [0x30, 0x2D, 0x2D]
    case 2: short = [0x30, 0x30]
    case 3: short = [0x30, 0x2D]
    default: short = [0x2D, 0x2D]
    }
    left -= short.reduce(0) { $0 + Int(codeLengths[Int($1)]) }
    guard left >= 0 else {
      // One sign of a length that no others make up: the first one that has it.
      let sign = codeLengths.firstIndex { Int($0) == bits } ?? 0x30
      return [UInt8(truncatingIfNeeded: sign)]
    }
    return [UInt8](repeating: 0x2A, count: left / 8) + short
  }

  private struct BitWriter {
    private var bytes: [UInt8] = []
    private var pending: UInt64 = 0
    private var count = 0

    mutating func add(_ code: UInt32, bits: Int) {
      pending = pending << UInt64(bits) | UInt64(code)
      count += bits
      while count >= 8 {
        bytes.append(UInt8(truncatingIfNeeded: pending >> UInt64(count - 8)))
        count -= 8
      }
      pending &= (1 << UInt64(count)) - 1
    }

    /// Ends with the beginning of the code of the end: ones.
    mutating func finish() -> [UInt8] {
      if count > 0 {
        let missing = 8 - count
        bytes.append(UInt8(truncatingIfNeeded: pending << UInt64(missing) | ((1 << missing) - 1)))
      }
      return bytes
    }
  }
}
