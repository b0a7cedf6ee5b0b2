internal import TraceBytes

extension MessageParser {
  // MARK: - Lines that are none

  /// Whether a start line begins where the bytes do. In a stream that is seen from the middle, other bytes
  /// may stand before it on the same line: the end of an upload, or a SOCKS request.
  func isAtItsPlace(_ line: StartLine, _ span: RawSpan, _ start: Int) -> Bool {
    rest.hadMessage || line.kind == .response || line.method != .other
      || StartLineSearch.find(span.extracting(start..<start + line.length)) == 0
  }

  /// The held bytes are a complete line that should have been a start line.
  func notStartLine(in connection: HTTPConnection) {
    let line = takeHeld()
    let span = unsafe line.bytes.span.bytes
    if connection.takesDialogue(self, span) { return }
    guard state == .start else { return }
    if connection.isSimpleResponse(self) {
      return simpleResponse(span, 0..<span.byteCount, in: connection)
    }
    beginResync(.noStartLine, in: connection)
    guard let found = StartLineSearch.find(span) else { return }
    held = line
    held.removeFirst(found)
    resynchronised(skipping: UInt64(found), in: connection)
  }

  /// The held bytes will not become a start line: they are the first of the line to search.
  func lose(_ kind: HTTPFinding.Kind, in connection: HTTPConnection) {
    if connection.isSimpleResponse(self) {
      withHeld { simpleResponse($0, 0..<$0.byteCount, in: connection) }
    } else {
      beginResync(kind, in: connection)
    }
  }

  /// RFC 1945 section 6: the answer to a simple request is a body and nothing else.
  func simpleResponse(_ span: RawSpan, _ range: Range<Int>, in connection: HTTPConnection) {
    startLine = StartLine(simpleResponse: ())
    headCount = 0
    headComplete(span.extracting(range.lowerBound..<range.lowerBound), in: connection)
    body(span, range, in: connection)
  }

  // MARK: - The next start line

  /// From here on the next start line is looked for; held bytes are the beginning of a line.
  func beginResync(_ kind: HTTPFinding.Kind?, in connection: HTTPConnection) {
    beginResync(kind, in: connection, at: startOffset, keepHeld: true)
  }

  /// As above, from an offset of the stream.
  func beginResync(
    _ kind: HTTPFinding.Kind?, in connection: HTTPConnection, at offset: UInt64,
    keepHeld: Bool = false
  ) {
    if state != .resync { (resyncOffset, resyncTime) = (offset, .max) }
    reported = 0
    state = .resync
    if !keepHeld { held.removeAll(keepingCapacity: true) }
    // A stream that has not begun yet began in the middle, or is not HTTP at all.
    if let kind, rest.hadMessage || rest.hadGap { report(kind, at: offset, in: connection) }
  }

  /// Passes over lines until one is, or ends in, a start line.
  func resync(_ span: RawSpan, _ from: Int, in connection: HTTPConnection) -> Int {
    let end = span.byteCount
    resyncTime = min(resyncTime, now)
    let limit = connection.resyncLineBytes
    var from = from
    if held.isEmpty {
      while from < end, span.u8(from) == Byte.lf { from += 1 }
      guard from < end else { return end }
    }
    guard let feed = span.firstIndex(of: Byte.lf, from: from, to: end) else {
      held.append(span, max(from, end - limit)..<end, at: now)
      if let start = StartLineSearch.start(unsafe held.bytes.span.bytes) { held.removeFirst(start) }
      if held.count > limit + limit / 2 { held.removeFirst(held.count - limit) }
      if held.bytes.capacity > Self.mostAlways { dropUseless() }
      return end
    }
    let next = feed + 1
    if held.isEmpty {
      let low = max(from, next - limit)
      guard let found = StartLineSearch.find(span.extracting(low..<next)) else { return next }
      held.append(span, low + found..<next, at: now)
    } else {
      held.append(span, max(from, next - limit)..<next, at: now)
      if held.count > limit { held.removeFirst(held.count - limit) }
      guard let found = StartLineSearch.find(unsafe held.bytes.span.bytes) else {
        held.removeAll(keepingCapacity: true)
        return next
      }
      held.removeFirst(found)
    }
    startOffset = offset(next) &- UInt64(held.count)
    resynchronised(skipping: startOffset &- resyncOffset, in: connection)
    return next
  }

