/// Which rule governs a connection, without words: what many connections are decided with.
public struct PolicyDecision: Sendable {
  /// The rule that governs; nil when none surely fits.
  public var winner: Int?
  /// The first rules tried before that one that would win if what is not known suits them.
  public var possible: [Int] = []
  /// There are more of those, and what comes after them was not looked at: the winner is not known.
  public var hasMore = false
  /// The rules that were looked at: a measure of the work.
  var examined = 0
}

/// The rules of a policy made ready for many connections.
///
/// Rules are filed under one exact condition they have (a port, an address, a name), and only those
/// that can hold are looked at, in the order in which Policy Agent tries them.
public struct PolicyMatcher: Sendable {
  /// Possible rules after which a decision ends: with so many it is undecided whatever follows.
  public static let possibleLimit = 20

  /// In the order in which they are tried.
  let tests: [RuleTest]
  private var filed: [RuleTest.Key: [Int]] = [:]
  /// All that are filed under one kind of condition: looked at when that fact is not known.
  private var filedUnder: [ConditionKind: [Int]] = [:]
  /// Rules without an exact condition.
  private var open: [Int] = []
  private let places: [String: Int]

  /// Makes the rules of a policy ready.
  public init(_ set: PolicySet) {
    tests = set.searchOrder.map { RuleTest(set.rules[$0], at: $0) }
    places = set.rulePlaces
    for (place, test) in tests.enumerated() {
      // A negated rule takes what its condition does not hold for.
      guard let key = test.keys.first, !test.isNegated else {
        open.append(place)
        continue
      }
      filed[key, default: []].append(place)
      filedUnder[key.kind, default: []].append(place)
    }
  }

  /// The place of the first rule of that name, whatever the case.
  public func place(ofRule name: String) -> Int? {
    places[name] ?? places[name.lowercased()]
  }

  /// Decides one connection.
  public func decide(_ connection: PolicyConnection) -> PolicyDecision {
    let facts = ConnectionFacts(connection)
    var decision = PolicyDecision()
    let lists = candidates(facts)
    var next = [Int](repeating: 0, count: lists.count)
    while true {
      var least: Int?
      for list in lists.indices where next[list] < lists[list].count {
        if least.map({ lists[list][next[list]] < lists[$0][next[$0]] }) ?? true { least = list }
      }
      guard let least else { return decision }
      let test = lists[least][next[least]]
      next[least] += 1
      decision.examined += 1
      switch tests[test].tally(facts, stopsAtFailure: true).outcome {
      case .fits:
        decision.winner = tests[test].rule
        return decision
      case .undecided:
        guard decision.possible.count < Self.possibleLimit else {
          decision.hasMore = true
          return decision
        }
        decision.possible.append(tests[test].rule)
      case .fails: break
      }
    }
  }

  /// Lists of places, each ascending, that hold every rule that can fit.
  private func candidates(_ facts: ConnectionFacts) -> [[Int]] {
    let connection = facts.connection
    var lists = [open]
    func add(_ kind: ConditionKind, _ key: RuleTest.Key?) {
      guard let all = filedUnder[kind] else { return }
      if let key {
        if let some = filed[key] { lists.append(some) }
      } else {
        lists.append(all)
      }
    }
    add(.localPort, connection.localPort.map { .localPort($0) })
    add(.remotePort, connection.remotePort.map { .remotePort($0) })
    add(.localAddress, connection.localAddress.map { .localAddress($0) })
    add(.remoteAddress, connection.remoteAddress.map { .remoteAddress($0) })
    add(.job, facts.job.map { .job($0) })
    add(.user, facts.user.map { .user($0) })
    return lists
  }
}

extension PolicySet {
  /// Places of the rules by name, and by name in small letters where no rule is spelled so.
  var rulePlaces: [String: Int] {
    var places: [String: Int] = [:]
    for (place, rule) in rules.enumerated() where places[rule.name] == nil {
      places[rule.name] = place
    }
    for (place, rule) in rules.enumerated() {
      let name = rule.name.lowercased()
      if places[name] == nil { places[name] = place }
    }
    return places
  }
}
