internal import TraceModel
internal import TraceBytes

/// What pairing keeps for the requests of one stream.
struct Pairing {
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
  /// The request that is being read, whose answer is here, stands behind what may have been lost.
  var isAnsweredBehindGap = false
  /// Requests that no longer wait, because too many did, and whose answers are still to come before those
  /// to the others.
  var forgotten: UInt64 = 0

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
    queue.count == 0 && forgotten == 0
      && (unpaired.map { $0.early == nil && $0.orphan == nil && $0.unasked.isEmpty } ?? true)
  }

  private final class Unpaired {
    var early: Early?
    var orphan: Orphan?
    var unasked: [Orphan] = []
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
}

/// Requests and responses by order on their connection, and by time where order was lost.
extension HTTPConnection {
  /// What a parser needs to know about the message that it begins.
  struct Begun {
    var id: HTTPMessageID
    /// Method of the request that is answered, or of the request itself.
    var method: HTTPMethod
  }

  func begin(_ line: StartLine, _ parser: MessageParser) -> Begun {
    let asks = line.kind == .request
    client = client ?? (asks ? parser.direction : parser.direction.other)
    return asks ? beginRequest(line, parser) : beginResponse(line, parser)
  }

  private func beginRequest(_ line: StartLine, _ parser: MessageParser) -> Begun {
    let direction = parser.direction
    if !hasRoom(for: direction) {
      if let oldest = pairings[direction].queue.popFirst() {
        pairings[direction].forgotten &+= 1
        emit(direction, oldest, nil, .limit)
      }
    }
    // Nothing waits, so nothing is out of step any more.
    if pairings[direction].queue.count == 0, pairings[direction].unasked.isEmpty {
      pairings[direction].lasting.isUncertain = false
    }
    let exchange = answeredExchange(direction, askedAt: parser.startTime) ?? newExchange()
    let isAnswered = pairings[direction].early?.exchange == exchange
    var pending = PendingRequest(exchange: exchange, summary: HTTPMessageSummary())
    if let orphan = pairings[direction].orphan, orphan.exchange == exchange {
      pending.interimResponses = orphan.interim
      pairings[direction].orphan = nil
    }
    pending.isBehindGap = isBehindGap(direction)
    if isAnswered { pairings[direction].isAnsweredBehindGap = pending.isBehindGap }
    pending.isSimple = line.isSimple
    pending.summary.firstTime = parser.startTime
    pending.summary.lastTime = parser.now
    pending.summary.offset = parser.startOffset
    pending.summary.headBytes = parser.headCount
    pending.summary.method = line.method
    if !isAnswered { pairings[direction].queue.append(pending) }
    if !pairings[direction].lasting.hasRequests {
      pairings[direction].lasting.hasRequests = true
      if line.version.family == .http, pairings[direction.other].lasting.hasRequests {
        parser.report(.rolesMixed, at: parser.startOffset, in: self)
      }
    }
    let id = HTTPMessageID(exchange: exchange, kind: .request, direction: direction)
    return Begun(id: id, method: line.method)
  }

  private func beginResponse(_ line: StartLine, _ parser: MessageParser) -> Begun {
    let direction = parser.direction.other
    if pairings[direction].lasting.mayLackResponses {
      pairings[direction].lasting.mayLackResponses = false
      defer { pairings[direction].lasting.lacksResponse = false }
      if pairings[direction].lasting.isPipelined || pairings[direction].mayLackRequests {
        pairings[direction].lasting.isUncertain = true
      } else {
        if cameTogether(parser, direction) { pairings[direction].lasting.isUncertain = true }
        // What is lost may have answered the only request that waits, and this one a request that is lost as well.
        if pairings[direction].queue.count == 1, pairings[direction].lasting.lacksResponse {
          pairings[direction].lasting.isUncertain = true
        }
        // A client that waits for each answer has had those to all requests but the last before it.
        while let next = pairings[direction].queue.second,
          next.summary.firstTime <= parser.startTime,
          let lost = pairings[direction].queue.popFirst()
        {
          emit(direction, lost, nil, .gap)
        }
      }
    }
    let isForgotten = pairings[direction].forgotten > 0
    if let pending = pairings[direction].queue.first, !isForgotten,
      !wasSentBefore(pending, parser, direction)
    {
      let id = HTTPMessageID(
        exchange: pending.exchange, kind: .response, direction: parser.direction,
        interim: pending.interimResponses)
      return Begun(id: id, method: pending.summary.method)
    }
    pairings[direction].lasting.isUncertain = false
    // It may be the answer to what was lost.
    pairings[direction].mayLackRequests = false
    pairings[direction].queue.closeGap()
    pairings[direction].hasUnasked = true
    let orphan =
      pairings[direction].orphan
      ?? .init(
        exchange: newExchange(), time: parser.startTime, offset: parser.startOffset,
        missing: isForgotten ? .limit : whyNoRequest(direction))
    pairings[direction].orphan = orphan
    let id = HTTPMessageID(
      exchange: orphan.exchange, kind: .response, direction: parser.direction,
      interim: orphan.interim)
    return Begun(id: id, method: .unknown)
  }

