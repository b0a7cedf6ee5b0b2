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
    if run.files.contains("-") { run.standardInput = try .ofStandardInput() }
    let found = FoundFlows()
    let session: Session
    do throws(FilterMistake) {
      session = try Session(run, filter: filter.choosing, into: found, reportFailure: { _ in })
    } catch {
      throw error.failure
    }
    try session.run()
    return filter.chosen(found.flows)
  }
}

/// Remembers the conversations of what passes.
private final class FoundFlows: PlacedSink {
  private(set) var flows: Set<FlowNumber> = []
  private var last: FlowNumber?

  func record(_ placed: inout PlacedRecord, _ payload: RawSpan) throws(TraceError) {
    guard placed.flow.isKnown else { return }
    let number = FlowNumber(ipProtocol: placed.ipProtocol, number: placed.flow.number)
    if number == last { return }
    last = number
    flows.insert(number)
  }
}

extension TemporaryFile {
  /// Standard input, to be opened as often as is needed.
  static func ofStandardInput() throws(TraceError) -> TemporaryFile {
    let file = try TemporaryFile(folder: Session.temporaryFolder)
    let source = try ByteSource(path: "-")
    while try source.fill() {
      try source.withWindow { (window) throws(TraceError) in try file.write(window) }
      try source.consume(source.count)
    }
    return file
  }
}

extension ByteSource {
  /// Opens an input of a run; standard input from where it was put.
  static func input(_ file: String, _ options: RunOptions) throws(TraceError) -> ByteSource {
    guard file == "-", let path = options.standardInput?.path else {
      return try ByteSource(path: file, follows: options.follows && file == options.files.last)
    }
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw TraceError("standard input", .io(operation: "cannot open \(path)", errno: errno))
    }
    return ByteSource(descriptor: descriptor, name: "standard input", owned: true)
  }
}
