package import ATTLS
package import TraceBytes
package import TraceFilter
package import TraceFormats
package import TraceModel
internal import TraceProtocols
package import TraceSecrets
package import TraceStreams

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// How a run ended.
package enum RunOutcome {
  case done
  case nothingMatched
  /// An input could not be read.
  case failed
  /// Data was lost or damaged, and that was asked not to be accepted.
  case dataLost
}

/// What is read, and how.
package struct RunOptions: Sendable {
  /// Paths; - is standard input.
  package var files: [String]
  /// Day of a listing that has times only, in days since 1970; by default that of the file.
  package var day: Int64?
  /// Seconds by which the system's TOD clock is ahead of UTC.
  package var leapSeconds = 0
  /// Whether records are put into time order.
  package var sort = false
  /// Whether loss and damage make the run fail.
  package var strict = false
  /// Whether a run that takes long tells how far it is.
  package var showsProgress = false
  /// Whether more is waited for at the end of the last file.
  package var follows = false
  /// What standard input was put into, to be read more than once.
  package var standardInput: TemporaryFile?

  package init(files: [String]) { self.files = files }

  /// What the formats need to know about one input.
  package func formatOptions(
    for source: ByteSource, firstInterface: UInt32, recordsBefore: UInt64
  ) -> FormatOptions {
    var options = FormatOptions()
    options.day = day ?? source.modified.map { $0 / 86_400 }
    if day == nil { options.dayUse = DayUse() }
    options.leapSeconds = leapSeconds
    options.firstInterface = firstInterface
    options.recordsBefore = recordsBefore
    return options
  }
}

