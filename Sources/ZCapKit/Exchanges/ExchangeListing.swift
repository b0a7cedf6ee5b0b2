package import TraceBytes
internal import TraceProtocols
internal import TraceModel
import TraceRender
import TraceStreams
import TraceTables

/// Exchanges in columns, the same for every protocol: a table where a terminal has only so much room or columns
/// are picked, else a line each.
package final class ExchangeText {
  /// Names of the columns of the table.
  package static let columnNames = columns(.utc).map(\.name)
  /// Rows that wait for others, so that columns are as wide as these need.
  private static let most = 100

  private let output: ByteSink
  private let isFull: Bool
  private let zone: Zone
  private var table: TextTable?
  private var waiting = 0

  package init(_ output: ByteSink, _ view: TableView, full: Bool, zone: Zone = .utc) {
    self.output = output
    isFull = full
    self.zone = zone
    table = view.rows(Self.columns(zone))
  }

  /// The numbers say in which order columns give way: the highest first.
  private static func columns(_ zone: Zone) -> [TextTable.Column] {
    [
      .init("flow", nil, .right), .init("start (\(zone.name))", "start", rank: 6, minimum: 26),
      .init("job/interface", "job", rank: 4), .init("client", rank: 3),
      .init("server", rank: 7), .init("protocol", rank: 2),
      .init("operation", minimum: 16, least: 24), .init("user", rank: 5),
      .init("result", minimum: 16, least: 20), .init("sent", nil, .right, rank: 8),
      .init("received", nil, .right, rank: 9), .init("first byte", "first", .right, rank: 10),
      .init("last byte", "last", .right, rank: 1),
    ]
  }

  /// Time, flow, job, client and server, protocol, operation and object, result, bytes each way, first and
  /// last byte: the columns are there in every line, with - for what is not known.
  package func show(_ told: FlowExchange) throws(TraceError) {
    if table == nil {
      try line(told)
    } else {
      table?.add(cells(told))
      waiting += 1
    }
    guard isFull else {
      if waiting >= Self.most { try flush() }
      return
    }
    try flush()
    for detail in told.exchange.details {
      for line in detail.value.split(separator: "\n", omittingEmptySubsequences: false) {
        try output.append("    \(Self.safe([detail.name])): \(Self.safe([String(line)]))\n")
      }
    }
    for finding in told.exchange.findings {
      try output.append("    ! \(Self.safe([finding]))\n")
    }
  }

  /// Writes the rows that wait.
  package func flush() throws(TraceError) {
    if waiting > 0 { try table?.flush(to: output) }
    waiting = 0
  }

  /// What is to be said of columns that had no room.
  package var notes: [String] { TableView.note(table?.gaveWay ?? []) }

  private func cells(_ told: FlowExchange) -> [String] {
    let exchange = told.exchange
    return [
      (told.isUDP ? "udp:" : "") + String(told.flow),
      CivilDate.text(nanoseconds: zone.local(exchange.time)),
      told.name.text.isEmpty ? "-" : told.name.text, "\(told.client)", "\(told.server)",
      "\(exchange.application.name)",
      [exchange.operation, exchange.object].filter { !$0.isEmpty }.joined(separator: " "),
      exchange.user.isEmpty ? "-" : exchange.user, Self.result(exchange),
      exchange.request?.bytes.grouped ?? "-", exchange.response?.bytes.grouped ?? "-",
      told.firstByte.map(Self.milliseconds) ?? "-",
      (told.lastByte.map(Self.milliseconds) ?? "-") + (exchange.isWait ? " (waits)" : ""),
    ]
  }

  private func line(_ told: FlowExchange) throws(TraceError) {
    let exchange = told.exchange
    var columns = [
      zone.moment(exchange.time),
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
  }

  private static func result(_ exchange: Exchange) -> String {
    let words = [
      exchange.result, ExchangeWords.missing(exchange.missing) ?? "",
      exchange.response?.isWhole == false ? "answer incomplete" : "",
      exchange.isInDoubt ? "in doubt" : "",
    ].filter { !$0.isEmpty }
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
    case .filtered: "answer not seen: left out by a filter"
    case .released: "given up to bound memory before the answer"
    case .limit: "given up: too many requests wait"
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
