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
  private var varies: [Bool] = []
  private var sightings = 0

  /// Notes a length that a record had.
  mutating func learn(_ prefix: Int) {
    guard lengths.first != prefix else { return }
    lengths.removeAll { $0 == prefix }
    lengths.insert(prefix, at: 0)
    if lengths.count > 8 { lengths.removeLast() }
  }

  /// Takes bytes as the pattern to look for; an empty one forgets it.
  mutating func look(for prefix: [UInt8]) {
    pattern = prefix
    leadingZeros = prefix.firstIndex { $0 != 0 } ?? prefix.count
    varies = Array(repeating: false, count: prefix.count)
    sightings = 0
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
  /// must agree, but for two (a carry of a counter). Zeros prove little: half of the other bytes that
  /// must agree have to be there.
  func agrees(_ bytes: RawSpan, _ at: Int) -> Bool {
    let count = pattern.count
    guard count > 0, bytes.has(count, at: at) else { return false }
    var allowed = sightings > 1 ? 2 : min(8, count / 2)
    var telling = 0
    var agreeing = 0
    for index in 0..<count where !varies[index] {
      let expected = pattern[index]
      if expected != 0 { telling += 1 }
      if bytes.u8(at + index) == expected {
        if expected != 0 { agreeing += 1 }
        continue
      }
      allowed -= 1
      if allowed < 0 { return false }
    }
    return agreeing * 2 >= telling && telling > 0
  }

  /// Where prefixes like the pattern stand in a range.
  func places(_ bytes: RawSpan, _ range: Range<Int>) -> [Int] {
    var places: [Int] = []
    var at = range.lowerBound
    while at < range.upperBound {
      if agrees(bytes, at) {
        places.append(at)
        at += pattern.count
      } else {
        at += 1
      }
    }
    return places
  }

  /// Whether what stands at `at` is an entry with damage rather than a prefix of this length: two of
  /// its lengths, its data offset and its format id are in their places.
  static func isRuinedEntry(_ bytes: RawSpan, _ at: Int, _ length: Int) -> Bool {
    guard length >= CTELayout.smallest, bytes.has(length, at: at) else { return false }
    var signs = 0
    if Int(bytes.be16(at)) == length { signs += 1 }
    if Int(bytes.be16(at + length - 2)) == length { signs += 1 }
    if Int(bytes.be16(at + CTELayout.dataOffset.offset)) == CTELayout.headerSize { signs += 1 }
    if (1...8).contains(bytes.be32(at + CTELayout.formatID.offset)) { signs += 1 }
    return signs >= 2
  }
}
