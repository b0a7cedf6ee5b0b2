/// Which conversation was used longest ago: a heap of slots by the time of a use.
///
/// Every record is a use, and few conversations are ever released: the time of the last use is written
/// into the conversation, and the heap has an earlier one until the order is asked for.
struct IdleOrder {
  private struct Entry {
    var use: UInt64
    var slot: Int
  }

  private var heap: ContiguousArray<Entry> = []
  /// Whether a slot is in the heap.
  private var isQueued: ContiguousArray<Bool> = []

  /// Takes a slot that comes into use.
  mutating func add(_ slot: Int, _ use: UInt64) {
    while isQueued.count <= slot { isQueued.append(false) }
    // The slot is still queued for the conversation that had it before, whose last use was earlier.
    if isQueued[slot] { return }
    isQueued[slot] = true
    heap.append(Entry(use: use, slot: slot))
    var at = heap.count - 1
    while at > 0, heap[(at - 1) / 2].use > use {
      heap.swapAt(at, (at - 1) / 2)
      at = (at - 1) / 2
    }
  }

  /// The slot in use whose last use is the earliest.
  mutating func first(in flows: ContiguousArray<Flow>) -> Int? {
    while let first = heap.first {
      let use = flows[first.slot].lastUse
      if use == first.use { return first.slot }
      if use == 0 {
        isQueued[first.slot] = false
        let last = heap.removeLast()
        if heap.isEmpty { return nil }
        heap[0] = last
      } else {
        heap[0].use = use
      }
      sink()
    }
    return nil
  }

  /// Moves the first entry down to where it belongs.
  private mutating func sink() {
    var at = 0
    while true {
      var child = 2 * at + 1
      guard child < heap.count else { return }
      if child + 1 < heap.count, heap[child + 1].use < heap[child].use { child += 1 }
      guard heap[child].use < heap[at].use else { return }
      heap.swapAt(at, child)
      at = child
    }
  }
}
