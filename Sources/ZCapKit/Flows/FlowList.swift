package import ATTLS
package import TraceBytes
package import TraceModel
package import TraceStreams

/// `flows`: the conversations of a trace, a row each.
package final class FlowList: TraceWork {
  /// How rows are shown.
  package struct Request {
    package var isJSON = false
    package var moment = FlowPresenter.Moment.atEnd
    package var order = FlowRow.Order.number
    package var top: Int?
    package var view = TableView()
    package var zone = Zone.utc

    package init() {}
  }

  package let flows = FlowTable()
  package let files: InputNames
  package let logs: ConnectionJoin?
  private let presenter: FlowPresenter
  private let follower: StreamFollower

  /// - Parameter join: what logs of AT-TLS say of the connections.
  package init(
    _ request: Request, _ join: ConnectionJoin?, _ limits: StreamAssembler.Limits,
    to output: ByteSink
  ) {
    let files = InputNames()
    (self.files, logs) = (files, join)
    let presenter = FlowPresenter(request, join, files, to: output)
    let collector = FlowCollector { (row: FlowRow) throws(TraceError) in
      try presenter.ended(row)
    }
    collector.notesOver = request.moment == .asTheyEnd
    let follower = StreamFollower(collector, flows: flows, limits: limits)
    collector.onPause = { [unowned collector, unowned follower] () throws(TraceError) in
      try presenter.pause(collector, follower)
    }
    (self.presenter, self.follower) = (presenter, follower)
  }

  package var sink: (any PlacedSink)? { follower }

  package func finish(_ session: Session) throws(TraceError) { try presenter.finish() }

  package func end(_ session: Session) -> RunEnd {
    var end = RunEnd(matched: presenter.count)
    end.notes = presenter.notes
    end.result = presenter.count.counted("flow")
    end.hasData = false
    end.remarks = follower.assembler.counts.notes + (session.tracker?.notesOfOthers ?? [])
    return end
  }
}
