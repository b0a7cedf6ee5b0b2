internal import ATTLS
internal import TraceBytes
internal import TraceModel
internal import TraceProtocols
internal import TraceStreams
internal import TraceTables

/// A row of the table `flows`.
struct FlowTableRow {
  var row: FlowRow
  var file: String
  var logged: JoinedConnection?

  init(_ row: FlowRow, _ files: InputNames, _ join: ConnectionJoin?) {
    self.row = row
    file = files.name(of: row.flow.flow.firstRecord)
    logged = join?.find(row.flow.key, at: row.flow.firstTime)
  }

  private var flow: Conversation { row.flow }
  private var side: FlowSide { row.client(logged) }
  private var client: ConversationHalf { flow[side] }
  private var server: ConversationHalf { flow[side.other] }
  private var isUDP: Bool { flow.key.ipProtocol == IPProtocol.udp.rawValue }
  private var sum: UInt64 { client.records &+ server.records }

  static func columns(labels: [TableLabel]) -> [RowColumn<FlowTableRow>] {
    let columns: [RowColumn<FlowTableRow>] = [
      RowColumn(
        always: "flow_id", .text,
        "Hash of plane, protocol, ends and time of the first record of the whole trace: 16 hex digits."
      ) { $1.text($0.flow.flow.id) },
      RowColumn("community_id", .text, "Community ID v1, seed 0.") {
        $1.text(FlowIdentity.communityID($0.flow.key))
      },
      RowColumn(always: "file", .text, "Input that has its first record.") { $1.text($0.file) },
      RowColumn(
        always: "flow", .int64, "Number among those of its transport, from 0, as flows shows it."
      ) { $1.number($0.flow.number) },
      RowColumn(always: "start_time", .time, "Time of its first record, UTC.") {
        $1.time(nanoseconds: $0.flow.firstTime)
      },
      RowColumn(always: "start_ns", .int64, "The same in nanoseconds since 1970.") {
        $1.number($0.flow.firstTime)
      },
      RowColumn(always: "end_ns", .int64, "Time of its last record, nanoseconds since 1970.") {
        $1.number($0.flow.lastTime)
      },
      RowColumn(always: "duration_ns", .int64, "Nanoseconds between the two.") {
        $1.number(TraceTime.span(from: $0.flow.firstTime, to: $0.flow.lastTime))
      },
      RowColumn(always: "transport", .text, "tcp or udp.") {
        $1.text($0.isUDP ? "udp" : "tcp" as StaticString)
      },
      RowColumn("job", .text, "Job of a data trace; of both ends on one stack with + between.") {
        if $0.flow.isDataTrace { $1.textUnlessEmpty($0.row.name) } else { $1.null() }
      },
      RowColumn("interface", .text, "Interface of packets.") {
        if $0.flow.isDataTrace { $1.null() } else { $1.textUnlessEmpty($0.row.name) }
      },
      RowColumn(always: "client_ip", .text, "Address of the client.") {
        $1.address($0.flow.endpoint($0.side).address)
      },
      RowColumn(always: "client_port", .int32, "Port of the client.") {
        $1.number(Int($0.flow.endpoint($0.side).port))
      },
      RowColumn(always: "server_ip", .text, "Address of the server.") {
        $1.address($0.flow.endpoint($0.side.other).address)
      },
      RowColumn(always: "server_port", .int32, "Port of the server.") {
        $1.number(Int($0.flow.endpoint($0.side.other).port))
      },
      RowColumn(
        always: "client_evidence", .text,
        "How the client is known: log, syn, request_bytes, port, first_record."
      ) {
        if $0.logged?.clientIsLower != nil { return $1.text("log" as StaticString) }
        switch $0.flow.flow.clientEvidence {
        case .log: $1.text("log" as StaticString)
        case .syn: $1.text("syn" as StaticString)
        case .requestBytes: $1.text("request_bytes" as StaticString)
        case .port: $1.text("port" as StaticString)
        case .firstRecord: $1.text("first_record" as StaticString)
        }
      },
      RowColumn("app_protocol", .text, "What it speaks, by its bytes; null when unknown.") {
        if $0.row.application == .unknown { $1.null() } else { $1.text($0.row.application.name) }
      },
      RowColumn(
        "security", .text,
        "AT-TLS of a data trace: clear, confidential, plain; mixed where it is both of the first two."
      ) {
        guard $0.flow.isDataTrace else { return $1.null() }
        switch ($0.flow.clearRecords > 0, $0.flow.confidentialRecords > 0) {
        case (true, true): $1.text("mixed" as StaticString)
        case (true, false): $1.text("clear" as StaticString)
        case (false, true): $1.text("confidential" as StaticString)
        case (false, false): $1.text("plain" as StaticString)
        }
      },
      RowColumn("clear_records", .int64, "Data-trace records with clear text of AT-TLS.") {
        $1.optional($0.ofDataTrace($0.flow.clearRecords))
      },
      RowColumn("plain_records", .int64, "Data-trace records outside of AT-TLS.") {
        $1.optional(
          $0.ofDataTrace($0.sum &- $0.flow.clearRecords &- $0.flow.confidentialRecords))
      },
      RowColumn("confidential_records", .int64, "Data-trace records whose data was left out.") {
        $1.optional($0.ofDataTrace($0.flow.confidentialRecords))
      },
      RowColumn(always: "client_bytes", .int64, "Bytes of data that the client sent.") {
        $1.number($0.client.bytes)
      },
      RowColumn(always: "server_bytes", .int64, "Bytes of data that the server sent.") {
        $1.number($0.server.bytes)
      },
      RowColumn(always: "client_records", .int64, "Records that the client sent.") {
        $1.number($0.client.records)
      },
      RowColumn(always: "server_records", .int64, "Records that the server sent.") {
        $1.number($0.server.records)
      },
      RowColumn(always: "missing_bytes", .int64, "Bytes known to be missing in the streams.") {
        $1.number($0.client.missing &+ $0.server.missing)
      },
      RowColumn(always: "repeated_bytes", .int64, "Bytes that came again.") {
        $1.number($0.client.repeated &+ $0.server.repeated)
      },
      RowColumn(always: "conflicting_bytes", .int64, "Bytes that came again and differed.") {
        $1.number($0.client.conflicts &+ $0.server.conflicts)
      },
      RowColumn(always: "gaps", .int64, "How often something is missing.") {
        $1.number($0.row.gaps)
      },
      RowColumn(
        "begin_seen", .bool,
        "Whether the trace has its beginning: a SYN, or the start record; TCP only."
      ) {
        guard !$0.isUDP else { return $1.null() }
        $1.bool(
          $0.flow.flags.contains(.start) || $0.flow.flow.hasSYN)
      },
      RowColumn(
        "end", .text,
        "How it ended: closed, half_closed, reset, reused (its ports), idle (released), trace_end, filtered (a filter left out what may be the rest)."
      ) {
        let ends = ($0.client.end, $0.server.end)
        if ends.0 == .reset || ends.1 == .reset { return $1.text("reset" as StaticString) }
        if ends.0 == .filtered || ends.1 == .filtered {
          return $1.text("filtered" as StaticString)
        }
        if ends.0 != ends.1, ends.0 == .closed || ends.1 == .closed {
          return $1.text("half_closed" as StaticString)
        }
        switch ends.0 ?? ends.1 {
        case .closed: $1.text("closed" as StaticString)
        case .reset: $1.text("reset" as StaticString)
        case .reused: $1.text("reused" as StaticString)
        case .idle: $1.text("idle" as StaticString)
        case .traceEnd: $1.text("trace_end" as StaticString)
        case .filtered: $1.text("filtered" as StaticString)
        case nil: $1.null()
        }
      },
      logged("attls_rule", "AT-TLS rule, from --log.") { $0.rule },
      logged("attls_user", "User of the AT-TLS connection, from --log.") { $0.user },
      logged("attls_protocol", "Version of TLS, from --log.") { $0.protocolText },
      logged("attls_cipher", "Cipher suite, from --log.") { $0.cipher },
      logged("attls_outcome", "How the TLS connection fared, from --log.") { $0.outcome.rawValue },
      logged("attls_direction", "Who opened it, from --log: in (the other end) or out.") {
        $0.directionWord
      },
      logged("attls_status", "Whether AT-TLS was enabled, in the words of the log.") { $0.status },
      logged("attls_cipher_name", "Name of the cipher suite, from --log.") { $0.cipherName },
      RowColumn("attls_return_code", .int32, "Return code of its first failure, from --log.") {
        $1.optional($0.logged?.connection.failures.first.map { Int64($0.returnCode) })
      },
    ]
    return columns + labels.map { $0.column() }
  }

  private static func logged(
    _ name: String, _ meaning: String, _ value: @escaping (ATTLSConnection) -> String?
  ) -> RowColumn<FlowTableRow> {
    RowColumn(name, .text, meaning) { $1.optional($0.logged.flatMap { value($0.connection) }) }
  }

  private func ofDataTrace(_ count: UInt64) -> Int64? {
    flow.isDataTrace ? Int64(clamping: count) : nil
  }
}
