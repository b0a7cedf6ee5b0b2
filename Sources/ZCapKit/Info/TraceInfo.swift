package import ATTLS
package import TraceBytes
package import TraceModel
package import TraceStreams

/// `info`: what is in a trace.
package final class TraceInfo: TraceWork {
  /// How it is told.
  package struct Request {
    package var isJSON = false
    /// Whether raw values of headers are told.
    package var showsUnknown = false
    /// Whether a filter says which records are told of.
    package var isFiltered = false
    package var zone = Zone.utc
    /// Columns that a line may have; nil for no end.
    package var room: Int?

    package init() {}
  }

  package let flows = FlowTable()
  private let request: Request
  private let output: ByteSink
  private let join: ConnectionJoin?
  private let ends: FlowEndsSink?
  /// The report is of the records that pass.
  private let kept: PlacedSurvey?
  private let values: HeaderValues?

  /// - Parameter join: what logs of AT-TLS say of the connections.
  package init(_ request: Request, _ join: ConnectionJoin?, to output: ByteSink) {
    self.request = request
    self.output = output
    self.join = join
    ends = join == nil ? nil : FlowEndsSink(flows: flows)
    kept = request.isFiltered ? PlacedSurvey(to: ends) : nil
    values = request.showsUnknown ? HeaderValues(to: kept ?? ends) : nil
  }

  package var sink: (any PlacedSink)? { values ?? kept ?? ends }

  package func finish(_ session: Session) throws(TraceError) {
    let report = InfoReport(
      session, kept?.survey ?? session.survey, join.map { LogSummary(ends?.flows ?? [], $0) },
      zone: request.zone, values: values, room: request.room)
    if session.survey.records > 0 || !session.hasFailed {
      try request.isJSON ? report.writeJSON(to: output) : report.write(to: output)
    }
    try output.commit()
  }

  package func end(_ session: Session) -> RunEnd {
    // A log is told of whether or not it holds TLS records.
    let logs = session.inputs.count { $0.format.hasPrefix(TLSRowOptions.logFormat) }
    var end = RunEnd(matched: request.isFiltered ? session.passed : session.passed + UInt64(logs))
    end.hasSummary = false
    if request.isFiltered { end.notes = session.filterSummary() }
    return end
  }
}
