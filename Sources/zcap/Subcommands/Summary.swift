import ArgumentParser
import TraceBytes
import TraceStreams
import ZCapKit

extension FlowGrouping: ExpressibleByArgument {}
extension FlowGroup.Order: ExpressibleByArgument {}

extension ZCap {
  /// What to look at first.
  struct Summary: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "summary",
      abstract:
        "Show what to look at first: conversations by job, server port, protocol, security.",
      discussion: """
        For each group: bytes and their share, what is missing, resets, confidential conversations, \
        exchanges that failed or have no answer, and the slowest one, with its flow. Exchanges are those \
        of `exchanges`, and everything else is as in `flows`.

        zcap summary TRACE
        zcap summary TRACE --group server --by slowest --top 5
        """)

    @OptionGroup var input: InputOptions
    @OptionGroup(title: "Filters") var filter: FilterOptions

    @Option(
      help: ArgumentHelp(
        "What conversations are put together by: job, server, protocol or security. Default: all.",
        valueName: "job|server|…"))
    var group: [FlowGrouping] = []

    @Option(
      help: ArgumentHelp(
        "Order of the groups: bytes, flows, failed, missing or slowest (largest first).",
        valueName: "order"))
    var by = FlowGroup.Order.bytes

    @Option(help: ArgumentHelp("How many of each kind are shown. Default: 10.", valueName: "n"))
    var top: Int?

    @OptionGroup var memory: MemoryOptions
    @OptionGroup var table: TableOptions
    @OptionGroup var result: ResultOptions

    @Flag(help: "One JSON object for the trace, and one for each group.")
    var json = false

    mutating func validate() throws {
      try table.check(SummaryReport.columnNames)
      if let top, top < 1 { throw ValidationError("--top \(top): at least 1.") }
    }

    mutating func run() throws {
      let groupings = group.isEmpty ? FlowGrouping.allCases : group
      var groups = FlowGroups(groupings)
      let reader = FlowsAndExchanges { groups.add($0, $1) }
      let flows = FlowTable()
      let follower = StreamFollower(reader, flows: flows, limits: memory.limits)
      let session = try input.session(filter.specification, flows: flows, into: follower)
      session.pointsToWhy = false
      let output = try result.open(json ? .json : .text, input.common, besides: input.files)
      let (by, top, json) = (by, top ?? (json ? Int.max : 10), json)
      let view = table.view(result, input.common)
      var notes: [String] = []
      var found: UInt64 = 0
      try ZCap.reporting { () throws(TraceError) in
        try session.run()
        found = groups.all.flows
        let report = SummaryReport(groups, groupings, by: by, top: top)
        if json {
          try report.writeJSON(to: output)
        } else if found > 0 {
          notes = try report.write(view, to: output)
        }
        try output.commit()
        notes += report.hints(session.options.files)
      }
      Diagnostics.notes(notes)
      Diagnostics.notes(session.summary(found.counted("flow")))
      MemoryOptions.report(follower.assembler.counts)
      try ExitStatus.end(session.outcome(matched: found))
    }
  }
}
