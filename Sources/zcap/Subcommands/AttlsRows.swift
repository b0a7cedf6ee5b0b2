import ATTLS
import TraceBytes
import TraceFormats
import TraceModel

/// The connections of AT-TLS logs as rows, JSON or counts of rules.
final class AttlsRows {
  private let options: AttlsOptions
  private let output: ByteSink
  private let certificates: CertificateFolder?
  private let filter: ConnectionFilter
  private var usage = ATTLSRuleUsage()
  private var hasHeading = false
  private(set) var connections: UInt64 = 0
  /// What was read of each log, in order.
  fileprivate(set) var logs: [ATTLSLogReader.Counts] = []

  init(
    _ options: AttlsOptions, _ output: ByteSink, _ certificates: CertificateFolder?,
    _ filter: ConnectionFilter
  ) {
    self.options = options
    self.output = output
    self.certificates = certificates
    self.filter = filter
  }

  /// The log as a format among others; any text that is nothing else is taken for one.
  var format: OtherFormat {
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
  func finish() throws(TraceError) {
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

  /// Says what was in each log.
  func summarise(_ names: [String]) {
    for (name, counts) in zip(names, logs) {
      LogInput.note(
        "\(name): \(LogInput.counted(counts.lines, "line")), "
          + "\(LogInput.counted(counts.messages, "AT-TLS message")), "
          + "\(counts.otherLines) of other programs"
          + (counts.damaged > 0 ? ", \(counts.damaged) damaged" : ""))
    }
    filter.summarise()
  }
}

/// Reads one log for its rows.
private struct AttlsRowReader: TraceReader {
  var account = ByteAccount()
  let format = AttlsOptions.logFormat
  private let rows: AttlsRows
  private let decodes: Bool
  private var reader: ATTLSLogReader
  private var table: ATTLSConnectionTable
  private var streams = ATTLSRecordStream()
  private var handshakes = HandshakeTable()

  init(_ rows: AttlsRows, _ options: AttlsOptions) {
    self.rows = rows
    decodes = options.handshake || options.certs != nil
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
