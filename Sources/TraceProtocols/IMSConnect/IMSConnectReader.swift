internal import TraceBytes
import TraceModel

/// Reads a conversation with IMS Connect: requests and answers, strictly in turn.
final class IMSConnectReader: MessageReader {
  private(set) var client: FlowSide?
  /// The exchange whose answer is awaited or under way.
  private var open: Exchange?
  private var openType = IMSConnectCodes.MessageType.sendReceive
  private var answer = IMSAnswer()
  /// Whether the client waits for output of a TPIPE: what comes then comes when it is there.
  private var isResuming = false

  func frame(_ bytes: RawSpan, from side: FlowSide) -> Frame {
    guard bytes.byteCount >= 4 else { return .needsMore }
    if side != client?.other {
      if IRM.isHeader(bytes) { return .message(Int(bytes[IRM.Layout.total])) }
      if side == client {
        return bytes.byteCount < IRM.Layout.identifier.end ? .needsMore : .noMessage
      }
      // Too few bytes to tell a request from an answer.
      if client == nil, bytes.byteCount < IRM.Layout.identifier.end { return short(bytes) }
    }
    guard let part = AnswerPart(bytes, takesTotal: true) else {
      return bytes.byteCount < 12 ? .needsMore : .noMessage
    }
    // 12 bytes tell whether a total length stands first.
    if part.start == 0, bytes.byteCount < 12, part.end > bytes.byteCount { return .needsMore }
    return .message(part.end)
  }

  /// An answer can be as short as its last structure.
  private func short(_ bytes: RawSpan) -> Frame {
    guard let part = AnswerPart(bytes, takesTotal: true), part.kind != .data,
      part.end <= bytes.byteCount
    else { return .needsMore }
    return .message(part.end)
  }

  func read(_ message: RawSpan, _ place: MessagePlace, into sink: any ExchangeSink) {
    if place.side != client?.other, let irm = IRM(message) {
      client = place.side
      request(irm, message, place, into: sink)
    } else if place.side != client {
      take(message, place, into: sink)
    }
  }

  func secrets(in message: RawSpan, _ place: MessagePlace, mark: (Range<Int>) -> Void) {
    guard place.side != client?.other, let irm = IRM(message) else { return }
    client = place.side
    IMSConnectSecrets.find(in: message, irm, mark: mark)
  }

  func names(
    in message: RawSpan, _ place: MessagePlace, _ body: (Range<Int>, ProtocolName) -> Void
  ) {
    guard place.side != client?.other, let irm = IRM(message) else { return }
    let client = IRM.Layout.client
    if client.end <= message.byteCount { body(client.range(), .name) }
    for field in [IRM.Layout.terminal, IRM.Layout.user, IRM.Layout.group]
    where irm.has(field, message) { body(field.range(), .name) }
    _ = irm.extensions(message) { range in
      guard
        IMSConnect.has("*NETUID*", at: range.lowerBound + IRM.Extension.identifier.offset, message)
          != nil
      else { return }
      body(range.lowerBound + IRM.Extension.size..<range.upperBound, .name)
    }
  }

  func gap(_ side: FlowSide) {
    guard side != client else { return }
    answer.hasGap = true
  }

  func finish(_ how: ConversationEnd, into sink: any ExchangeSink) {
    close(how.missing, into: sink)
  }

  // MARK: - Requests

  private func request(
    _ irm: IRM, _ bytes: RawSpan, _ place: MessagePlace, into sink: any ExchangeSink
  ) {
    close(.nothing, into: sink)
    let exchange = IMSRequest(irm, bytes)
    var half = Exchange.Half(place, isWhole: bytes.byteCount >= place.length)
    half.messages = max(1, exchange.segments)
    openType = exchange.type
    open = exchange.exchange(client: place.side)
    open?.request = half
    answer = IMSAnswer()
    switch openType {
    case .resume: isResuming = true
    case .ack, .nak: break
    default: isResuming = false
    }
    if isResuming { open?.isWait = true }
    if openType.hasNoAnswer { close(.nothing, into: sink) }
  }

  // MARK: - Answers

  private func take(_ bytes: RawSpan, _ place: MessagePlace, into sink: any ExchangeSink) {
    guard let part = AnswerPart(bytes, takesTotal: true) else { return }
    if client == nil, part.kind != .data { client = place.side.other }
    if open == nil {
      var exchange = Exchange(
        .imsConnect, client: place.side.other,
        operation: isResuming ? "OUTPUT" : IMSConnectCodes.MessageType.sendReceive.name)
      exchange.isWait = isResuming
      // Output of a TPIPE that goes on by itself has no request of its own.
      if !isResuming { exchange.missing = .request }
      open = exchange
      answer = IMSAnswer()
    }
    let isWhole = bytes.byteCount >= place.length && !answer.hasGap
    if answer.hasGap, open?.response == nil, open?.request != nil {
      open?.findings.append(Exchange.answerInDoubt)
    }
    open?.response.take(place, isWhole: isWhole)
    if answer.take(part, bytes, length: place.length) { close(.nothing, into: sink) }
  }

  /// Tells what is open, as far as it came.
  private func close(_ missing: Exchange.Missing, into sink: any ExchangeSink) {
    guard var exchange = open else { return }
    open = nil
    if exchange.response == nil {
      if answer.hasGap {
        exchange.missing = .responseInGap
      } else if !openType.mayHaveNoAnswer || missing != .nothing && !openType.hasNoAnswer {
        exchange.missing = missing
        if missing == .nothing { exchange.findings.append("no answer before the next request") }
      }
      if exchange.isWait { exchange.result = "waits" }
    } else {
      answer.describe(&exchange)
    }
    answer = IMSAnswer()
    sink.exchange(exchange)
  }
}
