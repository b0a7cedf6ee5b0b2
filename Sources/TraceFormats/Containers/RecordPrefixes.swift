internal import TraceBytes

/// The prefixes of unknown layout that records of an external-writer data set begin with, as far as a
/// file has shown them.
struct RecordPrefixes {
  static let longest = 256

  /// Their lengths, the last one first.
  private(set) var lengths: [Int] = []
  /// The prefix at the head of an unframed file: what to look for inside entries.
  var pattern: [UInt8] = []

  /// Notes a length that a record had.
  mutating func learn(_ prefix: Int) {
    guard lengths.first != prefix else { return }
    lengths.removeAll { $0 == prefix }
    lengths.insert(prefix, at: 0)
    if lengths.count > 8 { lengths.removeLast() }
  }

  /// How many lengths are worth a try: the known ones, then all.
  var candidates: Int { lengths.count + Self.longest + 1 }

  func candidate(_ index: Int) -> Int {
    index < lengths.count ? lengths[index] : index - lengths.count
  }

  /// Where the prefix at the head of the file stands in a range: nearly all of its bytes must agree,
  /// since some may count or tell the time.
  func places(_ bytes: RawSpan, _ range: Range<Int>) -> [Int] {
    let prefix = pattern.count
    let needed = max((prefix + 1) / 2, prefix - 8)
    var places: [Int] = []
    var at = range.lowerBound
    while at + prefix <= range.upperBound {
      var agreeing = 0
      var index = 0
      while index < prefix, agreeing + prefix - index >= needed {
        if bytes.u8(at + index) == pattern[index] { agreeing += 1 }
        index += 1
      }
      if agreeing >= needed {
        places.append(at)
        at += prefix
      } else {
        at += 1
      }
    }
    return places
  }
}
