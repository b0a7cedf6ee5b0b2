public import TraceBytes
internal import TraceModel

/// The answers of `zcap policy why` as text and as JSON.
public struct WhyReport: Sendable {
  /// Flows shown of each rule, and rules named beside one; more are counted.
  public static let flowLimit = 20
  static let nameLimit = 100
  static let jsonLimit = 20

  private let answers: WhyAnswers

  /// A report of all answers.
  public init(_ answers: WhyAnswers) { self.answers = answers }

  private var set: PolicySet { answers.set }

  // MARK: text

  /// The flows of one rule, and what is to be said of them.
  public struct Group: Sendable {
    /// The rule, where it stands, and what decides whether traces hold data.
    public let heading: String
    /// The flows.
    public fileprivate(set) var answers: [WhyAnswer] = []
    /// What to change, and which rules it may be; lines that begin with two blanks.
    public fileprivate(set) var advice = ""
  }

  /// The flows of each rule together, in the order in which they come.
  public func groups() -> [Group] {
    var groups: [Group] = []
    var places: [String: Int] = [:]
    for answer in answers.all {
      let heading = heading(answer)
      let place = places[heading] ?? groups.count
      if place == groups.count {
        places[heading] = place
        groups.append(Group(heading: heading))
      }
      groups[place].answers.append(answer)
    }
    for place in groups.indices {
      let answers = groups[place].answers
      groups[place].advice = advice(answers) + possible(answers)
    }
    return groups
  }

  /// The flows of each rule together, what decides, and what to change.
  ///
  /// - Parameter table: makes lines of the flows of a rule, with the names of ``columns`` above their cells.
  public func text<Failure: Error>(
    _ table: ([[String]]) throws(Failure) -> String
  ) throws(Failure) -> String {
    var out = ""
    for group in groups() {
      out += VisibleText.of(group.heading) + "\n"
      out += try table(rows(group.answers))
      out += more(group.answers) + group.advice + "\n"
    }
    if answers.all.contains(where: { $0.flow.confidential > 0 }) { out += reader() }
    return out
  }

  private func heading(_ answer: WhyAnswer) -> String {
    if let unknown = answer.unknownRule { return "rule \(unknown) (log), not in this policy" }
    guard let place = answer.rule else {
      return answer.possible.isEmpty ? "no rule fits" : "undecided which rule"
    }
    let rule = set.rules[place]
    let source = answer.isRuleLogged ? " (log)" : ""
    return "rule \(rule.name)\(source), \(rule.file):\(rule.line): \(clearText(answer))"
  }

  private func clearText(_ answer: WhyAnswer) -> String {
    guard let verdict = answer.verdict else { return "" }
    guard verdict.isEnabled else { return "TTLSEnabled Off" }
    guard let source = verdict.source else { return "CtraceClearText Off by default" }
    let place = "\(source.scope.statement) \(source.action), line \(source.line)"
    return "CtraceClearText \(verdict.isOn ? "On" : "Off") in \(place)"
  }

  /// What stands above the cells of a flow.
  public static let columns = [
    "flow", "job", "user", "local", "", "remote", "security", "records",
  ]

  private func rows(_ group: [WhyAnswer]) -> [[String]] {
    group.prefix(Self.flowLimit).map { answer in
      let connection = answer.flow.connection
      let row = [
        "\(answer.flow.number)", connection.job ?? "-", connection.user ?? "-",
        end(connection.localAddress, connection.localPort), arrow(connection.direction),
        end(connection.remoteAddress, connection.remotePort), answer.flow.security,
        "\(answer.flow.records)",
      ]
      return row.map { VisibleText.of($0) }
    }
  }

  private func more(_ group: [WhyAnswer]) -> String {
    guard group.count > Self.flowLimit else { return "" }
    let more = group.count - Self.flowLimit
    return "  and \(more) more \(more == 1 ? "flow" : "flows"); --json has each\n"
  }

  private func end(_ address: IPAddress?, _ port: UInt16?) -> String {
    guard let address else { return "-" }
    let port = port.map { String($0) } ?? "*"
    return address.isIPv4 ? "\(address):\(port)" : "[\(address)]:\(port)"
  }

  private func arrow(_ direction: PolicyDirection?) -> String {
    switch direction {
    case .inbound: "<-"
    case .outbound: "->"
    default: "--"
    }
  }

  /// Each piece of advice once; with the flows it is for, where they are not all.
  private func advice(_ group: [WhyAnswer]) -> String {
    var flows: [String: [UInt64]] = [:]
    var order: [String] = []
    for answer in group {
      guard let advice = answer.advice else { continue }
      if flows[advice] == nil { order.append(advice) }
      flows[advice, default: []].append(answer.flow.number)
    }
    var out = ""
    for advice in order {
      let numbers = flows[advice] ?? []
      let whose = numbers.count == group.count ? "" : Self.list(numbers) + ": "
      out += "  " + VisibleText.of(whose + advice) + "\n"
    }
    if let answer = group.first(where: \.proposesChange), let place = answer.rule {
      out += shared(place)
    }
    return out
  }

