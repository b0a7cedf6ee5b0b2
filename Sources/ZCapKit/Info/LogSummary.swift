package import ATTLS
package import TraceBytes
internal import TraceModel
internal import TraceRender
internal import TraceStreams

/// What an AT-TLS log says of the conversations of a trace, rule by rule: a section of `zcap info`.
package struct LogSummary {
  private struct Rule {
    var name: String
    var users: Set<String> = []
    var suites: Set<String> = []
    var flows: UInt64 = 0
    var confidential: UInt64 = 0
    var clear: UInt64 = 0
    var failed: UInt64 = 0
  }

  /// Stands for the rule that the log does not name.
  private static let noRule = "(not in the log)"

  private var rules: [Rule] = []
  /// TCP conversations that the log does not have.
  private var missing: UInt64 = 0
  private let connections: Int

  package init(_ flows: [LocalFlow], _ join: ConnectionJoin) {
    connections = join.count
    var places: [String: Int] = [:]
    for flow in flows where flow.flow.key.ipProtocol == IPProtocol.tcp.rawValue {
      guard let found = join.find(flow.flow.key, at: flow.flow.firstTime) else {
        missing += 1
        continue
      }
      let name = found.connection.rule ?? Self.noRule
      let place = places[name] ?? rules.count
      if place == rules.count {
        places[name] = place
        rules.append(Rule(name: name))
      }
      rules[place].flows += 1
      if flow.confidential > 0 { rules[place].confidential += 1 }
      if flow.clear > 0 { rules[place].clear += 1 }
      if found.connection.outcome == .failed { rules[place].failed += 1 }
      if let user = found.connection.user { rules[place].users.insert(user) }
      if found.connection.isSecure { rules[place].suites.insert(found.briefly) }
    }
    rules.sort { $0.flows != $1.flows ? $0.flows > $1.flows : $0.name < $1.name }
  }

  package func write(to sink: ByteSink, room: Int? = nil) throws(TraceError) {
    try sink.append("\n" as StaticString)
    if !rules.isEmpty {
      var table = TextTable(columns: [
        .init("AT-TLS rule", least: 16), .init("flows", nil, .right),
        .init("confidential", nil, .right), .init("clear text", nil, .right, rank: 1),
        .init("failed", nil, .right), .init("users", least: 8), .init("TLS", rank: 2),
      ])
      table.room = room
      for rule in rules {
        table.add([
          rule.name, rule.flows.grouped, rule.confidential.grouped, rule.clear.grouped,
          rule.failed.grouped, Self.list(rule.users), Self.list(rule.suites),
        ])
      }
      try table.write(to: sink)
    }
    try sink.append(
      "\(missing.counted("TCP flow")) not in the AT-TLS log, which has "
        + "\(UInt64(connections).counted("connection"))\n")
  }

  private static func list(_ words: Set<String>) -> String {
    let shown = words.sorted().prefix(4).joined(separator: ", ")
    return words.isEmpty ? "-" : words.count > 4 ? shown + ", …" : shown
  }

  /// Members of the object of `info`; null without a log.
  static func write(_ summary: LogSummary?, to json: inout JSONLine) throws(TraceError) {
    try json.objects("attls_rules", summary?.rules) { (json, rule) throws(TraceError) in
      try json.text("attls_rule", rule.name == noRule ? nil : rule.name)
      try json.number("flows", rule.flows)
      try json.number("confidential_flows", rule.confidential)
      try json.number("clear_flows", rule.clear)
      try json.number("failed_flows", rule.failed)
      try json.texts("attls_users", rule.users.sorted())
      try json.texts("tls", rule.suites.sorted())
    }
    try json.number("flows_not_in_log", summary?.missing)
    try json.number("log_connections", summary?.connections)
  }
}

/// What went wrong, of a log that is the input itself: a section of `zcap info`.
extension FailureDigest {
  /// Failures shown; more are counted.
  private static let shown = 10

  func write(to sink: ByteSink, room: Int? = nil) throws(TraceError) {
    let rows = rows
    guard !rows.isEmpty else { return }
    var table = TextTable(columns: [
      .init("failures", nil, .right), .init("RC", nil, .right), .init("during", rank: 1),
      .init("rule", least: 12), .init("meaning", least: 24),
    ])
    table.room = room
    for row in rows.prefix(Self.shown) {
      table.add([
        UInt64(row.count).grouped, "\(row.returnCode)", row.event, row.rule ?? "-",
        row.meaning ?? "not known here",
      ])
    }
    try sink.append("\n" as StaticString)
    try table.write(to: sink)
    if rows.count > Self.shown {
      try sink.append("and \(UInt64(rows.count - Self.shown).counted("kind")) more\n")
    }
    try sink.append("zcap explain LOG says what to do\n" as StaticString)
  }

  /// Members of the object of `info`: none where no input is a log.
  func write(to json: inout JSONLine) throws(TraceError) {
    try json.objects("log_failures", rows) { (json, row) throws(TraceError) in
      try json.number("return_code", row.returnCode)
      try json.text("event", row.event)
      try json.text("attls_rule", row.rule)
      try json.number("count", row.count)
      try json.text("meaning", row.meaning)
    }
  }
}
