internal import TraceBytes
internal import TraceModel

/// Reads a connection of HTTP/2 frame by frame, and pairs requests with responses by their streams.
final class HTTP2Reader: MessageReader {
  /// What is kept of one direction.
  private struct Side {
    var table = HPACK()
    /// A header block that goes on in CONTINUATION frames, and whose it is.
    var block: [UInt8] = []
    var blockStream: UInt32?
    var blockEndsStream = false
    var blockIsPromise = false
    /// Why not all of the block is there; what is of it is its beginning.
    var blockCut: HTTP2Stream.Unknown?
    /// Why entries of the table are not known.
    var why = HTTP2Stream.Unknown.before
    /// Holes until now. A stream hears of them when it goes on: thousands can be open.
    var holes: UInt64 = 0

    mutating func forget(_ why: HTTP2Stream.Unknown) {
      table.forget()
      self.why = why
    }
  }

  private(set) var client: FlowSide?
  private var sides = Sides(lower: Side(), upper: Side())
  private var streams: [UInt32: HTTP2Stream] = [:]
  /// Bytes of their texts that the budget counts.
  private var text = 0
  /// Streams that were told, of the server and of the client: frames for them may still be on their way.
  private var over = (even: NumberRanges(), odd: NumberRanges())
  private var budget = MessageBudget()
  /// What it has of the budget.
  private var held = 0
  private let secrets = HTTP2Secrets()

  /// Streams open at a time; the oldest are given as they are when there are more.
  static let mostStreams = 10_000
  /// Bytes of a header block that is sent in several frames.
  static let mostBlock = 64 * 1024
  /// Bytes of one value in a detail.
  private static let mostText = 4096

  init() {}

  /// After an upgrade from HTTP/1.1: the answer to the request that asked for it comes on stream 1.
  init(upgradedBy request: Exchange) {
    client = request.client
    var stream = HTTP2Stream(1)
    stream.method = request.operation
    stream.path = request.object
    stream.request.place = request.request
    stream.request.hasEnded = true
    stream.isUpgraded = true
    streams[1] = stream
  }

  deinit { budget.change(&held, to: 0) }

  func share(_ budget: MessageBudget) { self.budget = budget }

  func frame(_ bytes: RawSpan, from side: FlowSide) -> Frame {
    if bytes.byteCount > 0, bytes.u8(0) == 0x50 {
      let count = HTTP2Frame.preface.utf8CodeUnitCount
      for at in 0..<min(bytes.byteCount, count)
      where unsafe bytes.u8(at) != HTTP2Frame.preface.utf8Start[at] {
        return .noMessage
      }
      return bytes.byteCount < count ? .needsMore : .message(count)
    }
    guard bytes.byteCount >= HTTP2Frame.headBytes else { return .needsMore }
    guard let head = HTTP2Frame(bytes) else { return .noMessage }
    return .message(HTTP2Frame.headBytes + head.length)
  }

  func read(_ message: RawSpan, _ place: MessagePlace, into sink: any ExchangeSink) {
    if message.byteCount > 0, message.u8(0) == 0x50, message.has("PRI *", at: 0) {
      client = place.side
      return
    }
    guard let frame = HTTP2Frame(message) else { return }
    let range = frame.content(message).clamped(to: 0..<message.byteCount)
    switch frame.kind {
    case .headers, .pushPromise:
      begin(frame, message, range, place, sink)
    case .continuation: add(frame, message, range, place, sink)
    case .data: data(frame, message, range, place, sink)
    case .reset:
      guard message.byteCount >= 13, streams[frame.stream] != nil else { return }
      streams[frame.stream]?.reset = HTTP2Frame.reason(message.be32(9))
      tell(frame.stream, .closed, sink)
    case .goAway: goAway(message, place, sink)
    case .priority, .settings, .ping, .windowUpdate, nil: break
    }
  }

  func secrets(in message: RawSpan, _ place: MessagePlace, mark: (Range<Int>) -> Void) {}

