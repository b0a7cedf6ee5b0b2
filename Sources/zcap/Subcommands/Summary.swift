import ArgumentParser
import ZCapKit

extension ZCap {
  /// What to look at first.
  final class Summary: ParsableCommand {
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

    func validate() throws {
      try table.check(SummaryReport.columnNames)
      try refuse(top, below: 1, "--top")
    }

    func run() throws {
      var request = TraceSummary.Request()
      if !group.isEmpty { request.groupings = group }
      request.order = by
      request.top = top
      request.isJSON = json
      request.view = table.view(result, input.common)
      let output = try result.open(json ? .json : .text, input.common, besides: input.files)
      try input.run(TraceSummary(request, memory.limits, to: output), filter)
    }
  }
}
