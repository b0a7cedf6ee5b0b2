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

  /// What a control connection agreed on last, by its slot, and the connection that came; nil until it does.
  private struct Agreement {
    var control: Int
    var known: Known?
  }

  /// Agreements by the end that listens, of each control connection the last one.
  private var agreed: [Endpoint: Agreement] = [:]
  private var listening: [Int: Endpoint] = [:]
  /// The listening end of a connection that is open, by its slot.
  private var listeners: [Int: Endpoint] = [:]

  /// Looks whether a conversation that opens is a data connection.
  mutating func open(_ flow: Conversation) {
    guard !agreed.isEmpty else { return }
    for (end, isLower) in [(flow.key.lower, true), (flow.key.upper, false)] {
      guard let agreement = agreed[end], agreement.known == nil else { continue }
      agreed[end]?.known = Known(flow: flow.number, isLowerListening: isLower)
      listeners[flow.slot] = end
      return
    }
  }

  /// Whether the conversation is a data connection; counts what it has carried.
  mutating func takes(_ flow: Conversation) -> Bool {
    guard !listeners.isEmpty, let end = listeners[flow.slot] else { return false }
    if agreed[end]?.known?.flow == flow.number {
      agreed[end]?.known?.lower = flow.delivered(from: .lower)
      agreed[end]?.known?.upper = flow.delivered(from: .upper)
    }
    return true
  }

  /// Whether a conversation that is over was a data connection.
  mutating func close(_ slot: Int) -> Bool {
    !listeners.isEmpty && listeners.removeValue(forKey: slot) != nil
  }

  /// Forgets what a control connection agreed on: it is over, agrees anew, or had its transfer.
  @discardableResult
  private mutating func forget(_ control: Int) -> Agreement? {
    guard let end = listening.removeValue(forKey: control), agreed[end]?.control == control else {
      return nil
    }
    return agreed.removeValue(forKey: end)
  }

  /// A conversation that may have been a control connection is over, and all of it was told.
  mutating func finish(_ slot: Int) {
    if !listening.isEmpty { forget(slot) }
  }

  /// Takes what a command on a control connection agrees on; says of a transfer which connection it had.
  mutating func tie(_ exchange: inout Exchange, of control: Int, _ key: FlowKey) {
    guard let port = exchange.dataPort else { return }
    let host = port.listener == .lower ? key.lower : key.upper
    let end = Endpoint(host.address, port.port)
    guard !["PORT", "EPRT", "PASV", "EPSV"].contains(exchange.operation.uppercased()) else {
      forget(control)
      listening[control] = end
      agreed[end] = Agreement(control: control)
      return
    }
    var text = "\(end)"
    if let known = forget(control)?.known {
      let listening = known.isLowerListening ? known.lower : known.upper
      let other = known.isLowerListening ? known.upper : known.lower
      let isServer = port.listener != exchange.client
      let (sent, received) = isServer ? (other, listening) : (listening, other)
      text = "flow \(known.flow), \(end), \(sent) bytes sent, \(received) received"
    }
    exchange.details.append(Exchange.Detail("data connection", text))
  }
}
