/// Writes rules as compact YAML: `key : value`, what is default left out.
public struct PolicyReport: Sendable {
  /// Show every value in force, also defaults, and what weaker scopes code.
  public var showsAll = false
  /// Name the action a value comes from in a comment.
  public var hasComments = true
  /// Only the rule of this name.
  public var ruleName: String?

  /// A compact report of all rules.
  public init(showsAll: Bool = false, hasComments: Bool = true, ruleName: String? = nil) {
    self.showsAll = showsAll
    self.hasComments = hasComments
    self.ruleName = ruleName
  }

  /// Column at which comments begin, where there is room.
  private static let commentColumn = 44

  /// The report as YAML, rules in the order they are tried.
  public func yaml(_ set: PolicySet) -> String {
    let rules = selected(set)
    var out = ""
    if hasComments {
      out += "# \(rules.count) \(rules.count == 1 ? "rule" : "rules"), in the order they are tried"
      out += set.origin.isEmpty ? "\n" : "; \(set.origin)\n"
    }
    for rule in rules { write(rule, of: set, to: &out) }
    return out
  }

  func selected(_ set: PolicySet) -> [PolicyRule] {
    guard let ruleName else { return set.searchOrder.map { set.rules[$0] } }
    return set.rule(named: ruleName).map { [$0] } ?? []
  }

  private func write(_ rule: PolicyRule, of set: PolicySet, to out: inout String) {
    out += "---\n"
    line("policyRule", [rule.name], comment: rule.isNegated ? "condition negated" : nil, to: &out)
    for keyword in RuleConditions.keywords {
      var values = RuleConditions.values(keyword, of: rule)
      if values.isEmpty, showsAll { values = fallback(keyword) }
      if values.isEmpty, keyword == "LocalAddr", rule.isCatchAll { values = ["All"] }
      line(keyword, values, comment: nil, to: &out)
    }
    times(rule, to: &out)
    for one in showsAll ? set.effective(for: rule) : set.notable(for: rule) {
      let texts = one.values.map { CodeNames.label($0, shape: one.shape ?? .word) }
      guard one.shape != nil else {
        // A newer release's keyword: shown, but nothing `generate` could place.
        out += "# \(one.keyword) : \(texts.joined(separator: " "))\n"
        continue
      }
      let isList = one.shape == .ciphers || one.shape == .codes && one.values != ["Any"]
      line(one.keyword, texts, isList: isList, comment: comment(one), to: &out)
    }
  }

  private func fallback(_ keyword: String) -> [String] {
    Vocabulary.standard.entry(keyword, in: "TTLSRule")?.defaults ?? []
  }

  private func comment(_ one: EffectiveSetting) -> String? {
    guard let source = one.source else { return "default" }
    var text = describe(source)
    if showsAll {
      for other in one.overridden {
        text += ", over \(describe(other)): \(other.values.joined(separator: " "))"
      }
    }
    return text
  }

  private func describe(_ source: PolicySource) -> String {
    source.action.isEmpty ? source.scope.rawValue : "\(source.scope.rawValue) \(source.action)"
  }

  private func line(
    _ key: String, _ values: [String], isList: Bool = false, comment: String?, to out: inout String
  ) {
    guard let first = values.first else { return }
    var text = "\(key) : "
    let isList = isList || values.count > 1
    text += isList ? "[" : Self.scalar(first)
    if let comment, hasComments {
      let gap = max(1, Self.commentColumn - text.count)
      text += String(repeating: " ", count: gap) + "# " + comment
    }
    out += text + "\n"
    guard isList else { return }
    for value in values { out += "   \(Self.scalar(value, isItem: true)),\n" }
    out += " ]\n"
  }

  private func times(_ rule: PolicyRule, to out: inout String) {
    guard !rule.times.isEmpty else { return }
    out += "IpTimeCondition :\n"
    for settings in rule.times {
      for (i, one) in settings.enumerated() {
        let value = Self.scalar(one.values.joined(separator: " "))
        out += (i == 0 ? " - " : "   ") + "\(one.keyword) : \(value)\n"
      }
    }
  }

  /// A YAML scalar: plain where nothing can be misread, else in single quotes.
  static func scalar(_ text: String, isItem: Bool = false) -> String {
    let isPlain = text.utf8.allSatisfy { byte in
      (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
        || "/._~+-@$".utf8.contains(byte) || (isItem && byte == 32)
    }
    let startsPlain = text.utf8.first.map { !"+-@~.".utf8.contains($0) } ?? false
    // Readers that take digits for a number would lose the leading zero.
    let isZeroed = text.utf8.count > 1 && text.hasPrefix("0") && text.utf8.allSatisfy { $0 < 58 }
    if isPlain, startsPlain, !text.hasSuffix(" "), !isZeroed || text.contains(".") { return text }
    return "'"
      + text.split(separator: "'", omittingEmptySubsequences: false)
      .joined(separator: "''") + "'"
  }
}
