package import TraceBytes
package import TraceModel
package import TraceStreams

/// Tells the rows of `flows` and the exchanges of `exchanges` in one run: each conversation, when it is over,
/// with what came of its exchanges.
package final class FlowsAndExchanges: StreamSink {
  /// Takes a conversation that is over.
  package typealias Body = (FlowRow, ExchangeTally) throws(TraceError) -> Void

  private final class Tallies {
    private var open = PerFlow<ExchangeTally>()

    func add(_ told: FlowExchange) {
      var tally = open[told.slot] ?? ExchangeTally()
      tally.add(told)
      open[told.slot] = tally
    }

    func close(_ slot: Int) -> ExchangeTally { open.close(slot) ?? ExchangeTally() }
  }

  private let rows: FlowCollector
  private let exchanges: ExchangeFlows

  /// - Parameters:
  ///   - exchange: takes an exchange that is over, before its conversation is.
  ///   - flow: takes a conversation that is over.
  package init(
    exchange: @escaping ExchangeFlows.Body = { (_: FlowExchange) throws(TraceError) in },
    flow: @escaping Body
  ) {
    let tallies = Tallies()
    exchanges = ExchangeFlows { (told: FlowExchange) throws(TraceError) in
      tallies.add(told)
      try exchange(told)
    }
    rows = FlowCollector { (row: FlowRow) throws(TraceError) in
      try flow(row, tallies.close(row.flow.slot))
    }
  }

  package func opened(_ flow: Conversation) throws(TraceError) {
    try rows.opened(flow)
    try exchanges.opened(flow)
  }

  package func data(
    _ flow: Conversation, from side: FlowSide, _ bytes: RawSpan, time: Int64, record: UInt64
  ) throws(TraceError) {
    try rows.data(flow, from: side, bytes, time: time, record: record)
    try exchanges.data(flow, from: side, bytes, time: time, record: record)
  }

  package func datagram(
    _ flow: Conversation, from side: FlowSide, _ bytes: RawSpan, length: Int, time: Int64,
    record: UInt64
  ) throws(TraceError) {
    try rows.datagram(flow, from: side, bytes, length: length, time: time, record: record)
    try exchanges.datagram(flow, from: side, bytes, length: length, time: time, record: record)
  }

  package func gap(_ flow: Conversation, from side: FlowSide, count: Int) throws(TraceError) {
    try rows.gap(flow, from: side, count: count)
    try exchanges.gap(flow, from: side, count: count)
  }

  package func overlap(
    _ flow: Conversation, from side: FlowSide, count: Int, _ check: OverlapCheck
  ) throws(TraceError) {
    try rows.overlap(flow, from: side, count: count, check)
    try exchanges.overlap(flow, from: side, count: count, check)
  }

  package func ended(_ flow: Conversation, from side: FlowSide, _ how: FlowEnd) throws(TraceError) {
    try rows.ended(flow, from: side, how)
    try exchanges.ended(flow, from: side, how)
  }

  package func closed(_ flow: Conversation) throws(TraceError) {
    // The last exchanges are told first.
    try exchanges.closed(flow)
    try rows.closed(flow)
  }

  package func finish() throws(TraceError) {
    try exchanges.finish()
    try rows.finish()
  }
}
