public import TraceBytes
internal import TraceFilter
internal import TraceFormats
public import TraceModel
internal import TraceProtocols
public import TraceStreams

/// A trace, for programs: from a file or from memory, in any format that zcap reads, plain or gzip.
///
/// Records come decoded and placed in their conversations; a payload is a span that is valid during the call
/// only and was not copied.
public struct Trace {
  private let source: ByteSource

  /// A trace in a file; - is standard input.
  ///
  /// - Throws: `TraceError` when the file cannot be opened.
  public init(path: String) throws(TraceError) { source = try ByteSource(path: path) }

  /// A trace in memory, which must stay there until it is read.
  public init(bytes: UnsafeRawBufferPointer, name: String = "memory") {
    source = unsafe ByteSource(bytes: bytes, name: name)
  }

  /// Gives every record with its place to the body.
  ///
  /// - Throws: `TraceError` when the bytes are no trace or cannot be read, or what the body throws.
  public func records(
    _ body: @escaping (PlacedRecord, RawSpan) throws(TraceError) -> Void
  ) throws(TraceError) {
    try read(into: RecordBody(body), flows: FlowTable())
  }

  /// Gives the streams of every conversation to a sink, in order and without what came twice.
  ///
  /// - Throws: `TraceError` when the bytes are no trace or cannot be read, or what the sink throws.
  public func streams(into sink: any StreamSink) throws(TraceError) {
    let flows = FlowTable()
    try read(into: StreamFollower(sink, flows: flows), flows: flows)
  }

  /// Reads the trace into stages of the caller's.
  ///
  /// - Parameters:
  ///   - sink: gets every record with its place, after segments and fragments were put together.
  ///   - flows: the table that the stages look conversations up in.
  /// - Throws: `TraceError` when the bytes are no trace or cannot be read, or what the sink throws.
  public func read(into sink: any PlacedSink, flows: FlowTable) throws(TraceError) {
    let tracker = FlowTracker(to: sink, flows: flows)
    tracker.clientByProtocol = { bytes, side in
      ApplicationProtocol.isFromClient(bytes).map { $0 ? side : side.other }
    }
    let joiner = SegmentJoiner(to: tracker)
    try TraceInput(source).run(into: joiner)
    try joiner.finish()
  }
}

/// Gives placed records to a closure.
private final class RecordBody: PlacedSink {
  private let body: (PlacedRecord, RawSpan) throws(TraceError) -> Void

  init(_ body: @escaping (PlacedRecord, RawSpan) throws(TraceError) -> Void) { self.body = body }

  func record(_ placed: PlacedRecord, _ payload: RawSpan) throws(TraceError) {
    try body(placed, payload)
  }
}
