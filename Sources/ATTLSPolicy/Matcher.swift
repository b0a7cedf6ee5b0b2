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

  /// Splits `ADDR..PORT` as z/OS messages write it; either part may be missing or `*`.
  public static func endpoint(_ text: String) -> (address: IPAddress?, port: UInt16?)? {
    var address = text[...]
    var port: UInt16?
    if let dots = text.firstRange(of: "..") {
      address = text[..<dots.lowerBound]
      let digits = text[dots.upperBound...]
      if !digits.isEmpty, digits != "*" {
        guard digits.utf8.count <= 5, let number = UInt16(digits) else { return nil }
        port = number
      }
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
  /// How many of the rule's conditions hold, direction not counted.
  public var held = 0

  /// Does every condition hold?
  public var fits: Bool { failed.isEmpty && unknown.isEmpty }
}

/// Which rule governs a connection, and what stood in the way of the others.
public struct MatchResult: Sendable {
  /// The rule that governs; nil when none fits: the connection stays in the clear.
  public var winner: Int?
  /// Rules tried earlier that would win if what is not known suits them.
  public var possible: [RuleVerdict]
  /// Rules that fit too but are tried later.
  public var alsoFit: [Int]
  /// Rules that only just do not fit, nearest first.
  public var near: [RuleVerdict]
}

extension PolicySet {
  /// Tries the rules in order: highest priority first, then the order of the input.
  public func match(_ connection: PolicyConnection, nearLimit: Int = 5) -> MatchResult {
    var result = MatchResult(winner: nil, possible: [], alsoFit: [], near: [])
    for index in searchOrder {
      let verdict = verdict(index, connection)
      if verdict.fits {
        if result.winner == nil { result.winner = index } else { result.alsoFit.append(index) }
      } else if verdict.failed.isEmpty {
        if result.winner == nil { result.possible.append(verdict) }
      } else if verdict.held > 0 || verdict.failed.count == 1 {
        result.near.append(verdict)
      }
    }
    let near = result.near.enumerated().sorted {
      (-$0.element.held, $0.element.failed.count, $0.offset)
        < (-$1.element.held, $1.element.failed.count, $1.offset)
    }
    result.near = near.prefix(nearLimit).map(\.element)
    return result
  }

  /// The rule that governs a connection, nil when none surely fits.
  public func governingRule(for connection: PolicyConnection) -> PolicyRule? {
    match(connection).winner.map { rules[$0] }
  }

  func verdict(_ index: Int, _ connection: PolicyConnection) -> RuleVerdict {
    let rule = rules[index]
    var verdict = RuleVerdict(rule: index)
    func judge(_ holds: Bool?, _ name: String, _ wanted: () -> String, _ got: String?) {
      switch holds {
      case true?: if got != nil, !wanted().isEmpty, name != "Direction" { verdict.held += 1 }
      case false?: verdict.failed.append("\(name) is \(wanted()), not \(got ?? "")")
      case nil: verdict.unknown.append("\(name) \(wanted())")
      }
    }
    let list = { (ranges: [AddressRange]) in ranges.map(\.description).joined(separator: ",") }
    let portList = { (ranges: [PortRange]) in ranges.map(\.description).joined(separator: ",") }
    judge(
      rule.localAddresses.holds(connection.localAddress), "LocalAddr",
      { list(rule.localAddresses) }, connection.localAddress?.description)
    judge(
      rule.remoteAddresses.holds(connection.remoteAddress), "RemoteAddr",
      { list(rule.remoteAddresses) }, connection.remoteAddress?.description)
    judge(
      rule.localPorts.holds(connection.localPort), "LocalPortRange",
      { portList(rule.localPorts) }, connection.localPort.map { String($0) })
    judge(
      rule.remotePorts.holds(connection.remotePort), "RemotePortRange",
      { portList(rule.remotePorts) }, connection.remotePort.map { String($0) })
    judge(
      matches(rule.jobName, connection.job), "JobName", { rule.jobName ?? "" }, connection.job)
    judge(
      matches(rule.userId, connection.user), "UserId", { rule.userId ?? "" }, connection.user)
    judge(
      sameWay(rule.direction, connection.direction), "Direction",
      { rule.direction?.rawValue ?? "" }, connection.direction?.rawValue)
    guard rule.isNegated else { return verdict }
    if verdict.fits { return RuleVerdict(rule: index, failed: ["the condition is negated"]) }
    return RuleVerdict(rule: index, unknown: verdict.failed.isEmpty ? verdict.unknown : [])
  }

  private func sameWay(_ rule: PolicyDirection?, _ connection: PolicyDirection?) -> Bool? {
    guard let rule, rule != .both else { return true }
    guard let connection, connection != .both else { return nil }
    return rule == connection
  }

  private func matches(_ pattern: String?, _ name: String?) -> Bool? {
    guard let pattern else { return true }
    return name.map { namePattern(pattern, covers: $0) }
  }
}

/// Does a job or user pattern (`ABC*`) cover a name or another pattern?
func namePattern(_ pattern: String, covers name: String) -> Bool {
  let pattern = pattern.uppercased()
  let name = name.uppercased()
  return pattern.hasSuffix("*") ? name.hasPrefix(pattern.dropLast()) : pattern == name
}

extension [AddressRange] {
  fileprivate func holds(_ address: IPAddress?) -> Bool? {
    if isEmpty { return true }
    return address.map { address in contains { $0.contains(address) } }
  }
}

extension [PortRange] {
  fileprivate func holds(_ port: UInt16?) -> Bool? {
    if isEmpty { return true }
    return port.map { port in contains { $0.low <= port && port <= $0.high } }
  }
}
