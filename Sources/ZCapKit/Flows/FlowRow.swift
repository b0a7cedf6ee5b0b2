package import ATTLS
internal import TraceBytes
package import TraceProtocols
package import TraceModel
package import TraceStreams

/// A finished conversation and what its first bytes told.
package struct FlowRow {
  package var flow: Conversation
  package var application: ApplicationProtocol
  package var gaps: UInt64

  /// The transport where it is UDP, and the protocol.
  package var protocolText: String {
    (flow.key.ipProtocol == 17 ? "UDP " : "") + "\(application.name)"
  }

  package var security: String {
    var words: [String] = []
    if flow.flags.contains(.clearText) { words.append("clear text") }
    if flow.flags.contains(.confidential) { words.append("confidential") }
    return words.isEmpty ? (flow.isDataTrace ? "plain" : "-") : words.joined(separator: "+")
  }

  /// Bytes known to be missing; "?" where nobody knows how many.
  package var missing: String {
    let bytes = flow.lower.missing &+ flow.upper.missing
    return gaps == 0 ? "-" : bytes == 0 ? "?" : bytes.grouped
  }

  /// What `--flow` takes.
  package var number: String { (flow.key.ipProtocol == 17 ? "udp:" : "") + "\(flow.number)" }

  /// Job or interface; of a connection within the stack the jobs of both ends.
  package var name: String {
    flow.flow.peerName == .none ? flow.name.text : "\(flow.name.text)+\(flow.flow.peerName.text)"
  }

  package var end: String {
    let ends = (flow.lower.end, flow.upper.end)
    if ends.0 == .reset || ends.1 == .reset { return "reset" }
    if ends.0 == .filtered || ends.1 == .filtered { return "left out" }
    if ends.0 != ends.1, ends.0 == .closed || ends.1 == .closed { return "half closed" }
    return switch ends.0 ?? ends.1 {
    case .closed: "closed"
    case .reset: "reset"
    case .reused: "ports reused"
    case .idle: "released idle"
    case .traceEnd: "trace ends"
    case .filtered: "left out"
    case nil: "-"
    }
  }

  /// How it is known who the client is.
  package func evidence(_ logged: JoinedConnection?) -> String {
    logged?.clientIsLower != nil ? "log" : "\(flow.flow.clientEvidence.text)"
  }

  /// The client; a log knows for certain who opened the connection.
  package func client(_ logged: JoinedConnection?) -> FlowSide {
    logged?.clientIsLower.map { $0 ? .lower : .upper } ?? flow.client
  }
}

extension FlowRow {
  /// What rows are sorted by.
  package enum Order: String, CaseIterable, Sendable {
    case number, bytes, duration, records
  }

  /// Whether the row comes before another one: the largest first, and in order of number.
  package func precedes(_ other: FlowRow, by order: Order) -> Bool {
    let (left, right) = (size(order), other.size(order))
    if left != right { return left > right }
    if flow.key.ipProtocol != other.flow.key.ipProtocol {
      return flow.key.ipProtocol < other.flow.key.ipProtocol
    }
    return flow.number < other.flow.number
  }

  private func size(_ order: Order) -> UInt64 {
    switch order {
    case .number: 0
    case .bytes: flow.lower.bytes &+ flow.upper.bytes
    case .duration: UInt64(max(0, TraceTime.span(from: flow.firstTime, to: flow.lastTime)))
    case .records: flow.lower.records &+ flow.upper.records
    }
  }
}
