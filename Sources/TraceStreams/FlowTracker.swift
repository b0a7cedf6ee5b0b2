public import TraceBytes
public import TraceModel

/// Finds the conversation of every record and what it says in it.
///
/// Takes captures, packet traces and data traces alike: decodes packets, puts fragments together, counts
/// the record in its conversation, and gives TCP data and datagrams to a ``StreamSink``.
public final class FlowTracker: TraceSink {
  /// How much is told of a conversation.
  public enum Depth: UInt8, Sendable {
    /// Which one a record belongs to, and its number. Of a data trace nothing is counted.
    case numbers
    /// Also what each end sent.
    case counts
    /// Also the streams, put into order.
    case streams
  }

  /// What a tracker keeps, and how far it looks.
  public struct Options: Sendable {
    /// Conversations open at a time; the one idle longest is released for a new one.
    public var maxFlows = FlowTable.defaultLimit
    public var depth = Depth.streams
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
    /// Data-trace records that repeat what the other end on this stack has in the trace.
    public var repeated: UInt64 = 0
  }

  public let table: FlowTable
  public let assembler: StreamAssembler
  public private(set) var fragments: FragmentTable
  public var counts: Counts { tally }
  private var tally = Counts()
  /// The slot in the table of the conversation that the last record belongs to.
  public var lastSlot: Int? { place.slot }
  /// Whether the last record repeats what the other end of its conversation had in the trace.
  public var lastIsRepeated: Bool { place.isRepeated }

  /// What the last record is a fragment of, when it is one; with a slot, the packet is whole now.
  public var lastFragment: FragmentKey? { place.fragment }

  private struct Place {
    var slot: Int?
    var isRepeated = false
    var isOver = false
    var fragment: FragmentKey?
  }
  private var place = Place()
  private let sink: any StreamSink
  private let options: Options

  /// A tracker that only tells which conversation a record belongs to, and its number.
  public convenience init(numbering maxFlows: Int = FlowTable.defaultLimit) {
    var options = Options()
    options.maxFlows = maxFlows
    options.depth = .numbers
    self.init(sink: Unheard(), options: options)
  }

  private final class Unheard: StreamSink {
    func data(
      _ flow: Flow, from side: FlowSide, _ bytes: RawSpan, time: Int64, record: UInt64
    ) throws(TraceError) {}
    func gap(_ flow: Flow, from side: FlowSide, count: Int) throws(TraceError) {}
    func ended(_ flow: Flow, from side: FlowSide, _ how: StreamEnd) throws(TraceError) {}
  }

  public init(sink: any StreamSink, options: Options = Options()) {
    table = FlowTable(limit: options.maxFlows)
    assembler = StreamAssembler(table: table, sink: sink, limits: options.streams)
    fragments = FragmentTable(limits: options.fragments)
    self.sink = sink
    self.options = options
  }

  public func record(_ record: borrowing TraceRecord, _ payload: RawSpan) throws(TraceError) {
    place = Place()
    if record.isApplicationData {
      try applicationData(record, payload)
      if place.isOver, let slot = place.slot { try retire(slot) }
      return
    }
    // A continuation begins in the middle of a packet.
    let flags = record.flags
    if record.linkType == .none || flags.contains(.orphan) {
      tally.cut &+= 1
      return
    }
    let view = PacketView.decode(
      payload, linkType: record.linkType, originalLength: record.originalLength)
    if case .fragment = view.status {
      tally.tracked &+= 1
      place.fragment = FragmentKey(view)
      guard let whole = fragments.add(view, payload, time: record.time) else { return }
      tally.tracked &-= 1
      return try unsafe packet(record, whole.view, whole.bytes.span.bytes)
    }
    try packet(record, view, payload)
  }

  public func notice(_ notice: TraceNotice) throws(TraceError) {}

  public func finish() throws(TraceError) {
    for slot in table.slotsInOrder() {
      try close(slot, .traceEnd)
    }
    // Places name slots, and none is left.
    place = Place()
    over = []
    oldestOver = 0
    // What is shown now may need as much memory again.
    table.releaseMemory()
    assembler.releaseMemory()
  }

