internal import TraceBytes

extension PolicySet {
  /// What `match` found, in sentences: the rule or that it is undecided and why, then what stood in
  /// the way of the others.
  public func text(of result: MatchResult) -> String {
    var out = ""
    if result.isUndecided {
      out += "undecided: \(Self.list(result.missing)) \(result.missing.count == 1 ? "is" : "are")"
      out += " not known\n"
      for verdict in result.possible {
        out += line("would govern", verdict, "if " + verdict.unknown.joined(separator: ", "))
      }
      if result.possibleCount > result.possible.count {
        out += "and \(result.possibleCount - result.possible.count) more rules\n"
      }
      out += result.winner == nil ? "otherwise " : "otherwise: "
    }
    if let winner = result.winner {
      out += governing(winner)
    } else {
      out += "no rule fits: the connection is not protected by AT-TLS\n"
    }
    for place in result.alsoFit {
      out += "also fits, but is tried later: \(rules[place].name) (line \(rules[place].line))\n"
    }
    if let winner = result.winner,
      let rival = result.alsoFit.first(where: { !isOrderCertain(winner, before: $0) })
    {
      out += """
        not certain: \(rules[winner].name) and \(rules[rival].name) have the same Priority, and how \
        Policy Agent sorts small and capital letters, digits and signs of their names is not known \
        here; give one a higher Priority

        """
    }
    for verdict in result.near {
      out += line("does not fit", verdict, verdict.failed.joined(separator: "; "))
    }
    return out.split(separator: "\n", omittingEmptySubsequences: false)
      .map { VisibleText.of(String($0)) }.joined(separator: "\n")
  }

  private func governing(_ place: Int) -> String {
    let rule = rules[place]
    var out = "rule \(rule.name) (\(rule.file):\(rule.line), Priority \(rule.priority))\n"
    for scope in PolicyScope.allCases {
      guard let action = action(scope, of: rule) else { continue }
      out += "  \(scope.statement) \(action.name) (line \(action.line))\n"
    }
    let clear = clearText(of: rule)
    let from = clear.source.map { " from \($0.action) (line \($0.line))" } ?? " by default"
    return out + "  CtraceClearText \(clear.isOn ? "On" : "Off")\(from)\n"
  }

  private func line(_ what: String, _ verdict: RuleVerdict, _ why: String) -> String {
    let rule = rules[verdict.rule]
    return "\(what): \(rule.name) (line \(rule.line)): \(why)\n"
  }

  private static func list(_ words: [String]) -> String {
    guard let last = words.last, words.count > 1 else { return words.joined() }
    return words.dropLast().joined(separator: ", ") + " and " + last
  }
}