  func contents(in message: RawSpan, _ place: MessagePlace, _ body: (SecretContent) -> Void) {
    secrets.contents(message, place, body)
  }

  func unfinishedSince(_ side: FlowSide) -> UInt64? { secrets.unfinishedSince(side) }

  func secretsOfUnfinished(_ side: FlowSide, mark: (Range<Int>) -> Void) {
    secrets.secretsOfUnfinished(side, mark: mark)
  }

  func gap(_ side: FlowSide) {
    sides[side].forget(.missing)
    sides[side].block = []
    sides[side].blockStream = nil
    secrets.gap(side)
    if client != nil { sides[side].holes &+= 1 }
  }

  func finish(_ how: ConversationEnd, into sink: any ExchangeSink) {
    for number in streams.keys.sorted() { tell(number, how.missing, sink) }
  }

  // MARK: - Headers

  private func begin(
    _ frame: HTTP2Frame, _ message: RawSpan, _ range: Range<Int>, _ place: MessagePlace,
    _ sink: any ExchangeSink
  ) {
    var stream = frame.stream
    if frame.kind == .pushPromise {
      let at = range.lowerBound - 4
      guard at >= HTTP2Frame.headBytes, range.lowerBound <= message.byteCount else { return }
      stream = message.be32(at) & 0x7FFF_FFFF
      client = client ?? place.side.other
    }
    sides[place.side].block = message.extracting(range).copied()
    sides[place.side].blockStream = stream
    sides[place.side].blockEndsStream = frame.flags & HTTP2Frame.Flag.endStream != 0
    sides[place.side].blockIsPromise = frame.kind == .pushPromise
    sides[place.side].blockCut = Self.cut(message, place)
    goOn(frame, stream, place, sink)
  }

  private func add(
    _ frame: HTTP2Frame, _ message: RawSpan, _ range: Range<Int>, _ place: MessagePlace,
    _ sink: any ExchangeSink
  ) {
    guard sides[place.side].blockStream != nil else {
      // The beginning of the block is missing, and with it what it adds to the table.
      return sides[place.side].table.forget()
    }
    if sides[place.side].blockCut == nil {
      let fits = sides[place.side].block.count + range.count <= Self.mostBlock
      sides[place.side].blockCut = fits ? Self.cut(message, place) : .notKept
      if fits { sides[place.side].block.append(message, range) }
    }
    goOn(frame, frame.stream, place, sink)
  }

  /// The block is over, or goes on in the next frame.
  private func goOn(
    _ frame: HTTP2Frame, _ number: UInt32, _ place: MessagePlace, _ sink: any ExchangeSink
  ) {
    if frame.flags & HTTP2Frame.Flag.endHeaders != 0 { return finishBlock(place, sink) }
    guard let client, var stream = take(number) else { return }
    stream[isRequest: place.side == client].place.take(place)
    put(stream)
  }

  /// Why a message is not all there.
  private static func cut(_ message: RawSpan, _ place: MessagePlace) -> HTTP2Stream.Unknown? {
    guard place.length > message.byteCount else { return nil }
    return place.isShortened ? .notKept : .missing
  }

  private func finishBlock(_ place: MessagePlace, _ sink: any ExchangeSink) {
    var fields: [(name: String, value: String)] = []
    var read = HTTP2Stream.Half()
    let block = sides[place.side].block
    let number = sides[place.side].blockStream ?? 0
    let isPromise = sides[place.side].blockIsPromise
    sides[place.side].block = []
    sides[place.side].blockStream = nil
    read.why = sides[place.side].why
    read.hasEnded = sides[place.side].blockEndsStream
    let isWhole = sides[place.side].table.decode(unsafe block.span.bytes) { field in
      guard let name = field.name, let value = field.value else {
        read.unknown += 1
        return
      }
      fields.append((Self.text(name), Self.text(value)))
    }
    read.cut = sides[place.side].blockCut ?? (isWhole ? nil : .unreadable)
    if let cut = read.cut { sides[place.side].forget(cut) }
    let asks = fields.contains { $0.name == ":method" }
    if client == nil {
      if asks { client = isPromise ? place.side.other : place.side }
      if fields.contains(where: { $0.name == ":status" }) { client = place.side.other }
    }
    let isRequest = isPromise || place.side == client ?? place.side
    guard open(number, sink), var stream = take(number) else { return }
    // An interim response (RFC 9110 section 15.2) is not the answer.
    for field in fields { stream.take(field.name, field.value, isRequest: isRequest) }
    stream.isPushed = stream.isPushed || isPromise
    read.hasEnded = read.hasEnded || isPromise
    let isHead = fields.contains { $0.name == ":method" || $0.name == ":status" }
    stream[isRequest: isRequest].take(read, place, isHead: isHead)
    put(stream)
    tellIfOver(number, sink)
  }

