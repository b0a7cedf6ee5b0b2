public import TraceBytes
public import TraceModel

/// Prints what the two ends of each conversation said, in turns: a line with an arrow when the speaker
/// changes, then the bytes without breaks between records.
///
/// Conversations are not held back to be shown one after another: memory stays bounded, and a live
/// trace is shown as it comes.
public final class ConversationPrinter {
  /// Who talks to whom.
  public struct Talk: Sendable {
    /// What tells the conversation from all others that are open; used again when it is closed.
    public var slot: Int
    /// Its number among those of its protocol.
    public var number: UInt64
    /// The two ends in order, and the protocol.
    public var key: FlowKey
    /// Whether the client is `FlowKey.lower`.
    public var clientIsLower: Bool
    /// Job or interface name.
    public var name: RecordName

    /// - Parameter slot: tells the conversation from all others that are open.
    public init(slot: Int, number: UInt64, key: FlowKey, clientIsLower: Bool, name: RecordName) {
      self.slot = slot
      self.number = number
      self.key = key
      self.clientIsLower = clientIsLower
      self.name = name
    }

    func endpoint(isLower: Bool) -> Endpoint { isLower ? key.lower : key.upper }
  }

  private let options: PrintOptions
  private let out: ByteSink
  private var header: HeaderLine
  private var time: TimeText
  private var payloads: PayloadPrinter
  private var flows = PerFlow<PayloadFlow>()
  /// Asked once, because reading it through the printer copies the printer.
  private let needsFlow: Bool
  /// The conversation and the end that speak now.
  private var turn: (slot: Int, fromLower: Bool)?

  /// Bytes of conversations that were shown.
  public private(set) var bytes: UInt64 = 0

  /// - Parameter options: fixed for the run.
  public init(_ sink: ByteSink, _ options: PrintOptions) {
    self.options = options
    out = sink
    header = HeaderLine(zone: options.zone)
    time = TimeText(zone: options.zone)
    payloads = PayloadPrinter(options)
    needsFlow = payloads.needsFlow
  }

  /// Shows bytes that one end sent.
  public func data(
    _ talk: Talk, fromLower: Bool, _ bytes: RawSpan, time: Int64
  ) throws(TraceError) {
    guard bytes.byteCount > 0 else { return }
    self.bytes &+= UInt64(bytes.byteCount)
    try begin(talk, fromLower, time)
    let isFromServer = fromLower != talk.clientIsLower
    var flow = needsFlow ? flows[talk.slot] ?? PayloadFlow() : nil
    flow?.begin(fromLower: fromLower, bytes)
    try payloads.write(bytes, &flow, fromLower: fromLower, isOutbound: isFromServer, to: out)
    if needsFlow { flows[talk.slot] = flow }
    // A datagram is a message of its own.
    if talk.key.ipProtocol == 17 { try endTurn() }
  }

  /// Shows that bytes of one end are missing; 0 when it is not known how many.
  public func gap(_ talk: Talk, fromLower: Bool, count: Int) throws(TraceError) {
    try note(talk) { (out) throws(TraceError) in
      try out.append("gap: ")
      if count > 0 { try out.decimal(count) } else { try out.append("an unknown number of") }
      try out.append(count == 1 ? " byte of " : " bytes of ")
      try out.endpoint(talk.endpoint(isLower: fromLower), hasPort: true)
      try out.append(count == 1 ? " is missing" : " are missing")
    }
  }

  /// Shows something to know of a conversation that came from outside the trace.
  public func remark(_ talk: Talk, _ words: String) throws(TraceError) {
    try note(talk) { (out) throws(TraceError) in try out.visible(words) }
  }

  /// Shows that the AT-TLS policy kept the data of a conversation out of the trace.
  public func confidential(_ talk: Talk) throws(TraceError) {
    try note(talk) { (out) throws(TraceError) in
      try out.append(RecordWords.confidentialHint)
    }
  }

  /// The conversation is over.
  public func closed(_ talk: Talk) throws(TraceError) {
    flows[talk.slot] = nil
    if turn?.slot == talk.slot { try endTurn() }
  }

  /// Everything so far reaches the output.
  public func pause() throws(TraceError) { try out.flush() }

  /// Ends the last turn.
  public func finish() throws(TraceError) { try endTurn() }

  private func begin(_ talk: Talk, _ fromLower: Bool, _ moment: Int64) throws(TraceError) {
    if let turn, turn.slot == talk.slot, turn.fromLower == fromLower { return }
    try endTurn()
    turn = (talk.slot, fromLower)
    guard !options.payloadOnly else { return }
    let fromClient = fromLower == talk.clientIsLower
    try StyledLine.begin(fromClient ? .client : .server, options, out)
    try out.append(fromClient ? ">> " : "<< ")
    try number(talk)
    try time.write(moment, to: out)
    try out.u8(0x20)
    try header.jobName(talk.name, to: out)
    try out.endpoint(talk.endpoint(isLower: fromLower), hasPort: true)
    try out.append(" > ")
    try out.endpoint(talk.endpoint(isLower: !fromLower), hasPort: true)
    try out.u8(0x0A)
  }

  /// `tcp 3 `: Wireshark's tcp.stream and udp.stream.
  private func number(_ talk: Talk) throws(TraceError) {
    try out.append(talk.key.ipProtocol == 17 ? "udp " : "tcp ")
    try out.decimal(talk.number)
    try out.u8(0x20)
  }

  /// Ends the line and the colour of who spoke last.
  private func endTurn() throws(TraceError) {
    guard turn != nil else { return }
    turn = nil
    try payloads.endLine(out)
    guard !options.payloadOnly else { return }
    try StyledLine.end(options, out)
  }

  private func note(
    _ talk: Talk, _ body: (ByteSink) throws(TraceError) -> Void
  ) throws(TraceError) {
    guard !options.payloadOnly else { return }
    try endTurn()
    try out.append("-- ")
    try number(talk)
    try body(out)
    try out.append("\n\n")
  }
}
