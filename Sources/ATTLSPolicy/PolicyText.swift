/// The text of an input as editors and transfers leave it: UTF-8 with or without a byte order mark, or
/// UTF-16 of either byte order.
public enum PolicyText {
  /// The text as UTF-8 without a mark; other encodings are handed back as they are.
  ///
  /// UTF-16 without a mark is known by the zeros of its ASCII characters.
  public static func utf8(_ bytes: [UInt8]) -> [UInt8] {
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { return Array(bytes.dropFirst(3)) }
    guard let order = utf16Order(bytes) else { return bytes }
    let hasMark = bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF])
    let units = stride(from: hasMark ? 2 : 0, to: bytes.count - 1, by: 2).map { at -> UInt16 in
      let (first, second) = (UInt16(bytes[at]), UInt16(bytes[at + 1]))
      return order == .big ? first << 8 | second : second << 8 | first
    }
    return Array(String(decoding: units, as: UTF16.self).utf8)
  }

  /// The text without the sequence numbers that ISPF puts into columns 73 to 80 of records of 80 bytes, or
  /// into the first 8 of others; as it is, unless every line that is not blank has one.
  static func withoutSequenceNumbers(_ bytes: [UInt8]) -> [UInt8] {
    let lines = bytes.split(separator: 0x0A, omittingEmptySubsequences: false).map { line in
      line.last == 0x0D ? line.dropLast() : line
    }
    let written = lines.filter { $0.contains { $0 != 0x20 } }
    guard !written.isEmpty else { return bytes }
    if written.allSatisfy({ $0.count == 80 && isNumber($0.suffix(8)) }) {
      return Array(lines.map { $0.prefix(72) }.joined(separator: [0x0A]))
    }
    if written.allSatisfy({ $0.count >= 8 && isNumber($0.prefix(8)) }) {
      return Array(lines.map { $0.dropFirst(8) }.joined(separator: [0x0A]))
    }
    return bytes
  }

  private static func isNumber(_ digits: ArraySlice<UInt8>) -> Bool {
    digits.allSatisfy { (0x30...0x39).contains($0) }
  }

  private enum ByteOrder { case big, little }

  private static func utf16Order(_ bytes: [UInt8]) -> ByteOrder? {
    if bytes.starts(with: [0xFF, 0xFE]) { return .little }
    if bytes.starts(with: [0xFE, 0xFF]) { return .big }
    let head = bytes.prefix(256)
    guard head.count >= 8 else { return nil }
    var zeros = (even: 0, odd: 0)
    for (place, byte) in head.enumerated() where byte == 0 {
      if place % 2 == 0 { zeros.even += 1 } else { zeros.odd += 1 }
    }
    // Of each two bytes of ASCII text one is zero.
    if zeros.odd * 4 > head.count, zeros.even == 0 { return .little }
    if zeros.even * 4 > head.count, zeros.odd == 0 { return .big }
    return nil
  }
}
