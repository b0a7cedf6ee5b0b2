internal import TraceBytes
internal import TraceModel

/// Puts the segments of one direction of a TCP connection into the order of the stream, and tells the offset of
/// each, whether it came late, early, twice or in other pieces.
struct SegmentPlacer {
  private struct Piece {
    var sequence: UInt32
    var bytes: [UInt8]
    /// Bytes it had, captured or not.
    var length: Int
    var time: Int64
  }

  private let side: FlowSide
  private unowned let flow: FlowSecrets
  /// Sequence number of the next byte of the stream.
  private var next: UInt32?
  private var isSure = false
  /// Segments that came before their turn, in order.
  private var early: [Piece] = []
  private var earlyBytes = 0

  private static let mostBytes = 256 * 1024
  private static let mostPieces = 512
  /// A step that is no reordering any more: the numbers are of another stream.
  private static let farAway = 1 << 24
  /// Segments after which a stream that was traced from its middle begins with the lowest.
  private static let firstPieces = 3

  init(_ side: FlowSide, _ flow: FlowSecrets) {
    self.side = side
    self.flow = flow
  }

  /// A SYN tells where the stream begins.
  mutating func begin(_ sequence: UInt32) {
    if next == nil || !isSure {
      next = sequence &+ 1
      isSure = true
    }
  }

  /// Offset of a segment in the stream; bytes whose turn it is are given to the flow.
  mutating func place(
    _ sequence: UInt32, _ data: RawSpan, length: Int, time: Int64
  ) -> UInt64 {
    let expected = next ?? sequence
    next = expected
    let step = Int(Int32(truncatingIfNeeded: sequence &- expected))
    if abs(step) > Self.farAway {
      drain(all: true)
      flow.gap(side, 0)
      next = sequence
      return place(sequence, data, length: length, time: time)
    }
    let start = UInt64(truncatingIfNeeded: Int(truncatingIfNeeded: flow.end(side)) &+ step)
    guard length > 0 else { return start }
    if !isSure || step > 0 {
      hold(Piece(sequence: sequence, bytes: data.copied(), length: length, time: time))
      if !isSure {
        // Offsets count from the first piece that came, wherever it turns out to belong.
        guard early.count >= Self.firstPieces else { return start }
        self.start()
        return start
      }
      drain(all: false)
      if earlyBytes > Self.mostBytes || early.count > Self.mostPieces {
        drain(all: true)
      }
      return start
    }
    give(data, skipping: -step, length, time)
    drain(all: false)
    return start
  }

  /// Whether segments wait for others before them.
  var isWaiting: Bool { !early.isEmpty }

  /// Whether it is not known yet where the stream begins.
  var isOpen: Bool { !isSure && !early.isEmpty }

  /// Gives all segments that wait, with holes where others never came.
  mutating func placeAll() {
    start()
    drain(all: true)
  }

  /// The stream begins with the lowest of the segments that came.
  mutating func start() {
    if !isSure {
      isSure = true
      if let first = early.first, let expected = next {
        let step = Int(Int32(truncatingIfNeeded: first.sequence &- expected))
        if step < 0 {
          flow.stepBack(side, -step)
          next = first.sequence
        }
      }
      drain(all: false)
    }
  }

  private mutating func hold(_ piece: Piece) {
    var at = early.count
    while at > 0, Int32(truncatingIfNeeded: piece.sequence &- early[at - 1].sequence) < 0 {
      at -= 1
    }
    early.insert(piece, at: at)
    earlyBytes += piece.bytes.count
  }

  private mutating func drain(all: Bool) {
    var done = 0
    while done < early.count, let expected = next {
      let piece = early[done]
      let step = Int(Int32(truncatingIfNeeded: piece.sequence &- expected))
      guard step <= 0 || all else { break }
      if step > 0 {
        flow.gap(side, step)
        next = piece.sequence
      }
      unsafe give(piece.bytes.span.bytes, skipping: max(0, -step), piece.length, piece.time)
      earlyBytes -= piece.bytes.count
      done += 1
    }
    early.removeFirst(done)
  }

  private mutating func give(
    _ data: RawSpan, skipping old: Int, _ length: Int, _ time: Int64
  ) {
    if old > 0, data.byteCount > 0 {
      let count = min(old, data.byteCount)
      flow.late(side, data.extracting(0..<count), at: flow.end(side) &- UInt64(old))
    }
    guard old < length, let expected = next else { return }
    if old < data.byteCount { flow.data(side, data.extracting(old..<data.byteCount), time: time) }
    let missing = length - max(old, data.byteCount)
    if missing > 0 { flow.gap(side, missing) }
    next = expected &+ UInt32(truncatingIfNeeded: length - old)
  }
}
