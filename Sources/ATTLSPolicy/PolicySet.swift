/// One keyword with its value, as an action or a condition coded it.
public struct PolicySetting: Sendable, Hashable {
  /// The keyword, in the vocabulary's spelling where it is known.
  public var keyword: String
  /// The value; several for a list.
  public var values: [String]
  /// The line it stands on.
  public var line: Int
}

/// A group, environment or connection action with everything its nested statements code.
public struct PolicyAction: Sendable {
  /// Which of the three it is.
  public var scope: PolicyScope
  /// Its name; empty for an inline action without one.
  public var name: String
  /// The input that defines it.
  public var file: String
  /// The line its definition starts on.
  public var line: Int
  /// Every value by keyword.
  public var settings: [String: PolicySetting] = [:]
  /// What the lists hold, so that a long one is not searched for each value.
  private var listed: [String: Set<String>] = [:]

  init(scope: PolicyScope, name: String, file: String, line: Int) {
    self.scope = scope
    self.name = name
    self.file = file
    self.line = line
  }

  /// Adds a value: lists grow, anything else is replaced.
  mutating func add(_ keyword: String, _ values: [String], line: Int, isList: Bool) {
    guard isList else {
      settings[keyword] = PolicySetting(keyword: keyword, values: values, line: line)
      return
    }
    for value in values where listed[keyword, default: []].insert(value).inserted {
      settings[keyword, default: PolicySetting(keyword: keyword, values: [], line: line)]
        .values.append(value)
    }
  }
}

/// The side that opened the connection, as seen from this stack.
public enum PolicyDirection: String, Sendable, CaseIterable {
  /// The partner opened it.
  case inbound = "Inbound"
  /// This stack opened it.
  case outbound = "Outbound"
  /// Either; of a connection: not known.
  case both = "Both"
}

/// A TTLSRule: which connections it takes, and the actions that govern them.
public struct PolicyRule: Sendable {
  /// Its name.
  public var name: String
  /// The input that defines it.
  public var file: String
  /// The line its definition starts on.
  public var line: Int
  /// Higher wins.
  public var priority: UInt64 = 1
  /// Nil when the policy does not say, or says something illegal.
  public var direction: PolicyDirection?
  /// Local addresses; empty means all.
  public var localAddresses = AddressSet()
  /// Remote addresses; empty means all.
  public var remoteAddresses = AddressSet()
  /// Local ports; empty means all.
  public var localPorts: [PortRange] = []
  /// Remote ports; empty means all.
  public var remotePorts: [PortRange] = []
  /// Job name, may end in `*`.
  public var jobName: String?
  /// User ID.
  public var userId: String?
  /// When the rule holds, one list per time condition; empty means always.
  public var times: [[PolicySetting]] = []
  /// The condition is reversed (`NegativeIndicator: On` in a listing).
  public var isNegated = false
  /// Where each condition was coded.
  public var lines: [String: Int] = [:]
  /// Its actions: places in `PolicySet.actions`, in the order the rule names them.
  public var actions: [Int] = []

  /// Does no condition narrow the rule down, so that it takes every connection of its direction?
  public var isCatchAll: Bool {
    localAddresses.isEmpty && remoteAddresses.isEmpty && localPorts.isEmpty && remotePorts.isEmpty
      && jobName == nil && userId == nil && times.isEmpty
  }

  /// The line a condition stands on, the rule's own when it is not coded.
  public func line(of keyword: String) -> Int { lines[keyword] ?? line }
}

/// What kind of input a policy was read from.
public enum PolicyInputKind: String, Sendable {
  /// A file for the Policy Agent.
  case policy
  /// Output of `pasearch`.
  case listing
  /// Compact YAML.
  case yaml
}

/// An AT-TLS policy, whichever way it was written down.
public struct PolicySet: Sendable {
  /// What it was read from.
  public internal(set) var kind: PolicyInputKind
  /// The rules in the order of the input.
  public internal(set) var rules: [PolicyRule] = []
  /// The actions that rules name.
  public internal(set) var actions: [PolicyAction] = []
  /// Documents that other documents build on and that are no rules themselves.
  public internal(set) var templates: [String] = []
  /// What a listing says about itself: stack, release, date.
  public internal(set) var origin: String = ""
  /// What was wrong with the input itself.
  public internal(set) var diagnostics = PolicyDiagnostics()

  init(kind: PolicyInputKind) { self.kind = kind }

  /// The first rule of that name, whatever the case.
  public func rule(named name: String) -> PolicyRule? {
    if let exact = rules.first(where: { $0.name == name }) { return exact }
    let folded = name.lowercased()
    return rules.first { $0.name.lowercased() == folded }
  }

  /// The rule's action of one scope.
  public func action(_ scope: PolicyScope, of rule: PolicyRule) -> PolicyAction? {
    rule.actions.lazy.map { self.actions[$0] }.first { $0.scope == scope }
  }
}
