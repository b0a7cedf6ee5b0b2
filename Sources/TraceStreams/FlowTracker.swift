public import TraceBytes
public import TraceModel

/// Finds the conversation of every record and what it says in it.
///
/// Takes captures, packet traces and data traces alike: decodes packets, puts fragments together, counts
/// the record in its conversation, and gives TCP data and datagrams to a ``StreamSink``.
public final class FlowTracker: TraceSink {
  /// What a tracker keeps, and whether it looks at data at all.
  public struct Options: Sendable {
    /// Conversations open at a time; the one idle longest is released for a new one.
    public var maxFlows = FlowTable.defaultLimit
    /// Whether streams are put into order; without, conversations are only counted.
    public var reassembles = true
    public var streams = StreamAssembler.Limits()
    public var fragments = FragmentTable.Limits()

    public init() {}
  }

  /// Records that belong to no conversation.
  public struct Counts: Sendable, Equatable {
    /// Records in conversations.
    public var tracked: UInt64 = 0
    /// Packets of other protocols than TCP and UDP, and frames that carry no IP.
    public var otherProtocols: UInt64 = 0
    /// Packets cut before their ports, and continuations of such.
    public var cut: UInt64 = 0
    /// Packets with headers that cannot be.
    public var malformed: UInt64 = 0
    /// Link types that are not decoded.
    public var unknownLinks: UInt64 = 0
  }

  public let table: FlowTable
  public let assembler: StreamAssembler
  public private(set) var fragments: FragmentTable
  public private(set) var counts = Counts()
  /// The slot in the table of the conversation that the last record belongs to.
  public private(set) var lastSlot: Int?
  private let sink: any StreamSink
  private let options: Options

  public init(sink: any StreamSink, options: Options = Options()) {
    table = FlowTable(limit: options.maxFlows)
    assembler = StreamAssembler(table: table, sink: sink, limits: options.streams)
    fragments = FragmentTable(limits: options.fragments)
    self.sink = sink
    self.options = options
  }

  public func record(_ record: borrowing TraceRecord, _ payload: RawSpan) throws(TraceError) {
    lastSlot = nil
    if record.isApplicationData {
      return try applicationData(record, payload)
    }
    // A continuation begins in the middle of a packet.
    let flags = record.flags
    if record.linkType == .none || flags.contains(.orphan) {
      counts.cut &+= 1
      return
    }
    let view = PacketView.decode(
      payload, linkType: record.linkType, originalLength: record.originalLength)
    if view.status == .fragment {
      counts.tracked &+= 1
      guard let whole = fragments.add(view, payload, time: record.time) else { return }
      counts.tracked &-= 1
      return try unsafe packet(record, whole.view, whole.bytes.span.bytes)
    }
    try packet(record, view, payload)
  }

  public func notice(_ notice: TraceNotice) throws(TraceError) {}

  public func finish() throws(TraceError) {
    for slot in table.slotsInOrder() {
      try close(slot, .traceEnd)
    }
  }

  private func packet(
    _ record: borrowing TraceRecord, _ view: borrowing PacketView, _ bytes: RawSpan
  ) throws(TraceError) {
    guard view.hasTransport else { return countOther(view.status, view.hasNetwork) }
    let ipProtocol = view.ipProtocol
    let isTCP = ipProtocol == .tcp
    guard isTCP || ipProtocol == .udp else { return countOther(.complete, true) }
    counts.tracked &+= 1
    let source = Endpoint(view.source, view.sourcePort)
    let destination = Endpoint(view.destination, view.destinationPort)
    let side: FlowSide = destination < source ? .upper : .lower
    let key = FlowKey(source, destination, ipProtocol: view.ipProtocol.rawValue)
    let slot = try slot(of: key, from: side, record, view, isTCP: isTCP)
    lastSlot = slot
    let length = Self.plausible(view.payloadLength, captured: view.payloadCaptured)
    let isFirstData = table.count(
      record, view, isTCP: isTCP, in: slot, from: side, bytes: length)
    let payload = bytes.extracting(view.payload)
    if isFirstData, let client = ClientBytes.side(of: payload, from: side) {
      table.flows[slot].learn(client: client, .requestBytes)
    }
    guard options.reassembles else { return }
    if isTCP {
      try assembler.segment(
        slot, from: side, sequence: view.sequence, acknowledgment: view.acknowledgment,
        flags: view.tcpFlags, payload, length: length, time: record.time, record: record.number)
    } else {
      try sink.datagram(
        table.flows[slot], from: side, payload, length: length, time: record.time,
        record: record.number)
    }
  }