  private func packet(
    _ record: borrowing TraceRecord, _ view: borrowing PacketView, _ bytes: RawSpan
  ) throws(TraceError) {
    guard view.hasTransport else { return countOther(view.status, view.hasNetwork) }
    let ipProtocol = view.ipProtocol
    let isTCP = ipProtocol == .tcp
    guard isTCP || ipProtocol == .udp else { return countOther(.complete, true) }
    tally.tracked &+= 1
    let source = Endpoint(view.source, view.sourcePort)
    let destination = Endpoint(view.destination, view.destinationPort)
    let side: FlowSide = destination < source ? .upper : .lower
    let key = FlowKey(source, destination, ipProtocol: view.ipProtocol.rawValue)
    let slot = try slot(of: key, from: side, record, view, isTCP: isTCP)
    place.slot = slot
    let length = Self.plausible(view.payloadLength, captured: view.payloadCaptured)
    let isFirstData = table.count(
      record, view, isTCP: isTCP, in: slot, from: side, bytes: length)
    let payload = bytes.extracting(view.payload)
    if isFirstData, let client = ClientGuess.side(of: payload, from: side) {
      table.flows[slot].learn(client: client, .requestBytes)
    }
    guard options.depth == .streams else { return }
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
    if let slot = table.use(key) {
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
    let ipProtocol = record.ipProtocol
    let isUDP = ipProtocol == IPProtocol.udp.rawValue
    guard isUDP || ipProtocol == IPProtocol.tcp.rawValue else {
      tally.otherProtocols &+= 1
      return
    }
    tally.tracked &+= 1
    let source = Endpoint(record.source, record.sourcePort)
    let destination = Endpoint(record.destination, record.destinationPort)
    let side: FlowSide = destination < source ? .upper : .lower
    let owner = record.direction == .outbound ? side : side.other
    // TLS records out of a log are another view of a connection than its application data.
    let plane: UInt8 = record.flags.contains(.cipherText) ? 2 : 1
    let key = FlowKey(source, destination, ipProtocol: ipProtocol, plane: plane)
    let flags = record.flags
    var found = table.use(key)
    if let old = found, table.flows[old].ends.areFollowed(by: flags, of: owner) {
      try close(old, .reused)
      found = nil
    }
    // A UDP socket is a conversation once a datagram is seen, as for everybody who sees packets.
    if found == nil, isUDP, !flags.isDisjoint(with: [.start, .end]) { return }
    let slot: Int
    if let found { slot = found } else { slot = try open(Flow(key, from: side, record)) }
    place = Place(slot: slot)
    let length = Self.plausible(
      max(record.originalLength, payload.byteCount), captured: payload.byteCount)
    if flags.contains(.local), length > 0,
      table.flows[slot].isRepeated(record, from: side, of: owner)
    {
      tally.repeated &+= 1
      place.isRepeated = true
      return
    }
    table.flows[slot].ends.note(owner, hasData: length > 0)
    let isOver = flags.contains(.end) && table.flows[slot].ends.close(owner)
    place.isOver = isOver
    guard options.depth != .numbers || found == nil else { return }
    if found == nil, flags.isSuperset(of: [.start, .cipherText]) {
      // The start record made of a log has the client for its source.
      table.flows[slot].learn(client: side, .log)
    }
    let isFirstData = length > 0 && table.flows[slot].bytes(from: side) == 0
    table.flows[slot].count(record, from: side, bytes: length)
    if isFirstData, let client = ClientGuess.side(of: payload, from: side) {
      table.flows[slot].learn(client: client, .requestBytes)
    }
    guard options.depth == .streams else { return }
    if isUDP {
      if length > 0 {
        try sink.datagram(
          table.flows[slot], from: side, payload, length: length, time: record.time,
          record: record.number)
      }
      return
    }
    let gapBefore = max(0, record.gapBefore)
    if length > 0 || gapBefore > 0 {
      try assembler.sent(
        slot, from: side, payload, length: length, gapBefore: gapBefore,
        time: record.time, record: record.number)
    }
    if isOver {
      try assembler.end(slot, .lower, .closed)
      try assembler.end(slot, .upper, .closed)
    }
  }

  private func open(_ flow: Flow) throws(TraceError) -> Int {
    if table.isFull, let idle = table.longestIdle { try close(idle, .idle) }
    let slot = table.insert(flow)
    if options.depth == .streams {
      try assembler.open(slot)
    } else {
      try sink.opened(table.flows[slot])
    }
    return slot
  }

  /// The last conversations of a data trace that are over, in a ring. What may still come of one is a
  /// second end record; a record after that begins another conversation.
  private var over: ContiguousArray<(slot: Int, firstRecord: UInt64)> = []
  private var oldestOver = 0
  private static let overLimit = 1024

  /// Lets the conversation that has been over for longest go when there are many, so that they do not
  /// fill the table.
  private func retire(_ slot: Int) throws(TraceError) {
    let entry = (slot: slot, firstRecord: table.flows[slot].firstRecord)
    if over.count < Self.overLimit { return over.append(entry) }
    let oldest = over[oldestOver]
    over[oldestOver] = entry
    oldestOver = (oldestOver + 1) % Self.overLimit
    let flow = table.flows[oldest.slot]
    guard flow.isOpen, flow.firstRecord == oldest.firstRecord else { return }
    try close(oldest.slot, .closed)
  }

  private func close(_ slot: Int, _ how: StreamEnd) throws(TraceError) {
    if table.flows[slot].key.ipProtocol == IPProtocol.udp.rawValue || options.depth != .streams {
      try sink.closed(table.flows[slot])
    } else {
      try assembler.close(slot, how)
    }
    table.remove(slot)
  }

  private func countOther(_ status: PacketView.Status, _ hasNetwork: Bool) {
    switch status {
    case .truncated: tally.cut &+= 1
    case .malformed: tally.malformed &+= 1
    case .unknownLink: tally.unknownLinks &+= 1
    case .complete, .fragment, .notIP: tally.otherProtocols &+= 1
    }
  }

  /// A length that no packet has is that of a damaged header, and what was captured counts.
  @inline(__always)
  private static func plausible(_ length: Int, captured: Int) -> Int {
    length <= 1 << 24 ? length : captured
  }
}
