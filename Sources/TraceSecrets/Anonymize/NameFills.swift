internal import TraceBytes

/// Bytes of a unit that stand in the place of names, gathered from all the texts that the unit is read as.
struct NameFills {
  private var bytes: [Int: UInt8] = [:]

  /// Looks through a text that was made of a unit.
  mutating func search(
    _ text: SecretText, _ unit: [UInt8], _ pseudonyms: Pseudonyms, byName: Bool = true
  ) {
    var finder = NameFinder(text.bytes, pseudonyms)
    finder.search(byName: byName, isCoded: text.isBase64)
    for (range, new) in finder.found {
      if text.isBase64 {
        putGroups(range, new, text, unit)
      } else {
        for (index, byte) in zip(range, new) { put(byte, index, text, unit) }
      }
    }
  }

  /// One character, as the unit has it.
  private mutating func put(_ byte: UInt8, _ index: Int, _ text: SecretText, _ unit: [UInt8]) {
    let low = Int(text.low[index])
    let high = Int(text.high[index])
    guard low >= 0, high <= unit.count, bytes[low] == nil, text.bytes[index] != byte else { return }
    if high - low == 1 {
      bytes[low] = Self.code(byte, text)
      return
    }
    // `%41` and `\u0041`; an entity of XML has no fixed form, and asterisks have none of its letters.
    let digits = Array(String(byte, radix: 16).utf8)
    switch high - low {
    case 3, 4, 6:
      bytes[high - 2] = Self.code(digits[0], text)
      bytes[high - 1] = Self.code(digits[1], text)
    default: for place in low..<high { bytes[place] = Self.code(0x2A, text) }
    }
  }

  private static func code(_ byte: UInt8, _ text: SecretText) -> UInt8 {
    text.isEBCDIC
      ? CodePage.ibm1047.bytes(String(UnicodeScalar(byte)))?.first ?? 0x5C : byte
  }

  /// Three bytes stand in four signs of base64, so that they change together.
  private mutating func putGroups(
    _ range: Range<Int>, _ new: [UInt8], _ text: SecretText, _ unit: [UInt8]
  ) {
    var plain = text.bytes
    for (index, byte) in zip(range, new) { plain[index] = byte }
    var at = range.lowerBound
    while at > 0, text.low[at - 1] == text.low[range.lowerBound] { at -= 1 }
    while at < range.upperBound {
      let low = Int(text.low[at])
      let high = Int(text.high[at])
      let end = text.low.end(from: at, to: plain.count) { Int($0) == low }
      let group = plain[at..<end]
      if low >= 0, high <= unit.count, group.elementsEqual(text.bytes[at..<end]) == false {
        var value: UInt32 = 0
        for byte in group { value = value << 8 | UInt32(byte) }
        value <<= UInt32(8 * max(0, 3 - group.count))
        let isForURL = unit[low..<high].contains { $0 == 0x2D || $0 == 0x5F }
        for place in low..<high where place - low <= group.count {
          let sign = Self.sign(Int(value >> UInt32(18 - 6 * (place - low)) & 63), isForURL)
          bytes[place] = Self.code(sign, text)
        }
      }
      at = max(end, at + 1)
    }
  }

  private static func sign(_ value: Int, _ isForURL: Bool) -> UInt8 {
    switch value {
    case 0..<26: 0x41 + UInt8(value)
    case 26..<52: 0x61 + UInt8(value - 26)
    case 52..<62: 0x30 + UInt8(value - 52)
    case 62: isForURL ? 0x2D : 0x2B
    default: isForURL ? 0x5F : 0x2F
    }
  }

  /// Runs of bytes, less those that are masked as secrets, and those between the pieces of the content.
  func runs(
    besides fills: [UInt8], in pieces: [Range<Int>]? = nil
  ) -> [(range: Range<Int>, bytes: [UInt8])] {
    var runs: [(range: Range<Int>, bytes: [UInt8])] = []
    var piece = 0
    for place in bytes.keys.sorted() where place >= fills.count || fills[place] == 0 {
      if let pieces {
        while piece < pieces.count, pieces[piece].upperBound <= place { piece += 1 }
        guard piece < pieces.count, pieces[piece].contains(place) else { continue }
      }
      let byte = bytes[place] ?? 0
      if let last = runs.last, last.range.upperBound == place {
        runs[runs.count - 1] = (last.range.lowerBound..<place + 1, last.bytes + [byte])
      } else {
        runs.append((place..<place + 1, [byte]))
      }
    }
    return runs
  }
}
