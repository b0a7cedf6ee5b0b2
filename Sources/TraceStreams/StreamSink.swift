public import TraceModel
public import TraceBytes

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
  /// What an open conversation costs in memory at most, in all stages together and without the bytes of messages
  /// under way; bounds how many are kept open.
  var bytesPerConversation: Int { get }
  /// A conversation begins.
  func opened(_ flow: Conversation) throws(TraceError)
  /// Bytes of a stream, in order; time and number are those of the record that brought them.
  func data(
    _ flow: Conversation, from side: FlowSide, _ bytes: RawSpan, time: Int64, record: UInt64)
    throws(TraceError)
  /// Bytes of a stream that are not in the trace; 0 when it is not known how many.
  func gap(_ flow: Conversation, from side: FlowSide, count: Int) throws(TraceError)
  /// Bytes that came again and were passed over.
  func overlap(_ flow: Conversation, from side: FlowSide, count: Int, _ check: OverlapCheck)
    throws(TraceError)
  /// A direction is over.
  func ended(_ flow: Conversation, from side: FlowSide, _ how: FlowEnd) throws(TraceError)
  /// A datagram; it had `length` bytes when it was sent.
  func datagram(
    _ flow: Conversation, from side: FlowSide, _ bytes: RawSpan, length: Int, time: Int64,
    record: UInt64
  ) throws(TraceError)
  /// The conversation is over and its numbers are final; its slot will be used again.
  func closed(_ flow: Conversation) throws(TraceError)
  /// Everything read so far has been given; a live output is flushed now.
  func pause() throws(TraceError)
  /// All conversations are over.
  func finish() throws(TraceError)
}

extension StreamSink {
  public var bytesPerConversation: Int { 600 }
  public func opened(_ flow: Conversation) throws(TraceError) {}
  public func overlap(_ flow: Conversation, from side: FlowSide, count: Int, _ check: OverlapCheck)
    throws(TraceError)
  {}
  public func datagram(
    _ flow: Conversation, from side: FlowSide, _ bytes: RawSpan, length: Int, time: Int64,
    record: UInt64
  ) throws(TraceError) {}
  public func closed(_ flow: Conversation) throws(TraceError) {}
  public func pause() throws(TraceError) {}
  public func finish() throws(TraceError) {}
}
