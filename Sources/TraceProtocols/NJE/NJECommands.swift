internal import TraceBytes
import TraceModel

/// Commands between nodes, each with the messages that answer it, and messages nobody asked for.
struct NJECommands {
  /// Who asked whom, for which console or user.
  fileprivate struct Key: Equatable {
    var asking: String
    var asked: String
    var out: [UInt8]
  }

  fileprivate struct Open {
    var key: Key
    var exchange: Exchange
    var lines = 0
  }

  private var open: [Open] = []
  private var hasGap = false
  /// Commands that wait at one time, lines of an answer that are kept, and nanoseconds after which a
  /// message is no longer taken for a part of an answer.
  private static let mostOpen = 8
  private static let mostLines = 20
  private static let longestWait: Int64 = 60_000_000_000

  mutating func gap(_ side: FlowSide) { hasGap = true }

  mutating func take(_ text: RawSpan, _ place: MessagePlace, into sink: any ExchangeSink) {
    typealias Layout = NJEMessage.Layout
    guard text.byteCount >= Layout.text else { return }
    func name(_ field: Field<ByteRun>) -> String {
      TextCoding.ebcdic.text(text, field.range())
    }
    let (to, from) = (name(Layout.toNode), name(Layout.fromNode))
    let flags = text[Layout.flags]
    let length = Int(text[Layout.length])
    let body = Layout.text..<min(text.byteCount, Layout.text + length)
    let words = TextCoding.ebcdic.text(text, body) { mark in
      OperandSecrets.find(text, body, .ebcdic, mark: mark)
    }
    let out = text.extracting(Layout.out.range()).copied()
    if flags & NJEMessage.isCommand != 0 {
      let key = Key(asking: from, asked: to, out: out)
      while let index = open.firstIndex(where: { $0.key == key }) { close(index, into: sink) }
      if open.count >= Self.mostOpen { close(0, into: sink) }
      var exchange = Exchange(.nje, client: place.side, operation: "COMMAND")
      exchange.object = "\(from) > \(to) \"\(words)\""
      exchange.request = Exchange.Half(place)
      return open.append(Open(key: key, exchange: exchange))
    }
    let key = Key(asking: to, asked: from, out: out)
    if let index = open.firstIndex(where: { $0.key == key && $0.exchange.client != place.side }) {
      if place.firstTime &- open[index].last <= Self.longestWait {
        return add(words, place, to: index)
      }
      close(index, into: sink)
    }
    var exchange = Exchange(.nje, client: place.side, operation: "MESSAGE")
    exchange.object = "\(from) > \(to)"
    if flags & NJEMessage.hasUser != 0 { exchange.object += " user \(name(Layout.out))" }
    exchange.result = words
    exchange.request = Exchange.Half(place)
    sink.exchange(exchange)
  }

  private mutating func add(_ words: String, _ place: MessagePlace, to index: Int) {
    if open[index].exchange.response == nil { open[index].exchange.result = words }
    open[index].exchange.response.take(place)
    open[index].lines += 1
    if open[index].lines <= Self.mostLines {
      open[index].exchange.details.append(.init("message", words))
    }
  }

  private mutating func close(
    _ index: Int, _ missing: Exchange.Missing = .nothing, into sink: any ExchangeSink
  ) {
    var one = open.remove(at: index)
    if one.exchange.response == nil { one.exchange.missing = hasGap ? .responseInGap : missing }
    if one.lines > Self.mostLines {
      one.exchange.details.append(.init("message", "and \(one.lines - Self.mostLines) more"))
    }
    sink.exchange(one.exchange)
  }

  mutating func finish(_ missing: Exchange.Missing, into sink: any ExchangeSink) {
    while !open.isEmpty { close(0, missing, into: sink) }
  }
}

extension NJECommands.Open {
  /// The time of the last byte seen of it.
  fileprivate var last: Int64 {
    exchange.response?.lastTime ?? exchange.request?.lastTime ?? 0
  }
}
