internal import TraceBytes
internal import TraceModel
internal import TraceProtocols
internal import TraceStreams
internal import TraceTables

/// A row of the table `exchanges`.
struct ExchangeTableRow {
  var told: FlowExchange
  var file: String

  private let target: (object: String, query: String?)

  init(told: FlowExchange, file: String) {
    self.told = told
    self.file = file
    target = told.exchange.resource
  }

  private var exchange: Exchange { told.exchange }

  static func columns(labels: [TableLabel]) -> [RowColumn<ExchangeTableRow>] {
    let columns: [RowColumn<ExchangeTableRow>] = [
      RowColumn(always: "flow_id", .text, "The conversation, as in flows.") {
        $1.text(FlowIdentity.digits($0.told.flowID))
      },
      RowColumn(always: "file", .text, "Input that has the first record of the conversation.") {
        $1.text($0.file)
      },
      RowColumn(always: "exchange", .int64, "Number within its conversation, from 1, as they end.")
      {
        $1.number($0.told.numberInFlow)
      },
      RowColumn(always: "time", .time, "Time of its first byte, UTC.") {
        $1.time(nanoseconds: $0.exchange.time)
      },
      RowColumn(always: "time_ns", .int64, "The same in nanoseconds since 1970.") {
        $1.number($0.exchange.time)
      },
      RowColumn(always: "protocol", .text, "HTTP/1, DRDA, MQ, IMS Connect, …") {
        $1.text($0.exchange.application.name)
      },
      RowColumn("job", .text, "Job of a data trace.") {
        if $0.told.isDataTrace { $1.textUnlessEmpty($0.told.name.text) } else { $1.null() }
      },
      RowColumn("interface", .text, "Interface of packets.") {
        if $0.told.isDataTrace { $1.null() } else { $1.textUnlessEmpty($0.told.name.text) }
      },
      RowColumn(always: "client_ip", .text, "Address of the end that asked.") {
        $1.address($0.told.client.address)
      },
      RowColumn(always: "client_port", .int32, "Its port.") { $1.number(Int($0.told.client.port)) },
      RowColumn(always: "server_ip", .text, "Address of the end that was asked.") {
        $1.address($0.told.server.address)
      },
      RowColumn(always: "server_port", .int32, "Its port.") { $1.number(Int($0.told.server.port)) },
      RowColumn("community_id", .text, "Community ID v1 of the conversation, seed 0.") {
        $1.text(FlowIdentity.communityID($0.told.key))
      },
      RowColumn("operation", .text, "What was asked for: HTTP method, DRDA command, MQ verb, …") {
        $1.optional($0.exchange.operation)
      },
      RowColumn("object", .text, "Of what: path, table or package, queue, transaction, …") {
        $1.optional($0.target.object)
      },
      RowColumn("query", .text, "Query of a URL that names one.") { $1.optional($0.target.query) },
      RowColumn("host", .text, "Host that a request of HTTP names.") {
        $1.optional($0.exchange.host)
      },
      RowColumn("version", .text, "Version of HTTP: 1.1, 2.") { $1.optional($0.exchange.version) },
      RowColumn("user", .text, "User that the exchange names.") { $1.optional($0.exchange.user) },
      RowColumn("result", .text, "What came of it, in the words of the protocol.") {
        $1.optional($0.exchange.result)
      },
      RowColumn("status", .int32, "The number in the result.") {
        $1.optional($0.exchange.status.flatMap { Int32(exactly: $0) }.map { Int64($0) })
      },
      RowColumn(always: "failed", .bool, "Whether the result is a failure.") {
        $1.bool($0.exchange.isFailure)
      },
      RowColumn(always: "waits", .bool, "Whether the server was asked to wait.") {
        $1.bool($0.exchange.isWait)
      },
      RowColumn("request_bytes", .int64, "Bytes of the request, framing included.") {
        $1.optional($0.exchange.request.map { Int64(clamping: $0.bytes) })
      },
      RowColumn("response_bytes", .int64, "Bytes of the answer, framing included.") {
        $1.optional($0.exchange.response.map { Int64(clamping: $0.bytes) })
      },
      RowColumn("first_byte_ns", .int64, "From the first byte asked to the first one answered.") {
        $1.optional($0.told.firstByte)
      },
      RowColumn("last_byte_ns", .int64, "From the first byte asked to the last one answered.") {
        $1.optional($0.told.lastByte)
      },
      RowColumn("request_ending", .text, "complete or incomplete.") {
        $1.optional($0.exchange.request?.endingWord)
      },
      RowColumn("response_ending", .text, "complete or incomplete.") {
        $1.optional($0.exchange.response?.endingWord)
      },
      RowColumn(
        "missing", .text,
        "Why a half is not there: request, response_in_gap, closed, trace_ended, filtered (a filter left out "
          + "what may be the rest), released (the conversation was given up), limit (too many waited)."
      ) { $1.optional($0.exchange.missing.word) },
      RowColumn(always: "findings", .texts, "Sentences about what is odd.") {
        $1.texts($0.exchange.findings)
      },
      RowColumn(always: "flow", .int64, "Number of the conversation, as flows shows it.") {
        $1.number($0.told.flow)
      },
      RowColumn(always: "transport", .text, "tcp or udp.") {
        $1.text($0.told.isUDP ? "udp" : "tcp" as StaticString)
      },
    ]
    return columns + labels.map { $0.column() }
  }
}
