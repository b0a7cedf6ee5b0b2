public import TraceBytes
internal import TraceProtocols
internal import TraceModel

/// Writes exchanges as an HTTP Archive, piece by piece; the file appears when all of it is there.
///
/// Source: HAR 1.2 Spec (softwareishard.com). Names that begin with an underscore are our own.
public final class HTTPArchiveWriter: HTTPPresenter {
  private let sink: ByteSink
  private let version: String
  private var json: JSONLine
  private var hasBegun = false

  /// A writer into `sink`, which it commits at the end; `version` is that of the program.
  public init(_ sink: ByteSink, version: String) {
    self.sink = sink
    self.version = version
    json = JSONLine(sink)
  }

  public func show(_ item: HTTPItem, of flow: HTTPFlow) throws(TraceError) {
    if case .told(let exchange, _) = item { return try told(exchange, flow) }
    guard case .exchange(let entry) = item, let exchange = entry.exchange else { return }
    try begin()
    try sink.u8(0x0A)
    try json.open()
    try json.text("startedDateTime", Zone.utc.stamp(entry.time))
    try milliseconds("time", Self.time(exchange))
    try request(entry, exchange, flow)
    try response(entry, exchange)
    try json.open("cache")
    try json.close()
    try timings(exchange)
    let server = flow.sender(exchange.requestDirection.other)
    try json.text("serverIPAddress", server.address.description)
    try json.text("connection", String(flow.number))
    let remarks =
      HTTPWords.remarks(exchange) + entry.findings.map { HTTPWords.finding($0, flow) }
    if !remarks.isEmpty { try json.text("comment", remarks.joined(separator: "; ")) }
    if !flow.name.isEmpty { try json.text("_job", flow.name) }
    try json.text("_client", flow.sender(exchange.requestDirection).description)
    try json.close()
  }

  public func finish() throws(TraceError) {
    try begin()
    try sink.u8(0x0A)
    try json.closeList()
    try json.close()
    try json.close()
    try json.endLine()
    try sink.commit()
  }

  private func begin() throws(TraceError) {
    guard !hasBegun else { return }
    hasBegun = true
    try json.open()
    try json.open("log")
    try json.text("version", "1.2")
    try json.open("creator")
    try json.text("name", "zcap")
    try json.text("version", version)
    try json.close()
    try json.openList("entries")
  }

  // MARK: - HTTP/2

  /// An exchange of HTTP/2, of which no heads and bodies are kept; messages of WebSocket have no place in an
  /// archive.
  private func told(_ exchange: Exchange, _ flow: HTTPFlow) throws(TraceError) {
    guard exchange.application == .http2 else { return }
    let (request, response) = (exchange.request, exchange.response)
    try begin()
    try sink.u8(0x0A)
    try json.open()
    try json.text("startedDateTime", Zone.utc.stamp(exchange.time))
    try milliseconds("time", exchange.lastByte)
    try json.open("request")
    try json.text("method", request == nil ? "" : exchange.operation)
    let isPath = exchange.object.utf8.first == 0x2F
    let url = (isPath ? exchange.host : "") + exchange.object
    try json.text("url", url.isEmpty ? "" : (flow.isClearText ? "https://" : "http://") + url)
    try json.text("httpVersion", "HTTP/2")
    try headers(exchange, ">")
    try json.openList("queryString")
    if let query = exchange.resource.query { try pairs(Array(query.utf8)[...]) }
    try json.closeList()
    try sizes(nil)
    try json.close()
    try json.open("response")
    try json.number("status", UInt64(max(0, exchange.status ?? 0)))
    try json.text("statusText", exchange.result)
    try json.text("httpVersion", "HTTP/2")
    try headers(exchange, "<")
    try json.open("content")
    try json.number("size", 0)
    let type = exchange.details.first { $0.name == "< content-type" }
    try json.text("mimeType", type?.value ?? "")
    try json.close()
    try json.text("redirectURL", "")
    try sizes(nil)
    try json.close()
    try json.open("cache")
    try json.close()
    try json.open("timings")
    try milliseconds("send", HTTPWords.span(request?.firstTime, request?.lastTime))
    try milliseconds("wait", Self.wait(request?.lastTime, response?.firstTime))
    try milliseconds("receive", HTTPWords.span(response?.firstTime, response?.lastTime))
    try json.close()
    try json.text("serverIPAddress", flow.sender(exchange.client.other).address.description)
    try json.text("connection", String(flow.number))
    let remarks = HTTPWords.remarks(exchange)
    if !remarks.isEmpty { try json.text("comment", remarks.joined(separator: "; ")) }
    if !flow.name.isEmpty { try json.text("_job", flow.name) }
    try json.text("_client", flow.sender(exchange.client).description)
    try json.close()
  }

