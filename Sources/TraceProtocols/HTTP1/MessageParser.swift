internal import TraceBytes
internal import TraceModel

/// What a stream between two messages is: as much as stays of the parser of a connection that is idle.
struct ParserRest: Sendable {
  /// Offset in the stream of the first byte of the piece at hand.
  var position: UInt64 = 0
  /// Bytes seen, gaps not counted.
  var seen: UInt64 = 0
  var family = HTTPFamily.http
  var hadMessage = false
  var hadGap = false
  var hasEnded = false
}

/// Cuts one stream of a connection into messages; the connection pairs them.
///
/// Everything it does depends on the bytes of the stream alone, never on how they were cut into
/// pieces: decisions are taken at a line end or after a fixed number of bytes.
final class MessageParser {
  enum State {
    /// At a message boundary, or in the first line of a message.
    case start
    /// After the start line.
    case head
    /// In a head that is longer than what is kept.
    case longHead
    /// In a body, or part of one, of known length.
    case fixed
    case chunked
    case untilClose
    /// Looking for a line that is a start line.
    case resync
    /// After CONNECT, before its answer.
    case tunnelWait
    /// In the four bytes before RTSP interleaved data (RFC 2326 section 10.12).
    case interleavedHead
    case interleaved
    /// Before a body that its sender may leave out, because the answer is there already.
    case expecting
    /// After an answer that ends HTTP, until it is clear what follows.
    case handedOver
    case opaque
    case dialogue
    /// Nothing more is read.
    case ignored
  }

  let direction: FlowSide
  private let shared: SharedLimits
  var limits: HTTPLimits { shared.limits }
  var state = State.start
  /// Bytes of a line or head that spans several pieces.
  var held: [UInt8] = []
  /// When they came.
  var heldTimes = HeldTimes()
  /// What stays when it is at rest.
  private(set) var rest: ParserRest
  var now: Int64 = 0
  /// First bytes of the stream, for the protocol guess.
  var first: [UInt8] = []

  /// The message being read, if any.
  var current: HTTPMessageID?
  var summary = HTTPMessageSummary()
  var reported: UInt64 = 0
  var startLine: StartLine?
  var scan = HeadScan()
  var framing = HTTPFraming.none
  /// Offset and time of the first byte of the line or head at hand.
  var startOffset: UInt64 = 0
  var startTime: Int64 = 0
  /// Bytes of the head at hand, kept or not.
  var headCount: UInt64 = 0
  /// Bytes to come in a body of known length, or in a chunk.
  var remaining: UInt64 = 0
  var chunk = ChunkState()
  /// The request at hand says `Expect: 100-continue`.
  var expectsContinue = false
  var resyncOffset: UInt64 = 0
  /// When the first of them came; in the far future when none has.
  var resyncTime = Int64.max

  init(_ rest: ParserRest, direction: FlowSide, limits: SharedLimits) {
    self.rest = rest
    self.direction = direction
    shared = limits
  }

  /// Whether ``rest`` says all there is to say: between messages.
  var isAtRest: Bool {
    if case .start = state { return held.isEmpty && current == nil }
    return false
  }

  var position: UInt64 {
    get { rest.position }
    set { rest.position = newValue }
  }
  var seen: UInt64 {
    get { rest.seen }
    set { rest.seen = newValue }
  }
  var family: HTTPFamily {
    get { rest.family }
    set { rest.family = newValue }
  }
  var hadMessage: Bool {
    get { rest.hadMessage }
    set { rest.hadMessage = newValue }
  }
  var hadGap: Bool {
    get { rest.hadGap }
    set { rest.hadGap = newValue }
  }
  var hasEnded: Bool {
    get { rest.hasEnded }
    set { rest.hasEnded = newValue }
  }

