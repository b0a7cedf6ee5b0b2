public import TraceModel

/// What one end of a conversation sent, of the records that a filter let through.
public struct ConversationHalf: Sendable {
  /// Records that this end sent, those without data too.
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
  /// Why the direction is over, nil as long as it is not.
  public internal(set) var end: FlowEnd?

  @inline(__always)
  mutating func count(_ bytes: Int) {
    records &+= 1
    self.bytes &+= UInt64(truncatingIfNeeded: bytes)
  }
}

/// What was seen of a conversation through a filter: when, how much. A value of integers.
@usableFromInline
struct ConversationCounts: Sendable {
  @usableFromInline var firstTime: Int64
  @usableFromInline var lastTime: Int64
  @usableFromInline var firstRecord: UInt64
  @usableFromInline var flags: RecordFlags = []
  @usableFromInline var clearRecords: UInt64 = 0
  @usableFromInline var confidentialRecords: UInt64 = 0
  @usableFromInline var lower = ConversationHalf()
  @usableFromInline var upper = ConversationHalf()

  init(_ record: borrowing TraceRecord) {
    firstTime = record.time
    lastTime = record.time
    firstRecord = record.number
  }

  subscript(side: FlowSide) -> ConversationHalf {
    get { side == .lower ? lower : upper }
    _modify {
      if side == .lower { yield &lower } else { yield &upper }
    }
  }

  /// Counts a record.
  @inline(__always)
  mutating func count(
    _ record: borrowing TraceRecord, from side: FlowSide, bytes: Int
  ) {
    firstTime = min(firstTime, record.time)
    lastTime = max(lastTime, record.time)
    flags.formUnion(record.flags)
    if record.flags.contains(.confidential) {
      confidentialRecords &+= 1
    } else if record.flags.contains(.clearText) {
      clearRecords &+= 1
    }
    if side == .lower { lower.count(bytes) } else { upper.count(bytes) }
  }
}

/// A conversation and what was seen of it: when, how much. A value of integers.
public struct Conversation: Sendable {
  /// The conversation as the whole trace has it.
  public let flow: Flow
  @usableFromInline let counts: ConversationCounts

  /// Time of the first record that passed the filter, nanoseconds since 1970.
  @inlinable public var firstTime: Int64 { counts.firstTime }
  /// Time of the last record that passed, nanoseconds since 1970.
  @inlinable public var lastTime: Int64 { counts.lastTime }
  /// `TraceRecord.number` of the first record that passed the filter; ``Flow/firstRecord`` is that of
  /// the trace.
  @inlinable public var firstRecord: UInt64 { counts.firstRecord }
  /// Flags of all records together.
  @inlinable public var flags: RecordFlags { counts.flags }
  /// Records of a data trace with clear text of AT-TLS.
  @inlinable public var clearRecords: UInt64 { counts.clearRecords }
  /// Records of a data trace whose data was left out as confidential.
  @inlinable public var confidentialRecords: UInt64 { counts.confidentialRecords }
  /// What the end sent that `FlowKey.lower` names.
  @inlinable public var lower: ConversationHalf { counts.lower }
  /// What the end sent that `FlowKey.upper` names.
  @inlinable public var upper: ConversationHalf { counts.upper }

  /// The two ends and the protocol.
  @inlinable public var key: FlowKey { flow.key }
  /// Place in the table of open conversations.
  @inlinable public var slot: Int { flow.slot }
  /// Number among the conversations of its protocol.
  @inlinable public var number: UInt64 { flow.number }
  /// Job or interface name of its first record.
  @inlinable public var name: RecordName { flow.name }
  /// The side that is the client.
  @inlinable public var client: FlowSide { flow.client }
  /// Whether this is application data without packet headers.
  @inlinable public var isDataTrace: Bool { flow.isDataTrace }
  /// The address and port of one end.
  @inlinable
  public func endpoint(_ side: FlowSide) -> Endpoint { flow.endpoint(side) }

  /// Whether records of it came before the first one that is counted here: a filter hides its beginning, or it
  /// was put aside.
  @inlinable public var isBeginningLeftOut: Bool { firstRecord != flow.firstRecord }

  /// Whether it was put aside, and no filter hides the record with which it went on.
  @inlinable public var isBeginningPutAside: Bool {
    isBeginningLeftOut && firstRecord == flow.heldSince
  }

  /// Whether both directions have ended.
  @inlinable public var isOver: Bool { lower.end != nil && upper.end != nil }

  /// What one end sent.
  @inlinable
  public subscript(side: FlowSide) -> ConversationHalf { side == .lower ? lower : upper }

  /// Payload that one end sent and that was given in order.
  @inlinable
  public func delivered(from side: FlowSide) -> UInt64 {
    side == .lower ? lower.delivered : upper.delivered
  }
}
