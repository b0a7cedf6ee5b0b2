internal import TraceBytes

extension MessageParser {
  /// Reports the head at hand and decides about the framing.
  ///
  /// A head may be `cut` by a limit, and then goes on, or `lost`, and then is all there will be.
  func beginMessage(
    _ bytes: RawSpan, cut: Bool, lost: Bool = false, in connection: HTTPConnection
  ) {
    guard let line = startLine else { return }
    rest.family = line.version.family
    rest.hadMessage = true
    reported = 0
    let paired = connection.begin(line, self)
    current = paired.id
    summary = HTTPMessageSummary()
    summary.firstTime = startTime
    summary.lastTime = now
    summary.offset = startOffset
    summary.headBytes = headCount
    summary.status = line.status
    summary.method = line.kind == .request ? line.method : paired.method
    summary.isHeadCut = cut

    // The last line of a head that was cut says nothing for sure.
    var whole = bytes.byteCount
    if cut {
      while whole > 0, bytes.u8(whole - 1) != Byte.lf { whole -= 1 }
    }
    let lines = bytes.extracting(0..<whole)
    var facts = HeadFacts(lines, from: min(line.length, whole), family: rest.family)
    HeadBytes.check(lines) { facts.note($0, $1) }
    if line.isOdd { facts.note(.oddStartLine, 0) }
    if line.version.major == 0 { facts.note(.http09, 0) }
    framing = facts.framing(of: line, answering: paired.method)
    if lost, framing != .handOver { framing = .unknown }
    let isFinal = line.status >= 200 || line.status == 0 || framing == .handOver

    var head = HTTPHead(
      message: paired.id, version: line.version, method: summary.method,
      methodName: line.methodName, target: line.target, status: line.status,
      reason: line.reason, fieldsStart: min(line.length, bytes.byteCount), framing: framing,
      contentCodings: facts.codings, transferCodings: facts.transferCodings,
      offset: startOffset, time: startTime)
    head.contentType = facts.contentType
    head.host = facts.host
    head.isInterim = !isFinal
    head.isCut = cut
    expectsContinue = line.kind == .request && facts.expectsContinue
    connection.sink.messageStart(head, bytes: bytes)
    for (kind, at) in facts.findings {
      report(kind, at: startOffset &+ UInt64(at), in: connection)
    }
    if line.kind == .response, isFinal { connection.answered(paired.id.exchange, self) }
    if framing == .handOver {
      connection.noteHandOver(
        bytes, upgrade: facts.upgrade, answering: paired.method, exchange: paired.id.exchange)
    }
  }

  /// Goes on to what the framing says comes after the head.
  func beginBody(in connection: HTTPConnection) {
    summary.lastTime = now
    switch framing {
    case .none, .length(0): endMessage(.complete, in: connection)
    case .length(let count):
      remaining = count
      state = .fixed
    case .chunked:
      chunk = ChunkState()
      state = .chunked
    case .untilClose: state = .untilClose
    case .encapsulated(let count, _):
      remaining = count
      state = .fixed
      if count == 0 { fixedEnd(in: connection) }
    case .unknown:
      endMessage(.badFraming, in: connection)
      beginResync(nil, in: connection, at: startOffset &+ headCount)
    case .handOver:
      endMessage(.complete, in: connection)
      connection.completeHandOver(self)
    }
  }

  /// Reports the end of the message at hand; the next one may begin.
  func endMessage(_ ending: HTTPEnding, in connection: HTTPConnection) {
    guard let id = current else { return }
    summary.ending = ending
    if ending == .complete { summary.lastTime = now }
    current = nil
    reported = 0
    state = .start
    held.removeAll(keepingCapacity: held.bytes.capacity <= 64 * 1024)
    connection.sink.messageEnd(id, summary)
    connection.ended(id, summary, self)
    if id.kind == .request, summary.method == .connect, ending == .complete, state == .start {
      state = .tunnelWait
    }
  }
}

/// Looks over the bytes of a head for what does not belong there.
enum HeadBytes {
  /// Reports bare LF, bare CR and control bytes with the offset of the first of each.
  static func check(_ head: RawSpan, _ note: (HTTPFinding.Kind, Int) -> Void) {
    var seen: (lf: Bool, cr: Bool, control: Bool) = (false, false, false)
    var previous: UInt8 = 0
    var index = 0
    while index < head.byteCount {
      // Most of a head is eight bytes after eight bytes of nothing special.
      if previous != Byte.cr, head.byteCount - index >= 8,
        !head.hasByte(below: Byte.space, inEightAt: index)
      {
        index += 8
        previous = Byte.space
        continue
      }
      defer { index += 1 }
      let byte = head.u8(index)
      if byte < 0x20 || previous == Byte.cr {
        if byte == Byte.lf {
          if previous != Byte.cr, !seen.lf {
            seen.lf = true
            note(.bareLF, index)
          }
        } else {
          if previous == Byte.cr, !seen.cr {
            seen.cr = true
            note(.bareCR, index - 1)
          }
          if byte < 0x20, byte != Byte.cr, byte != Byte.tab, !seen.control {
            seen.control = true
            note(.controlInHead, index)
          }
        }
      }
      previous = byte
    }
  }
}

extension StartLine {
  /// Stands for the start line that an HTTP/0.9 response does not have.
  init(simpleResponse: Void) {
    kind = .response
    version = HTTPVersion(family: .http, major: 0, minor: 9)
    length = 0
  }
}