  /// Fields as the reader of HTTP/2 tells them: their names follow a sign for the side.
  private func headers(_ exchange: Exchange, _ sign: Character) throws(TraceError) {
    try json.openList("cookies")
    try json.closeList()
    try json.openList("headers")
    for detail in exchange.details where detail.name.first == sign {
      try json.open()
      try json.text("name", String(detail.name.dropFirst(2)))
      try json.text("value", detail.value)
      try json.close()
    }
    try json.closeList()
  }

  // MARK: - Parts

  private func request(
    _ entry: HTTPEntry, _ exchange: HTTPExchange, _ flow: HTTPFlow
  ) throws(TraceError) {
    try json.open("request")
    try json.text("method", HTTPBytes.string(entry.method))
    try json.text("url", Self.url(entry, exchange, flow))
    try json.text("httpVersion", entry.request.map { HTTPWords.version($0.head.version) } ?? "")
    try cookies(entry.request.map { HTTPCookie.sent(in: $0) } ?? [])
    try headers(entry.request)
    try json.openList("queryString")
    let target = entry.target
    if let mark = target.firstIndex(of: 0x3F) { try pairs(target[(mark + 1)...]) }
    try json.closeList()
    if let body = entry.requestBody {
      try json.open("postData")
      try json.text("mimeType", Self.contentType(entry.request))
      // Text or params, never both.
      if body.mediaType == "application/x-www-form-urlencoded", let text = body.utf8 {
        try json.openList("params")
        try pairs(text[...])
        try json.closeList()
        if !body.remarks.isEmpty {
          try json.text("comment", body.remarks.joined(separator: "; "))
        }
      } else {
        try text(of: body, encoding: "_encoding")
      }
      try json.close()
    }
    try sizes(exchange.request)
    try json.close()
  }

  private func response(_ entry: HTTPEntry, _ exchange: HTTPExchange) throws(TraceError) {
    try json.open("response")
    try json.number("status", UInt64(entry.status(exchange) ?? 0))
    try json.text("statusText", HTTPBytes.string(entry.reason))
    try json.text("httpVersion", entry.response.map { HTTPWords.version($0.head.version) } ?? "")
    try cookies(entry.response.map { HTTPCookie.set(in: $0) } ?? [])
    try headers(entry.response)
    try json.open("content")
    let body = entry.responseBody
    try json.number("size", UInt64(body?.bytes.count ?? 0))
    try json.text("mimeType", Self.contentType(entry.response))
    if let body { try text(of: body, encoding: "encoding") }
    try json.close()
    try json.text("redirectURL", Self.location(entry.response))
    try sizes(exchange.response)
    try json.close()
  }

  private func headers(_ message: HTTPMessageCopy?) throws(TraceError) {
    try json.openList("headers")
    if let message { try json.fields(of: message) }
    try json.closeList()
  }

  private func cookies(_ cookies: [HTTPCookie]) throws(TraceError) {
    try json.openList("cookies")
    for cookie in cookies {
      try json.open()
      try json.text("name", HTTPBytes.string(cookie.name))
      try json.text("value", HTTPBytes.string(cookie.value))
      if let path = cookie.path { try json.text("path", HTTPBytes.string(path)) }
      if let domain = cookie.domain { try json.text("domain", HTTPBytes.string(domain)) }
      if let expires = cookie.expires {
        if let time = cookie.expiresISO {
          try json.text("expires", time)
        } else {
          try json.text("comment", "expires: \(HTTPBytes.string(expires))")
        }
      }
      if cookie.isHTTPOnly { try json.bool("httpOnly", true) }
      if cookie.isSecure { try json.bool("secure", true) }
      try json.close()
    }
    try json.closeList()
  }

