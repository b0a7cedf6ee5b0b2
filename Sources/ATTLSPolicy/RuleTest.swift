internal import TraceModel

/// One of a rule's conditions.
enum ConditionKind: UInt8, CaseIterable {
  case localAddress, remoteAddress, localPort, remotePort, job, user, direction, time

  /// The keyword that codes it.
  var keyword: String {
    switch self {
    case .localAddress: "LocalAddr"
    case .remoteAddress: "RemoteAddr"
    case .localPort: "LocalPortRange"
    case .remotePort: "RemotePortRange"
    case .job: "JobName"
    case .user: "UserId"
    case .direction: "Direction"
    case .time: "IpTimeCondition"
    }
  }

  /// What one has to know of a connection to decide it.
  var fact: String {
    switch self {
    case .localAddress: "the local address"
    case .remoteAddress: "the remote address"
    case .localPort: "the local port"
    case .remotePort: "the remote port"
    case .job: "the job name"
    case .user: "the user ID"
    case .direction: "the direction"
    case .time: "the time"
    }
  }
}

/// A set of conditions.
struct ConditionSet: OptionSet {
  let rawValue: UInt8

  init(rawValue: UInt8) { self.rawValue = rawValue }
  init(_ kind: ConditionKind) { rawValue = 1 << kind.rawValue }

  var kinds: [ConditionKind] { ConditionKind.allCases.filter { contains(ConditionSet($0)) } }
}

/// Which of a rule's conditions hold for a connection.
struct Tally {
  /// Conditions that do not hold.
  var failed: ConditionSet = []
  /// Conditions that cannot be decided with what is known.
  var unknown: ConditionSet = []
  /// Coded conditions that hold; the direction, which every rule codes, is not counted.
  var held = 0
  /// The rule takes what its condition, as a whole, does not hold for.
  var isNegated = false

  /// What follows for the rule.
  enum Outcome { case fits, undecided, fails }

  var outcome: Outcome {
    if isNegated {
      if !failed.isEmpty { return .fits }
      return unknown.isEmpty ? .fails : .undecided
    }
    if !failed.isEmpty { return .fails }
    return unknown.isEmpty ? .fits : .undecided
  }
}

/// A job name or user ID of a rule: `*` at its end stands for any rest, case does not matter.
struct NamePattern {
  /// The name without its star, in capital letters.
  let name: [UInt8]
  let isPrefix: Bool

  init(_ text: String) {
    let folded = Self.folded(text)
    isPrefix = folded.last == UInt8(ascii: "*")
    name = isPrefix ? Array(folded.dropLast()) : folded
  }

  /// ASCII letters as capital ones.
  static func folded(_ text: String) -> [UInt8] {
    text.utf8.map { (0x61...0x7A).contains($0) ? $0 ^ 0x20 : $0 }
  }

  func matches(_ folded: [UInt8]) -> Bool {
    isPrefix ? folded.starts(with: name) : folded == name
  }

  /// Does every name that the other covers match?
  func covers(_ other: NamePattern) -> Bool {
    isPrefix ? other.name.starts(with: name) : !other.isPrefix && other.name == name
  }
}

/// A connection made ready for many rules.
struct ConnectionFacts {
  var connection: PolicyConnection
  var job: [UInt8]?
  var user: [UInt8]?

  init(_ connection: PolicyConnection) {
    self.connection = connection
    job = connection.job.map(NamePattern.folded)
    user = connection.user.map(NamePattern.folded)
  }
}

/// A rule's conditions made ready for many connections and for other rules: case is folded once, and
/// ports and addresses are first compared by their span.
struct RuleTest {
  /// Ports from the first to the last; ranges between them are kept only where there are several.
  struct Ports {
    var span: ClosedRange<UInt16> = 0...UInt16.max
    var isOpen = true
    var several: [PortRange] = []

    init(_ ranges: [PortRange]) {
      guard let low = ranges.map(\.low).min(), let high = ranges.map(\.high).max() else { return }
      span = low...high
      isOpen = false
      if ranges.count > 1 { several = ranges }
    }

    func holds(_ port: UInt16) -> Bool {
      span.contains(port)
        && (several.isEmpty || several.contains { $0.low <= port && port <= $0.high })
    }

    func covers(_ other: Ports) -> Bool {
      if isOpen { return true }
      if other.isOpen { return false }
      guard span.lowerBound <= other.span.lowerBound, other.span.upperBound <= span.upperBound
      else {
        return false
      }
      if several.isEmpty { return true }
      let inner =
        other.several.isEmpty
        ? PortRange(low: other.span.lowerBound, high: other.span.upperBound).map { [$0] } ?? []
        : other.several
      return inner.allSatisfy { range in several.contains { $0.contains(range) } }
    }

    /// The one port asked for, where it is one.
    var single: UInt16? {
      !isOpen && span.lowerBound == span.upperBound ? span.lowerBound : nil
    }
  }

  /// The rule's place in `PolicySet.rules`.
  let rule: Int
  let localPorts: Ports
  let remotePorts: Ports
  let localAddresses: AddressSet
  let remoteAddresses: AddressSet
  let job: NamePattern?
  let user: NamePattern?
  let direction: PolicyDirection?
  let hasTimes: Bool
  let isNegated: Bool
  private let localSpan: ClosedRange<UInt128>
  private let remoteSpan: ClosedRange<UInt128>