  /// Whether what was passed over before a response came when more than one request waited: of a client that waits for
  /// each answer it would belong to the last one, and no further answer could follow.
  private func cameTogether(_ parser: MessageParser, _ direction: FlowSide) -> Bool {
    guard parser.startOffset > parser.resyncOffset,
      let next = pairings[direction].queue.second
    else { return false }
    return next.summary.firstTime <= parser.resyncTime
  }

  /// A message is over.
  func ended(_ id: HTTPMessageID, _ summary: HTTPMessageSummary, _ parser: MessageParser) {
    if id.kind == .request {
      let direction = parser.direction
      if pairings[direction].queue.end(id.exchange, summary) { return }
      if let early = pairings[direction].early, early.exchange == id.exchange {
        pairings[direction].early = nil
        var pending = PendingRequest(exchange: id.exchange, summary: summary)
        pending.interimResponses = early.interim
        pending.isBehindGap = pairings[direction].isAnsweredBehindGap
        emit(direction, pending, early.response, .none)
      }
      return
    }
    let direction = parser.direction.other
    let isInterim =
      summary.status >= 100 && summary.status < 200
      && parser.framing != .handOver
    if summary.method == .connect, !isInterim, parser.framing != .handOver {
      tunnelRefused(direction)
    }
    if var orphan = pairings[direction].orphan, orphan.exchange == id.exchange {
      if isInterim {
        pairings[direction].orphan?.interim &+= 1
      } else {
        pairings[direction].orphan = nil
        orphan.response = summary
        if orphan.missing == .limit {
          pairings[direction].forgotten &-= 1
          emitOrphan(direction, orphan)
        } else {
          keepUnasked(direction, orphan)
        }
      }
      return
    }
    guard let first = pairings[direction].queue.first, first.exchange == id.exchange else {
      if !isInterim {
        emitOrphan(
          direction,
          .init(
            exchange: id.exchange, time: summary.firstTime, offset: summary.offset,
            missing: .noRequest, interim: id.interim, response: summary))
      }
      return
    }
    if isInterim {
      pairings[direction].queue.countInterim()
      return
    }
    guard let pending = pairings[direction].queue.popFirst() else { return }
    // A request sent before the end of the answer before it. Only an answer without a hole can tell:
    // others may have been over earlier than it seems.
    if summary.ending == .complete, !summary.isGapped,
      let next = pairings[direction].queue.first,
      next.summary.firstTime < summary.lastTime
    {
      pairings[direction].lasting.isPipelined = true
    }
    if pending.hasEnded {
      emit(direction, pending, summary, .none)
    } else {
      pairings[direction].early = (pending.exchange, summary, pending.interimResponses)
    }
  }

  /// Responses (and requests) of this stream may be missing from here on.
  func lostFraming(_ direction: FlowSide, isBetween: Bool) {
    pairings[direction.other].lasting.mayLackResponses = true
    if isBetween { pairings[direction.other].lasting.lacksResponse = true }
    if !pairings[direction].hasUnasked || !pairings[direction].unasked.isEmpty {
      pairings[direction].mayLackRequests = true
    }
  }

  /// Whether a request that begins now stands behind lost ones whose answers may come before its own. They do not
  /// when its client had the answer to the one before it first.
  private func isBehindGap(_ direction: FlowSide) -> Bool {
    pairings[direction].hasUnasked = false
    guard pairings[direction].mayLackRequests else { return false }
    if pairings[direction].hasDoubt, pairings[direction].queue.count == 0,
      pairings[direction].unasked.isEmpty
    {
      pairings[direction].mayLackRequests = false
      pairings[direction].hasDoubt = false
      return false
    }
    pairings[direction].hasDoubt = true
    return true
  }

