internal import TraceModel

/// What the heads of an exchange of HTTP and its like said.
public struct HTTPHeads: Sendable {
  /// `GET`; empty when the request is not in the trace.
  public var method = ""
  /// The target as it was sent.
  public var target = ""
  /// The Host field, or the host of an absolute target; empty without.
  public var host = ""
  /// The reason phrase of the response; empty in HTTP/2 and when the response is not there.
  public var reason = ""
  /// Of the request, or else of the response; nil when neither says.
  public var version: HTTPVersion?
  /// Sentences about what is odd.
  public var findings: [String] = []

  /// Nothing was seen yet.
  public init() {}

  /// Bytes of its texts that the budget counts.
  var text: Int {
    MessageBudget.excess(
      method.utf8.count + target.utf8.count + host.utf8.count + reason.utf8.count)
  }

  /// Path for a server that is named by its address; the whole URL where the request names a host.
  fileprivate var object: String {
    guard version?.family == .http, !host.isEmpty, target.hasPrefix("/") else { return target }
    return host + target
  }
}

extension Exchange {
  /// An exchange of HTTP in the words of all protocols.
  public init(_ exchange: HTTPExchange, _ heads: HTTPHeads) {
    self.init(
      .http1, client: exchange.requestDirection,
      operation: heads.method.isEmpty ? "response" : heads.method)
    object = heads.object
    findings = heads.findings
    host = heads.host
    version = heads.version.map { "\($0.major).\($0.minor)" } ?? ""
    request = exchange.request.map { Half($0) }
    response = exchange.response.map { Half($0) }
    missing = Missing(exchange)
    // A response of HTTP/0.9 has no status.
    if let response = exchange.response, response.status > 0 {
      status = Int64(response.status)
      result =
        heads.reason.isEmpty ? String(response.status) : "\(response.status) \(heads.reason)"
      isFailure = response.status >= 400
    }
  }

  /// What was asked for without the host and the query of a URL, and the query.
  public var resource: (object: String, query: String?) {
    guard !host.isEmpty else { return (object, nil) }
    // Bytes: characters cost several times as much, and a question mark may have an accent.
    var path = Substring(object).utf8
    if path.starts(with: host.utf8), path.dropFirst(host.utf8.count).first == UInt8(ascii: "/") {
      path = path.dropFirst(host.utf8.count)
    }
    guard let mark = path.firstIndex(of: UInt8(ascii: "?")) else {
      return (String(Substring(path)), nil)
    }
    let query = path[path.index(after: mark)...]
    return (String(Substring(path[..<mark])), String(Substring(query)))
  }
}

extension Exchange.Half {
  fileprivate init(_ summary: HTTPMessageSummary) {
    let bytes = summary.headBytes &+ summary.wireBytes
    self.init(
      MessagePlace(
        side: .lower, offset: summary.offset, length: Int(clamping: bytes),
        firstTime: summary.firstTime, lastTime: summary.lastTime),
      isWhole: !summary.isTruncated && !summary.isGapped)
    self.bytes = bytes
  }

  /// `complete` or `incomplete`.
  public var endingWord: StaticString { isWhole ? "complete" : "incomplete" }
}

extension Exchange.Missing {
  fileprivate init(_ exchange: HTTPExchange) {
    switch exchange.missing {
    case .none: self = .nothing
    case .filtered: self = exchange.request == nil ? .request : .filtered
    case .traceBeganLater, .putAside, .nothingAsked, .noRequest, .notRecognised: self = .request
    case .gap: self = exchange.request == nil ? .request : .responseInGap
    case .limit: self = .limit
    case .streamEnded: self = .closed
    case .traceEnded: self = .traceEnded
    case .released: self = .released
    }
  }

  /// Its word in tables and JSON; nil when nothing is missing.
  public var word: StaticString? {
    switch self {
    case .nothing: nil
    case .request: "request"
    case .responseInGap: "response_in_gap"
    case .closed: "closed"
    case .traceEnded: "trace_ended"
    case .filtered: "filtered"
    case .released: "released"
    case .limit: "limit"
    }
  }
}