  init(_ rule: PolicyRule, at place: Int) {
    self.rule = place
    localPorts = Ports(rule.localPorts)
    remotePorts = Ports(rule.remotePorts)
    localAddresses = rule.localAddresses
    remoteAddresses = rule.remoteAddresses
    job = rule.jobName.map { NamePattern($0) }
    user = rule.userId.map { NamePattern($0) }
    direction = rule.direction
    hasTimes = !rule.times.isEmpty
    isNegated = rule.isNegated
    localSpan = rule.localAddresses.span ?? 0...UInt128.max
    remoteSpan = rule.remoteAddresses.span ?? 0...UInt128.max
  }

  /// Holds the connection against the conditions; a search that only asks whether the rule fits stops
  /// at the first condition that fails.
  func tally(_ facts: ConnectionFacts, stopsAtFailure: Bool) -> Tally {
    var tally = Tally(isNegated: isNegated)
    let stops = stopsAtFailure && !isNegated
    let connection = facts.connection
    ports(localPorts, connection.localPort, .localPort, &tally)
    if stops, !tally.failed.isEmpty { return tally }
    ports(remotePorts, connection.remotePort, .remotePort, &tally)
    if stops, !tally.failed.isEmpty { return tally }
    addresses(localAddresses, localSpan, connection.localAddress, .localAddress, &tally)
    addresses(remoteAddresses, remoteSpan, connection.remoteAddress, .remoteAddress, &tally)
    if stops, !tally.failed.isEmpty { return tally }
    name(job, facts.job, .job, &tally)
    name(user, facts.user, .user, &tally)
    way(connection.direction, &tally)
    if hasTimes { tally.unknown.insert(ConditionSet(.time)) }
    return tally
  }

  private func ports(
    _ wanted: Ports, _ port: UInt16?, _ kind: ConditionKind, _ tally: inout Tally
  ) {
    if wanted.isOpen { return }
    count(port.map(wanted.holds), kind, &tally)
  }

  private func addresses(
    _ wanted: AddressSet, _ span: ClosedRange<UInt128>, _ address: IPAddress?,
    _ kind: ConditionKind, _ tally: inout Tally
  ) {
    if wanted.isEmpty { return }
    count(address.map { span.contains($0.value) && wanted.contains($0) }, kind, &tally)
  }

  private func name(
    _ wanted: NamePattern?, _ name: [UInt8]?, _ kind: ConditionKind, _ tally: inout Tally
  ) {
    guard let wanted else { return }
    count(name.map(wanted.matches), kind, &tally)
  }

  private func way(_ known: PolicyDirection?, _ tally: inout Tally) {
    guard let direction, direction != .both else { return }
    guard let known, known != .both else {
      tally.unknown.insert(ConditionSet(.direction))
      return
    }
    if known != direction { tally.failed.insert(ConditionSet(.direction)) }
  }

  private func count(_ holds: Bool?, _ kind: ConditionKind, _ tally: inout Tally) {
    switch holds {
    case true?: tally.held += 1
    case false?: tally.failed.insert(ConditionSet(kind))
    case nil: tally.unknown.insert(ConditionSet(kind))
    }
  }

  /// Does this rule take every connection that the other takes?
  func covers(_ other: RuleTest) -> Bool {
    guard !other.isNegated, direction == .both || direction == other.direction,
      localPorts.covers(other.localPorts), remotePorts.covers(other.remotePorts),
      Self.spans(localSpan, other.localSpan), Self.spans(remoteSpan, other.remoteSpan)
    else { return false }
    return Self.covers(job, other.job) && Self.covers(user, other.user)
      && (localAddresses.isEmpty || localAddresses.covers(other.localAddresses))
      && (remoteAddresses.isEmpty || remoteAddresses.covers(other.remoteAddresses))
  }

  /// Do the spans of addresses let this rule cover the other, so that each address is compared?
  func sharesSpan(with other: RuleTest) -> Bool {
    Self.spans(localSpan, other.localSpan) && Self.spans(remoteSpan, other.remoteSpan)
  }

  private static func spans(_ a: ClosedRange<UInt128>, _ b: ClosedRange<UInt128>) -> Bool {
    a.lowerBound <= b.lowerBound && b.upperBound <= a.upperBound
  }

  private static func covers(_ a: NamePattern?, _ b: NamePattern?) -> Bool {
    guard let a else { return true }
    return b.map { a.covers($0) } ?? false
  }

  /// What an exact condition asks for: rules are filed under it, so that only those are looked at
  /// that can hold.
  enum Key: Hashable {
    case localPort(UInt16), remotePort(UInt16), localAddress(IPAddress), remoteAddress(IPAddress)
    case job([UInt8]), user([UInt8])

    var kind: ConditionKind {
      switch self {
      case .localPort: .localPort
      case .remotePort: .remotePort
      case .localAddress: .localAddress
      case .remoteAddress: .remoteAddress
      case .job: .job
      case .user: .user
      }
    }
  }

  /// The rule's exact conditions, those that every trace tells first.
  var keys: [Key] {
    var keys: [Key] = []
    if let port = localPorts.single { keys.append(.localPort(port)) }
    if let port = remotePorts.single { keys.append(.remotePort(port)) }
    if let address = Self.single(localAddresses) { keys.append(.localAddress(address)) }
    if let address = Self.single(remoteAddresses) { keys.append(.remoteAddress(address)) }
    if let job, !job.isPrefix { keys.append(.job(job.name)) }
    if let user, !user.isPrefix { keys.append(.user(user.name)) }
    return keys
  }

  private static func single(_ addresses: AddressSet) -> IPAddress? {
    addresses.count == 1 && addresses[0].low == addresses[0].high ? addresses[0].low : nil
  }
}
