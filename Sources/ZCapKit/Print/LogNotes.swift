package import ATTLS
package import TraceBytes
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

  package func write(_ placed: PlacedRecord, to json: inout JSONLine) throws(TraceError) {
    let found = placed.hasPorts ? join.find(placed.key, at: placed.record.time)?.connection : nil
    try json.text("attls_rule", found?.rule)
    try json.text("attls_user", found?.user)
    try json.text("attls_protocol", found?.protocolText)
    try json.text("attls_cipher", found?.cipher)
    try json.text("attls_outcome", found?.outcome.rawValue)
    try json.text("attls_direction", found?.directionWord)
    try json.text("attls_status", found?.status)
    try json.text("attls_cipher_name", found?.cipherName)
    try json.number("attls_return_code", found?.failures.first?.returnCode)
  }

  package func closed(_ slot: Int) { told[slot] = nil }
}

extension ConnectionJoin {
  /// What the log has of the conversation of a record.
  package func sentence(of record: TraceRecord) -> String? {
    let source = Endpoint(record.source, record.sourcePort)
    let destination = Endpoint(record.destination, record.destinationPort)
    let key = FlowKey(source, destination, ipProtocol: record.ipProtocol)
    return find(key, at: record.time).map { "AT-TLS log: \($0.sentence)" }
  }
}
