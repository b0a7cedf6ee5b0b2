/// Bytes of a stream to be masked, by their offsets, and what stands in their place.
struct SecretMark: Equatable {
  var start: UInt64
  var end: UInt64
  /// The byte that replaces each of them.
  var fill: UInt8
  /// What replaces them where it is not one byte again and again: codes and masks of a protocol.
  var bytes: [UInt8] = []
  /// Whether it maps a name, and hides no secret.
  var isName = false
  /// Whether it only tells of a secret that stays.
  var isKept = false

  init(start: UInt64, end: UInt64, fill: UInt8) {
    self.start = start
    self.end = end
    self.fill = fill
  }

  /// Other bytes in the place of those from an offset on.
  init(start: UInt64, bytes: [UInt8], isName: Bool = false) {
    self.start = start
    self.isName = isName
    end = start &+ UInt64(bytes.count)
    fill = 0
    self.bytes = bytes
  }

  fileprivate func byte(at offset: UInt64) -> UInt8 {
    bytes.isEmpty ? fill : bytes[Int(offset &- start)]
  }
}

/// How many bytes were changed, and how many of them for a secret.
struct MaskedBytes {
  var all = 0
  var secret = 0
  /// Bytes of secrets that stay.
  var kept = 0
}

/// What is secret in one direction of a conversation, by offset.
///
/// Old marks are kept for segments that are sent again, ``limit`` of them behind what was let go.
struct SecretMarks {
  fileprivate var marks: [SecretMark] = []
  /// The longest mark: none that begins further before an offset reaches it.
  private var longest: UInt64 = 0
  private static let limit = 8192

  mutating func add(_ mark: SecretMark) {
    guard mark.end > mark.start else { return }
    if let last = marks.last, last.end == mark.start, last.fill == mark.fill, last.bytes.isEmpty,
      mark.bytes.isEmpty, last.isKept == mark.isKept
    {
      marks[marks.count - 1].end = mark.end
      longest = max(longest, mark.end - marks[marks.count - 1].start)
      return
    }
    longest = max(longest, mark.end - mark.start)
    // Marks mostly come in order; that of an early piece of a message can come late.
    var at = marks.count
    while at > 0, marks[at - 1].start > mark.start { at -= 1 }
    marks.insert(mark, at: at)
  }

  /// Everything before an offset was let go; returns where what is remembered begins when some is forgotten.
  mutating func release(before offset: UInt64) -> UInt64? {
    guard marks.count > Self.limit else { return nil }
    let old = firstIndex(from: offset)
    guard old > Self.limit else { return nil }
    marks.removeFirst(old - Self.limit / 2)
    return marks[0].start
  }

  /// The first mark that begins at an offset or behind it.
  private func firstIndex(from offset: UInt64) -> Int {
    var low = 0
    var high = marks.count
    while low < high {
      let middle = (low + high) / 2
      if marks[middle].start < offset { low = middle + 1 } else { high = middle }
    }
    return low
  }

  /// Masks what of a piece of the stream is marked; returns how many bytes were changed.
  func apply(to bytes: inout [UInt8], _ range: Range<Int>, at offset: UInt64) -> MaskedBytes {
    var changed = MaskedBytes()
    let end = offset &+ UInt64(range.count)
    var index = firstIndex(from: offset > longest ? offset - longest : 0)
    while index < marks.count, marks[index].start < end {
      let mark = marks[index]
      index += 1
      guard mark.end > offset else { continue }
      if mark.isKept {
        changed.kept += Int(min(mark.end, end) - max(mark.start, offset))
        continue
      }
      let first = max(mark.start, offset)
      let low = range.lowerBound + Int(first - offset)
      let high = range.lowerBound + Int(min(mark.end, end) - offset)
      for place in low..<high {
        let byte = mark.byte(at: first &+ UInt64(place - low))
        if bytes[place] != byte {
          bytes[place] = byte
          changed.all += 1
          if !mark.isName { changed.secret += 1 }
        }
      }
    }
    return changed
  }

  /// Whether any byte of a range is marked.
  func holds(_ range: Range<UInt64>) -> Bool {
    var index = firstIndex(from: range.lowerBound > longest ? range.lowerBound - longest : 0)
    while index < marks.count, marks[index].start < range.upperBound {
      if marks[index].end > range.lowerBound { return true }
      index += 1
    }
    return false
  }
}
