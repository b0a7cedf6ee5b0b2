internal import TraceModel

/// Holes in streams in the order in which they were found.
///
/// A hole that was filled stays in the queue until it comes to the front or the queue is tidied; whoever
/// asks says which are still open.
struct HoleQueue {
  struct Hole {
    var slot: Int
    var side: FlowSide
    /// The buffer that waits for it, and which use of the buffer it is.
    var buffer: Int32
    var serial: UInt64
  }

  private var holes: [Hole] = []
  private var start = 0

  var count: Int { holes.count - start }

  mutating func append(_ hole: Hole) { holes.append(hole) }

  /// The oldest hole that is open, which leaves the queue.
  mutating func takeOldest(isOpen: (Hole) -> Bool) -> Hole? {
    while start < holes.count {
      let hole = holes[start]
      start += 1
      if isOpen(hole) { return hole }
    }
    holes.removeAll(keepingCapacity: true)
    start = 0
    return nil
  }

  /// Forgets the holes that are filled.
  mutating func tidy(isOpen: (Hole) -> Bool) {
    holes = holes[start...].filter(isOpen)
    start = 0
  }
}
