internal import TraceBytes
internal import TraceModel

/// Reads frames, puts messages together, unmasks and inflates them, and tells each as an exchange of one side.
final class WebSocketReader: MessageReader {
  /// A message under way, of one direction.
  private struct Side {
    var kind = WebSocketFrame.Kind.text
    var bytes: [UInt8] = []
    var place: Exchange.Half?
    var length: UInt64 = 0
    var isCompressed = false
    var isCut = false
    var inflater: ContentDecoder?
    /// What the inflater had seen is not known, and with it what follows.
    var isInflaterLost = false
    var pings = 0
  }

  private let agreement: WebSocket.Agreement
  private var sides = Sides(lower: Side(), upper: Side())
  /// Whether the message under way is compressed, for the search for secrets.
  private var isCompressed = Sides(lower: false, upper: false)
  var client: FlowSide? { agreement.client }

  /// Bytes of a message that are kept, coded and decoded.
  static let most = 64 * 1024
  /// Characters of a message that its line shows.
  private static let shown = 200

  init(_ agreement: WebSocket.Agreement) { self.agreement = agreement }

  func frame(_ bytes: RawSpan, from side: FlowSide) -> Frame {
    guard let head = WebSocketFrame(bytes) else {
      return WebSocketFrame.isCut(bytes) ? .needsMore : .noMessage
    }
    return .message(head.headBytes + head.length)
  }

  func read(_ message: RawSpan, _ place: MessagePlace, into sink: any ExchangeSink) {
    guard let frame = WebSocketFrame(message) else { return }
    take(frame, message, place, &sides[place.side], sink)
  }

  private func take(
    _ frame: WebSocketFrame, _ message: RawSpan, _ place: MessagePlace, _ side: inout Side,
    _ sink: any ExchangeSink
  ) {
    let payload = frame.payload(message)
    switch frame.kind {
    case .ping, .pong: side.pings += 1
    case .close:
      var told = Exchange(.webSocket, client: agreement.client, operation: "close")
      if payload.count >= 2 {
        let code = Int64(payload[0]) << 8 | Int64(payload[1])
        told.status = code
        told.result = "\(code) \(Self.reason(code))"
        told.isFailure = code != 1000 && code != 1001 && code != 1005
        told.object = String(decoding: payload[2...], as: UTF8.self)
      }
      told.put(Exchange.Half(place), from: place.side)
      if side.pings > 0 { told.details.append(Exchange.Detail("pings", "\(side.pings)")) }
      sink.exchange(told)
    case .text, .binary, .continuation:
      if frame.kind != .continuation {
        side.kind = frame.kind
        side.bytes = []
        side.length = 0
        side.place = nil
        side.isCompressed = frame.isCompressed
        side.isCut = false
      }
      // What a continuation goes on with is not in the trace.
      if side.place == nil, frame.kind == .continuation { side.isCut = true }
      side.place.take(place)
      side.length &+= UInt64(frame.length)
      let room = Self.most - side.bytes.count
      side.bytes += payload.prefix(room)
      if payload.count > room || payload.count < frame.length { side.isCut = true }
      if frame.isFinal { finish(&side, from: place.side, sink) }
    }
  }

  /// A message is over.
  private func finish(_ side: inout Side, from sender: FlowSide, _ sink: any ExchangeSink) {
    var bytes = side.bytes
    side.bytes = []
    let name = side.kind == .binary ? "binary" : "text"
    var told = Exchange(.webSocket, client: agreement.client, operation: name)
    if side.isCompressed { bytes = inflate(bytes, &side, from: sender, &told) }
    if side.isCut {
      told.findings.append("not all of the message is in the trace, or it is too long")
    }
    told.details.append(Exchange.Detail("size", "\(side.length) bytes"))
    if !agreement.subprotocol.isEmpty {
      told.details.append(Exchange.Detail("subprotocol", agreement.subprotocol))
    }
    if side.kind != .binary { told.object = Self.text(bytes) }
    if let place = side.place { told.put(place, from: sender) }
    side.place = nil
    sink.exchange(told)
  }

