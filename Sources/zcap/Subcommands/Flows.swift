import ArgumentParser
import ZCapKit

extension ZCap {
  /// One row per conversation.
  final class Flows: ParsableCommand {
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

    func validate() throws {
      try follow.prepare(&input, whole: filter.whole)
      try refuse(
        follow.follow && !isTable && (top != nil || by != .number),
        "--by and --top go with the table of a terminal: with --follow rows come as conversations end."
      )
      try refuse(top, below: 1, "--top")
      try table.check(FlowListing.columnNames(withLog: !log.logs.isEmpty))
    }

    func run() throws {
      var request = FlowList.Request()
      request.isJSON = json
      request.moment = follow.follow ? isTable ? .redrawn : .asTheyEnd : .atEnd
      request.order = by
      request.top = top
      request.view = table.view(result, input.common)
      request.zone = time.zone
      let join = try log.load()
      let output = try result.open(json ? .json : .text, input.common, besides: input.files)
      try input.run(
        FlowList(request, join, memory.limits, to: output), filter,
        secrets: try anonymize.stage(), follow: follow)
    }
  }
}
