import ATTLS
import TraceModel
import TraceRender

/// Tells of each conversation what an AT-TLS log has of it, once.
final class LogNotes: FlowNotes {
  private struct Told {
    var found: JoinedConnection?
    var isExplained = false
  }

  private let join: ConnectionJoin
  private var told: [FlowKey: Told] = [:]
  /// Conversations remembered; beyond, what was told is told again.
  private static let limit = 65_536

  init(_ join: ConnectionJoin) { self.join = join }

  func lines(_ key: FlowKey, _ record: borrowing TraceRecord, begins: Bool) -> [String] {
    var lines: [String] = []
    if told[key] == nil || begins, let line = introduce(key, at: record.time) {
      lines.append(line)
    }
    if record.flags.contains(.confidential), let known = told[key], !known.isExplained,
      let found = known.found
    {
      lines.append(found.whyConfidential)
      told[key]?.isExplained = true
    }
    return lines
  }

  /// The sentence about a conversation, unless it was the last that was said of these ends.
  private func introduce(_ key: FlowKey, at time: Int64) -> String? {
    let found = join.find(key, at: time)
    if let known = told[key], known.found?.connection.id == found?.connection.id { return nil }
    if told.count >= Self.limit { told.removeAll(keepingCapacity: true) }
    told[key] = Told(found: found)
    return found.map { "AT-TLS log: \($0.sentence)" }
  }

  func members(_ key: FlowKey, at time: Int64) -> [(name: StaticString, value: String)] {
    join.find(key, at: time)?.members ?? []
  }
}

extension JoinedConnection {
  /// What JSON output says of the connection; members without a value are left out.
  var members: [(name: StaticString, value: String)] {
    let all: [(StaticString, String?)] = [
      ("attls_rule", connection.rule), ("attls_user", connection.user),
      ("attls_direction", connection.direction), ("attls_status", connection.status),
      ("attls_protocol", connection.protocolText), ("attls_cipher", connection.cipher),
      ("attls_cipher_name", connection.cipherName), ("attls_outcome", connection.outcome.rawValue),
      ("attls_return_code", connection.failures.first.map { String($0.returnCode) }),
    ]
    return all.compactMap { name, value in value.map { (name, $0) } }
  }
}
