internal import TraceBytes

/// The letters a message is written in, as far as commands and names need them: those that all pages of
/// a family share.
enum TextCoding: UInt8, Sendable {
  case ascii, ebcdic

  /// EBCDIC to ASCII, small letters to capital ones; what is no ASCII character becomes 0.
  private static let ebcdicFold: [UInt8] = CodePage.ibm037.scalars.map { scalar in
    let byte = scalar < 0x80 ? UInt8(scalar) : 0
    return byte &- 0x61 < 26 ? byte & 0xDF : byte
  }

  /// A byte as the ASCII character it stands for, letters in capitals.
  @inline(__always)
  func fold(_ byte: UInt8) -> UInt8 {
    switch self {
    case .ascii: byte &- 0x61 < 26 ? byte & 0xDF : byte
    case .ebcdic: Self.ebcdicFold[Int(byte)]
    }
  }

  /// Whether a byte stands between words: blank, NUL or another character without a shape.
  @inline(__always)
  func isBlank(_ byte: UInt8) -> Bool { byte <= 0x40 && (self == .ebcdic || byte <= 0x20) }

  /// The next word in a range: what stands between blanks.
  func nextWord(_ bytes: RawSpan, _ range: Range<Int>) -> Range<Int>? {
    let low = bytes.end(from: range.lowerBound, to: range.upperBound) { isBlank($0) }
    let high = bytes.end(from: low, to: range.upperBound) { !isBlank($0) }
    return low < high ? low..<high : nil
  }

  /// Whether a range holds exactly a word, which is given in capitals.
  func equals(_ word: StaticString, _ bytes: RawSpan, _ range: Range<Int>) -> Bool {
    range.count == word.utf8CodeUnitCount && begins(with: word, bytes, range)
  }

  /// Whether a range begins with a word, which is given in capitals.
  func begins(with word: StaticString, _ bytes: RawSpan, _ range: Range<Int>) -> Bool {
    let count = word.utf8CodeUnitCount
    guard range.count >= count else { return false }
    for index in 0..<count
    where unsafe fold(bytes.u8(range.lowerBound + index)) != word.utf8Start[index] {
      return false
    }
    return true
  }

  /// The place of the first occurrence of a word, which is given in capitals.
  func firstIndex(of word: StaticString, _ bytes: RawSpan, _ range: Range<Int>) -> Int? {
    var at = range.lowerBound
    while at < range.upperBound {
      if begins(with: word, bytes, at..<range.upperBound) { return at }
      at += 1
    }
    return nil
  }

  /// A range as text, without the blanks and NULs at its end. Makes a String: once for an exchange.
  func text(_ bytes: RawSpan, _ range: Range<Int>) -> String {
    var high = min(range.upperBound, bytes.byteCount)
    let low = min(range.lowerBound, high)
    while high > low, isBlank(bytes.u8(high - 1)) { high -= 1 }
    var text = ""
    for at in low..<high {
      let byte = bytes.u8(at)
      let value = self == .ascii ? UInt16(byte) : CodePage.ibm1047.scalars[Int(byte)]
      text.unicodeScalars.append(Unicode.Scalar(value) ?? "\u{FFFD}")
    }
    return text
  }

  /// A range as text, with asterisks over the secrets that are found.
  func text(
    _ bytes: RawSpan, _ range: Range<Int>, hiding find: ((Range<Int>) -> Void) -> Void
  ) -> String {
    var copy = bytes.extracting(range).copied()
    find { secret in
      for at in secret.clamped(to: range) {
        copy[at - range.lowerBound] = self == .ascii ? 0x2A : 0x5C
      }
    }
    return unsafe text(copy.span.bytes, 0..<copy.count)
  }

  /// Whether a range holds nothing but blanks and NULs.
  func isEmpty(_ bytes: RawSpan, _ range: Range<Int>) -> Bool {
    for at in range where !isBlank(bytes.u8(at)) { return false }
    return true
  }
}
