internal import TraceModel

/// Finds rules that never win, because a rule tried earlier takes all their connections.
///
/// A rule that covers another has to leave each condition open or cover the other's, so earlier
/// rules are filed under one exact condition they have, and only files that fit are compared.
struct ShadowCheck {
  /// Comparisons after which the check stops: rules made of ranges only compare all with all.
  static let comparisonLimit = 100_000_000

  /// The span of a rule's conditions: plain numbers, so that most pairs are told apart at once.
  private struct Outline {
    var localPorts: ClosedRange<UInt16> = 0...UInt16.max
    var remotePorts: ClosedRange<UInt16> = 0...UInt16.max
    var local: ClosedRange<UInt128> = 0...UInt128.max
    var remote: ClosedRange<UInt128> = 0...UInt128.max

    init(_ rule: PolicyRule) {
      if let span = Self.span(rule.localPorts.map { $0.low...$0.high }) { localPorts = span }
      if let span = Self.span(rule.remotePorts.map { $0.low...$0.high }) { remotePorts = span }
      if let span = Self.span(rule.localAddresses.map(Self.numbers)) { local = span }
      if let span = Self.span(rule.remoteAddresses.map(Self.numbers)) { remote = span }
    }

    func spans(_ other: Outline) -> Bool {
      Self.spans(localPorts, other.localPorts) && Self.spans(remotePorts, other.remotePorts)
        && Self.spans(local, other.local) && Self.spans(remote, other.remote)
    }

    private static func numbers(_ range: AddressRange) -> ClosedRange<UInt128> {
      range.low.value...range.high.value
    }

    private static func span<T: Comparable>(_ ranges: [ClosedRange<T>]) -> ClosedRange<T>? {
      guard let low = ranges.map(\.lowerBound).min(), let high = ranges.map(\.upperBound).max()
      else { return nil }
      return low...high
    }

    private static func spans<T: Comparable>(_ a: ClosedRange<T>, _ b: ClosedRange<T>) -> Bool {
      a.lowerBound <= b.lowerBound && b.upperBound <= a.upperBound
    }
  }

  private enum Key: Hashable {
    case localPort(UInt16), remotePort(UInt16), job(String), user(String)
    case localAddress(IPAddress), remoteAddress(IPAddress)
  }

  static func run(_ set: PolicySet) -> PolicyDiagnostics {
    var found = PolicyDiagnostics()
    var filed: [Key: [Int]] = [:]
    var open: [Int] = []
    var comparisons = 0
    let outlines = set.rules.map(Outline.init)
    for index in set.searchOrder {
      let rule = set.rules[index]
      guard rule.direction != nil else { continue }
      let keys = keys(of: rule)
      let files = [open] + keys.compactMap { filed[$0] }
      let coveredBy = files.lazy.joined().first { earlier in
        comparisons += 1
        return outlines[earlier].spans(outlines[index]) && covers(set.rules[earlier], rule)
      }
      if let coveredBy {
        let winner = set.rules[coveredBy]
        let isHigher = winner.priority > rule.priority
        found.warning(
          rule.file, rule.line,
          "\(rule.name) never wins: \(winner.name) (line \(winner.line)) takes all its connections"
            + (isHigher
              ? ", Priority \(winner.priority) over \(rule.priority)" : " and stands first"),
          "give \(rule.name) a Priority above \(winner.priority), or narrow \(winner.name)")
      }
      if comparisons > comparisonLimit {
        found.warning(
          rule.file, rule.line, "the search for rules that never win stopped here",
          "too many rules with ranges only")
        break
      }
      guard !rule.isNegated, rule.times.isEmpty else { continue }
      if let key = keys.first { filed[key, default: []].append(index) } else { open.append(index) }
    }
    return found
  }

  private static func keys(of rule: PolicyRule) -> [Key] {
    var keys: [Key] = []
    if rule.localPorts.count == 1, rule.localPorts[0].low == rule.localPorts[0].high {
      keys.append(.localPort(rule.localPorts[0].low))
    }
    if let job = rule.jobName, !job.hasSuffix("*") { keys.append(.job(job.uppercased())) }
    if let user = rule.userId, !user.hasSuffix("*") { keys.append(.user(user.uppercased())) }
    if rule.remotePorts.count == 1, rule.remotePorts[0].low == rule.remotePorts[0].high {
      keys.append(.remotePort(rule.remotePorts[0].low))
    }
    if rule.remoteAddresses.count == 1, rule.remoteAddresses[0].low == rule.remoteAddresses[0].high
    {
      keys.append(.remoteAddress(rule.remoteAddresses[0].low))
    }
    if rule.localAddresses.count == 1, rule.localAddresses[0].low == rule.localAddresses[0].high {
      keys.append(.localAddress(rule.localAddresses[0].low))
    }
    return keys
  }

  /// Does `a` take every connection `b` takes?
  static func covers(_ a: PolicyRule, _ b: PolicyRule) -> Bool {
    if b.isNegated { return false }
    guard a.direction == .both || a.direction == b.direction else { return false }
    return ports(a.localPorts, b.localPorts) && ports(a.remotePorts, b.remotePorts)
      && name(a.jobName, b.jobName) && name(a.userId, b.userId)
      && addresses(a.localAddresses, b.localAddresses)
      && addresses(a.remoteAddresses, b.remoteAddresses)
  }

  private static func ports(_ a: [PortRange], _ b: [PortRange]) -> Bool {
    a.isEmpty || !b.isEmpty && b.allSatisfy { inner in a.contains { $0.contains(inner) } }
  }

  private static func addresses(_ a: [AddressRange], _ b: [AddressRange]) -> Bool {
    a.isEmpty || !b.isEmpty && b.allSatisfy { inner in a.contains { $0.contains(inner) } }
  }

  private static func name(_ a: String?, _ b: String?) -> Bool {
    guard let a else { return true }
    return b.map { namePattern(a, covers: $0) } ?? false
  }
}
