internal import TraceBytes
internal import TraceModel

/// Reads what a client asks of a line printer daemon: one exchange for a command, a job with its files in it.
final class LPDReader: MessageReader {
  /// What the client's next bytes are.
  private enum Next: Equatable {
    case command
    case fileHead
    /// A control or a data file of so many bytes, with a zero byte behind it.
    case file(isControl: Bool, Int)
  }

  private(set) var client: FlowSide?
  private var next = Next.command
  private var command: LPD.Command?
  private var told: Exchange?
  private var dataBytes: UInt64 = 0
  private var files = 0

  /// RFC 1179 bounds no line; queues and names of files are short.
  private static let longestLine = 1024
  /// Lines of a control file that are told.
  private static let mostLines = 40

  func frame(_ bytes: RawSpan, from side: FlowSide) -> Frame {
    guard bytes.byteCount > 0 else { return .needsMore }
    if let client, side != client {
      return .message(command?.isAnsweredInText == true ? bytes.byteCount : 1)
    }
    if case .file(_, let count) = next { return .message(count + 1) }
    let first = bytes.u8(0)
    if client == nil, first == 0 { return .message(1) }
    guard first >= 1, first <= 5 else { return .noMessage }
    let limit = min(bytes.byteCount, Self.longestLine)
    if let end = bytes.firstIndex(of: Byte.lf, from: 0, to: limit) { return .message(end + 1) }
    return bytes.byteCount < Self.longestLine ? .needsMore : .noMessage
  }

  func read(_ message: RawSpan, _ place: MessagePlace, into sink: any ExchangeSink) {
    if let client, place.side != client { return answer(message, place) }
    guard message.byteCount > 0, message.u8(0) > 0 || client != nil else { return }
    client = place.side
    switch next {
    case .command: begin(message, place, sink)
    case .fileHead:
      told?.request?.add(place)
      fileHead(message)
    case .file(let isControl, let count):
      told?.request?.add(place, isWhole: place.length == message.byteCount)
      if isControl {
        control(message.extracting(first: min(message.byteCount, count)))
      } else {
        dataBytes &+= UInt64(count)
      }
      files += 1
      next = .fileHead
    }
  }

  func secrets(in message: RawSpan, _ place: MessagePlace, mark: (Range<Int>) -> Void) {}

  func gap(_ side: FlowSide) {
    if side == client { told?.request?.isWhole = false } else { told?.response?.isWhole = false }
  }

  func finish(_ how: ConversationEnd, into sink: any ExchangeSink) {
    tell(how.missing, sink)
  }

  // MARK: - What the client sends

  private func begin(_ line: RawSpan, _ place: MessagePlace, _ sink: any ExchangeSink) {
    guard let command = LPD.Command(rawValue: line.u8(0)) else { return }
    tell(.closed, sink)
    self.command = command
    var exchange = Exchange(.lpd, client: place.side, operation: command.name)
    exchange.object = Self.text(line, 1..<max(1, line.byteCount - 1))
    exchange.request = Exchange.Half(place)
    told = exchange
    if command == .receive { next = .fileHead }
  }

  /// A count, a blank and a name; the first byte tells what it is of (RFC 1179 section 6).
  private func fileHead(_ line: RawSpan) {
    guard line.u8(0) != 1 else {
      told?.findings.append("the client gave the job up")
      return
    }
    var at = 1
    var count = 0
    while at < line.byteCount, Byte.isDigit(line.u8(at)), count < 1 << 40 {
      count = count * 10 + Int(line.u8(at) &- Byte.zero)
      at += 1
    }
    next = .file(isControl: line.u8(0) == 2, count)
  }

  private func control(_ file: RawSpan) {
    var at = 0
    var lines = 0
    while at < file.byteCount, lines < Self.mostLines {
      let end = file.firstIndex(of: Byte.lf, from: at, to: file.byteCount) ?? file.byteCount
      if end > at, let name = LPD.controlName(file.u8(at)) {
        let value = Self.text(file, at + 1..<end)
        if file.u8(at) == 0x50 { told?.user = value }
        told?.details.append(Exchange.Detail(name, value))
      }
      at = end + 1
      lines += 1
    }
  }

  // MARK: - What the server says

  private func answer(_ message: RawSpan, _ place: MessagePlace) {
    guard told != nil else { return }
    told?.response.take(place)
    guard command?.isAnsweredInText == false, message.byteCount > 0, message.u8(0) != 0 else {
      return
    }
    let code = message.u8(0)
    told?.status = Int64(code)
    told?.result = "refused (\(code))"
    told?.isFailure = true
  }

  private func tell(_ missing: Exchange.Missing, _ sink: any ExchangeSink) {
    guard var exchange = told else { return }
    told = nil
    next = .command
    if command == .receive {
      exchange.details.append(Exchange.Detail("data", "\(dataBytes) bytes"))
      exchange.details.append(Exchange.Detail("files", "\(files)"))
      dataBytes = 0
      files = 0
    }
    if exchange.response == nil { exchange.missing = missing }
    if exchange.response != nil, exchange.result.isEmpty {
      exchange.result = command?.isAnsweredInText == true ? "answered" : "accepted"
    }
    sink.exchange(exchange)
  }

  private static func text(_ bytes: RawSpan, _ range: Range<Int>) -> String {
    HTTPExchanges.text(bytes, range)
  }
}
