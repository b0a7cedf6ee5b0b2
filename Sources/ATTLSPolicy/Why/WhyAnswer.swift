/// A flow of a trace as far as a policy is concerned.
public struct PolicyFlow: Sendable {
  /// The number that `flows` shows for it.
  public var number: UInt64
  /// Its ends, job, user and direction, as far as trace and log tell.
  public var connection: PolicyConnection
  /// Records of this end.
  public var records: UInt64 = 0
  /// Records whose data was left out because it is confidential.
  public var confidential: UInt64 = 0
  /// Records with AT-TLS clear text.
  public var clear: UInt64 = 0
  /// Is it from a data trace, which sees what the application sees?
  public var isDataTrace = true
  /// The rule that an AT-TLS log names.
  public var loggedRule: String?
  /// The stack that the log names.
  public var stack: String?
  /// `flow_id`.
  public var id: String?
  /// The interface of packets.
  public var interface: String?

  /// A flow without records.
  public init(number: UInt64, connection: PolicyConnection) {
    self.number = number
    self.connection = connection
  }

  /// What AT-TLS did with its data, in the word of every output: `clear`, `confidential`, `mixed` or `plain`; nil
  /// for packets.
  public var securityWord: StaticString? {
    guard isDataTrace else { return nil }
    switch (clear > 0, confidential > 0) {
    case (true, true): return "mixed"
    case (true, false): return "clear"
    case (false, true): return "confidential"
    case (false, false): return "plain"
    }
  }

  /// How the trace has the flow: "confidential", "clear text", both, "plain", or "packets".
  public var security: String {
    var words: [String] = []
    if confidential > 0 { words.append("confidential") }
    if clear > 0 { words.append("clear text") }
    if words.isEmpty { return isDataTrace ? "plain" : "packets" }
    return words.joined(separator: "+")
  }
}

/// Why one flow holds no data, and where to change it.
public struct WhyAnswer: Sendable {
  /// The flow.
  public let flow: PolicyFlow
  /// The place of the rule that governs the flow: the one in the log, else the one that fits.
  public let rule: Int?
  /// The rule that the log names, when this policy does not have it.
  public let unknownRule: String?
  /// Rules tried earlier that would win if what is not known suits them; the first ones.
  public let possible: [Int]
  /// There are more of those.
  public let hasMorePossible: Bool
  /// What decides whether traces of the rule's connections hold data.
  public let verdict: ClearTextVerdict?

  /// Whether the log names the rule.
  public var isRuleLogged: Bool { flow.loggedRule != nil }

  /// What the policy in force should be compared with.
  private static let givePolicy = "give the policy that was in force, or what pasearch -t prints"

  /// What to do, or what does not fit together; nil when all is well.
  public var advice: String? {
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

  /// Does the advice propose to change an action?
  var proposesChange: Bool {
    flow.confidential > 0 && verdict.map { !$0.isOn && $0.advice != nil } ?? false
  }

  private func clearRemark(_ verdict: ClearTextVerdict) -> String? {
    guard !verdict.isOn, possible.isEmpty else { return nil }
    return "clear text although CtraceClearText is not On in this policy: it has changed since"
  }

  private func plainRemark(_ verdict: ClearTextVerdict) -> String? {
    guard flow.isDataTrace, verdict.isEnabled else { return nil }
    return """
      plain although a rule takes it: AT-TLS was not active, because the application had not asked \
      for it (ApplicationControlled) or the policy came later
      """
  }
}

/// Answers for many flows: each rule is looked into once.
public struct WhyAnswers: Sendable {
  /// The policy.
  public let set: PolicySet
  private let matcher: PolicyMatcher
  private var verdicts: [Int: ClearTextVerdict] = [:]
  /// The rules that use an action, by the action's place.
  private let users: [Int: [Int]]
  /// The answers so far, in the order of the flows.
  public private(set) var all: [WhyAnswer] = []
  /// Rules that were held against flows: a measure of the work.
  private(set) var examined = 0

  /// Makes a policy ready.
  public init(_ set: PolicySet) {
    self.set = set
    matcher = PolicyMatcher(set)
    var users: [Int: [Int]] = [:]
    for (place, rule) in set.rules.enumerated() {
      for action in rule.actions { users[action, default: []].append(place) }
    }
    self.users = users
  }

  /// Finds the answer for a flow.
  public mutating func add(_ flow: PolicyFlow) {
    if let name = flow.loggedRule {
      let place = matcher.place(ofRule: name)
      all.append(
        WhyAnswer(
          flow: flow, rule: place, unknownRule: place == nil ? name : nil, possible: [],
          hasMorePossible: false, verdict: place.map { verdict($0) }))
      return
    }
    let decision = matcher.decide(flow.connection)
    examined += decision.examined
    all.append(
      WhyAnswer(
        flow: flow, rule: decision.winner, unknownRule: nil, possible: decision.possible,
        hasMorePossible: decision.hasMore, verdict: decision.winner.map { verdict($0) }))
  }

  private mutating func verdict(_ rule: Int) -> ClearTextVerdict {
    if let known = verdicts[rule] { return known }
    let found = set.clearText(of: set.rules[rule])
    verdicts[rule] = found
    return found
  }

  /// The other rules that use the action which the advice for a rule proposes to change, in the order
  /// of the input.
  public func sharing(_ rule: Int) -> [Int] {
    guard let verdict = verdicts[rule], let action = changed(verdict, set.rules[rule]) else {
      return []
    }
    return (users[action] ?? []).filter { $0 != rule }
  }

  /// The action that the advice proposes to change.
  private func changed(_ verdict: ClearTextVerdict, _ rule: PolicyRule) -> Int? {
    guard let scope = verdict.source?.scope ?? verdict.place?.scope else { return nil }
    return rule.actions.first { set.actions[$0].scope == scope }
  }

  /// A connection action for one rule alone, which turns CtraceClearText on for it and for no other:
  /// what its connection action codes today, and that. The second text is the line that names it in
  /// the rule.
  public func ownAction(for rule: Int) -> (statement: String, reference: String) {
    let rule = set.rules[rule]
    let old = set.action(.connection, of: rule)
    var action = PolicyAction(scope: .connection, name: "", file: rule.file, line: rule.line)
    action.settings = old?.settings ?? [:]
    action.settings["CtraceClearText"] = PolicySetting(
      keyword: "CtraceClearText", values: ["On"], line: rule.line)
    let taken = Set(set.actions.map(\.name))
    var name = String(rule.name.prefix(ValueCheck.nameLimit - 6)) + "~CLEAR"
    var number = 1
    while taken.contains(name) {
      name = String(rule.name.prefix(ValueCheck.nameLimit - 10)) + "~CLEAR\(number)"
      number += 1
    }
    action.name = name
    return (PolicyWriter().text(of: action), "TTLSConnectionActionRef \(name)")
  }
}
