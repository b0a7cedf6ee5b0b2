internal import TraceProtocols
package import TraceBytes

/// Puts exchanges into the order of their beginnings.
///
/// An exchange is given when it is over, which can be long after others that began later. As many as
/// ``limit`` wait for one that began earlier; what comes later still is shown where it comes, and counted.
package final class ExchangeOrder {
  /// Which exchange comes first.
  package enum Order: String, CaseIterable, Sendable {
    case time, duration, bytes
  }

  /// Exchanges that wait, of some hundred bytes each.
  package static let limit = 8192
  /// Bytes of their texts beyond that.
  private static let mostText = 16 << 20

  private let order: Order
  private let limit: Int
  private let show: (FlowExchange) throws(TraceError) -> Void
  /// The one to show first, or by size the smallest of those to keep, is in front.
  private var waiting = LeastFirst<FlowExchange>()
  private var shownTime = Int64.min
  private var text = 0
  package private(set) var shown: UInt64 = 0
  /// Exchanges shown after one that began later.
  package private(set) var outOfOrder: UInt64 = 0

  /// What is said of them, nothing when there are none.
  static func note(outOfOrder count: UInt64) -> [String] {
    if count == 0 { return [] }
    return [
      "\(count.counted("line")) not in time order: they ended long after others that began later"
    ]
  }
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
    // Of equals the first one is shown first: by size they are shown from the last to the first.
    waiting.add(
      exchange, measure: measure(exchange),
      tie: order == .time ? exchange.number : ~exchange.number)
    text += exchange.exchange.text
    while waiting.count > limit || text > Self.mostText, let first = next() {
      if order == .time { try put(first) } else { leftOut &+= 1 }
    }
  }

  private func next() -> FlowExchange? {
    let next = waiting.next()
    text -= next?.exchange.text ?? 0
    return next
  }

  /// Shows what waits; of a live trace nothing is held back.
  package func flush() throws(TraceError) {
    guard order == .time else { return }
    while let first = next() { try put(first) }
  }

  package func finish() throws(TraceError) {
    if order == .time { return try flush() }
    var largest: [FlowExchange] = []
    while let smallest = next() { largest.append(smallest) }
    for exchange in largest.reversed() { try put(exchange) }
  }

  private func put(_ exchange: FlowExchange) throws(TraceError) {
    if order == .time {
      if exchange.exchange.time < shownTime { outOfOrder &+= 1 }
      shownTime = max(shownTime, exchange.exchange.time)
    }
    shown &+= 1
    try show(exchange)
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
}
