internal import TraceBytes
internal import TraceModel

/// What a stream between two messages is: as much as stays of the parser of a connection that is idle.
struct ParserRest: Sendable {
  /// Offset in the stream of the first byte of the piece at hand.
  var position: UInt64 = 0
  /// Bytes seen, gaps not counted.
  var seen: UInt64 = 0
  /// Time of the last piece: a gap that comes next has it.
  var now: Int64 = 0
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
  private var kept = HeldBytes()
  /// What stays when it is at rest.
  var rest: ParserRest
  var now: Int64 {
    get { rest.now }
    set { rest.now = newValue }
  }
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

  /// The bytes of the line or head at hand that came in pieces before. They are taken out while they change, which
  /// is an access that is not checked at run time.
  var held: HeldBytes {
    get { kept }
    _modify {
      var taken = takeHeld()
      defer { kept = taken }
      yield &taken
    }
  }

  /// Whether ``rest`` says all there is to say: between messages.
  var isAtRest: Bool {
    if case .start = state { return held.isEmpty && current == nil }
    return false
  }

  /// Feeds bytes; while the protocol is undecided, pieces are cut where a decision is due.
  func data(_ span: RawSpan, time: Int64, in connection: HTTPConnection) {
    now = time
    if rest.hasEnded {
      report(.dataAfterEnd, at: rest.position, in: connection)
      rest.hasEnded = false
    }
    var from = 0
    let count = span.byteCount
    while from < count {
      var to = count
      let limit = decisionPoint
      if connection.isUndecided, rest.seen < limit, limit - rest.seen < UInt64(count - from) {
        to = from + Int(limit - rest.seen)
      }
      let piece = span.extracting(from..<to)
      if connection.isUndecided, first.count < ApplicationProtocol.prefixBytes {
        first.append(piece, 0..<min(piece.byteCount, ApplicationProtocol.prefixBytes - first.count))
      }
      run(piece, in: connection)
      rest.position &+= UInt64(to - from)
      rest.seen &+= UInt64(to - from)
      if connection.isUndecided {
        if rest.seen == UInt64(ApplicationProtocol.decisionBytes) {
          connection.decideByGuess()
        } else if rest.seen == limits.undecidedBytes {
          connection.giveUp()
        }
      }
      from = to
    }
  }

  private var decisionPoint: UInt64 {
    let guess = UInt64(ApplicationProtocol.decisionBytes)
    return rest.seen < guess ? guess : limits.undecidedBytes
  }

