/// Bytes of a stream that were not there when their turn came: what comes for them later was not searched with
/// what stands around it.
struct StreamHoles {
  /// In order, apart from each other.
  private var holes: [Range<UInt64>] = []
  /// What stands before it was never searched, or is not remembered any more.
  private(set) var floor: UInt64
  private static let most = 2048

  /// - Parameter floor: where the stream begins.
  init(floor: UInt64) { self.floor = floor }

  /// The stream begins earlier; nothing of it was given yet.
  mutating func stepBack(_ count: Int) { floor &-= UInt64(count) }

  /// Nothing before an offset is remembered any more.
  mutating func forget(before offset: UInt64) { floor = max(floor, offset) }

  /// Adds a hole behind all others.
  mutating func add(_ hole: Range<UInt64>) {
    guard !hole.isEmpty else { return }
    if holes.count >= Self.most {
      forget(before: holes[Self.most / 2 - 1].upperBound)
      holes.removeFirst(Self.most / 2)
    }
    holes.append(hole)
  }

  /// Whether any byte of a range was not there.
  func holds(_ range: Range<UInt64>) -> Bool {
    guard !range.isEmpty else { return false }
    return range.lowerBound < floor || missing(in: range) > 0
  }

  /// Bytes of a range that were not there.
  func missing(in range: Range<UInt64>) -> Int {
    var low = 0
    var high = holes.count
    while low < high {
      let middle = (low + high) / 2
      if holes[middle].upperBound <= range.lowerBound { low = middle + 1 } else { high = middle }
    }
    var count = 0
    while low < holes.count, holes[low].lowerBound < range.upperBound {
      count += holes[low].clamped(to: range).count
      low += 1
    }
    return count
  }
}
