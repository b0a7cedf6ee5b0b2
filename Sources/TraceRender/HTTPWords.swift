internal import TraceBytes
internal import TraceProtocols
internal import TraceModel

/// What happened to an exchange, in words for people and for JSON.
enum HTTPWords {
  /// The remarks on an exchange: what is cut, missing or uncertain.
  static func remarks(_ exchange: HTTPExchange) -> [String] {
    var words: [String] = []
    if exchange.request == nil { words.append(requestMissing(exchange.missing)) }
    if let request = exchange.request { add("request", request, to: &words) }
    if exchange.response == nil { words.append(responseMissing(exchange.missing)) }
    if let response = exchange.response { add("response", response, to: &words) }
    if exchange.isPairingUncertain { words.append("pairing uncertain") }
    return words
  }

  /// The same of an exchange that was read message by message.
  static func remarks(_ exchange: Exchange) -> [String] {
    var words = exchange.findings
    // Beside a plain status the words of the protocol: those of gRPC, of a stream that was reset.
    if exchange.result != exchange.status.map(String.init) ?? "" {
      words.insert(exchange.result, at: 0)
    }
    switch exchange.missing {
    case .nothing: break
    case .request: words.append("request missing")
    case .responseInGap: words.append("response missing: lost in a gap")
    case .closed: words.append("unanswered: connection ended")
    case .traceEnded: words.append("unanswered: trace ended")
    case .filtered: words.append("response missing: left out by a filter")
    case .released: words.append("unanswered so far: given up to bound memory")
    case .limit: words.append("given up: too many requests wait")
    }
    return words.map { VisibleText.of($0) }
  }

  private static func add(
    _ name: String, _ message: HTTPMessageSummary, to words: inout [String]
  ) {
    if message.isGapped {
      let size = message.missingBytes > 0 ? " of \(message.missingBytes) bytes" : ""
      let reason = HTTPGapReason(rawValue: message.gapReason) ?? .unknown
      words.append("\(name) has a gap\(size): \(reason.text)")
    }
    if message.isTruncated { words.append("\(name) truncated: \(ending(message.ending))") }
    if message.isHeadCut { words.append("\(name) head cut") }
  }

  static func ending(_ ending: HTTPEnding) -> String {
    switch ending {
    case .open: "still running"
    case .complete: "complete"
    case .gap: "bytes are missing"
    case .streamEnded: "connection ended"
    case .traceEnded: "trace ended"
    case .filtered: "left out by a filter"
    case .released: "given up to bound memory"
    case .badFraming: "framing is wrong"
    case .headTooLong: "head too long"
    }
  }

  private static func requestMissing(_ missing: HTTPMissingHalf) -> String {
    switch missing {
    case .traceBeganLater: "request missing: trace began later"
    case .filtered: "request missing: left out by a filter"
    case .putAside: "request missing: the conversation was put aside to bound memory"
    case .nothingAsked: "request missing: not in the trace"
    case .limit: "request missing: too many requests waited"
    case .gap: "request missing: lost in a gap"
    case .noRequest: "request missing: none is left to answer"
    case .notRecognised: "request missing: what was sent is none"
    default: "request missing"
    }
  }

  private static func responseMissing(_ missing: HTTPMissingHalf) -> String {
    switch missing {
    case .gap: "response missing: lost in a gap"
    case .streamEnded: "unanswered: connection ended"
    case .traceEnded: "unanswered: trace ended"
    case .filtered: "response missing: left out by a filter"
    case .released: "unanswered so far: given up to bound memory"
    case .limit: "unanswered: too many requests wait"
    default: "response missing"
    }
  }

  /// A finding in words.
  static func finding(_ finding: HTTPFinding, _ flow: HTTPFlow) -> String {
    let value = finding.value > 0 ? " (\(finding.value) bytes)" : ""
    let sender = flow.sender(finding.direction).description
    return "\(finding.kind.summary)\(value), offset \(finding.offset) from \(sender)"
  }

  static func handOver(_ kind: HTTPHandOver.Kind) -> String {
    switch kind {
    case .tunnel: "tunnel (CONNECT)"
    case .webSocket: "WebSocket"
    case .http2: "HTTP/2"
    case .tls: "TLS"
    case .other: "another protocol"
    }
  }

  static func version(_ version: HTTPVersion) -> String {
    let family =
      switch version.family {
      case .http: "HTTP"
      case .rtsp: "RTSP"
      case .sip: "SIP"
      case .icap: "ICAP"
      }
    return "\(family)/\(version.major).\(version.minor)"
  }

  /// Nanoseconds from one time to a later one; nil when the clock went back.
  static func span(_ from: Int64?, _ to: Int64?) -> Int64? {
    guard let from, let to else { return nil }
    let (span, overflow) = to.subtractingReportingOverflow(from)
    return overflow || span < 0 ? nil : span
  }

  /// `12.345` of nanoseconds: milliseconds.
  static func milliseconds(_ nanoseconds: Int64) -> ShortText {
    var text = ShortText()
    text.thousandths(UInt64(max(0, nanoseconds)) / 1000)
    return text
  }
}

extension HTTPExchange {
  /// From the first byte of the request to the first byte of the response.
  var firstByte: Int64? { HTTPWords.span(request?.firstTime, response?.firstTime) }
  /// From the first byte of the request to the last byte of the response.
  var lastByte: Int64? { HTTPWords.span(request?.firstTime, response?.lastTime) }
}

extension HTTPEntry {
  /// The exchange in the words of all protocols; nil while it goes on.
  var told: Exchange? {
    guard let exchange else { return nil }
    var heads = HTTPHeads()
    heads.method = HTTPBytes.string(method)
    heads.target = HTTPBytes.string(target)
    heads.host = request.map { HTTPBytes.string($0.host) } ?? ""
    heads.reason = HTTPBytes.string(reason)
    heads.version = request?.head.version ?? response?.head.version
    heads.findings = findings.map(\.kind.summary)
    return Exchange(exchange, heads)
  }

  /// Method and target of the request as sent; empty where it is missing.
  var method: ArraySlice<UInt8> { requestPart(request?.head.methodName) }
  var target: ArraySlice<UInt8> { requestPart(request?.head.target) }
  var reason: ArraySlice<UInt8> { response.map { $0.part($0.head.reason) } ?? [] }

  private func requestPart(_ range: Range<Int>?) -> ArraySlice<UInt8> { request?.part(range) ?? [] }

  /// The status of the response, if it was seen.
  func status(_ exchange: HTTPExchange) -> UInt16? {
    exchange.response?.status ?? status
  }
}
