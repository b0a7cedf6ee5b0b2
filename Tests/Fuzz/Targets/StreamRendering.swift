internal import TraceBytes
internal import TraceProtocols
internal import TraceModel
internal import TraceRender
internal import TraceStreams

/// Conversations as text, and as HTTP-like messages in every form.
final class StreamRendering: StreamSink {
  private let printer: ConversationPrinter
  private let messages: MessageRendering
  private var connections: [Int: MessageRendering.Open] = [:]

  init(_ rendering: Rendering) {
    printer = ConversationPrinter(rendering.sink(.conversation), PrintOptions())
    messages = MessageRendering(rendering)
  }

  private func talk(_ flow: Conversation) -> ConversationPrinter.Talk {
    ConversationPrinter.Talk(
      slot: flow.slot, number: flow.number, key: flow.key,
      clientIsLower: flow.client == .lower, name: flow.name)
  }

  private func open(_ flow: Conversation) -> MessageRendering.Open {
    if let open = connections[flow.slot] { return open }
    let open = messages.open()
    connections[flow.slot] = open
    return open
  }

  private func about(_ flow: Conversation) -> HTTPFlow {
    HTTPFlow(
      number: flow.number, name: flow.name.text, lower: flow.key.lower,
      upper: flow.key.upper, isClearText: flow.flags.contains(.clearText))
  }

  func data(
    _ flow: Conversation, from side: FlowSide, _ bytes: RawSpan, time: Int64, record: UInt64
  ) throws(TraceError) {
    try printer.data(talk(flow), fromLower: side == .lower, bytes, time: time)
    open(flow).connection.data(side == .lower ? .lower : .upper, bytes, time: time)
    try messages.show(open(flow), about(flow))
  }

  func datagram(
    _ flow: Conversation, from side: FlowSide, _ bytes: RawSpan, length: Int, time: Int64,
    record: UInt64
  ) throws(TraceError) {
    try printer.data(talk(flow), fromLower: side == .lower, bytes, time: time)
  }

  func gap(_ flow: Conversation, from side: FlowSide, count: Int) throws(TraceError) {
    try printer.gap(talk(flow), fromLower: side == .lower, count: count)
    open(flow).connection.gap(
      side == .lower ? .lower : .upper, byteCount: count > 0 ? UInt64(count) : nil, reason: 0)
    try messages.show(open(flow), about(flow))
  }

  func ended(_ flow: Conversation, from side: FlowSide, _ how: FlowEnd) throws(TraceError) {
    open(flow).connection.end(side == .lower ? .lower : .upper, time: flow.lastTime)
    try messages.show(open(flow), about(flow))
  }

  func closed(_ flow: Conversation) throws(TraceError) {
    try printer.closed(talk(flow))
    guard let open = connections.removeValue(forKey: flow.slot) else { return }
    try messages.close(open, about(flow))
  }

  /// The trace is over.
  func finish() throws(TraceError) {
    try printer.finish()
    try messages.finish()
  }
}

/// HTTP-like messages of several connections in every form.
final class MessageRendering {
  final class Open {
    let connection: HTTPConnection
    let collector: HTTPCollector

    init(_ store: HTTPStore) {
      collector = HTTPCollector(store)
      connection = HTTPConnection(sink: collector)
    }
  }

  private let store: HTTPStore
  private let presenters: [any HTTPPresenter]

  init(_ rendering: Rendering, redacts: Bool = true) {
    var options = HTTPStore.Options()
    options.keepsHeads = true
    options.keepsBodies = true
    options.redacts = redacts
    store = HTTPStore(options)
    let full = HTTPTextWriter.Detail(heads: true, bodies: true)
    presenters = [
      HTTPTextWriter(rendering.sink(.http), detail: full),
      HTTPJSONWriter(rendering.sink(.httpJSON), detail: full),
      HTTPArchiveWriter(rendering.sink(.archive), version: "fuzz"),
    ]
  }

  func open() -> Open { Open(store) }

  func show(_ open: Open, _ about: HTTPFlow) throws(TraceError) {
    try store.takeItems { (item) throws(TraceError) in
      for presenter in presenters { try presenter.show(item, of: about) }
      if case .exchange(let entry) = item { entry.dropViews() }
    }
  }

  func close(_ open: Open, _ about: HTTPFlow) throws(TraceError) {
    open.connection.finish()
    open.collector.close(.traceEnd)
    try show(open, about)
  }

  func finish() throws(TraceError) { for presenter in presenters { try presenter.finish() } }
}