  func run(_ span: RawSpan, in connection: HTTPConnection) {
    var at = 0
    let end = span.byteCount
    while at < end {
      switch state {
      case .start: at = start(span, at, in: connection)
      case .head: at = head(span, at, search: at, in: connection)
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

  func offset(_ index: Int) -> UInt64 { rest.position &+ UInt64(index) }

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
  func takeHeld() -> HeldBytes {
    var taken = HeldBytes()
    swap(&taken, &kept)
    return taken
  }

  /// Reads the held bytes, which are taken out for it; their storage serves the next line, unless it is big.
  func withHeld(_ body: (RawSpan) -> Void) {
    var taken = takeHeld()
    unsafe body(taken.bytes.span.bytes)
    guard held.isEmpty, taken.bytes.capacity <= 64 * 1024 else { return }
    taken.removeAll(keepingCapacity: true)
    held = taken
  }

  /// The line or head at hand begins at an index of the piece.
  func begin(at index: Int) {
    startOffset = offset(index)
    startTime = now
  }

  /// The head behind a start line comes.
  func beginHead(_ line: StartLine?) {
    startLine = line
    scan = HeadScan()
    state = .head
  }

  // MARK: - Start line

  private func start(_ span: RawSpan, _ from: Int, in connection: HTTPConnection) -> Int {
    var at = from
    let end = span.byteCount
    if held.isEmpty {
      // RFC 9112 section 2.2: empty lines before a start line are passed over.
      while at < end, span.u8(at) == Byte.cr || span.u8(at) == Byte.lf { at += 1 }
      guard at < end else { return end }
      begin(at: at)
      if rest.family == .rtsp, span.u8(at) == 0x24 {
        state = .interleavedHead
        return at
      }
    }
    let windowEnd = min(end, at + max(1, connection.headBytes - held.count))
    guard let feed = span.firstIndex(of: Byte.lf, from: at, to: windowEnd) else {
      let wasShort = held.count < StartLine.prefixBytes
      held.append(span, at..<windowEnd, at: now)
      if wasShort, held.count >= StartLine.prefixBytes,
        !StartLine.isPossible(unsafe held.bytes.span.bytes)
      {
        lose(.noStartLine, in: connection)
      } else if held.count >= connection.headBytes {
        lose(.longStartLine, in: connection)
      }
      return windowEnd
    }
    if held.isEmpty, let line = StartLine(span, at..<feed + 1), isAtItsPlace(line, span, at) {
      connection.decidedHTTP()
      beginHead(line)
      guard line.isSimple else { return head(span, at, search: feed + 1, in: connection) }
      headCount = UInt64(line.length)
      headComplete(span.extracting(at..<feed + 1), in: connection)
      return feed + 1
    }
    held.append(span, at..<feed + 1, at: now)
    let line = StartLine(unsafe held.bytes.span.bytes, 0..<held.count)
    guard let line, isAtItsPlace(line, unsafe held.bytes.span.bytes, 0) else {
      notStartLine(in: connection)
      return feed + 1
    }
    connection.decidedHTTP()
    beginHead(line)
    if line.isSimple {
      headCount = UInt64(line.length)
      withHeld { headComplete($0, in: connection) }
    } else if held.count >= connection.headBytes {
      overflow(in: connection)
    }
    return feed + 1
  }

  // MARK: - Head

  /// Goes on with a head, whose end is looked for from `search` on.
  private func head(
    _ span: RawSpan, _ from: Int, search: Int, in connection: HTTPConnection
  ) -> Int {
    let windowEnd = min(span.byteCount, from + max(1, connection.headBytes - held.count))
    guard let headEnd = findHeadEnd(span, search, windowEnd) else {
      held.append(span, from..<windowEnd, at: now)
      if held.count >= connection.headBytes { overflow(in: connection) }
      return windowEnd
    }
    if held.isEmpty {
      headCount = UInt64(headEnd - from)
      headComplete(span.extracting(from..<headEnd), in: connection)
    } else {
      held.append(span, from..<headEnd, at: now)
      headCount = UInt64(held.count)
      withHeld { headComplete($0, in: connection) }
    }
    return headEnd
  }

  private func findHeadEnd(_ span: RawSpan, _ from: Int, _ to: Int) -> Int? {
    var scan = self.scan
    defer { self.scan = scan }
    return scan.find(span, from, to)
  }

  /// The head reached the limit: what is kept is reported, its end is looked for.
  private func overflow(in connection: HTTPConnection) {
    headCount = UInt64(held.count)
    withHeld {
      beginMessage($0, cut: true, in: connection)
      report(.longHead, at: startOffset, value: headCount, in: connection)
      state = .longHead
    }
  }

  private func longHead(_ span: RawSpan, _ from: Int, in connection: HTTPConnection) -> Int {
    let room = limits.headGiveUpBytes > headCount ? limits.headGiveUpBytes - headCount : 0
    let windowEnd = from + Int(min(room, UInt64(span.byteCount - from)))
    if let headEnd = findHeadEnd(span, from, windowEnd) {
      headCount &+= UInt64(headEnd - from)
      summary.headBytes = headCount
      beginBody(in: connection)
      return headEnd
    }
    headCount &+= UInt64(windowEnd - from)
    summary.headBytes = headCount
    if headCount >= limits.headGiveUpBytes {
      endMessage(.headTooLong, in: connection)
      beginResync(.noStartLine, in: connection, at: offset(windowEnd))
    }
    return windowEnd
  }

  func headComplete(_ bytes: RawSpan, in connection: HTTPConnection) {
    beginMessage(bytes, cut: false, in: connection)
    beginBody(in: connection)
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
    held.append(span, from..<to, at: now)
    if held.count == 4 {
      remaining = UInt64(held.bytes[2]) << 8 | UInt64(held.bytes[3])
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
