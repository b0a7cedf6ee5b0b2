internal import TraceModel

extension MessageParser {
  /// Bytes are missing; `count` nil when it is not known how many.
  func gap(_ count: UInt64?, reason: UInt16, in connection: HTTPConnection) {
    if count == 0 { return }
    rest.hadGap = true
    let at = rest.position
    defer { rest.position &+= count ?? 0 }
    if state == .expecting { expectedBody(in: connection) }
    switch state {
    case .dialogue:
      connection.dialogue?.gap(direction, count, reason: reason)
      return
    case .handedOver:
      connection.endHTTP()
      connection.sink.opaqueGap(direction, count: count, reason: reason)
      return
    case .opaque, .tunnelWait:
      connection.sink.opaqueGap(direction, count: count, reason: reason)
      return
    case .ignored: return
    default: break
    }
    // What is missing before the first byte of a stream has the time of the other one.
    let other = connection.parser(direction.other)
    // Every gap counts, so the once-per-message rule does not apply.
    connection.sink.finding(
      HTTPFinding(
        kind: .gap, direction: direction, offset: at, exchange: current?.exchange,
        value: count ?? 0, time: rest.seen > 0 ? now : other.now))
    let isBetween = state == .start && held.isEmpty
    switch state {
    case .fixed:
      if let count, count <= remaining {
        missing(count, reason, in: connection)
        remaining -= count
        if remaining == 0 { fixedEnd(in: connection) }
        return
      }
      if case .encapsulated = framing {
        breakMessage(count: nil, reason, in: connection)
      } else {
        breakMessage(count: count == nil ? nil : remaining, reason, in: connection)
      }
    case .chunked:
      if chunk.phase == .data, let count, count <= remaining {
        missing(count, reason, in: connection)
        remaining -= count
        if remaining == 0 { chunk.phase = .dataCR }
        return
      }
      breakMessage(count: nil, reason, in: connection)
    case .untilClose:
      missing(count, reason, in: connection)
      return
    case .head:
      giveUpHead(.gap, reason: reason, in: connection)
      if framing == .handOver { return connection.completeHandOver(self) }
    case .longHead: breakMessage(count: nil, reason, in: connection)
    case .interleaved:
      if let count, count <= remaining {
        remaining -= count
        if remaining == 0 { state = .start }
        return
      }
    default: break
    }
    connection.lostFraming(direction, isBetween: isBetween)
    beginResync(nil, in: connection, at: at &+ (count ?? 0))
  }

  private func missing(_ count: UInt64?, _ reason: UInt16, in connection: HTTPConnection) {
    guard let current else { return }
    summary.isGapped = true
    summary.gapReason = reason
    summary.missingBytes &+= count ?? 0
    connection.sink.messageGap(current, count: count, reason: reason)
  }

  private func breakMessage(count: UInt64?, _ reason: UInt16, in connection: HTTPConnection) {
    missing(count, reason, in: connection)
    endMessage(.gap, in: connection)
  }

  /// The start line was seen, the end of the head will not be.
  private func giveUpHead(
    _ ending: HTTPEnding, reason: UInt16? = nil, in connection: HTTPConnection
  ) {
    headCount = UInt64(held.count)
    withHeld { beginMessage($0, cut: true, lost: true, in: connection) }
    if let reason {
      summary.isGapped = true
      summary.gapReason = reason
    }
    endMessage(ending, in: connection)
  }

  /// The stream is over (`ending` says whether by itself or with the trace).
  func end(_ ending: HTTPEnding, in connection: HTTPConnection) {
    switch state {
    case .start:
      if !held.isEmpty, connection.isUndecided || connection.isSimpleResponse(self) {
        lastLine(in: connection)
      }
      // What is left of a line was no start line.
      if !held.isEmpty, !connection.isUndecided {
        report(.noStartLine, at: startOffset, in: connection)
      }
      held.removeAll()
    case .head: giveUpHead(ending, in: connection)
    case .untilClose:
      endMessage(ending == .streamEnded ? .complete : ending, in: connection)
    case .expecting where held.isEmpty: endMessage(.complete, in: connection)
    case .expecting:
      expectedBody(in: connection)
      return end(ending, in: connection)
    case .fixed, .chunked, .longHead: endMessage(ending, in: connection)
    case .resync:
      held.removeAll()
      if !connection.isUndecided, rest.position > resyncOffset {
        report(.noStartLine, at: resyncOffset, value: rest.position &- resyncOffset, in: connection)
      }
    case .dialogue: connection.dialogue?.end(direction)
    default: break
    }
    if state != .opaque, state != .dialogue, state != .ignored, state != .handedOver {
      state = .start
      held.removeAll()
    }
    reported = 0
    rest.hasEnded = true
  }

  /// A last line without line end: it may be all there is of a dialogue or simple response.
  private func lastLine(in connection: HTTPConnection) {
    let line = takeHeld()
    if connection.takesDialogue(self, unsafe line.bytes.span.bytes) { return }
    guard state == .start, connection.isSimpleResponse(self) else {
      held = line
      return
    }
    simpleResponse(unsafe line.bytes.span.bytes, 0..<line.count, in: connection)
    endMessage(.complete, in: connection)
  }
}
