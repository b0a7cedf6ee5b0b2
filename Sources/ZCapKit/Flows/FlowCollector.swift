package import TraceModel
package import TraceBytes
internal import TraceFilter
internal import TraceProtocols
package import TraceStreams

/// The rows of a run: all of them, or the first ones of an order.
package struct FlowRows {
  private var rows: Foremost<FlowRow>
  /// How many there were.
  package var count: UInt64 { rows.count }

  package init(by order: FlowRow.Order, top: Int?) {
    rows = Foremost(top ?? Int.max) { $0.precedes($1, by: order) }
  }

  package mutating func add(_ row: FlowRow) { rows.add(row) }

  /// The rows to show, in order; none is left.
  package mutating func take() -> [FlowRow] { rows.take() }
}

/// Keeps the first bytes of each direction until the protocol is known, and hands the row on at the end.
package final class FlowCollector: StreamSink {
  /// Takes a conversation that is over.
  package typealias Body = (FlowRow) throws(TraceError) -> Void

  private let body: Body
  private var open: [Beginnings] = []

  package init(_ body: @escaping Body) { self.body = body }

  package var bytesPerConversation: Int { 700 }

  /// Called when everything read so far has been given.
  package var onPause: () throws(TraceError) -> Void = {}

  package func pause() throws(TraceError) { try onPause() }

  /// Whether the slots of conversations are kept of which both ends have ended, and those slots. A little may
  /// still come of such a conversation until it is closed.
  package var notesOver = false
  private var over: [Int] = []

  /// The slots; none is left.
  package func takeOver() -> [Int] {
    defer { over.removeAll(keepingCapacity: true) }
    return over
  }

  package func finish() throws(TraceError) { open = [] }

  /// What one end said first, and what protocol that is once there is enough of it.
  private struct Beginning {
    /// No protocol needs more to be told.
    static let enough = 64

    private var bytes: [UInt8] = []
    private var decided: ProtocolGuess?

    mutating func add(_ more: RawSpan) {
      guard decided == nil else { return }
      bytes.append(more.extracting(first: min(more.byteCount, Self.enough - bytes.count)))
      // A certain guess does not change, so its bytes are freed: thousands of conversations are open.
      let now = guess
      guard bytes.count == Self.enough || now.confidence == .certain else { return }
      decided = now
      bytes = []
    }

    /// Takes a datagram, if it is the first: the next one begins anew.
    mutating func addFirst(_ datagram: RawSpan) {
      if bytes.isEmpty {
        bytes.append(datagram.extracting(first: min(datagram.byteCount, Self.enough)))
      }
    }

    var guess: ProtocolGuess {
      if let decided { return decided }
      return unsafe ApplicationProtocol.guess(bytes.span.bytes)
    }

    /// Of datagrams the ports tell, too.
    func guess(in key: FlowKey) -> ProtocolGuess {
      guard key.ipProtocol == IPProtocol.udp.rawValue else { return guess }
      return unsafe ApplicationProtocol.guess(
        datagram: bytes.span.bytes, ports: (key.lower.port, key.upper.port))
    }
  }

  private struct Beginnings {
    var sides = Sides(lower: Beginning(), upper: Beginning())
    /// How often something is missing.
    var gaps: UInt64 = 0
  }

  package func opened(_ flow: Conversation) throws(TraceError) {
    while open.count <= flow.slot { open.append(Beginnings()) }
  }

  package func data(
    _ flow: Conversation, from side: FlowSide, _ bytes: RawSpan, time: Int64, record: UInt64
  ) throws(TraceError) {
    keep(bytes, flow.slot, side, before: flow.delivered(from: side) &- UInt64(bytes.byteCount))
  }

  package func datagram(
    _ flow: Conversation, from side: FlowSide, _ bytes: RawSpan, length: Int, time: Int64,
    record: UInt64
  ) throws(TraceError) {
    open[flow.slot].sides[side].addFirst(bytes)
  }

  /// Keeps the first bytes; most come after them, which the flow tells without a look at what is kept.
  @inline(__always)
  private func keep(_ bytes: RawSpan, _ slot: Int, _ side: FlowSide, before: UInt64) {
    guard before < Beginning.enough else { return }
    open[slot].sides[side].add(bytes)
  }

  package func gap(_ flow: Conversation, from side: FlowSide, count: Int) throws(TraceError) {
    open[flow.slot].gaps += 1
  }

  package func ended(_ flow: Conversation, from side: FlowSide, _ how: FlowEnd) throws(TraceError) {
    if flow.isOver, notesOver { over.append(flow.slot) }
  }

  package func closed(_ flow: Conversation) throws(TraceError) {
    let row = row(of: flow)
    open[flow.slot] = Beginnings()
    try body(row)
  }

  /// What is known so far of a conversation that goes on.
  package func row(of flow: Conversation) -> FlowRow {
    let said = open[flow.slot]
    let guess = ApplicationProtocol.guess(
      said.sides[flow.client].guess(in: flow.key),
      said.sides[flow.client.other].guess(in: flow.key))
    // A wrong name is worse than none.
    let application = guess.confidence >= .likely ? guess.application : .unknown
    return FlowRow(flow: flow, application: application, gaps: said.gaps)
  }
}
