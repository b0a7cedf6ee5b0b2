public import TraceBytes
internal import TraceModel
internal import TraceProtocols

/// Writes one JSON object per exchange, dialogue line, mail, hand-over and loose finding; Formats/json.md lists
/// their keys.
public final class HTTPJSONWriter: HTTPPresenter {
  private let sink: ByteSink
  private let detail: HTTPTextWriter.Detail
  private let file: (UInt64) -> String?
  private var json: JSONLine
  /// The names of the conversation shown last: exchanges of one often follow each other.
  private var names: (flow: HTTPFlow, flowID: String, communityID: String)?

  /// - Parameter file: the name of the input that has a record, by its number.
  public init(
    _ sink: ByteSink, detail: HTTPTextWriter.Detail = HTTPTextWriter.Detail(),
    file: @escaping (UInt64) -> String? = { _ in nil }
  ) {
    self.sink = sink
    self.detail = detail
    self.file = file
    json = JSONLine(sink)
  }

  public func pause() throws(TraceError) { try sink.flush() }

  public func show(_ item: HTTPItem, of flow: HTTPFlow) throws(TraceError) {
    switch item {
    case .exchange(let entry):
      guard let exchange = entry.exchange, let told = entry.told else { return }
      try start("exchange", entry.time, flow, exchange.requestDirection)
      try self.told(
        told, number: entry.number &+ 1, firstByte: exchange.firstByte, lastByte: exchange.lastByte)
      try self.exchange(entry, exchange, flow)
    case .told(let exchange, let number):
      try start("exchange", exchange.time, flow, exchange.client)
      try told(
        exchange, number: number, firstByte: exchange.firstByte, lastByte: exchange.lastByte)
      try withoutHeads(exchange)
    case .finding(let finding):
      try start("http_finding", max(finding.time, flow.start), flow, flow.client)
      try facts(finding, flow.client)
    case .line(let line, let bytes):
      try start("dialogue_line", line.time, flow, flow.client)
      try json.word("protocol", line.application.name)
      try sender(line.direction, flow.client)
      try json.text("kind", JSONWord.of(line.kind))
      try json.number("status", line.code > 0 ? line.code : nil)
      try json.text("text", HTTPBytes.string(bytes[...]))
      try json.bool("truncated", line.isCut)
    case .mail(let mail):
      try start("mail", mail.time, flow, flow.client)
      try sender(mail.direction, flow.client)
      try json.number("bytes", mail.bytes)
      try json.bool("has_gap", mail.isGapped)
      try json.bool("truncated", mail.isCut)
    case .handOver(let handOver, let name):
      try start("hand_over", handOver.time, flow, flow.client)
      try json.number("exchange", handOver.exchange &+ 1)
      try json.text("to", JSONWord.of(handOver.kind))
      try json.known("upgrade", HTTPBytes.string(name[...]))
    case .opaque(let kind, let bytes):
      try start("opaque", bytes.time, flow, flow.client)
      try json.text("to", JSONWord.of(kind))
      let isLower = flow.client == .lower
      try json.number("client_bytes", isLower ? bytes.lower : bytes.upper)
      try json.number("server_bytes", isLower ? bytes.upper : bytes.lower)
      try json.number("missing_bytes", bytes.missing)
    }
    try json.end()
  }

  /// What every line says: of which conversation it is, and when it began.
  private func start(
    _ type: String, _ time: Int64, _ flow: HTTPFlow, _ client: FlowSide
  ) throws(TraceError) {
    let names = names(flow)
    try json.begin(type)
    try json.text("flow_id", names.flowID)
    try json.text("file", file(flow.firstRecord))
    try json.number("flow", flow.number)
    try json.word("transport", "tcp")
    try json.moment("time", "time_ns", time)
    try json.name(flow.name, isJob: flow.isDataTrace)
    try json.ends(client: flow.sender(client), server: flow.sender(client.other))
    try json.text("community_id", names.communityID)
  }

