package import ATTLS
package import TraceModel
internal import TraceRender

/// Tells of each conversation what an AT-TLS log has of it, once.
package final class LogNotes: FlowNotes {
  private struct Told {
    var found: JoinedConnection?
    var isExplained = false
  }

  private let join: ConnectionJoin
  private var told = PerFlow<Told>()

  package init(_ join: ConnectionJoin) { self.join = join }

  package func lines(_ placed: PlacedRecord) -> [String] {
    let slot = Int(placed.flow.slot)
    var lines: [String] = []
    var known = told[slot]
    if known == nil {
      known = Told(found: join.find(placed.key, at: placed.record.time))
      if let found = known?.found { lines.append("AT-TLS log: \(found.sentence)") }
    }
    if placed.record.flags.contains(.confidential), known?.isExplained == false,
      let found = known?.found
    {
      lines.append(found.whyConfidential)
      known?.isExplained = true
    }
    told[slot] = known
    return lines
  }

  package func members(_ placed: PlacedRecord) -> [(name: StaticString, value: String)] {
    join.find(placed.key, at: placed.record.time)?.members ?? []
  }

  package func closed(_ slot: Int) { told[slot] = nil }
}

extension JoinedConnection {
  /// What JSON output says of the connection; members without a value are left out.
  package var members: [(name: StaticString, value: String)] {
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
