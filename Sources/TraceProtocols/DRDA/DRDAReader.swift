internal import TraceBytes
internal import TraceModel

/// Reads a DRDA conversation: a chain of requests and the chain of its replies is one exchange.
final class DRDAReader: MessageReader {
  /// Chains that wait for their replies; a requester sends the next one when it has them, as a rule.
  private static let mostWaiting = 4

  /// What is known of one side's stream.
  private struct Side {
    var stream = DDMStream()
    /// Whether the next structure goes on with a chain.
    var isInChain = false
    /// Whether the next chain may have begun before what was seen of it.
    var mayBeCut = true
    /// CCSID of the texts that the side sends.
    var ccsid: UInt16?
  }

  private(set) var client: FlowSide?
  private var requests = Side()
  private var replies = Side()
  /// The beginnings of values that segments cut.
  private var askedValue: [UInt8] = []
  private var answeredValue: [UInt8] = []
  /// A statement on its way.
  private var sql = SQLText()
  private var chains: [DRDAChain] = []
  private var secrets = DRDASecrets()
  private var nameStreams = Sides(lower: DDMStream(), upper: DDMStream())
  private var isContinued = Sides(lower: false, upper: false)
  private var memory = DRDAMemory()

  func frame(_ bytes: RawSpan, from side: FlowSide) -> Frame {
    DDMStream.frame(bytes, isContinued: isContinued[side])
  }

  func secrets(in message: RawSpan, _ place: MessagePlace, mark: (Range<Int>) -> Void) {
    note(message, place)
    secrets.take(message, place, ccsid: requests.ccsid, mark: mark)
  }

  /// The user of a logon, and the host and program that a requester says it is.
  func names(
    in message: RawSpan, _ place: MessagePlace, _ body: (Range<Int>, ProtocolName) -> Void
  ) {
    nameStreams[place.side].take(message, length: place.length) { event in
      guard case .value(let piece) = event, let parameter = piece.parameter else { return }
      switch parameter {
      case .usrid: body(piece.range, .name)
      case .srvnam: body(piece.range, .host)
      default: break
      }
    }
  }

  func read(_ message: RawSpan, _ place: MessagePlace, into sink: any ExchangeSink) {
    note(message, place)
    guard let client else { return }
    if place.side == client {
      ask(message, place, into: sink)
    } else {
      answer(message, place, into: sink)
    }
  }

  /// What both questions need: where the next message begins, and who the client is.
  private func note(_ message: RawSpan, _ place: MessagePlace) {
    guard message.byteCount >= 2 else { return }
    let was = isContinued[place.side]
    isContinued[place.side] = message.be16(0) & 0x8000 != 0
    guard client == nil, !was, message.has(10, at: 0), let header = DDMHeader(message) else {
      return
    }
    let sender = header.fromClient ?? DDMCode(rawValue: message.be16(8)).fromClient
    client = sender.map { $0 ? place.side : place.side.other }
  }

  func gap(_ side: FlowSide) {
    nameStreams[side].gap()
    isContinued[side] = false
    secrets.gap(side)
    guard let client else { return }
    if side == client {
      requests.stream.gap()
      requests.isInChain = false
      requests.mayBeCut = true
      // The rest of the request is not known, and the next reply may answer another chain.
      for index in chains.indices {
        chains[index].isInGap = true
        if !chains[index].isAsked { chains[index].request?.isWhole = false }
        chains[index].isAsked = true
      }
    } else {
      replies.stream.gap()
      replies.isInChain = false
      replies.mayBeCut = true
      guard !chains.isEmpty else { return }
      chains[0].isInGap = true
      chains[0].response?.isWhole = false
    }
  }

  func finish(_ how: ConversationEnd, into sink: any ExchangeSink) {
    while !chains.isEmpty { tell(0, missing: how.missing, into: sink) }
  }

