internal import TraceBytes
internal import TraceModel

/// A request with its response: one stream of a connection.
struct HTTP2Stream {
  /// Why fields are not known.
  enum Unknown: String, CaseIterable {
    case before = "from before the trace"
    case missing = "missing in the trace"
    case notKept = "too long to keep"
    case unreadable = "not readable"
  }

  /// What one end sent of it.
  struct Half {
    var place: Exchange.Half?
    var contentType = ""
    var bodyBytes: UInt64 = 0
    var messages = GRPC.Counter()
    var hasEnded = false
    /// Whether bytes are missing where it may have begun.
    var isBehindGap = false
    /// The holes of its side that it has heard of.
    var holes: UInt64 = 0
    /// Fields that refer to entries of the table which are not known, and why those are not.
    var unknown = 0
    var why = Unknown.before
    /// Why a block was not read to its end.
    var cut: Unknown?

    /// In the holes since the last time, frames of it may be missing.
    mutating func note(holes: UInt64) {
      guard holes != self.holes else { return }
      self.holes = holes
      guard !hasEnded else { return }
      isBehindGap = place == nil
      place?.isWhole = false
    }

    /// Takes what was read of a header block. Without its head it is what stands behind a body.
    mutating func take(_ block: Half, _ place: MessagePlace, isHead: Bool) {
      let hasBegun = self.place != nil || isHead || block.unknown > 0
      self.place.take(place, isWhole: block.cut == nil && hasBegun)
      unknown += block.unknown
      if block.unknown > 0 { why = block.why }
      cut = cut ?? block.cut
      hasEnded = hasEnded || block.hasEnded
    }

    /// Takes a DATA frame.
    mutating func take(
      _ frame: HTTP2Frame, _ message: RawSpan, _ range: Range<Int>, _ place: MessagePlace
    ) {
      let length = frame.content(message).count
      let isWhole = self.place != nil && (place.isShortened || message.byteCount >= place.length)
      self.place.take(place, isWhole: isWhole)
      bodyBytes &+= UInt64(length)
      messages.take(message, range, length: length)
      if frame.flags & HTTP2Frame.Flag.endStream != 0 { hasEnded = true }
    }
  }

  let number: UInt32
  var method = ""
  var path = ""
  var authority = ""
  var status = ""
  var grpcStatus: String?
  var grpcMessage = ""
  var request = Half()
  var response = Half()
  var isPushed = false
  var isUpgraded = false
  var reset: String?
  var details: [Exchange.Detail] = []
  /// Bytes of what is kept of its fields.
  private var kept = 0
  /// Bytes of its texts that the budget counts.
  var text: Int { MessageBudget.excess(kept) }

  /// Details kept of a stream; more are not told.
  private static let mostDetails = 64

  init(_ number: UInt32) { self.number = number }

  subscript(isRequest isRequest: Bool) -> Half {
    get { isRequest ? request : response }
    _modify { if isRequest { yield &request } else { yield &response } }
  }

  /// Takes a field of a header block.
  mutating func take(_ name: String, _ value: String, isRequest: Bool) {
    switch name {
    case ":method": method = value
    case ":path": path = value
    case ":authority": authority = value
    case "host" where authority.isEmpty && isRequest: authority = value
    case ":status": status = value
    case "grpc-status": grpcStatus = value
    case "grpc-message": grpcMessage = value
    case "content-type": self[isRequest: isRequest].contentType = value
    default: break
    }
    if name.hasPrefix(":") { kept += value.utf8.count }
    guard !name.hasPrefix(":"), details.count < Self.mostDetails else { return }
    let shown = HTTP2Secrets.isSecret(name) ? "(secret)" : value
    kept += name.utf8.count + shown.utf8.count
    details.append(Exchange.Detail((isRequest ? "> " : "< ") + name, shown))
  }

  private var isGRPC: Bool {
    request.contentType.hasPrefix("application/grpc")
      || response.contentType.hasPrefix("application/grpc") || grpcStatus != nil
  }

  /// The exchange, as far as it came.
  func exchange(client: FlowSide, missing: Exchange.Missing) -> Exchange {
    let asked = request.place != nil
    var told = Exchange(
      .http2, client: client,
      operation: isGRPC ? "gRPC" : method.isEmpty ? asked ? "request" : "response" : method)
    if !path.isEmpty { told.object = isGRPC ? path : authority + path }
    told.host = authority
    told.version = "2"
    told.request = request.place
    told.response = response.place
    if request.place == nil {
      told.missing = .request
    } else if response.place == nil {
      told.missing = response.isBehindGap ? .responseInGap : missing
    }
    if reset == nil {
      if !request.hasEnded { told.request?.isWhole = false }
      if !response.hasEnded { told.response?.isWhole = false }
    }
    told.details = [Exchange.Detail("stream", "\(number)")] + details
    tellResult(&told)
    if isPushed { told.findings.append("pushed by the server") }
    if isUpgraded { told.findings.append("its request came in HTTP/1.1, with the upgrade") }
    tellUnknown(&told)
    if missing == .limit {
      told.findings.append("given up before its end: too many streams were open")
    }
    return told
  }

  private func tellUnknown(_ told: inout Exchange) {
    let halves = [request, response]
    for why in Unknown.allCases {
      let count = halves.filter { $0.why == why }.reduce(0) { $0 + $1.unknown }
      if count > 0 {
        told.findings.append(
          "\(count) header fields not known: they refer to ones \(why.rawValue)")
      }
      if halves.contains(where: { $0.cut == why }) {
        told.findings.append("header fields not known: some are \(why.rawValue)")
      }
    }
  }

  private func tellResult(_ told: inout Exchange) {
    told.status = Int64(status)
    told.result = status
    told.isFailure = (told.status ?? 0) >= 400
    if isGRPC {
      let (sent, received) = (request.messages.messages, response.messages.messages)
      told.details.append(Exchange.Detail("messages", "\(sent) sent, \(received) received"))
      if let text = grpcStatus {
        let code = Int(text)
        told.status = code.map { Int64($0) }
        told.result = "grpc-status \(text)" + (code.map { " " + GRPC.status($0) } ?? "")
        if !grpcMessage.isEmpty { told.result += ": \(grpcMessage)" }
        told.isFailure = code != 0
      }
    }
    if let reset {
      told.result += (told.result.isEmpty ? "" : ", ") + "reset: \(reset)"
      told.isFailure = reset != "NO_ERROR"
    }
  }
}
