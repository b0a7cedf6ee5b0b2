internal import TraceBytes
internal import TraceModel

/// Tells HTTP and its like, and dialogues of commands and replies, as exchanges.
final class HTTPExchanges: HTTPSink {
  /// What the heads of an exchange said.
  private struct Heads {
    var method = ""
    var target = ""
    var host = ""
    var reason = ""
    var version: HTTPVersion?
    var findings: [String] = []
  }

  private let sink: any ExchangeSink
  private var heads: [UInt64: Heads] = [:]
  /// A command of a dialogue that has no final reply yet.
  private var command: Exchange?

  /// Requests whose heads are kept until their answer comes.
  private static let mostHeads = 10_000

  init(into sink: any ExchangeSink) { self.sink = sink }

  func messageStart(_ head: HTTPHead, bytes: RawSpan) {
    let number = head.message.exchange
    if heads.count >= Self.mostHeads, heads[number] == nil { return }
    var known = heads[number] ?? Heads()
    if known.version == nil || head.message.kind == .request { known.version = head.version }
    if head.message.kind == .request {
      known.method = Self.text(bytes, head.methodName)
      known.target = Self.text(bytes, head.target)
      if let host = head.host { known.host = Self.text(bytes, host) }
    } else if !head.isInterim {
      known.reason = Self.text(bytes, head.reason)
    }
    heads[number] = known
  }

  func finding(_ finding: HTTPFinding) {
    guard let number = finding.exchange, heads[number] != nil else { return }
    heads[number]?.findings.append(finding.kind.summary)
  }

  func exchangeComplete(_ exchange: HTTPExchange) {
    let known = heads.removeValue(forKey: exchange.number) ?? Heads()
    var told = Exchange(
      .http1, client: exchange.requestDirection,
      operation: known.method.isEmpty ? "response" : known.method)
    told.object = Self.object(known)
    told.findings = known.findings
    told.host = known.host
    told.version = known.version.map { "\($0.major).\($0.minor)" } ?? ""
    told.request = exchange.request.map { Self.half($0) }
    told.response = exchange.response.map { Self.half($0) }
    told.missing = Self.missing(exchange)
    if let response = exchange.response {
      told.status = Int64(response.status)
      told.result =
        known.reason.isEmpty ? String(response.status) : "\(response.status) \(known.reason)"
      told.isFailure = response.status >= 400
    }
    sink.exchange(told)
  }

  /// Path for a server that is named by its address; the whole URL where the request names a host.
  private static func object(_ heads: Heads) -> String {
    guard heads.version?.family == .http, !heads.host.isEmpty, heads.target.hasPrefix("/") else {
      return heads.target
    }
    return heads.host + heads.target
  }

  private static func half(_ summary: HTTPMessageSummary) -> Exchange.Half {
    let bytes = summary.headBytes &+ summary.wireBytes
    var half = Exchange.Half(
      MessagePlace(
        side: .lower, offset: summary.offset, length: Int(clamping: bytes),
        firstTime: summary.firstTime, lastTime: summary.lastTime),
      isWhole: !summary.isTruncated && !summary.isGapped)
    half.bytes = bytes
    return half
  }

  private static func missing(_ exchange: HTTPExchange) -> Exchange.Missing {
    switch exchange.missing {
    case .none: .nothing
    case .traceBeganLater, .filtered, .nothingAsked, .noRequest, .notRecognised: .request
    case .gap: exchange.request == nil ? .request : .responseInGap
    case .limit: exchange.request == nil ? .request : .closed
    case .streamEnded: .closed
    case .traceEnded, .released: .traceEnded
    }
  }

  // MARK: - Dialogues

  func dialogueLine(_ line: DialogueLine, bytes: RawSpan) {
    let place = MessagePlace(
      side: line.direction, offset: line.offset, length: bytes.byteCount, firstTime: line.time,
      lastTime: line.time)
    switch line.kind {
    case .command: begin(line, bytes, place)
    case .authData: command?.request?.add(place)
    case .replyPart:
      answer(line, place)
    case .reply:
      answer(line, place)
      finishCommand(line, bytes)
    }
  }

  private func begin(_ line: DialogueLine, _ bytes: RawSpan, _ place: MessagePlace) {
    if let open = command { sink.exchange(open) }
    let text = Self.text(bytes, 0..<bytes.byteCount)
    let words = text.split(separator: " ", maxSplits: 1)
    var told = Exchange(
      line.application, client: line.direction, operation: words.first.map(String.init) ?? "")
    // What follows a password verb is the password.
    let isSecret = ["PASS", "AUTH", "ACCT"].contains(told.operation.uppercased())
    told.object = isSecret || words.count < 2 ? "" : String(words[1])
    told.request = Exchange.Half(place)
    command = told
  }

  private func answer(_ line: DialogueLine, _ place: MessagePlace) {
    if command == nil {
      command = Exchange(line.application, client: line.direction.other, operation: "greeting")
    }
    if command?.response == nil {
      command?.response = Exchange.Half(place)
    } else {
      command?.response?.add(place)
    }
  }

  private func finishCommand(_ line: DialogueLine, _ bytes: RawSpan) {
    guard var told = command else { return }
    // 1xx and 3xx ask for more of the same command (RFC 959 section 4.2); only 1xx is no answer yet.
    if (100..<200).contains(line.code) { return }
    command = nil
    told.application = line.application
    told.status = Int64(line.code)
    told.result = Self.text(bytes, 0..<bytes.byteCount)
    told.isFailure = line.code >= 400
    sink.exchange(told)
  }

  func mailEnd(_ mail: DialogueMail) {
    command?.details.append(Exchange.Detail("mail", "\(mail.bytes) bytes"))
    command?.request?.bytes &+= mail.bytes
  }

  /// The conversation is over: a command without its reply is told as it is.
  func finish() {
    guard var open = command else { return }
    command = nil
    open.missing = .closed
    sink.exchange(open)
  }

  private static func text(_ bytes: RawSpan, _ range: Range<Int>) -> String {
    let end = min(range.upperBound, bytes.byteCount)
    guard range.lowerBound < end else { return "" }
    let part = bytes.extracting(range.lowerBound..<min(end, range.lowerBound + 8192)).copied()
    return String(decoding: part, as: UTF8.self)
  }
}
