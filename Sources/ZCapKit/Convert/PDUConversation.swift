internal import TraceBytes
internal import TraceProtocols
internal import TraceModel
internal import TraceStreams

/// One conversation on its way into PDUs: which bytes are a message, and what the others are.
final class PDUConversation: HTTPSink {
  private final class Described {
    let record: TraceRecord
    init(_ record: TraceRecord) { self.record = record }
  }
  private var described: Described?
  /// The first record, until it was described.
  var record: TraceRecord? { described?.record }
  let interface: UInt32
  /// The end on the traced host.
  var here: FlowSide?
  var lower = PDUStream()
  var upper = PDUStream()
  /// What every record is a PDU of, once it is clear that there are no messages.
  private(set) var byRecord: Dissector? {
    get { records?.dissector }
    set { records = newValue.map { Named($0) } }
  }
  private final class Named {
    let dissector: Dissector
    init(_ dissector: Dissector) { self.dissector = dissector }
  }
  private var records: Named?
  /// What is unusual about the records since the last PDU.
  var remarks: [[UInt8]] = []
  /// Whether the first record was described and is needed no more.
  var isDescribed = false {
    didSet { described = nil }
  }
  /// Whether lines to come can still tell more: SMTP from FTP, TLS from clear text.
  private(set) var isDialogue = false
  /// What the bytes are that are no lines of the dialogue.
  private var opaque: Dissector {
    get { behind?.dissector ?? Dissector.data("unknown") }
    set { behind = Named(newValue) }
  }
  private var behind: Named?
  private(set) var connection: HTTPConnection?
  /// What came before the protocol was known.
  private var first = FirstPieces()
  /// Cuts a protocol with messages of its own, once it is known.
  private var messages: (room: ProtocolRoom, cutter: MessageCutter)?

  private let budget: MessageBudget
  /// What waits here has of the budget.
  private var held = 0

  init(_ record: borrowing TraceRecord, interface: UInt32, _ budget: MessageBudget) {
    self.budget = budget
    described = Described(copy record)
    self.interface = interface
  }

  /// What the bytes of the two directions are is found out by a parser, which is not needed by datagrams.
  private func parser() -> HTTPConnection {
    if let connection { return connection }
    let new = HTTPConnection(budget: budget, sink: self)
    connection = new
    return new
  }

  /// Bytes of a side, which stand in its stream already: finds the messages that end with them.
  func read(_ side: FlowSide, _ bytes: RawSpan, time: Int64) {
    if messages == nil, connection == nil {
      guard first.decide(side, bytes, time: time) else {
        // What has no messages of its own is not waited for.
        if !first.areFew, ProtocolRegistry.room(first.guess.application)?.makeReader == nil {
          decideNow()
        }
        return
      }
      decideNow()
    }
    take(side, bytes, time: time)
  }

  /// Cuts as the protocol of the first bytes wants it.
  private func decideNow() {
    if first.guess.confidence == .certain { cut(as: first.guess.application) }
    for piece in first.take() { take(piece.side, unsafe piece.bytes.span.bytes, time: piece.time) }
  }

  private func take(_ side: FlowSide, _ bytes: RawSpan, time: Int64) {
    if let messages {
      messages.cutter.data(side, bytes, time: time) { [self] _, place in note(place, messages.room)
      }
      return
    }
    parser().data(side, bytes, time: time)
  }

  /// Bytes of a side are missing; 0 when it is not known how many.
  func gap(_ side: FlowSide, count: Int) {
    if !first.isEmpty { decideNow() }
    if let messages {
      return messages.cutter.gap(side, count: count) { [self] _, place in note(place, messages.room)
      }
    }
    parser().gap(side, byteCount: count > 0 ? UInt64(count) : nil, reason: 0)
  }

  /// The stream of a side is over.
  func end(_ side: FlowSide, time: Int64) {
    if !first.isEmpty { decideNow() }
    if let messages {
      return messages.cutter.end(side) { [self] _, place in note(place, messages.room) }
    }
    connection?.end(side, time: time)
  }

  private func cut(as application: ApplicationProtocol) {
    guard let room = ProtocolRegistry.room(application), let makeReader = room.makeReader else {
      return
    }
    messages = (room, MessageCutter(room, makeReader(), budget: budget))
  }

  private func note(_ place: MessagePlace, _ room: ProtocolRoom) {
    self[place.side].end(
      PDUStream.Message(
        start: place.offset, end: place.offset &+ UInt64(clamping: place.length),
        name: room.dissector))
  }

  /// Bytes of a side that may wait for the end of their message.
  var mostWaiting: Int {
    if budget.isFull { return 0 }
    if messages != nil { return PDUSink.mostBytes }
    return connection?.isUndecided ?? true ? PDUSink.mostUndecided : PDUSink.mostBytes
  }

  /// Gives memory back that nothing needs now, and counts the rest.
  func releaseMemory() {
    lower.releaseMemory()
    upper.releaseMemory()
    budget.change(&held, to: lower.capacity + upper.capacity)
  }

  deinit { budget.change(&held, to: 0) }

  /// The parser and this hold each other until the conversation is over.
  func close() {
    if !first.isEmpty { decideNow() }
    for side in FlowSide.allCases where messages != nil { end(side, time: 0) }
    connection?.finish()
    connection = nil
  }

  subscript(side: FlowSide) -> PDUStream {
    get { side == .lower ? lower : upper }
    _modify {
      if side == .lower { yield &lower } else { yield &upper }
    }
  }

  /// The direction with the older bytes that are not written yet.
  var firstWaiting: FlowSide? {
    let one = lower.count > 0 ? lower.marks.first?.record : nil
    let two = upper.count > 0 ? upper.marks.first?.record : nil
    guard let one else { return two == nil ? nil : .upper }
    guard let two else { return .lower }
    return one <= two ? .lower : .upper
  }

  func direction(from side: FlowSide) -> Direction {
    guard let here else { return .unknown }
    return here == side ? .outbound : .inbound
  }

  // MARK: - What the parser finds

  func messageStart(_ head: HTTPHead, bytes: RawSpan) {
    byRecord = nil
    self[head.message.direction].open = (head.offset, head.version.family)
  }

  func messageEnd(_ message: HTTPMessageID, _ summary: HTTPMessageSummary) {
    let side = message.direction
    guard let open = self[side].open else { return }
    self[side].open = nil
    let length = summary.headBytes &+ summary.wireBytes &+ summary.missingBytes
    self[side].end(
      PDUStream.Message(
        start: open.start, end: open.start &+ length, name: Dissector.of(open.family)))
  }

  func handOver(_ handOver: HTTPHandOver, name: RawSpan) {
    opaque = Dissector.of(handOver.kind)
    byRecord = opaque
  }

  func opaqueData(_ direction: FlowSide, bytes: RawSpan, time: Int64) { byRecord = opaque }

  func dialogueLine(_ line: DialogueLine, bytes: RawSpan) {
    isDialogue = true
    byRecord = line.application.dissector
  }

  func notHTTP(_ guess: ProtocolGuess) { byRecord = guess.application.dissector }
}
