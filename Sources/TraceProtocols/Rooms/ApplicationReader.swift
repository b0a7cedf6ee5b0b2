internal import TraceBytes
public import TraceModel

/// Reads one conversation whatever it speaks: finds the protocol from the bytes, then tells its exchanges.
public final class ApplicationReader {
  /// What the conversation speaks; unknown until bytes have shown it.
  public private(set) var application = ApplicationProtocol.unknown
  private let sink: any ExchangeSink
  private var state = State.undecided
  /// The first bytes of each side, as long as nothing is decided.
  private var first = FirstPieces()

  private enum State {
    case undecided
    case messages(MessageCutter, any MessageReader)
    case http(HTTPConnection, HTTPExchanges)
    /// HTTP of which nothing is under way.
    case atRest(HTTPConnection.Rest)
    /// A protocol whose exchanges are not read.
    case other
  }

  private let budget: MessageBudget

  /// - Parameters:
  ///   - sink: gets each exchange when it is over.
  ///   - budget: shared by all conversations of a run.
  public init(into sink: any ExchangeSink, budget: MessageBudget = MessageBudget()) {
    self.sink = sink
    self.budget = budget
  }

  /// Whether nothing more will be told of the conversation.
  public var isOther: Bool {
    if case .other = state { return true }
    return false
  }

  /// The next bytes of a side, seen at `time` (nanoseconds since 1970).
  public func data(_ side: FlowSide, _ bytes: RawSpan, time: Int64) {
    guard bytes.byteCount > 0 else { return }
    wake()
    switch state {
    case .messages(let cutter, let reader):
      cutter.data(side, bytes, time: time) { reader.read($0, $1, into: sink) }
    case .http(let connection, let exchanges):
      connection.data(side, bytes, time: time)
      noteHTTP(connection)
      if let rest = connection.rest, exchanges.isAtRest { state = .atRest(rest) }
    case .undecided:
      guard first.decide(side, bytes, time: time) else { return }
      decideNow()
      data(side, bytes, time: time)
    case .other, .atRest: break
    }
  }

  /// Goes on with HTTP that was at rest.
  private func wake() {
    guard case .atRest(let rest) = state else { return }
    let exchanges = HTTPExchanges(into: sink, budget: budget)
    state = .http(HTTPConnection(rest, budget: budget, sink: exchanges), exchanges)
  }

  /// Bytes of a side are missing; 0 when it is not known how many.
  public func gap(_ side: FlowSide, count: Int) {
    if case .undecided = state { decideNow() }
    wake()
    switch state {
    case .messages(let cutter, let reader):
      cutter.gap(side, count: count) { reader.read($0, $1, into: sink) }
    case .http(let connection, _):
      connection.gap(side, byteCount: count > 0 ? UInt64(count) : nil, reason: 0)
    case .undecided, .other, .atRest: break
    }
  }

  /// The stream of a side is over.
  public func end(_ side: FlowSide, time: Int64) {
    if case .undecided = state { decideNow() }
    wake()
    switch state {
    case .messages(let cutter, let reader):
      cutter.end(side) { reader.read($0, $1, into: sink) }
    case .http(let connection, _):
      connection.end(side, time: time)
      noteHTTP(connection)
    case .undecided, .other, .atRest: break
    }
  }

  /// The conversation is over: exchanges that are not complete are given as far as they came.
  public func finish(_ how: ConversationEnd) {
    if case .undecided = state { decideNow() }
    wake()
    switch state {
    case .messages(let cutter, let reader):
      for side in FlowSide.allCases { cutter.end(side) { reader.read($0, $1, into: sink) } }
      reader.finish(how, into: sink)
    case .http(let connection, let exchanges):
      connection.finish(how)
      exchanges.finish(how)
      noteHTTP(connection)
    case .undecided, .other, .atRest: break
    }
    state = .other
  }

  // MARK: - What it is

  /// Takes the protocol that the bytes until now are most like, or none.
  private func decideNow() {
    begin(first.guess.confidence >= .likely ? first.guess.application : .unknown)
    for piece in first.take() {
      data(piece.side, unsafe piece.bytes.span.bytes, time: piece.time)
    }
  }

  private func begin(_ application: ApplicationProtocol) {
    self.application = application
    if let room = ProtocolRegistry.room(application), let makeReader = room.makeReader {
      let reader = makeReader()
      reader.share(budget)
      state = .messages(MessageCutter(room, reader, budget: budget), reader)
      return
    }
    guard application == .unknown || application == .http1 || application.isDialogue else {
      state = .other
      return
    }
    // The parser of HTTP also recognises dialogues, and what begins in the middle of a conversation.
    let exchanges = HTTPExchanges(into: sink, budget: budget)
    state = .http(HTTPConnection(budget: budget, sink: exchanges), exchanges)
  }

  private func noteHTTP(_ connection: HTTPConnection) {
    if connection.isOther {
      state = .other
    } else if !connection.isUndecided {
      application = connection.application
    }
  }
}
