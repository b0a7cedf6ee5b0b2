import ATTLSPolicy
import ArgumentParser
import TraceModel

/// `zcap policy match`: which rule governs a connection, and why the others do not.
struct PolicyMatchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "match", abstract: "Say which rule governs a connection.",
    discussion: """
      Give what is known, for example from an EZD1281I message; a rule whose condition cannot be \
      decided is listed as possible. Exit status: 0 a rule fits, 1 none does, 2 unreadable.
      """)

  @Argument(help: "A policy file, a pasearch listing or YAML; - is stdin.")
  var input: String

  @Option(help: "Job name.") var job: String?
  @Option(help: "User ID.") var user: String?
  @Option(help: ArgumentHelp("Local end, such as 10.1.1.2..4000.", valueName: "addr..port"))
  var local: String?
  @Option(help: ArgumentHelp("Remote end, such as 10.1.0.2..60742.", valueName: "addr..port"))
  var remote: String?
  @Option(help: ArgumentHelp("Who opened it, seen from this stack.", valueName: "in|out"))
  var direction: String?

  func run() throws {
    let connection = try connection()
    let set = try PolicyInputFiles.load([input])
    _ = PolicyInputFiles.complain(set.diagnostics, errorsOnly: true)
    let result = set.match(connection)
    try PolicyInputFiles.printOut(render(result, set))
    if result.winner == nil { throw PolicyInputFiles.errorsFound }
  }

  private func connection() throws -> PolicyConnection {
    var connection = PolicyConnection()
    connection.job = job
    connection.user = user
    (connection.localAddress, connection.localPort) = try end(local, "--local")
    (connection.remoteAddress, connection.remotePort) = try end(remote, "--remote")
    switch direction?.lowercased() {
    case nil: break
    case "in", "inbound": connection.direction = .inbound
    case "out", "outbound": connection.direction = .outbound
    default: throw ValidationError("--direction is in or out, not '\(direction ?? "")'")
    }
    return connection
  }

  private func end(_ text: String?, _ option: String) throws -> (IPAddress?, UInt16?) {
    guard let text else { return (nil, nil) }
    guard let end = PolicyConnection.endpoint(text) else {
      throw ValidationError("\(option) takes ADDR..PORT, such as 10.1.1.2..4000, not '\(text)'")
    }
    return (end.address, end.port)
  }

  private func render(_ result: MatchResult, _ set: PolicySet) -> String {
    var out = ""
    if let winner = result.winner {
      let rule = set.rules[winner]
      out += "rule \(rule.name) (\(rule.file):\(rule.line), Priority \(rule.priority))\n"
      for scope in PolicyScope.allCases {
        guard let action = set.action(scope, of: rule) else { continue }
        out += "  \(scope.statement) \(action.name) (line \(action.line))\n"
      }
      let clear = set.clearText(of: rule)
      let from = clear.source.map { " from \($0.action) (line \($0.line))" } ?? " by default"
      out += "  CtraceClearText \(clear.isOn ? "On" : "Off")\(from)\n"
      if !rule.times.isEmpty { out += "  holds only at the times of its IpTimeCondition\n" }
    } else {
      out += "no rule fits: the connection is not protected by AT-TLS\n"
    }
    for verdict in result.possible {
      out += line(
        "would win instead", verdict, set, "if " + verdict.unknown.joined(separator: ", "))
    }
    for index in result.alsoFit.prefix(5) {
      let rule = set.rules[index]
      out += "also fits, but is tried later: \(rule.name) (line \(rule.line))\n"
    }
    for verdict in result.near {
      out += line("does not fit", verdict, set, verdict.failed.joined(separator: "; "))
    }
    return out
  }

  private func line(
    _ what: String, _ verdict: RuleVerdict, _ set: PolicySet, _ why: String
  ) -> String {
    let rule = set.rules[verdict.rule]
    return "\(what): \(rule.name) (line \(rule.line)): \(why)\n"
  }
}
