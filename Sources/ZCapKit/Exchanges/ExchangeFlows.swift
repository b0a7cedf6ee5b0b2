package import TraceBytes
package import TraceModel
package import TraceProtocols
package import TraceStreams

/// An exchange with the conversation that it belongs to.
package struct FlowExchange: Sendable {
  package var exchange: Exchange
  /// Number of the conversation, as `flows` shows it.
  package var flow: UInt64
  /// Place of the conversation among the open ones.
  package var slot = 0
  package var isUDP: Bool
  package var isDataTrace: Bool
  /// `flow_id`.
  package var flowID: UInt64
  package var key: FlowKey
  /// Job or interface name.
  package var name: RecordName
  /// Number over the run, from 1, in the order in which exchanges were over.
  package var number: UInt64
  /// Number within the conversation, from 1, and the number of the first record of the conversation.
  package var numberInFlow: UInt64 = 0
  package var firstRecord: UInt64 = 0

  /// The end that asked, and the one that was asked.
  package var client: Endpoint { exchange.client == .lower ? key.lower : key.upper }
  package var server: Endpoint { exchange.client == .lower ? key.upper : key.lower }

  /// Nanoseconds from the first byte of the request to the first and to the last of the answer.
  package var firstByte: Int64? { exchange.firstByte }
  package var lastByte: Int64? { exchange.lastByte }
}

/// Reads every conversation in its protocol, and hands its exchanges on.
package final class ExchangeFlows: StreamSink {
  /// Takes an exchange that is over.
  package typealias Body = (FlowExchange) throws(TraceError) -> Void

  /// The exchanges that the reader at hand has told. They are taken before another reader is asked, so that one
  /// serves all.
  private final class Waiting: ExchangeSink {
    var exchanges: [Exchange] = []

    func exchange(_ exchange: Exchange) { exchanges.append(exchange) }
  }

  /// The reader of one conversation.
  private final class Open {
    /// Exchanges that were handed on.
    var count: UInt64 = 0
    let reader: ApplicationReader

    init(_ waiting: Waiting, _ budget: MessageBudget) {
      reader = ApplicationReader(into: waiting, budget: budget)
    }
  }

  private let protocols: Set<ApplicationProtocol>
  private let body: Body
  private let waiting = Waiting()
  private let budget = MessageBudget()
  private var open = PerFlow<Open>()
  private var dataConnections = DataConnections()
  /// Data connections of FTP, which no protocol tells.
  private var transfers: UInt64 = 0
  private var number: UInt64 = 0
  private var gaps: UInt64 = 0
  private var missingBytes: UInt64 = 0
  /// Protocols of which exchanges were told.
  private var told: Set<ApplicationProtocol> = []
  /// Conversations by what they speak.
  package private(set) var conversations: [ApplicationProtocol: UInt64] = [:]

  /// Called when everything read so far has been given.
  package var onPause: () throws(TraceError) -> Void = {}

  /// - Parameter protocols: those that are wanted; all when it is empty.
  package init(_ protocols: Set<ApplicationProtocol> = [], _ body: @escaping Body) {
    self.protocols = protocols
    self.body = body
  }

  package func pause() throws(TraceError) { try onPause() }

  /// With a message under way.
  package var bytesPerConversation: Int { 2048 }

  /// What may be missing among the exchanges: a line for people.
  package func losses() -> [String] {
    guard gaps > 0 else { return [] }
    let bytes = missingBytes > 0 ? " (\(missingBytes.counted("byte")))" : ""
    return ["\(gaps.counted("gap"))\(bytes) in the conversations: exchanges may be missing there"]
  }

  /// The protocols of conversations that have no exchanges: a line for people.
  package func otherConversations() -> [String] {
    var others = conversations.filter { !told.contains($0.key) }
      .sorted { $0.value != $1.value ? $0.value > $1.value : $0.key.rawValue < $1.key.rawValue }
      .map { "\($0.value.grouped) \($0.key == .unknown ? "not recognised" : "\($0.key.name)")" }
    if transfers > 0 { others.append("\(transfers.grouped) data of FTP") }
    return others.isEmpty ? [] : ["other conversations: \(others.joined(separator: ", "))"]
  }

  /// Whether data connections of FTP are tied to their commands, and not read themselves. A part of the
  /// conversations has one without the other, and must tell of each what the whole tells.
  package var tiesTransfers = true

  package func opened(_ flow: Conversation) throws(TraceError) {
    if tiesTransfers { dataConnections.open(flow) }
  }

  package func data(
    _ flow: Conversation, from side: FlowSide, _ bytes: RawSpan, time: Int64, record: UInt64
  ) throws(TraceError) {
    if dataConnections.takes(flow) { return }
    let known = known(flow.slot)
    guard !known.reader.isOther else { return }
    known.reader.data(side, bytes, time: time)
    if !waiting.exchanges.isEmpty { try take(known, flow) }
  }

  package func gap(_ flow: Conversation, from side: FlowSide, count: Int) throws(TraceError) {
    missingBytes &+= UInt64(max(0, count))
    gaps &+= 1
    guard let known = open[flow.slot] else { return }
    known.reader.gap(side, count: count)
    if !waiting.exchanges.isEmpty { try take(known, flow) }
  }

  package func ended(_ flow: Conversation, from side: FlowSide, _ how: FlowEnd) throws(TraceError) {
    guard let known = open[flow.slot], how.isSeen else { return }
    known.reader.end(side, time: flow.lastTime)
    if !waiting.exchanges.isEmpty { try take(known, flow) }
    if flow.isOver { try finish(known, flow, .closed) }
  }

  package func closed(_ flow: Conversation) throws(TraceError) {
    if dataConnections.close(flow.slot) { transfers &+= 1 }
    guard let known = open.close(flow.slot) else { return }
    try finish(known, flow, ConversationEnd(of: flow))
    dataConnections.finish(flow.slot)
    conversations[known.reader.application, default: 0] &+= 1
  }

  private func known(_ slot: Int) -> Open {
    if let known = open[slot] { return known }
    let new = Open(waiting, budget)
    open[slot] = new
    return new
  }

  private func finish(
    _ known: Open, _ flow: Conversation, _ how: ConversationEnd
  ) throws(TraceError) {
    known.reader.finish(how)
    try take(known, flow)
  }

  private func take(_ known: Open, _ flow: Conversation) throws(TraceError) {
    var exchanges: [Exchange] = []
    swap(&exchanges, &waiting.exchanges)
    for var exchange in exchanges {
      dataConnections.tie(&exchange, of: flow.slot, flow.key)
      told.insert(exchange.application)
      guard protocols.isEmpty || protocols.contains(exchange.application) else { continue }
      number &+= 1
      known.count &+= 1
      try body(
        FlowExchange(
          exchange: exchange, flow: flow.number, slot: flow.slot,
          isUDP: flow.key.ipProtocol == IPProtocol.udp.rawValue, isDataTrace: flow.isDataTrace,
          flowID: FlowIdentity.hash(flow.key, firstTime: flow.flow.firstTime), key: flow.key,
          name: flow.name, number: number,
          numberInFlow: known.count, firstRecord: flow.flow.firstRecord))
    }
  }
}

extension ConversationEnd {
  /// How a conversation ended that nothing more comes of.
  init(of flow: Conversation) {
    let ends = [flow.lower.end, flow.upper.end]
    self =
      ends.contains(.idle)
      ? .released
      : ends.contains(.filtered) ? .filtered : ends.contains(.traceEnd) ? .traceEnd : .closed
  }
}
