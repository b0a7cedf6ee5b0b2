internal import TraceModel

/// Requests and responses by order on their connection, and by time where order was lost.
extension HTTPConnection {
  func begin(_ line: StartLine, _ parser: MessageParser) -> Pairing.Begun {
    let side = parser.direction
    guard line.kind == .request else {
      client = client ?? side.other
      return pairings[side.other].beginResponse(parser, in: self)
    }
    client = client ?? side
    let begun = pairings[side].beginRequest(line, parser, in: self)
    if begun.isFirstRequest, line.version.family == .http,
      pairings[side.other].lasting.hasRequests
    {
      parser.report(.rolesMixed, at: parser.startOffset, in: self)
    }
    return begun
  }

  /// A message is over.
  func ended(_ id: HTTPMessageID, _ summary: HTTPMessageSummary, _ parser: MessageParser) {
    let side = parser.direction
    if id.kind == .request { return pairings[side].endRequest(id.exchange, summary, in: self) }
    let isInterim = summary.status >= 100 && summary.status < 200 && parser.framing != .handOver
    if summary.method == .connect, !isInterim, parser.framing != .handOver {
      tunnelRefused(side.other)
    }
    if isInterim {
      pairings[side.other].countInterim(id.exchange)
    } else {
      pairings[side.other].endResponse(id, summary, in: self)
    }
  }

  /// Responses (and requests) of this stream may be missing from here on.
  func lostFraming(_ side: FlowSide, isBetween: Bool) {
    pairings[side.other].mayLackResponses(isBetween: isBetween)
    pairings[side].mayLackRequest()
  }

  /// No response will come any more for the requests of this stream.
  func flushRequests(_ side: FlowSide, _ missing: HTTPMissingHalf) {
    pairings[side].flushRequests(missing, in: self)
  }

  /// No request will come any more on this stream for the responses that are there.
  func flushResponses(_ side: FlowSide) { pairings[side].flushResponses(in: self) }

  func newExchange() -> UInt64 {
    defer { nextExchange &+= 1 }
    return nextExchange
  }
}
