/// How often each rule was used and how its connections fared.
public struct ATTLSRuleUsage: Sendable {
  /// One rule.
  public struct Rule: Sendable {
    /// The rule's name; empty for connections whose rule the log does not show.
    public var name: String
    /// Connections that used it.
    public var connections = 0
    /// Connections that became secure without a failure.
    public var secure = 0
    /// Connections with a failure.
    public var failed = 0
    /// Return codes and how many connections they hit.
    public var returnCodes: [Int: Int] = [:]
    /// Protocol and suite, and how many connections agreed on them.
    public var suites: [String: Int] = [:]
    /// When it was used first.
    public var first: ATTLSTime?
    /// When it was used last.
    public var last: ATTLSTime?
  }

  private static let maximumRules = 10_000

  private var index: [String: Int] = [:]
  /// The rules, in the order of their first use.
  public private(set) var rules: [Rule] = []

  /// Makes an empty count.
  public init() {}

  /// Counts a connection.
  public mutating func add(_ connection: ATTLSConnection) {
    let name = connection.rule ?? ""
    let position: Int
    if let known = index[name] {
      position = known
    } else {
      guard rules.count < Self.maximumRules else { return }
      position = rules.count
      index[name] = position
      rules.append(Rule(name: name))
    }
    rules[position].connections += 1
    rules[position].first = rules[position].first ?? connection.start
    rules[position].last = connection.end ?? rules[position].last
    switch connection.outcome {
    case .secure: rules[position].secure += 1
    case .failed: rules[position].failed += 1
    case .unfinished, .noHandshake: break
    }
    for code in Set(connection.failures.map(\.returnCode)) {
      rules[position].returnCodes[code, default: 0] += 1
    }
    if connection.isSecure {
      let suite = [connection.protocolText, connection.cipher].compactMap { $0 }
        .joined(separator: " ")
      rules[position].suites[suite, default: 0] += 1
    }
  }
}