  @inline(__always)
  private func slot(
    of key: FlowKey, from side: FlowSide, _ record: borrowing TraceRecord,
    _ view: borrowing PacketView, isTCP: Bool
  ) throws(TraceError) -> Int {
    if let slot = table.find(key) {
      // Only a SYN can begin another conversation.
      let tcpFlags = view.tcpFlags
      guard isTCP, tcpFlags.contains(.syn) else { return slot }
      guard table.flows[slot].isReused(by: view, from: side) else { return slot }
      try close(slot, .reused)
    }
    return try open(Flow(key, from: side, record))
  }

  private func applicationData(
    _ record: borrowing TraceRecord, _ payload: RawSpan
  ) throws(TraceError) {
    counts.tracked &+= 1
    let source = Endpoint(record.source, record.sourcePort)
    let destination = Endpoint(record.destination, record.destinationPort)
    let side: FlowSide = destination < source ? .upper : .lower
    let key = FlowKey(
      source, destination, ipProtocol: record.ipProtocol, plane: Self.plane(record, side))
    let flags = record.flags
    var slot = table.find(key)
    if let old = slot, !flags.contains(.end), table.flows[old].isOver || flags.contains(.start),
      !Self.isEmpty(table.flows[old])
    {
      try close(old, .reused)
      slot = nil
    }
    let at: Int
    if let slot { at = slot } else { at = try open(Flow(key, from: side, record)) }
    lastSlot = at
    let originalLength = record.originalLength
    let length = Self.plausible(
      max(originalLength, payload.byteCount), captured: payload.byteCount)
    let isFirstData = length > 0 && table.flows[at][side].bytes == 0
    table.flows[at].count(record, from: side, bytes: length)
    if isFirstData, let client = ClientBytes.side(of: payload, from: side) {
      table.flows[at].learn(client: client, .requestBytes)
    }
    guard options.reassembles else {
      if flags.contains(.end) { table.end(at) }
      return
    }
    if record.ipProtocol == IPProtocol.udp.rawValue {
      if length > 0 {
        try sink.datagram(
          table.flows[at], from: side, payload, length: length, time: record.time,
          record: record.number)
      }
      return
    }
    let gapBefore = max(0, record.gapBefore)
    if length > 0 || gapBefore > 0 {
      try assembler.sent(
        at, from: side, payload, length: length, gapBefore: gapBefore,
        time: record.time, record: record.number)
    }
    if flags.contains(.end) {
      try assembler.end(at, .lower, .closed)
      try assembler.end(at, .upper, .closed)
    }
  }

  /// Data traces are conversations of their own. Of a connection within the stack both ends are traced,
  /// so each end's view is one: outbound belongs to the source, inbound to the destination.
  private static func plane(_ record: borrowing TraceRecord, _ side: FlowSide) -> UInt8 {
    guard record.flags.contains(.local) else { return 1 }
    let owner = record.direction == .outbound ? side : side.other
    return owner == .lower ? 2 : 3
  }

  /// Whether nothing but a start record was seen: its twin of the other direction starts nothing new.
  private static func isEmpty(_ flow: Flow) -> Bool {
    !flow.isOver && flow.lower.bytes == 0 && flow.upper.bytes == 0
  }

  private func open(_ flow: Flow) throws(TraceError) -> Int {
    if table.isFull, let idle = table.longestIdle { try close(idle, .idle) }
    let slot = table.insert(flow)
    try assembler.open(slot)
    return slot
  }

  private func close(_ slot: Int, _ how: StreamEnd) throws(TraceError) {
    if table.flows[slot].key.ipProtocol == IPProtocol.udp.rawValue || !options.reassembles {
      try sink.closed(table.flows[slot])
    } else {
      try assembler.close(slot, how)
    }
    table.remove(slot)
  }

  private func countOther(_ status: PacketView.Status, _ hasNetwork: Bool) {
    switch status {
    case .truncated: counts.cut &+= 1
    case .malformed: counts.malformed &+= 1
    case .unknownLink: counts.unknownLinks &+= 1
    case .complete, .fragment, .notIP: counts.otherProtocols &+= 1
    }
  }

  /// A length that no packet has is that of a damaged header, and what was captured counts.
  @inline(__always)
  private static func plausible(_ length: Int, captured: Int) -> Int {
    length <= 1 << 24 ? length : captured
  }
}
