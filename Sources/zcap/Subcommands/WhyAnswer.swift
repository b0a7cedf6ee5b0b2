import ATTLS
import ATTLSPolicy
import TraceModel
import TraceStreams

/// Why one flow holds no data, and where to change it.
struct WhyAnswer {
  let flow: LocalFlow
  let local: Endpoint
  let remote: Endpoint
  let job: String
  let user: String?
  let direction: PolicyDirection?
  let logged: JoinedConnection?
  /// The rule that governs the flow: the one in the log, else the one that fits.
  let rule: PolicyRule?
  /// The rule that the log names, when this policy does not have it.
  let unknownRule: String?
  /// Whether the log names the rule.
  let isRuleLogged: Bool
  /// Rules tried earlier that would win if what is not known suits them, in words.
  let possible: [String]
  let verdict: ClearTextVerdict?

  init(_ flow: LocalFlow, in set: PolicySet, _ logged: JoinedConnection?) {
    self.flow = flow
    self.logged = logged
    let key = flow.flow.key
    let client: FlowSide? =
      logged?.clientIsLower.map { $0 ? .lower : .upper }
      // The first record alone says little: the trace may have begun in the middle.
      ?? (flow.flow.clientEvidence > .firstRecord ? flow.flow.client : nil)
    let side = flow.local ?? logged.map { $0.lowerIsLocal ? FlowSide.lower : .upper }
    // Without any direction the server is taken for the traced host: data traces always have one.
    let here = side ?? client?.other ?? .lower
    local = here == .lower ? key.lower : key.upper
    remote = here == .lower ? key.upper : key.lower
    direction = client.map { $0 == here ? .outbound : .inbound }
    job = logged?.connection.job ?? (flow.flow.isDataTrace ? flow.name.text : "")
    user = logged?.connection.user
    isRuleLogged = logged?.connection.rule != nil

    var connection = PolicyConnection()
    connection.job = job.isEmpty ? nil : job
    connection.user = user
    connection.localAddress = local.address
    connection.localPort = local.port
    connection.remoteAddress = remote.address
    connection.remotePort = remote.port
    connection.direction = direction
    let match = set.match(connection)
    if let name = logged?.connection.rule {
      rule = set.rule(named: name)
      unknownRule = rule == nil ? name : nil
      possible = []
    } else {
      rule = match.winner.map { set.rules[$0] }
      unknownRule = nil
      possible = match.possible.map { one in
        let rule = set.rules[one.rule]
        return "\(rule.name) (line \(rule.line)) if \(one.unknown.joined(separator: ", "))"
      }
    }
    verdict = rule.map { set.clearText(of: $0) }
  }

  /// How the trace has the flow.
  var security: String {
    var words: [String] = []
    if flow.confidential > 0 { words.append("confidential") }
    if flow.clear > 0 { words.append("clear text") }
    if words.isEmpty { return flow.flow.isDataTrace ? "plain" : "packets" }
    return words.joined(separator: "+")
  }

  var ruleText: String {
    if let rule { return rule.name + (isRuleLogged ? " (log)" : "") }
    if let unknownRule { return "\(unknownRule) (log), not in this policy" }
    return possible.isEmpty ? "none fits" : "not certain"
  }

  var clearText: String {
    guard let verdict else { return "-" }
    guard verdict.isEnabled else { return "TTLSEnabled Off" }
    guard let source = verdict.source else { return "Off by default" }
    let place = "\(source.scope.statement) \(source.action), line \(source.line)"
    return "\(verdict.isOn ? "On" : "Off") in \(place)"
  }

  private static let givePolicy = "give the policy that was in force, or what pasearch -t prints"

  /// What to do, or what does not fit together; nil when all is well.
  var advice: String? {
    if let unknownRule {
      return "this policy has no rule \(unknownRule): \(Self.givePolicy)"
    }
    guard let verdict else {
      if flow.confidential == 0 { return nil }
      return possible.isEmpty
        ? "no rule of this policy takes the flow: \(Self.givePolicy)"
        : "which rule it is depends on what the trace does not tell; an AT-TLS log does (--log)"
    }
    guard flow.confidential > 0 else {
      return flow.clear == 0 ? plainRemark(verdict) : clearRemark(verdict)
    }
    if verdict.isOn {
      return """
        CtraceClearText is On in this policy: the connection is older than it, or whoever read the \
        trace lacked what is listed below
        """
    }
    return verdict.advice ?? "AT-TLS is off for this rule: \(Self.givePolicy)"
  }

  private func clearRemark(_ verdict: ClearTextVerdict) -> String? {
    guard !verdict.isOn, possible.isEmpty else { return nil }
    return "clear text although CtraceClearText is not On in this policy: it has changed since"
  }

  private func plainRemark(_ verdict: ClearTextVerdict) -> String? {
    guard flow.flow.isDataTrace, verdict.isEnabled else { return nil }
    return """
      plain although a rule takes it: AT-TLS was not active, because the application had not asked \
      for it (ApplicationControlled) or the policy came later
      """
  }
}
