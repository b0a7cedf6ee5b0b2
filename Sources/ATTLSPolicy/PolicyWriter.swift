/// Writes a policy file for the Policy Agent: for every rule its connection, environment and group
/// actions with their parameters in place, then the rule that names them.
public struct PolicyWriter: Sendable {
  private let vocabulary = Vocabulary.standard

  /// A writer.
  public init() {}

  /// The order in which people know them.
  private static let conditionOrder = [
    "Priority", "JobName", "LocalAddr", "RemoteAddr", "LocalPortRange", "RemotePortRange",
    "Direction", "UserId",
  ]

  /// The policy file.
  public func write(_ set: PolicySet) -> String {
    var out = ""
    var names = ActionNames()
    for rule in set.rules { write(rule, of: set, &names, to: &out) }
    return out
  }

  /// One action as a statement that repeats what it codes.
  func text(of action: PolicyAction) -> String {
    var settings: [String: [EffectiveSetting]] = [:]
    for one in action.settings.values.sorted(by: { $0.keyword < $1.keyword }) {
      guard let entry = vocabulary.entry(one.keyword, of: action.scope) else { continue }
      settings[entry.statement, default: []].append(
        EffectiveSetting(
          keyword: one.keyword, values: one.values, source: nil, overridden: [], isDefault: false,
          isAlwaysShown: true, shape: entry.shape))
    }
    var out = ""
    write(action.scope.statement, action.name, settings, indent: 2, to: &out)
    return out
  }

  private func write(
    _ rule: PolicyRule, of set: PolicySet, _ names: inout ActionNames, to out: inout String
  ) {
    out += "##################\(rule.name)===================\n"
    var byStatement: [PolicyScope: [String: [EffectiveSetting]]] = [:]
    for one in set.notable(for: rule) where one.source != nil {
      guard let home = vocabulary.home(one.keyword), let scope = vocabulary.homeScope(home) else {
        out += "# \(one.keyword) \(one.values.joined(separator: " ")) is not known here: left out\n"
        continue
      }
      byStatement[scope, default: [:]][home.statement, default: []].append(one)
    }
    var references: [PolicyScope: String] = [:]
    // Names in the order the YAML reader gives them, so that both agree.
    for scope in [PolicyScope.environment, .group, .connection] where byStatement[scope] != nil {
      references[scope] = names.name(scope, rule: rule.name)
    }
    for scope in [PolicyScope.connection, .environment, .group] {
      guard let name = references[scope], let settings = byStatement[scope] else { continue }
      write(scope.statement, name, settings, indent: 2, to: &out)
    }
    let groups = conditionGroups(rule, &names, to: &out)
    out += "  TTLSRule \(rule.name)\n  {\n"
    write(conditions: rule, groups, to: &out)
    for scope in [PolicyScope.environment, .group, .connection] {
      if let name = references[scope] { out += "   \(scope.statement)Ref \(name)\n" }
    }
    out += "  }\n"
  }

  /// A statement with its keywords and, inside it, the statements that hold the rest.
  private func write(
    _ statement: String, _ name: String, _ settings: [String: [EffectiveSetting]], indent: Int,
    to out: inout String
  ) {
    let inner = vocabulary.statements.filter { child in
      child.parents.contains(statement) && holdsSettings(child.name, settings)
    }
    let pad = String(repeating: " ", count: indent)
    out += "\(pad)\(statement)\(name.isEmpty ? "" : " " + name)\n\(pad){\n"
    for one in settings[statement] ?? [] {
      for text in lines(one) { out += "\(pad) \(text)\n" }
    }
    for child in inner { write(child.name, "", settings, indent: indent + 1, to: &out) }
    out += "\(pad)}\n"
  }

  private func holdsSettings(_ statement: String, _ settings: [String: [EffectiveSetting]]) -> Bool
  {
    settings[statement] != nil
      || vocabulary.statements.contains {
        $0.parents.contains(statement) && settings[$0.name] != nil
      }
  }

  /// One line per suite or list item; codes in one string.
  private func lines(_ one: EffectiveSetting) -> [String] {
    switch one.shape {
    case .ciphers:
      one.values.map { code in
        CodeNames.ciphers[code].map { "\(one.keyword) \($0)" } ?? "V3CipherSuites4Char \(code)"
      }
    case .codes, .ciphers2: ["\(one.keyword) \(one.values.joined())"]
    default: one.values.map { "\(one.keyword) \($0)" }
    }
  }

  private func write(conditions rule: PolicyRule, _ groups: [String], to out: inout String) {
    if rule.isCatchAll { out += "   LocalAddr All\n" }
    for keyword in Self.conditionOrder {
      let values = RuleConditions.values(keyword, of: rule)
      if values.count == 1 { out += "   \(keyword) \(values[0])\n" }
    }
    for line in groups { out += "   \(line)\n" }
    for settings in rule.times {
      out += "   IpTimeCondition\n   {\n"
      for one in settings { out += "    \(one.keyword) \(one.values.joined(separator: " "))\n" }
      out += "   }\n"
    }
  }

  /// Several addresses or ports need a group of their own; returns the lines that name it.
  private func conditionGroups(
    _ rule: PolicyRule, _ names: inout ActionNames, to out: inout String
  ) -> [String] {
    var lines: [String] = []
    for (side, ranges) in [("Local", rule.localAddresses), ("Remote", rule.remoteAddresses)]
    where ranges.count > 1 {
      let name = names.name(side.prefix(1) + "A", rule.name)
      out += "  IpAddrGroup \(name)\n  {\n"
      for range in ranges {
        let text = range.description
        let keyword = text.contains("/") ? "Prefix" : text.contains("-") ? "Range" : "Addr"
        out +=
          "   \(keyword == "Addr" ? "IpAddr" : "IpAddrSet")\n   {\n    \(keyword) \(text)\n   }\n"
      }
      out += "  }\n"
      lines.append("\(side)AddrGroupRef \(name)")
    }
    for (side, ranges) in [("Local", rule.localPorts), ("Remote", rule.remotePorts)]
    where ranges.count > 1 {
      let name = names.name(side.prefix(1) + "P", rule.name)
      out += "  PortGroup \(name)\n  {\n"
      for range in ranges { out += "   PortRange\n   {\n    Port \(range)\n   }\n" }
      out += "  }\n"
      lines.append("\(side)PortGroupRef \(name)")
    }
    return lines
  }
}
