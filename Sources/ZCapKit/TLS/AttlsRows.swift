package import ATTLS
package import TraceBytes
package import TraceFormats
internal import TraceModel
import TraceRender

/// The connections of AT-TLS logs as rows, JSON or counts of rules.
package final class AttlsRows {
  private let options: TLSRowOptions
  private let output: ByteSink
  private let certificates: CertificateFolder?
  private let filter: ConnectionFilter
  private var usage = ATTLSRuleUsage()
  private var table: TextTable
  private var usageTable: TextTable
  package private(set) var connections: UInt64 = 0
  /// What was read of each log, in order.
  package fileprivate(set) var logs: [ATTLSLogReader.Counts] = []
  /// Whether there were TLS records in each of them, where they were looked for.
  fileprivate var haveRecords: [Bool] = []
  fileprivate var givenUp = 0
  /// Reads the log under way.
  fileprivate weak var reader: AttlsRowReader?

  package init(
    _ options: TLSRowOptions, _ output: ByteSink, _ certificates: CertificateFolder?,
    _ filter: ConnectionFilter
  ) {
    self.options = options
    self.output = output
    self.certificates = certificates
    self.filter = filter
    table = options.view.table(TLSRowOptions.logColumns)
    usageTable = options.view.table([
      .init("rule", minimum: 20), .init("connections", nil, .right), .init("secure", nil, .right),
      .init("failed", nil, .right), .init("last used"),
    ])
    usageTable.picked = nil
  }

  /// The log as a format among others; any text that is nothing else is taken for one.
  package var format: OtherFormat {
    OtherFormat(
      probe: { window, atEnd in
        if let known = ATTLSLogTrace.recognisesText(window, atEnd: atEnd) {
          return known || atEnd && ATTLSLogTrace.isText(window) ? .yes : .no
        }
        return .needMore
      },
      holds: { ATTLSLogTrace.recognisesText($0, atEnd: true) == true },
      reader: { [self] about in
        filter.begin(day: about.day)
        return EncodedText(AttlsRowReader(self, options))
      })
  }

  fileprivate func show(
    _ connection: ATTLSConnection, _ handshake: TLSConversation?
  ) throws(TraceError) {
    if options.failed, connection.outcome != .failed { return }
    guard try filter.passes(connection) else { return }
    connections += 1
    if options.rules { usage.add(connection) }
    if let handshake, let certificates {
      try certificates.add(
        handshake, id: connection.idText ?? "unknown")
    }
    if !options.rules { try write(connection, options.handshake ? handshake : nil) }
  }

  private func write(
    _ connection: ATTLSConnection, _ handshake: TLSConversation?
  ) throws(TraceError) {
    if options.json {
      var json = JSONLine(output)
      try json.begin("attls_connection")
      try connection.write(to: &json, withSteps: options.events)
      let seen = handshake.flatMap { $0.isEmpty ? nil : $0 }
      try json.object("tls", seen) { (json, talk) throws(TraceError) in try talk.write(to: &json) }
      try json.texts("handshake", seen?.summary())
      return try json.end()
    }
    table.add { connection.append(column: $0, to: &$1) }
    try table.flush(to: output)
    if options.events {
      for step in connection.steps { try output.append("    " + step.row + "\n") }
      if connection.droppedSteps > 0 {
        try output.append("    … and \(connection.droppedSteps) more\n")
      }
    }
    let story = handshake?.summary() ?? []
    for line in story { try output.append("    | \(line)\n") }
    if options.events || !story.isEmpty { try output.append("\n") }
  }

  /// Of a log that is still written, rows are shown as connections end.
  package func pause() throws(TraceError) { try reader?.pause() }

  /// Writes what is known at the end only.
  package func finish() throws(TraceError) {
    guard options.rules, !logs.isEmpty else { return }
    if options.json {
      var json = JSONLine(output)
      for rule in usage.rules { try rule.write(to: &json) }
      return
    }
    try usageTable.flush(to: output)
    for rule in usage.rules {
      usageTable.add(rule.cells)
      try usageTable.flush(to: output)
      for line in rule.details { try output.append("    \(line)\n") }
    }
  }

  /// What was in each log: lines for people.
  package func summary(_ names: [String]) -> [String] {
    zip(names, logs).map { name, counts in
      "\(name): \(UInt64(counts.lines).counted("line")), "
        + "\(UInt64(counts.messages).counted("AT-TLS message")), "
        + "\(counts.otherLines) of other programs"
        + (counts.damaged > 0 ? ", \(counts.damaged) damaged" : "")
        + (counts.messages == 0
          ? PolicyHint.words(name, instead: "log").map { "; \($0)" } ?? "" : "")
    } + zip(names, haveRecords).filter { !$0.1 }.map { TLSRowOptions.withoutRecords($0.0) }
      + LogFiles.givenUp(givenUp) + filter.summary() + TableView.note(table)
  }
}

