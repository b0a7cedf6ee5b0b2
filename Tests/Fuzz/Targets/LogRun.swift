internal import ATTLS
internal import TraceBytes

/// A log with AT-TLS messages: connections, rules, handshakes, explanations.
enum LogRun {
  static func run(_ bytes: [UInt8]) throws {
    var reader = ATTLSLogReader()
    var table = ATTLSConnectionTable(keepsSteps: true, maximumConnections: 16)
    var streams = ATTLSRecordStream(maximumQueues: 16)
    var handshakes = HandshakeTable()
    var digest = FailureDigest()
    var usage = ATTLSRuleUsage()
    var ready: [ATTLSConnection] = []
    var explained: [String] = []
    let step = [Int.max, 13, 977][bytes.count % 3]
    var at = 0
    repeat {
      let end = bytes.count - at > step ? at + step : bytes.count
      unsafe bytes.withUnsafeBytes { buffer in
        let window = unsafe UnsafeRawBufferPointer(rebasing: buffer[at..<end]).bytes
        reader.read(window, atEnd: end == bytes.count) { message in
          table.add(message) { ready.append($0) }
          streams.add(message) { handshakes.add($0) }
          if message.kind == .map { handshakes.begin(message) }
          digest.add(message)
          if explained.count < 20 {
            let explanation = Explainer.explain(message)
            explained.append(explanation.text())
          }
        }
      }
      at = end
    } while at < bytes.count
    streams.finish { handshakes.add($0) }
    table.finish { ready.append($0) }
    for connection in ready {
      usage.add(connection)
      let talk = handshakes.conversation(of: connection)
      let lines = cells(connection) + connection.steps.map(\.row) + (talk?.summary() ?? [])
      if let talk {
        try OutputChecks.jsonLines("attls --handshakes --json") { json throws(TraceError) in
          try json.open()
          try talk.write(to: &json)
          try json.end()
        }
      }
      for line in lines { try OutputChecks.text(Array(line.utf8), "attls") }
      try OutputChecks.jsonLines("attls --json") { json throws(TraceError) in
        try json.begin("attls_connection")
        try connection.write(to: &json, withSteps: true)
        try json.end()
      }
    }
    for rule in usage.rules {
      for row in rule.cells + rule.details {
        try OutputChecks.text(Array(row.utf8), "attls --rules")
      }
      try OutputChecks.jsonLines("attls --rules --json") { json throws(TraceError) in
        try rule.write(to: &json)
      }
    }
    for text in explained { try OutputChecks.text(Array(text.utf8), "explain") }
    for explanation in digest.explanations() {
      try OutputChecks.text(Array(explanation.text().utf8), "explain")
      try OutputChecks.jsonLines("explain --json") { json throws(TraceError) in
        try explanation.write(to: &json)
      }
    }
    let word = String(decoding: bytes.prefix(200), as: UTF8.self)
    for explanation in Explainer.explain(text: word) {
      try OutputChecks.text(Array(explanation.text().utf8), "explain WORD")
      try OutputChecks.jsonLines("explain --json WORD") { json throws(TraceError) in
        try explanation.write(to: &json)
      }
    }
  }

  private static func cells(_ connection: ATTLSConnection) -> [String] {
    (0...10).map { column in
      var text: [UInt8] = []
      connection.append(column: column, to: &text)
      return String(decoding: text, as: UTF8.self)
    }
  }
}