/// One run over all inputs: reader, survey, segment joiner, flow tracker, secrets, filter, then what the command
/// wants.
///
/// The only place that wires the stages together and owns the summary and the exit status.
package final class Session {
  /// What was learned of one input.
  package struct Input {
    package var name: String
    package var format: String
    package var bytes: UInt64
    package var isCompressed: Bool
    package var account: ByteAccount
    package var failure: TraceError?
    /// What was found in it, beside the times, which are those of the run until then.
    package var found = Found()
  }

  /// Counts of one input.
  package struct Found: Sendable {
    package var records: UInt64 = 0
    package var firstTime = Int64.max
    package var lastTime = Int64.min
    package var lostMarkers: UInt64 = 0
    package var lostRecords: UInt64 = 0
    package var damagedStretches: UInt64 = 0
    package var cutShort: UInt64 = 0
  }

  /// What the survey has counted since it had counted `before`.
  private func found(since before: Found) -> Found {
    Found(
      records: survey.records &- before.records, firstTime: survey.firstTime,
      lastTime: survey.lastTime, lostMarkers: survey.lostMarkers &- before.lostMarkers,
      lostRecords: survey.lostRecords &- before.lostRecords,
      damagedStretches: survey.damagedStretches &- before.damagedStretches,
      cutShort: survey.cutShort &- before.cutShort)
  }

  package let options: RunOptions
  private let reportFailure: (TraceError) -> Void
  /// Is told at once what happens to an input that is followed.
  package var note: (String) -> Void = { _ in }
  /// Whether the summary says how to learn why data is confidential.
  package var pointsToWhy = true
  /// Decodes and places the records; absent when nothing needs it.
  package let tracker: FlowTracker?
  package private(set) var inputs: [Input] = []
  package private(set) var survey: TraceSurvey
  package private(set) var joiner: SegmentJoiner
  private let tap: NoticeTap
  /// Masks secrets in front of the filter, or notices them; absent when nobody asks.
  package let secrets: SecretStage?
  /// Maps addresses and names behind the filter; absent when they stay.
  package let anonymizer: AnonymizeStage?
  /// Absent when everything passes.
  package let filter: RecordFilter?
  /// What AT-TLS logs among the inputs say about their connections.
  package let logBook = ATTLSLogBook()
  private let others: [OtherFormat]
  /// Whether a log of AT-TLS is read for the TLS records in it.
  let readsLogs: Bool
  private let files: InputNames
  /// Is told the headers of trace entries; absent when nobody writes them again.
  package var headers: EntryHeaders?
  /// Absent when whole files are read.
  private let cut: RangeCut?
  private var progress: Progress?
  /// How many notices there were at the end of each input.
  private var noticeEnds: [(survey: Int, tap: Int)] = []

  /// - Parameters:
  ///   - flows: the table that the tracker fills, for a sink that looks conversations up.
  ///   - secrets: what is done about secrets, before anything is left out.
  ///   - sink: gets the records that pass; nil when their survey is all that is wanted.
  ///   - captures: how far the sink wants packets of captures to be looked at; the filter may want more.
  ///   - cut: the part of the only file that is read.
  ///   - files: is told which input each record comes from.
  ///   - reportFailure: is told of an input that cannot be read; the others are still read.
  package init(
    _ options: RunOptions, filter: FilterSpecification = FilterSpecification(),
    flows: FlowTable = FlowTable(), captures: FlowTracker.CaptureDepth = .placed,
    into sink: (any PlacedSink)?, secrets: SecretStage.Options? = nil,
    others: [OtherFormat]? = nil, files: InputNames = InputNames(), cut: RangeCut? = nil,
    reportFailure: @escaping (TraceError) -> Void
  ) throws(FilterMistake) {
    self.options = options
    self.files = files
    self.cut = cut
    self.reportFailure = reportFailure
    self.others = others ?? [.attlsLog(logBook)]
    readsLogs = others == nil
    var end: any PlacedSink = sink ?? NoSink()
    let byProtocol = { (bytes: RawSpan, side: FlowSide) in
      ApplicationProtocol.isFromClient(bytes).map { $0 ? side : side.other }
    }
    // Behind it stands a tracker of its own: nothing there knows the true addresses.
    var mapped: FlowTracker?
    anonymizer = secrets?.pseudonyms.map { pseudonyms in
      let tracker = FlowTracker(to: end, flows: flows, captures: .placed)
      tracker.clientByProtocol = byProtocol
      mapped = tracker
      let stage = AnonymizeStage(to: tracker, pseudonyms)
      // Numbers are those of the whole trace, whatever the filter leaves out.
      tracker.truePlace = { [unowned stage] in stage.place }
      stage.mappedPlace = { [unowned tracker] in tracker.lastPlace }
      stage.end = { [unowned tracker] (place) throws(TraceError) in try tracker.leaveOut(place) }
      end = stage
      return stage
    }
    self.filter = filter.isEmpty ? nil : try RecordFilter(filter, to: end)
    let shown: any PlacedSink = self.filter ?? end
    self.secrets = secrets.map { SecretStage(to: shown, $0) }
    let front =
      sink == nil && filter.isEmpty
      ? nil
      : FlowTracker(
        to: self.secrets ?? shown, flows: mapped == nil ? flows : FlowTable(),
        captures: max(
          captures,
          filter.needsFlows || secrets?.mode == .redact || secrets?.mode == .strict
            ? .placed : filter.needsHeaders ? .decoded : .sampled))
    front?.clientByProtocol = byProtocol
    tracker = mapped ?? front
    let kept: any TraceSink = front ?? NoTracker()
    tap = NoticeTap(to: options.sort ? SortSink(to: kept, folder: Self.temporaryFolder) : kept)
    joiner = SegmentJoiner(to: cut?.onlyRange(tap) ?? tap)
    survey = TraceSurvey(to: joiner)
  }

  /// Reads all inputs. Input that cannot be read is reported and makes the run fail; the other inputs
  /// are still read. A signal ends the run where it is, as if the inputs ended there.
  package func run() throws(TraceError) {
    if options.showsProgress, !options.follows { progress = Progress(files: options.files) }
    defer { ProgressLine.wipe() }
    for file in options.files where !isSatisfied && !Interrupt.hasCome {
      do throws(TraceError) {
        while let change = try read(file) { note("\(file) \(change.rawValue); reading it anew") }
      } catch {
        guard let failed = inputs.last?.failure, failed == error else { throw error }
        ProgressLine.wipe()
        reportFailure(PolicyHint.told(error, file))
      }
    }
    try finish()
  }

  /// The last input is read: what waits goes on.
  func finish() throws(TraceError) { try survey.finish() }

  /// Reads a file to its end; returns what makes it a new one.
  private func read(_ file: String) throws(TraceError) -> ByteSource.Change? {
    let source: ByteSource
    var part: TraceInput?
    do throws(TraceError) {
      if let cut {
        (part, source) = try cut.open(file)
      } else {
        source = try ByteSource.input(file, options)
      }
    } catch {
      inputs.append(
        Input(
          name: file, format: "", bytes: 0, isCompressed: false, account: ByteAccount(),
          failure: error))
      endInput()
      throw error
    }
    return try read(source, part)
  }

  private func endInput() { noticeEnds.append((survey.notices.count, tap.notices.count)) }

  /// Reads an input to its end; returns what makes it a new one. After the last one the survey is finished.
  ///
  /// - Parameter part: reads the part of it that is wanted; nil for all of it.
  func read(
    _ source: ByteSource, _ part: TraceInput? = nil
  ) throws(TraceError) -> ByteSource.Change? {
    defer { endInput() }
    files.begin(source.name, recordsBefore: survey.records)
    let firstInterface = UInt32(survey.interfaces.count)
    let about = options.formatOptions(
      for: source, firstInterface: firstInterface, recordsBefore: survey.records)
    let input = part ?? TraceInput(source, options: about, others: others)
    input.headers = headers
    let before = found(since: Found())
    let failure: TraceError?
    do throws(TraceError) {
      let front = cut?.recordsOfRange(front: survey, joiner: joiner) ?? survey
      try input.run(into: front) {
        progress?.step(source.offset)
        return isSatisfied || cut?.isDone == true
      }
      progress?.inputEnded(source.offset)
      cut?.finish(at: source.offset)
      if about.dayUse?.isUsed == true { try tellAssumption(source) }
      failure = nil
    } catch {
      // An error of the output names the output; it ends the run.
      guard error.subject == source.name else { throw error }
      failure = error
    }
    inputs.append(
      Input(
        name: source.name, format: input.reader?.format ?? "", bytes: source.offset,
        isCompressed: source.isCompressed, account: input.reader?.account ?? ByteAccount(),
        failure: failure, found: found(since: before)))
    if let failure { throw failure }
    return source.change
  }

  /// Says which day times without one were given, where nobody named it.
  private func tellAssumption(_ source: ByteSource) throws(TraceError) {
    let seconds = source.modified ?? 0
    let day = CivilDate.text(nanoseconds: seconds &* 1_000_000_000).prefix(10)
    let whose = source.modified == nil ? "" : ", the day of the file"
    try survey.notice(
      .remark, .other("times without a day are those of \(day)\(whose); --date sets another"), at: 0
    )
  }

  /// Where temporary files go: TMPDIR, as every tool has it.
  package static var temporaryFolder: String {
    guard let folder = unsafe getenv("TMPDIR") else { return "/tmp" }
    return unsafe String(cString: folder)
  }

  /// Whether as many records have passed as were asked for.
  private var isSatisfied: Bool { filter?.isSatisfied ?? false }

  package var hasFailed: Bool { inputs.contains { $0.failure != nil } }

  /// Records that the filter let through.
  package var passed: UInt64 { filter?.passed ?? survey.records }

  /// How a run ended that wrote or showed `matched` records.
  package func outcome(matched: UInt64) -> RunOutcome {
    if hasFailed { return .failed }
    if options.strict, survey.hasLoss || joiner.counts.incomplete > 0 { return .dataLost }
    return matched == 0 ? .nothingMatched : .done
  }

  /// What was found by the reader, and by the joiner behind it.
  package var notices: [TraceNotice] { survey.notices + tap.notices }

  /// The same, each with the name of the input that it is about.
  package var namedNotices: [(file: String, notice: TraceNotice)] {
    func named(_ notices: [TraceNotice], _ ends: [Int]) -> [(file: String, notice: TraceNotice)] {
      notices.enumerated().map { place, notice in
        let input = ends.firstIndex { place < $0 } ?? inputs.count - 1
        return (inputs.indices.contains(input) ? inputs[input].name : "", notice)
      }
    }
    return named(survey.notices, noticeEnds.map(\.survey))
      + named(tap.notices, noticeEnds.map(\.tap))
  }
}

