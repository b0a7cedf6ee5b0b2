internal import TraceBytes

/// A start line taken apart; ranges count from the start of the line.
struct StartLine {
  var kind: HTTPKind
  var version: HTTPVersion
  var method: HTTPMethod = .unknown
  var methodName: Range<Int> = 0..<0
  var target: Range<Int> = 0..<0
  var status: UInt16 = 0
  var reason: Range<Int> = 0..<0
  /// Length with the line end.
  var length: Int
  var isOdd = false
  var isSimple: Bool { kind == .request && version.major == 0 }

  /// Longest method name that counts as one; the longest registered one has 17 letters.
  static let longestMethod = 31
  /// Bytes of a line after which it is clear whether it can be a start line.
  static let prefixBytes = 32

  /// Reads the line in `range` of `span`, line end included (RFC 9112 sections 3 and 4); nil if
  /// it is no start line.
  init?(_ span: RawSpan, _ range: Range<Int>) {
    let start = range.lowerBound
    var end = range.upperBound
    if end > start, span.u8(end - 1) == Byte.lf { end -= 1 }
    if end > start, span.u8(end - 1) == Byte.cr { end -= 1 }
    let lineEnd = end
    while end > start, span.u8(end - 1) == Byte.space || span.u8(end - 1) == Byte.tab {
      end -= 1
    }
    if let line = StartLine(statusLine: span, start, lineEnd, length: range.count) {
      self = line
    } else if var line = StartLine(requestLine: span, start, end, length: range.count) {
      line.isOdd = line.isOdd || end != lineEnd
      self = line
    } else {
      return nil
    }
  }

  private init?(statusLine span: RawSpan, _ start: Int, _ end: Int, length: Int) {
    var at = start
    var odd = false
    if let (version, size) = StartLine.version(span, start, end) {
      guard version.family != .http || version.major < 2 else { return nil }
      self.version = version
      at += size
    } else if span.has("ICY ", at: start) {
      // What SHOUTcast servers say instead of HTTP/1.0.
      self.version = HTTPVersion(family: .http, major: 1, minor: 0)
      odd = true
      at += 3
    } else {
      return nil
    }
    let gap = at
    while at < end, span.u8(at) == Byte.space { at += 1 }
    guard at > gap, end - at >= 3 else { return nil }
    if at - gap > 1 { odd = true }
    var status: UInt16 = 0
    for index in at..<at + 3 {
      guard Byte.isDigit(span.u8(index)) else { return nil }
      status = status * 10 + UInt16(span.u8(index) - Byte.zero)
    }
    at += 3
    guard status >= 100 else { return nil }
    if at < end {
      guard span.u8(at) == Byte.space else { return nil }
      at += 1
    }
    // Without a reason phrase the blank before it is often left out, and receivers accept it.
    self.kind = .response
    self.status = status
    self.reason = (at - start)..<(end - start)
    self.length = length
    self.isOdd = odd
  }

  private init?(requestLine span: RawSpan, _ start: Int, _ end: Int, length: Int) {
    var at = start
    let limit = min(end, start + StartLine.longestMethod + 1)
    while at < limit, Byte.isToken(span.u8(at)) { at += 1 }
    guard at > start, at < limit, span.u8(at) == Byte.space else { return nil }
    methodName = 0..<(at - start)
    method = StartLine.method(span, start, at)
    let targetStart = at + 1
    self.length = length
    kind = .request
    // The version is the last word, so that blanks in the target do no harm.
    var word = end
    while word > targetStart, span.u8(word - 1) != Byte.space { word -= 1 }
    guard let (version, size) = StartLine.version(span, word, end),
      word + size == end
    else {
      guard method == .get, word == targetStart, targetStart < end,
        span.u8(targetStart) == Byte.slash || span.has("http://", at: targetStart)
      else { return nil }
      for index in targetStart..<end where span.u8(index) <= Byte.space { return nil }
      self.version = HTTPVersion(family: .http, major: 0, minor: 9)
      target = (targetStart - start)..<(end - start)
      return
    }
    guard version.family != .http || version.major == 1 else { return nil }
    self.version = version
    // Without a target, or with blanks in it, servers differ; it is a request all the same.
    let found = span.trimmed(targetStart..<max(targetStart, word - 1))
    guard !found.isEmpty || method != .other else { return nil }
    isOdd = found.isEmpty || span.firstIndex(of: Byte.space, from: targetStart, to: word - 1) != nil
    target = (found.lowerBound - start)..<(found.upperBound - start)
  }

  /// A version such as `HTTP/1.1` at `start`, and its length.
  private static func version(_ span: RawSpan, _ start: Int, _ end: Int) -> (HTTPVersion, Int)? {
    let family: HTTPFamily
    let name: Int
    if span.has("HTTP/", at: start) {
      (family, name) = (.http, 5)
    } else if span.has("RTSP/", at: start) {
      (family, name) = (.rtsp, 5)
    } else if span.has("SIP/", at: start) {
      (family, name) = (.sip, 4)
    } else if span.has("ICAP/", at: start) {
      (family, name) = (.icap, 5)
    } else {
      return nil
    }
    let at = start + name
    guard end - at >= 3, span.u8(at + 1) == Byte.dot, Byte.isDigit(span.u8(at)),
      Byte.isDigit(span.u8(at + 2))
    else { return nil }
    let version = HTTPVersion(
      family: family, major: span.u8(at) - Byte.zero, minor: span.u8(at + 2) - Byte.zero)
    return (version, name + 3)
  }

  /// The method spelt in `start..<end`; methods are case-sensitive (RFC 9110 section 9.1).
  private static func method(_ span: RawSpan, _ start: Int, _ end: Int) -> HTTPMethod {
    guard end - start <= 8 else { return .other }
    var packed: UInt64 = 0
    for index in start..<end { packed = packed << 8 | UInt64(span.u8(index)) }
    switch packed {
    case 0x47_4554: return .get
    case 0x4845_4144: return .head
    case 0x504F_5354: return .post
    case 0x50_5554: return .put
    case 0x4445_4C45_5445: return .delete
    case 0x4F_5054_494F_4E53: return .options
    case 0x50_4154_4348: return .patch
    case 0x54_5241_4345: return .trace
    case 0x43_4F4E_4E45_4354: return .connect
    default: return .other
    }
  }

  /// Whether the first `prefixBytes` bytes of a line leave it possible that it is a start line
  /// or a reply of a dialogue.
  static func isPossible(_ span: RawSpan) -> Bool {
    var at = 0
    let limit = min(span.byteCount, prefixBytes)
    if limit > 3, Byte.isDigit(span.u8(0)), Byte.isDigit(span.u8(1)),
      Byte.isDigit(span.u8(2)), span.u8(3) == Byte.space || span.u8(3) == Byte.dash
    {
      return true
    }
    while at < limit, Byte.isToken(span.u8(at)) || span.u8(at) == Byte.slash { at += 1 }
    return at > 0 && (at == span.byteCount || at < limit && span.u8(at) == Byte.space)
  }
}
