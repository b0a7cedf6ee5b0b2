package import TraceBytes
package import TraceModel
package import TraceStreams

/// A conversation seen from one end on the traced host.
package struct LocalFlow {
  package var flow: Conversation
  /// The end on the traced host; nil when no record told a direction.
  package var local: FlowSide?
  /// Job or interface name of the records of this end.
  package var name: RecordName
  package var records: UInt64 = 0
  package var confidential: UInt64 = 0
  package var clear: UInt64 = 0
}

/// Collects the conversations of a trace, one for each end on the traced host: of a conversation within
/// the stack each end has a policy rule of its own.
package final class FlowEndsSink: PlacedSink {
  private let collector = EndsCollector()
  private let follower: StreamFollower

  /// - Parameter flows: the table of the tracker in front.
  package init(flows: FlowTable) {
    follower = StreamFollower(collector, flows: flows, depth: .counts)
  }

  /// The conversations, when the input has ended.
  package var flows: [LocalFlow] { collector.flows }

  package func record(_ placed: inout PlacedRecord, _ payload: RawSpan) throws(TraceError) {
    try follower.record(&placed, payload)
    collector.count(placed)
  }

  package func whole(_ placed: inout PlacedRecord, _ packet: RawSpan) throws(TraceError) {
    try follower.whole(&placed, packet)
    collector.count(placed)
  }

  package func closed(_ slot: Int, _ how: FlowEnd) throws(TraceError) {
    try follower.closed(slot, how)
  }

  package func finish() throws(TraceError) {
    try follower.finish()
    collector.sort()
  }
}

/// Counts the records of each end until the conversation is over.
private final class EndsCollector: StreamSink {
  private(set) var flows: [LocalFlow] = []

  private struct End {
    var name = RecordName.none
    var records: UInt64 = 0
    var confidential: UInt64 = 0
    var clear: UInt64 = 0

    mutating func count(_ record: TraceRecord) {
      if records == 0 { name = record.name }
      records += 1
      if record.flags.contains(.confidential) { confidential += 1 }
      if record.flags.contains(.clearText) { clear += 1 }
    }
  }

  private struct Ends {
    var lower = End()
    var upper = End()
    var unknown = End()
  }

  private var open: [Ends] = []

  func opened(_ flow: Conversation) throws(TraceError) {
    while open.count <= flow.slot { open.append(Ends()) }
    open[flow.slot] = Ends()
  }

  /// What is sent out is sent by this host, what comes in is sent to it.
  func count(_ placed: PlacedRecord) {
    guard placed.flow.isKnown, placed.packet.status != .fragment else { return }
    let slot = Int(placed.flow.slot)
    guard slot < open.count else { return }
    let fromLower = placed.side == .lower
    switch placed.record.direction {
    case .unknown: open[slot].unknown.count(placed.record)
    case .outbound where fromLower, .inbound where !fromLower:
      open[slot].lower.count(placed.record)
    case .outbound, .inbound: open[slot].upper.count(placed.record)
    }
  }

  func closed(_ flow: Conversation) throws(TraceError) {
    let ends = open[flow.slot]
    for (end, side) in [(ends.lower, FlowSide.lower), (ends.upper, .upper), (ends.unknown, nil)]
    where end.records > 0 {
      flows.append(
        LocalFlow(
          flow: flow, local: side, name: end.name, records: end.records,
          confidential: end.confidential, clear: end.clear))
    }
    open[flow.slot] = Ends()
  }

  func sort() {
    flows.sort {
      let (one, other) = ($0.flow, $1.flow)
      return one.key.ipProtocol != other.key.ipProtocol
        ? one.key.ipProtocol < other.key.ipProtocol : one.number < other.number
    }
  }

  func data(
    _ flow: Conversation, from side: FlowSide, _ bytes: RawSpan, time: Int64, record: UInt64
  ) throws(TraceError) {}
  func datagram(
    _ flow: Conversation, from side: FlowSide, _ bytes: RawSpan, length: Int, time: Int64,
    record: UInt64
  ) throws(TraceError) {}
  func gap(_ flow: Conversation, from side: FlowSide, count: Int) throws(TraceError) {}
  func ended(_ flow: Conversation, from side: FlowSide, _ how: FlowEnd) throws(TraceError) {}
}
