internal import TraceBytes

/// The words of the first line of some bytes, by their places: what protocols of text lines are told apart by.
struct FirstLine {
  /// More words than any of these protocols needs are not looked at.
  private static let most = 8
  private var starts = InlineArray<8, Int>(repeating: 0)
  private var ends = InlineArray<8, Int>(repeating: 0)
  /// How many there are, up to eight.
  private(set) var count = 0
  /// Where the line ends, without its line end.
  private(set) var end: Int
  /// Whether its end is there.
  let isWhole: Bool

  /// Takes the first line apart; nil when it is empty or holds anything but text.
  init?(_ bytes: RawSpan) {
    // All these protocols begin in ASCII.
    guard bytes.byteCount > 0, bytes.u8(0) < 0x7F else { return nil }
    let feed = bytes.firstIndex(of: Byte.lf, from: 0, to: bytes.byteCount)
    isWhole = feed != nil
    end = feed ?? bytes.byteCount
    if end > 0, bytes.u8(end - 1) == Byte.cr { end -= 1 }
    var start: Int?
    for at in 0..<end {
      let byte = bytes.u8(at)
      guard byte >= Byte.space, byte != 0x7F else { return nil }
      if byte == Byte.space {
        if let from = start { add(from, at) }
        start = nil
      } else if start == nil {
        start = at
      }
    }
    if let from = start { add(from, end) }
    guard count > 0 else { return nil }
  }

  private mutating func add(_ start: Int, _ end: Int) {
    guard count < Self.most else { return }
    starts[count] = start
    ends[count] = end
    count += 1
  }

  /// A word by its place; empty when there are not so many.
  subscript(index: Int) -> Range<Int> { index < count ? starts[index]..<ends[index] : end..<end }

  /// Whether a word is exactly a text.
  func has(_ index: Int, _ text: StaticString, _ bytes: RawSpan) -> Bool {
    index < count && self[index].count == text.utf8CodeUnitCount
      && bytes.has(text, at: self[index].lowerBound)
  }

  /// Whether a word is one of some texts.
  func has(_ index: Int, oneOf texts: [StaticString], _ bytes: RawSpan) -> Bool {
    texts.contains { has(index, $0, bytes) }
  }

  /// Whether a word is a number of decimal digits.
  func isNumber(_ index: Int, _ bytes: RawSpan) -> Bool {
    let word = self[index]
    return !word.isEmpty && word.count <= 20 && word.allSatisfy { Byte.isDigit(bytes.u8($0)) }
  }

  /// The first byte of a word, 0 when there is none.
  func first(_ index: Int, _ bytes: RawSpan) -> UInt8 {
    self[index].isEmpty ? 0 : bytes.u8(self[index].lowerBound)
  }
}
