package import TraceBytes
internal import TraceConvert
internal import TraceFilter
internal import TraceFormats
package import TraceModel
internal import TraceRender
internal import TraceStreams

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// What is done to the records.
package enum BenchStage: String, CaseIterable {
  case read, decode, segments, filter, flows, print, http, write

  package var text: String {
    switch self {
    case .read: "reading, expanding gzip"
    case .decode: "frames, headers"
    case .segments: "survey, segments of large records"
    case .filter: "an address and a port"
    case .flows: "conversations, streams in order"
    case .print: "text, as print shows it"
    case .http: "requests and responses"
    case .write: "pcapng with checksums"
    }
  }

  /// The end of the pipeline; nil where records are not looked at.
  package func sink() throws(TraceError) -> any TraceSink {
    let nowhere = ByteSink(Nowhere())
    switch self {
    case .read, .decode: return CountingEnd()
    case .segments: return TraceSurvey(to: SegmentJoiner(to: CountingEnd()))
    case .filter:
      var filter = FilterSpecification()
      do throws(FilterMistake) {
        try filter.addIP("10.1.0.2")
        try filter.addPort("20007")
        return FlowTracker(to: try RecordFilter(filter, to: NoRecords()))
      } catch {
        throw TraceError("filter", .failed(error.description))
      }
    case .flows: return Self.following(NoStreams())
    case .print: return FlowTracker(to: RecordPrinter(nowhere, PrintOptions()))
    case .http: return Self.following(HTTPFlows(HTTPStore(), []))
    case .write:
      let flows = FlowTable()
      return FlowTracker(to: PcapngSink(nowhere, flows: flows), flows: flows)
    }
  }

  private static func following(_ sink: any StreamSink) -> FlowTracker {
    let flows = FlowTable()
    return FlowTracker(to: StreamFollower(sink, flows: flows), flows: flows)
  }
}

/// The passes over one file.
package struct BenchRun {
  private let path: String
  private let rounds: Int
  /// Nanoseconds a pass of reading and of decoding takes, which the later stages contain.
  private var reading: Int64 = 0
  private var decoding: Int64 = 0
  private var records: UInt64 = 0
  /// Of all passes of all stages.
  private let progress: Progress?

  package init(_ path: String, rounds: Int) {
    self.path = path
    self.rounds = rounds
    // The first stage reads once more, so that every pass finds the file in memory.
    let passes = UInt64(rounds * BenchStage.allCases.count + 1)
    progress = Progress.wanted(of: Progress.bytes(of: path).map { $0 &* passes })
  }

  /// Measures every stage, and shows each as soon as it is known.
  ///
  /// - Parameter view: of the table; nil for JSON.
  package mutating func show(_ view: TableView?, to output: ByteSink) throws(TraceError) {
    var table = view?.table(BenchRow.columns)
    var lines = JSONLine(output)
    for stage in BenchStage.allCases {
      guard let row = try measure(stage) else { break }
      table?.add(row.cells)
      if try table?.flush(to: output) == nil { try row.write(to: &lines) }
      try output.flush()
    }
    try output.commit()
  }

  /// Runs the passes of a stage; nil when a signal has come, because half a pass tells nothing.
  mutating func measure(_ stage: BenchStage) throws(TraceError) -> BenchRow? {
    var times: [Int64] = []
    var bytes: UInt64 = 0
    if stage == .read { _ = try read() }
    for _ in 0..<rounds {
      let start = ContinuousClock.now
      bytes = stage == .read ? try read() : try decode(into: try stage.sink())
      let parts = (ContinuousClock.now - start).components
      if Interrupt.hasCome { return nil }
      times.append(max(1, parts.seconds * 1_000_000_000 + parts.attoseconds / 1_000_000_000))
    }
    let median = times.sorted()[times.count / 2]
    let before = stage == .read ? 0 : stage == .decode ? reading : decoding
    if stage == .read { reading = median }
    if stage == .decode { decoding = median }
    return BenchRow(
      stage: stage, nanoseconds: median, own: max(0, median - before), bytes: bytes,
      records: records, peak: Self.peakMemory)
  }

  private func read() throws(TraceError) -> UInt64 {
    let source = try ByteSource(path: path)
    while try source.fill() {
      try source.consume(source.count)
      progress?.step(source.offset)
    }
    progress?.inputEnded(source.offset)
    return source.offset
  }

  private mutating func decode(into sink: any TraceSink) throws(TraceError) -> UInt64 {
    let source = try ByteSource(path: path)
    try TraceInput(source).run(into: sink) {
      progress?.step(source.offset)
      return false
    }
    progress?.inputEnded(source.offset)
    try sink.finish()
    if let end = sink as? CountingEnd { records = end.records }
    return source.offset
  }

  /// The most memory this process has had, in bytes.
  private static var peakMemory: Int {
    var usage = rusage()
    #if canImport(Glibc)
      unsafe getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    #else
      unsafe getrusage(RUSAGE_SELF, &usage)
    #endif
    #if canImport(Darwin)
      return Int(usage.ru_maxrss)
    #else
      return Int(usage.ru_maxrss) << 10
    #endif
  }
}

