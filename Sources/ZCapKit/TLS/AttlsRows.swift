package import ATTLS
package import TraceBytes
package import TraceFormats
internal import TraceModel

/// The connections of AT-TLS logs as rows, JSON or counts of rules.
package final class AttlsRows {
  private let options: TLSRowOptions
  private let output: ByteSink
  private let certificates: CertificateFolder?
  private let filter: ConnectionFilter
  private var usage = ATTLSRuleUsage()
  private var hasHeading = false
  package private(set) var connections: UInt64 = 0
  /// What was read of each log, in order.
  package fileprivate(set) var logs: [ATTLSLogReader.Counts] = []

  package init(
    _ options: TLSRowOptions, _ output: ByteSink, _ certificates: CertificateFolder?,
    _ filter: ConnectionFilter
  ) {
    self.options = options
    self.output = output
    self.certificates = certificates
    self.filter = filter
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
    usage.add(connection)
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
      var object = connection.json(withSteps: options.events)
      let seen = handshake.flatMap { $0.isEmpty ? nil : $0 }
      object.add("tls", seen?.json())
      object.add("handshake", seen?.summary() ?? [])
      return try output.append(object.text + "\n")
    }
    if !hasHeading {
      hasHeading = true
      try output.append(ATTLSConnection.heading + "\n")
    }
    try output.append(connection.row + "\n")
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

  /// Writes what is known at the end only.
  package func finish() throws(TraceError) {
    guard options.rules, !logs.isEmpty else { return }
    if options.json {
      for rule in usage.rules { try output.append(rule.json().text + "\n") }
      return
    }
    try output.append(ATTLSRuleUsage.Rule.heading + "\n")
    for rule in usage.rules {
      for line in rule.rows { try output.append(line + "\n") }
    }
  }

  /// What was in each log: lines for people.
  package func summary(_ names: [String]) -> [String] {
    zip(names, logs).map { name, counts in
      "\(name): \(UInt64(counts.lines).counted("line")), "
        + "\(UInt64(counts.messages).counted("AT-TLS message")), "
        + "\(counts.otherLines) of other programs"
        + (counts.damaged > 0 ? ", \(counts.damaged) damaged" : "")
    } + filter.summary()
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

  package init() {}
}

/// Reads one log for its rows.
private struct AttlsRowReader: TraceReader {
  var account = ByteAccount()
  let format = TLSRowOptions.logFormat
  private let rows: AttlsRows
  private let decodes: Bool
  private var reader: ATTLSLogReader
  private var table: ATTLSConnectionTable
  private var streams = ATTLSRecordStream()
  private var handshakes = HandshakeTable()

  init(_ rows: AttlsRows, _ options: TLSRowOptions) {
    self.rows = rows
    decodes = options.handshake || options.keepsCertificates
    reader = ATTLSLogReader(year: options.year)
    table = ATTLSConnectionTable(
      keepsSteps: options.events, maximumConnections: options.events || decodes ? 1024 : 8192)
  }

  mutating func read(
    _ window: RawSpan, at offset: UInt64, atEnd: Bool, into sink: any TraceSink
  ) throws(TraceError) -> Int {
    var ready: [ATTLSConnection] = []
    reader.read(window, atEnd: atEnd) { message in
      table.add(message) { ready.append($0) }
      guard decodes else { return }
      streams.add(message) { handshakes.add($0) }
      if message.kind == .map { handshakes.begin(message) }
    }
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
    for connection in ready {
      try rows.show(connection, decodes ? handshakes.conversation(of: connection) : nil)
    }
    if atEnd { rows.logs.append(counts) }
    return window.byteCount
  }
}
