internal import TraceBytes
internal import TraceProtocols
internal import TraceModel
internal import TraceStreams

/// One conversation on its way into PDUs: which bytes are a message, and what the others are.
final class PDUConversation: HTTPSink {
  /// Whose PDUs they are, as the first record has it.
  let record: TraceRecord
  let interface: UInt32
  /// The end on the traced host.
  var here: FlowSide?
  var lower = PDUStream()
  var upper = PDUStream()
  /// What every record is a PDU of, once it is clear that there are no messages.
  private(set) var byRecord: PDUName?
  /// What is unusual about the records since the last PDU.
  var remarks: [[UInt8]] = []
  var isDescribed = false
  /// Whether lines to come can still tell more: SMTP from FTP, TLS from clear text.
  private(set) var isDialogue = false
  /// What the bytes are that are no lines of the dialogue.
  private var opaque = PDUName.named(.unknown)
  private(set) var connection: HTTPConnection?

  init(_ record: borrowing TraceRecord, interface: UInt32) {
    self.record = copy record
    self.interface = interface
  }

  /// What the bytes of the two directions are is found out by a parser, which is not needed by datagrams.
  func parser() -> HTTPConnection {
    if let connection { return connection }
    let new = HTTPConnection(sink: self)
    connection = new
    return new
  }

  /// The parser and this hold each other until the conversation is over.
  func close() {
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
    let one = lower.bytes.count > 0 ? lower.marks.first?.record : nil
    let two = upper.bytes.count > 0 ? upper.marks.first?.record : nil
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
    self[head.message.direction].open = (head.offset, .named(head.version.family))
  }

  func messageEnd(_ message: HTTPMessageID, _ summary: HTTPMessageSummary) {
    let side = message.direction
    guard let open = self[side].open else { return }
    self[side].open = nil
    let length = summary.headBytes &+ summary.wireBytes &+ summary.missingBytes
    self[side].ended.append(
      PDUStream.Message(start: open.start, end: open.start &+ length, name: open.name))
  }

  func handOver(_ handOver: HTTPHandOver, name: RawSpan) {
    opaque = .named(handOver.kind)
    byRecord = opaque
  }

  func opaqueData(_ direction: FlowSide, bytes: RawSpan, time: Int64) { byRecord = opaque }

  func dialogueLine(_ line: DialogueLine, bytes: RawSpan) {
    isDialogue = true
    byRecord = .named(line.application)
  }

  func notHTTP(_ guess: ProtocolGuess) { byRecord = .named(guess.application) }
}