/// One line of the result.
package struct BenchRow {
  package var stage: BenchStage
  package var nanoseconds: Int64
  /// Without what reading and decoding take.
  package var own: Int64
  package var bytes: UInt64
  package var records: UInt64
  package var peak: Int

  private var megabytesPerSecond: UInt64 { bytes * 1000 / UInt64(nanoseconds) }
  private var recordsPerSecond: UInt64 {
    UInt64(Double(records) * 1e9 / Double(nanoseconds))
  }
  private var ownPerRecord: Int64 { records == 0 ? 0 : own / Int64(clamping: records) }

  /// Of the table that rows go into as they are measured; the highest number gives way first.
  package static let columnNames = columns.map(\.name)

  static let columns: [TextTable.Column] = [
    .init("stage", minimum: 8), .init("seconds", nil, .right, minimum: 8),
    .init("MB/s", nil, .right, minimum: 6),
    .init("records/s", nil, .right, rank: 1, minimum: 11),
    .init("own ns/record", "own", .right, rank: 3), .init("peak MiB", "peak", .right, rank: 2),
    .init("what it does", "what", minimum: 40, least: 22),
  ]

  package var cells: [String] {
    let isRead = stage == .read
    return [
      stage.rawValue, secondsText(nanoseconds), "\(megabytesPerSecond)",
      isRead ? "-" : recordsPerSecond.grouped, isRead ? "-" : "\(ownPerRecord)", "\(peak >> 20)",
      stage.text,
    ]
  }

  package func write(to json: inout JSONLine) throws(TraceError) {
    let isRead = stage == .read
    try json.begin("bench_stage")
    try json.text("stage", stage.rawValue)
    try json.number("duration_ns", nanoseconds)
    try json.number("bytes", bytes)
    try json.number("mb_per_s", megabytesPerSecond)
    try json.number("records", isRead ? nil : records)
    try json.number("records_per_s", isRead ? nil : recordsPerSecond)
    try json.number("own_ns_per_record", isRead ? nil : ownPerRecord)
    try json.number("peak_bytes", peak)
    try json.end()
  }
}

/// The trace that is measured: a file, or one made up, of which nothing stays.
package final class BenchTrace {
  package let path: String
  private let temporary: TemporaryFile?

  package init(_ file: String?, size: UInt64) throws(TraceError) {
    guard file != "-" else {
      throw TraceError("standard input", .failed("is read once only; name a file"))
    }
    if let file {
      (path, temporary) = (file, nil)
      return
    }
    let made = try TemporaryFile(folder: Session.temporaryFolder)
    _ = try TraceGenerator().write(ByteSink(made), in: .chain, size: size)
    (path, temporary) = (made.path, made)
  }
}

/// Takes bytes and forgets them.
private final class Nowhere: ByteTarget {
  func write(_ bytes: RawSpan) throws(TraceError) {}
  func commit() throws(TraceError) {}
}

/// Counts records.
private final class CountingEnd: TraceSink {
  private(set) var records: UInt64 = 0

  func record(_ record: TraceRecord, _ payload: RawSpan) throws(TraceError) { records &+= 1 }
  func notice(_ notice: TraceNotice) throws(TraceError) {}
}

/// Takes placed records and forgets them.
private final class NoRecords: PlacedSink {
  func record(_ placed: inout PlacedRecord, _ payload: RawSpan) throws(TraceError) {}
}

/// Takes streams and forgets them.
private final class NoStreams: StreamSink {
  func data(
    _ flow: Conversation, from side: FlowSide, _ bytes: RawSpan, time: Int64, record: UInt64
  )
    throws(TraceError)
  {}
  func gap(_ flow: Conversation, from side: FlowSide, count: Int) throws(TraceError) {}
  func ended(_ flow: Conversation, from side: FlowSide, _ how: FlowEnd) throws(TraceError) {}
}
