internal import TraceModel
import TraceProtocols

/// Writes every event as one line of text; neighbouring pieces of the same bytes become one line.
final class Recorder: HTTPSink {
  private(set) var events: [String] = []
  private(set) var exchanges: [HTTPExchange] = []
  private(set) var heads: [HTTPHead] = []
  private(set) var findings: [HTTPFinding] = []
  private(set) var bodyBytes: UInt64 = 0
  private var open: (source: Source, bytes: [UInt8])?

  /// Where pieces of bytes come from.
  private enum Source: Equatable {
    case body(HTTPMessageID)
    case opaque(FlowSide)
    case mail
  }
  /// Whether events become text, or are counted only.
  var keepsText = true

  func finished() -> [String] {
    flush()
    return events
  }

  private func flush() {
    guard let open else { return }
    self.open = nil
    let label =
      switch open.source {
      case .body(let message): "\(arrow(message)) body"
      case .opaque(let direction): direction == .lower ? "c opaque" : "s opaque"
      case .mail: "mail"
      }
    events.append("\(label) '\(escaped(open.bytes))'")
  }

  private func note(_ text: String) {
    guard keepsText else { return }
    flush()
    events.append(text)
  }

  private func piece(_ source: Source, _ bytes: RawSpan) {
    guard keepsText else { return }
    if open?.source != source {
      flush()
      open = (source, [])
    }
    open?.bytes.append(contentsOf: array(bytes))
  }

  private func arrow(_ message: HTTPMessageID) -> String {
    let sign = message.kind == .request ? ">" : "<"
    return "\(message.exchange)\(sign)" + (message.direction == .lower ? "" : "'")
  }

  func messageStart(_ head: HTTPHead, bytes: RawSpan) {
    heads.append(head)
    let all = array(bytes)
    var text = arrow(head.message) + (head.isInterim ? " interim" : "") + " "
    if head.message.kind == .request {
      text += "\(escaped(all[head.methodName])) \(escaped(all[head.target])) "
    } else {
      text += "\(head.status) '\(escaped(all[head.reason]))' for \(head.method) "
    }
    text += "\(head.version.family)\(head.version.major).\(head.version.minor) \(head.framing)"
    for index in 0..<head.contentCodings.count { text += " \(head.contentCodings[index])" }
    if head.isCut { text += " cut" }
    note(text)
  }

  func messageBody(_ message: HTTPMessageID, offset: UInt64, bytes: RawSpan) {
    bodyBytes += UInt64(bytes.byteCount)
    piece(.body(message), bytes)
  }

  func messageGap(_ message: HTTPMessageID, count: UInt64?, reason: UInt16) {
    note("\(arrow(message)) gap \(count.map(String.init) ?? "?") reason \(reason)")
  }

  func messageTrailers(_ message: HTTPMessageID, bytes: RawSpan) {
    note("\(arrow(message)) trailers '\(escaped(array(bytes)))'")
  }

  func messageEnd(_ message: HTTPMessageID, _ summary: HTTPMessageSummary) {
    var text = "\(arrow(message)) end \(summary.ending) head \(summary.headBytes)"
    text += " wire \(summary.wireBytes) body \(summary.bodyBytes)"
    if summary.isGapped { text += " missing \(summary.missingBytes)" }
    if summary.isHeadCut { text += " cut" }
    note(text)
  }

  func exchangeComplete(_ exchange: HTTPExchange) {
    exchanges.append(exchange)
    var text = "\(exchange.number) done"
    if let request = exchange.request {
      text += " \(request.firstTime)-\(request.lastTime)"
    } else {
      text += " -"
    }
    if let response = exchange.response {
      text += " \(response.status) \(response.firstTime)-\(response.lastTime)"
    } else {
      text += " -"
    }
    if exchange.interimResponses > 0 { text += " interim \(exchange.interimResponses)" }
    if exchange.missing != .none { text += " \(exchange.missing)" }
    if exchange.isPairingUncertain { text += " uncertain" }
    note(text)
  }

  func finding(_ finding: HTTPFinding) {
    findings.append(finding)
    let side = finding.direction == .lower ? "c" : "s"
    var text = "! \(finding.kind) \(side)@\(finding.offset)"
    if finding.value > 0 { text += " \(finding.value)" }
    note(text)
  }

  func handOver(_ handOver: HTTPHandOver, name: RawSpan) {
    note("\(handOver.exchange) hand-over \(handOver.kind) '\(escaped(array(name)))'")
  }

  func opaqueData(_ direction: FlowSide, bytes: RawSpan, time: Int64) {
    piece(.opaque(direction), bytes)
  }

  func opaqueGap(_ direction: FlowSide, count: UInt64?, reason: UInt16) {
    note("opaque gap \(count.map(String.init) ?? "?") reason \(reason)")
  }

  func dialogueLine(_ line: DialogueLine, bytes: RawSpan) {
    let side = line.direction == .lower ? "c" : "s"
    var text = "\(side) \(line.application) \(line.kind) "
    if line.code > 0 { text += "\(line.code) " }
    note(text + "'\(escaped(array(bytes)))'" + (line.isCut ? " cut" : ""))
  }

  func mailStart(_ mail: DialogueMail) { note("mail @\(mail.offset)") }

  func mailData(_ direction: FlowSide, bytes: RawSpan) { piece(.mail, bytes) }

  func mailEnd(_ mail: DialogueMail) {
    note(
      "mail end \(mail.bytes)" + (mail.isGapped ? " gapped" : "") + (mail.isCut ? " cut" : ""))
  }

  func notHTTP(_ guess: ProtocolGuess) {
    note("not HTTP: \(guess.application) \(guess.confidence)")
  }
}

func array(_ span: RawSpan) -> [UInt8] {
  unsafe span.withUnsafeBytes { unsafe Array($0) }
}

/// Bytes as text: line ends as \r and \n, what is no ASCII as \xx.
func escaped(_ bytes: some Sequence<UInt8>) -> String {
  let digits = Array("0123456789abcdef".utf8)
  var text: [UInt8] = []
  for byte in bytes {
    switch byte {
    case 0x0D: text += [0x5C, 0x72]
    case 0x0A: text += [0x5C, 0x6E]
    case 0x20..<0x7F: text.append(byte)
    default: text += [0x5C, digits[Int(byte >> 4)], digits[Int(byte & 15)]]
    }
  }
  return String(decoding: text, as: UTF8.self)
}