  /// Feeds bytes; while the protocol is undecided, pieces are cut where a decision is due.
  func data(_ span: RawSpan, time: Int64, in connection: HTTPConnection) {
    now = time
    if !held.isEmpty, state != .head { heldTimes.note(held.count, time) }
    if hasEnded {
      report(.dataAfterEnd, at: position, in: connection)
      hasEnded = false
    }
    var from = 0
    let count = span.byteCount
    while from < count {
      var to = count
      let limit = decisionPoint
      if connection.isUndecided, seen < limit, limit - seen < UInt64(count - from) {
        to = from + Int(limit - seen)
      }
      let piece = span.extracting(from..<to)
      if connection.isUndecided, first.count < ApplicationProtocol.prefixBytes {
        first.append(piece, 0..<min(piece.byteCount, ApplicationProtocol.prefixBytes - first.count))
      }
      run(piece, in: connection)
      position &+= UInt64(to - from)
      seen &+= UInt64(to - from)
      if connection.isUndecided {
        if seen == UInt64(ApplicationProtocol.decisionBytes) {
          connection.decideByGuess()
        } else if seen == limits.undecidedBytes {
          connection.giveUp()
        }
      }
      from = to
    }
  }

  private var decisionPoint: UInt64 {
    let guess = UInt64(ApplicationProtocol.decisionBytes)
    return seen < guess ? guess : limits.undecidedBytes
  }

  func run(_ span: RawSpan, in connection: HTTPConnection) {
    var at = 0
    let end = span.byteCount
    while at < end {
      switch state {
      case .start: at = start(span, at, in: connection)
      case .head: at = head(span, at, in: connection)
      case .longHead: at = longHead(span, at, in: connection)
      case .fixed: at = fixed(span, at, in: connection)
      case .chunked: at = chunked(span, at, in: connection)
      case .untilClose:
        body(span, at..<end, in: connection)
        at = end
      case .resync: at = resync(span, at, in: connection)
      case .tunnelWait:
        report(.earlyTunnelData, at: offset(at), in: connection)
        state = .opaque
      case .interleavedHead: at = interleavedHead(span, at)
      case .interleaved: at = interleaved(span, at)
      case .expecting: at = expecting(span, at, in: connection)
      case .handedOver: at = handedOver(span, at, in: connection)
      case .opaque:
        connection.sink.opaqueData(direction, bytes: span.extracting(at..<end), time: now)
        at = end
      case .dialogue:
        connection.dialogue?.data(
          direction, span.extracting(at..<end), offset: offset(at), time: now)
        at = end
      case .ignored: at = end
      }
    }
  }

  func offset(_ index: Int) -> UInt64 { position &+ UInt64(index) }

  /// Reports a finding, each kind once per message.
  func report(
    _ kind: HTTPFinding.Kind, at offset: UInt64, value: UInt64 = 0, in connection: HTTPConnection
  ) {
    let bit = UInt64(1) << UInt64(kind.rawValue)
    guard reported & bit == 0 else { return }
    reported |= bit
    connection.sink.finding(
      HTTPFinding(
        kind: kind, direction: direction, offset: offset, exchange: current?.exchange,
        value: value, time: now))
  }

  /// Takes the held bytes out, so that they can be read while the parser changes.
  func takeHeld() -> [UInt8] {
    var bytes: [UInt8] = []
    swap(&bytes, &held)
    heldTimes = HeldTimes()
    return bytes
  }

  /// Gives the storage back for the next line; a big one is let go.
  func returnHeld(_ bytes: consuming [UInt8]) {
    guard held.isEmpty, bytes.capacity <= 64 * 1024 else { return }
    var bytes = bytes
    bytes.removeAll(keepingCapacity: true)
    held = bytes
  }

  // MARK: - Start line

