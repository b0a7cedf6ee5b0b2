internal import TraceModel
internal import TraceProtocols
internal import TraceStreams

/// Ties the data connections of FTP to the commands that they are of.
struct DataConnections {
  /// A connection that somebody agreed on.
  private struct Known {
    var flow: UInt64
    var lower: UInt64 = 0
    var upper: UInt64 = 0
    var isLowerListening: Bool
  }

  /// The ends that listen, and the connection that came; nil until it does.
  private var agreed: [Endpoint: Known?] = [:]
  /// The listening end of a connection that is open, by its slot.
  private var listeners: [Int: Endpoint] = [:]

  /// Agreements that are remembered at a time.
  private static let most = 1_000

  /// Looks whether a conversation that opens is a data connection.
  mutating func open(_ flow: Conversation) {
    guard !agreed.isEmpty else { return }
    for (end, isLower) in [(flow.key.lower, true), (flow.key.upper, false)] {
      guard let known = agreed[end], known == nil else { continue }
      agreed[end] = Known(flow: flow.number, isLowerListening: isLower)
      listeners[flow.slot] = end
      return
    }
  }

  /// Whether the conversation is a data connection; counts what it has carried.
  mutating func takes(_ flow: Conversation) -> Bool {
    guard !listeners.isEmpty, let end = listeners[flow.slot] else { return false }
    if var known = agreed[end] ?? nil {
      known.lower = flow.delivered(from: .lower)
      known.upper = flow.delivered(from: .upper)
      agreed[end] = known
    }
    return true
  }

  /// Whether a conversation that is over was a data connection.
  mutating func close(_ slot: Int) -> Bool {
    !listeners.isEmpty && listeners.removeValue(forKey: slot) != nil
  }

  /// Takes what a command agrees on; says of a transfer which connection it had.
  mutating func tie(_ exchange: inout Exchange, of key: FlowKey) {
    guard let port = exchange.dataPort else { return }
    let host = port.listener == .lower ? key.lower : key.upper
    let end = Endpoint(host.address, port.port)
    guard !["PORT", "EPRT", "PASV", "EPSV"].contains(exchange.operation.uppercased()) else {
      if agreed.count >= Self.most { agreed.removeAll() }
      return agreed[end] = .some(nil)
    }
    var text = "\(end)"
    if let known = agreed.removeValue(forKey: end) ?? nil {
      let listening = known.isLowerListening ? known.lower : known.upper
      let other = known.isLowerListening ? known.upper : known.lower
      let isServer = port.listener != exchange.client
      let (sent, received) = isServer ? (other, listening) : (listening, other)
      text = "flow \(known.flow), \(end), \(sent) bytes sent, \(received) received"
    }
    exchange.details.append(Exchange.Detail("data connection", text))
  }
}
