internal import TraceBytes
internal import TraceRender

/// Puts what connections give into the order of time: an exchange is over, and told, long after others that
/// began later. As many items as ``limit`` wait for one that began earlier, and as many bytes as the store
/// can spare; what comes later still is shown where it comes.
struct HTTPOrder {
  /// Something to show.
  struct Entry {
    var time: Int64
    /// Keeps the order of those that are of the same time.
    var number: UInt64 = 0
    var item: HTTPItem
    var flow: HTTPFlow
  }

  /// Items that wait, of about two kilobytes each at most when no bodies are kept.
  static let limit = 16_384

  /// A heap with the oldest in front.
  private var heap: [Entry] = []
  private var count: UInt64 = 0

  var isEmpty: Bool { heap.isEmpty }
  var isFull: Bool { heap.count > Self.limit }

  mutating func add(_ entry: Entry) {
    var entry = entry
    entry.number = count
    count &+= 1
    heap.append(entry)
    var at = heap.count - 1
    while at > 0, precedes(heap[at], heap[(at - 1) / 2]) {
      heap.swapAt(at, (at - 1) / 2)
      at = (at - 1) / 2
    }
  }

  /// The oldest.
  mutating func next() -> Entry? {
    guard let last = heap.popLast() else { return nil }
    guard let first = heap.first else { return last }
    heap[0] = last
    var at = 0
    while true {
      var child = 2 * at + 1
      guard child < heap.count else { return first }
      if child + 1 < heap.count, precedes(heap[child + 1], heap[child]) { child += 1 }
      guard precedes(heap[child], heap[at]) else { return first }
      heap.swapAt(child, at)
      at = child
    }
  }

  private func precedes(_ one: Entry, _ other: Entry) -> Bool {
    one.time != other.time ? one.time < other.time : one.number < other.number
  }
}
