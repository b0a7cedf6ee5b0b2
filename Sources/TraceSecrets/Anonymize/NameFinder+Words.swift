internal import TraceBytes

/// Addresses by their shape, and names that were named before as words.
extension NameFinder {
  /// What a byte is in a word.
  private struct WordSigns: OptionSet {
    let rawValue: UInt8
    /// Words are made of it.
    static let part = WordSigns(rawValue: 1 << 0)
    /// A word can begin with it.
    static let first = WordSigns(rawValue: 1 << 1)
    /// Numbers of a version 6 address stand on both sides of it.
    static let colon = WordSigns(rawValue: 1 << 2)
    static let comma = WordSigns(rawValue: 1 << 3)
    /// It joins words to one.
    static let joint = WordSigns(rawValue: 1 << 4)

    init(rawValue: UInt8) { self.rawValue = rawValue }

    init(_ byte: UInt8) {
      switch byte {
      case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: self = [.part, .first]
      case 0x3A: self = [.part, .first, .colon]
      case 0x2C: self = [.part, .comma]
      case 0x2D, 0x2E, 0x5F: self = [.part, .joint]
      case 0x23, 0x24: self = .part
      default: self = []
      }
    }

    static let ofBytes = (0...255).map { WordSigns(UInt8($0)) }
  }

  /// Addresses and known names.
  mutating func words() {
    let text = self.text
    let signs = WordSigns.ofBytes
    var at = 0
    while at < text.count {
      guard signs[Int(text[at])].contains(.first) else {
        at += 1
        continue
      }
      let limit = min(text.count, at + Self.longest)
      var end = at
      var seen: WordSigns = []
      while end < limit {
        let sign = signs[Int(text[end])]
        guard sign.contains(.part) else { break }
        seen.formUnion(sign)
        end += 1
      }
      word(at..<end, seen)
      at = end
    }
  }

  private mutating func word(_ range: Range<Int>, _ signs: WordSigns) {
    var high = range.upperBound
    while high > range.lowerBound, isSign(text[high - 1]) { high -= 1 }
    let word = range.lowerBound..<high
    guard !signs.isDisjoint(with: [.colon, .comma]) else { return part(word, signs) }
    if colons(word) || numbers(word, 0x2E) || numbers(word, 0x2C) { return }
    // `host:port` and lists fall apart.
    var at = word.lowerBound
    while at < high {
      let end = text.end(from: at, to: high) { $0 != 0x3A && $0 != 0x2C }
      if end > at { part(at..<end, signs) }
      at = end + 1
    }
  }

  /// What stands between colons and commas, or the words that signs join in it.
  private mutating func part(_ range: Range<Int>, _ signs: WordSigns) {
    guard signs.contains(.joint) else {
      _ = known(range)
      return
    }
    if numbers(range, 0x2E) || known(range) { return }
    var at = range.lowerBound
    while at < range.upperBound {
      let end = text.end(from: at, to: range.upperBound) { !isJoint($0) }
      if end > at, end - at < range.count { _ = known(at..<end) }
      at = end + 1
    }
  }

  private mutating func known(_ range: Range<Int>) -> Bool {
    guard pseudonyms.isLearned(text, range) else { return false }
    let name = Array(text[range])
    put(range, name.contains(0x2E) ? pseudonyms.map(host: name) : pseudonyms.map(name: name))
    return true
  }

  /// Four numbers; of a list, as FTP has it, the first four of six. A version behind a slash is none.
  private mutating func numbers(_ range: Range<Int>, _ separator: UInt8) -> Bool {
    let wanted = separator == 0x2E ? 4 : 6
    var numbers = 1
    var digits = 0
    var end = range.upperBound
    for at in range {
      if text[at] == separator {
        guard digits > 0, numbers < wanted else { return false }
        if numbers == 4 { end = at }
        numbers += 1
        digits = 0
      } else {
        guard text[at] &- 0x30 < 10, digits < 3 else { return false }
        digits += 1
      }
    }
    guard numbers == wanted, digits > 0 else { return false }
    if range.lowerBound > 1, text[range.lowerBound - 1] == 0x2F,
      isLetter(text[range.lowerBound - 2])
    {
      return false
    }
    let four = range.lowerBound..<end
    guard let mapped = pseudonyms.map(dotted: Array(text[four]), separator: separator) else {
      return false
    }
    put(four, mapped)
    return true
  }

  /// Eight groups of digits with colons between them, or fewer and a double colon.
  private mutating func colons(_ range: Range<Int>) -> Bool {
    var groups = 1
    var digits = 0
    var isCut = false
    var isLong = false
    for at in range {
      if text[at] == 0x3A {
        if digits == 0 { isCut = true }
        groups += 1
        digits = 0
      } else {
        guard digits < 4, SecretText.hex(text[at]) != nil else { return false }
        digits += 1
        if digits == 2 { isLong = true }
      }
    }
    guard groups == 8 || isCut && (3...8).contains(groups), isLong else { return false }
    put(range, pseudonyms.map(colons: Array(text[range])))
    return true
  }

  /// What ends a sentence or an item behind a word.
  private func isSign(_ byte: UInt8) -> Bool {
    byte == 0x2E || byte == 0x2D || byte == 0x3A || byte == 0x2C
  }
}
