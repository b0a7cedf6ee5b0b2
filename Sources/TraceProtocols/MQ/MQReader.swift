internal import TraceBytes
internal import TraceModel

/// Reads the conversations of one socket: calls with their replies, channels that start or are refused, and
/// batches of messages between queue managers.
final class MQReader: MessageReader {
  private(set) var client: FlowSide?
  private var calls = MQCalls()
  private var batches = MQBatches()

  func frame(_ bytes: RawSpan, from side: FlowSide) -> Frame { MQSegment.frame(bytes) }

  func secrets(in message: RawSpan, _ place: MessagePlace, mark: (Range<Int>) -> Void) {
    MQSecrets.mark(message, mark)
  }

  func names(
    in message: RawSpan, _ place: MessagePlace, _ body: (Range<Int>, ProtocolName) -> Void
  ) {
    MQNames.find(in: message, body)
  }

  func gap(_ side: FlowSide) {
    calls.gap(side)
    batches.gap()
  }

  func finish(_ how: ConversationEnd, into sink: any ExchangeSink) {
    calls.finish(how.missing, into: sink)
    for side in FlowSide.allCases {
      batches.tell(side, nil, calls.channel, missing: how.missing, result: "", into: sink)
    }
  }

  func read(_ message: RawSpan, _ place: MessagePlace, into sink: any ExchangeSink) {
    guard let segment = MQSegment(message) else { return }
    if client == nil, let sent = MQ.recognise(message)?.fromClient {
      client = sent ? place.side : place.side.other
    }
    let coding = MQCoding(segment)
    switch segment.type {
    case .heartbeat: break
    case .userID: calls.channel.user = Self.user(message, coding, segment.kind.byteCount)
    case .messageData:
      batches.take(message, place, segment, coding, calls.channel, into: sink)
    case .status: calls.status(message, place, segment, coding, &batches, into: sink)
    case .asyncMessage, .socketAction, .notification:
      calls.event(message, place, segment, coding, into: sink)
    case _ where segment.type.isReply:
      calls.answer(segment.type.asked, message, place, segment, coding, into: sink)
    case _ where segment.type.isCall || segment.type == .authentication:
      calls.ask(message, place, segment, coding, into: sink)
    default:
      // Both sides send it: the second one answers.
      if calls.isAwaited(segment, from: place.side) {
        calls.answer(segment.type, message, place, segment, coding, into: sink)
      } else {
        calls.ask(message, place, segment, coding, into: sink)
      }
    }
  }

  /// `UID `: the long user behind the password, else the short one.
  private static func user(_ message: RawSpan, _ coding: MQCoding, _ start: Int) -> String {
    guard coding.has("UID ", message, at: start) else { return "" }
    let short = coding.text(message, start + 4, 12)
    return short.isEmpty ? coding.text(message, start + 28, 64) : short
  }
}
