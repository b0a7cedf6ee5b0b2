public import TraceModel
public import TraceBytes

/// Why one direction of a conversation is over.
public enum StreamEnd: UInt8, Sendable {
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
}

/// Whether bytes that came twice were the same.
public enum OverlapCheck: UInt8, Sendable {
  /// The bytes are equal.
  case same
  /// The bytes differ; those that came first were taken.
  case different
  /// The earlier bytes had been given already and are not kept.
  case notCompared
}

/// Takes what conversations consist of.
///
/// For each conversation: `opened`; then `data`, `gap` and `overlap` in the order of the stream; one
/// `ended` for each direction; and `closed`. Spans are valid during the call only.
public protocol StreamSink: AnyObject {
  /// A conversation begins.
  func opened(_ flow: Flow) throws(TraceError)
  /// Bytes of a stream, in order; time and number are those of the record that brought them.
  func data(_ flow: Flow, from side: FlowSide, _ bytes: RawSpan, time: Int64, record: UInt64)
    throws(TraceError)
  /// Bytes of a stream that are not in the trace; 0 when nobody knows how many.
  func gap(_ flow: Flow, from side: FlowSide, count: Int) throws(TraceError)
  /// Bytes that came again and were passed over.
  func overlap(_ flow: Flow, from side: FlowSide, count: Int, _ check: OverlapCheck)
    throws(TraceError)
  /// A direction is over.
  func ended(_ flow: Flow, from side: FlowSide, _ how: StreamEnd) throws(TraceError)
  /// A datagram; it had `length` bytes when it was sent.
  func datagram(
    _ flow: Flow, from side: FlowSide, _ bytes: RawSpan, length: Int, time: Int64, record: UInt64
  ) throws(TraceError)
  /// The conversation is over and its numbers are final; its slot will be used again.
  func closed(_ flow: Flow) throws(TraceError)
}

extension StreamSink {
  public func opened(_ flow: Flow) throws(TraceError) {}
  public func overlap(_ flow: Flow, from side: FlowSide, count: Int, _ check: OverlapCheck)
    throws(TraceError)
  {}
  public func datagram(
    _ flow: Flow, from side: FlowSide, _ bytes: RawSpan, length: Int, time: Int64, record: UInt64
  ) throws(TraceError) {}
  public func closed(_ flow: Flow) throws(TraceError) {}
}
