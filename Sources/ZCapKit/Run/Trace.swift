public import TraceBytes
public import TraceFilter
public import TraceModel
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

  /// Gives every record that the filter lets through, with its place, to the body.
  ///
  /// - Throws: `TraceError` when the bytes are no trace or cannot be read, or what the body throws.
  public func records(
    filter: FilterSpecification = FilterSpecification(),
    _ body: @escaping (PlacedRecord, RawSpan) throws(TraceError) -> Void
  ) throws(TraceError) {
    try read(into: RecordBody(body), flows: FlowTable(), filter: filter)
  }

  /// Gives the streams of every conversation to a sink, in order and without what came twice.
  ///
  /// - Throws: `TraceError` when the bytes are no trace or cannot be read, or what the sink throws.
  public func streams(
    into sink: any StreamSink, filter: FilterSpecification = FilterSpecification()
  ) throws(TraceError) {
    let flows = FlowTable()
    try read(into: StreamFollower(sink, flows: flows), flows: flows, filter: filter)
  }

  /// Reads the trace into stages of the caller's.
  ///
  /// - Parameters:
  ///   - sink: gets every record with its place, after segments and fragments were put together.
  ///   - flows: the table that the stages look conversations up in.
  ///   - filter: says which records the sink gets; numbers are those of the whole trace, whatever it leaves out.
  /// - Throws: `TraceError` when the bytes are no trace or cannot be read, or what the sink throws; for a filter
  ///   that libpcap rejects, too.
  public func read(
    into sink: any PlacedSink, flows: FlowTable,
    filter: FilterSpecification = FilterSpecification()
  ) throws(TraceError) {
    let session: Session
    do throws(FilterMistake) {
      session = try Session(
        RunOptions(files: [source.name]), filter: filter, flows: flows, into: sink,
        reportFailure: { _ in })
    } catch {
      throw error.failure
    }
    _ = try session.read(source)
    try session.finish()
  }
}

extension FilterMistake {
  /// The mistake where no command line is at fault.
  var failure: TraceError { TraceError("filter", .failed(description)) }
}

/// Gives placed records to a closure.
private final class RecordBody: PlacedSink {
  private let body: (PlacedRecord, RawSpan) throws(TraceError) -> Void

  init(_ body: @escaping (PlacedRecord, RawSpan) throws(TraceError) -> Void) { self.body = body }

  func record(_ placed: inout PlacedRecord, _ payload: RawSpan) throws(TraceError) {
    try body(placed, payload)
  }
}
