internal import TraceBytes
import TraceModel

/// Reads a link between two nodes. Nobody is the client of it: each event has the side that began it.
final class NJEReader: MessageReader {
  private(set) var client: FlowSide?
  private var secretFinder = NJESecrets()
  /// The OPEN or sign-on that waits for its answer.
  private var opening: Exchange?
  private var signOn: Exchange?
  /// Whether the answer to the sign-on may be lost.
  private var isSignOnInGap = false
  private var commands = NJECommands()
  private var streams = NJEStreams()
  private var text: [UInt8] = []
  private var places: [UInt16] = []

  func frame(_ bytes: RawSpan, from side: FlowSide) -> Frame {
    guard bytes.byteCount >= 8 else {
      guard let first = bytes.byteCount > 0 ? bytes.u8(0) : nil else { return .needsMore }
      return first == 0 || NJEControl.mayBegin(bytes) ? .needsMore : .noMessage
    }
    if NJEControl.kind(bytes) != nil { return .message(NJEControl.Layout.size) }
    guard let length = NJEBuffer.length(bytes) else { return .noMessage }
    return length >= NJEBuffer.Layout.header + NJEBuffer.Layout.trailer
      ? .message(length) : .noMessage
  }

  func secrets(in message: RawSpan, _ place: MessagePlace, mark: (Range<Int>) -> Void) {
    guard NJEControl.kind(message) == nil else { return }
    secretFinder.find(in: message, side: place.side, mark: mark)
  }

  func names(
    in message: RawSpan, _ place: MessagePlace, _ body: (Range<Int>, ProtocolName) -> Void
  ) {
    if NJEControl.kind(message) != nil { return NJENames.control(message, body) }
    NJEBuffer.records(message) { record in
      guard record.isCompressed else { return NJENames.signOn(message, record, body) }
      SCB.expand(message, record.data, &text, &places)
      let (text, places) = (self.text, self.places)
      unsafe NJENames.fields(text.span.bytes, record) { range in
        // A name is mapped where all of it stands in one place.
        let place = Int(places[range.lowerBound])
        let isWhole = range.allSatisfy {
          Int(places[$0]) == place + $0 - range.lowerBound
        }
        if place > 0, isWhole { body(place..<place + range.count, .name) }
      }
    }
  }

  func contents(in message: RawSpan, _ place: MessagePlace, _ body: (SecretContent) -> Void) {
    guard NJEControl.kind(message) == nil else { return }
    NJEBuffer.records(message) { record in
      guard record.isCompressed, let start = NJESecrets.textStart(record) else { return }
      SCB.expand(message, record.data, &text, &places)
      if start < text.count { body(NJESecrets.content(text, places, from: start)) }
    }
  }

  func read(_ message: RawSpan, _ place: MessagePlace, into sink: any ExchangeSink) {
    if let kind = NJEControl.kind(message) {
      return control(kind, message, place, into: sink)
    }
    NJEBuffer.records(message) { record in
      // Each record is accounted for by its own bytes.
      let at = record.data.lowerBound - 2
      let own = MessagePlace(
        side: place.side, offset: place.offset &+ UInt64(clamping: at), length: record.size,
        firstTime: place.firstTime, lastTime: place.lastTime)
      take(record, message, own, into: sink)
    }
  }

  func gap(_ side: FlowSide) {
    isSignOnInGap = true
    streams.gap(side)
    commands.gap(side)
  }

  func finish(_ how: ConversationEnd, into sink: any ExchangeSink) {
    for var open in [opening, signOn].compactMap(\.self) {
      open.missing = how.missing
      sink.exchange(open)
    }
    (opening, signOn) = (nil, nil)
    commands.finish(how.missing, into: sink)
    streams.finish(how.missing, into: sink)
  }

  // MARK: - The connection

  private func control(
    _ kind: NJEControl.Kind, _ bytes: RawSpan, _ place: MessagePlace, into sink: any ExchangeSink
  ) {
    guard bytes.byteCount >= NJEControl.Layout.size else { return }
    func name(_ field: Field<ByteRun>) -> String {
      TextCoding.ebcdic.text(bytes, field.range())
    }
    let (sender, receiver) = (name(NJEControl.Layout.sender), name(NJEControl.Layout.receiver))
    if kind == .open {
      if let open = opening { sink.exchange(open) }
      client = place.side
      var exchange = Exchange(.nje, client: place.side, operation: "OPEN")
      exchange.object = "\(sender) > \(receiver)"
      exchange.request = Exchange.Half(place)
      opening = exchange
      return
    }
    client = place.side.other
    var exchange = opening ?? Exchange(.nje, client: place.side.other, operation: "OPEN")
    if opening == nil {
      exchange.object = "\(receiver) > \(sender)"
      exchange.missing = .request
    }
    opening = nil
    exchange.response = Exchange.Half(place)
    exchange.result = "ACK"
    if kind == .nak {
      let reason = bytes[NJEControl.Layout.reason]
      exchange.status = Int64(reason)
      exchange.result = "NAK \(reason) (\(NJEControl.reason(reason)))"
      exchange.isFailure = true
    }
    sink.exchange(exchange)
  }

