internal import TraceBytes
internal import TraceModel

/// Tells HTTP and its like, and dialogues of commands and replies, as exchanges.
final class HTTPExchanges: HTTPSink {
  private let sink: any ExchangeSink
  private let budget: MessageBudget
  private var heads = OpenExchanges<HTTPHeads>()
  /// Bytes of their texts that the budget counts, and what of it is counted.
  private var text = 0
  private var held = 0
  private var dialogue: DialogueExchanges?
  private var successor: HTTPSuccessor?
  private var agreement: HTTPSuccessor.Agreement?
  /// The exchange told last: the one that a hand-over ends with.
  private var last: Exchange?

  /// - Parameter budget: bounds the requests that wait, and with them the heads that are kept.
  init(into sink: any ExchangeSink, budget: MessageBudget) {
    self.sink = sink
    self.budget = budget
  }

  /// Whether nothing waits in it that another one would have to know.
  var isAtRest: Bool {
    heads.isEmpty && dialogue == nil && successor == nil && agreement == nil && last == nil
  }

  func messageStart(_ head: HTTPHead, bytes: RawSpan) {
    let number = head.message.exchange
    var known = heads[number] ?? HTTPHeads()
    if known.version == nil || head.message.kind == .request { known.version = head.version }
    if head.message.kind == .request {
      known.method = Self.text(bytes, head.methodName)
      known.target = Self.text(bytes, head.target)
      if let host = head.host { known.host = Self.text(bytes, host) }
    } else if !head.isInterim {
      known.reason = Self.text(bytes, head.reason)
      if head.status == 101 { agreement = HTTPSuccessor.Agreement(head, bytes: bytes) }
    }
    keep(known, number)
  }

  private func keep(_ known: HTTPHeads?, _ number: UInt64) {
    text += (known?.text ?? 0) - (heads[number]?.text ?? 0)
    heads[number] = known
    budget.change(&held, to: text)
  }

  deinit { budget.change(&held, to: 0) }

  func finding(_ finding: HTTPFinding) {
    guard let number = finding.exchange, var known = heads[number] else { return }
    known.findings.append(finding.kind.summary)
    heads[number] = known
  }

  func exchangeComplete(_ exchange: HTTPExchange) {
    let known = heads[exchange.number] ?? HTTPHeads()
    keep(nil, exchange.number)
    var told = Exchange(exchange, known)
    if exchange.isPairingUncertain { told.findings.append(Exchange.pairingUncertain) }
    if exchange.response?.status == 101 { last = told }
    sink.exchange(told)
  }

  // MARK: - What follows

  func handOver(_ handOver: HTTPHandOver, name: RawSpan) {
    successor = HTTPSuccessor(handOver.kind, agreement, after: last, budget: budget, into: sink)
  }

  func opaqueData(_ direction: FlowSide, bytes: RawSpan, time: Int64) {
    successor?.data(direction, bytes, time: time)
  }

  func opaqueGap(_ direction: FlowSide, count: UInt64?, reason: UInt16) {
    successor?.gap(direction, count: count)
  }

  // MARK: - Dialogues

  func dialogueLine(_ line: DialogueLine, bytes: RawSpan) {
    let dialogue = dialogue ?? DialogueExchanges(into: sink, budget: budget)
    self.dialogue = dialogue
    dialogue.take(line, bytes)
  }

  func mailEnd(_ mail: DialogueMail) { dialogue?.take(mail) }

  /// The conversation is over: requests that wait for an answer are given without one.
  func finish(_ how: ConversationEnd) {
    successor?.finish(how)
    dialogue?.finish(how)
  }

  static func text(_ bytes: RawSpan, _ range: Range<Int>) -> String {
    let end = min(range.upperBound, bytes.byteCount)
    guard range.lowerBound < end else { return "" }
    let part = bytes.extracting(range.lowerBound..<min(end, range.lowerBound + 8192)).copied()
    return String(decoding: part, as: UTF8.self)
  }
}
