package import TraceBytes
package import TraceModel
package import TraceStreams

/// `summary`: what to look at first.
package final class TraceSummary: TraceWork {
  /// What is told.
  package struct Request {
    package var groupings = FlowGrouping.allCases
    package var order = FlowGroup.Order.bytes
    /// How many groups of each kind are shown; nil for 10 of a table, and all of JSON.
    package var top: Int?
    package var isJSON = false
    package var view = TableView()

    package init() {}
  }

  package let flows = FlowTable()
  private let request: Request
  private let output: ByteSink
  private var groups: FlowGroups
  private var follower: StreamFollower?
  private var notes: [String] = []

  package init(_ request: Request, _ limits: StreamAssembler.Limits, to output: ByteSink) {
    self.request = request
    self.output = output
    groups = FlowGroups(request.groupings)
    let reader = FlowsAndExchanges { [unowned self] in groups.add($0, $1) }
    follower = StreamFollower(reader, flows: flows, limits: limits)
  }

  package var sink: (any PlacedSink)? { follower }

  package func begin(_ session: Session) { session.pointsToWhy = false }

  package func finish(_ session: Session) throws(TraceError) {
    let report = SummaryReport(
      groups, request.groupings, by: request.order,
      top: request.top ?? (request.isJSON ? Int.max : 10))
    if request.isJSON {
      try report.writeJSON(to: output)
    } else if groups.all.flows > 0 {
      notes = try report.write(request.view, to: output)
    }
    try output.commit()
    notes += report.hints(session.options.files)
  }

  package func end(_ session: Session) -> RunEnd {
    var end = RunEnd(matched: groups.all.flows)
    end.notes = notes
    end.result = groups.all.flows.counted("flow")
    end.remarks = (follower?.assembler.counts.notes ?? []) + (session.tracker?.notesOfOthers ?? [])
    return end
  }
}
