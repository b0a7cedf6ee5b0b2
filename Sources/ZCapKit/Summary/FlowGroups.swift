internal import TraceBytes
internal import TraceModel
internal import TraceProtocols
internal import TraceStreams

/// What conversations have in common.
package enum FlowGrouping: String, CaseIterable, Sendable {
  case job, server, `protocol`, security

  package var title: String {
    switch self {
    case .job: "job/interface"
    case .server: "server port"
    case .protocol: "protocol"
    case .security: "security"
    }
  }

  /// What a conversation has, in the words of `flows`.
  package func key(of row: FlowRow) -> String {
    switch self {
    case .job: row.name.isEmpty ? "(no name)" : row.name
    case .server:
      (row.flow.key.ipProtocol == IPProtocol.udp.rawValue ? "UDP " : "")
        + String(row.flow.endpoint(row.flow.client.other).port)
    case .protocol: row.protocolText
    case .security: row.security
    }
  }
}

/// Conversations that have something in common.
package struct FlowGroup: Sendable, Equatable {
  package var name: String
  package fileprivate(set) var flows: UInt64 = 0
  package fileprivate(set) var clientBytes: UInt64 = 0
  package fileprivate(set) var serverBytes: UInt64 = 0
  package fileprivate(set) var records: UInt64 = 0
  /// Bytes known to be missing, and how often something is missing.
  package fileprivate(set) var missing: UInt64 = 0
  package fileprivate(set) var gaps: UInt64 = 0
  /// Conversations with records whose data was left out as confidential.
  package fileprivate(set) var confidential: UInt64 = 0
  /// Conversations that ended with a reset.
  package fileprivate(set) var resets: UInt64 = 0
  package fileprivate(set) var exchanges = ExchangeTally()

  package init(_ name: String) { self.name = name }

  package var bytes: UInt64 { clientBytes &+ serverBytes }

  package mutating func add(_ row: FlowRow, _ tally: ExchangeTally) {
    let flow = row.flow
    flows &+= 1
    clientBytes &+= flow[flow.client].bytes
    serverBytes &+= flow[flow.client.other].bytes
    records &+= flow.lower.records &+ flow.upper.records
    missing &+= flow.lower.missing &+ flow.upper.missing
    gaps &+= row.gaps
    if flow.confidentialRecords > 0 { confidential &+= 1 }
    if flow.lower.end == .reset || flow.upper.end == .reset { resets &+= 1 }
    exchanges.add(tally)
  }
}

extension FlowGroup {
  /// What groups are sorted by, the largest first.
  package enum Order: String, CaseIterable, Sendable {
    case bytes, flows, failed, missing, slowest
  }

  private func size(_ order: Order) -> UInt64 {
    switch order {
    case .bytes: bytes
    case .flows: flows
    case .failed: exchanges.failed &+ exchanges.unanswered &+ resets
    case .missing: missing == 0 ? gaps : missing
    case .slowest: UInt64(max(0, exchanges.slowest?.nanoseconds ?? 0))
    }
  }

  func precedes(_ other: FlowGroup, by order: Order) -> Bool {
    let (left, right) = (size(order), other.size(order))
    if left != right { return left > right }
    return bytes != other.bytes ? bytes > other.bytes : name < other.name
  }
}

/// Conversations by what they have in common, and all of them together.
package struct FlowGroups {
  /// Names that are told apart; the conversations of others are one group.
  package static let limit = 10_000

  private struct Named {
    var groups: [FlowGroup] = []
    var places: [String: Int] = [:]
    var others = FlowGroup("(others)")

    mutating func add(_ key: String, _ row: FlowRow, _ tally: ExchangeTally, limit: Int) {
      if let place = places[key] { return groups[place].add(row, tally) }
      guard groups.count < limit else { return others.add(row, tally) }
      places[key] = groups.count
      groups.append(FlowGroup(key))
      groups[groups.count - 1].add(row, tally)
    }
  }

  package private(set) var all = FlowGroup("all")
  private var named: [FlowGrouping: Named] = [:]
  private let groupings: [FlowGrouping]
  private let limit: Int

  package init(_ groupings: [FlowGrouping], limit: Int = FlowGroups.limit) {
    self.groupings = groupings
    self.limit = limit
  }

  package mutating func add(_ row: FlowRow, _ tally: ExchangeTally) {
    all.add(row, tally)
    for grouping in groupings {
      named[grouping, default: Named()].add(grouping.key(of: row), row, tally, limit: limit)
    }
  }

  /// The groups, the largest first; those that are not told apart come last.
  package func groups(_ grouping: FlowGrouping, by order: FlowGroup.Order) -> [FlowGroup] {
    guard let named = named[grouping] else { return [] }
    let sorted = named.groups.sorted { $0.precedes($1, by: order) }
    return named.others.flows > 0 ? sorted + [named.others] : sorted
  }
}
