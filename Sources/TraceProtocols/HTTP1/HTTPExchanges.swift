internal import TraceBytes
internal import TraceModel

/// Tells HTTP and its like, and dialogues of commands and replies, as exchanges.
final class HTTPExchanges: HTTPSink {
  private let sink: any ExchangeSink
  private var heads: [UInt64: HTTPHeads] = [:]
  private var dialogue: DialogueExchanges?
  /// What goes on after HTTP/1, and its reader.
  private var next: (cutter: MessageCutter, reader: any MessageReader)?
  private var agreement: WebSocket.Agreement?
  /// The exchange told last: the one that a hand-over ends with.
  private var last: Exchange?

  /// Requests whose heads are kept until their answer comes.
  private static let mostHeads = 10_000

  init(into sink: any ExchangeSink) { self.sink = sink }

  func messageStart(_ head: HTTPHead, bytes: RawSpan) {
    let number = head.message.exchange
    if heads.count >= Self.mostHeads, heads[number] == nil { return }
    var known = heads[number] ?? HTTPHeads()
    if known.version == nil || head.message.kind == .request { known.version = head.version }
    if head.message.kind == .request {
      known.method = Self.text(bytes, head.methodName)
      known.target = Self.text(bytes, head.target)
      if let host = head.host { known.host = Self.text(bytes, host) }
    } else if !head.isInterim {
      known.reason = Self.text(bytes, head.reason)
      if head.status == 101 { agreement = Self.agreement(head, bytes) }
    }
    heads[number] = known
  }

  func finding(_ finding: HTTPFinding) {
    guard let number = finding.exchange, heads[number] != nil else { return }
    heads[number]?.findings.append(finding.kind.summary)
  }

  func exchangeComplete(_ exchange: HTTPExchange) {
    let known = heads.removeValue(forKey: exchange.number) ?? HTTPHeads()
    let told = Exchange(exchange, known)
    if exchange.response?.status == 101 { last = told }
    sink.exchange(told)
  }

  // MARK: - What follows

  private static func agreement(_ head: HTTPHead, _ bytes: RawSpan) -> WebSocket.Agreement {
    var agreement = WebSocket.Agreement(client: head.message.direction.other)
    let start = head.fieldsStart
    if let range = HTTPFields.value(of: "sec-websocket-extensions", in: bytes, from: start) {
      agreement.extensions = text(bytes, range).lowercased()
    }
    if let range = HTTPFields.value(of: "sec-websocket-protocol", in: bytes, from: start) {
      agreement.subprotocol = text(bytes, range)
    }
    return agreement
  }

  func handOver(_ handOver: HTTPHandOver, name: RawSpan) {
    switch handOver.kind {
    case .webSocket:
      guard let agreement else { return }
      let reader = WebSocketReader(agreement)
      next = (MessageCutter(WebSocket.room(agreement), reader), reader)
    case .http2:
      guard let last else { return }
      let reader = HTTP2Reader(upgradedBy: last)
      next = (MessageCutter(HTTP2.room, reader), reader)
    case .tunnel, .tls, .other: break
    }
  }

  func opaqueData(_ direction: FlowSide, bytes: RawSpan, time: Int64) {
    guard let next else { return }
    next.cutter.data(direction, bytes, time: time) { next.reader.read($0, $1, into: sink) }
  }

  func opaqueGap(_ direction: FlowSide, count: UInt64?, reason: UInt16) {
    guard let next else { return }
    next.cutter.gap(direction, count: Int(clamping: count ?? 0)) {
      next.reader.read($0, $1, into: sink)
    }
  }

  // MARK: - Dialogues

  func dialogueLine(_ line: DialogueLine, bytes: RawSpan) {
    let dialogue = dialogue ?? DialogueExchanges(into: sink)
    self.dialogue = dialogue
    dialogue.take(line, bytes)
  }

  func mailEnd(_ mail: DialogueMail) { dialogue?.take(mail) }

  /// The conversation is over: requests that wait for an answer are given without one.
  func finish(_ how: ConversationEnd) {
    if let next {
      for side in FlowSide.allCases {
        next.cutter.end(side) { next.reader.read($0, $1, into: sink) }
      }
      next.reader.finish(how, into: sink)
    }
    dialogue?.finish(how)
  }

  static func text(_ bytes: RawSpan, _ range: Range<Int>) -> String {
    let end = min(range.upperBound, bytes.byteCount)
    guard range.lowerBound < end else { return "" }
    let part = bytes.extracting(range.lowerBound..<min(end, range.lowerBound + 8192)).copied()
    return String(decoding: part, as: UTF8.self)
  }
}
