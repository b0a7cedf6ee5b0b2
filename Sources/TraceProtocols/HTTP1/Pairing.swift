internal import TraceModel

/// Pairs the requests of one stream with the responses of the other: by order, and by time where order was lost.
///
/// It changes only as a whole, so that a change of what it keeps is checked once for an event.
struct Pairing {
  /// The side that sends the requests.
  let side: FlowSide
  var queue = PendingQueue()
  /// Responses that came without their request or before it; hardly any connection has some.
  private var unpaired: Unpaired?
  var lasting = Lasting()
  /// Requests may have been lost whose answers are still to come.
  var mayLackRequests = false
  /// A response without its request began since the last request did.
  var hasUnasked = false
  /// A request began behind what may have been lost.
  var hasDoubt = false
  /// The number of the doubt that requests behind what may have been lost are in. It is over for all of them at once,
  /// and thousands can wait.
  private var doubt: UInt64 = 1
  /// The request that is being read, whose answer is here, stands behind what may have been lost.
  var isAnsweredBehindGap = false
  /// What stays when nothing is under way.
  struct Lasting {
    /// Responses may have been lost since the last one began.
    var mayLackResponses = false
    /// Bytes are missing between two responses, so that a whole one is.
    var lacksResponse = false
    /// A second request was sent before the first was answered.
    var isPipelined = false
    var isUncertain = false
    var hasRequests = false
  }

  /// Nothing waits.
  var isAtRest: Bool {
    queue.count == 0
      && (unpaired.map {
        $0.forgotten == 0 && $0.early == nil && $0.orphan == nil && $0.unasked.isEmpty
      } ?? true)
  }

  private final class Unpaired {
    var early: Early?
    var orphan: Orphan?
    var unasked: [Orphan] = []
    var forgotten: UInt64 = 0
  }

  typealias Early = (exchange: UInt64, response: HTTPMessageSummary, interim: UInt16)

  /// A response that was over before its request was.
  var early: Early? {
    get { unpaired?.early }
    set { if newValue != nil || unpaired != nil { mine().early = newValue } }
  }
  /// A response without request whose final part is still to come.
  var orphan: Orphan? {
    get { unpaired?.orphan }
    set { if newValue != nil || unpaired != nil { mine().orphan = newValue } }
  }
  /// Responses without request that are over. The stream of the requests may wait for a packet that is
  /// late or lost, so they may still get one that was sent before they were.
  var unasked: [Orphan] {
    get { unpaired?.unasked ?? [] }
    set { if !newValue.isEmpty || unpaired != nil { mine().unasked = newValue } }
  }

  /// Requests that no longer wait, because too many did, and whose answers are still to come before those to the
  /// others.
  var forgotten: UInt64 {
    get { unpaired?.forgotten ?? 0 }
    set { mine().forgotten = newValue }
  }

  private mutating func mine() -> Unpaired {
    let mine = unpaired ?? Unpaired()
    unpaired = mine
    return mine
  }

  struct Orphan {
    var exchange: UInt64
    /// When and where its head began.
    var time: Int64
    var offset: UInt64
    /// Why it has no request, as far as was known when it began.
    var missing: HTTPMissingHalf
    var interim: UInt16 = 0
    var response: HTTPMessageSummary?
  }

  /// How many responses wait for their requests at most.
  static let mostUnasked = 64

  init(side: FlowSide) { self.side = side }
}

extension Pairing {
  /// What a parser needs to know about the message that it begins.
  struct Begun {
    var id: HTTPMessageID
    /// Method of the request that is answered, or of the request itself.
    var method: HTTPMethod
    var isFirstRequest = false
  }

  // MARK: - Requests

  mutating func beginRequest(
    _ line: StartLine, _ parser: MessageParser, in connection: HTTPConnection
  ) -> Begun {
    if !connection.hasRoom(beside: queue.count), let oldest = queue.popFirst() {
      forgotten &+= 1
      emit(oldest, nil, .limit, in: connection)
    }
    // Nothing waits, so nothing is out of step any more.
    if queue.count == 0, unasked.isEmpty { lasting.isUncertain = false }
    let exchange =
      answeredExchange(askedAt: parser.startTime, in: connection) ?? connection.newExchange()
    let isAnswered = early?.exchange == exchange
    var pending = PendingRequest(exchange: exchange, summary: HTTPMessageSummary())
    if let orphan, orphan.exchange == exchange {
      pending.interimResponses = orphan.interim
      self.orphan = nil
    }
    let isBehindGap = isBehindGap()
    if isBehindGap { pending.doubt = doubt }
    if isAnswered { isAnsweredBehindGap = isBehindGap }
    pending.isSimple = line.isSimple
    pending.summary.firstTime = parser.startTime
    pending.summary.lastTime = parser.now
    pending.summary.offset = parser.startOffset
    pending.summary.headBytes = parser.headCount
    pending.summary.method = line.method
    if !isAnswered { queue.append(pending) }
    let isFirst = !lasting.hasRequests
    lasting.hasRequests = true
    let id = HTTPMessageID(exchange: exchange, kind: .request, direction: side)
    return Begun(id: id, method: line.method, isFirstRequest: isFirst)
  }

