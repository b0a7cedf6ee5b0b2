import ATTLS
import ArgumentParser
import TraceBytes
import TraceFilter
import TraceHTTP
import TraceModel
import TraceRender
import TraceStreams

extension ZCap {
  /// One row per conversation.
  struct Flows: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "List the conversations of a trace, one row each.",
      discussion: """
        Flows are numbered as `convert` writes them: the number is Wireshark's tcp.stream (udp.stream \
        for UDP). The protocol is judged by the bytes, not the port. The last column says how the \
        client is known: SYN, request bytes, port, or that it sent the first record.
        """)

    @OptionGroup var input: InputOptions
    @OptionGroup(title: "Filters") var filter: FilterOptions

    enum Order: String, CaseIterable, ExpressibleByArgument {
      case number, bytes, duration, records
    }

    @Option(help: "Order of the rows: number, bytes, duration or records (largest first).")
    var by = Order.number

    @OptionGroup var log: LogOptions
    @OptionGroup var memory: MemoryOptions

    @Option(help: "Show the first N rows only.")
    var top: Int?

    @Flag(help: "One JSON object per flow.")
    var json = false

    mutating func run() throws {
      let join = try log.load()
      let collector = FlowCollector(join)
      let tracker = FlowTracker(sink: collector, options: memory.tracking)
      // Rows keep their numbers, so flows are picked from the rows and not from the records.
      var specification = try filter.specification
      let wanted = specification.takeFlows()
      let session = try Session(input, filter: specification, into: tracker)
      let output = ByteSink(DescriptorTarget(descriptor: 1, name: "standard output"))
      let (by, top, json) = (by, top, json)
      var rows: [FlowRow] = []
      try ZCap.reporting { () throws(TraceError) in
        try session.run()
        rows = collector.takeRows()
        if !wanted.isEmpty { rows.removeAll { !wanted.contains($0.flow.identity) } }
        rows.sort { Self.precedes($0, $1, by) }
        let shown = rows.prefix(max(0, top ?? rows.count))
        if json {
          for row in shown { try Self.writeJSON(row, to: output) }
        } else if !shown.isEmpty {
          try Self.writeTable(shown, hasLog: join != nil, to: output)
        }
        try output.commit()
      }
      session.summarise(UInt64(rows.count).counted("flow"))
      MemoryOptions.report(tracker.assembler.counts)
      Self.tellOthers(tracker)
      let status = session.status(matched: UInt64(rows.count))
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

    private static func precedes(_ one: FlowRow, _ other: FlowRow, _ order: Order) -> Bool {
      let key = { (row: FlowRow) -> UInt64 in
        switch order {
        case .number: 0
        case .bytes: row.flow.lower.bytes &+ row.flow.upper.bytes
        case .duration: UInt64(max(0, row.flow.lastTime - row.flow.firstTime))
        case .records: row.flow.lower.records &+ row.flow.upper.records
        }
      }
      let (left, right) = (key(one), key(other))
      if left != right { return left > right }
      if one.flow.key.ipProtocol != other.flow.key.ipProtocol {
        return one.flow.key.ipProtocol < other.flow.key.ipProtocol
      }
      return one.flow.number < other.flow.number
    }

    private static func writeTable(
      _ rows: ArraySlice<FlowRow>, hasLog: Bool, to output: ByteSink
    ) throws(TraceError) {
      let logged: [(title: String, alignment: TextTable.Alignment)] =
        hasLog ? [("AT-TLS rule", .left), ("user", .left), ("TLS", .left)] : []
      var table = TextTable(
        [
          ("flow", .right), ("start (UTC)", .left), ("seconds", .right), ("job/interface", .left),
          ("client", .left), ("server", .left), ("protocol", .left), ("sent", .right),
          ("received", .right), ("records", .right), ("security", .left), ("missing", .right),
          ("end", .left), ("client by", .left),
        ] + logged)
      for row in rows {
        let flow = row.flow
        let (client, server) = (flow[row.client], flow[row.client.other])
        let logged = [
          row.logged?.connection.rule, row.logged?.connection.user, row.logged?.briefly,
        ]
        table.add(
          [
            row.number, CivilDate.text(nanoseconds: flow.firstTime),
            Session.seconds(flow.lastTime - flow.firstTime), row.name,
            FlowRow.text(flow.endpoint(row.client)), FlowRow.text(flow.endpoint(row.client.other)),
            row.protocolText, client.bytes.grouped, server.bytes.grouped,
            "\(client.records.grouped)+\(server.records.grouped)", row.security,
            row.missing, row.end, row.evidence,
          ] + (hasLog ? logged.map { $0 ?? "-" } : []))
      }
      try table.write(to: output)
    }

    private static func writeJSON(_ row: FlowRow, to output: ByteSink) throws(TraceError) {
      let flow = row.flow
      let (client, server) = (flow[row.client], flow[row.client.other])
      var json = JSONLine(output)
      try json.open()
      try json.number("flow", flow.number)
      try json.text("transport", flow.key.ipProtocol == 17 ? "udp" : "tcp")
      try json.number("first_time_ns", flow.firstTime)
      try json.number("last_time_ns", flow.lastTime)
      try json.text("name", row.name)
      try json.bool("data_trace", flow.isDataTrace)
      try json.text("client", flow.endpoint(row.client).address.description)
      try json.number("client_port", UInt64(flow.endpoint(row.client).port))
      try json.text("server", flow.endpoint(row.client.other).address.description)
      try json.number("server_port", UInt64(flow.endpoint(row.client.other).port))
      try json.text("client_known_by", row.evidence)
      try json.text("protocol", row.application)
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
      for (name, value) in row.logged?.members ?? [] { try json.text(name, value) }
      try json.close()
      try json.endLine()
    }
  }
}

