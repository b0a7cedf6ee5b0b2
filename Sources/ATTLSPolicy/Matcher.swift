public import TraceModel

/// A connection as far as it is known.
public struct PolicyConnection: Sendable {
  /// Job name.
  public var job: String?
  /// User ID.
  public var user: String?
  /// Local address.
  public var localAddress: IPAddress?
  /// Local port.
  public var localPort: UInt16?
  /// Remote address.
  public var remoteAddress: IPAddress?
  /// Remote port.
  public var remotePort: UInt16?
  /// Who opened it; `.both` counts as not known.
  public var direction: PolicyDirection?

  /// A connection of which nothing is known yet.
  public init() {}

  /// Splits `ADDR..PORT` as z/OS messages write it, and `ADDR:PORT`; either part may be missing or `*`.
  public static func endpoint(_ text: String) -> (address: IPAddress?, port: UInt16?)? {
    let parts = EndpointText(text)
    let address = parts.address
    var port: UInt16?
    if let digits = parts.port, !digits.isEmpty, digits != "*" {
      guard digits.utf8.count <= 5, let number = UInt16(digits) else { return nil }
      port = number
    }
    if address.isEmpty || address == "*" { return (nil, port) }
    guard let parsed = IPAddress(address) else { return nil }
    return (parsed, port)
  }
}

/// How one rule takes a connection.
public struct RuleVerdict: Sendable {
  /// The rule's place in `PolicySet.rules`.
  public var rule: Int
  /// Conditions that do not hold, each in words.
  public var failed: [String] = []
  /// Conditions that cannot be decided with what is known.
  public var unknown: [String] = []
}

/// Which rule governs a connection, and what stood in the way of the others.
public struct MatchResult: Sendable {
  /// The rule that governs if none of `possible` does; nil when none fits: the connection stays in the
  /// clear.
  public var winner: Int?
  /// The first rules tried before the winner that would win if what is not known suits them.
  public var possible: [RuleVerdict] = []
  /// How many of those there are.
  public var possibleCount = 0
  /// What one has to know to decide those, such as "the user ID".
  public var missing: [String] = []
  /// The first rules that fit too but are tried later.
  public var alsoFit: [Int] = []
  /// Rules that only just do not fit, nearest first.
  public var near: [RuleVerdict] = []

  /// Does what is known not suffice to name the rule?
  public var isUndecided: Bool { possibleCount > 0 }
}

extension PolicySet {
  /// Tries the rules in the order of Policy Agent: highest priority first, equal ones by name.
  ///
  /// Of the rules that do not govern, `limit` of each kind get words.
  public func match(_ connection: PolicyConnection, limit: Int = 5) -> MatchResult {
    let facts = ConnectionFacts(connection)
    var result = MatchResult()
    var missing: ConditionSet = []
    var possible: [(rule: Int, tally: Tally)] = []
    var near: [(rule: Int, tally: Tally)] = []
    for place in searchOrder {
      let tally = RuleTest(rules[place], at: place).tally(facts, stopsAtFailure: false)
      switch tally.outcome {
      case .fits:
        if result.winner == nil {
          result.winner = place
        } else if result.alsoFit.count < limit {
          result.alsoFit.append(place)
        }
      case .undecided where result.winner == nil:
        result.possibleCount += 1
        missing.formUnion(tally.unknown)
        if possible.count < limit { possible.append((place, tally)) }
      case .undecided: break
      case .fails:
        let isNear = tally.held > 0 || tally.failed.kinds.count == 1
        if isNear, !tally.isNegated { near.append((place, tally)) }
      }
    }
    // The sort keeps the order of search among equals.
    let nearest = near.enumerated().sorted { a, b in
      let (one, other) = (a.element.tally, b.element.tally)
      return (-one.held, one.failed.kinds.count, a.offset)
        < (-other.held, other.failed.kinds.count, b.offset)
    }
    result.missing = missing.kinds.map(\.fact)
    result.possible = possible.map { words($0.tally, $0.rule, connection) }
    result.near = nearest.prefix(limit).map {
      words($0.element.tally, $0.element.rule, connection)
    }
    return result
  }

  /// What a rule asks for that is not known of a connection, each condition in words.
  public func open(_ place: Int, for connection: PolicyConnection) -> [String] {
    let facts = ConnectionFacts(connection)
    let tally = RuleTest(rules[place], at: place).tally(facts, stopsAtFailure: false)
    return words(tally, place, connection).unknown
  }

  private func words(_ tally: Tally, _ place: Int, _ connection: PolicyConnection) -> RuleVerdict {
    let rule = rules[place]
    return RuleVerdict(
      rule: place,
      failed: tally.failed.kinds.map { kind in
        "\(kind.keyword) is \(wanted(kind, rule)), not \(known(kind, connection))"
      },
      unknown: tally.unknown.kinds.map { kind in
        let wanted = wanted(kind, rule)
        let isNegated = tally.isNegated ? "not " : ""
        return isNegated
          + (kind == .time ? "the time suits its \(kind.keyword)" : "\(kind.keyword) \(wanted)")
      })
  }

  /// The condition as it is coded; of many addresses or ports the first ones.
  private func wanted(_ kind: ConditionKind, _ rule: PolicyRule) -> String {
    switch kind {
    case .localAddress: list(rule.localAddresses)
    case .remoteAddress: list(rule.remoteAddresses)
    case .localPort: list(rule.localPorts)
    case .remotePort: list(rule.remotePorts)
    case .job: rule.jobName ?? ""
    case .user: rule.userId ?? ""
    case .direction: rule.direction?.rawValue ?? ""
    case .time: ""
    }
  }

  private func list(_ ranges: some Collection<some CustomStringConvertible>) -> String {
    ranges.prefix(8).map(\.description).joined(separator: ",")
      + (ranges.count > 8 ? " and \(ranges.count - 8) more" : "")
  }

  private func known(_ kind: ConditionKind, _ connection: PolicyConnection) -> String {
    let text: String? =
      switch kind {
      case .localAddress: connection.localAddress?.description
      case .remoteAddress: connection.remoteAddress?.description
      case .localPort: connection.localPort.map { String($0) }
      case .remotePort: connection.remotePort.map { String($0) }
      case .job: connection.job
      case .user: connection.user
      case .direction: connection.direction?.rawValue
      case .time: nil
      }
    return text ?? ""
  }
}
