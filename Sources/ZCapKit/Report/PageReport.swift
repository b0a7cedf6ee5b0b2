package import ATTLS
package import ATTLSPolicy
package import TraceBytes
package import TraceModel
package import TraceStreams

/// `report`: a page to look at.
package final class PageReport: TraceWork {
  /// What the page says beside what is in the trace.
  package struct Request {
    package var limits = ReportOptions()
    /// The commands that the page names.
    package var commands: ReportCommands
    /// Says why conversations are confidential.
    package var policy: PolicySet?
    /// What logs of AT-TLS say of the connections, and their failures.
    package var join: ConnectionJoin?
    package var failures: [Explanation] = []
    /// Whether credentials are masked, and whether anything is changed.
    package var masks = false
    package var isChanged = false
    package var version = ""

    package init(_ commands: ReportCommands) { self.commands = commands }
  }

  package let flows = FlowTable()
  private var request: Request
  private let output: ByteSink
  private let collector: ReportCollector
  private let watch: ExchangeWatch?

  package init(_ request: Request, _ limits: StreamAssembler.Limits, to output: ByteSink) {
    self.request = request
    self.output = output
    collector = ReportCollector(
      request.limits, flows: flows, limits: limits, hasPolicy: request.policy != nil)
    watch = request.masks ? nil : ExchangeWatch(full: false)
  }

  package var logs: ConnectionJoin? { request.join }
  package var sink: (any PlacedSink)? { collector }

  package func finish(_ session: Session) throws(TraceError) {
    guard session.survey.records > 0 || !session.hasFailed else { return }
    request.failures += session.logBook.failures.explanations()
    var report = ReportData(session, collector, request, watch)
    try report.writePage(to: output)
    try output.commit()
  }

  package func end(_ session: Session) -> RunEnd {
    var end = RunEnd(matched: collector.count)
    end.notes = collector.follower.assembler.counts.notes + (watch?.lines("written") ?? [])
    end.result = collector.count.counted("flow")
    end.remarks = session.tracker?.notesOfOthers ?? []
    return end
  }
}