  /// Who else a change of the proposed action concerns, and how to change this rule alone.
  private func shared(_ place: Int) -> String {
    let others = answers.sharing(place)
    guard !others.isEmpty else { return "" }
    let name = set.rules[place].name
    let names = others.prefix(Self.nameLimit).map { set.rules[$0].name }.joined(separator: ", ")
    let more = others.count > Self.nameLimit ? " and \(others.count - Self.nameLimit) more" : ""
    let own = answers.ownAction(for: place)
    var out =
      VisibleText.of(
        "  that action is also used by \(others.count == 1 ? "rule" : "rules") \(names)\(more), which"
          + " change with it; for \(name) alone give it one of its own, named in the rule by")
      + "\n"
    out += "    " + VisibleText.of(own.reference) + "\n"
    for line in own.statement.split(separator: "\n") {
      out += "  " + VisibleText.of(String(line)) + "\n"
    }
    return out
  }

  private func possible(_ group: [WhyAnswer]) -> String {
    var out = ""
    for answer in group.prefix(Self.flowLimit) where !answer.possible.isEmpty {
      let shown = answer.possible.prefix(5)
      for place in shown {
        let rule = set.rules[place]
        let unknown = set.open(place, for: answer.flow.connection).joined(separator: ", ")
        out +=
          "  "
          + VisibleText.of(
            "flow \(answer.flow.number) would be governed by \(rule.name) (line \(rule.line)) if"
              + " \(unknown)") + "\n"
      }
      if answer.possible.count > shown.count {
        let more = answer.possible.count - shown.count
        let atLeast = answer.hasMorePossible ? "at least " : ""
        out += "  flow \(answer.flow.number): and \(atLeast)\(more) more\n"
      }
    }
    return out
  }

  private static func list(_ numbers: [UInt64]) -> String {
    let shown = numbers.prefix(10).map { String($0) }.joined(separator: ", ")
    let more = numbers.count > 10 ? " and \(numbers.count - 10) more" : ""
    return (numbers.count == 1 ? "flow " : "flows ") + shown + more
  }

  // MARK: the program that reads the trace

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

  private var stack: String? { answers.all.lazy.compactMap(\.flow.stack).first }

  private func reader() -> String {
    let needs = Self.reader(stack: stack)
    var out =
      "A program that reads the trace in real time (EZBRCIFR), such as TCPDATA, also needs\n"
    for profile in needs.profiles {
      out += VisibleText.of("  READ access to SERVAUTH \(profile)") + "\n"
    }
    return out + "  bit \(needs.filter) in its filter; without it clear text is left out\n"
  }

  // MARK: JSON

  /// Writes a line for each flow.
  public func write(to json: inout JSONLine) throws(TraceError) {
    let needs = Self.reader(stack: stack)
    for answer in answers.all { try write(answer, needs, to: &json) }
  }

  private func write(
    _ answer: WhyAnswer, _ needs: (profiles: [String], filter: String), to json: inout JSONLine
  ) throws(TraceError) {
    let flow = answer.flow
    let connection = flow.connection
    let rule = answer.rule.map { set.rules[$0] }
    try json.begin("policy_why")
    try json.text("flow_id", flow.id)
    try json.number("flow", flow.number)
    try json.text("job", connection.job)
    try json.text("interface", flow.interface)
    try json.address("local_ip", connection.localAddress)
    try json.number("local_port", connection.localPort)
    try json.address("remote_ip", connection.remoteAddress)
    try json.number("remote_port", connection.remotePort)
    try json.word("security", flow.securityWord)
    try json.number("records", flow.records)
    try json.number("clear_records", flow.clear)
    try json.number("confidential_records", flow.confidential)
    try json.text("attls_rule", rule?.name ?? answer.unknownRule)
    try json.text("attls_user", connection.user)
    try json.text("attls_direction", connection.direction?.word)
    try json.bool("rule_from_log", answer.isRuleLogged)
    try json.text("rule_file", rule?.file)
    try json.number("rule_line", rule?.line)
    try write(answer.verdict, to: &json)
    let others = answer.rule.map { answers.sharing($0) } ?? []
    try json.texts("shared_with", others.prefix(Self.jsonLimit).map { set.rules[$0].name })
    try json.number("shared_with_count", others.count)
    try json.texts("servauth", needs.profiles)
    try json.text("nmi_filter_bit", needs.filter)
    try json.text("advice", answer.advice)
    try json.objects("possible_rules", answer.possible) { (json, place) throws(TraceError) in
      try json.text("attls_rule", set.rules[place].name)
      try json.number("line", set.rules[place].line)
      try json.texts("if", set.open(place, for: connection))
    }
    try json.bool("has_more_possible_rules", answer.hasMorePossible)
    try json.end()
  }

  private func write(
    _ verdict: ClearTextVerdict?, to json: inout JSONLine
  ) throws(TraceError) {
    try json.bool("attls_enabled", verdict?.isEnabled)
    try json.bool("ctrace_clear_text", verdict?.isOn)
    try json.text("set_in", verdict?.source.map { "\($0.scope.statement) \($0.action)" })
    try json.number("set_in_line", verdict?.source?.line)
    try json.text("change_in", verdict?.place.map { "\($0.scope.statement) \($0.action)" })
    try json.text("change_in_file", verdict?.place?.file)
    try json.number("change_in_line", verdict?.place?.line)
  }
}