  private func tell(_ index: Int, missing: Exchange.Missing, into sink: any ExchangeSink) {
    var chain = chains.remove(at: index)
    // A reply chain of a request that was not seen.
    let isUnasked = chain.request == nil
    if chain.response != nil, !isUnasked,
      [.closed, .traceEnded, .filtered, .released].contains(missing)
    {
      chain.response?.isWhole = false
    }
    guard let client else { return }
    let why = isUnasked ? .request : chain.response == nil ? missing : .nothing
    sink.exchange(
      chain.exchange(client: client, &memory, requests.ccsid, replies.ccsid, missing: why))
  }

  // MARK: - Requests

  private func ask(_ message: RawSpan, _ place: MessagePlace, into sink: any ExchangeSink) {
    if requests.stream.isIdle, !requests.isInChain {
      // A requester sends the next chain when it has the answer to the last: an answer not seen by now was in
      // a gap.
      while let first = chains.first,
        first.isInGap || first.request == nil || chains.count >= Self.mostWaiting
      {
        tell(0, missing: first.response == nil ? .responseInGap : .nothing, into: sink)
      }
      chains.append(DRDAChain())
    }
    guard let index = chains.indices.last else { return }
    chains[index].request.take(place, isWhole: message.byteCount >= place.length)
    var stream = requests.stream
    stream.take(message, length: place.length) { event in
      switch event {
      case .structure(let header):
        requests.isInChain = header.isChained
        // Correlation ids count from 1 in every chain, and a command comes before its objects.
        if requests.mayBeCut, header.correlation != 1 || header.kind == .object {
          chains[index].request?.isWhole = false
        }
        requests.mayBeCut = false
        if header.kind == .request { chains[index].wantsReply = true }
      case .object(let code):
        if code.fromClient == true, code.rawValue >> 8 != 0x24 { chains[index].command(code) }
      case .value(let piece): asked(piece, message, index)
      case .end: break
      }
    }
    requests.stream = stream
    guard stream.isIdle, !requests.isInChain else { return }
    chains[index].isAsked = true
    memory.keep(chains[index], requests.ccsid)
    if !chains[index].wantsReply || chains[index].isAnswered {
      tell(index, missing: .nothing, into: sink)
    }
  }

  private func asked(_ piece: DDMStream.Piece, _ message: RawSpan, _ index: Int) {
    guard let parameter = piece.parameter else {
      if piece.object == .sqlstt {
        statement(piece, message, index)
      } else if piece.object == .sqlattr {
        Self.whole(piece, message, &askedValue) {
          chains[index].attributes = DRDAChain.kept($0)
        }
      }
      return
    }
    guard DRDAChain.isWanted(parameter) else { return }
    Self.whole(piece, message, &askedValue) { value in
      chains[index].asked[parameter.rawValue] = DRDAChain.kept(value)
      if parameter == .typdefovr { requests.ccsid = Self.ccsid(value) ?? requests.ccsid }
    }
  }

  /// A piece of a statement; what is secret in it is blotted out before it is kept.
  private func statement(_ piece: DDMStream.Piece, _ message: RawSpan, _ index: Int) {
    if piece.isFirst {
      sql.begin(total: piece.total)
      askedValue.removeAll()
    }
    var kept = askedValue
    var secret: [Range<Int>] = []
    // Bytes of the message before what is kept of the text at hand.
    var before = 0
    sql.take(
      message, piece.range, ccsid: requests.ccsid,
      text: { range in
        before = range.lowerBound - kept.count
        kept.append(message, range.prefix(max(0, DRDAChain.mostText - kept.count)))
      },
      secret: { secret.append($0.lowerBound - before..<$0.upperBound - before) })
    let blot: UInt8 = sql.isEBCDIC ?? false ? 0x5C : 0x2A
    for range in secret {
      for at in range.clamped(to: 0..<kept.count) { kept[at] = blot }
    }
    if sql.hasSecret { chains[index].hasSecret = true }
    askedValue = kept
    guard piece.isLast else { return }
    askedValue = []
    // The command stands in the structure before that of its statement.
    chains[index].statement(kept)
  }