  /// Bytes that a stream may hold without a look at what they are: thousands do, of other protocols too.
  private static let mostAlways = 256

  /// Drops what no start line can be in, which is nearly all of bytes that are no HTTP, and gives its memory back.
  private func dropUseless() {
    let useless = StartLineSearch.lastStart(unsafe held.bytes.span.bytes)
    if useless > 0 { held.removeFirst(useless) }
    if held.count <= Self.mostAlways { held.shrink() }
  }

  /// The held bytes are a start line that follows `skipped` other bytes.
  func resynchronised(skipping skipped: UInt64, in connection: HTTPConnection) {
    let taken = takeHeld()
    guard let line = StartLine(unsafe taken.bytes.span.bytes, 0..<taken.count) else { return }
    held = taken
    startTime = taken.time(of: 0)
    startOffset = resyncOffset &+ skipped
    connection.decidedHTTP()
    if skipped > 0 {
      let isKnown = rest.hadMessage || rest.hadGap
      report(
        isKnown ? .resynchronised : .startedMidMessage, at: startOffset, value: skipped,
        in: connection)
    }
    beginHead(line)
  }
}

/// Recognises a start line in a line that may begin with the end of something else.
enum StartLineSearch {
  /// The registered methods, and those that servers of note know beside them. A name that ends in another
  /// one must be here, or the other one is found in it.
  private static let methods: [StaticString] = [
    "GET", "POST", "HEAD", "PUT", "DELETE", "OPTIONS", "CONNECT", "PATCH", "TRACE", "PROPFIND",
    "PROPPATCH", "MKCOL", "COPY", "MOVE", "LOCK", "UNLOCK", "REPORT", "SEARCH", "MERGE",
    "CHECKOUT", "CHECKIN", "UNCHECKOUT", "MKACTIVITY", "MKWORKSPACE", "MKCALENDAR",
    "MKREDIRECTREF", "UPDATEREDIRECTREF", "ORDERPATCH", "BASELINE-CONTROL", "LABEL", "ACL",
    "BIND", "REBIND", "UNBIND", "LINK", "UNLINK", "QUERY", "VERSION-CONTROL", "PURGE",
    "M-SEARCH", "M-POST", "M-GET", "NOTIFY", "SUBSCRIBE", "UNSUBSCRIBE", "POLL", "BPROPFIND",
    "BPROPPATCH", "BCOPY", "BMOVE", "BDELETE", "BITS_POST", "CCM_POST", "RPC_IN_DATA",
    "RPC_OUT_DATA", "SOURCE", "TRACK", "DEBUG", "DESCRIBE", "SETUP", "PLAY", "PAUSE",
    "TEARDOWN", "ANNOUNCE", "RECORD", "REDIRECT", "GET_PARAMETER", "SET_PARAMETER", "REGISTER",
    "INVITE", "ACK", "BYE", "CANCEL", "REFER", "MESSAGE", "INFO", "PRACK", "UPDATE", "PUBLISH",
    "REQMOD", "RESPMOD",
  ]

  /// Where a start line can begin that ends behind these bytes, or with them: after the last control
  /// character. Nil when there is none. Nobody sends a start line with any but those of its end.
  static func start(_ bytes: RawSpan) -> Int? {
    var at = bytes.byteCount
    if at > 0, bytes.u8(at - 1) == Byte.lf { at -= 1 }
    if at > 0, bytes.u8(at - 1) == Byte.cr { at -= 1 }
    return bytes.lastIndex(below: Byte.space, before: at).map { $0 + 1 }
  }