  private func names(_ flow: HTTPFlow) -> (flowID: String, communityID: String) {
    if let names, names.flow.number == flow.number, names.flow.firstTime == flow.firstTime {
      return (names.flowID, names.communityID)
    }
    let new = (
      FlowIdentity.text(flow.key, firstTime: flow.firstTime), FlowIdentity.communityID(flow.key)
    )
    names = (flow, new.0, new.1)
    return new
  }

  private func sender(_ side: FlowSide, _ client: FlowSide) throws(TraceError) {
    try json.word("sender", side == client ? "client" : "server")
  }

  /// What every exchange says, whatever its protocol: the columns of the table `exchanges`.
  private func told(
    _ told: Exchange, number: UInt64, firstByte: Int64?, lastByte: Int64?
  ) throws(TraceError) {
    let resource = told.resource
    try json.number("exchange", number)
    try json.word("protocol", told.application.name)
    try json.text("operation", told.operation)
    try json.known("object", resource.object)
    try json.text("query", resource.query)
    try json.known("host", told.host)
    try json.known("version", told.version)
    try json.known("user", told.user)
    try json.known("result", told.result)
    try json.number("status", told.status)
    try json.bool("failed", told.isFailure)
    try json.bool("waits", told.isWait)
    try json.number("request_bytes", told.request?.bytes)
    try json.number("response_bytes", told.response?.bytes)
    try json.number("first_byte_ns", firstByte)
    try json.number("last_byte_ns", lastByte)
    try json.word("request_ending", told.request?.endingWord)
    try json.word("response_ending", told.response?.endingWord)
    try json.word("missing", told.missing.word)
    try json.texts("findings", told.findings)
  }

  /// Keys that only exchanges of HTTP have.
  private func exchange(
    _ entry: HTTPEntry, _ exchange: HTTPExchange, _ flow: HTTPFlow
  ) throws(TraceError) {
    let request = entry.request
    try json.text("target", request == nil ? nil : HTTPBytes.string(entry.target))
    try json.bool("target_cut", request.map { $0.head.target.upperBound > $0.bytes.count })
    try json.text("http_version", request.map { HTTPWords.version($0.head.version) })
    try json.text("reason", entry.response == nil ? nil : HTTPBytes.string(entry.reason))
    try json.number("request_body_bytes", exchange.request?.bodyBytes)
    try json.number("request_missing_bytes", Self.missing(exchange.request))
    try json.word("request_ended_by", exchange.request.map { JSONWord.of($0.ending) })
    try json.number("response_body_bytes", exchange.response?.bodyBytes)
    try json.number("response_missing_bytes", Self.missing(exchange.response))
    try json.word("response_ended_by", exchange.response.map { JSONWord.of($0.ending) })
    try json.number("interim_responses", exchange.interimResponses)
    try json.openList("interim_status")
    for interim in entry.interims { try json.number(Int64(interim.head.status)) }
    try json.closeList()
    try json.word("missing_because", JSONWord.of(exchange.missing))
    try json.bool("pairing_uncertain", exchange.isPairingUncertain)
    try json.texts("remarks", HTTPWords.remarks(exchange))
    try json.openList("finding_details")
    for finding in entry.findings {
      try json.open()
      try facts(finding, exchange.requestDirection)
      try json.close()
    }
    try json.closeList()
    try fields("request_headers", detail.heads ? request : nil)
    try fields("response_headers", detail.heads ? entry.response : nil)
    try content("request_body", detail.bodies ? entry.requestBody : nil)
    try content("response_body", detail.bodies ? entry.responseBody : nil)
  }

  /// The same keys of an exchange of which no bytes are kept.
  private func withoutHeads(_ exchange: Exchange) throws(TraceError) {
    for key: StaticString in [
      "target", "target_cut", "http_version", "reason", "request_body_bytes",
      "request_missing_bytes", "request_ended_by", "response_body_bytes",
      "response_missing_bytes", "response_ended_by",
    ] { try json.null(key) }
    try json.number("interim_responses", 0)
    try json.texts("interim_status", [])
    try json.null("missing_because")
    try json.bool("pairing_uncertain", false)
    try json.texts("remarks", exchange.findings)
    try json.texts("finding_details", [])
    for key: StaticString in [
      "request_headers", "response_headers", "request_body", "response_body",
    ] { try json.null(key) }
  }

