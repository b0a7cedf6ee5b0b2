internal import TraceBytes
internal import TraceRender

/// Puts what connections give into the order of time: an exchange is over, and told, long after others that
/// began later. As many items as ``limit`` wait for one that began earlier, and as many bytes as the store
/// can spare; what comes later still is shown where it comes.
struct HTTPOrder {
  /// Something to show.
  struct Entry {
    var item: HTTPItem
    var flow: HTTPFlow
  }

  /// Items that wait, of about two kilobytes each at most when no bodies are kept.
  static let limit = 16_384

  private var waiting = LeastFirst<Entry>()
  private var count: UInt64 = 0

  var isFull: Bool { waiting.count > Self.limit }

  mutating func add(_ item: HTTPItem, of flow: HTTPFlow) {
    waiting.add(Entry(item: item, flow: flow), measure: item.time, tie: count)
    count &+= 1
  }

  /// The oldest.
  mutating func next() -> Entry? { waiting.next() }
}
