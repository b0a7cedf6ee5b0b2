internal import TraceBytes
internal import TraceModel

/// What an answer that ends HTTP says about what follows; hardly any connection has one.
final class HandingOver {
  let exchange: UInt64
  var kind = HTTPHandOver.Kind.other
  var name: [UInt8] = []
  var time: Int64 = 0

  init(_ exchange: UInt64) { self.exchange = exchange }
}

/// From HTTP to what an answer agrees on.
extension HTTPConnection {
  /// Remembers what the head of an answer says about what follows.
  func noteHandOver(
    _ head: RawSpan, upgrade: Range<Int>?, answering method: HTTPMethod, exchange: UInt64
  ) {
    var name: [UInt8] = []
    if let upgrade {
      name.append(head, upgrade.lowerBound..<min(upgrade.upperBound, upgrade.lowerBound + 256))
    }
    let what = HandingOver(exchange)
    what.name = name
    let span = unsafe name.span.bytes
    if method == .connect {
      what.kind = .tunnel
    } else if span.equals("websocket", in: 0..<name.count) {
      what.kind = .webSocket
    } else if span.equals("h2c", in: 0..<name.count) {
      what.kind = .http2
    } else if name.count >= 3, span.equals("tls", in: 0..<3) {
      what.kind = .tls
    }
    handingOver = what
  }

  /// The answer that ends HTTP is over. What follows on a WebSocket or in HTTP/2 is something else; behind
  /// CONNECT and Upgrade: TLS clear text may go on, where AT-TLS or a decryption took TLS away.
  func completeHandOver(_ parser: MessageParser) {
    let other = self.parser(parser.direction.other)
    if other.current != nil { other.endMessage(.badFraming, in: self) }
    handingOver?.time = parser.now
    let mayGoOn = handingOver?.kind == .tunnel || handingOver?.kind == .tls
    guard mayGoOn, other.state != .opaque else { return endHTTP() }
    let waiting = other.takeHeld()
    parser.state = .handedOver
    other.state = .handedOver
    if !waiting.isEmpty { other.afterHandOver(waiting, in: self) }
  }

  /// Nothing has shown yet what follows the hand-over.
  var isAfterHandOver: Bool {
    parsers.lower?.state == .handedOver || parsers.upper?.state == .handedOver
  }

  /// HTTP is over: both streams are opaque from here on.
  func endHTTP() {
    let what = handingOver ?? HandingOver(0)
    let event = HTTPHandOver(exchange: what.exchange, kind: what.kind, time: what.time)
    sink.handOver(event, name: unsafe what.name.span.bytes)
    let parsers = [parser(.lower), parser(.upper)]
    for parser in parsers.sorted(by: { $0.held.time(of: 0) < $1.held.time(of: 0) }) {
      let waiting = parser.takeHeld()
      parser.state = .opaque
      guard !waiting.isEmpty else { continue }
      sink.opaqueData(
        parser.direction, bytes: unsafe waiting.bytes.span.bytes, time: waiting.time(of: 0))
    }
  }

  /// A line of clear text after a hand-over: it goes on as HTTP, as a dialogue, or as nothing that is known.
  func goOn(_ parser: MessageParser, with line: RawSpan) {
    if let start = StartLine(line, 0..<line.byteCount), !start.isSimple {
      for case let each? in [parsers.lower, parsers.upper] { each.state = .start }
      return
    }
    let guess = ApplicationProtocol.guess(line)
    guard guess.application.isDialogue, guess.confidence >= .likely else { return endHTTP() }
    _ = parser.takeHeld()
    beginDialogue(guess.application, parser, line)
  }

  /// The server answered CONNECT with something else than 2xx: HTTP goes on.
  func tunnelRefused(_ direction: FlowSide) {
    let client = parser(direction)
    if client.state == .tunnelWait {
      client.state = .start
    } else if client.state == .opaque {
      client.beginResync(nil, in: self, at: client.rest.position)
    }
  }
}