/// A finished conversation and what its first bytes told.
struct FlowRow {
  var flow: Flow
  var application: String
  var gaps: UInt64
  /// What an AT-TLS log says of the conversation.
  var logged: JoinedConnection?

  /// The log knows for certain who opened the connection.
  var client: FlowSide {
    logged?.clientIsLower.map { $0 ? .lower : .upper } ?? flow.client
  }

  static func text(_ end: Endpoint) -> String {
    end.address.isIPv4 ? "\(end.address):\(end.port)" : "[\(end.address)]:\(end.port)"
  }

  var protocolText: String { (flow.key.ipProtocol == 17 ? "UDP " : "") + application }

  var security: String {
    var words: [String] = []
    if flow.flags.contains(.clearText) { words.append("clear text") }
    if flow.flags.contains(.confidential) { words.append("confidential") }
    return words.isEmpty ? (flow.isDataTrace ? "plain" : "-") : words.joined(separator: "+")
  }

  /// Bytes known to be missing; "?" where nobody knows how many.
  var missing: String {
    let bytes = flow.lower.missing &+ flow.upper.missing
    return gaps == 0 ? "-" : bytes == 0 ? "?" : bytes.grouped
  }

  var evidence: String {
    logged?.clientIsLower != nil ? "log" : "\(flow.clientEvidence.text)"
  }

  /// What `--flow` takes.
  var number: String { (flow.key.ipProtocol == 17 ? "udp:" : "") + "\(flow.number)" }

  /// Job or interface; of a connection within the stack the jobs of both ends.
  var name: String {
    flow.peerName == .none ? flow.name.text : "\(flow.name.text)+\(flow.peerName.text)"
  }

  var end: String {
    let words = [flow.lower.end, flow.upper.end].compactMap { end -> String? in
      switch end {
      case .closed: "closed"
      case .reset: "reset"
      case .reused: "ports reused"
      case .idle: "released idle"
      case .traceEnd: "trace ends"
      case nil: nil
      }
    }
    if words.contains("reset") { return "reset" }
    if words.count == 2, words[0] == words[1] { return words[0] }
    return words.contains("closed") ? "half closed" : words.first ?? "-"
  }
}

/// Keeps the first bytes of each direction until the protocol is known, and the row at the end.
private final class FlowCollector: StreamSink {
  private var rows: [FlowRow] = []
  private let join: ConnectionJoin?

  init(_ join: ConnectionJoin?) { self.join = join }

  /// The rows so far; the collector keeps none of them.
  func takeRows() -> [FlowRow] {
    defer { rows = [] }
    return rows
  }

  private struct Beginning {
    var lower: [UInt8] = []
    var upper: [UInt8] = []
    var gaps: UInt64 = 0
  }

  private var open: [Beginning] = []
  /// No protocol needs more to be told.
  private static let enough = 64

  func opened(_ flow: Flow) throws(TraceError) {
    while open.count <= flow.slot { open.append(Beginning()) }
    open[flow.slot] = Beginning()
  }

  func data(
    _ flow: Flow, from side: FlowSide, _ bytes: RawSpan, time: Int64, record: UInt64
  ) throws(TraceError) {
    keep(bytes, flow.slot, side)
  }

  func datagram(
    _ flow: Flow, from side: FlowSide, _ bytes: RawSpan, length: Int, time: Int64, record: UInt64
  ) throws(TraceError) {
    keep(bytes, flow.slot, side)
  }

  @inline(__always)
  private func keep(_ bytes: RawSpan, _ slot: Int, _ side: FlowSide) {
    let kept = side == .lower ? open[slot].lower.count : open[slot].upper.count
    guard kept < Self.enough else { return }
    let part = bytes.extracting(first: min(bytes.byteCount, Self.enough - kept))
    if side == .lower { open[slot].lower.append(part) } else { open[slot].upper.append(part) }
  }

  func gap(_ flow: Flow, from side: FlowSide, count: Int) throws(TraceError) {
    open[flow.slot].gaps += 1
  }

  func ended(_ flow: Flow, from side: FlowSide, _ how: StreamEnd) throws(TraceError) {}

  func closed(_ flow: Flow) throws(TraceError) {
    let beginning = open[flow.slot]
    let client = flow.client == .lower ? beginning.lower : beginning.upper
    let server = flow.client == .lower ? beginning.upper : beginning.lower
    let guess = unsafe ApplicationProtocol.guess(client.span.bytes, server.span.bytes)
    rows.append(
      FlowRow(
        flow: flow, application: "\(guess.application.name)", gaps: beginning.gaps,
        logged: join?.find(flow.key, at: flow.firstTime)))
    open[flow.slot] = Beginning()
  }
}
