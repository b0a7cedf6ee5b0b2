public import TraceBytes
internal import TraceProtocols
internal import TraceModel

/// Writes one JSON object per exchange, dialogue line, mail, hand-over and loose finding.
///
/// Every object has `type` and `flow`; names are stable, and what is not known is left out.
public final class HTTPJSONWriter: HTTPPresenter {
  private let sink: ByteSink
  private let detail: HTTPTextWriter.Detail
  private var json: JSONLine

  /// A writer into `sink`.
  public init(_ sink: ByteSink, detail: HTTPTextWriter.Detail = HTTPTextWriter.Detail()) {
    self.sink = sink
    self.detail = detail
    json = JSONLine(sink)
  }

  public func show(_ item: HTTPItem, of flow: HTTPFlow) throws(TraceError) {
    try json.open()
    switch item {
    case .exchange(let entry): try exchange(entry, flow)
    case .finding(let finding):
      try start("finding", finding.time, flow)
      try facts(finding, flow)
    case .line(let line, let bytes):
      try start("dialogue", line.time, flow)
      try ends(flow, line.direction, "from", "to")
      try json.text("protocol", "\(line.application)")
      try json.text("kind", "\(line.kind)")
      if line.code > 0 { try json.number("code", UInt64(line.code)) }
      try json.text("line", HTTPBytes.string(bytes[...]))
      if line.isCut { try json.bool("cut", true) }
    case .mail(let mail):
      try start("mail", mail.time, flow)
      try ends(flow, mail.direction, "from", "to")
      try json.number("bytes", mail.bytes)
      if mail.isGapped { try json.bool("gapped", true) }
      if mail.isCut { try json.bool("cut", true) }
    case .handOver(let handOver, let name):
      try start("hand_over", handOver.time, flow)
      try json.number("exchange", handOver.exchange)
      try json.text("to", "\(handOver.kind)")
      if !name.isEmpty { try json.text("upgrade", HTTPBytes.string(name[...])) }
    case .opaque(let kind, let bytes):
      try start("opaque", bytes.time, flow)
      try json.text("protocol", "\(kind)")
      try ends(flow, .lower, "one", "other")
      try json.number("one_bytes", bytes.lower)
      try json.number("other_bytes", bytes.upper)
      try json.number("missing_bytes", bytes.missing)
    }
    try json.close()
    try json.endLine()
  }

  private func start(_ type: String, _ time: Int64, _ flow: HTTPFlow) throws(TraceError) {
    try json.text("type", type)
    try json.number("flow", flow.number)
    if !flow.name.isEmpty { try json.text("job", flow.name) }
    try json.text("time", HTTPBytes.time(time, digits: 9))
    try json.number("time_ns", time)
  }

  private func ends(
    _ flow: HTTPFlow, _ sender: FlowSide, _ one: StaticString, _ other: StaticString
  ) throws(TraceError) {
    try json.text(one, flow.sender(sender).description)
    try json.text(other, flow.sender(sender.other).description)
  }

  private func exchange(_ entry: HTTPEntry, _ flow: HTTPFlow) throws(TraceError) {
    guard let exchange = entry.exchange else { return }
    try start("exchange", entry.time, flow)
    try json.number("exchange", entry.number)
    let client = flow.sender(exchange.requestDirection)
    let server = flow.sender(exchange.requestDirection.other)
    try json.text("client", client.address.description)
    try json.number("client_port", UInt64(client.port))
    try json.text("server", server.address.description)
    try json.number("server_port", UInt64(server.port))
    if let request = entry.request {
      try json.text("method", HTTPBytes.string(entry.method))
      try json.text("target", HTTPBytes.string(entry.target))
      if request.head.target.upperBound > request.bytes.count {
        try json.bool("target_cut", true)
      }
      try json.text("version", HTTPWords.version(request.head.version))
    }
    if let status = entry.status, status > 0 { try json.number("status", UInt64(status)) }
    if entry.response != nil { try json.text("reason", HTTPBytes.string(entry.reason)) }
    if let request = exchange.request {
      try json.number("request_body_bytes", request.bodyBytes)
      if request.isGapped { try json.number("request_missing_bytes", request.missingBytes) }
      try json.text("request_ending", "\(request.ending)")
    }
    if let response = exchange.response {
      try json.number("response_body_bytes", response.bodyBytes)
      if response.isGapped { try json.number("response_missing_bytes", response.missingBytes) }
      try json.text("response_ending", "\(response.ending)")
    }
    if let first = entry.firstByte { try json.number("first_byte_ns", first) }
    if let last = entry.lastByte { try json.number("last_byte_ns", last) }
    if exchange.interimResponses > 0 {
      try json.number("interim_responses", UInt64(exchange.interimResponses))
      try json.openList("interim_status")
      for interim in entry.interims { try json.number(UInt64(interim.head.status)) }
      try json.closeList()
    }
    if exchange.missing != .none { try json.text("missing", "\(exchange.missing)") }
    if exchange.isPairingUncertain { try json.bool("pairing_uncertain", true) }
    let remarks = HTTPWords.remarks(entry)
    if !remarks.isEmpty { try strings("remarks", remarks) }
    if !entry.findings.isEmpty {
      try json.openList("findings")
      for finding in entry.findings {
        try json.open()
        try facts(finding, flow)
        try json.close()
      }
      try json.closeList()
    }
    if detail.heads {
      if let request = entry.request { try fields("request_headers", request) }
      if let response = entry.response { try fields("response_headers", response) }
    }
    if detail.bodies {
      if let body = entry.requestBody { try content("request_body", body) }
      if let body = entry.responseBody { try content("response_body", body) }
    }
  }

  private func facts(_ finding: HTTPFinding, _ flow: HTTPFlow) throws(TraceError) {
    try json.text("finding", "\(finding.kind)")
    try json.text("text", finding.kind.summary)
    try json.text("from", flow.sender(finding.direction).description)
    try json.number("offset", finding.offset)
    if finding.value > 0 { try json.number("bytes", finding.value) }
  }

  private func strings(_ name: StaticString, _ texts: [String]) throws(TraceError) {
    try json.openList(name)
    for text in texts { try json.text(text) }
    try json.closeList()
  }

  private func fields(_ name: StaticString, _ message: HTTPMessageCopy) throws(TraceError) {
    try json.openList(name)
    try json.fields(of: message)
    try json.closeList()
  }

  private func content(_ name: StaticString, _ body: HTTPBodyView) throws(TraceError) {
    try json.open(name)
    if !body.mediaType.isEmpty { try json.text("media_type", body.mediaType) }
    try json.number("size", UInt64(body.bytes.count))
    if let text = body.string {
      try json.text("text", text)
    } else {
      try json.text("base64", HTTPBytes.base64(body.bytes))
    }
    if !body.remarks.isEmpty { try strings("remarks", body.remarks) }
    try json.close()
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
