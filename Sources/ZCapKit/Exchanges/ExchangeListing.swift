package import TraceBytes
internal import TraceProtocols
internal import TraceModel
import TraceRender
import TraceStreams

/// Exchanges as lines of columns, the same for every protocol.
package struct ExchangeText {
  private let output: ByteSink
  private let isFull: Bool
  private let zone: Zone

  package init(_ output: ByteSink, full: Bool, zone: Zone = .utc) {
    self.output = output
    isFull = full
    self.zone = zone
  }

  /// Time, flow, job, client and server, protocol, operation and object, result, bytes each way, first and
  /// last byte: the columns are there in every line, with - for what is not known.
  package func show(_ told: FlowExchange) throws(TraceError) {
    let exchange = told.exchange
    var columns = [
      zone.stamp(exchange.time),
      "flow " + (told.isUDP ? "udp:" : "") + String(told.flow),
      told.name.text.isEmpty ? "-" : told.name.text,
      "\(told.client) > \(told.server)",
      "\(exchange.application.name)",
      Self.safe([exchange.operation, exchange.object].filter { !$0.isEmpty }),
      Self.safe([exchange.user.isEmpty ? "-" : "user \(exchange.user)"]),
      Self.result(exchange),
      "\(exchange.request?.bytes.grouped ?? "-") > \(exchange.response?.bytes.grouped ?? "-") B",
    ]
    if let first = told.firstByte, let last = told.lastByte {
      columns.append(
        "first \(Self.milliseconds(first)), last \(Self.milliseconds(last))"
          + (exchange.isWait ? " (waits)" : ""))
    } else {
      columns.append("-")
    }
    try output.append(columns.joined(separator: "  ") + "\n")
    guard isFull else { return }
    for detail in exchange.details {
      for line in detail.value.split(separator: "\n", omittingEmptySubsequences: false) {
        try output.append("    \(Self.safe([detail.name])): \(Self.safe([String(line)]))\n")
      }
    }
    for finding in exchange.findings { try output.append("    ! \(Self.safe([finding]))\n") }
  }

  private static func result(_ exchange: Exchange) -> String {
    let missing = ExchangeWords.missing(exchange.missing)
    let words = [exchange.result, missing ?? ""].filter { !$0.isEmpty }
    return words.isEmpty ? "-" : safe([words.joined(separator: "; ")])
  }

  /// Captured text on one line, without control characters.
  private static func safe(_ words: [String]) -> String {
    words.map { VisibleText.of($0) }.joined(separator: " ")
  }

  /// `7.700 ms`, `12.345 s`.
  static func milliseconds(_ nanoseconds: Int64) -> String {
    if nanoseconds >= 10_000_000_000 { return secondsText(nanoseconds) + " s" }
    let microseconds = nanoseconds / 1000
    let fraction = String(microseconds % 1000)
    return "\(microseconds / 1000)." + String(repeating: "0", count: 3 - fraction.count) + fraction
      + " ms"
  }
}

/// What exchanges say in the same words everywhere.
enum ExchangeWords {
  static func missing(_ missing: Exchange.Missing) -> String? {
    switch missing {
    case .nothing: nil
    case .request: "request not seen"
    case .responseInGap: "answer lost in a gap"
    case .closed: "closed without an answer"
    case .traceEnded: "trace ends before the answer"
    }
  }

  static func name(_ missing: Exchange.Missing) -> String? {
    switch missing {
    case .nothing: nil
    case .request: "request"
    case .responseInGap: "response_in_gap"
    case .closed: "closed"
    case .traceEnded: "trace_ended"
    }
  }
}

/// Exchanges as one JSON object per line; Formats/json.md lists the keys.
package struct ExchangeJSON {
  private let output: ByteSink
  private let isFull: Bool

  package init(_ output: ByteSink, full: Bool) {
    self.output = output
    isFull = full
  }

  package func show(_ told: FlowExchange) throws(TraceError) {
    let exchange = told.exchange
    var json = JSONLine(output)
    try json.open()
    try json.text("type", "exchange")
    try json.number("schema", UInt64(1))
    try json.text("flow_id", FlowIdentity.digits(told.flowID))
    try json.text("community_id", FlowIdentity.communityID(told.key))
    try json.number("flow", told.flow)
    try json.text("transport", told.isUDP ? "udp" : "tcp")
    try json.number("exchange", told.number)
    try json.text(
      "time", CivilDate.text(nanoseconds: exchange.time, digits: 9).replacingBlank + "Z")
    try json.number("time_ns", exchange.time)
    try json.text("protocol", "\(exchange.application.name)")
    try text("job", told.isDataTrace ? told.name.text : "", &json)
    try text("interface", told.isDataTrace ? "" : told.name.text, &json)
    try json.text("client_ip", told.client.address.description)
    try json.number("client_port", UInt64(told.client.port))
    try json.text("server_ip", told.server.address.description)
    try json.number("server_port", UInt64(told.server.port))
    try text("operation", exchange.operation, &json)
    try text("object", exchange.object, &json)
    try text("user", exchange.user, &json)
    try text("result", exchange.result, &json)
    try number("status", exchange.status, &json)
    try json.bool("failed", exchange.isFailure)
    try json.bool("waits", exchange.isWait)
    try number("request_bytes", exchange.request.map { Int64(clamping: $0.bytes) }, &json)
    try number("response_bytes", exchange.response.map { Int64(clamping: $0.bytes) }, &json)
    try number("first_byte_ns", told.firstByte, &json)
    try number("last_byte_ns", told.lastByte, &json)
    try text("request_ending", Self.ending(exchange.request), &json)
    try text("response_ending", Self.ending(exchange.response), &json)
    try text("missing", ExchangeWords.name(exchange.missing) ?? "", &json)
    try json.openList("findings")
    for finding in exchange.findings { try json.text(finding) }
    try json.closeList()
    if isFull {
      try json.openList("details")
      for detail in exchange.details {
        try json.open()
        try json.text("name", detail.name)
        try json.text("value", detail.value)
        try json.close()
      }
      try json.closeList()
    }
    try json.close()
    try json.endLine()
  }

  private static func ending(_ half: Exchange.Half?) -> String {
    half.map { $0.isWhole ? "complete" : "incomplete" } ?? ""
  }

  private func text(
    _ name: StaticString, _ value: String, _ json: inout JSONLine
  ) throws(TraceError) {
    if value.isEmpty { try json.null(name) } else { try json.text(name, value) }
  }

  private func number(
    _ name: StaticString, _ value: Int64?, _ json: inout JSONLine
  ) throws(TraceError) {
    if let value { try json.number(name, value) } else { try json.null(name) }
  }
}

extension String {
  /// The date and the time of a moment with the T of ISO 8601 between them.
  var replacingBlank: String { String(map { $0 == " " ? "T" : $0 }) }
}