  mutating func endRequest(
    _ exchange: UInt64, _ summary: HTTPMessageSummary, in connection: HTTPConnection
  ) {
    if queue.end(exchange, summary) { return }
    guard let early, early.exchange == exchange else { return }
    self.early = nil
    var pending = PendingRequest(exchange: exchange, summary: summary)
    pending.interimResponses = early.interim
    if isAnsweredBehindGap { pending.doubt = doubt }
    emit(pending, early.response, .none, in: connection)
  }

  mutating func mayLackRequest() {
    if !hasUnasked || !unasked.isEmpty { mayLackRequests = true }
  }

  /// Whether a request that begins now stands behind lost ones whose answers may come before its own. They do not
  /// when its client had the answer to the one before it first.
  private mutating func isBehindGap() -> Bool {
    hasUnasked = false
    guard mayLackRequests else { return false }
    if hasDoubt, queue.count == 0, unasked.isEmpty {
      mayLackRequests = false
      hasDoubt = false
      return false
    }
    hasDoubt = true
    return true
  }

  /// The exchange of a response that was seen before the request which it answers.
  private mutating func answeredExchange(
    askedAt time: Int64, in connection: HTTPConnection
  ) -> UInt64? {
    releaseUnasked(notAfter: time, in: connection)
    guard queue.count == 0 else { return nil }
    if !unasked.isEmpty {
      let answer = unasked.removeFirst()
      guard let response = answer.response else { return nil }
      early = (answer.exchange, response, answer.interim)
      return answer.exchange
    }
    guard let orphan, orphan.time > time else { return nil }
    return orphan.exchange
  }

  mutating func flushRequests(_ missing: HTTPMissingHalf, in connection: HTTPConnection) {
    while let pending = queue.popFirst() { emit(pending, nil, missing, in: connection) }
  }

  // MARK: - Responses

  mutating func beginResponse(_ parser: MessageParser, in connection: HTTPConnection) -> Begun {
    if lasting.mayLackResponses { passLost(before: parser, in: connection) }
    let isForgotten = forgotten > 0
    if let pending = queue.first, !isForgotten, !wasSentBefore(pending, parser, in: connection) {
      let id = HTTPMessageID(
        exchange: pending.exchange, kind: .response, direction: side.other,
        interim: pending.interimResponses)
      return Begun(id: id, method: pending.summary.method)
    }
    lasting.isUncertain = false
    // It may be the answer to what was lost.
    mayLackRequests = false
    doubt &+= 1
    hasUnasked = true
    let orphan =
      self.orphan
      ?? Orphan(
        exchange: connection.newExchange(), time: parser.startTime, offset: parser.startOffset,
        missing: isForgotten ? .limit : whyNoRequest(in: connection))
    self.orphan = orphan
    let id = HTTPMessageID(
      exchange: orphan.exchange, kind: .response, direction: side.other, interim: orphan.interim)
    return Begun(id: id, method: .unknown)
  }

  /// Responses may be lost before the one that begins now.
  private mutating func passLost(before parser: MessageParser, in connection: HTTPConnection) {
    lasting.mayLackResponses = false
    defer { lasting.lacksResponse = false }
    if lasting.isPipelined || mayLackRequests {
      lasting.isUncertain = true
      return
    }
    if cameTogether(parser) { lasting.isUncertain = true }
    // What is lost may have answered the only request that waits, and this one a request that is lost as well.
    if queue.count == 1, lasting.lacksResponse { lasting.isUncertain = true }
    // A client that waits for each answer has had those to all requests but the last before it.
    while let next = queue.second, next.summary.firstTime <= parser.startTime,
      let lost = queue.popFirst()
    {
      emit(lost, nil, .gap, in: connection)
    }
  }

  /// Whether what was passed over before a response came when more than one request waited: of a client that waits for
  /// each answer it would belong to the last one, and no further answer could follow.
  private func cameTogether(_ parser: MessageParser) -> Bool {
    guard parser.startOffset > parser.resyncOffset, let next = queue.second else { return false }
    return next.summary.firstTime <= parser.resyncTime
  }

  /// Whether a response is older than a request, so that it answers one before it, or one that was lost.
  private func wasSentBefore(
    _ pending: PendingRequest, _ parser: MessageParser, in connection: HTTPConnection
  ) -> Bool {
    parser.startTime < pending.summary.firstTime
      && (parser.rest.hadGap || connection.rest(side).hadGap)
  }

