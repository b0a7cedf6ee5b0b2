package import ATTLS
package import TraceBytes
internal import TraceFilter
internal import TraceModel
package import TraceStreams

/// Shows the conversations of a trace: when it has ended, or while it grows.
package final class FlowPresenter {
  /// When rows are shown.
  package enum Moment {
    /// All of them, in order, when the input has ended.
    case atEnd
    /// Each one when its conversation has ended.
    case asTheyEnd
    /// All of them all the time, as a table on the terminal that is drawn anew.
    case redrawn
  }

  private let request: FlowList.Request
  private var json: FlowJSON?
  private let join: ConnectionJoin?
  private let output: ByteSink
  private var kept: FlowRows
  private var lines: FlowListing.Lines
  /// Conversations that are shown and not closed yet.
  private var told: Set<FlowNumber> = []
  private var next = ContinuousClock.now
  /// Lines of the table that is on the terminal.
  private var drawn = 0
  /// Conversations that have ended.
  package private(set) var count: UInt64 = 0
  /// What is said of columns that had no room.
  package private(set) var notes: [String] = []

  /// The time between two tables.
  private static let pace = Duration.milliseconds(200)

  package init(
    _ request: FlowList.Request, _ join: ConnectionJoin?, _ files: InputNames, to output: ByteSink
  ) {
    self.request = request
    json = request.isJSON ? FlowJSON(join, files, to: output) : nil
    self.join = join
    self.output = output
    kept = FlowRows(by: request.order, top: request.top)
    lines = FlowListing.Lines(join, request.view, request.zone)
  }

  /// A conversation is closed.
  package func ended(_ row: FlowRow) throws(TraceError) {
    if request.moment == .asTheyEnd, told.remove(FlowNumber(row)) != nil { return }
    try show(row)
  }

  private func show(_ row: FlowRow) throws(TraceError) {
    count += 1
    guard request.moment == .asTheyEnd else { return kept.add(row) }
    if try json?.write(row) == nil { try lines.write(row, to: output) }
  }

  /// Nothing more comes for now.
  package func pause(_ collector: FlowCollector, _ follower: StreamFollower) throws(TraceError) {
    if request.moment == .asTheyEnd {
      for slot in collector.takeOver() {
        guard let flow = follower.conversation(in: slot), flow.isOver else { continue }
        let row = collector.row(of: flow)
        if told.insert(FlowNumber(row)).inserted { try show(row) }
      }
    }
    if request.moment == .redrawn, ContinuousClock.now >= next {
      var rows = kept
      follower.eachOpen { rows.add(collector.row(of: $0)) }
      try draw(rows.take(), of: rows.count)
      next = .now + Self.pace
    }
    try output.flush()
  }

  /// The input has ended.
  package func finish() throws(TraceError) {
    if request.moment == .asTheyEnd {
      notes = lines.notes
    } else {
      try wipe()
      let rows = kept.take()
      if json != nil {
        for row in rows { try json?.write(row) }
      } else if !rows.isEmpty {
        notes = try FlowListing.table(rows, join, request.view, request.zone, to: output)
      }
    }
    try output.commit()
  }

  private func draw(_ rows: [FlowRow], of count: UInt64) throws(TraceError) {
    try wipe()
    // The titles, the line below and that of the cursor need room, too; by number the newest rows are shown.
    let room = max(1, Terminal.height - 3)
    let shown = Array(request.order == .number ? rows.suffix(room) : rows.prefix(room))
    var view = request.view
    view.room = Terminal.width
    _ = try FlowListing.table(shown, join, view, request.zone, to: output)
    let left = count - UInt64(shown.count)
    try output.append(left > 0 ? "… \(left.grouped) more\n" : "\n")
    drawn = shown.count + 2
  }

  /// Goes back to where the table began, and takes it away.
  private func wipe() throws(TraceError) {
    if drawn > 0 { try output.append("\u{1B}[\(drawn)A\r\u{1B}[J") }
    drawn = 0
  }
}

extension FlowNumber {
  fileprivate init(_ row: FlowRow) {
    self.init(ipProtocol: row.flow.key.ipProtocol, number: row.flow.number)
  }
}
