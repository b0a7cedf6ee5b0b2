/// Where a value comes from.
public struct PolicySource: Sendable, Hashable {
  /// The action's scope.
  public var scope: PolicyScope
  /// The action's name.
  public var action: String
  /// The input.
  public var file: String
  /// The line the value stands on.
  public var line: Int
  /// What that action codes.
  public var values: [String]
}

/// What holds for a connection: the strongest scope's value, or the default.
public struct EffectiveSetting: Sendable {
  /// The keyword.
  public var keyword: String
  /// The value in force.
  public var values: [String]
  /// Where it is coded; nil when it is the default.
  public var source: PolicySource?
  /// Weaker scopes that code it too, strongest first.
  public var overridden: [PolicySource]
  /// Is it what would hold without being coded?
  public var isDefault: Bool
  /// Worth showing even when it is the default.
  var isAlwaysShown: Bool
  var shape: ValueShape?
}

extension PolicySet {
  /// The value of one keyword in force for a rule, nil when it is neither coded nor has a default.
  public func effective(_ keyword: String, for rule: PolicyRule) -> EffectiveSetting? {
    let entry = Vocabulary.standard.home(keyword)
    let name = entry?.storedAs ?? keyword
    var sources: [PolicySource] = []
    for scope in PolicyScope.allCases.reversed() {
      guard let action = action(scope, of: rule), let found = action.settings[name] else {
        continue
      }
      sources.append(
        PolicySource(
          scope: scope, action: action.name, file: action.file, line: found.line,
          values: found.values))
    }
    let defaults = defaultValues(entry, for: rule)
    guard let values = sources.first?.values ?? (defaults.isEmpty ? nil : defaults) else {
      return nil
    }
    return EffectiveSetting(
      keyword: name, values: values, source: sources.first,
      overridden: Array(sources.dropFirst()), isDefault: !defaults.isEmpty && values == defaults,
      isAlwaysShown: entry?.isAlwaysShown ?? true, shape: entry?.shape)
  }

  /// Every value in force for a rule, in the vocabulary's order, then keywords it does not know.
  public func effective(for rule: PolicyRule) -> [EffectiveSetting] {
    var coded = Set<String>()
    for index in rule.actions { coded.formUnion(actions[index].settings.keys) }
    var all: [EffectiveSetting] = []
    for name in Vocabulary.actionKeywords {
      coded.remove(name)
      if let one = effective(name, for: rule) { all.append(one) }
    }
    for name in coded.sorted() {
      if let one = effective(name, for: rule) { all.append(one) }
    }
    return all
  }

  /// The values a compact report shows: what is not the default, and what always matters.
  func notable(for rule: PolicyRule) -> [EffectiveSetting] {
    effective(for: rule).filter { one in
      // What somebody wrote into a YAML document is kept: it was meant.
      kind == .yaml && one.source != nil || one.isAlwaysShown || !one.isDefault
    }
  }

  func isOn(_ keyword: String, for rule: PolicyRule) -> Bool {
    effective(keyword, for: rule)?.values.first == "On"
  }

  private func defaultValues(_ entry: KeywordEntry?, for rule: PolicyRule) -> [String] {
    guard let entry else { return [] }
    if !entry.defaults13.isEmpty, isOn("TLSv1.3", for: rule) { return entry.defaults13 }
    return entry.defaults
  }
}

extension Vocabulary {
  /// Every keyword that belongs to an action, once: what one asks for first, then table order.
  static let actionKeywords: [String] = {
    let table = Vocabulary.standard
    let first = ["TTLSEnabled", "Trace", "CtraceClearText", "HandshakeRole", "Keyring"]
    return uniqued(first + table.keywordNames).filter { name in
      guard let home = table.home(name), home.storedAs == name else { return false }
      if case .reference = home.shape { return false }
      return table.homeScope(home) != nil
    }
  }()
}