  func emit(
    _ direction: FlowSide, _ pending: PendingRequest, _ response: HTTPMessageSummary?,
    _ missing: HTTPMissingHalf
  ) {
    var exchange = HTTPExchange(number: pending.exchange, requestDirection: direction)
    exchange.request = pending.summary
    exchange.response = response
    exchange.interimResponses = pending.interimResponses
    exchange.missing = missing
    exchange.isPairingUncertain =
      pairings[direction].lasting.isUncertain || pending.isBehindGap && response != nil
    sink.exchangeComplete(exchange)
  }

  private func emitOrphan(_ direction: FlowSide, _ orphan: Pairing.Orphan) {
    sink.finding(
      HTTPFinding(
        kind: .requestMissing, direction: direction.other, offset: orphan.offset,
        exchange: orphan.exchange, time: orphan.time))
    var exchange = HTTPExchange(number: orphan.exchange, requestDirection: direction)
    exchange.response = orphan.response
    exchange.interimResponses = orphan.interim
    exchange.missing =
      rest(direction).hadGap && orphan.missing != .limit ? .gap : orphan.missing
    exchange.isPairingUncertain = pairings[direction].lasting.isUncertain
    sink.exchangeComplete(exchange)
  }

  private func newExchange() -> UInt64 {
    defer { nextExchange &+= 1 }
    return nextExchange
  }

  /// The exchange of a response that was seen before the request which it answers.
  private func answeredExchange(_ direction: FlowSide, askedAt time: Int64) -> UInt64? {
    releaseUnasked(direction, notAfter: time)
    guard pairings[direction].queue.count == 0 else { return nil }
    if !pairings[direction].unasked.isEmpty {
      let answer = pairings[direction].unasked.removeFirst()
      guard let response = answer.response else { return nil }
      pairings[direction].early = (answer.exchange, response, answer.interim)
      return answer.exchange
    }
    guard let orphan = pairings[direction].orphan, orphan.time > time else { return nil }
    return orphan.exchange
  }

  /// Whether a response is older than a request, so that it answers one before it, or one that was lost.
  private func wasSentBefore(
    _ pending: PendingRequest, _ parser: MessageParser, _ direction: FlowSide
  ) -> Bool {
    (rest(direction).hadGap || parser.rest.hadGap) && parser.startTime < pending.summary.firstTime
  }

  private func keepUnasked(_ direction: FlowSide, _ answer: Pairing.Orphan) {
    guard pairings[direction].queue.count == 0, !rest(direction).hasEnded else {
      return emitOrphan(direction, answer)
    }
    pairings[direction].unasked.append(answer)
    if pairings[direction].unasked.count > Pairing.mostUnasked {
      releaseOldestUnasked(direction)
    }
  }

  /// Reports the responses that no request sent after `time` can have asked for.
  private func releaseUnasked(_ direction: FlowSide, notAfter time: Int64 = .max) {
    while let first = pairings[direction].unasked.first, first.time <= time {
      releaseOldestUnasked(direction)
    }
  }

  private func releaseOldestUnasked(_ direction: FlowSide) {
    // It may be the answer to what was lost.
    pairings[direction].mayLackRequests = false
    emitOrphan(direction, pairings[direction].unasked.removeFirst())
  }

  private func whyNoRequest(_ direction: FlowSide) -> HTTPMissingHalf {
    if pairings[direction].lasting.hasRequests { return .noRequest }
    if rest(direction).seen > 0 { return .notRecognised }
    return switch beginning {
    case .unknown: .traceBeganLater
    case .leftOut: .filtered
    case .putAside: .putAside
    case .seen: .nothingAsked
    }
  }

  /// No response will come any more for the requests of this stream.
  func flushRequests(_ direction: FlowSide, _ missing: HTTPMissingHalf) {
    while let pending = pairings[direction].queue.popFirst() {
      emit(direction, pending, nil, missing)
    }
  }

  /// No request will come any more on this stream for the responses that are there.
  func flushResponses(_ direction: FlowSide) {
    releaseUnasked(direction)
    guard let orphan = pairings[direction].orphan else { return }
    pairings[direction].orphan = nil
    emitOrphan(direction, orphan)
  }
}
