package import TraceBytes
package import TraceFilter
import TraceModel

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// `--whole`: the conversations in which a filter finds something, found in a run of its own.
package enum WholeConversations {
  /// Reads the inputs once, and returns the filter of the run that shows them. Standard input is put into a
  /// temporary file first, because it can be read once only.
  ///
  /// Failures of single inputs are told by the second run, which meets them again.
  package static func chosen(
    _ run: inout RunOptions, _ filter: FilterSpecification
  ) throws(TraceError) -> FilterSpecification {
    if run.files.contains("-") { run.standardInput = try SpooledInput.spool() }
    let found = FoundFlows()
    let session: Session
    do throws(FilterMistake) {
      session = try Session(run, filter: filter.choosing, into: found, reportFailure: { _ in })
    } catch {
      throw TraceError("filter", .failed(error.description))
    }
    try session.run()
    return filter.chosen(found.flows)
  }
}

/// Remembers the conversations of what passes.
private final class FoundFlows: PlacedSink {
  private(set) var flows: Set<FlowNumber> = []
  private var last: FlowNumber?

  func record(_ placed: borrowing PlacedRecord, _ payload: RawSpan) throws(TraceError) {
    guard placed.flow.isKnown else { return }
    let number = FlowNumber(ipProtocol: placed.ipProtocol, number: placed.flow.number)
    if number == last { return }
    last = number
    flows.insert(number)
  }
}

/// Standard input in a file that has no name any more.
private enum SpooledInput {
  /// Copies it, and returns a path under which it can be opened as often as is needed. The file is removed
  /// when the program ends, however it does.
  static func spool() throws(TraceError) -> String {
    let pattern = Session.temporaryFolder + "/zcap-input-XXXXXX"
    var template = pattern.utf8CString
    let descriptor = unsafe template.withUnsafeMutableBufferPointer { buffer in
      unsafe buffer.baseAddress.map { unsafe mkstemp($0) } ?? -1
    }
    guard descriptor >= 0 else {
      throw TraceError(pattern, .io(operation: "cannot create a temporary file", errno: errno))
    }
    let path = unsafe template.withUnsafeBufferPointer { buffer in
      unsafe buffer.baseAddress.map { unsafe String(cString: $0) } ?? pattern
    }
    defer { close(descriptor) }
    PendingFiles.add(path)
    atexit { PendingFiles.removeAll() }
    let target = DescriptorTarget(descriptor: descriptor, name: path)
    let source = try ByteSource(path: "-")
    while try source.fill() {
      try source.withWindow { (window) throws(TraceError) in try target.write(window) }
      try source.consume(source.count)
    }
    return path
  }
}

extension ByteSource {
  /// Opens an input of a run; standard input from where it was put.
  static func input(_ file: String, _ options: RunOptions) throws(TraceError) -> ByteSource {
    guard file == "-", let path = options.standardInput else { return try ByteSource(path: file) }
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw TraceError("standard input", .io(operation: "cannot open \(path)", errno: errno))
    }
    return ByteSource(descriptor: descriptor, name: "standard input", owned: true)
  }
}