  private static func missing(_ message: HTTPMessageSummary?) -> UInt64? {
    message.flatMap { $0.isGapped ? $0.missingBytes : nil }
  }

  private func facts(_ finding: HTTPFinding, _ client: FlowSide) throws(TraceError) {
    try json.text("finding", JSONWord.of(finding.kind))
    try json.text("text", finding.kind.summary)
    try sender(finding.direction, client)
    try json.number("offset", finding.offset)
    try json.number("bytes", finding.value > 0 ? finding.value : nil)
  }

  private func fields(_ name: StaticString, _ message: HTTPMessageCopy?) throws(TraceError) {
    guard let message else { return try json.null(name) }
    try json.openList(name)
    try json.fields(of: message)
    try json.closeList()
  }

  private func content(_ name: StaticString, _ body: HTTPBodyView?) throws(TraceError) {
    guard let body else { return try json.null(name) }
    try json.open(name)
    try json.known("media_type", body.mediaType)
    try json.number("bytes", body.bytes.count)
    let text = body.string
    try json.text("text", text)
    if text == nil {
      try unsafe json.base64("base64", body.bytes.span.bytes)
    } else {
      try json.null("base64")
    }
    try json.texts("remarks", body.remarks)
    try json.close()
  }
}

/// Names of cases as JSON has words: `webSocket` is `web_socket`, `bareLF` is `bare_lf`.
enum JSONWord {
  static func of(_ value: some Any) -> String {
    var word: [UInt8] = []
    var wasSmall = false
    for letter in "\(value)".utf8 {
      let isCapital = (0x41...0x5A).contains(letter)
      if isCapital, wasSmall { word.append(0x5F) }
      wasSmall = (0x61...0x7A).contains(letter)
      word.append(isCapital ? letter | 0x20 : letter)
    }
    return String(decoding: word, as: UTF8.self)
  }

  // Of every exchange: the names of cases are looked up at run time, which takes longer than all the rest.

  static func of(_ ending: HTTPEnding) -> StaticString {
    switch ending {
    case .open: "open"
    case .complete: "complete"
    case .gap: "gap"
    case .streamEnded: "stream_ended"
    case .traceEnded: "trace_ended"
    case .filtered: "filtered"
    case .released: "released"
    case .badFraming: "bad_framing"
    case .headTooLong: "head_too_long"
    }
  }

  static func of(_ missing: HTTPMissingHalf) -> StaticString? {
    switch missing {
    case .none: nil
    case .traceBeganLater: "trace_began_later"
    case .gap: "gap"
    case .streamEnded: "stream_ended"
    case .traceEnded: "trace_ended"
    case .released: "released"
    case .limit: "limit"
    case .filtered: "filtered"
    case .putAside: "put_aside"
    case .nothingAsked: "nothing_asked"
    case .noRequest: "no_request"
    case .notRecognised: "not_recognised"
    }
  }
}

extension HTTPBodyView {
  /// The body as text, nil when it is not, or not all of it, text.
  var string: String? { utf8.flatMap { String(validating: $0, as: UTF8.self) } }
}

extension JSONLine {
  /// The fields of a head as objects with name and value, in a list that is open; what is no field is
  /// a value without a name.
  mutating func fields(of message: HTTPMessageCopy) throws(TraceError) {
    var fields = HTTPFields(start: min(message.head.fieldsStart, message.bytes.count))
    while let field = message.next(&fields) {
      try open()
      try text("name", HTTPBytes.string(field.name))
      try text("value", HTTPBytes.string(field.value))
      try close()
    }
  }
}

extension HTTPMessageCopy {
  /// Name and value of the next field; a line that is no field is a value without a name.
  func next(_ fields: inout HTTPFields) -> (name: ArraySlice<UInt8>, value: ArraySlice<UInt8>)? {
    guard let field = fields.next(in: unsafe bytes.span.bytes) else { return nil }
    return field.isBad ? ([], part(field.value)) : (part(field.name), part(field.value))
  }
}
