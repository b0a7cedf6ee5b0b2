/// When the bytes of a line came that spans several pieces, so that what is found in it has the time of its
/// own piece.
struct HeldTimes {
  /// More pieces are not told apart: what came later has the time of the last one.
  private static let most = 32
  private var marks: [(at: Int, time: Int64)] = []

  /// The bytes from `count` on come now.
  mutating func note(_ count: Int, _ time: Int64) {
    guard marks.count < Self.most, marks.last?.time != time else { return }
    marks.append((count, time))
  }

  /// The time of the byte at an index; nil for those that were there first.
  func time(of index: Int) -> Int64? { marks.last { $0.at <= index }?.time }

  /// The first bytes are gone.
  mutating func drop(_ count: Int) {
    for index in marks.indices { marks[index].at = max(0, marks[index].at - count) }
  }
}
