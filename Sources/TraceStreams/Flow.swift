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

/// Where the sequence numbers of one end begin, and how far they have come.
struct FlowStart: Sendable {
  /// The sequence number before the first byte.
  var initialSequence: UInt32 = 0
  /// Where the furthest segment ends.
  var furthest: UInt32 = 0
  var hasSequence = false
  var hasFurthest = false
  /// Whether it has sent payload.
  var hasSpoken = false
  /// Whether it has sent a FIN that can be one.
  var hasClosed = false

  /// No window is larger than this by far, and nothing is sent again from further back.
  private static let farthest: Int32 = 1 << 26

  /// Notes a segment; returns whether its number can be one of the connection.
  @inline(__always)
  mutating func note(_ view: borrowing PacketView, _ isSYN: Bool) -> Bool {
    begin(at: isSYN ? view.sequence : view.sequence &- 1)
    let end =
      view.sequence &+ UInt32(truncatingIfNeeded: view.payloadLength) &+ (isSYN ? 1 : 0)
    if isSYN || !hasFurthest {
      hasFurthest = true
      furthest = end
      return true
    }
    let ahead = Int32(truncatingIfNeeded: end &- furthest)
    guard ahead <= Self.farthest, ahead >= -Self.farthest else { return false }
    if ahead > 0 { furthest = end }
    return true
  }

  @inline(__always)
  mutating func begin(at sequence: UInt32) {
    if hasSequence { return }
    hasSequence = true
    initialSequence = sequence
  }

  /// Whether payload at this number can be of a connection that is over: it was sent before the end, or is
  /// sent again.
  func canHold(_ sequence: UInt32) -> Bool {
    guard hasFurthest else { return false }
    let ahead = Int32(truncatingIfNeeded: sequence &- furthest)
    return ahead >= -Self.farthest && ahead <= (hasClosed ? 0 : Self.farthest)
  }
}

/// A conversation as the whole trace has it: what no filter changes.
public struct Flow: Sendable {
  // Beside each other, because every record of a data trace needs these and few need more.
  /// Both ends in order, the protocol, and the plane.
  public internal(set) var key: FlowKey
  /// The side that opened the conversation, or is taken for it; may change as long as the evidence grows.
  public internal(set) var client: FlowSide
  /// How ``client`` is known.
  public internal(set) var clientEvidence: ClientEvidence
  var ends = SocketEnds()
  /// When it was used last, counted in uses of all conversations; 0 when it is not open.
  var lastUse: UInt64 = 0
  /// Number in order of first appearance, from 0, as tcp.stream and udp.stream have it.
  public internal(set) var number: UInt64 = 0
  /// Time of the first record, nanoseconds since 1970.
  public internal(set) var firstTime: Int64
  /// Number of the first record.
  public internal(set) var firstRecord: UInt64
  /// Number of the first record since it went on after it had been put aside; ``firstRecord`` where it never was.
  public internal(set) var heldSince: UInt64
  var lower = FlowStart()
  var upper = FlowStart()
  /// Whether a SYN of it is in the trace.
  public internal(set) var hasSYN = false
  /// Whether a RST was seen that can be one.
  private var isReset = false
  /// Place in the table, below the bound on open conversations; used again when it is over.
  @inlinable public internal(set) var slot: Int {
    get { Int(place) }
    set { place = Int32(truncatingIfNeeded: newValue) }
  }
  // Slots are below 2^24, and a conversation that is kept takes no byte that it does not need.
  @usableFromInline var place: Int32 = 0
  /// Job or interface name of the first record.
  public internal(set) var name: RecordName
  /// Job name of the other end, where both are on the traced stack.
  public internal(set) var peerName = RecordName.none

  init(_ key: FlowKey, from side: FlowSide, _ record: borrowing TraceRecord) {
    self.key = key
    firstTime = record.time
    firstRecord = record.number
    heldSince = record.number
    name = record.name
    client = side
    clientEvidence = .firstRecord
    if let lowerIsClient = ClientGuess.firstIsClient(key.lower.port, key.upper.port) {
      client = lowerIsClient ? .lower : .upper
      clientEvidence = .port
    }
  }

