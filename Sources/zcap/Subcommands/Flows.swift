import ATTLS
import ArgumentParser
import TraceBytes
import TraceFilter
import TraceProtocols
import TraceModel
import TraceRender
import TraceStreams

extension ZCap {
  /// One row per conversation.
  struct Flows: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "flows", abstract: "List the conversations of a trace, one row each.",
      discussion: """
        Flows are numbered as `convert` writes them: the number is Wireshark's tcp.stream (udp.stream \
        for UDP). The protocol is judged by the bytes, not the port. The last column says how the \
        client is known: SYN, request bytes, port, or that it sent the first record.
        """)

    @OptionGroup var input: InputOptions
    @OptionGroup(title: "Filters") var filter: FilterOptions

    @Option(help: "Order of the rows: number, bytes, duration or records (largest first).")
    var by = FlowRow.Order.number

    @OptionGroup var log: LogOptions
    @OptionGroup var memory: MemoryOptions

    @Option(help: "Show the first N rows only.")
    var top: Int?

    @Flag(help: "One JSON object per flow.")
    var json = false

    mutating func run() throws {
      let join = try log.load()
      let collector = FlowCollector(into: FlowRows(by: by, top: top))
      let flows = FlowTable()
      let follower = StreamFollower(collector, flows: flows, limits: memory.limits)
      let session = try Session(input, filter: filter.specification, flows: flows, into: follower)
      let output = ByteSink(DescriptorTarget(descriptor: 1, name: "standard output"))
      let json = json
      try ZCap.reporting { () throws(TraceError) in
        try session.run()
        let rows = collector.takeRows()
        if json {
          for row in rows { try Self.writeJSON(row, join, to: output) }
        } else if !rows.isEmpty {
          try Self.writeTable(rows, join, to: output)
        }
        try output.commit()
      }
      session.summarise(collector.count.counted("flow"))
      MemoryOptions.report(follower.assembler.counts)
      if let tracker = session.tracker { Self.tellOthers(tracker) }
      let status = session.status(matched: collector.count)
      if status != .done { throw status.code }
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

    private static func writeTable(
      _ rows: [FlowRow], _ join: ConnectionJoin?, to output: ByteSink
    ) throws(TraceError) {
      let logged: [(title: String, alignment: TextTable.Alignment)] =
        join != nil ? [("AT-TLS rule", .left), ("user", .left), ("TLS", .left)] : []
      var table = TextTable(
        [
          ("flow", .right), ("start (UTC)", .left), ("seconds", .right), ("job/interface", .left),
          ("client", .left), ("server", .left), ("protocol", .left), ("sent", .right),
          ("received", .right), ("records", .right), ("security", .left), ("missing", .right),
          ("end", .left), ("client by", .left),
        ] + logged)
      for row in rows {
        let flow = row.flow
        let found = join?.find(flow.key, at: flow.firstTime)
        let side = row.client(found)
        let (client, server) = (flow[side], flow[side.other])
        let logged = [found?.connection.rule, found?.connection.user, found?.briefly]
        table.add(
          [
            row.number, CivilDate.text(nanoseconds: flow.firstTime),
            Session.seconds(TraceTime.span(from: flow.firstTime, to: flow.lastTime)), row.name,
            flow.endpoint(side).description, flow.endpoint(side.other).description,
            row.protocolText, client.bytes.grouped, server.bytes.grouped,
            "\(client.records.grouped)+\(server.records.grouped)", row.security,
            row.missing, row.end, row.evidence(found),
          ] + (join != nil ? logged.map { $0 ?? "-" } : []))
      }
      try table.write(to: output)
    }

    private static func writeJSON(
      _ row: FlowRow, _ join: ConnectionJoin?, to output: ByteSink
    ) throws(TraceError) {
      let flow = row.flow
      let found = join?.find(flow.key, at: flow.firstTime)
      let side = row.client(found)
      let (client, server) = (flow[side], flow[side.other])
      var json = JSONLine(output)
      try json.open()
      try json.number("flow", flow.number)
      try json.text("transport", flow.key.ipProtocol == 17 ? "udp" : "tcp")
      try json.number("first_time_ns", flow.firstTime)
      try json.number("last_time_ns", flow.lastTime)
      try json.text("name", row.name)
      try json.bool("data_trace", flow.isDataTrace)
      try json.text("client", flow.endpoint(side).address.description)
      try json.number("client_port", UInt64(flow.endpoint(side).port))
      try json.text("server", flow.endpoint(side.other).address.description)
      try json.number("server_port", UInt64(flow.endpoint(side.other).port))
      try json.text("client_known_by", row.evidence(found))
      try json.text("protocol", "\(row.application.name)")
      try json.text("security", row.security)
      try json.number("client_bytes", client.bytes)
      try json.number("server_bytes", server.bytes)
      try json.number("client_records", client.records)
      try json.number("server_records", server.records)
      try json.number("missing_bytes", client.missing &+ server.missing)
      try json.number("repeated_bytes", client.repeated &+ server.repeated)
      try json.number("conflicting_bytes", client.conflicts &+ server.conflicts)
      try json.number("gaps", row.gaps)
      try json.text("end", row.end)
      for (name, value) in found?.members ?? [] { try json.text(name, value) }
      try json.close()
      try json.endLine()
    }
  }
}