  private func whyNoRequest(in connection: HTTPConnection) -> HTTPMissingHalf {
    if lasting.hasRequests { return .noRequest }
    if connection.rest(side).seen > 0 { return .notRecognised }
    return switch connection.beginning {
    case .unknown: .traceBeganLater
    case .leftOut: .filtered
    case .putAside: .putAside
    case .seen: .nothingAsked
    }
  }

  /// An interim response is over: its exchange waits on.
  mutating func countInterim(_ exchange: UInt64) {
    if orphan?.exchange == exchange {
      orphan?.interim &+= 1
    } else if queue.first?.exchange == exchange {
      queue.countInterim()
    }
  }

  mutating func endResponse(
    _ id: HTTPMessageID, _ summary: HTTPMessageSummary, in connection: HTTPConnection
  ) {
    if var orphan, orphan.exchange == id.exchange {
      self.orphan = nil
      orphan.response = summary
      if orphan.missing == .limit {
        forgotten &-= 1
        emit(orphan, in: connection)
      } else {
        keepUnasked(orphan, in: connection)
      }
      return
    }
    guard queue.first?.exchange == id.exchange, let pending = queue.popFirst() else {
      let orphan = Orphan(
        exchange: id.exchange, time: summary.firstTime, offset: summary.offset,
        missing: .noRequest, interim: id.interim, response: summary)
      return emit(orphan, in: connection)
    }
    // A request sent before the end of the answer before it. Only an answer without a hole can tell:
    // others may have been over earlier than it seems.
    if summary.ending == .complete, !summary.isGapped, let next = queue.first,
      next.summary.firstTime < summary.lastTime
    {
      lasting.isPipelined = true
    }
    if pending.hasEnded {
      emit(pending, summary, .none, in: connection)
    } else {
      early = (pending.exchange, summary, pending.interimResponses)
    }
  }

  mutating func mayLackResponses(isBetween: Bool) {
    lasting.mayLackResponses = true
    if isBetween { lasting.lacksResponse = true }
  }

  private mutating func keepUnasked(_ answer: Orphan, in connection: HTTPConnection) {
    guard queue.count == 0, !connection.rest(side).hasEnded else {
      return emit(answer, in: connection)
    }
    unasked.append(answer)
    if unasked.count > Self.mostUnasked { releaseOldestUnasked(in: connection) }
  }

  /// Reports the responses that no request sent after `time` can have asked for.
  private mutating func releaseUnasked(
    notAfter time: Int64 = .max, in connection: HTTPConnection
  ) {
    while let first = unasked.first, first.time <= time { releaseOldestUnasked(in: connection) }
  }

  private mutating func releaseOldestUnasked(in connection: HTTPConnection) {
    // It may be the answer to what was lost.
    mayLackRequests = false
    emit(unasked.removeFirst(), in: connection)
  }

  mutating func flushResponses(in connection: HTTPConnection) {
    releaseUnasked(in: connection)
    guard let orphan else { return }
    self.orphan = nil
    emit(orphan, in: connection)
  }

  // MARK: - Exchanges

  private func emit(
    _ pending: PendingRequest, _ response: HTTPMessageSummary?, _ missing: HTTPMissingHalf,
    in connection: HTTPConnection
  ) {
    var exchange = HTTPExchange(number: pending.exchange, requestDirection: side)
    exchange.request = pending.summary
    exchange.response = response
    exchange.interimResponses = pending.interimResponses
    exchange.missing = missing
    exchange.isPairingUncertain = lasting.isUncertain || pending.doubt == doubt && response != nil
    connection.sink.exchangeComplete(exchange)
  }

  private func emit(_ orphan: Orphan, in connection: HTTPConnection) {
    connection.sink.finding(
      HTTPFinding(
        kind: .requestMissing, direction: side.other, offset: orphan.offset,
        exchange: orphan.exchange, time: orphan.time))
    var exchange = HTTPExchange(number: orphan.exchange, requestDirection: side)
    exchange.response = orphan.response
    exchange.interimResponses = orphan.interim
    exchange.missing =
      connection.rest(side).hadGap && orphan.missing != .limit ? .gap : orphan.missing
    exchange.isPairingUncertain = lasting.isUncertain
    connection.sink.exchangeComplete(exchange)
  }
}

extension Sides where Value == Pairing {
  var areAtRest: Bool { lower.isAtRest && upper.isAtRest }

  var lasting: Sides<Pairing.Lasting> {
    get { Sides<Pairing.Lasting>(lower: lower.lasting, upper: upper.lasting) }
    set {
      lower.lasting = newValue.lower
      upper.lasting = newValue.upper
    }
  }

  /// Requests that wait beside the first of each side.
  var requestsBesideFirst: Int { max(0, lower.queue.count - 1) + max(0, upper.queue.count - 1) }
}
