/// Finds rules that never win, because a rule tried earlier takes all their connections.
///
/// A rule that covers another has to leave each condition open or cover the other's, so earlier
/// rules are filed under one exact condition they have, and only files that fit are compared.
struct ShadowCheck {
  /// Comparisons after which the check stops: rules made of ranges only compare all with all.
  static let comparisonLimit = 100_000_000

  /// The pairs of rules that were compared: a measure of the work.
  private(set) var comparisons = 0
  private(set) var found = PolicyDiagnostics()
  private var filed: [RuleTest.Key: [Int]] = [:]
  private var open: [Int] = []

  init(_ set: PolicySet) {
    let tests = set.searchOrder.map { RuleTest(set.rules[$0], at: $0) }
    for (place, test) in tests.enumerated() where test.direction != nil {
      let keys = test.keys
      if let earlier = cover(of: test, keys, in: tests) {
        warn(tests[earlier].rule, test.rule, set)
      }
      if comparisons > Self.comparisonLimit {
        let rule = set.rules[test.rule]
        found.warning(
          rule.file, rule.line, "the search for rules that never win stopped here",
          "too many rules with ranges only")
        return
      }
      guard !test.isNegated, !test.hasTimes else { continue }
      if let key = keys.first { filed[key, default: []].append(place) } else { open.append(place) }
    }
  }

  private mutating func cover(
    of test: RuleTest, _ keys: [RuleTest.Key], in tests: [RuleTest]
  ) -> Int? {
    if let one = first(in: open, covering: test, tests) { return one }
    for key in keys {
      if let files = filed[key], let one = first(in: files, covering: test, tests) { return one }
    }
    return nil
  }

  private mutating func first(
    in places: [Int], covering test: RuleTest, _ tests: [RuleTest]
  ) -> Int? {
    let work = 1 + test.localAddresses.runCount + test.remoteAddresses.runCount
    for place in places {
      if tests[place].covers(test) { return place }
      comparisons += tests[place].sharesSpan(with: test) ? work : 1
      if comparisons > Self.comparisonLimit { return nil }
    }
    return nil
  }

  private mutating func warn(_ earlier: Int, _ place: Int, _ set: PolicySet) {
    let (winner, rule) = (set.rules[earlier], set.rules[place])
    let takes = "\(winner.name) (line \(winner.line)) takes all its connections"
    guard set.isOrderCertain(earlier, before: place) else {
      found.warning(
        rule.file, rule.line,
        "\(rule.name) or \(winner.name) (line \(winner.line)) never wins: both have Priority"
          + " \(rule.priority), and which of the two names Policy Agent sorts first is not known here",
        "give one of them a higher Priority")
      return
    }
    let why =
      if winner.priority > rule.priority {
        ", Priority \(winner.priority) over \(rule.priority)"
      } else if winner.name == rule.name {
        " and stands first"
      } else {
        ": of equal Priority, the rule whose name sorts first is tried first"
      }
    found.warning(
      rule.file, rule.line, "\(rule.name) never wins: \(takes)\(why)",
      "give \(rule.name) a Priority above \(winner.priority), or narrow \(winner.name)")
  }
}
