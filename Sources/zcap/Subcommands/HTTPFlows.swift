import TraceBytes
import TraceHTTP
import TraceModel
import TraceRender
import TraceStreams

/// Gives the streams of each conversation to a connection of its own, and what comes out of them to
/// the presenters.
final class HTTPFlows: StreamSink {
  /// What was found.
  struct Counts {
    var exchanges: UInt64 = 0
    var dialogueLines: UInt64 = 0
    var connections: UInt64 = 0
    var dialogues: UInt64 = 0
    /// Conversations that are something else, by name.
    var others: [String: UInt64] = [:]
  }

  private final class Open {
    let connection: HTTPConnection
    let collector: HTTPCollector

    init(_ store: HTTPStore) {
      collector = HTTPCollector(store)
      connection = HTTPConnection(limits: store.connectionLimits, sink: collector)
    }
  }

  private let store: HTTPStore
  private let presenters: [any HTTPPresenter]
  /// By the slot of the conversation.
  private var open: [Open?] = []
  private(set) var counts = Counts()

  init(_ store: HTTPStore, _ presenters: [any HTTPPresenter]) {
    self.store = store
    self.presenters = presenters
  }

  func data(_ flow: Flow, from side: FlowSide, _ bytes: RawSpan, time: Int64, record: UInt64)
    throws(TraceError)
  {
    let open = opened(flow.slot)
    open.connection.data(Self.direction(side), bytes, time: time)
    try drain(open, flow)
  }

  func gap(_ flow: Flow, from side: FlowSide, count: Int) throws(TraceError) {
    let open = opened(flow.slot)
    open.connection.gap(
      Self.direction(side), byteCount: count > 0 ? UInt64(count) : nil,
      reason: Self.reason(flow).rawValue)
    try drain(open, flow)
  }

  func ended(_ flow: Flow, from side: FlowSide, _ how: StreamEnd) throws(TraceError) {
    guard let open = existing(flow.slot) else { return }
    switch how {
    case .closed, .reset, .reused: open.connection.end(Self.direction(side), time: flow.lastTime)
    // The connection may well have gone on.
    case .idle, .traceEnd: break
    }
    try drain(open, flow)
  }

  func closed(_ flow: Flow) throws(TraceError) {
    guard let open = existing(flow.slot) else {
      let name = flow.key.ipProtocol == IPProtocol.udp.rawValue ? "UDP" : "without data"
      counts.others[name, default: 0] &+= 1
      return
    }
    self.open[flow.slot] = nil
    open.connection.finish()
    open.collector.close()
    try drain(open, flow)
    if open.collector.isHTTP {
      counts.connections &+= 1
    } else if open.collector.dialogue != nil {
      counts.dialogues &+= 1
    } else {
      let name = Self.name(open.collector.otherProtocol)
      counts.others[name, default: 0] &+= 1
    }
  }

  private func existing(_ slot: Int) -> Open? { slot < open.count ? open[slot] : nil }

  private func opened(_ slot: Int) -> Open {
    if let open = existing(slot) { return open }
    while open.count <= slot { open.append(nil) }
    let new = Open(store)
    open[slot] = new
    return new
  }

  private func drain(_ open: Open, _ flow: Flow) throws(TraceError) {
    guard !open.collector.items.isEmpty else { return }
    let about = HTTPFlow(
      number: flow.number, name: flow.name.text, forward: flow.key.lower,
      backward: flow.key.upper, isClearText: flow.flags.contains(.clearText))
    for item in open.collector.takeItems() {
      switch item {
      case .exchange: counts.exchanges &+= 1
      case .line: counts.dialogueLines &+= 1
      default: break
      }
      for presenter in presenters { try presenter.show(item, of: about) }
      if case .exchange(let entry) = item { entry.dropViews() }
    }
  }

  private static func direction(_ side: FlowSide) -> HTTPDirection {
    side == .lower ? .forward : .backward
  }

  /// Why bytes are missing, as far as the records of the conversation tell.
  private static func reason(_ flow: Flow) -> HTTPGapReason {
    if flow.flags.contains(.confidential) { return .confidential }
    if flow.flags.contains(.incomplete) { return .segments }
    return flow.isDataTrace ? .abbreviated : .packets
  }

  private static func name(_ guess: ProtocolGuess?) -> String {
    guard let guess, guess.confidence > .none else { return "not recognised" }
    return switch guess.application {
    case .unknown: "not recognised"
    case .http1: "HTTP without a start line"
    case .http2: "HTTP/2"
    case .tls: "TLS"
    case .smtp: "SMTP"
    case .ftp: "FTP"
    case .replyDialogue: "SMTP or FTP"
    case .pop3: "POP3"
    case .imap: "IMAP"
    case .ssh: "SSH"
    case .telnet: "Telnet"
    case .tn3270: "TN3270"
    case .drda: "DRDA"
    case .mq: "MQ"
    case .nje: "NJE"
    case .ldap: "LDAP"
    }
  }
}
