/// A set of numbers that mostly follow each other, such as those of streams that are over: kept as ranges, so that
/// any count of them takes next to nothing.
struct NumberRanges {
  private var ranges: [ClosedRange<Int64>] = []

  /// Ranges that are kept. Of more, the two lowest become one with what lies between: numbers go up, so that what
  /// is far below the others is over too.
  private static let most = 1024

  /// Index of the first range that begins behind a number.
  private func index(behind number: Int64) -> Int {
    var (low, high) = (0, ranges.count)
    while low < high {
      let middle = (low + high) / 2
      if ranges[middle].lowerBound <= number { low = middle + 1 } else { high = middle }
    }
    return low
  }

  func contains(_ number: Int64) -> Bool {
    let at = index(behind: number)
    return at > 0 && ranges[at - 1].upperBound >= number
  }

  mutating func insert(_ number: Int64) {
    let at = index(behind: number)
    if at > 0, ranges[at - 1].upperBound >= number { return }
    var range = number...number
    var replaced = at..<at
    if at > 0, ranges[at - 1].upperBound == number - 1 {
      range = ranges[at - 1].lowerBound...number
      replaced = at - 1..<at
    }
    if at < ranges.count, ranges[at].lowerBound == number + 1 {
      range = range.lowerBound...ranges[at].upperBound
      replaced = replaced.lowerBound..<at + 1
    }
    if replaced.count == 1 {
      ranges[replaced.lowerBound] = range
    } else {
      ranges.replaceSubrange(replaced, with: CollectionOfOne(range))
    }
    if ranges.count > Self.most {
      ranges[1] = ranges[0].lowerBound...ranges[1].upperBound
      ranges.removeFirst()
    }
  }
}
