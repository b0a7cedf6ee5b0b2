internal import ATTLS
internal import ATTLSPolicy
internal import TraceBytes
internal import TraceModel
internal import TraceStreams

/// Confidential conversations of one rule, or of what there is instead of it.
struct ConfidentialGroup {
  /// Conversations named of each group.
  private static let limit = 100

  var heading: String
  /// Numbers as `flows` shows them; more are counted.
  private(set) var flows: [String] = []
  private(set) var more: UInt64 = 0
  /// What decides, and what to change: the answer of `policy why`.
  var lines: [String] = []

  init(_ heading: String) { self.heading = heading }

  private mutating func add(_ flow: String) {
    if flows.count < Self.limit { flows.append(flow) } else { more += 1 }
  }

  /// By the rule of a policy, as `policy why` has it.
  static func groups(
    _ flows: [LocalFlow], _ policy: PolicySet, _ join: ConnectionJoin?
  ) -> [ConfidentialGroup] {
    var answers = WhyAnswers(policy)
    for flow in flows where flow.confidential > 0 {
      answers.add(PolicyFlow(flow, join?.find(flow.flow.key, at: flow.flow.firstTime)))
    }
    return WhyReport(answers).groups().map { found in
      var group = ConfidentialGroup(found.heading)
      for answer in found.answers { group.add(String(answer.flow.number)) }
      group.lines = found.advice.split(separator: "\n").map {
        String($0.hasPrefix("  ") ? $0.dropFirst(2) : $0)
      }
      return group
    }
  }

  /// By the rule that a log names, or else by job and server port.
  static func groups(_ rows: [FlowRow], _ join: ConnectionJoin?) -> [ConfidentialGroup] {
    var groups: [ConfidentialGroup] = []
    var places: [String: Int] = [:]
    for row in rows where row.flow.confidentialRecords > 0 {
      let rule = join?.find(row.flow.key, at: row.flow.firstTime)?.connection.rule
      let heading =
        rule.map { "rule \($0) (log)" }
        ?? "\(row.name.isEmpty ? "(no name)" : row.name), server port \(FlowGrouping.server.key(of: row))"
      let place = places[heading] ?? groups.count
      if place == groups.count {
        // As many rules as that nobody reads.
        if groups.count >= 1000 { continue }
        places[heading] = place
        groups.append(ConfidentialGroup(heading))
      }
      groups[place].add(row.number)
    }
    return groups
  }
}