  private func start(_ span: RawSpan, _ from: Int, in connection: HTTPConnection) -> Int {
    var at = from
    let end = span.byteCount
    if held.isEmpty {
      // RFC 9112 section 2.2: empty lines before a start line are passed over.
      while at < end, span.u8(at) == Byte.cr || span.u8(at) == Byte.lf { at += 1 }
      guard at < end else { return end }
      startOffset = offset(at)
      startTime = now
      if family == .rtsp, span.u8(at) == 0x24 {
        state = .interleavedHead
        return at
      }
    }
    let windowEnd = min(end, at + max(1, connection.headBytes - held.count))
    guard let feed = span.firstIndex(of: Byte.lf, from: at, to: windowEnd) else {
      let wasShort = held.count < StartLine.prefixBytes
      held.append(span, at..<windowEnd)
      if wasShort, held.count >= StartLine.prefixBytes,
        !StartLine.isPossible(unsafe held.span.bytes)
      {
        lose(.noStartLine, in: connection)
      } else if held.count >= connection.headBytes {
        lose(.longStartLine, in: connection)
      }
      return windowEnd
    }
    if held.isEmpty {
      guard let line = StartLine(span, at..<feed + 1), isAtItsPlace(line, span, at) else {
        return notStartLine(span, at..<feed + 1, in: connection)
      }
      connection.decidedHTTP()
      startLine = line
      scan = HeadScan()
      if line.isSimple {
        headCount = UInt64(line.length)
        headComplete(span.extracting(at..<feed + 1), cut: false, in: connection)
        return feed + 1
      }
      state = .head
      let limitEnd = min(end, at + connection.headBytes)
      if let headEnd = scan.find(span, feed + 1, limitEnd) {
        headCount = UInt64(headEnd - at)
        headComplete(span.extracting(at..<headEnd), cut: false, in: connection)
        return headEnd
      }
      held.append(span, at..<limitEnd)
      if held.count >= connection.headBytes { overflow(in: connection) }
      return limitEnd
    }
    held.append(span, at..<feed + 1)
    let line = StartLine(unsafe held.span.bytes, 0..<held.count)
    guard let line, isAtItsPlace(line, unsafe held.span.bytes, 0) else {
      let times = heldTimes
      let bytes = takeHeld()
      heldTimes = times
      _ = notStartLine(unsafe bytes.span.bytes, 0..<bytes.count, in: connection)
      returnHeld(bytes)
      return feed + 1
    }
    connection.decidedHTTP()
    startLine = line
    scan = HeadScan()
    state = .head
    if line.isSimple {
      let bytes = takeHeld()
      headCount = UInt64(line.length)
      headComplete(unsafe bytes.span.bytes, cut: false, in: connection)
      returnHeld(bytes)
    } else if held.count >= connection.headBytes {
      overflow(in: connection)
    }
    return feed + 1
  }

  // MARK: - Lines that are none

  /// Whether a start line begins where the bytes do. In a stream that is seen from the middle, other bytes
  /// may stand before it on the same line: the end of an upload, or a SOCKS request.
  private func isAtItsPlace(_ line: StartLine, _ span: RawSpan, _ start: Int) -> Bool {
    hadMessage || line.kind == .response || line.method != .other
      || StartLineSearch.find(span.extracting(start..<start + line.length)) == 0
  }

  /// A complete line that should have been a start line; returns the end of its range.
  private func notStartLine(_ span: RawSpan, _ line: Range<Int>, in connection: HTTPConnection)
    -> Int
  {
    if connection.takesDialogue(self, span.extracting(line)) { return line.upperBound }
    guard state == .start else { return line.upperBound }
    if connection.isSimpleResponse(self) {
      simpleResponse(span, line, in: connection)
      return line.upperBound
    }
    let time = startTime
    beginResync(.noStartLine, in: connection)
    let found = StartLineSearch.find(span.extracting(line))
    if let found {
      startTime = heldTimes.time(of: found) ?? time
      held.append(span, line.lowerBound + found..<line.upperBound)
      resynchronised(skipping: UInt64(found), in: connection)
    }
    return line.upperBound
  }

  /// The held bytes will not become a start line: they are the first of the line to search.
  private func lose(_ kind: HTTPFinding.Kind, in connection: HTTPConnection) {
    if connection.isSimpleResponse(self) {
      let bytes = takeHeld()
      simpleResponse(unsafe bytes.span.bytes, 0..<bytes.count, in: connection)
      returnHeld(bytes)
      return
    }
    beginResync(kind, in: connection)
  }

  /// RFC 1945 section 6: the answer to a simple request is a body and nothing else.
  private func simpleResponse(_ span: RawSpan, _ range: Range<Int>, in connection: HTTPConnection) {
    startLine = StartLine(simpleResponse: ())
    headCount = 0
    headComplete(span.extracting(range.lowerBound..<range.lowerBound), cut: false, in: connection)
    body(span, range, in: connection)
  }

