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

  /// Items that wait, of about 1,300 bytes each when no bodies are kept.
  static let limit = 4096

  private var waiting = LeastFirst<Entry>()
  private var count: UInt64 = 0
  private var shownTime = Int64.min
  /// Exchanges shown after one that began later.
  private(set) var outOfOrder: UInt64 = 0

  var isFull: Bool { waiting.count > Self.limit }

  mutating func add(_ item: HTTPItem, of flow: HTTPFlow) {
    waiting.add(Entry(item: item, flow: flow), measure: item.time, tie: count)
    count &+= 1
  }

  /// The oldest.
  mutating func next() -> Entry? {
    guard let entry = waiting.next() else { return nil }
    if case .exchange = entry.item, entry.item.time < shownTime { outOfOrder &+= 1 }
    shownTime = max(shownTime, entry.item.time)
    return entry
  }
}
