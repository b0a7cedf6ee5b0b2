import ATTLS
import ArgumentParser
import TraceBytes
import TraceFilter
import TraceFormats
import TraceModel
import TraceStreams

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// One run over all inputs: reader, survey, segment joiner, flow tracker, filter, then what the command
/// wants.
///
/// The only place that wires the stages together and owns the summary and the exit status.
final class Session {
  /// What was learned of one input.
  struct Input {
    var name: String
    var format: String
    var bytes: UInt64
    var isCompressed: Bool
    var account: ByteAccount
    var failure: TraceError?
  }

  private let options: InputOptions
  /// Decodes and places the records; absent when nothing needs it.
  let tracker: FlowTracker?
  private(set) var inputs: [Input] = []
  private(set) var survey: TraceSurvey
  private(set) var joiner: SegmentJoiner
  private let tap: NoticeTap
  /// Absent when everything passes.
  private let filter: RecordFilter?
  /// What AT-TLS logs among the inputs say about their connections.
  let logBook = ATTLSLogBook()
  private let others: [OtherFormat]

  /// - Parameters:
  ///   - flows: the table that the tracker fills, for a sink that looks conversations up.
  ///   - sink: gets the records that pass; nil when their survey is all that is wanted.
  init(
    _ options: InputOptions, filter: FilterSpecification = FilterSpecification(),
    flows: FlowTable = FlowTable(), into sink: (any PlacedSink)?, others: [OtherFormat]? = nil
  ) throws {
    self.options = options
    self.others = others ?? [.attlsLog(logBook)]
    let end: any PlacedSink = sink ?? NoSink()
    do throws(FilterMistake) {
      self.filter = filter.isEmpty ? nil : try RecordFilter(filter, to: end)
    } catch {
      throw ValidationError(error.description)
    }
    tracker =
      sink == nil && filter.isEmpty ? nil : FlowTracker(to: self.filter ?? end, flows: flows)
    let kept: any TraceSink = tracker ?? NoTracker()
    tap = NoticeTap(to: options.sort ? SortSink(to: kept, folder: Self.temporaryFolder) : kept)
    joiner = SegmentJoiner(to: tap)
    survey = TraceSurvey(to: joiner)
  }

  /// Reads all inputs. Input that cannot be read is reported and makes the run fail; the other inputs
  /// are still read.
  func run() throws(TraceError) {
    for file in options.files where !isSatisfied {
      do throws(TraceError) {
        try read(file)
      } catch {
        guard let failed = inputs.last?.failure, failed == error else { throw error }
        Diagnostics.error(error)
      }
    }
    try survey.finish()
  }

