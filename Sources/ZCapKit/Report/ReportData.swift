internal import ATTLS
internal import ATTLSPolicy
internal import TLSCertificates
package import TraceBytes
internal import TraceModel
internal import TraceProtocols
internal import TraceReport
internal import TraceStreams

/// The page of `zcap report`: what a run found, as the JSON that the page shows.
///
/// Rows are lists of numbers in the order of the lists `…_columns`; texts are places in `strings`, times are
/// nanoseconds behind `base_ms`, and -1 stands for what is not there.
package struct ReportData {
  private let session: Session
  private let collector: ReportCollector
  private let request: PageReport.Request
  /// Looks at what is shown; nil when credentials are masked.
  private let watch: ExchangeWatch?
  private var strings = StringTable()
  private let base: Int64

  package init(
    _ session: Session, _ collector: ReportCollector, _ request: PageReport.Request,
    _ watch: ExchangeWatch?
  ) {
    self.session = session
    self.collector = collector
    self.request = request
    self.watch = watch
    let first = session.survey.records > 0 ? session.survey.firstTime : 0
    base = first &- (first % 1_000_000 + 1_000_000) % 1_000_000
  }

  private var join: ConnectionJoin? { request.join }
  private var findings: ReportFindings { collector.findings }
  private var limit: ReportOptions { collector.options }

  /// Writes the page; whoever opened the sink commits it.
  package mutating func writePage(to sink: ByteSink) throws(TraceError) {
    var copy = self
    try ReportPage(to: sink).write { (json) throws(TraceError) in try copy.write(to: json) }
  }

  private mutating func write(to sink: ByteSink) throws(TraceError) {
    let rows = findings.takeRows()
    var json = JSONLine(sink)
    try json.begin("report")
    try writeFacts(&json)
    try json.texts("flow_columns", Self.flowColumns)
    try json.openList("flows")
    var table = NumberRows(sink)
    for row in rows { try table.add(cells(row)) }
    try json.closeList()
    try writeSeries(&json, sink)
    try writeOperations(&json, sink)
    try writeExchanges(&json, sink)
    try writeConfidential(&json, rows)
    try writeCertificates(&json, sink)
    try json.openList("failures")
    for (place, failure) in request.failures.enumerated() {
      if place > 0 { try sink.u8(0x2C) }
      try failure.write(to: &json)
    }
    try json.closeList()
    try writeLimits(&json, rows.count)
    // The texts that rows refer to by number come last, and a warning of secrets seen in them.
    try json.text("warning", watch?.lines("seen in what this page shows").first)
    try json.texts("strings", strings.texts)
    try json.end()
  }

  // MARK: - Facts

  private func writeFacts(_ json: inout JSONLine) throws(TraceError) {
    let survey = session.survey
    let all = findings.groups.all
    try json.text("version", request.version)
    try json.bool("has_records", survey.records > 0)
    try json.number("base_ms", base / 1_000_000)
    try json.number("begin_ns", survey.records > 0 ? survey.firstTime &- base : 0)
    try json.number("span_ns", survey.records > 0 ? survey.lastTime &- base : 0)
    try json.bool("has_log", join != nil || !request.failures.isEmpty)
    try json.texts("files", session.inputs.map(\.name))
    try json.objects("facts", ReportFact.all(session, all)) { (json, fact) throws(TraceError) in
      try json.text("label", fact.label)
      try json.text("value", fact.value)
      try json.text("note", fact.note)
      try json.bool("alarm", fact.isAlarm)
    }
    try json.texts("notices", session.notices.prefix(100).map { Session.text($0) })
    try json.open("totals")
    try json.number("flows", all.flows)
    try json.number("bytes", all.bytes)
    try json.number("exchanges", all.exchanges.count)
    try json.number("failed", all.exchanges.failed)
    try json.number("unanswered", all.exchanges.unanswered)
    try json.close()
    try json.open("commands")
    for (section, command) in request.commands.ofSections { try json.text(section, command) }
    try json.texts("flow", request.commands.ofFlow)
    try json.close()
  }

  // MARK: - Conversations

  private static let flowColumns = [
    "udp", "flow", "start_ns", "duration_ns", "job", "client", "server", "protocol", "security",
    "client_bytes", "server_bytes", "client_records", "server_records", "missing_bytes", "gaps",
    "end", "evidence", "exchanges", "failed", "unanswered", "slowest_ns", "rule", "user", "tls",
  ]

  private mutating func cells(_ found: ReportCollector.Row) -> [Int64] {
    let (row, tally) = (found.row, found.tally)
    let flow = row.flow
    let logged = join?.find(flow.key, at: flow.firstTime)
    let side = row.client(logged)
    let (client, server) = (flow[side], flow[side.other])
    return [
      Int64(flow.key.ipProtocol == IPProtocol.udp.rawValue), Int64(flow.number),
      flow.firstTime &- base, TraceTime.span(from: flow.firstTime, to: flow.lastTime),
      strings.place(row.name), strings.place(flow.endpoint(side).description),
      strings.place(flow.endpoint(side.other).description), strings.place(row.protocolText),
      strings.place(row.security), Int64(client.bytes), Int64(server.bytes),
      Int64(client.records), Int64(server.records), Int64(client.missing &+ server.missing),
      Int64(row.gaps), strings.place(row.end), strings.place(row.evidence(logged)),
      Int64(tally.count), Int64(tally.failed), Int64(tally.unanswered),
      tally.slowest?.nanoseconds ?? -1, strings.place(logged?.connection.rule ?? "-"),
      strings.place(logged?.connection.user ?? "-"), strings.place(logged?.briefly ?? "-"),
    ]
  }

  private mutating func writeSeries(_ json: inout JSONLine, _ sink: ByteSink) throws(TraceError) {
    let chart = findings.series.chart()
    try json.open("series")
    try json.number("start_ns", chart.start &- base)
    try json.number("width_ns", chart.width)
    try json.bool("has_others", chart.hasOthers)
    try write("jobs", chart.rows.map { strings.place($0.name) }[...], &json)
    try write("values", rows: chart.rows.map { $0.buckets.map { Int64($0) } }, &json, sink)
    try json.close()
  }

  // MARK: - Exchanges

  private static let exchangeColumns = [
    "udp", "flow", "start_ns", "request_ns", "first_ns", "last_ns", "job", "client", "server",
    "protocol", "operation", "object", "user", "result", "failed", "request_bytes",
    "response_bytes",
  ]

  private mutating func cells(_ told: ReportExchange) -> [Int64] {
    watch?.look(told.object)
    watch?.look(told.result)
    return [
      Int64(told.isUDP), Int64(told.flow), told.time &- base, told.requestTime ?? -1,
      told.firstByte ?? -1, told.lastByte ?? -1, strings.place(told.name.text),
      strings.place(told.client.description), strings.place(told.server.description),
      strings.place("\(told.application.name)"), strings.place(told.operation),
      strings.place(told.object), strings.place(told.user), strings.place(told.result),
      Int64(told.isFailure), Int64(told.requestBytes), Int64(told.responseBytes),
    ]
  }

  private static let operationColumns = [
    "protocol", "operation", "object", "exchanges", "failed", "unanswered", "p50_ns", "p95_ns",
    "max_ns", "is_sample",
  ]

  private mutating func writeOperations(
    _ json: inout JSONLine, _ sink: ByteSink
  ) throws(TraceError) {
    try json.texts("operation_columns", Self.operationColumns)
    let timed = findings.operations.all.map { ($0, $0.percentiles([50, 95])) }.sorted {
      $0.1[1] != $1.1[1] ? $0.1[1] > $1.1[1] : $0.0.count > $1.0.count
    }
    let rows = timed.prefix(ReportOptions.operations).map { operation, times in
      watch?.look(operation.object)
      return [
        strings.place("\(operation.application.name)"), strings.place(operation.operation),
        strings.place(ReportExchange.short(operation.object)), Int64(operation.count),
        Int64(operation.failed), Int64(operation.unanswered), times[0], times[1],
        operation.longest, Int64(operation.isSample),
      ]
    }
    try write("operations", rows: rows, &json, sink)
    try json.open("latency")
    let operations = findings.operations
    let used = operations.answered.indices.filter { operations.answered[$0] > 0 }
    let bars = (used.first ?? 0)..<((used.last ?? -1) + 1)
    try write(
      "bounds_ns", Operations.bounds[bars.clamped(to: 0..<Operations.bounds.count)], &json)
    try write("answered", operations.answered[bars].map { Int64($0) }[...], &json)
    try write("failed", operations.failed[bars].map { Int64($0) }[...], &json)
    try json.number("waits", operations.waits)
    try json.close()
  }

  private func write(
    _ name: StaticString, _ numbers: ArraySlice<Int64>, _ json: inout JSONLine
  ) throws(TraceError) {
    try json.openList(name)
    for number in numbers { try json.number(number) }
    try json.closeList()
  }

  private func write(
    _ name: StaticString, rows: [[Int64]], _ json: inout JSONLine, _ sink: ByteSink
  ) throws(TraceError) {
    try json.openList(name)
    var table = NumberRows(sink)
    for row in rows { try table.add(row) }
    try json.closeList()
  }

  private mutating func writeExchanges(
    _ json: inout JSONLine, _ sink: ByteSink
  ) throws(TraceError) {
    try json.texts("exchange_columns", Self.exchangeColumns)
    try write("slowest", rows: findings.slowestExchanges.map { cells($0) }, &json, sink)
    try json.texts("step_columns", ["time_ns", "from_server", "bytes", "records", "marks"])
    try json.openList("ladders")
    for (row, ladder) in findings.takeLadders() { try write(row, ladder, &json, sink) }
    try json.closeList()
  }

  private mutating func write(
    _ row: FlowRow, _ ladder: Ladder, _ json: inout JSONLine, _ sink: ByteSink
  ) throws(TraceError) {
    let client = row.client(join?.find(row.flow.key, at: row.flow.firstTime))
    // The name is that of the traced host's end; both ends have one on the same stack.
    let flow = row.flow.flow
    let local = ladder.local ?? client.other
    let names = [flow.name, flow.peerName].map { $0 == .none ? -1 : strings.place($0.text) }
    try json.open()
    try json.text("flow", row.number)
    try json.number("client_job", local == client ? names[0] : names[1])
    try json.number("server_job", local == client ? names[1] : names[0])
    try json.number("more", ladder.more)
    try json.number("more_exchanges", ladder.moreExchanges)
    let steps = ladder.steps.map { step in
      [
        step.time &- base, Int64(step.side != client), Int64(step.bytes), Int64(step.records),
        Int64(step.marks.rawValue),
      ]
    }
    try write("steps", rows: steps, &json, sink)
    let exchanges = ladder.exchanges.sorted { $0.time < $1.time }
    try write("exchanges", rows: exchanges.map { cells($0) }, &json, sink)
    try json.close()
  }

  // MARK: - The rest

  private func writeConfidential(
    _ json: inout JSONLine, _ rows: [ReportCollector.Row]
  ) throws(TraceError) {
    let groups =
      request.policy.map { ConfidentialGroup.groups(collector.localFlows, $0, join) }
      ?? ConfidentialGroup.groups(rows.map(\.row), join)
    try json.objects("confidential", groups) { (json, group) throws(TraceError) in
      try json.text("heading", group.heading)
      try json.number("more", group.more)
      try json.texts("flows", group.flows)
      try json.texts("lines", group.lines)
    }
  }

  private static let certificateColumns = [
    "not_after", "not_before", "subject", "issuer", "names", "key", "sender", "flow", "flows",
  ]

  private mutating func writeCertificates(
    _ json: inout JSONLine, _ sink: ByteSink
  ) throws(TraceError) {
    try json.texts("certificate_columns", Self.certificateColumns)
    let entries = findings.certificates.entries.sorted {
      $0.certificate.notAfter < $1.certificate.notAfter
    }
    let rows = entries.map { entry in
      let certificate = entry.certificate
      let bits = certificate.keyBits.map { ", \($0) bits" } ?? ""
      let texts = [
        certificate.notAfter, certificate.notBefore, certificate.subject, certificate.issuer,
        certificate.names.prefix(20).joined(separator: ", "), certificate.keyType + bits,
        entry.sender, entry.firstFlow,
      ]
      return texts.map { strings.place($0) } + [Int64(entry.flows)]
    }
    try write("certificates", rows: rows, &json, sink)
  }

  private func writeLimits(_ json: inout JSONLine, _ rows: Int) throws(TraceError) {
    let all = findings.groups.all
    let (operations, certificates) = (findings.operations, findings.certificates)
    var lines = ["What was sent: the commands under each view show it."]
    if all.flows > UInt64(rows) {
      lines.append(
        "\((all.flows - UInt64(rows)).counted("conversation")) of \(all.flows.grouped): those with "
          + "most bytes are listed (--rows \(limit.rows)).")
    }
    lines.append(
      "Ladder and waterfall of all but \(UInt64(limit.ladders).counted("conversation")) (--ladders): those with "
        + "failures, gaps and resets come first, then the slowest. Each has its first \(Ladder.limit) "
        + "steps and exchanges.")
    lines.append(
      "Exchanges but the \(ReportOptions.slowest) slowest, operations but \(ReportOptions.operations), "
        + "and texts beyond 200 letters.")
    if operations.hasOthers {
      lines.append("Objects of operations beyond the first 10,000; they count as (others).")
    }
    if certificates.leftOut > 0 {
      lines.append("\(certificates.leftOut.counted("certificate")) beyond the first 2,000.")
    }
    lines += session.filterSummary()
    if request.isChanged, let secrets = session.secrets {
      lines.append(CredentialWords.masked(secrets))
      lines += CredentialWords.limits(session)
    }
    lines.append("Anything from elsewhere: the page loads nothing and sends nothing.")
    try json.texts("limits", lines)
  }
}