  /// Names and values of a query or a form, as they were sent.
  private func pairs(_ text: ArraySlice<UInt8>) throws(TraceError) {
    for pair in text.split(separator: 0x26) {
      let sign = pair.firstIndex(of: 0x3D)
      try json.open()
      try json.text("name", HTTPBytes.string(pair[..<(sign ?? pair.endIndex)]))
      try json.text("value", HTTPBytes.string(sign.map { pair[($0 + 1)...] } ?? []))
      try json.close()
    }
  }

  private func text(of body: HTTPBodyView, encoding: StaticString) throws(TraceError) {
    if let text = body.string {
      try json.text("text", text)
    } else {
      try unsafe json.base64("text", body.bytes.span.bytes)
      try json.text(encoding, "base64")
    }
    if !body.remarks.isEmpty { try json.text("comment", body.remarks.joined(separator: "; ")) }
  }

  private func sizes(_ summary: HTTPMessageSummary?) throws(TraceError) {
    let head = summary.map { Int64(clamping: $0.headBytes) } ?? -1
    let body = summary.map { Int64(clamping: $0.wireBytes) } ?? -1
    try json.number("headersSize", head)
    // The size of a body with missing bytes is not known.
    try json.number("bodySize", summary?.isGapped == true ? -1 : body)
  }

  /// What lies between the times that are known; an answer that begins before its request is over waited
  /// for nothing.
  private func timings(_ exchange: HTTPExchange) throws(TraceError) {
    let request = exchange.request
    let response = exchange.response
    try json.open("timings")
    try milliseconds("send", HTTPWords.span(request?.firstTime, request?.lastTime))
    try milliseconds("wait", Self.wait(request?.lastTime, response?.firstTime))
    try milliseconds("receive", HTTPWords.span(response?.firstTime, response?.lastTime))
    try json.close()
  }

  private static func wait(_ from: Int64?, _ to: Int64?) -> Int64? {
    guard let from, let to else { return nil }
    return to < from ? 0 : HTTPWords.span(from, to)
  }

  /// All of an exchange, as far as it is there.
  private static func time(_ exchange: HTTPExchange) -> Int64? {
    let (request, response) = (exchange.request, exchange.response)
    let last = [request?.lastTime, response?.lastTime].compactMap { $0 }.max()
    return HTTPWords.span(request?.firstTime ?? response?.firstTime, last)
  }

  /// Milliseconds with three decimals; -1 when not known.
  private func milliseconds(_ name: StaticString, _ nanoseconds: Int64?) throws(TraceError) {
    guard let nanoseconds else { return try json.number(name, -1) }
    try json.thousandths(name, nanoseconds / 1000)
  }

  private static func contentType(_ message: HTTPMessageCopy?) -> String {
    HTTPBytes.string(message?.part(message?.head.contentType) ?? [])
  }

  private static func location(_ message: HTTPMessageCopy?) -> String {
    guard let message else { return "" }
    let start = min(message.head.fieldsStart, message.bytes.count)
    let span = unsafe message.bytes.span.bytes
    return HTTPBytes.string(
      message.part(HTTPFields.value(of: "location", in: span, from: start)))
  }

  /// The target as an absolute URL. AT-TLS clear text was https to the client.
  private static func url(_ entry: HTTPEntry, _ exchange: HTTPExchange, _ flow: HTTPFlow) -> String
  {
    guard let request = entry.request else { return "" }
    let target = HTTPBytes.string(entry.target)
    guard target.utf8.first == 0x2F || target == "*" else { return target }
    let host = HTTPBytes.string(request.host)
    let authority =
      host.isEmpty ? flow.sender(exchange.requestDirection.other).description : host
    let scheme =
      switch request.head.version.family {
      case .http: flow.isClearText ? "https" : "http"
      case .rtsp: "rtsp"
      case .sip: "sip"
      case .icap: "icap"
      }
    return "\(scheme)://\(authority)\(target == "*" ? "/*" : target)"
  }
}
