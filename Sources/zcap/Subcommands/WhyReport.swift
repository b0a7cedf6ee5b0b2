import ATTLS
import ATTLSPolicy
import TraceBytes
import TraceModel
import TraceRender
import TraceStreams

/// Writes the answers of `zcap policy why`.
struct WhyReport {
  private let answers: [WhyAnswer]

  init(_ answers: [WhyAnswer]) { self.answers = answers }

  func write(to output: ByteSink) throws(TraceError) {
    guard !answers.isEmpty else { return }
    var table = TextTable([
      ("flow", .right), ("job", .left), ("user", .left), ("local", .left), ("", .left),
      ("remote", .left), ("security", .left), ("records", .right), ("rule", .left),
      ("line", .right), ("CtraceClearText", .left),
    ])
    for answer in answers {
      table.add([
        "\(answer.flow.flow.number)", answer.job.isEmpty ? "-" : answer.job, answer.user ?? "-",
        answer.local.description, arrow(answer.direction), answer.remote.description,
        answer.security, answer.flow.records.grouped, answer.ruleText,
        answer.rule.map { String($0.line) } ?? "-", answer.clearText,
      ])
    }
    try table.write(to: output)
    try writeAdvice(to: output)
    try writePossible(to: output)
    if answers.contains(where: { $0.flow.confidential > 0 }) { try writeReader(to: output) }
  }

  private func arrow(_ direction: PolicyDirection?) -> String {
    switch direction {
    case .inbound: "<-"
    case .outbound: "->"
    default: "--"
    }
  }

  /// Each piece of advice once, with the flows it is for.
  private func writeAdvice(to output: ByteSink) throws(TraceError) {
    var flows: [String: [UInt64]] = [:]
    var order: [String] = []
    for answer in answers {
      guard let advice = answer.advice else { continue }
      if flows[advice] == nil { order.append(advice) }
      flows[advice, default: []].append(answer.flow.flow.number)
    }
    if !order.isEmpty { try output.append("\n" as StaticString) }
    for advice in order {
      let text = "\(Self.list(flows[advice] ?? [])): \(advice)"
      try output.append(VisibleText.of(text) + "\n")
    }
  }

  private func writePossible(to output: ByteSink) throws(TraceError) {
    for answer in answers where !answer.possible.isEmpty {
      let text = "flow \(answer.flow.flow.number) would be governed by "
      for rule in answer.possible.prefix(5) {
        try output.append(VisibleText.of(text + rule) + "\n")
      }
    }
  }

  private static func list(_ numbers: [UInt64]) -> String {
    let shown = numbers.prefix(10).map { String($0) }.joined(separator: ", ")
    let more = numbers.count > 10 ? " and \(numbers.count - 10) more" : ""
    return (numbers.count == 1 ? "flow " : "flows ") + shown + more
  }

  /// What a program needs that reads data traces through the real-time interface.
  ///
  /// Source: what the documentation of zWireshark, a public program for that interface, asks for.
  static func reader(stack: String?) -> (profiles: [String], filter: String) {
    let place = "sysname.\(stack ?? "tcpname")"
    return (
      [
        "EZB.TRCCTL.\(place).DATTRACE", "EZB.TRCCTL.\(place).OPEN", "EZB.TRCSEC.\(place).ATTLS",
      ], "RCDAFATTLSCLEAR"
    )
  }

  private var stack: String? { answers.lazy.compactMap { $0.logged?.connection.stack }.first }

  private func writeReader(to output: ByteSink) throws(TraceError) {
    let needs = Self.reader(stack: stack)
    try output.append(
      "\nA program that reads the trace in real time (EZBRCIFR), such as TCPDATA, also needs\n")
    for profile in needs.profiles {
      try output.append(VisibleText.of("  READ access to SERVAUTH \(profile)") + "\n")
    }
    try output.append("  bit \(needs.filter) in its filter; without it clear text is left out\n")
  }

  func writeJSON(to output: ByteSink) throws(TraceError) {
    for answer in answers {
      let flow = answer.flow
      var json = JSONLine(output)
      try json.open()
      try json.number("flow", flow.flow.number)
      try json.text("job", answer.job)
      if let user = answer.user { try json.text("user", user) }
      try json.text("local", answer.local.address.description)
      try json.number("local_port", UInt64(answer.local.port))
      try json.text("remote", answer.remote.address.description)
      try json.number("remote_port", UInt64(answer.remote.port))
      if let direction = answer.direction { try json.text("direction", direction.rawValue) }
      try json.text("security", answer.security)
      try json.number("records", flow.records)
      try json.number("confidential", flow.confidential)
      if let rule = answer.rule {
        try json.text("rule", rule.name)
        try json.text("rule_file", rule.file)
        try json.number("rule_line", UInt64(rule.line))
      }
      try json.bool("rule_from_log", answer.isRuleLogged)
      try writeVerdict(answer, &json)
      if let advice = answer.advice { try json.text("advice", advice) }
      try json.openList("possible_rules")
      for rule in answer.possible { try json.text(rule) }
      try json.closeList()
      try json.close()
      try json.endLine()
    }
  }

  private func writeVerdict(_ answer: WhyAnswer, _ json: inout JSONLine) throws(TraceError) {
    guard let verdict = answer.verdict else { return }
    try json.bool("attls_enabled", verdict.isEnabled)
    try json.text("ctrace_clear_text", verdict.isOn ? "On" : "Off")
    if let source = verdict.source {
      try json.text("set_in", "\(source.scope.statement) \(source.action)")
      try json.number("set_in_line", UInt64(source.line))
    }
    if let place = verdict.place {
      try json.text("change_in", "\(place.scope.statement) \(place.action)")
      try json.text("change_in_file", place.file)
      try json.number("change_in_line", UInt64(place.line))
    }
    let needs = WhyReport.reader(stack: stack)
    try json.openList("servauth")
    for profile in needs.profiles { try json.text(profile) }
    try json.closeList()
    try json.text("nmi_filter_bit", needs.filter)
  }
}
