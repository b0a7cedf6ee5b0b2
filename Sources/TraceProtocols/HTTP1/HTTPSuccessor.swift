public import TraceModel

internal import TraceBytes

/// What goes on behind the answer 101 on a connection of HTTP/1: WebSocket, or HTTP/2 in clear text.
///
/// Source: RFC 9110 section 7.8, RFC 6455 section 4, RFC 7540 section 3.2.
public final class HTTPSuccessor {
  private let cutter: MessageCutter
  private let reader: any MessageReader
  private let sink: any ExchangeSink

  /// What an answer 101 says of the connection that goes on. An object: hardly any connection has one.
  public final class Agreement: Sendable {
    fileprivate let webSocket: WebSocket.Agreement

    /// - Parameter bytes: the head of the answer.
    public init(_ head: HTTPHead, bytes: RawSpan) {
      var webSocket = WebSocket.Agreement(client: head.message.direction.other)
      let start = head.fieldsStart
      if let range = HTTPFields.value(of: "sec-websocket-extensions", in: bytes, from: start) {
        webSocket.extensions = HTTPExchanges.text(bytes, range).lowercased()
      }
      if let range = HTTPFields.value(of: "sec-websocket-protocol", in: bytes, from: start) {
        webSocket.subprotocol = HTTPExchanges.text(bytes, range)
      }
      self.webSocket = webSocket
    }
  }

  /// Nil when what follows is not read here, or the answer is not known.
  /// - Parameters:
  ///   - last: the exchange that ends HTTP/1; its answer comes on stream 1 of HTTP/2.
  ///   - budget: shared by all conversations of a run.
  public init?(
    _ kind: HTTPHandOver.Kind, _ agreement: Agreement?, after last: Exchange?,
    budget: MessageBudget = MessageBudget(), into sink: any ExchangeSink
  ) {
    switch kind {
    case .webSocket:
      guard let agreement else { return nil }
      reader = WebSocketReader(agreement.webSocket)
      cutter = MessageCutter(WebSocket.room(agreement.webSocket), reader, budget: budget)
    case .http2:
      guard let last else { return nil }
      reader = HTTP2Reader(upgradedBy: last)
      cutter = MessageCutter(HTTP2.room, reader, budget: budget)
    case .tunnel, .tls, .other: return nil
    }
    reader.share(budget)
    self.sink = sink
  }

  /// The next bytes of a side, seen at `time` (nanoseconds since 1970).
  public func data(_ side: FlowSide, _ bytes: RawSpan, time: Int64) {
    cutter.data(side, bytes, time: time) { reader.read($0, $1, into: sink) }
  }

  /// Bytes of a side are missing; nil when it is not known how many.
  public func gap(_ side: FlowSide, count: UInt64?) {
    cutter.gap(side, count: Int(clamping: count ?? 0)) { reader.read($0, $1, into: sink) }
  }

  /// The conversation is over: exchanges that are not complete are given as far as they came.
  public func finish(_ how: ConversationEnd) {
    for side in FlowSide.allCases { cutter.end(side) { reader.read($0, $1, into: sink) } }
    reader.finish(how, into: sink)
  }
}
