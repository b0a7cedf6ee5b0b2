package import TraceBytes
internal import TraceProtocols
package import TraceModel
package import TraceRender
package import TraceStreams

/// Gives the streams of each conversation to a connection of its own, and what comes out of them to
/// the presenters.
package final class HTTPFlows: StreamSink {
  /// What was found.
  package struct Counts {
    package var exchanges: UInt64 = 0
    package var dialogueLines: UInt64 = 0
    package var connections: UInt64 = 0
    package var dialogues: UInt64 = 0
    /// Conversations that are something else, by name.
    package var others: [String: UInt64] = [:]
  }

  /// What is known of a conversation.
  private enum Place {
    case empty
    case open(HTTPConnection, HTTPCollector)
    /// It speaks HTTP, and nothing is under way.
    case atRest(HTTPConnection.Rest)
    /// HTTP/2, which is read message by message.
    case messages(ApplicationReader)
    /// It is something else, of which nothing is kept.
    case other(ProtocolGuess?)
    /// Both ends have ended, and it is counted.
    case finished
  }

  private let store: HTTPStore
  private let budget: MessageBudget
  private let presenters: [any HTTPPresenter]
  /// Renders what is found as soon as it is; nil when it is rendered in its turn.
  private let lines: HTTPLines?
  /// By the slot of the conversation.
  private var kept: [Place] = []
  /// Taken out while it changes: an access within which others may follow is checked at run time.
  private var places: [Place] {
    get { kept }
    _modify {
      var taken: [Place] = []
      swap(&taken, &kept)
      defer { swap(&taken, &kept) }
      yield &taken
    }
  }
  private var order: HTTPOrder
  private var counted = Counts()
  private var others: [String: UInt64] = [:]
  package var counts: Counts {
    var counts = counted
    counts.others = others
    return counts
  }
  /// Exchanges shown after one that began later.
  package var outOfOrder: UInt64 { order.outOfOrder }

  /// With a message under way.
  package var bytesPerConversation: Int { 2048 }

  /// - Parameters:
  ///   - presenters: are shown everything in its turn, or with `lines` as it comes.
  ///   - lines: renders everything as it comes.
  package init(
    _ store: HTTPStore, _ presenters: [any HTTPPresenter], lines: HTTPLines? = nil
  ) {
    self.store = store
    self.lines = lines
    order = HTTPOrder(bytes: min(4 << 20, store.options.totalBytes / 4))
    budget = MessageBudget(most: store.options.totalBytes / 4)
    self.presenters = presenters
  }

  package func opened(_ flow: Conversation) throws(TraceError) {
    while places.count <= flow.slot { places.append(.empty) }
  }

  package func data(
    _ flow: Conversation, from side: FlowSide, _ bytes: RawSpan, time: Int64, record: UInt64
  )
    throws(TraceError)
  {
    if case .empty = places[flow.slot], Self.mayBeHTTP2(bytes) {
      beginMessages(flow, HTTPCollector(store, budget))
    }
    if case .messages(let reader) = places[flow.slot] {
      reader.data(side, bytes, time: time)
      return try drain(flow)
    }
    guard let (connection, collector) = connection(flow) else { return }
    connection.data(side, bytes, time: time)
    guard connection.isOther else {
      if store.hasItems { try drain(flow) }
      return release(connection, collector, flow.slot)
    }
    try drain(flow)
    places[flow.slot] = .other(collector.otherProtocol)
    if Self.isHTTP2(collector.otherProtocol) {
      let reader = beginMessages(flow, collector)
      // The beginning of the preface may have come by itself.
      let before = Int(flow.delivered(from: side)) - bytes.byteCount
      if let beginning = Self.preface(before, continuedBy: bytes) {
        unsafe reader.data(side, beginning.span.bytes, time: time)
      }
      reader.data(side, bytes, time: time)
    }
  }

  private static let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)

  /// The first bytes of the preface (RFC 9113 section 3.4) when `bytes` go on with it; nil when they do not.
  private static func preface(_ count: Int, continuedBy bytes: RawSpan) -> [UInt8]? {
    guard count > 0, count < preface.count else { return nil }
    for (index, byte) in preface[count...].enumerated() where index < bytes.byteCount {
      if bytes.u8(index) != byte { return nil }
    }
    return Array(preface[..<count])
  }

  /// Whether the first bytes are HTTP/2, or so few that they may become it.
  private static func mayBeHTTP2(_ bytes: RawSpan) -> Bool {
    let guess = ApplicationProtocol.guess(bytes)
    return isHTTP2(guess) || guess.application == .http2 && bytes.byteCount < 14
  }

  private static func isHTTP2(_ guess: ProtocolGuess?) -> Bool {
    guess?.application == .http2 && guess?.confidence == .certain
  }

  @discardableResult
  private func beginMessages(_ flow: Conversation, _ collector: HTTPCollector) -> ApplicationReader
  {
    let reader = ApplicationReader(into: collector, budget: budget)
    places[flow.slot] = .messages(reader)
    return reader
  }

  package func gap(_ flow: Conversation, from side: FlowSide, count: Int) throws(TraceError) {
    if case .messages(let reader) = places[flow.slot] {
      reader.gap(side, count: count)
      return try drain(flow)
    }
    guard let (connection, _) = connection(flow) else { return }
    connection.gap(
      side, byteCount: count > 0 ? UInt64(count) : nil,
      reason: Self.reason(flow).rawValue)
    try drain(flow)
  }

  /// Lets the connection go that has nothing under way.
  private func release(_ connection: HTTPConnection, _ collector: HTTPCollector, _ slot: Int) {
    if let rest = connection.rest, collector.isAtRest { places[slot] = .atRest(rest) }
  }

  package func ended(_ flow: Conversation, from side: FlowSide, _ how: FlowEnd) throws(TraceError) {
    if case .messages = places[flow.slot], flow.isOver { return try finish(flow) }
    if case .atRest = places[flow.slot], !flow.isOver, !how.isSeen { return }
    guard let (connection, collector) = openConnection(flow.slot) else { return }
    if how.isSeen { connection.end(side, time: flow.lastTime) }
    try drain(flow)
    // Nothing more comes: what is remembered of it goes before its place does.
    if flow.isOver { return try finish(flow) }
    release(connection, collector, flow.slot)
  }

  /// Of a live trace nothing is held back.
  package func pause() throws(TraceError) {
    try showAll()
    try lines?.pause()
    for presenter in presenters { try presenter.pause() }
  }

  package func finish() throws(TraceError) { try showAll() }

  private func showAll() throws(TraceError) {
    while let next = order.next() { try show(next) }
  }

  package func closed(_ flow: Conversation) throws(TraceError) {
    try finish(flow)
    places[flow.slot] = .empty
  }

  /// Shows what is left of a conversation and counts it.
  private func finish(_ flow: Conversation) throws(TraceError) {
    _ = openConnection(flow.slot)
    let place = places[flow.slot]
    places[flow.slot] = .finished
    switch place {
    case .finished, .atRest: break
    case .empty:
      let name = flow.key.ipProtocol == IPProtocol.udp.rawValue ? "UDP" : "without data"
      others[name, default: 0] &+= 1
    case .other(let guess): others[Self.name(guess), default: 0] &+= 1
    case .messages(let reader):
      reader.finish(ConversationEnd(of: flow))
      try drain(flow)
      counted.connections &+= 1
    case .open(let connection, let collector):
      let end = ConversationEnd(of: flow)
      connection.finish(end)
      collector.close(end)
      try drain(flow)
      if collector.isHTTP {
        counted.connections &+= 1
      } else if collector.dialogue != nil {
        counted.dialogues &+= 1
      } else {
        others[Self.name(collector.otherProtocol), default: 0] &+= 1
      }
    }
  }

  /// The connection of a conversation, which begins with the first bytes; nil when it is something else.
  private func connection(_ flow: Conversation) -> (HTTPConnection, HTTPCollector)? {
    switch places[flow.slot] {
    case .open, .atRest: return openConnection(flow.slot)
    case .other, .messages, .finished: return nil
    case .empty:
      let collector = HTTPCollector(store, budget)
      let connection = HTTPConnection(budget: budget, sink: collector)
      if flow.isBeginningLeftOut {
        connection.begins(flow.isBeginningPutAside ? .putAside : .leftOut)
      } else if flow.flow.clientEvidence == .syn {
        connection.begins(.seen)
      }
      places[flow.slot] = .open(connection, collector)
      return (connection, collector)
    }
  }

  /// The connection of a conversation that has begun, at rest or not.
  private func openConnection(_ slot: Int) -> (HTTPConnection, HTTPCollector)? {
    switch places[slot] {
    case .open(let connection, let collector): return (connection, collector)
    case .atRest(let rest):
      let collector = HTTPCollector(store, budget, after: rest)
      let connection = HTTPConnection(rest, budget: budget, sink: collector)
      places[slot] = .open(connection, collector)
      return (connection, collector)
    case .empty, .messages, .other, .finished: return nil
    }
  }

  private func drain(_ flow: Conversation) throws(TraceError) {
    guard store.hasItems else { return }
    var about = HTTPFlow(
      number: flow.number, name: flow.name.text, lower: flow.key.lower,
      upper: flow.key.upper, isClearText: flow.flags.contains(.clearText))
    about.isDataTrace = flow.isDataTrace
    about.client = flow.client
    about.key = flow.key
    about.firstRecord = flow.flow.firstRecord
    about.firstTime = flow.flow.firstTime
    about.start = flow.firstTime
    try store.takeItems { (item) throws(TraceError) in
      var isExchange = false
      switch item {
      case .exchange:
        counted.exchanges &+= 1
        isExchange = true
      case .told: counted.exchanges &+= 1
      case .line: counted.dialogueLines &+= 1
      default: break
      }
      let content: HTTPOrder.Content
      if let lines {
        content = .lines(try lines.render(item, of: about))
        for presenter in presenters { try presenter.show(item, of: about) }
      } else {
        content = .item(item, about)
      }
      order.add(content, time: item.time, isExchange: isExchange)
    }
    // Finished lines give room in the store no more.
    while order.isFull || lines == nil && store.isHalfFull, let next = order.next() {
      try show(next)
    }
  }

  private func show(_ content: HTTPOrder.Content) throws(TraceError) {
    switch content {
    case .lines(let bytes): try lines?.write(bytes)
    case .item(let item, let flow):
      for presenter in presenters { try presenter.show(item, of: flow) }
      if case .exchange(let exchange) = item { exchange.dropViews() }
    }
  }

  /// Why bytes are missing, as far as the records of the conversation tell.
  private static func reason(_ flow: Conversation) -> HTTPGapReason {
    if flow.flags.contains(.confidential) { return .confidential }
    if flow.flags.contains(.notDumped) { return .abbreviated }
    if flow.flags.contains(.incomplete) { return .segments }
    return flow.isDataTrace ? .abbreviated : .packets
  }

  private static func name(_ guess: ProtocolGuess?) -> String {
    guard let guess, guess.confidence >= .likely else { return "not recognised" }
    return switch guess.application {
    case .unknown: "not recognised"
    case .http1: "HTTP without a start line"
    case .telnet: "Telnet"
    default: "\(guess.application.name)"
    }
  }
}