  private func inflate(
    _ bytes: [UInt8], _ side: inout Side, from sender: FlowSide, _ told: inout Exchange
  ) -> [UInt8] {
    if side.inflater == nil || agreement.forgets(sender) {
      side.inflater = ContentDecoder(rawDeflate: ())
      side.isInflaterLost = side.isInflaterLost && !agreement.forgets(sender)
    }
    guard let inflater = side.inflater, !side.isInflaterLost, !side.isCut else {
      side.isInflaterLost = true
      told.findings.append("compressed, and not read: bytes before it are missing")
      return []
    }
    var text: [UInt8] = []
    // The end of each message is left out (RFC 7692 section 7.2.1).
    for part in [bytes, [0x00, 0x00, 0xFF, 0xFF]] {
      inflater.decode(unsafe part.span.bytes) { piece in
        if text.count < Self.most {
          text.append(piece, 0..<min(piece.byteCount, Self.most - text.count))
        }
      }
    }
    if inflater.state != .running, inflater.state != .complete {
      side.isInflaterLost = true
      told.findings.append("compressed data is damaged, or much larger than it may be")
    }
    return text
  }

  /// The beginning of a text, with its secrets masked.
  private static func text(_ bytes: [UInt8]) -> String {
    var bytes = bytes
    for range in secrets(in: bytes) {
      for index in range.clamped(to: 0..<bytes.count) { bytes[index] = 0x2A }
    }
    return String(String(decoding: bytes.prefix(shown * 4), as: UTF8.self).prefix(shown))
  }

  private static func secrets(in bytes: [UInt8]) -> [Range<Int>] {
    var ranges: [Range<Int>] = []
    let first = bytes.first { $0 > 0x20 }
    if first == 0x7B || first == 0x5B {
      CredentialLocator.json(unsafe bytes.span.bytes, translate: nil, into: &ranges)
    } else {
      CredentialLocator.form(unsafe bytes.span.bytes, translate: nil, into: &ranges)
    }
    return ranges
  }

  func secrets(in message: RawSpan, _ place: MessagePlace, mark: (Range<Int>) -> Void) {}

  /// A message is one text, in as many frames as it has. One that is compressed can go on from the ones before
  /// it.
  func contents(in message: RawSpan, _ place: MessagePlace, _ body: (SecretContent) -> Void) {
    guard let frame = WebSocketFrame(message) else { return }
    let payload = frame.payload(message)
    var coding = SecretContent.Coding.plain
    if let mask = frame.mask { coding = .xor(message.be32(mask.lowerBound)) }
    var content = SecretContent(
      bytes: payload, parts: [SecretContent.Part(0..<payload.count, at: frame.headBytes, coding)],
      ends: frame.isFinal)
    switch frame.kind {
    case .text, .binary: isCompressed[place.side] = frame.isCompressed
    case .continuation: break
    case .close, .ping, .pong:
      content.stream = 1
      return body(content)
    }
    if isCompressed[place.side] {
      content.codings = [
        agreement.forgets(place.side) ? WebSocket.deflatedAlone : WebSocket.deflated
      ]
    }
    body(content)
  }

  func gap(_ side: FlowSide) {
    sides[side].bytes = []
    sides[side].place = nil
    sides[side].isCut = true
    sides[side].isInflaterLost = true
  }

  func finish(_ how: ConversationEnd, into sink: any ExchangeSink) {}

  /// Names of the reasons to close (RFC 6455 section 7.4.1).
  private static func reason(_ code: Int64) -> String {
    switch code {
    case 1000: "normal"
    case 1001: "going away"
    case 1002: "protocol error"
    case 1003: "data not acceptable"
    case 1005: "no reason"
    case 1006: "abnormal"
    case 1007: "data not consistent"
    case 1008: "policy"
    case 1009: "message too big"
    case 1010: "extension missing"
    case 1011: "server error"
    case 1012: "restart"
    case 1013: "try again later"
    case 3000...3999: "registered reason"
    case 4000...4999: "private reason"
    default: "unknown reason"
    }
  }
}