/// What rows of TLS connections show.
package struct TLSRowOptions: Sendable {
  /// How a log is called among the formats.
  package static let logFormat = "AT-TLS log"

  /// Each connection's course, message by message.
  package var events = false
  /// How often each rule was used instead of rows.
  package var rules = false
  /// The handshakes in words.
  package var handshake = false
  package var json = false
  /// Connections with a failure only.
  package var failed = false
  package var keepsCertificates = false
  /// The year of a log that gives none.
  package var year: Int?
  /// Zone of the times of packets; a log has its own clock.
  package var zone = Zone.utc
  package var view = TableView()

  /// Names of the columns of rows, of logs and of packets.
  package static let columnNames = (logColumns + flowColumns(.utc)).reduce(into: [String]()) {
    if !$0.contains($1.name) { $0.append($1.name) }
  }

  /// In the order of `ATTLSConnection.append(column:to:)`; the highest number gives way first.
  static let logColumns: [TextTable.Column] = [
    .init("time", rank: 1, minimum: 19), .init("connid", rank: 4, minimum: 8),
    .init("job", rank: 5, minimum: 8), .init("user", rank: 3, minimum: 8),
    .init("local", rank: 2, minimum: 18), .init("  ", "way", rank: 6),
    .init("remote", minimum: 18), .init("rule", minimum: 12, least: 12),
    .init("actions", rank: 8, minimum: 20),
    .init("status", rank: 7, minimum: 7),
    .init("result", minimum: 25, least: 25),
  ]

  static func flowColumns(_ zone: Zone) -> [TextTable.Column] {
    [
      .init("flow", minimum: 4), .init("time (\(zone.name))", "time", rank: 2, minimum: 26),
      .init("name", rank: 3, minimum: 8), .init("client", minimum: 18),
      .init("server", minimum: 18), .init("server name", rank: 1),
      .init("result", minimum: 20, least: 24),
    ]
  }

  package init() {}

  /// What is said of a log that has no bytes of TLS.
  package static func withoutRecords(_ name: String) -> String {
    "\(name): no TLS records (EZD1285I) in this AT-TLS log; AT-TLS writes them with Trace 32 in the policy"
  }
}

/// Reads one log for its rows.
private final class AttlsRowReader: TraceReader {
  var account = ByteAccount()
  let format = TLSRowOptions.logFormat
  private let rows: AttlsRows
  private let decodes: Bool
  private var reader: ATTLSLogReader
  private var table: ATTLSConnectionTable
  private var streams = ATTLSRecordStream()
  private var handshakes = HandshakeTable()
  private var hasRecords = false
  private var ready: [ATTLSConnection] = []

  init(_ rows: AttlsRows, _ options: TLSRowOptions) {
    self.rows = rows
    decodes = options.handshake || options.keepsCertificates
    reader = ATTLSLogReader(year: options.year)
    table = ATTLSConnectionTable(
      keepsSteps: options.events,
      // A handshake holds certificates.
      maximumConnections: decodes ? 50_000 : ATTLSConnectionTable.defaultLimit)
    rows.reader = self
  }

  func read(
    _ window: RawSpan, at offset: UInt64, atEnd: Bool, into sink: any TraceSink
  ) throws(TraceError) -> Int {
    reader.read(window, atEnd: atEnd) { add($0) }
    if atEnd {
      streams.finish { handshakes.add($0) }
      table.finish { ready.append($0) }
    }
    let counts = reader.counts
    let total = offset + UInt64(window.byteCount)
    account.damaged = min(total, counts.damagedBytes)
    account.framing = min(total - account.damaged, counts.otherBytes)
    account.records = total - account.damaged - account.framing
    for damage in reader.damage { try sink.notice(TraceNotice(damage)) }
    try show()
    if atEnd {
      rows.logs.append(counts)
      if decodes { rows.haveRecords.append(hasRecords) }
      rows.givenUp += table.givenUp
    }
    return window.byteCount
  }

  func pause() throws(TraceError) {
    reader.pause { add($0) }
    table.pause { ready.append($0) }
    try show()
  }

  private func add(_ message: ATTLSMessage) {
    table.add(message) { ready.append($0) }
    guard decodes else { return }
    hasRecords = hasRecords || message.data?.bytes.isEmpty == false
    streams.add(message) { handshakes.add($0) }
    if message.kind == .map { handshakes.begin(message) }
  }

  private func show() throws(TraceError) {
    for connection in ready {
      try rows.show(connection, decodes ? handshakes.conversation(of: connection) : nil)
    }
    ready.removeAll(keepingCapacity: true)
  }
}
