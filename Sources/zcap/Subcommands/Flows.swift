import ATTLS
import ArgumentParser
import TraceBytes
import TraceFilter
import TraceProtocols
import TraceModel
import TraceRender
import TraceStreams
import ZCapKit

extension FlowRow.Order: ExpressibleByArgument {}

extension ZCap {
  /// One row per conversation.
  struct Flows: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "flows", abstract: "List the conversations of a trace, one row each.",
      discussion: """
        Flows are numbered as `convert` writes them: the number is Wireshark's tcp.stream (udp.stream \
        for UDP). TCP that an ICMP error quotes has no flow here; where its connection is not in the \
        trace, Wireshark's numbers are higher from there on. The protocol is judged by the bytes, not \
        the port. The last column says how the client is known: SYN, request bytes, port, or that it \
        sent the first record.

        On a terminal columns give way when it is narrow: client by, end, records, seconds, missing, \
        start, security, received, sent and job, in this order; --wide shows all, --columns those you \
        name. With --follow a terminal shows a table that is drawn anew, and a pipe gets a row when a \
        conversation ends.

        zcap flows TRACE --by bytes --top 10
        zcap flows TRACE --columns flow,client,server,protocol
        """)

    @OptionGroup var input: InputOptions
    @OptionGroup(title: "Filters") var filter: FilterOptions

    @Option(
      help: ArgumentHelp(
        "Order of the rows: number, bytes, duration or records (largest first).", valueName: "order"
      ))
    var by = FlowRow.Order.number

    @OptionGroup var log: LogOptions
    @OptionGroup var memory: MemoryOptions

    @Option(help: ArgumentHelp("Show the first rows only.", valueName: "n"))
    var top: Int?

    @OptionGroup var anonymize: AnonymizeOptions
    @OptionGroup var table: TableOptions
    @OptionGroup var time: TimeOptions
    @OptionGroup var follow: FollowOptions
    @OptionGroup var result: ResultOptions

    @Flag(help: "One JSON object per flow.")
    var json = false

    /// Whether a table on a terminal can be drawn anew.
    private var isTable: Bool { !json && result.isStandard && Terminal.isOutput }

    mutating func validate() throws {
      try follow.prepare(&input, whole: filter.whole)
      if follow.follow, !isTable, top != nil || by != .number {
        throw ValidationError(
          "--by and --top go with the table of a terminal: with --follow rows come as conversations end."
        )
      }
      if let top, top < 1 { throw ValidationError("--top \(top): at least 1.") }
      try table.check(FlowListing.columnNames(withLog: !log.logs.isEmpty))
    }

    mutating func run() throws {
      let join = try log.load()
      let output = try result.open(json ? .json : .text, input.common, besides: input.files)
      let files = InputNames()
      let presenter = FlowPresenter(
        json: json ? FlowJSON(join, files, to: output) : nil,
        follow.follow ? isTable ? .redrawn : .asTheyEnd : .atEnd, by: by, top: top,
        join, table.view(result, input.common), time.zone.zone, to: output)
      let collector = FlowCollector { (row: FlowRow) throws(TraceError) in
        try presenter.ended(row)
      }
      collector.notesOver = follow.follow && !isTable
      let flows = FlowTable()
      let follower = StreamFollower(collector, flows: flows, limits: memory.limits)
      collector.onPause = { [unowned collector, unowned follower] () throws(TraceError) in
        try presenter.pause(collector, follower)
      }
      let session = try input.session(
        filter.specification, flows: flows, into: follower, secrets: try anonymize.stage(),
        files: files, follows: follow.follow)
      try ZCap.reporting { () throws(TraceError) in
        try session.run()
        try presenter.finish()
      }
      Diagnostics.notes(presenter.notes)
      Diagnostics.notes(session.summary(presenter.count.counted("flow")))
      MemoryOptions.report(follower.assembler.counts)
      if let tracker = session.tracker { Self.tellOthers(tracker) }
      try ExitStatus.end(session.outcome(matched: presenter.count))
    }

    /// What is in no flow.
    private static func tellOthers(_ tracker: FlowTracker) {
      let counts = tracker.counts
      let fragments = tracker.fragments.incomplete
      let parts = [
        (counts.otherProtocols, "of other protocols"), (counts.cut, "cut before the ports"),
        (counts.malformed, "malformed"),
        (counts.unknownLinks, "of link types that are not decoded"),
        (fragments, "in fragments that never came together"),
      ].filter { $0.0 > 0 }.map { "\($0.0.grouped) \($0.1)" }
      if !parts.isEmpty {
        Diagnostics.line("zcap: in no flow: \(parts.joined(separator: ", "))")
      }
    }
  }
}
