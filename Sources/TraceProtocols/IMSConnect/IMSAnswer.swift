internal import TraceBytes

/// What is known of an answer while its structures come.
struct IMSAnswer {
  /// Whether bytes of the answering side are missing since the request.
  var hasGap = false
  private var segments = 0
  private var dataBytes = 0
  /// Bytes that the total length still promises; nil when the answer has none.
  private var rest: Int?
  private var format = ""
  private var clientID = ""
  private var firstText = ""
  /// The last structure, when it has come.
  private var outcome: Outcome?

  private enum Outcome {
    case complete(flags: UInt8)
    case status(returnCode: UInt32, reason: UInt32, second: UInt8)
    case otma
  }

  /// Takes the next structure, whose true length may be more than the bytes at hand; true when the
  /// answer is over with it.
  mutating func take(_ part: AnswerPart, _ bytes: RawSpan, length: Int) -> Bool {
    if let total = part.total { rest = total }
    if let left = rest { rest = max(0, left - length) }
    let at = part.start
    switch part.kind {
    case .data:
      let data = part.data.clamped(to: 0..<bytes.byteCount)
      // 4 is a length without data, as an end mark is.
      if !part.data.isEmpty {
        segments += 1
        dataBytes += part.data.count
        if firstText.isEmpty { firstText = Self.text(bytes, data.prefix(64)) }
      }
    case .format: format = Self.name(part, bytes)
    case .clientID: clientID = Self.name(part, bytes)
    case .complete: outcome = .complete(flags: bytes[AnswerPart.Layout.flags, at: at])
    case .status:
      guard bytes.has(AnswerPart.Layout.reasonCode.end, at: at) else { break }
      outcome = .status(
        returnCode: bytes[AnswerPart.Layout.returnCode, at: at],
        reason: bytes[AnswerPart.Layout.reasonCode, at: at],
        second: bytes[AnswerPart.Layout.second, at: at])
    case .otma: outcome = .otma
    }
    return outcome != nil || rest == 0
  }

  private static func name(_ part: AnswerPart, _ bytes: RawSpan) -> String {
    let name = AnswerPart.Layout.name.range(at: part.start)
    return part.coding.text(bytes, name.lowerBound..<min(name.upperBound, part.end))
  }

  /// The letters of output are not said: those that make more of it readable.
  private static func text(_ bytes: RawSpan, _ range: Range<Int>) -> String {
    var (ascii, ebcdic) = (0, 0)
    for at in range {
      let byte = bytes.u8(at)
      if byte >= 0x20, byte < 0x7F { ascii += 1 }
      if byte == 0x40 || byte >= 0x81 { ebcdic += 1 }
    }
    return (ascii > ebcdic ? TextCoding.ascii : .ebcdic).text(bytes, range)
  }

  /// Puts the answer into words.
  func describe(_ exchange: inout Exchange) {
    if !format.isEmpty { exchange.details.append(.init("MOD name", format)) }
    if !clientID.isEmpty { exchange.details.append(.init("client id made", clientID)) }
    let output =
      segments == 0 ? "" : "\(segments) segment\(segments == 1 ? "" : "s"), \(dataBytes) B"
    if !output.isEmpty {
      exchange.details.append(.init("output", output))
      exchange.details.append(.init("output text", firstText))
    }
    switch outcome {
    case .complete(let flags):
      var words = ["ok"]
      if flags & 0x20 != 0 { words.append("ack wanted") }
      if flags & 0x40 != 0 { words.append("conversation goes on") }
      if flags & 0x80 != 0 { words.append("more output is queued") }
      exchange.result = Self.joined(words, firstText)
    case .status(let code, let reason, let second):
      exchange.status = Int64(code)
      var text =
        "RC \(code) (\(IMSConnectCodes.returnCode(code))) RSN \(reason) "
        + "(\(IMSConnectCodes.reasonCode(reason, of: code)))"
      // The second byte is RACF's return code for security errors, OTMA's reason for others.
      if code == 8, [40, 51, 52, 53, 54, 55, 78].contains(reason) {
        text += " RACF \(second) (\(IMSConnectCodes.racf(second)))"
      } else if second != 0 {
        text += " OTMA reason \(second)"
      }
      exchange.result = text
      let isOverWait = exchange.isWait && IMSConnectCodes.isTimeout(code)
      exchange.isFailure = !isOverWait && code != 20 && code != 44
    case .otma: exchange.result = "answered (OTMA headers)"
    case nil: exchange.result = hasGap ? "" : Self.joined(["answered"], firstText)
    }
  }

  /// IMS puts its own messages in place of output: `DFS555I …`.
  private static func joined(_ words: [String], _ text: String) -> String {
    let isMessage =
      text.hasPrefix("DFS") && text.dropFirst(3).prefix(3).count(where: \.isNumber) == 3
    return words.joined(separator: ", ") + (isMessage ? ": " + text : "")
  }
}