  // MARK: - Head

  private func head(_ span: RawSpan, _ from: Int, in connection: HTTPConnection) -> Int {
    let windowEnd = min(span.byteCount, from + max(1, connection.headBytes - held.count))
    guard let headEnd = scan.find(span, from, windowEnd) else {
      held.append(span, from..<windowEnd)
      if held.count >= connection.headBytes { overflow(in: connection) }
      return windowEnd
    }
    held.append(span, from..<headEnd)
    headCount = UInt64(held.count)
    let bytes = takeHeld()
    headComplete(unsafe bytes.span.bytes, cut: false, in: connection)
    returnHeld(bytes)
    return headEnd
  }

  /// The head reached the limit: what is kept is reported, its end is looked for.
  private func overflow(in connection: HTTPConnection) {
    headCount = UInt64(held.count)
    let bytes = takeHeld()
    beginMessage(unsafe bytes.span.bytes, cut: true, in: connection)
    report(.longHead, at: startOffset, value: headCount, in: connection)
    state = .longHead
    returnHeld(bytes)
  }

  private func longHead(_ span: RawSpan, _ from: Int, in connection: HTTPConnection) -> Int {
    let room = limits.headGiveUpBytes > headCount ? limits.headGiveUpBytes - headCount : 0
    let windowEnd = from + Int(min(room, UInt64(span.byteCount - from)))
    if let headEnd = scan.find(span, from, windowEnd) {
      headCount &+= UInt64(headEnd - from)
      summary.headBytes = headCount
      beginBody(in: connection)
      return headEnd
    }
    headCount &+= UInt64(windowEnd - from)
    summary.headBytes = headCount
    if headCount >= limits.headGiveUpBytes {
      endMessage(.headTooLong, in: connection)
      beginResync(.noStartLine, from: windowEnd, in: connection)
    }
    return windowEnd
  }

  func headComplete(_ bytes: RawSpan, cut: Bool, in connection: HTTPConnection) {
    beginMessage(bytes, cut: cut, in: connection)
    if !cut { beginBody(in: connection) }
  }

  // MARK: - Body

  private func fixed(_ span: RawSpan, _ from: Int, in connection: HTTPConnection) -> Int {
    let count = Int(clamping: min(remaining, UInt64(span.byteCount - from)))
    body(span, from..<from + count, in: connection)
    remaining -= UInt64(count)
    if remaining == 0 { fixedEnd(in: connection) }
    return from + count
  }

  func fixedEnd(in connection: HTTPConnection) {
    if case .encapsulated(_, chunked: true) = framing {
      chunk = ChunkState()
      state = .chunked
    } else {
      endMessage(.complete, in: connection)
    }
  }

  func body(_ span: RawSpan, _ range: Range<Int>, in connection: HTTPConnection) {
    guard let current, !range.isEmpty else { return }
    connection.sink.messageBody(
      current, offset: summary.bodyBytes &+ summary.missingBytes, bytes: span.extracting(range))
    summary.bodyBytes &+= UInt64(range.count)
    if case .chunked = state {} else { summary.wireBytes &+= UInt64(range.count) }
    summary.lastTime = now
  }

  // MARK: - RTSP interleaved data

  /// Dollar sign, channel, two bytes of length.
  private func interleavedHead(_ span: RawSpan, _ from: Int) -> Int {
    let to = min(span.byteCount, from + 4 - held.count)
    held.append(span, from..<to)
    if held.count == 4 {
      remaining = UInt64(held[2]) << 8 | UInt64(held[3])
      held.removeAll(keepingCapacity: true)
      state = remaining == 0 ? .start : .interleaved
    }
    return to
  }

  private func interleaved(_ span: RawSpan, _ from: Int) -> Int {
    let count = Int(clamping: min(remaining, UInt64(span.byteCount - from)))
    remaining -= UInt64(count)
    if remaining == 0 { state = .start }
    return from + count
  }
}
