internal import TraceConvert
internal import TraceFilter
internal import TraceFormats
internal import TraceProtocols
internal import TraceRender
internal import TraceSecrets
internal import TraceStreams
public import TraceBytes
public import TraceModel

/// Everything the command makes of records, one after the other, and what is looked at in it.
///
/// Its buffers are used again for the next input, as allocating them costs more than a small input.
public final class Rendering {
  enum Form: Int, CaseIterable {
    case auto, redacted, json, conversation, listing, http, httpJSON, archive, pcapng
  }

  private var outputs: [CheckedOutput] = []
  private var sinks: [ByteSink] = []

  public init() {
    for _ in Form.allCases {
      let output = CheckedOutput()
      outputs.append(output)
      sinks.append(ByteSink(output))
    }
  }

  func sink(_ form: Form) -> ByteSink { sinks[form.rawValue] }

  /// What was written in a form since the last time.
  func take(_ form: Form) throws(TraceError) -> [UInt8] {
    try sinks[form.rawValue].flush()
    return outputs[form.rawValue].take()
  }

  /// The stages of the command behind a reader: survey, segments, filter, and outputs.
  ///
  /// - Parameter bytes: what chooses one output beside pcapng, so that a fuzzer gets on; nil is all.
  func pipeline(choosing bytes: [UInt8]?) throws -> Pipeline {
    let hash = bytes?.reduce(UInt32(2_166_136_261)) { ($0 ^ UInt32($1)) &* 16_777_619 }
    return try Pipeline(self, only: hash.map { Int($0 >> 8) % Pipeline.choices })
  }

  /// Looks at what the outputs hold.
  func check() throws {
    for form in [Form.auto, .redacted, .conversation, .listing, .http] {
      try OutputChecks.text(try take(form), "\(form)", allowsTabs: true)
    }
    try OutputChecks.jsonLines(try take(.json), "json")
    try OutputChecks.jsonLines(try take(.httpJSON), "http --json")
    let archive = try take(.archive)
    if !archive.isEmpty { try OutputChecks.json(archive, "har") }
  }
}

/// One run of all stages.
public final class Pipeline: TraceSink {
  private let rendering: Rendering
  private let survey: TraceSurvey
  private let writer: PcapngSink

  /// How many outputs there are to choose from.
  static let choices = 6

  init(_ rendering: Rendering, only choice: Int?) throws {
    self.rendering = rendering
    for form in Rendering.Form.allCases { _ = try rendering.take(form) }
    let flows = FlowTable()
    writer = PcapngSink(rendering.sink(.pcapng), flows: flows)
    var stages: [any PlacedSink] = [writer]
    for number in 0..<Self.choices where choice == nil || choice == number {
      switch number {
      case 0: stages.append(RecordPrinter(rendering.sink(.auto), PrintOptions()))
      case 1:
        var options = PrintOptions()
        options.form = .both
        options.maxBytes = 200
        stages.append(
          SecretStage(
            to: RecordPrinter(rendering.sink(.redacted), options), SecretStage.Options(.redact)))
      case 2: stages.append(RecordJSON(rendering.sink(.json), PrintOptions()))
      case 3:
        stages.append(
          SecretStage(
            to: ListingStage(rendering.sink(.listing)), SecretStage.Options(.strict)))
      case 4:
        var filter = FilterSpecification()
        try filter.addExpression("tcp port 80 or ip6")
        try filter.addText("GET")
        stages.append(try RecordFilter(filter, to: CountingStage()))
      default: stages.append(StreamFollower(StreamRendering(rendering), flows: flows))
      }
    }
    survey = TraceSurvey(to: SegmentJoiner(to: FlowTracker(to: FanOut(stages), flows: flows)))
  }

  public func record(_ record: borrowing TraceRecord, _ payload: RawSpan) throws(TraceError) {
    try survey.record(copy record, payload)
  }
  public func notice(_ notice: TraceNotice) throws(TraceError) { try survey.notice(notice) }
  public func interface(_ interface: CaptureInterface) throws(TraceError) {
    try survey.interface(interface)
  }
  public func secrets(type: UInt32, _ bytes: RawSpan) throws(TraceError) {
    try survey.secrets(type: type, bytes)
  }
  public func finish() throws(TraceError) { try survey.finish() }

  /// Records that came out of the reader.
  public var records: UInt64 { survey.records }

  /// Looks at every output; the pcapng is read again.
  public func check() throws {
    try rendering.check()
    let written = try rendering.take(.pcapng)
    let sink = CountingStage()
    var reader = PcapngReader()
    _ = try unsafe written.withUnsafeBytes { buffer in
      try unsafe reader.read(buffer.bytes, at: 0, atEnd: true, into: sink)
    }
    try Finding.unless(
      reader.account.damaged == 0, "the pcapng written has \(reader.account.damaged) bad bytes")
    try Finding.unless(
      sink.records == writer.counts.packets,
      "\(writer.counts.packets) packets written, \(sink.records) read again")
  }
}

/// Gives everything to several stages.
private final class FanOut: PlacedSink {
  private let stages: [any PlacedSink]

  init(_ stages: [any PlacedSink]) { self.stages = stages }

  func record(_ placed: inout PlacedRecord, _ payload: RawSpan) throws(TraceError) {
    for stage in stages { try stage.record(&placed, payload) }
  }
  func whole(_ placed: inout PlacedRecord, _ packet: RawSpan) throws(TraceError) {
    for stage in stages { try stage.whole(&placed, packet) }
  }
  func closed(_ slot: Int, _ how: FlowEnd) throws(TraceError) {
    for stage in stages { try stage.closed(slot, how) }
  }
  func notice(_ notice: TraceNotice) throws(TraceError) {
    for stage in stages { try stage.notice(notice) }
  }
  func interface(_ interface: CaptureInterface) throws(TraceError) {
    for stage in stages { try stage.interface(interface) }
  }
  func secrets(type: UInt32, _ bytes: RawSpan) throws(TraceError) {
    for stage in stages { try stage.secrets(type: type, bytes) }
  }
  func finish() throws(TraceError) { for stage in stages { try stage.finish() } }
}

/// Counts what it is given.
final class CountingStage: TraceSink, PlacedSink {
  private(set) var records: UInt64 = 0

  func record(_ record: TraceRecord, _ payload: RawSpan) throws(TraceError) { records += 1 }
  func record(_ placed: inout PlacedRecord, _ payload: RawSpan) throws(TraceError) { records += 1 }
}

/// Prints records as TCPDATA does.
private final class ListingStage: PlacedSink {
  private var writer: ListingWriter

  init(_ sink: ByteSink) { writer = ListingWriter(sink, style: .ascii) }

  func record(_ placed: inout PlacedRecord, _ payload: RawSpan) throws(TraceError) {
    try writer.write(placed.record, payload)
  }
}