  private func read(_ file: String) throws(TraceError) {
    let source: ByteSource
    do throws(TraceError) {
      source = try ByteSource(path: file)
    } catch {
      inputs.append(
        Input(
          name: file, format: "", bytes: 0, isCompressed: false, account: ByteAccount(),
          failure: error))
      throw error
    }
    let firstInterface = UInt32(survey.interfaces.count)
    let input = TraceInput(
      source,
      options: options.formatOptions(
        for: source, firstInterface: firstInterface, recordsBefore: survey.records),
      others: others)
    let failure: TraceError?
    do throws(TraceError) {
      try input.run(into: survey, until: { isSatisfied })
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
        failure: failure))
    if let failure { throw failure }
  }

  /// Where temporary files go: TMPDIR, as every tool has it.
  static var temporaryFolder: String {
    guard let folder = unsafe getenv("TMPDIR") else { return "/tmp" }
    return unsafe String(cString: folder)
  }

  /// Whether as many records have passed as were asked for.
  private var isSatisfied: Bool { filter?.isSatisfied ?? false }

  var hasFailed: Bool { inputs.contains { $0.failure != nil } }

  /// Records that the filter let through.
  var passed: UInt64 { filter?.passed ?? survey.records }

  /// The status of a run that wrote or showed `matched` records.
  func status(matched: UInt64) -> ExitStatus {
    if hasFailed { return .failed }
    if options.strict, survey.hasLoss || joiner.counts.incomplete > 0 { return .dataLost }
    return matched == 0 ? .nothingMatched : .done
  }

  /// What was found by the reader, and by the joiner behind it.
  var notices: [TraceNotice] { survey.notices + tap.notices }

  // MARK: - Summary

  /// Notices worth a line each; more of them are counted.
  private static let shownNotices = 10

  /// Writes what was lost and damaged, and one line of counts, to standard error.
  func summarise(_ result: String) {
    let worth = notices.filter { $0.kind != .skipped }
    for notice in worth.prefix(Self.shownNotices) { Diagnostics.line("zcap: \(Self.text(notice))") }
    if worth.count > Self.shownNotices {
      let more = UInt64(worth.count - Self.shownNotices)
      Diagnostics.line("zcap: and \(more.grouped) more; `zcap info` lists them")
    }
    var parts = ["read \(survey.records.counted("record"))"]
    if !result.isEmpty { parts.append(result) }
    if survey.confidential > 0 {
      parts.append("\(survey.confidential.grouped) confidential (data not in the trace)")
    }
    if survey.lostMarkers > 0 {
      let count = survey.lostRecords > 0 ? "\(survey.lostRecords.grouped) or more" : "some"
      parts.append("\(count) lost by the trace")
    }
    if survey.droppedByCapture > 0 {
      parts.append("\(survey.droppedByCapture.grouped) dropped by the capture")
    }
    if survey.truncated > 0 { parts.append("\(survey.truncated.grouped) truncated") }
    if joiner.counts.incomplete > 0 {
      parts.append("\(joiner.counts.incomplete.grouped) with missing segments")
    }
    if survey.damagedStretches > 0 {
      parts.append(
        "\(survey.damagedStretches.counted("damaged stretch")) (\(survey.damagedBytes.counted("byte")))"
      )
    }
    if survey.cutShort > 0 { parts.append("cut short at the end") }
    if survey.backwards > 0, !options.sort {
      parts.append(
        "\(survey.backwards.grouped) not in time order (by up to "
          + "\(Self.seconds(survey.largestStepBack)) s; --sort puts them right)")
    }
    Diagnostics.line("zcap: " + parts.joined(separator: ", "))
    summariseFilter()
  }

  /// Writes which option left out how many records.
  func summariseFilter() {
    guard let filter else { return }
    for remark in filter.remarks { Diagnostics.line("zcap: \(remark)") }
    let leftOut = filter.leftOut.map { "\($0.count.grouped) by \($0.option)" }
    if !leftOut.isEmpty {
      Diagnostics.line("zcap: left out: \(leftOut.joined(separator: ", "))")
    }
    if filter.isSatisfied {
      Diagnostics.line("zcap: stopped after \(filter.passed.counted("record")) (--count)")
    }
  }

  static func text(_ notice: TraceNotice) -> String {
    let place = "offset \(notice.offset.grouped)"
    let length = notice.length > 0 ? ", \(notice.length.counted("byte"))" : ""
    let kind =
      switch notice.kind {
      case .damaged: "damaged"
      case .cutShort: "cut short"
      case .skipped: "skipped"
      case .lost: "lost"
      case .remark: "note"
      }
    return "\(kind): \(place)\(length): \(notice.reason)"
  }

  static func seconds(_ nanoseconds: Int64) -> String {
    let milliseconds = max(0, nanoseconds) / 1_000_000
    let fraction = String(milliseconds % 1000)
    return "\(milliseconds / 1000)." + String(repeating: "0", count: 3 - fraction.count) + fraction
  }
}

extension OtherFormat {
  /// The log of AT-TLS: its TLS records.
  static func attlsLog(_ book: ATTLSLogBook) -> OtherFormat {
    OtherFormat(
      probe: { window, atEnd in
        ATTLSLogTrace.recognisesText(window, atEnd: atEnd).map { $0 ? .yes : .no } ?? .needMore
      },
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
private final class NoTracker: TraceSink {
  func record(_ record: borrowing TraceRecord, _ payload: RawSpan) throws(TraceError) {}
}

/// Where placed records end that are only counted.
final class NoSink: PlacedSink {
  func record(_ placed: borrowing PlacedRecord, _ payload: RawSpan) throws(TraceError) {}
}
