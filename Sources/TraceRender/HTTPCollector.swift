public import TraceModel
public import TraceProtocols

internal import TraceBytes

/// Collects what one connection says, within the bounds of a store, and gives the store what can be shown.
public final class HTTPCollector: HTTPSink, ExchangeSink {
  /// What the connection speaks instead of HTTP, once that is known.
  public private(set) var otherProtocol: ProtocolGuess?
  /// A start line was seen.
  public private(set) var isHTTP = false
  /// What was odd before anything showed that this is HTTP or a dialogue; of anything else it says nothing.
  private var early: [HTTPFinding] = []
  /// The protocol of the dialogue, once there is one.
  public private(set) var dialogue: ApplicationProtocol?
  private let store: HTTPStore
  private let budget: MessageBudget
  private var entries = OpenExchanges<HTTPEntry>()
  /// Exchanges below this number have begun.
  private var begun: UInt64 = 0
  private var handedOver: HTTPHandOver.Kind?
  private var successor: HTTPSuccessor?
  /// Whether the successor has told anything.
  private var hasTold = false
  private var agreement: HTTPSuccessor.Agreement?
  /// The exchange that an answer 101 ended.
  private var upgrade: HTTPEntry?
  private var opaque = HTTPOpaqueBytes()

  /// Interim heads kept per exchange.
  private static let interimHeads = 4
  /// Findings kept until it is clear what the connection is.
  private static let earlyFindings = 64
  /// Bytes of a host that are kept without the rest of its head; DNS has names of 253 at most.
  private static let longestHost = 512
  /// Gaps kept per body.
  private static let gapsPerBody = 64

  /// A collector for one connection.
  /// - Parameters:
  ///   - budget: shared by all connections of a run.
  ///   - rest: of a connection of HTTP that goes on.
  public init(
    _ store: HTTPStore, _ budget: MessageBudget = MessageBudget(),
    after rest: HTTPConnection.Rest? = nil
  ) {
    self.store = store
    self.budget = budget
    isHTTP = rest != nil
    begun = rest?.exchanges ?? 0
  }

  /// Whether nothing waits in it that another one would have to know.
  public var isAtRest: Bool {
    isHTTP && entries.isEmpty && handedOver == nil && successor == nil
      && agreement == nil && upgrade == nil && dialogue == nil && !hasTold
  }

  private func add(_ item: HTTPItem) { store.add(item) }

  /// The connection is over: tells what followed a hand-over.
  public func close(_ how: ConversationEnd) {
    successor?.finish(how)
    // It holds this collector, for which it tells.
    successor = nil
    // What is no message of what should follow is counted as it came.
    if let handedOver, !hasTold { add(.opaque(handedOver, opaque)) }
    handedOver = nil
  }

  // MARK: - Messages

  private func entry(_ number: UInt64, at time: Int64) -> HTTPEntry {
    if let entry = entries[number] { return entry }
    let entry = HTTPEntry(number, at: time, in: store)
    entry.cost = store.take(HTTPStore.entryBytes)
    entries[number] = entry
    begun = max(begun, number &+ 1)
    return entry
  }

  public func messageStart(_ head: HTTPHead, bytes: RawSpan) {
    isHTTP = true
    addEarly()
    if head.status == 101 { agreement = HTTPSuccessor.Agreement(head, bytes: bytes) }
    let number = head.message.exchange
    let wasThere = entries[number] != nil
    let entry = entry(number, at: head.time)
    if head.message.kind == .response {
      entry.status = head.status
      if wasThere, store.options.isForLines { return }
    }
    let wanted =
      store.options.keepsHeads
      ? bytes.byteCount
      : min(bytes.byteCount, head.fieldsStart, HTTPStore.startLineBytes)
    // A start line is kept however full the store is: it is short.
    let taken = store.take(wanted)
    let kept = max(taken, min(wanted, HTTPStore.startLineBytes))
    entry.cost += taken
    var copy = HTTPMessageCopy(head: head, bytes: bytes.extracting(0..<kept).copied())
    copy.isHeadCut = store.options.keepsHeads && kept < bytes.byteCount
    if !store.options.isForLines, let host = head.host, host.upperBound > kept,
      host.count <= Self.longestHost
    {
      copy.hostAlone = bytes.extracting(host).copied()
    }
    if copy.isHeadCut { store.counts.headsCut &+= 1 }
    if head.message.kind == .request {
      entry.request = copy
    } else {
      if let interim = entry.response, entry.interims.count < Self.interimHeads {
        entry.interims.append(interim)
      }
      entry.response = copy
    }
  }

