public import TraceBytes
public import TraceModel

/// A flow tracker with a follower behind it, for programs that want streams out of records and no filter in
/// between.
public final class StreamPipeline: TraceSink {
  /// What is kept, and how far it looks.
  public struct Options: Sendable {
    /// Conversations open at a time; the one idle longest is released for a new one.
    public var maxFlows = FlowTable.defaultLimit
    /// Whether streams are put together or only counted.
    public var depth = StreamFollower.Depth.streams
    /// What may be kept of data that came early.
    public var streams = StreamAssembler.Limits()
    /// What may be kept of incomplete packets.
    public var fragments = FragmentTable.Limits()

    /// Streams of up to ``FlowTable/defaultLimit`` conversations, with the limits of each stage.
    public init() {}
  }

  /// Places each record in its conversation.
  public let tracker: FlowTracker
  /// Puts the streams of the conversations together.
  public let follower: StreamFollower

  /// - Parameter sink: gets the streams of all conversations, in order.
  public init(_ sink: any StreamSink, options: Options = Options()) {
    let flows = FlowTable(limit: options.maxFlows)
    follower = StreamFollower(sink, flows: flows, depth: options.depth, limits: options.streams)
    flows.limit = min(flows.limit, max(1, options.maxFlows))
    tracker = FlowTracker(to: follower, flows: flows, fragments: options.fragments)
  }

  public func record(_ record: borrowing TraceRecord, _ payload: RawSpan) throws(TraceError) {
    try tracker.record(record, payload)
  }
  public func notice(_ notice: TraceNotice) throws(TraceError) { try tracker.notice(notice) }
  public func interface(_ interface: CaptureInterface) throws(TraceError) {
    try tracker.interface(interface)
  }
  public func secrets(type: UInt32, _ bytes: RawSpan) throws(TraceError) {
    try tracker.secrets(type: type, bytes)
  }
  public func pause() throws(TraceError) { try tracker.pause() }
  public func finish() throws(TraceError) { try tracker.finish() }
}
