public import TraceModel

/// How it is known who the client is, from the weakest to the strongest evidence.
public enum ClientEvidence: UInt8, Sendable, Comparable {
  /// It sent the first record.
  case firstRecord
  /// Its port is in the ephemeral range, or the other end's below 1024.
  case port
  /// It sent what only clients send, or the other what only servers do.
  case requestBytes
  /// It sent the SYN, or was sent the SYN-ACK.
  case syn
  /// The log of AT-TLS says who opened the connection.
  case log

  /// The evidence in words.
  public var text: StaticString {
    switch self {
    case .firstRecord: "first record"
    case .port: "port"
    case .requestBytes: "request bytes"
    case .syn: "SYN"
    case .log: "log"
    }
  }

  @inlinable
  public static func < (left: ClientEvidence, right: ClientEvidence) -> Bool {
    left.rawValue < right.rawValue
  }
}

/// What one end of a conversation sent.
public struct FlowHalf: Sendable {
  public internal(set) var records: UInt64 = 0
  /// Payload by the packet headers, captured or not, and however often it was sent.
  public internal(set) var bytes: UInt64 = 0
  /// Payload that was given in order.
  public internal(set) var delivered: UInt64 = 0
  /// Payload known to be missing.
  public internal(set) var missing: UInt64 = 0
  /// Payload that came again.
  public internal(set) var repeated: UInt64 = 0
  /// Bytes that came again and were not the same.
  public internal(set) var conflicts: UInt64 = 0
  /// Keep-alive probes.
  public internal(set) var keepAlives: UInt32 = 0
  /// All TCP control bits seen.
  public internal(set) var tcpFlags: TCPHeader.Flags = []
  /// The sequence number before the first byte.
  public internal(set) var initialSequence: UInt32?
  /// Why the direction is over, nil as long as it is not.
  public internal(set) var end: StreamEnd?

  @inline(__always)
  mutating func count(_ bytes: Int) {
    records &+= 1
    self.bytes &+= UInt64(truncatingIfNeeded: bytes)
  }

  @inline(__always)
  mutating func note(_ flags: TCPHeader.Flags, _ sequence: UInt32) {
    tcpFlags.formUnion(flags)
    if initialSequence == nil { initialSequence = sequence }
  }
}

/// A conversation: who, when, how much. A value of integers.
public struct Flow: Sendable {
  // Beside each other, because every record of a data trace needs these two and few need more.
  public internal(set) var key: FlowKey
  var ends = SocketEnds()
  /// When it was used last, counted in uses of all conversations; 0 when it is not open.
  var lastUse: UInt64 = 0
  /// Whether it is in the table still; slots that are not in use hold old conversations.
  var isOpen: Bool { lastUse > 0 }
  /// Place in the table, below the bound on open conversations; used again after `closed`.
  public internal(set) var slot = 0
  /// Number in order of first appearance, from 0, as tcp.stream and udp.stream have it.
  public internal(set) var number: UInt64 = 0
  public internal(set) var firstTime: Int64
  public internal(set) var lastTime: Int64
  public internal(set) var firstRecord: UInt64
  public internal(set) var lastRecord: UInt64
  /// Job or interface name of the first record.
  public internal(set) var name: RecordName
  /// Job name of the other end, where both are on the traced stack.
  public internal(set) var peerName = RecordName.none
  /// Flags of all records together.
  public internal(set) var flags: RecordFlags = []
  public internal(set) var client: FlowSide
  public internal(set) var clientEvidence: ClientEvidence
  public internal(set) var lower = FlowHalf()
  public internal(set) var upper = FlowHalf()

  init(_ key: FlowKey, from side: FlowSide, _ record: borrowing TraceRecord) {
    self.key = key
    firstTime = record.time
    lastTime = record.time
    firstRecord = record.number
    lastRecord = record.number
    name = record.name
    client = side
    clientEvidence = .firstRecord
    if let lowerIsClient = ClientGuess.firstIsClient(key.lower.port, key.upper.port) {
      client = lowerIsClient ? .lower : .upper
      clientEvidence = .port
    }
  }

  /// What one end sent.
  @inlinable
  public subscript(side: FlowSide) -> FlowHalf {
    get { side == .lower ? lower : upper }
    _modify {
      if side == .lower { yield &lower } else { yield &upper }
    }
  }

  /// Payload that one end sent.
  @inlinable
  public func bytes(from side: FlowSide) -> UInt64 { side == .lower ? lower.bytes : upper.bytes }

  /// Payload that one end sent and that was given in order.
  @inlinable
  public func delivered(from side: FlowSide) -> UInt64 {
    side == .lower ? lower.delivered : upper.delivered
  }

  /// The address and port of one end.
  @inlinable
  public func endpoint(_ side: FlowSide) -> Endpoint { side == .lower ? key.lower : key.upper }

  /// Whether this is application data without packet headers.
  @inlinable public var isDataTrace: Bool { key.plane != 0 }

  /// Whether both directions have ended.
  @inlinable public var isOver: Bool { lower.end != nil && upper.end != nil }

  /// Whether a record of data within the stack is the other end's copy of data that is read already.
  mutating func isRepeated(
    _ record: borrowing TraceRecord, from side: FlowSide, of owner: FlowSide
  ) -> Bool {
    ends.note(owner, hasData: true)
    guard ends.isRepeated(record.direction, from: side) else { return false }
    if record.name != name { peerName = record.name }
    lastTime = max(lastTime, record.time)
    return true
  }

  /// Counts a record.
  @inline(__always)
  mutating func count(_ record: borrowing TraceRecord, from side: FlowSide, bytes: Int) {
    firstTime = min(firstTime, record.time)
    lastTime = max(lastTime, record.time)
    lastRecord = record.number
    flags.formUnion(record.flags)
    if side == .lower { lower.count(bytes) } else { upper.count(bytes) }
  }

  /// Notes the control bits and where the numbers of both directions start.
  ///
  /// A direction seen from its middle starts before its first byte, or before the byte that the
  /// other end expects; this is how Wireshark counts too.
  @inline(__always)
  mutating func note(_ view: borrowing PacketView, from side: FlowSide) {
    let tcpFlags = view.tcpFlags
    let isSYN = tcpFlags.contains(.syn)
    let initial = isSYN ? view.sequence : view.sequence &- 1
    let expected: UInt32? = isSYN ? nil : view.acknowledgment &- 1
    if side == .lower {
      lower.note(tcpFlags, initial)
      if upper.initialSequence == nil { upper.initialSequence = expected }
    } else {
      upper.note(tcpFlags, initial)
      if lower.initialSequence == nil { lower.initialSequence = expected }
    }
    if isSYN { learn(client: tcpFlags.contains(.ack) ? side.other : side, .syn) }
  }

  /// Takes better evidence of who the client is.
  mutating func learn(client side: FlowSide, _ evidence: ClientEvidence) {
    guard evidence > clientEvidence else { return }
    client = side
    clientEvidence = evidence
  }

  /// Whether a packet begins another conversation between the same ends, as Wireshark judges it: a
  /// SYN with another number, or with the same one after FIN or RST.
  @inline(__always)
  func isReused(by view: borrowing PacketView, from side: FlowSide) -> Bool {
    guard view.tcpFlags.intersection([.syn, .ack]) == .syn,
      let initial = self[side].initialSequence
    else { return false }
    if initial != view.sequence { return true }
    return !lower.tcpFlags.union(upper.tcpFlags).isDisjoint(with: [.fin, .rst])
  }
}
