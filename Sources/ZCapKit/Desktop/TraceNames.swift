internal import TraceBytes
internal import TraceFormats
internal import TraceModel

/// The jobs and interfaces of a trace, for a list to choose from.
struct TraceNames {
  struct Name: Hashable {
    var isJob: Bool
    var text: String
  }

  /// Somebody waits for the list: of a larger trace its beginning tells.
  private static let enough: UInt64 = 256 << 20
  private static let most = 1000

  /// Names in order, jobs first. None when the file cannot be read: the capture itself says why.
  static func of(_ path: String) -> [Name] {
    let names = Collector()
    do throws(TraceError) {
      let source = try ByteSource(path: path)
      try TraceInput(source).run(
        into: names, until: { source.offset > enough || names.found.count > most })
    } catch {
      // The names found before the error are of use.
    }
    return names.found.sorted { $0.isJob != $1.isJob ? $0.isJob : $0.text < $1.text }
  }

  private final class Collector: TraceSink {
    private(set) var found: Set<Name> = []
    private var last = RecordName.none

    func record(_ record: borrowing TraceRecord, _ payload: RawSpan) throws(TraceError) {
      guard record.name != last, record.name != .none else { return }
      last = record.name
      let isJob = record.kind == .dataTrace
      found.insert(Name(isJob: isJob, text: record.name.text))
    }

    func interface(_ interface: CaptureInterface) throws(TraceError) {
      if !interface.name.isEmpty { found.insert(Name(isJob: false, text: interface.name)) }
    }
  }
}
