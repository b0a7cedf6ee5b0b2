/// Bytes of a stream to be masked, by their offsets, and what stands in their place.
struct SecretMark: Equatable {
  var start: UInt64
  var end: UInt64
  /// The byte that replaces each of them.
  var fill: UInt8
}

/// What is secret in one direction of a conversation, in the order in which it was found.
///
/// Old marks are kept for segments that are sent again, as many as ``limit``.
struct SecretMarks {
  fileprivate var marks: [SecretMark] = []
  fileprivate var first = 0
  private static let limit = 8192

  mutating func add(_ mark: SecretMark) {
    guard mark.end > mark.start else { return }
    if let last = marks.last, marks.count > first, last.end == mark.start, last.fill == mark.fill {
      marks[marks.count - 1].end = mark.end
      return
    }
    marks.append(mark)
    guard marks.count - first > Self.limit else { return }
    first += Self.limit / 4
    if first > Self.limit {
      marks.removeFirst(first)
      first = 0
    }
  }

  /// Masks what of a piece of the stream is marked; returns how many bytes were changed.
  func apply(to bytes: inout [UInt8], _ range: Range<Int>, at offset: UInt64) -> Int {
    var changed = 0
    let end = offset &+ UInt64(range.count)
    for mark in marks[first...] where mark.start < end && mark.end > offset {
      let low = range.lowerBound + Int(max(mark.start, offset) - offset)
      let high = range.lowerBound + Int(min(mark.end, end) - offset)
      for index in low..<high where bytes[index] != mark.fill {
        bytes[index] = mark.fill
        changed += 1
      }
    }
    return changed
  }
}

extension SecretMarks {
  /// Whether any byte of a range is marked.
  func holds(_ range: Range<UInt64>) -> Bool {
    for mark in marks[first...] where mark.start < range.upperBound && mark.end > range.lowerBound {
      return true
    }
    return false
  }
}
