internal import TraceBytes
public import TraceModel

/// The two byte streams of one connection, cut into messages and paired.
///
/// Feed it in time order. Bytes are looked at in place and given on in place; only a line or head
/// that spans pieces is kept, within `HTTPLimits`.
public final class HTTPConnection {
  /// The bounds in force.
  public var limits: HTTPLimits { shared.limits }
  private let shared: SharedLimits
  let sink: any HTTPSink
  private let budget: MessageBudget
  /// What it has of the budget.
  private var held = 0
  /// Absent between messages: then what stays of them is below.
  private(set) var parsers = Sides<MessageParser?>(lower: nil, upper: nil)
  private var rests: Sides<ParserRest>
  private var state = Stage.undecided
  var pairings = Sides(lower: Pairing(side: .lower), upper: Pairing(side: .upper))
  var nextExchange: UInt64 = 0
  var handingOver: HandingOver?
  var dialogue: Dialogue?

  /// What is known of the beginning of the connection.
  public enum Beginning: UInt8, Sendable {
    /// The trace may have begun later.
    case unknown
    /// A filter leaves it out.
    case leftOut
    /// It came before the conversation was put aside.
    case putAside
    /// It is there.
    case seen
  }

  /// What is known of the beginning; says why a request is missing.
  private(set) var beginning = Beginning.unknown

  /// Notes what is known of the beginning.
  public func begins(_ beginning: Beginning) { self.beginning = beginning }

  /// First lines that may be those of a dialogue, until another one tells.
  private struct WaitingLine {
    var direction: FlowSide
    var bytes: [UInt8]
    var offset: UInt64
    var time: Int64
  }

  private var waitingLines: [WaitingLine] = []
  private static let mostWaitingLines = 8

  private enum Stage {
    case undecided
    case http
    case dialogue
    case other
  }

  /// A connection that reports to `sink`.
  /// - Parameter budget: shared by all connections of a run.
  public init(
    limits: HTTPLimits = HTTPLimits(), budget: MessageBudget = MessageBudget(),
    sink: any HTTPSink
  ) {
    shared = SharedLimits.of(limits)
    self.budget = budget
    self.sink = sink
    rests = Sides(lower: ParserRest(), upper: ParserRest())
  }

  // MARK: - At rest

  /// What stays of a connection on which nothing is under way: its answers were given, and no request waits.
  public struct Rest: Sendable {
    fileprivate var streams: Sides<ParserRest>
    fileprivate var requests: Sides<Pairing.Lasting>
    /// Exchanges until now.
    public fileprivate(set) var exchanges: UInt64
    /// The side that is the client.
    public fileprivate(set) var client: FlowSide?
    fileprivate var beginning: Beginning
  }

  /// What another connection can go on from; nil as long as something is under way.
  public var rest: Rest? {
    guard state == .http, parsers.lower == nil, parsers.upper == nil, dialogue == nil,
      waitingLines.isEmpty, pairings.areAtRest
    else { return nil }
    return Rest(
      streams: rests,
      requests: pairings.lasting,
      exchanges: nextExchange, client: client, beginning: beginning)
  }

  /// A connection of HTTP that goes on after a rest.
  public init(_ rest: Rest, budget: MessageBudget = MessageBudget(), sink: any HTTPSink) {
    shared = SharedLimits.standard
    self.budget = budget
    self.sink = sink
    rests = rest.streams
    pairings.lasting = rest.requests
    nextExchange = rest.exchanges
    client = rest.client
    beginning = rest.beginning
    state = .http
  }

  /// Lets the parsers go of streams that are between messages, and tells the budget what is kept.
  private func releaseParsers() {
    // Read and written as a whole: an access within which others may follow is checked at run time.
    var kept = parsers
    if state == .http {
      var rests = rests
      for direction in FlowSide.allCases {
        guard let parser = kept[direction], parser.isAtRest else { continue }
        rests[direction] = parser.rest
        kept[direction] = nil
      }
      self.rests = rests
      parsers = kept
    }
    let waiting = pairings.requestsBesideFirst
    budget.change(
      &held,
      to: (kept.lower?.held.bytes.capacity ?? 0) + (kept.upper?.held.bytes.capacity ?? 0)
        + (dialogue?.heldBytes ?? 0) + waiting * MessageBudget.request)
  }

  deinit { budget.change(&held, to: 0) }

  /// Bytes of a head that are kept.
  var headBytes: Int { budget.isFull ? MessageBudget.least : limits.headBytes }

  /// Bytes of a line that are looked at for a start line.
  var resyncLineBytes: Int {
    budget.isFull ? min(256, limits.resyncLineBytes) : limits.resyncLineBytes
  }

  /// Whether a request more may wait beside `count` others.
  func hasRoom(beside count: Int) -> Bool {
    budget.hasRoom(beside: count, most: limits.pendingRequests)
  }

  /// What a stream is, whether its parser is there or not.
  func rest(_ direction: FlowSide) -> ParserRest {
    guard let parser = parsers[direction] else { return rests[direction] }
    return parser.rest
  }

  // MARK: - Input

  /// The next bytes of a stream, seen at `time` (nanoseconds).
  public func data(_ direction: FlowSide, _ bytes: RawSpan, time: Int64) {
    guard state != .other, bytes.byteCount > 0 else { return }
    parser(direction).data(bytes, time: time, in: self)
    releaseParsers()
  }

  /// Bytes of a stream are missing; `reason` is the caller's and comes back in the events.
  public func gap(_ direction: FlowSide, byteCount: UInt64?, reason: UInt16) {
    guard state != .other else { return }
    parser(direction).gap(byteCount, reason: reason, in: self)
    releaseParsers()
  }