  public func messageBody(_ message: HTTPMessageID, offset: UInt64, bytes: RawSpan) {
    guard store.options.keepsBodies else { return }
    update(message) { copy, cost in
      guard !copy.isBodyCut else { return }
      let room = max(0, store.options.messageBytes - copy.body.count)
      let kept = store.take(min(room, bytes.byteCount))
      cost += kept
      copy.body.append(bytes.extracting(0..<kept))
      guard kept < bytes.byteCount else { return }
      copy.isBodyCut = true
      store.counts.bodiesCut &+= 1
    }
  }

  public func messageGap(_ message: HTTPMessageID, count: UInt64?, reason: UInt16) {
    guard store.options.keepsBodies else { return }
    update(message) { copy, _ in
      guard !copy.isBodyCut, copy.gaps.count < Self.gapsPerBody else { return }
      copy.gaps.append(HTTPMessageCopy.Gap(at: copy.body.count, count: count))
    }
  }

  public func messageTrailers(_ message: HTTPMessageID, bytes: RawSpan) {
    guard store.options.keepsHeads else { return }
    update(message) { copy, cost in
      let kept = store.take(bytes.byteCount)
      cost += kept
      copy.trailers = bytes.extracting(0..<kept).copied()
    }
  }

  /// Changes the kept copy of a message in place.
  private func update(
    _ message: HTTPMessageID, _ body: (inout HTTPMessageCopy, inout Int) -> Void
  ) {
    guard let entry = entries[message.exchange] else { return }
    var cost = entry.cost
    defer { entry.cost = cost }
    if message.kind == .request {
      guard var copy = entry.request else { return }
      entry.request = nil
      body(&copy, &cost)
      entry.request = copy
    } else {
      guard var copy = entry.response else { return }
      entry.response = nil
      body(&copy, &cost)
      entry.response = copy
    }
  }

  public func exchangeComplete(_ exchange: HTTPExchange) {
    let entry = entry(exchange.number, at: 0)
    entry.exchange = exchange
    entries[exchange.number] = nil
    if exchange.response?.status == 101 { upgrade = entry }
    add(.exchange(entry))
  }

  private func addEarly() {
    guard !early.isEmpty else { return }
    for finding in early { add(.finding(finding)) }
    early = []
  }

  public func finding(_ finding: HTTPFinding) {
    if !isHTTP, dialogue == nil, finding.exchange == nil {
      if early.count < Self.earlyFindings { early.append(finding) }
      return
    }
    guard let number = finding.exchange, entries[number] != nil || number >= begun else {
      add(.finding(finding))
      return
    }
    entry(number, at: finding.time).findings.append(finding)
  }

  // MARK: - What is not HTTP

  public func handOver(_ handOver: HTTPHandOver, name: RawSpan) {
    handedOver = handOver.kind
    opaque.time = handOver.time
    successor = HTTPSuccessor(
      handOver.kind, agreement, after: upgrade?.told, budget: budget, into: self)
    upgrade = nil
    add(.handOver(handOver, name.copied()))
  }

  /// An exchange of what is read message by message.
  public func exchange(_ exchange: Exchange) {
    begun &+= 1
    hasTold = true
    add(.told(exchange, number: begun))
  }

  public func opaqueData(_ direction: FlowSide, bytes: RawSpan, time: Int64) {
    successor?.data(direction, bytes, time: time)
    if direction == .lower {
      opaque.lower &+= UInt64(bytes.byteCount)
    } else {
      opaque.upper &+= UInt64(bytes.byteCount)
    }
  }

  public func opaqueGap(_ direction: FlowSide, count: UInt64?, reason: UInt16) {
    successor?.gap(direction, count: count)
    opaque.missing &+= count ?? 0
  }

  public func dialogueLine(_ line: DialogueLine, bytes: RawSpan) {
    dialogue = line.application
    addEarly()
    add(.line(line, bytes.copied()))
  }

  public func mailEnd(_ mail: DialogueMail) { add(.mail(mail)) }

  public func notHTTP(_ guess: ProtocolGuess) { otherProtocol = guess }
}