  /// Whether it is in the table still; slots that are not in use hold old conversations.
  var isOpen: Bool { lastUse > 0 }

  /// The address and port of one end.
  @inlinable
  public func endpoint(_ side: FlowSide) -> Endpoint { side == .lower ? key.lower : key.upper }

  /// Whether this is application data without packet headers.
  @inlinable public var isDataTrace: Bool { key.plane != 0 }

  /// Whether a record of data within the stack is the other end's copy of data that is read already.
  mutating func isRepeated(
    _ record: borrowing TraceRecord, from side: FlowSide, of owner: FlowSide
  ) -> Bool {
    ends.note(owner, hasData: true)
    guard ends.isRepeated(record.direction, from: side) else { return false }
    if record.name != name { peerName = record.name }
    return true
  }

  /// Notes the control bits and where the numbers of both directions start.
  ///
  /// A direction seen from its middle starts before its first byte, or before the byte that the
  /// other end expects; this is how Wireshark counts too.
  @inline(__always)
  mutating func note(_ view: borrowing PacketView, from side: FlowSide) {
    let tcpFlags = view.tcpFlags
    let isSYN = tcpFlags.contains(.syn)
    let isPlausible: Bool
    if side == .lower {
      isPlausible = lower.note(view, isSYN)
      if !isSYN { upper.begin(at: view.acknowledgment &- 1) }
    } else {
      isPlausible = upper.note(view, isSYN)
      if !isSYN { lower.begin(at: view.acknowledgment &- 1) }
    }
    if isSYN {
      hasSYN = true
      learn(client: tcpFlags.contains(.ack) ? side.other : side, .syn)
      // Tried again after a refusal, or after an answer that was of another connection.
      isReset = false
    }
    guard isPlausible, !tcpFlags.isDisjoint(with: [.fin, .rst]) else { return }
    if tcpFlags.contains(.rst) {
      isReset = true
    } else if side == .lower {
      lower.hasClosed = true
    } else {
      upper.hasClosed = true
    }
  }

  /// Whether the connection is closed from both ends, or reset.
  @inline(__always) var isOver: Bool { isReset || lower.hasClosed && upper.hasClosed }

  /// Notes that a side sends payload; returns whether it is its first.
  @inline(__always)
  mutating func speaksFirst(_ side: FlowSide) -> Bool {
    if side == .lower {
      if lower.hasSpoken { return false }
      lower.hasSpoken = true
    } else {
      if upper.hasSpoken { return false }
      upper.hasSpoken = true
    }
    return true
  }

  /// Takes better evidence of who the client is.
  mutating func learn(client side: FlowSide, _ evidence: ClientEvidence) {
    guard evidence > clientEvidence else { return }
    client = side
    clientEvidence = evidence
  }

  /// Whether a packet begins another conversation between the same ends.
  ///
  /// A SYN with another number does, as Wireshark 4.0 counts; one with the same number is a try of the same
  /// connection, also after a reset or a close. When a connection is over, an answer to a SYN that is not
  /// in the trace begins one as well, and so do bytes that it cannot have sent; Wireshark has those in the
  /// stream of the old one.
  @inline(__always)
  func isReused(by view: borrowing PacketView, from side: FlowSide) -> Bool {
    let isSYN = view.tcpFlags.contains(.syn)
    if !isSYN, !isOver { return false }
    let start = side == .lower ? lower : upper
    if !isSYN {
      if view.payloadLength == 0 { return false }
      return !start.canHold(view.sequence)
    }
    if !start.hasSequence { return false }
    if start.initialSequence == view.sequence { return false }
    if !view.tcpFlags.contains(.ack) { return true }
    // An answer to the SYN of this connection is none of another one, whatever came between.
    let other = side == .lower ? upper : lower
    if other.hasSequence, other.initialSequence &+ 1 == view.acknowledgment { return false }
    return isOver
  }
}

extension Flow {
  /// `flow_id`, 16 hexadecimal digits.
  public var id: String { FlowIdentity.text(key, firstTime: firstTime) }
}