  /// A stream is over; times in the events stay those of its bytes.
  public func end(_ direction: FlowSide, time: Int64) {
    guard state != .other, !rest(direction).hasEnded else { return }
    parser(direction).end(.streamEnded, in: self)
    if state == .http {
      flushRequests(direction.other, .streamEnded)
      // Requests of the other stream may still wait behind a packet that is late or lost, and their answers are here.
      for side in FlowSide.allCases where rest(side).hasEnded { flushResponses(side) }
    }
    releaseParsers()
  }

  /// Nothing more comes: whatever is open is reported as far as it came.
  public func finish(_ how: ConversationEnd = .traceEnd) {
    guard state != .other else { return }
    let hadEnded = Sides(lower: rest(.lower).hasEnded, upper: rest(.upper).hasEnded)
    for direction in FlowSide.allCases where !rest(direction).hasEnded {
      parser(direction).end(HTTPEnding(how), in: self)
    }
    if state == .undecided {
      if rest(.lower).seen > 0 || rest(.upper).seen > 0 { giveUp() }
      return
    }
    if isAfterHandOver { endHTTP() }
    dialogue?.finish()
    for direction in FlowSide.allCases {
      let isOver = hadEnded[direction.other]
      flushRequests(direction, isOver ? .streamEnded : HTTPMissingHalf(how))
      flushResponses(direction)
    }
  }

  /// The stream of the client, once bytes have shown it: the one with the first request, or the
  /// one against the first response. In a dialogue, the one with the commands.
  public var clientDirection: FlowSide? { dialogue?.clientDirection ?? client }

  var client: FlowSide?

  // MARK: - Protocol

  /// Nothing has shown yet what the connection speaks.
  public var isUndecided: Bool { state == .undecided }

  /// It speaks something that is no business of this module; its bytes are passed over.
  public var isOther: Bool { state == .other }

  /// What it speaks, as far as this module reads it.
  public var application: ApplicationProtocol {
    switch state {
    case .undecided, .other: .unknown
    case .http: .http1
    case .dialogue: dialogue?.application ?? .replyDialogue
    }
  }

  func decidedHTTP() {
    guard state == .undecided else { return }
    state = .http
    parsers.lower?.first = []
    parsers.upper?.first = []
  }

  /// Enough bytes of a stream are there to tell what it is, if it is something well-known.
  func decideByGuess() {
    let guess = guessByPrefixes()
    if guess.confidence == .certain, guess.application.isBeyondThisModule { stop(guess) }
  }

  /// No start line within the limit.
  func giveUp() {
    stop(guessByPrefixes())
  }

  private func guessByPrefixes() -> ProtocolGuess {
    let one = parsers.lower?.first ?? []
    let two = parsers.upper?.first ?? []
    return ApplicationProtocol.guess(unsafe one.span.bytes, unsafe two.span.bytes)
  }

  private func stop(_ guess: ProtocolGuess) {
    state = .other
    for case let parser? in [parsers.lower, parsers.upper] {
      parser.state = .ignored
      parser.held.removeAll()
    }
    sink.notHTTP(guess)
  }

  /// Whether the first line of a stream makes the connection a dialogue (or something else that
  /// is no business of this module); the line is consumed then.
  func takesDialogue(_ parser: MessageParser, _ line: RawSpan) -> Bool {
    guard state == .undecided, !parser.rest.hadMessage else { return false }
    let prefix = parsers[parser.direction.other]?.first ?? []
    let guess = ApplicationProtocol.guess(line, unsafe prefix.span.bytes)
    if guess.application.isDialogue, guess.confidence >= .likely {
      beginDialogue(guess.application, parser, line)
      return true
    }
    if guess.application.isDialogue, waitingLines.count < Self.mostWaitingLines,
      line.byteCount <= limits.resyncLineBytes
    {
      waitingLines.append(
        WaitingLine(
          direction: parser.direction, bytes: line.copied(), offset: parser.startOffset,
          time: parser.startTime))
      return true
    }
    guard guess.confidence == .certain, guess.application.isBeyondThisModule else { return false }
    stop(guess)
    return true
  }

  /// From a line of one stream on the connection is a dialogue.
  func beginDialogue(
    _ application: ApplicationProtocol, _ parser: MessageParser, _ line: RawSpan
  ) {
    let other = self.parser(parser.direction.other)
    let dialogue = Dialogue(application, limits: limits, budget: budget, sink: sink)
    self.dialogue = dialogue
    state = .dialogue
    let waiting = other.takeHeld()
    parser.state = .dialogue
    other.state = .dialogue
    for line in waitingLines {
      dialogue.data(
        line.direction, unsafe line.bytes.span.bytes, offset: line.offset, time: line.time)
    }
    waitingLines = []
    if !waiting.isEmpty {
      dialogue.data(
        other.direction, unsafe waiting.bytes.span.bytes,
        offset: other.rest.position &- UInt64(waiting.count), time: waiting.time(of: 0))
    }
    dialogue.data(parser.direction, line, offset: parser.startOffset, time: parser.startTime)
  }

  /// Whether the next response of this stream answers an HTTP/0.9 request.
  func isSimpleResponse(_ parser: MessageParser) -> Bool {
    !parser.rest.hadMessage && pairings[parser.direction.other].queue.first?.isSimple == true
  }

  /// A final answer begins, maybe before the body of its request.
  func answered(_ exchange: UInt64, _ parser: MessageParser) {
    parsers[parser.direction.other]?.wasAnswered(exchange)
  }

  func parser(_ direction: FlowSide) -> MessageParser {
    if let parser = parsers[direction] { return parser }
    let parser = MessageParser(rests[direction], direction: direction, limits: shared)
    var all = parsers
    all[direction] = parser
    parsers = all
    return parser
  }
}
