import ArgumentParser
import TraceBytes
import TraceProtocols
import TraceStreams
import ZCapKit

extension ExchangeOrder.Order: ExpressibleByArgument {}

extension ZCap {
  /// Requests with their answers, whatever the protocol.
  struct Exchanges: ParsableCommand {
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
    var `protocol`: [ProtocolList] = []

    @Flag(help: "Show what stands inside, a line each.")
    var full = false

    @Flag(help: "One JSON object per exchange.")
    var json = false

    @Flag(help: "Only exchanges that failed.")
    var failed = false

    @Option(help: ArgumentHelp("Only exchanges that took longer: 500ms, 2s.", valueName: "time"))
    var slow: DurationArgument?

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

    mutating func validate() throws {
      try follow.prepare(&input, whole: filter.whole)
      try table.check(ExchangeText.columnNames)
      if let top, top < 1 { throw ValidationError("--top \(top): at least 1.") }
      if top != nil, by == .time {
        throw ValidationError("--top goes with --by duration or --by bytes.")
      }
    }

    mutating func run() throws {
      let output = try result.open(json ? .json : .text, input.common, besides: input.files)
      let (json, full, failed, slow) = (json, full, failed, slow?.nanoseconds)
      let files = InputNames()
      var lines = ExchangeJSON(output, files, full: full)
      let text = ExchangeText(
        output, table.view(result, input.common), full: full, zone: time.zone.zone)
      var shown: UInt64 = 0
      let watch = redact.isOn ? nil : ExchangeWatch(full: full)
      let order = ExchangeOrder(
        by: by, limit: by == .time ? ExchangeOrder.limit : top ?? 1000
      ) { (told: FlowExchange) throws(TraceError) in
        shown += 1
        watch?.look(told)
        if json {
          try lines.show(told)
        } else {
          try text.show(told)
        }
      }
      let exchanges = ExchangeFlows(Set(`protocol`.flatMap(\.protocols))) {
        (told: FlowExchange) throws(TraceError) in
        if failed, !told.exchange.isFailure { return }
        if let slow, told.exchange.isWait || (told.lastByte ?? 0) < slow { return }
        try order.add(told)
      }
      exchanges.onPause = { () throws(TraceError) in
        try order.flush()
        try text.flush()
        try output.flush()
      }
      let flows = FlowTable()
      let follower = StreamFollower(exchanges, flows: flows, limits: memory.limits)
      let session = try input.session(
        filter.specification, flows: flows, into: follower,
        secrets: redact.changes ? try redact.options() : nil, files: files, follows: follow.follow)
      try ZCap.reporting { () throws(TraceError) in
        try session.run()
        try order.finish()
        try text.flush()
        try output.commit()
      }
      Diagnostics.notes(text.notes)
      Diagnostics.notes(exchanges.otherConversations())
      if order.outOfOrder > 0 {
        Diagnostics.line(
          "zcap: \(order.outOfOrder.counted("line")) not in time order: they ended long after others "
            + "that began later")
      }
      if order.leftOut > 0 {
        Diagnostics.line("zcap: \(order.leftOut.counted("exchange")) not shown (--top)")
      }
      MemoryOptions.report(follower.assembler.counts)
      Diagnostics.notes(watch?.lines("shown") ?? [])
      var result = shown.counted("exchange")
      if redact.changes, let secrets = session.secrets {
        result += ", " + CredentialWords.masked(secrets)
        Diagnostics.notes(CredentialWords.limits(session))
      }
      Diagnostics.notes(session.summary(result))
      try ExitStatus.end(session.outcome(matched: shown))
    }
  }
}

/// `drda,mq`.
struct ProtocolList: ExpressibleByArgument {
  var protocols: [ApplicationProtocol]

  init?(argument: String) {
    protocols = []
    for word in argument.split(separator: ",") {
      guard let known = ApplicationProtocol(keyword: String(word)) else { return nil }
      protocols.append(known)
    }
  }

  static var allValueStrings: [String] {
    ApplicationProtocol.allCases.filter { $0 != .unknown }.map(\.keyword)
  }
}

/// `500ms`, `1.5s`, `2`: seconds where there is no unit.
struct DurationArgument: ExpressibleByArgument {
  var nanoseconds: Int64

  init?(argument: String) {
    let units: [(String, Double)] = [("ms", 1e6), ("us", 1e3), ("ns", 1), ("s", 1e9), ("", 1e9)]
    for (unit, scale) in units where argument.hasSuffix(unit) {
      guard let number = Double(argument.dropLast(unit.count)), number >= 0, number < 1e9 else {
        return nil
      }
      nanoseconds = Int64(number * scale)
      return
    }
    return nil
  }
}
