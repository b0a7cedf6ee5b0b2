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

  /// Whether another mark goes on where this one ends, and both are one.
  fileprivate func isContinued(by mark: SecretMark) -> Bool {
    end == mark.start && fill == mark.fill && bytes.isEmpty && mark.bytes.isEmpty
      && isKept == mark.isKept
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
/// Old marks are kept for segments that are sent again, thousands of them behind what was let go.
struct SecretMarks {
  /// In order, in runs of at most ``longestRun``, none of them empty: a mark that comes out of order moves those of
  /// its run, not all that are behind it.
  private var runs: [[SecretMark]] = []
  /// The longest mark: none that begins further before an offset reaches it.
  private var longest: UInt64 = 0
  private static let longestRun = 512
  /// Runs that are kept behind what was let go.
  private static let mostOld = 16

  mutating func add(_ mark: SecretMark) {
    guard mark.end > mark.start else { return }
    let last = runs.count - 1
    guard last >= 0 else {
      longest = mark.end - mark.start
      return runs = [[mark]]
    }
    let end = runs[last].count - 1
    if runs[last][end].isContinued(by: mark) {
      runs[last][end].end = mark.end
      longest = max(longest, mark.end - runs[last][end].start)
      return
    }
    longest = max(longest, mark.end - mark.start)
    // Marks mostly come in order; that of an early piece of a message can come late.
    if runs[last][end].start <= mark.start {
      if runs[last].count < Self.longestRun { runs[last].append(mark) } else { runs.append([mark]) }
      return
    }
    let run = max(0, Self.first(in: runs) { $0[0].start > mark.start } - 1)
    runs[run].insert(mark, at: Self.first(in: runs[run]) { $0.start > mark.start })
    guard runs[run].count > Self.longestRun else { return }
    let half = Array(runs[run][(Self.longestRun / 2)...])
    runs[run].removeLast(half.count)
    runs.insert(half, at: run + 1)
  }

  /// Everything before an offset was let go; returns where what is remembered begins when some is forgotten.
  mutating func release(before offset: UInt64) -> UInt64? {
    guard runs.count > 2 * Self.mostOld, runs[2 * Self.mostOld][0].start <= offset else {
      return nil
    }
    runs.removeFirst(Self.mostOld)
    return runs[0][0].start
  }

  /// Where the first element is of which a condition holds that holds of all behind it.
  private static func first<Element>(in all: [Element], where holds: (Element) -> Bool) -> Int {
    var low = 0
    var high = all.count
    while low < high {
      let middle = (low + high) / 2
      if holds(all[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }

  /// Gives the marks that any byte of a range has, in order, as long as they are wanted.
  private func each(in range: Range<UInt64>, _ goesOn: (SecretMark) -> Bool) {
    let start = range.lowerBound > longest ? range.lowerBound - longest : 0
    var run = max(0, Self.first(in: runs) { $0[0].start >= start } - 1)
    while run < runs.count {
      for mark in runs[run][Self.first(in: runs[run]) { $0.start >= start }...] {
        guard mark.start < range.upperBound else { return }
        if mark.end > range.lowerBound, !goesOn(mark) { return }
      }
      run += 1
    }
  }

  /// Masks what of a piece of the stream is marked; returns how many bytes were changed.
  func apply(to bytes: inout [UInt8], _ range: Range<Int>, at offset: UInt64) -> MaskedBytes {
    var changed = MaskedBytes()
    let end = offset &+ UInt64(range.count)
    each(in: offset..<max(offset, end)) { mark in
      if mark.isKept {
        changed.kept += Int(min(mark.end, end) - max(mark.start, offset))
        return true
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
      return true
    }
    return changed
  }

  /// Whether any byte of a range is marked.
  func holds(_ range: Range<UInt64>) -> Bool {
    var isHeld = false
    each(in: range) { _ in
      isHeld = true
      return false
    }
    return isHeld
  }
}
