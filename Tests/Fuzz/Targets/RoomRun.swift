internal import TraceModel
internal import TraceProtocols

/// A conversation of a protocol that has a room. The first byte says which room, the rest is what is
/// sent: FF (the other end speaks), FE n (n bytes are missing), FC (a new piece), FB x (x as it is).
enum RoomRun {
  /// Takes exchanges and says what must not be in them.
  private final class Sink: ExchangeSink {
    var finding: Finding?

    func exchange(_ exchange: Exchange) {
      if exchange.operation.isEmpty { finding = Finding("an exchange without an operation") }
      if exchange.request == nil, exchange.response == nil {
        finding = Finding("an exchange without bytes: \(exchange.operation)")
      }
    }
  }

  static func run(_ bytes: [UInt8]) throws {
    let rooms = ProtocolRegistry.rooms.filter { $0.makeReader != nil }
    guard let first = bytes.first, !rooms.isEmpty else { return }
    let room = rooms[Int(first) % rooms.count]
    guard let reader = room.makeReader?() else { return }
    let cutter = MessageCutter(room, reader)
    let sink = Sink()
    var wrong: Finding?
    func body(_ message: RawSpan, _ place: MessagePlace) {
      reader.secrets(in: message, place) { range in
        if range.lowerBound < 0 || range.upperBound > message.byteCount || range.isEmpty {
          wrong = Finding("a secret at \(range) of \(message.byteCount) bytes")
        }
      }
      reader.contents(in: message, place) { content in
        for part in content.parts
        where part.text.upperBound > content.bytes.count
          || part.place + part.length > message.byteCount
        {
          wrong = Finding("text at \(part.place) of \(message.byteCount) bytes")
        }
      }
      reader.read(message, place, into: sink)
    }
    var cursor = ByteCursor(Array(bytes.dropFirst()))
    var side = FlowSide.lower
    var run: [UInt8] = []
    var time: Int64 = 0
    func flush() {
      guard !run.isEmpty else { return }
      time += 1_000_000
      unsafe cutter.data(side, run.span.bytes, time: time, body)
      run.removeAll(keepingCapacity: true)
    }
    while !cursor.isAtEnd {
      switch cursor.next() {
      case 0xFF:
        flush()
        side = side.other
      case 0xFE:
        flush()
        cutter.gap(side, count: Int(cursor.next()), body)
      case 0xFC: flush()
      case 0xFB: run.append(cursor.next())
      case let byte: run.append(byte)
      }
    }
    flush()
    cutter.end(.lower, body)
    cutter.end(.upper, body)
    reader.finish(.traceEnd, into: sink)
    if let finding = wrong ?? sink.finding { throw finding }
  }
}
