public import TraceBytes
public import TraceModel

/// Follows the conversations that come through a filter: counts what each end sent, puts its stream into
/// order, and gives it to a ``StreamSink``.
public final class StreamFollower: PlacedSink {
  /// How much is found out about a conversation.
  public enum Depth: UInt8, Sendable {
    /// What each end sent, as counts.
    case counts
    /// Also the streams, in order.
    case streams
  }

  /// Puts the segments in order; idle when only counts are wanted.
  public let assembler: StreamAssembler
  private let flows: FlowTable
  private let table: ConversationTable
  private let sink: any StreamSink
  private let depth: Depth

  /// - Parameter flows: the table of the tracker in front.
  public init(
    _ sink: any StreamSink, flows: FlowTable, depth: Depth = .streams,
    limits: StreamAssembler.Limits = StreamAssembler.Limits()
  ) {
    self.sink = sink
    self.flows = flows
    self.depth = depth
    flows.bound(to: limits.conversations, each: sink.bytesPerConversation)
    table = ConversationTable(flows: flows)
    assembler = StreamAssembler(table: table, sink: sink, limits: limits)
  }

  public func record(_ placed: inout PlacedRecord, _ payload: RawSpan) throws(TraceError) {
    // Of fragments the whole packet counts.
    if case .fragment = placed.packet.status { return }
    guard placed.flow.isKnown else { return }
    if placed.flow.isRepeated { return repeated(&placed) }
    if placed.isPacket {
      try packet(&placed, payload)
    } else {
      try applicationData(&placed, payload)
    }
  }

  public func whole(_ placed: inout PlacedRecord, _ packet: RawSpan) throws(TraceError) {
    guard placed.flow.isKnown else { return }
    try self.packet(&placed, packet)
  }

  public func closed(_ slot: Int, _ how: FlowEnd) throws(TraceError) {
    guard table.holds(slot) else { return }
    if flows.key(slot).ipProtocol == IPProtocol.udp.rawValue || depth != .streams {
      try sink.closed(table.conversation(slot))
    } else {
      try assembler.close(slot, how)
    }
    table.remove(slot)
  }

  public func pause() throws(TraceError) { try sink.pause() }

  public func finish() throws(TraceError) {
    table.removeAll()
    assembler.releaseMemory()
    try sink.finish()
  }

  /// A conversation that is followed, as it is now.
  public func conversation(in slot: Int) -> Conversation? {
    table.holds(slot) ? table.conversation(slot) : nil
  }

  /// Gives the conversations that are followed, as they are now.
  public func eachOpen(_ body: (Conversation) -> Void) {
    for slot in table.slots { body(table.conversation(slot)) }
  }

  /// The other end's copy of data that was counted already.
  private func repeated(_ placed: inout PlacedRecord) {
    let slot = Int(placed.flow.slot)
    guard table.holds(slot) else { return }
    table.counts[slot].lastTime = max(table.counts[slot].lastTime, placed.record.time)
  }

  private func packet(_ placed: inout PlacedRecord, _ bytes: RawSpan) throws(TraceError) {
    let slot = Int(placed.flow.slot)
    try open(&placed, slot)
    let isTCP = placed.packet.ipProtocol == .tcp
    let side = placed.flow.side
    let length = Self.plausible(
      placed.packet.payloadLength, captured: placed.packet.payloadCaptured)
    table.counts[slot].count(placed.record, from: side, bytes: length)
    guard depth == .streams else { return }
    let payload = bytes.extracting(placed.packet.payload)
    if isTCP {
      try assembler.segment(
        slot, from: side, sequence: placed.packet.sequence,
        acknowledgment: placed.packet.acknowledgment, flags: placed.packet.tcpFlags, payload,
        length: length, time: placed.record.time, record: placed.record.number)
    } else {
      try sink.datagram(
        table.conversation(slot), from: side, payload, length: length, time: placed.record.time,
        record: placed.record.number)
    }
  }

  private func applicationData(
    _ placed: inout PlacedRecord, _ payload: RawSpan
  ) throws(TraceError) {
    let slot = Int(placed.flow.slot)
    try open(&placed, slot)
    let side = placed.flow.side
    let length = Self.plausible(
      max(placed.record.originalLength, payload.byteCount), captured: payload.byteCount)
    guard placed.record.isApplicationData else {
      // A packet of which a report prints no headers: how long they were is not known for sure.
      let headers = placed.source.address.isIPv4 ? 40 : 60
      return table.counts[slot].count(
        placed.record, from: side,
        bytes: max(0, length - headers + (placed.ipProtocol == IPProtocol.udp.rawValue ? 12 : 0)))
    }
    table.counts[slot].count(placed.record, from: side, bytes: length)
    guard depth == .streams else { return }
    if placed.ipProtocol == IPProtocol.udp.rawValue {
      if length > 0 {
        try sink.datagram(
          table.conversation(slot), from: side, payload, length: length, time: placed.record.time,
          record: placed.record.number)
      }
      return
    }
    let gapBefore = max(0, placed.record.gapBefore)
    if length > 0 || gapBefore > 0 {
      try assembler.sent(
        slot, from: side, payload, length: length, gapBefore: gapBefore, time: placed.record.time,
        record: placed.record.number)
    }
    if placed.flow.isOver {
      try assembler.end(slot, .lower, .closed)
      try assembler.end(slot, .upper, .closed)
    }
  }

  /// Begins to follow a conversation with the first record of it that comes.
  @inline(__always)
  private func open(_ placed: inout PlacedRecord, _ slot: Int) throws(TraceError) {
    if table.holds(slot) { return }
    table.insert(ConversationCounts(placed.record), slot)
    if depth == .streams {
      try assembler.open(slot)
    } else {
      try sink.opened(table.conversation(slot))
    }
  }

  /// A length that no packet has is that of a damaged header, and what was captured counts.
  @inline(__always)
  static func plausible(_ length: Int, captured: Int) -> Int {
    length <= 1 << 24 ? length : captured
  }
}
