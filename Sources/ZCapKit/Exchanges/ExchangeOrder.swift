internal import TraceProtocols
package import TraceBytes

/// Puts exchanges into the order of their beginnings.
///
/// An exchange is told when it is over, which can be long after others that began later. As many as
/// ``limit`` wait for one that began earlier; what comes later still is shown where it comes, and counted.
package final class ExchangeOrder {
  /// Which exchange comes first.
  package enum Order: String, CaseIterable, Sendable {
    case time, duration, bytes
  }

  /// Exchanges that wait, of some hundred bytes each.
  package static let limit = 16_384

  private let order: Order
  private let limit: Int
  private let show: (FlowExchange) throws(TraceError) -> Void
  /// A heap: the one to show first, or by size the smallest of those to keep, is in front.
  private var heap: [FlowExchange] = []
  private var shownTime = Int64.min
  /// Exchanges shown after one that began later.
  package private(set) var outOfOrder: UInt64 = 0
  /// Exchanges that were too small to be among those kept.
  package private(set) var leftOut: UInt64 = 0

  /// - Parameter limit: how many wait, and by duration or bytes how many are shown.
  package init(
    by order: Order, limit: Int = ExchangeOrder.limit,
    _ show: @escaping (FlowExchange) throws(TraceError) -> Void
  ) {
    self.order = order
    self.limit = max(1, limit)
    self.show = show
  }

  package func add(_ exchange: FlowExchange) throws(TraceError) {
    heap.append(exchange)
    siftUp()
    guard heap.count > limit else { return }
    let first = takeFirst()
    if order == .time { try put(first) } else { leftOut &+= 1 }
  }

  /// Shows what waits; of a live trace nothing is held back.
  package func flush() throws(TraceError) {
    guard order == .time else { return }
    while !heap.isEmpty { try put(takeFirst()) }
  }

  package func finish() throws(TraceError) {
    if order == .time { return try flush() }
    var largest: [FlowExchange] = []
    while !heap.isEmpty { largest.append(takeFirst()) }
    for exchange in largest.reversed() { try put(exchange) }
  }

  private func put(_ exchange: FlowExchange) throws(TraceError) {
    if order == .time {
      if exchange.exchange.time < shownTime { outOfOrder &+= 1 }
      shownTime = max(shownTime, exchange.exchange.time)
    }
    try show(exchange)
  }

  /// Whether an exchange leaves the heap before another one.
  private func precedes(_ one: FlowExchange, _ other: FlowExchange) -> Bool {
    let (left, right) = (measure(one), measure(other))
    if left != right { return left < right }
    // Of equals the first one is shown first: by size the heap is emptied from its end.
    return order == .time ? one.number < other.number : one.number > other.number
  }

  private func measure(_ exchange: FlowExchange) -> Int64 {
    switch order {
    case .time: exchange.exchange.time
    // A server that is asked to wait is not slow.
    case .duration: exchange.exchange.isWait ? -1 : exchange.lastByte ?? -1
    case .bytes:
      Int64(
        clamping: (exchange.exchange.request?.bytes ?? 0)
          &+ (exchange.exchange.response?.bytes ?? 0))
    }
  }

  private func siftUp() {
    var at = heap.count - 1
    while at > 0, precedes(heap[at], heap[(at - 1) / 2]) {
      heap.swapAt(at, (at - 1) / 2)
      at = (at - 1) / 2
    }
  }

  private func takeFirst() -> FlowExchange {
    let first = heap[0]
    let last = heap.removeLast()
    guard !heap.isEmpty else { return first }
    heap[0] = last
    var at = 0
    while true {
      var child = 2 * at + 1
      guard child < heap.count else { break }
      if child + 1 < heap.count, precedes(heap[child + 1], heap[child]) { child += 1 }
      guard precedes(heap[child], heap[at]) else { break }
      heap.swapAt(child, at)
      at = child
    }
    return first
  }
}
