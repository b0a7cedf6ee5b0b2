package import TraceBytes
internal import TraceProtocols
internal import TraceModel
import TraceRender
import TraceStreams
import TraceTables

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
    return thousandthsText(UInt64(max(0, nanoseconds)) / 1000) + " ms"
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
}

/// Exchanges as lines of JSON: the columns of the table `exchanges`, and what stands inside.
package struct ExchangeJSON {
  private var json: JSONLine
  private var members = RowMembers(ExchangeTableRow.columns(labels: []))
  private let files: InputNames
  private let isFull: Bool

  package init(_ output: ByteSink, _ files: InputNames, full: Bool) {
    json = JSONLine(output)
    self.files = files
    isFull = full
  }

  package mutating func show(_ told: FlowExchange) throws(TraceError) {
    try json.begin("exchange", schema: TableSchema.version)
    try members.write(
      ExchangeTableRow(told: told, file: files.name(of: told.firstRecord)), to: &json)
    let details = isFull ? told.exchange.details : nil
    try json.objects("details", details) { (json, detail) throws(TraceError) in
      try json.text("name", detail.name)
      try json.text("value", detail.value)
    }
    try json.end()
  }
}