  private func take(
    _ record: NJEBuffer.Record, _ bytes: RawSpan, _ place: MessagePlace,
    into sink: any ExchangeSink
  ) {
    switch record.control {
    case 0xF0: connection(record, bytes, place, into: sink)
    case 0x9A:
      let text = expand(record, bytes)
      unsafe commands.take(text.span.bytes, place, into: sink)
    case 0x90: streams.request(record.sub, place, into: sink)
    case 0xA0: streams.answer(record.sub, place, .permitted, into: sink)
    case 0xB0: streams.answer(record.sub, place, .refused, into: sink)
    case 0xC0: streams.answer(record.sub, place, .complete, into: sink)
    case 0xD0: streams.answer(record.sub, place, .ready, into: sink)
    case 0xE0: event("BCB SEQUENCE ERROR", place, isFailure: true, into: sink)
    case _ where record.isCompressed:
      let text = expand(record, bytes)
      unsafe streams.record(record, text.span.bytes, place, into: sink)
    default:
      event("record \(Hex.shown(record.control)) (unknown)", place, into: sink)
    }
  }

  /// A record without its compression. The array is shared, not copied.
  private func expand(_ record: NJEBuffer.Record, _ bytes: RawSpan) -> [UInt8] {
    SCB.expand(bytes, record.data, &text, &places)
    return text
  }

  private func event(
    _ operation: String, _ place: MessagePlace, isFailure: Bool = false,
    into sink: any ExchangeSink
  ) {
    var exchange = Exchange(.nje, client: place.side, operation: operation)
    exchange.request = Exchange.Half(place)
    exchange.isFailure = isFailure
    sink.exchange(exchange)
  }

  private func connection(
    _ record: NJEBuffer.Record, _ bytes: RawSpan, _ place: MessagePlace,
    into sink: any ExchangeSink
  ) {
    let data = bytes.extracting(record.data)
    switch record.sub {
    case 0xC9:
      if let open = signOn { sink.exchange(open) }
      if client == nil { client = place.side }
      var exchange = Exchange(.nje, client: place.side, operation: NJESignOn.name(record.sub))
      exchange.request = Exchange.Half(place)
      exchange.object = Self.node(data)
      Self.describe(data, &exchange)
      signOn = exchange
      isSignOnInGap = false
    case 0xD1:
      var exchange =
        signOn ?? Exchange(.nje, client: place.side.other, operation: NJESignOn.name(0xC9))
      if signOn == nil { exchange.missing = .request }
      signOn = nil
      exchange.response = Exchange.Half(place)
      exchange.result = "answered by \(Self.node(data))"
      Self.describe(data, &exchange)
      sink.exchange(exchange)
    default:
      // A sign-off in place of an answer.
      if record.sub == 0xC2, var refused = signOn {
        signOn = nil
        guard !isSignOnInGap else {
          refused.missing = .responseInGap
          sink.exchange(refused)
          return event(NJESignOn.name(record.sub), place, into: sink)
        }
        refused.response = Exchange.Half(place)
        refused.result = "signed off"
        refused.isFailure = true
        return sink.exchange(refused)
      }
      event(NJESignOn.name(record.sub), place, into: sink)
    }
  }

  private static func node(_ data: RawSpan) -> String {
    guard data.has(NJESignOn.Layout.node.end, at: 0) else { return "" }
    return TextCoding.ebcdic.text(data, NJESignOn.Layout.node.range())
  }

  private static func describe(_ data: RawSpan, _ exchange: inout Exchange) {
    let side = exchange.response == nil ? "" : "answering "
    typealias Layout = NJESignOn.Layout
    guard data.has(Layout.nodePassword.end, at: 0) else { return }
    exchange.details += [
      .init("\(side)member", "\(data[Layout.member])"),
      .init("\(side)buffer size", "\(data[Layout.bufferSize])"),
      .init("\(side)resistance", "\(data[Layout.resistance])"),
    ]
    let sent = [Layout.linePassword, Layout.nodePassword].contains {
      !TextCoding.ebcdic.isEmpty(data, $0.range())
    }
    exchange.details.append(.init("\(side)passwords", sent ? "sent" : "none"))
  }
}