  private static func text(_ bytes: [UInt8]) -> String {
    String(decoding: bytes.prefix(mostText), as: UTF8.self)
  }

  // MARK: - Streams

  /// Takes a stream out, which hears of the holes since it went on last.
  private func take(_ number: UInt32) -> HTTP2Stream? {
    guard var stream = streams.removeValue(forKey: number) else { return nil }
    text -= stream.text
    if let client {
      stream.request.note(holes: sides[client].holes)
      stream.response.note(holes: sides[client.other].holes)
    }
    return stream
  }

  private func put(_ stream: HTTP2Stream) {
    streams[stream.number] = stream
    text += stream.text
    budget.countRequests(&held, streams.count, text: text)
  }

  /// Whether a stream is under way; one that was not seen before is from now on.
  private func open(_ number: UInt32, _ sink: any ExchangeSink) -> Bool {
    if streams[number] != nil { return true }
    let ended = number & 1 == 0 ? over.even : over.odd
    if ended.contains(Int64(number >> 1)) { return false }
    if !budget.hasRoom(beside: streams.count, most: Self.mostStreams) {
      // A sixteenth, because to look for the oldest takes as long however many there are.
      for oldest in streams.keys.sorted().prefix(max(1, streams.count / 16)) {
        tell(oldest, .limit, sink)
      }
    }
    var stream = HTTP2Stream(number)
    if let client {
      stream.request.holes = sides[client].holes
      stream.response.holes = sides[client.other].holes
    }
    put(stream)
    return true
  }

  private func data(
    _ frame: HTTP2Frame, _ message: RawSpan, _ range: Range<Int>, _ place: MessagePlace,
    _ sink: any ExchangeSink
  ) {
    guard let client, open(frame.stream, sink), var stream = take(frame.stream) else { return }
    stream[isRequest: place.side == client].take(frame, message, range, place)
    put(stream)
    tellIfOver(frame.stream, sink)
  }

  private func tellIfOver(_ number: UInt32, _ sink: any ExchangeSink) {
    guard let stream = streams[number], stream.response.hasEnded else { return }
    // A server may answer in full before it has all of the request.
    guard stream.request.hasEnded || stream.request.place == nil else { return }
    tell(number, .nothing, sink)
  }

  private func tell(_ number: UInt32, _ missing: Exchange.Missing, _ sink: any ExchangeSink) {
    guard let stream = take(number) else { return }
    if number & 1 == 0 {
      over.even.insert(Int64(number >> 1))
    } else {
      over.odd.insert(Int64(number >> 1))
    }
    budget.countRequests(&held, streams.count, text: text)
    sink.exchange(stream.exchange(client: client ?? .lower, missing: missing))
  }

  private func goAway(_ message: RawSpan, _ place: MessagePlace, _ sink: any ExchangeSink) {
    guard message.byteCount >= 17 else { return }
    let code = message.be32(13)
    guard code != 0 else { return }
    var told = Exchange(.http2, client: client ?? place.side, operation: "GOAWAY")
    told.result = HTTP2Frame.reason(code)
    told.status = Int64(code)
    told.isFailure = true
    told.put(Exchange.Half(place), from: place.side)
    sink.exchange(told)
  }
}
