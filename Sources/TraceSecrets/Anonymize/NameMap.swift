/// Names mapped to others of the same length: letters to letters, digits to digits, everything else as it is.
///
/// Two names never get the same one, and a name in capitals gets that of its small letters in capitals. Each
/// letter is moved by a number that the cipher makes of all letters before it, then of all behind it, and once
/// more of all before it.
struct NameMap {
  private let cipher: AES128
  private var known: [[UInt8]: [UInt8]] = [:]
  private static let most = 1 << 16

  init(_ key: [UInt8]) {
    // Names and addresses are not mapped with the same key.
    cipher = AES128(AES128(Array(key.prefix(16))).encrypt(Array("names of a trace".utf8)))
  }

  /// A name in ASCII.
  mutating func map(_ name: [UInt8]) -> [UInt8] {
    let folded = name.map { $0 &- 0x61 < 26 ? $0 ^ 0x20 : $0 }
    let mapped: [UInt8]
    if let old = known[folded] {
      mapped = old
    } else {
      mapped = permuted(folded)
      if known.count >= Self.most { known = [:] }
      known[folded] = mapped
    }
    return zip(name, mapped).map { $0 &- 0x61 < 26 ? $1 | 0x20 : $1 }
  }

  private func permuted(_ name: [UInt8]) -> [UInt8] {
    var text = name
    for round: UInt8 in 0..<3 {
      var state = [UInt8](repeating: 0, count: 16)
      state[0] = round
      state[1] = UInt8(truncatingIfNeeded: name.count)
      for step in text.indices {
        let at = round == 1 ? text.count - 1 - step : step
        state = cipher.encrypt(state)
        let before = text[at]
        let shift = (UInt32(state[4]) << 16 | UInt32(state[5]) << 8 | UInt32(state[6]))
        if let (first, count) = Self.kind(before) {
          let place = (UInt32(before - first) + shift) % UInt32(count)
          text[at] = first + UInt8(truncatingIfNeeded: place)
        }
        // The letters behind this one are mapped by it, as it was before.
        state[2] ^= before
      }
    }
    return text
  }

  private static func kind(_ byte: UInt8) -> (first: UInt8, count: UInt8)? {
    if byte &- 0x41 < 26 { return (0x41, 26) }
    return byte &- 0x30 < 10 ? (0x30, 10) : nil
  }

  /// A number that a text always gets.
  func number(_ text: [UInt8], _ salt: UInt8, below limit: UInt32) -> UInt32 {
    var state = [UInt8](repeating: 0, count: 16)
    state[0] = 0x80 | salt
    for byte in text {
      state[2] ^= byte
      state = cipher.encrypt(state)
    }
    state = cipher.encrypt(state)
    return state[..<4].reduce(UInt32(0)) { $0 << 8 | UInt32($1) } % max(1, limit)
  }

  /// Six bytes of a link address: one that is administered locally and names one station. Addresses of groups
  /// and zeros stay.
  func map(link address: [UInt8]) -> [UInt8] {
    guard address.count == 6, address[0] & 1 == 0, address != [0, 0, 0, 0, 0, 0] else {
      return address
    }
    var block = address + [UInt8](repeating: 0xA5, count: 10)
    block = cipher.encrypt(block)
    return [block[0] & 0xFC | 0x02] + block[1..<6]
  }
}
