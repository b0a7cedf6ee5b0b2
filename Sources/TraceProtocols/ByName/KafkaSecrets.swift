internal import TraceBytes
internal import TraceModel

/// Tells what is secret in a conversation of Kafka: what SASL carries, passwords in settings, and records whose
/// text says so. Source: Kafka protocol guide, SaslHandshake, SaslAuthenticate; RFC 4616, RFC 5802, RFC 7628.
final class KafkaSecrets: MessageReader {
  private(set) var client: FlowSide?
  /// A handshake of version 0: tokens follow without a header, until the server says something else.
  private var isBare = false
  /// Correlation ids of requests whose answer is a token.
  private var tokens: Set<UInt32> = []

  private enum Key {
    static let handshake: UInt16 = 17
    static let authenticate: UInt16 = 36
    static let createToken: UInt16 = 38
  }

  func frame(_ bytes: RawSpan, from side: FlowSide) -> Frame {
    guard bytes.byteCount >= 4 else { return .needsMore }
    let length = bytes.be32(0)
    return length <= 100 << 20 ? .message(4 + Int(length)) : .noMessage
  }

  func read(_ message: RawSpan, _ place: MessagePlace, into sink: any ExchangeSink) {}

  func secrets(in message: RawSpan, _ place: MessagePlace, mark: (Range<Int>) -> Void) {
    guard message.byteCount > 4 else { return }
    if Kafka.recognise(message) != nil, place.side == client ?? place.side {
      client = place.side
      return request(message, mark)
    }
    if place.side == client {
      if isBare { token(message, 4..<message.byteCount, mark) }
    } else if message.byteCount >= 8, tokens.remove(message.be32(4)) != nil {
      mark(8..<message.byteCount)
    }
  }

  private func request(_ message: RawSpan, _ mark: (Range<Int>) -> Void) {
    let key = message.be16(4)
    let version = message.be16(6)
    let body = 14 + Int(message.be16(12))
    switch key {
    case Key.handshake: isBare = version == 0
    case Key.authenticate:
      // From version 2 on the header ends with tagged fields, and lengths are compact.
      if version < 2 {
        guard body + 4 <= message.byteCount else { return }
        token(message, body + 4..<message.byteCount, mark)
      } else {
        let at = message.end(from: body + 1) { $0 & 0x80 != 0 }
        let end = max(at + 1, message.byteCount - 1)
        token(message, at + 1..<end, mark)
      }
    case Key.createToken:
      if tokens.count < 1000 { tokens.insert(message.be32(8)) }
    default: isBare = false
    }
  }

  /// PLAIN is two names and a password with zeros between them; of other mechanisms all is secret.
  private func token(_ message: RawSpan, _ range: Range<Int>, _ mark: (Range<Int>) -> Void) {
    let range = range.clamped(to: 0..<message.byteCount)
    let zeros = range.filter { message.u8($0) == 0 }
    if zeros.count == 2 {
      mark(zeros[1] + 1..<range.upperBound)
    } else if !range.isEmpty {
      mark(range)
    }
  }

  func gap(_ side: FlowSide) { isBare = false }

  func finish(_ how: ConversationEnd, into sink: any ExchangeSink) {}
}
