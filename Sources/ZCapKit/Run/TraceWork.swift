package import ATTLS
package import TraceBytes
package import TraceFilter
package import TraceFormats
package import TraceModel
package import TraceSecrets
package import TraceStreams

/// What a command does with the records of a run, and what it says of them.
package protocol TraceWork: AnyObject {
  /// The table that the tracker of the run fills.
  var flows: FlowTable { get }
  /// Takes the records that pass; nil when their survey is all that is wanted.
  var sink: (any PlacedSink)? { get }
  /// How far packets of captures are looked at.
  var captures: FlowTracker.CaptureDepth { get }
  /// Formats beside those of traces; nil for the log of AT-TLS.
  var others: [OtherFormat]? { get }
  /// Is told which input each record comes from.
  var files: InputNames { get }
  /// The part of the only file that is read.
  var cut: RangeCut? { get }
  /// What logs of AT-TLS say of the connections; nil without, and where the output tells what they have.
  var logs: ConnectionJoin? { get }

  /// The stages are wired, and nothing is read yet.
  func begin(_ session: Session) throws(TraceError)
  /// The inputs are read: the output becomes final.
  func finish(_ session: Session) throws(TraceError)
  /// What is said of the run.
  func end(_ session: Session) -> RunEnd
}

extension TraceWork {
  package var captures: FlowTracker.CaptureDepth { .placed }
  package var others: [OtherFormat]? { nil }
  package var files: InputNames { InputNames() }
  package var cut: RangeCut? { nil }
  package var logs: ConnectionJoin? { nil }
  package func begin(_ session: Session) throws(TraceError) {}
}

/// What is said of a run.
package struct RunEnd {
  /// Why there is nothing to see; said to those who asked for silence, too.
  package var failures: [String] = []
  /// Lines in front of the summary; one that begins with blanks belongs to the line before.
  package var notes: [String] = []
  /// What the summary says was shown or written.
  package var result = ""
  /// Whether there is a summary.
  package var hasSummary = true
  /// Whether data was shown or written, so that it matters what masking could not do.
  package var hasData = true
  /// Lines behind the summary.
  package var remarks: [String] = []
  /// How many records, rows or the like were shown or written.
  package var matched: UInt64
  /// Whether what was asked for could not be told.
  package var hasFailed = false

  package init(matched: UInt64) { self.matched = matched }

  /// All lines, in their order, without the failures.
  package func lines(_ session: Session) -> [String] {
    guard hasSummary else { return notes + remarks }
    var (lines, result) = (notes, result)
    if hasData, let stage = session.secrets, stage.mode != .watch {
      result += (result.isEmpty ? "" : ", ") + CredentialWords.masked(stage)
      lines += CredentialWords.limits(session)
    }
    return lines + session.summary(result) + remarks
  }
}

/// Takes what people are told.
package struct Telling {
  /// A line that is worth knowing.
  package var note: (String) -> Void
  /// A line that says why something failed.
  package var failure: (String) -> Void
  /// An input that cannot be read; the others are still read.
  package var error: (TraceError) -> Void

  package init(
    note: @escaping (String) -> Void, failure: @escaping (String) -> Void,
    error: @escaping (TraceError) -> Void
  ) {
    self.note = note
    self.failure = failure
    self.error = error
  }
}

extension Session {
  /// Reads the inputs for a piece of work, and tells what is to be said of it.
  ///
  /// - Throws: `FilterMistake` for an expression that libpcap rejects, `TraceError` when the output cannot be
  ///   written.
  package static func run(
    _ work: any TraceWork, _ options: RunOptions, _ filter: FilterSpecification,
    secrets: SecretStage.Options? = nil, _ telling: Telling
  ) throws -> RunOutcome {
    var (options, filter) = (options, filter)
    if filter.isOfWholeConversations {
      filter = try WholeConversations.chosen(&options, filter)
    }
    let session = try Session(
      options, filter: filter, flows: work.flows, captures: work.captures, into: work.sink,
      secrets: secrets, others: work.others, files: work.files, cut: work.cut,
      reportFailure: telling.error)
    session.note = telling.note
    try work.begin(session)
    try session.run()
    try work.finish(session)
    var end = work.end(session)
    if let logs = work.logs, logs.isOfOthers {
      end.notes.append(
        "none of these conversations is in the AT-TLS log, which has \(UInt64(logs.count).counted("connection"))"
      )
    }
    end.failures.forEach(telling.failure)
    end.lines(session).forEach(telling.note)
    return end.hasFailed ? .failed : session.outcome(matched: end.matched)
  }
}
