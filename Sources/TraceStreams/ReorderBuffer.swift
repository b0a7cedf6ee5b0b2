internal import TraceBytes

/// Pieces of a stream or a packet that came before what stands in front of them.
///
/// Pieces are in order and do not overlap: of bytes that come twice the first are kept.
final class ReorderBuffer {
  /// One piece; the bytes of its end may not have been captured.
  struct Piece {
    /// Where it belongs.
    var start: SequenceNumber
    /// How long it is.
    var length: Int
    /// The bytes captured of it.
    var bytes: [UInt8]
    var time: Int64
    var record: UInt64
  }

  /// What the buffer held already of a piece that was inserted.
  struct Found: Equatable {
    /// Bytes that were there already.
    var overlap = 0
    /// Bytes among them that differ.
    var conflicts = 0
  }

  /// What a piece costs beside its bytes, counted so that tiny pieces cannot fill memory unseen.
  static let overhead = 128

  // An ArraySlice: removing its first element does not move the thousands behind it.
  private(set) var pieces: ArraySlice<Piece> = []
  /// Bytes held and what holding them costs.
  private(set) var cost = 0
  /// Tells this use of the buffer from the ones before; 0 when it is not in use.
  var serial: UInt64 = 0
  /// Segments beyond the first hole since the other end acknowledged it, and up to where it had.
  var beyond: UInt8 = 0
  var covered = SequenceNumber(0)

  /// Inserts what is new of a piece.
  ///
  /// - Parameters:
  ///   - length: how long the piece is; `bytes` may be shorter.
  ///   - origin: a number at or before all pieces, from which order is counted.
  ///   - joins: whether pieces without a hole between them become one, where nobody wants to know when each came.
  func insert(
    _ bytes: RawSpan, length: Int, at start: SequenceNumber, from origin: SequenceNumber,
    time: Int64, record: UInt64, joins: Bool = false
  ) -> Found {
    var found = Found()
    var at = start - origin
    let end = at + length
    let first = firstPiece(endingAfter: at, from: origin)
    var last = first
    var merged: [Piece] = []

    func take(upTo limit: Int) {
      let from = min(at - (start - origin), bytes.byteCount)
      let to = min(limit - (start - origin), bytes.byteCount)
      let copy = bytes.extracting(from..<to).copied()
      merged.append(
        Piece(start: origin + at, length: limit - at, bytes: copy, time: time, record: record))
      cost += copy.count + Self.overhead
    }

    while last < pieces.endIndex, pieces[last].start - origin < end {
      let pieceStart = pieces[last].start - origin
      let pieceEnd = pieceStart + pieces[last].length
      if at < pieceStart { take(upTo: pieceStart) }
      let from = max(at, pieceStart)
      let to = min(end, pieceEnd)
      found.overlap += to - from
      found.conflicts += Self.differences(
        pieces[last].bytes, from - pieceStart, bytes, from - (start - origin), to - from)
      merged.append(pieces[last])
      at = max(at, pieceEnd)
      last += 1
    }
    if at < end { take(upTo: end) }
    if first == pieces.endIndex {
      pieces.append(contentsOf: merged)
    } else {
      pieces.replaceSubrange(first..<last, with: merged)
    }
    if joins { join(first..<first + merged.count) }
    return found
  }

  /// Makes one piece of some without a hole between them, and of those beside them that have none either.
  private func join(_ range: Range<Int>) {
    var (low, high) = (range.lowerBound, range.upperBound)
    func areJoined(_ index: Int) -> Bool {
      pieces[index].start + pieces[index].length == pieces[index + 1].start
    }
    if low > pieces.startIndex, areJoined(low - 1) { low -= 1 }
    if high < pieces.endIndex, areJoined(high - 1) { high += 1 }
    guard high - low > 1 else { return }
    var bytes: [UInt8] = []
    swap(&bytes, &pieces[low].bytes)
    for index in low + 1..<high {
      // What stands behind bytes that were not captured is of no use.
      if bytes.count == pieces[low].length {
        bytes += pieces[index].bytes
      } else {
        cost -= pieces[index].bytes.count
      }
      pieces[low].length += pieces[index].length
      cost -= Self.overhead
    }
    swap(&bytes, &pieces[low].bytes)
    pieces.removeSubrange(low + 1..<high)
  }

  /// Takes out the pieces that follow each other without a hole from `start` on.
  func removeRun(from start: SequenceNumber) -> [Piece] {
    var run: [Piece] = []
    var next = start
    while let first = pieces.first, first.start == next {
      next = next + first.length
      cost -= first.bytes.count + Self.overhead
      run.append(first)
      // The slice keeps the storage of removed elements, so the bytes are freed here.
      pieces[pieces.startIndex].bytes = []
      pieces.removeFirst()
    }
    if pieces.isEmpty { pieces = [] }
    return run
  }

  func removeAll() {
    pieces = []
    cost = 0
  }

  private func firstPiece(endingAfter position: Int, from origin: SequenceNumber) -> Int {
    var low = pieces.startIndex
    var high = pieces.endIndex
    if let last = pieces.last, last.start - origin + last.length <= position { return high }
    while low < high {
      let middle = (low + high) / 2
      if pieces[middle].start - origin + pieces[middle].length <= position {
        low = middle + 1
      } else {
        high = middle
      }
    }
    return low
  }

  private static func differences(
    _ old: [UInt8], _ oldStart: Int, _ new: RawSpan, _ newStart: Int, _ count: Int
  ) -> Int {
    let both = min(count, min(old.count - oldStart, new.byteCount - newStart))
    var differences = 0
    var index = 0
    while index < both {
      if old[oldStart + index] != new.u8(newStart + index) { differences += 1 }
      index += 1
    }
    return differences
  }
}
