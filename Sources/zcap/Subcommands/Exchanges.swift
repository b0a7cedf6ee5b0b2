import ArgumentParser
import ZCapKit

extension ZCap {
  /// Requests with their answers, whatever the protocol.
  final class Exchanges: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "exchanges",
      abstract: "Show requests with their answers, whatever the protocol, one line each.",
      discussion: """
        The protocol is found from the bytes, not the port. Every line has the same columns: flow, start, \
        job or interface, client, server, protocol, operation with its object, user, result, bytes sent \
        and received, first and last byte of the answer.

        On a terminal columns give way when it is narrow: first, received, sent, server, start, user, job, \
        client, protocol and last, in this order; --wide shows all, --columns those you name.

        zcap exchanges TRACE --protocol drda,mq --slow 1s
        zcap exchanges TRACE --by duration --top 20 --full
        zcap exchanges TRACE --columns start,operation,result,last
        """)

    @OptionGroup var input: InputOptions
    @OptionGroup(title: "Filters") var filter: FilterOptions

    @Option(
      help: ArgumentHelp(
        "Only these protocols: http, drda, mq, ims, nje, tn3270, smtp, ftp, …", valueName: "names"))
    var `protocol`: [ProtocolNames] = []

    @Flag(help: "Show what stands inside, a line each.")
    var full = false

    @Flag(help: "One JSON object per exchange.")
    var json = false

    @Flag(help: "Only exchanges that failed.")
    var failed = false

    @Option(help: ArgumentHelp("Only exchanges that took longer: 500ms, 2s.", valueName: "time"))
    var slow: TimeSpan?

    @Option(
      help: ArgumentHelp("Order: time, duration or bytes (largest first).", valueName: "order"))
    var by = ExchangeOrder.Order.time

    @Option(
      help: ArgumentHelp(
        "By duration or bytes: how many are shown. Default: 1,000.", valueName: "n"))
    var top: Int?

    @OptionGroup(title: "Secrets") var redact: RedactOptions
    @OptionGroup var memory: MemoryOptions
    @OptionGroup var time: TimeOptions
    @OptionGroup var follow: FollowOptions
    @OptionGroup var table: TableOptions
    @OptionGroup var result: ResultOptions

    func validate() throws {
      try follow.prepare(&input, whole: filter.whole)
      try table.check(ExchangeText.columnNames)
      try refuse(top, below: 1, "--top")
      try refuse(top != nil && by == .time, "--top goes with --by duration or --by bytes.")
    }

    func run() throws {
      var request = ExchangeList.Request()
      request.protocols = Set(`protocol`.flatMap(\.protocols))
      request.isFull = full
      request.isJSON = json
      request.failedOnly = failed
      request.slowest = slow?.nanoseconds
      request.order = by
      request.top = top ?? request.top
      request.watches = !redact.isOn
      request.view = table.view(result, input.common)
      request.zone = time.zone
      let output = try result.open(json ? .json : .text, input.common, besides: input.files)
      try input.run(
        ExchangeList(request, memory.limits, to: output), filter,
        secrets: redact.changes ? try redact.options() : nil, follow: follow)
    }
  }
}