  // MARK: - Replies

  private func answer(_ message: RawSpan, _ place: MessagePlace, into sink: any ExchangeSink) {
    if replies.stream.isIdle, !replies.isInChain { passLost(before: place, into: sink) }
    if chains.isEmpty { chains.append(DRDAChain()) }
    chains[0].response.take(place, isWhole: message.byteCount >= place.length)
    var stream = replies.stream
    stream.take(message, length: place.length) { event in
      switch event {
      case .structure(let header):
        replies.isInChain = header.isChained
        if replies.mayBeCut, header.correlation != 1 { chains[0].response?.isWhole = false }
        replies.mayBeCut = false
      case .object(let code): chains[0].reply(code)
      case .value(let piece): answered(piece, message)
      case .end: break
      }
    }
    replies.stream = stream
    guard stream.isIdle, !replies.isInChain else { return }
    chains[0].isAnswered = true
    if chains[0].isAsked || chains[0].request == nil { tell(0, missing: .nothing, into: sink) }
  }

  /// A requester that waits for each answer has had those to all chains but the last one before a reply chain.
  private func passLost(before place: MessagePlace, into sink: any ExchangeSink) {
    guard chains.first?.isInGap == true else { return }
    while chains.count > 1, let next = chains[1].request, next.firstTime <= place.firstTime {
      tell(0, missing: chains[0].response == nil ? .responseInGap : .nothing, into: sink)
    }
  }

  private func answered(_ piece: DDMStream.Piece, _ message: RawSpan) {
    switch (piece.object, piece.parameter) {
    case (.qrydta, nil): chains[0].rowBytes += piece.range.count
    case (.extdta, nil): chains[0].lobBytes += piece.range.count
    case (.sqlcard, nil), (.sqldard, nil), (.sqldtard, .fdodta):
      Self.whole(piece, message, &answeredValue) { value in
        if let card = SQLCard(value, ccsid: replies.ccsid) { chains[0].card(card) }
      }
    case (.sqlrslrd, nil) where piece.isFirst && piece.range.count >= 2:
      // In the server's byte order: a few sets in any case.
      let at = piece.range.lowerBound
      chains[0].resultSets = Int(min(message.be16(at), message.le16(at)))
    case (_, let parameter?) where DRDAChain.isWanted(parameter):
      Self.whole(piece, message, &answeredValue) { value in
        chains[0].answer(parameter, value)
        if parameter == .typdefovr { replies.ccsid = Self.ccsid(value) ?? replies.ccsid }
      }
    default: break
    }
  }

  // MARK: - Values

  /// Gives a value when all of it, or as much as is kept, is there.
  private static func whole(
    _ piece: DDMStream.Piece, _ message: RawSpan, _ kept: inout [UInt8], _ take: (RawSpan) -> Void
  ) {
    if piece.isFirst, piece.isLast { return take(message.extracting(piece.range)) }
    if piece.isFirst { kept.removeAll(keepingCapacity: true) }
    kept.append(message, piece.range.prefix(max(0, DRDAChain.mostValue - kept.count)))
    guard piece.isLast else { return }
    let value = kept
    kept = []
    unsafe take(value.span.bytes)
  }

  /// The CCSID of mixed text, else that of single-byte text: parameters within TYPDEFOVR.
  private static func ccsid(_ value: RawSpan) -> UInt16? {
    var found: UInt16?
    var at = 0
    while value.has(6, at: at), value.be16(at) == 6 {
      let code = DDMCode(rawValue: value.be16(at + 2))
      let ccsid = value.be16(at + 4)
      if ccsid != 0, code == .ccsidmbc || (code == .ccsidsbc && found == nil) { found = ccsid }
      at += 6
    }
    return found
  }
}

extension Range<Int> {
  /// The first `count` of it.
  fileprivate func prefix(_ count: Int) -> Range<Int> {
    lowerBound..<Swift.min(upperBound, lowerBound + count)
  }
}
