public import TraceBytes

/// A record with everything that is found out about it once, for all stages: its headers, its ends, and the
/// conversation that it belongs to.
public struct PlacedRecord: Sendable {
  /// The record as its trace has it.
  public var record: TraceRecord
  /// The sender and the receiver, and what the record carries: by the packet's own headers where it has
  /// them, so that they mean the same for every format.
  public var source: Endpoint
  /// The receiver, known as well as ``source``.
  public var destination: Endpoint
  /// IP protocol number: 6 TCP, 17 UDP.
  public var ipProtocol: UInt8
  /// Where everything is in the packet; nothing is known for application data and for what is no packet.
  public var packet = PacketView()
  /// The conversation.
  public var flow = Placement.none
  /// Whether the addresses are known.
  public var hasAddresses = false
  /// Whether the ports are known: of TCP, UDP and SCTP, and of a first fragment or a cut header too.
  public var hasPorts = false
  /// Whether a filter kept it from the stages behind: set by the filter, for the stages in front.
  public var isLeftOut = false

  /// A record that is in no conversation yet, with the ends that its trace gives it.
  public init(_ record: borrowing TraceRecord) {
    self.record = copy record
    source = Endpoint(record.source, record.sourcePort)
    destination = Endpoint(record.destination, record.destinationPort)
    ipProtocol = record.ipProtocol
  }

  /// Becomes another record that is in no conversation yet, where this one stands.
  @inlinable
  public mutating func take(_ record: borrowing TraceRecord) {
    self.record = copy record
    source = Endpoint(record.source, record.sourcePort)
    destination = Endpoint(record.destination, record.destinationPort)
    ipProtocol = record.ipProtocol
    if isPacket { packet = PacketView() }
    flow = .none
    hasAddresses = false
    hasPorts = false
    isLeftOut = false
  }

  /// Application data outside of all conversations.
  public init(applicationData record: borrowing TraceRecord) {
    self.init(record)
    hasAddresses = !self.record.flags.contains(.headerUnknown)
    hasPorts = hasAddresses
  }

  /// Whether the payload is a packet whose headers were looked at.
  @inlinable @inline(__always)
  public var isPacket: Bool {
    if case .notLookedAt = packet.status { false } else { true }
  }

  /// Which way the record went: by its trace, or by the link header of the packet.
  @inlinable @inline(__always)
  public var direction: Direction {
    record.direction == .unknown ? packet.direction : record.direction
  }

  /// The end of the conversation that sent the record.
  @inlinable @inline(__always)
  public var side: FlowSide { flow.side }

  /// The two ends of the conversation in order, and the protocol.
  @inlinable @inline(__always)
  public var key: FlowKey {
    FlowKey(source, destination, ipProtocol: ipProtocol, plane: flow.plane)
  }

  /// Where application data stands in the payload: behind the headers of a packet.
  @inlinable @inline(__always)
  public func data(in payload: RawSpan) -> Range<Int> {
    guard packet.hasTransport else { return 0..<payload.byteCount }
    let range = packet.payload
    guard range.lowerBound >= 0, range.upperBound <= payload.byteCount else {
      return 0..<payload.byteCount
    }
    return range
  }
}

extension PlacedRecord {
  /// Bytes of application data there were, captured or not.
  @inlinable @inline(__always)
  public func dataLength(in payload: RawSpan) -> Int {
    guard packet.hasTransport else { return max(record.originalLength, payload.byteCount) }
    return max(packet.payloadLength, data(in: payload).count)
  }

  /// Whether the record was sent by this host; nil when the trace does not say.
  @inlinable @inline(__always)
  public var isOutbound: Bool? {
    record.direction == .unknown ? nil : record.direction == .outbound
  }
}

/// Which conversation a record belongs to.
public struct Placement: Sendable, Equatable, BitwiseCopyable {
  /// Place in the tables of open conversations, -1 when the record belongs to none. It is used again when
  /// the conversation is over (``PlacedSink/closed(_:_:)``).
  public var slot: Int32 = -1
  /// Who sent the record.
  public var side = FlowSide.lower
  /// Views of a connection that are not one stream: 0 packets, 1 application data, 2 TLS records of a log.
  public var plane: UInt8 = 0
  /// Whether the conversation begins with this record.
  public var isNew = false
  /// Whether the record repeats what the other end on this stack has in the trace.
  public var isRepeated = false
  /// Whether all its ends on the traced stack are closed with this record.
  public var isOver = false
  /// Number among the conversations of its protocol, in order of first appearance, from 0.
  public var number: UInt64 = 0
  /// Number of its first record.
  public var firstRecord: UInt64 = 0
  /// Time of its first record, nanoseconds since 1970.
  public var firstTime: Int64 = 0

