internal import TraceBytes

/// The prefixes of unknown layout that records of an external-writer data set begin with, as far as a
/// file has borne them out.
///
/// A length is learned only when a further record shows it too: until then the bytes before a good
/// entry are damage as well as anything else. `Formats/containers.md` has the rules.
struct RecordPrefixes {
  static let longest = 256

  /// Their lengths, the last one first.
  private(set) var lengths: [Int] = []
  /// The prefix at the head of a file without record marks: what to look for inside entries.
  private(set) var pattern: [UInt8] = []
  /// How many zeros the pattern begins with: in front of it they look like fill.
  private(set) var leadingZeros = 0
  /// Bytes of the pattern that another prefix had otherwise: they count, or tell the time.
  private var varies: [Bool] = [] { didSet { steady = varies.count { !$0 } } }
  private var steady = 0
  private var sightings = 0

  /// Notes a length that a record had.
  mutating func learn(_ prefix: Int) {
    guard lengths.first != prefix else { return }
    lengths.removeAll { $0 == prefix }
    lengths.insert(prefix, at: 0)
    if lengths.count > 8 { lengths.removeLast() }
  }

  /// Takes the bytes of prefixes, in the order of the file, as what to look for.
  ///
  /// - Returns: whether the first of them is one beyond doubt. What it has otherwise than the others
  ///   must count or tell the time: it differs where they do among themselves, or in front of such a byte,
  ///   as a carry does, and where the others rise it comes before them. One other tells that only when
  ///   all that differs stands together.
  @discardableResult
  mutating func look(for seen: [[UInt8]]) -> Bool {
    let others = seen.dropFirst(seen.count > 2 ? 1 : 0)
    let head = seen.first ?? []
    pattern = others.first ?? []
    leadingZeros = others.map { $0.firstIndex { $0 != 0 } ?? $0.count }.min() ?? 0
    varies = pattern.indices.map { index in others.contains { $0[index] != pattern[index] } }
    sightings = others.count
    if seen.count == 2 {
      let apart = varies.indices.filter { varies[$0] }
      return (apart.last ?? 0) - (apart.first ?? 0) < max(1, apart.count)
    }
    var isBesideOne = false
    for index in pattern.indices.reversed() {
      if varies[index] {
        isBesideOne = true
      } else if head[index] == pattern[index] {
        isBesideOne = false
      } else if !isBesideOne {
        return false
      }
    }
    let rises = zip(others, others.dropFirst()).allSatisfy { $0.lexicographicallyPrecedes($1) }
    return !rises || head.lexicographicallyPrecedes(pattern)
  }

  /// Notes which bytes of the prefix at `at` are not those of the pattern.
  mutating func see(_ bytes: RawSpan, _ at: Int) {
    guard bytes.has(pattern.count, at: at) else { return }
    sightings += 1
    for index in pattern.indices where bytes.u8(at + index) != pattern[index] {
      varies[index] = true
    }
  }

  /// Whether the prefix at `at` can be another one like the pattern.
  ///
  /// At first some bytes may differ, since they may count or tell the time; later those that never did
  /// must agree, but for one of four and two at most (a carry of a counter). Zeros prove little: half of
  /// the other bytes that must agree have to be there.
  func agrees(_ bytes: RawSpan, _ at: Int) -> Bool { differing(bytes, at) != nil }

  /// How many of the bytes that must agree may differ.
  var allowed: Int { sightings > 1 ? min(2, steady / 4) : min(8, pattern.count / 2) }

  /// In how many bytes that must agree the prefix at `at` differs; nil when it is none like the pattern.
  func differing(_ bytes: RawSpan, _ at: Int) -> Int? {
    let count = pattern.count
    guard count > 0, bytes.has(count, at: at) else { return nil }
    let allowed = self.allowed
    var differ = 0
    var telling = 0
    var agreeing = 0
    for index in 0..<count where !varies[index] {
      let expected = pattern[index]
      if expected != 0 { telling += 1 }
      if bytes.u8(at + index) == expected {
        if expected != 0 { agreeing += 1 }
        continue
      }
      differ += 1
      if differ > allowed { return nil }
    }
    return agreeing * 2 >= telling && telling > 0 ? differ : nil
  }

  /// Whether two prefixes have half of their bytes in common.
  static func areAlike(_ bytes: RawSpan, _ one: Int, _ other: Int, _ length: Int) -> Bool {
    guard bytes.has(length, at: one), bytes.has(length, at: other) else { return false }
    var same = 0
    for index in 0..<length where bytes.u8(one + index) == bytes.u8(other + index) { same += 1 }
    return same * 2 >= length
  }

  /// Whether what stands at `at` is an entry with damage rather than a prefix of this length: two of
  /// its lengths, its data offset and its format id are in their places.
  static func isRuinedEntry(_ bytes: RawSpan, _ at: Int, _ length: Int) -> Bool {
    guard length >= CTELayout.smallest, bytes.has(length, at: at) else { return false }
    var signs = 0
    let closing = at + length - CTELayout.trailerSize
    if Int(bytes[CTELayout.length, at: at]) == length { signs += 1 }
    if Int(bytes[CTELayout.closingLength, at: closing]) == length { signs += 1 }
    if Int(bytes[CTELayout.dataOffset, at: at]) == CTELayout.headerSize { signs += 1 }
    if (1...8).contains(bytes[CTELayout.formatID, at: at]) { signs += 1 }
    return signs >= 2
  }
}
