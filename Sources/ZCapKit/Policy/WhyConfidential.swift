package import ATTLS
package import ATTLSPolicy
package import TraceBytes
package import TraceModel
package import TraceStreams

/// `policy why`: which rule makes the flows of a trace confidential.
package final class WhyConfidential: TraceWork {
  package let flows = FlowTable()
  private let policy: PolicySet
  private let join: ConnectionJoin?
  private let all: Bool
  private let isJSON: Bool
  private let view: TableView
  private let output: ByteSink
  private let ends: FlowEndsSink
  private var shown = 0
  private var notes: [String] = []

  /// - Parameters:
  ///   - join: what logs of AT-TLS say of the connections.
  ///   - all: whether flows are shown that are not confidential.
  package init(
    _ policy: PolicySet, _ join: ConnectionJoin?, all: Bool, isJSON: Bool, _ view: TableView,
    to output: ByteSink
  ) {
    self.policy = policy
    self.join = join
    self.all = all
    self.isJSON = isJSON
    self.view = view
    self.output = output
    ends = FlowEndsSink(flows: flows)
  }

  package var logs: ConnectionJoin? { join }
  package var sink: (any PlacedSink)? { ends }

  package func begin(_ session: Session) { session.pointsToWhy = false }

  package func finish(_ session: Session) throws(TraceError) {
    var answers = WhyAnswers(policy)
    for flow in ends.flows where all || flow.confidential > 0 {
      answers.add(PolicyFlow(flow, join?.find(flow.flow.key, at: flow.flow.firstTime)))
    }
    shown = answers.all.count
    let report = WhyReport(answers)
    if isJSON {
      var json = JSONLine(output)
      try report.write(to: &json)
    } else {
      let told = try PolicyTables.why(report, view)
      try output.append(told.text)
      notes = told.notes
    }
    try output.commit()
  }

  package func end(_ session: Session) -> RunEnd {
    let confidential = UInt64(ends.flows.count { $0.confidential > 0 })
    var end = RunEnd(matched: UInt64(shown))
    end.notes = notes
    end.result =
      "\(confidential.grouped) of \(UInt64(ends.flows.count).counted("flow")) confidential"
    if shown == 0, !ends.flows.isEmpty {
      end.remarks = ["no flow of this trace is confidential; --all shows the rules of all"]
    }
    return end
  }
}