  /// The last place before which no start line begins that goes on behind these bytes, the beginning of a line: one
  /// begins with the line, at a version name, or with a method that a blank, a target and maybe a blank more follow.
  static func lastStart(_ bytes: RawSpan) -> Int {
    if StartLine.isPossible(bytes) { return 0 }
    var at = bytes.byteCount
    for _ in 0..<2 { at = bytes.lastIndex(below: Byte.space + 1, before: at) ?? at }
    at = max(0, at - longestMethod)
    for name in versions {
      var from = 0
      while from < at, let hit = bytes.firstIndex(of: name, from: from, to: bytes.byteCount) {
        at = min(at, hit)
        from = hit + 1
      }
    }
    return at
  }

  private static let longestMethod = methods.map(\.utf8CodeUnitCount).max() ?? 0
  private static let versions: [StaticString] = ["HTTP/1.", "RTSP/1.", "SIP/2.", "ICAP/1."]

  /// Offset in `line` (which ends in LF) where a start line begins.
  static func find(_ line: RawSpan) -> Int? {
    let first = start(line) ?? 0
    return findClean(line.extracting(first..<line.byteCount)).map { first + $0 }
  }

  private static func findClean(_ line: RawSpan) -> Int? {
    let count = line.byteCount
    // Nothing shorter than `A / SIP/2.0` and a line end.
    guard count >= 12, let version = lastVersion(line) else { return nil }
    let whole = StartLine(line, 0..<count)
    if let whole, !whole.isSimple, whole.method != .other { return 0 }
    if version.isAtEnd {
      if let start = request(line, before: version.index) { return start }
      // A method that nobody knows has nothing before it and no blanks in its target.
      return whole == nil || whole?.isSimple == true || whole?.isOdd == true ? nil : 0
    }
    if let whole, !whole.isSimple { return 0 }
    // A status line may follow other bytes directly, when a body did not end in a line end.
    return StartLine(line, version.index..<count).map { _ in version.index }
  }

  /// Whether a whole line is a request line with a method that is known.
  static func isRequest(_ line: RawSpan) -> Bool {
    guard let version = lastVersion(line), version.isAtEnd else { return false }
    return request(line, before: version.index) == 0
  }

  /// Whether bytes without a line end may be the beginning of a request line with a method that is known.
  static func mayBeRequest(_ bytes: RawSpan) -> Bool {
    for method in methods {
      let count = min(method.utf8CodeUnitCount, bytes.byteCount)
      var index = 0
      while index < count, unsafe bytes.u8(index) == method.utf8Start[index] { index += 1 }
      if index == count { return true }
    }
    return false
  }

  /// Where the last version name is, and whether the line ends after it.
  private static func lastVersion(_ line: RawSpan) -> (index: Int, isAtEnd: Bool)? {
    var end = line.byteCount
    while end > 0, Byte.isBlank(line.u8(end - 1)) { end -= 1 }
    for (name, size) in [("HTTP/", 8), ("RTSP/", 8), ("SIP/", 7), ("ICAP/", 8)]
      as [(StaticString, Int)]
    {
      if end > size, line.has(name, at: end - size), line.u8(end - size - 1) == Byte.space {
        return (end - size, true)
      }
    }
    var found: Int?
    for name in versions {
      var from = 0
      while let hit = line.firstIndex(of: name, from: from, to: end) {
        found = max(found ?? hit, hit)
        from = hit + 1
      }
    }
    return found.map { ($0, false) }
  }

  /// Start of the request line whose version is at `version`: a known method, a blank, and a
  /// target without blanks.
  private static func request(_ line: RawSpan, before version: Int) -> Int? {
    var at = version - 1
    while at > 0, line.u8(at - 1) > Byte.space { at -= 1 }
    guard at > 1, at < version - 1, line.u8(at - 1) == Byte.space else { return nil }
    let methodEnd = at - 1
    var best: Int?
    for method in methods {
      let start = methodEnd - method.utf8CodeUnitCount
      if start >= 0, line.has(method, at: start) { best = min(best ?? start, start) }
    }
    return best
  }
}
