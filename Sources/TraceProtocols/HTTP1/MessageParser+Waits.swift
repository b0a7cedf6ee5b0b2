internal import TraceBytes
internal import TraceModel

/// Places where the next bytes tell what they are: behind a final answer that came before its body, and behind
/// an answer that ends HTTP.
extension MessageParser {
  // MARK: - Expect: 100-continue

  /// The final answer came before any of the body (RFC 9110 section 10.1.1): the client may go on without it.
  func wasAnswered(_ exchange: UInt64) {
    guard expectsContinue, current?.exchange == exchange, current?.kind == .request,
      summary.wireBytes == 0, summary.bodyBytes == 0
    else { return }
    if state == .fixed { state = .expecting }
    if state == .chunked, chunk.phase == .size, chunk.digits == 0 { state = .expecting }
  }

  /// What comes is the next request, or the body after all.
  func expecting(_ span: RawSpan, _ from: Int, in connection: HTTPConnection) -> Int {
    let isChunked = if case .chunked = framing { true } else { false }
    let room = isChunked ? StartLine.prefixBytes : Int(clamping: remaining)
    let end = min(span.byteCount, from + limits.resyncLineBytes - held.count)
    let feed = span.firstIndex(of: Byte.lf, from: from, to: end)
    if held.isEmpty { begin(at: from) }
    held.append(span, from..<(feed.map { $0 + 1 } ?? end), at: now)
    if feed != nil, StartLineSearch.isRequest(unsafe held.bytes.span.bytes) {
      let (place, time) = (startOffset, startTime)
      let line = takeHeld()
      endMessage(.complete, in: connection)
      startOffset = place
      startTime = time
      beginHead(StartLine(unsafe line.bytes.span.bytes, 0..<line.count))
      held = line
      return (feed ?? end - 1) + 1
    }
    if feed == nil, held.count < limits.resyncLineBytes,
      Self.mayBeRequest(unsafe held.bytes.span.bytes, room)
    {
      return end
    }
    expectedBody(in: connection)
    return (feed ?? end - 1) + 1
  }

  /// Whether bytes without a line end may begin the next request, when a body could have `room` bytes.
  private static func mayBeRequest(_ bytes: RawSpan, _ room: Int) -> Bool {
    if bytes.byteCount >= room, !StartLineSearch.mayBeRequest(bytes) { return false }
    return bytes.byteCount < StartLine.prefixBytes || StartLine.isPossible(bytes)
  }

  /// What was held back is the body after all.
  func expectedBody(in connection: HTTPConnection) {
    let taken = takeHeld()
    if case .chunked = framing { state = .chunked } else { state = .fixed }
    expectsContinue = false
    let place = rest.position
    rest.position = startOffset
    run(unsafe taken.bytes.span.bytes, in: connection)
    rest.position = place
  }

  // MARK: - After a hand-over

  /// The bytes that waited when HTTP was handed over.
  func afterHandOver(_ waiting: HeldBytes, in connection: HTTPConnection) {
    let time = now
    let place = rest.position
    now = waiting.time(of: 0)
    rest.position = place &- UInt64(waiting.count)
    run(unsafe waiting.bytes.span.bytes, in: connection)
    rest.position = place
    now = time
  }

  /// The first line tells what follows: TLS does not begin like one.
  func handedOver(_ span: RawSpan, _ from: Int, in connection: HTTPConnection) -> Int {
    if held.isEmpty {
      begin(at: from)
      guard TLSRecords.isText(span.u8(from)) else {
        connection.endHTTP()
        return from
      }
    }
    let end = min(span.byteCount, from + limits.resyncLineBytes - held.count)
    guard let feed = span.firstIndex(of: Byte.lf, from: from, to: end) else {
      held.append(span, from..<end, at: now)
      if held.count >= limits.resyncLineBytes { connection.endHTTP() }
      return end
    }
    held.append(span, from..<feed + 1, at: now)
    let line = held
    let start = StartLine(unsafe line.bytes.span.bytes, 0..<line.count)
    connection.goOn(self, with: unsafe line.bytes.span.bytes)
    if let start, !start.isSimple { beginHead(start) }
    return feed + 1
  }
}