  /// No conversation.
  @inlinable public init() {}

  /// No conversation.
  @inlinable public static var none: Placement { Placement() }

  /// Whether the record belongs to a conversation.
  @inlinable public var isKnown: Bool { slot >= 0 }
}

/// Why a conversation, or one direction of it, is over.
public enum FlowEnd: UInt8, Sendable {
  /// It was closed: FIN, or the end record of a data trace.
  case closed
  /// It was reset.
  case reset
  /// The same addresses and ports began another conversation.
  case reused
  /// It was released to bound memory, because it was idle longer than all others.
  case idle
  /// The trace ends.
  case traceEnd
  /// A filter left out what may have been the rest.
  case filtered

  /// Whether the end itself was seen, so that nothing more was sent.
  public var isSeen: Bool {
    switch self {
    case .closed, .reset, .reused: true
    case .idle, .traceEnd, .filtered: false
    }
  }
}

/// Takes records with their place: a stage behind the flow table.
///
/// Records are handed on `inout`, so that they stay where they stand: they have more than 400 bytes, which
/// would be copied at each stage otherwise.
public protocol PlacedSink: AnyObject, TraceEvents {
  /// One record and its payload. The span is valid during the call only.
  func record(_ placed: inout PlacedRecord, _ payload: RawSpan) throws(TraceError)
  /// The packet that the fragments until now make up: the record is that of the last of them, which was
  /// given before, with the headers of the whole.
  func whole(_ placed: inout PlacedRecord, _ packet: RawSpan) throws(TraceError)
  /// A conversation is over, and its slot will be used again.
  func closed(_ slot: Int, _ how: FlowEnd) throws(TraceError)
}

extension PlacedSink {
  public func whole(_ placed: inout PlacedRecord, _ packet: RawSpan) throws(TraceError) {}
  public func closed(_ slot: Int, _ how: FlowEnd) throws(TraceError) {}
}

/// A stage in the middle: what it does not take itself goes on.
public protocol PlacedStage: PlacedSink {
  /// The next stage.
  var downstream: any PlacedSink { get }
}

extension PlacedStage {
  public func whole(_ placed: inout PlacedRecord, _ packet: RawSpan) throws(TraceError) {
    try downstream.whole(&placed, packet)
  }
  public func closed(_ slot: Int, _ how: FlowEnd) throws(TraceError) {
    try downstream.closed(slot, how)
  }
  public func comment(_ text: RawSpan) throws(TraceError) { try downstream.comment(text) }
  public func notice(_ notice: TraceNotice) throws(TraceError) { try downstream.notice(notice) }
  public func interface(_ interface: CaptureInterface) throws(TraceError) {
    try downstream.interface(interface)
  }
  public func secrets(type: UInt32, _ bytes: RawSpan) throws(TraceError) {
    try downstream.secrets(type: type, bytes)
  }
  public func pause() throws(TraceError) { try downstream.pause() }
  public func finish() throws(TraceError) { try downstream.finish() }
}

/// What is remembered of each open conversation, by its slot.
public struct PerFlow<State> {
  @usableFromInline var states: ContiguousArray<State?> = []

  /// No conversation is remembered; memory grows with the highest slot that is set.
  @inlinable public init() {}

  /// The state of a conversation, nil when there is none.
  @inlinable
  public subscript(slot: Int) -> State? {
    get { state(slot) }
    set { set(slot, newValue) }
  }

  @inlinable
  func state(_ slot: Int) -> State? {
    slot >= 0 && slot < states.count ? states[slot] : nil
  }

  @inlinable
  mutating func set(_ slot: Int, _ state: State?) {
    guard slot >= 0 else { return }
    if slot >= states.count {
      if state == nil { return }
      while states.count <= slot { states.append(nil) }
    }
    states[slot] = state
  }

  /// Forgets a conversation, and returns what was remembered of it.
  @inlinable
  public mutating func close(_ slot: Int) -> State? {
    let state = state(slot)
    set(slot, nil)
    return state
  }
}