extension OtherFormat {
  /// The log of AT-TLS: its TLS records.
  package static func attlsLog(_ book: ATTLSLogBook) -> OtherFormat {
    OtherFormat(
      probe: { window, atEnd in
        ATTLSLogTrace.recognisesText(window, atEnd: atEnd).map { $0 ? .yes : .no } ?? .needMore
      },
      holds: { ATTLSLogTrace.recognisesText($0, atEnd: true) == true },
      reader: {
        EncodedText(
          ATTLSLogTrace(day: $0.day, recordsBefore: $0.recordsBefore, book: book))
      })
  }
}

/// Keeps the notices of the segment joiner, which the survey in front of it does not see.
private final class NoticeTap: TraceStage {
  private(set) var notices: [TraceNotice] = []
  let downstream: any TraceSink

  init(to downstream: any TraceSink) { self.downstream = downstream }

  func record(_ record: borrowing TraceRecord, _ payload: RawSpan) throws(TraceError) {
    try downstream.record(record, payload)
  }

  func notice(_ notice: TraceNotice) throws(TraceError) {
    if notice.reason == .segmentsMissing, notices.count < TraceSurvey.noticeLimit {
      notices.append(notice)
    }
    try downstream.notice(notice)
  }
}

/// Where records end that are only counted.
final class NoTracker: TraceSink {
  func record(_ record: borrowing TraceRecord, _ payload: RawSpan) throws(TraceError) {}
}

/// Where placed records end that are only counted.
package final class NoSink: PlacedSink {
  package func record(_ placed: inout PlacedRecord, _ payload: RawSpan) throws(TraceError) {}
}
