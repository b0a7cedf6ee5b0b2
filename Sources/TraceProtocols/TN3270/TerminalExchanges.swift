internal import TraceBytes
import TraceModel

/// The exchanges of a terminal: from a key to the unlocked keyboard, or from a line to the next one.
struct TerminalExchanges {
  private let application: ApplicationProtocol
  /// The exchange under way.
  private var open: Exchange?
  /// Whether it began with a key, and whether the keyboard was unlocked in it.
  private var isKeyed = false
  private var isUnlocked = false
  /// The record of the host whose response is awaited.
  private var wanted: (number: UInt16, time: Int64)?
  /// The host's question what the terminal can do.
  private var query: Exchange.Half?
  private var hasGap = false
  /// Characters of the line that the terminal is typing, and whether it has ended.
  private var isLineOpen = false
  /// What is shown of the line under way, of what is typed and of what the host prints, which come in any pieces.
  private var typed: [UInt8] = []
  private var printed: [UInt8] = []
  private var isPrinted = false
  /// The line under way of each side, until it is known which is the host.
  private var early: (lower: [UInt8], upper: [UInt8]) = ([], [])
  private static let mostPrinted = 40
  private static let hidden = "(not shown)"
  private static let mostCharacters = 80

  init(_ application: ApplicationProtocol) { self.application = application }

  mutating func gap(_ side: FlowSide) {
    hasGap = true
    // A key may be lost, and what follows is the answer to that.
    open?.response?.isWhole = false
  }

  mutating func take(
    _ event: TerminalSession.Event, _ message: RawSpan, _ place: MessagePlace,
    _ session: borrowing TerminalSession, into sink: any ExchangeSink
  ) {
    let terminal = session.host?.other ?? place.side
    switch event {
    case .nothing: break
    case .connected:
      var words = session.device
      if !session.logicalUnit.isEmpty { words = "LU \(session.logicalUnit) \(words)" }
      tell("CONNECT", words, terminal, place, session, into: sink)
    case .rejected(let reason):
      close(.nothing, into: sink)
      var exchange = begin("CONNECT", terminal, session)
      exchange.response = Exchange.Half(place)
      exchange.status = Int64(reason)
      exchange.result = "rejected, reason \(reason) (\(TelnetCodes.reject(reason)))"
      exchange.isFailure = true
      sink.exchange(exchange)
    case .bound:
      tell("BIND", session.application, terminal, place, session, into: sink)
    case .unbound(let reason):
      tell(
        "UNBIND", "reason \(reason) (\(TelnetCodes.unbind(reason)))", terminal, place, session,
        into: sink)
    case .typed(let reply): typed(reply, message, place, session, into: sink)
    case .written(let change, let number):
      written(change, number, place, session, into: sink)
    case .response(let number, let isNegative, let code):
      respond(number, isNegative, code, place, into: sink)
    case .text(let isFromHost, let isSecret):
      text(message, place, session, isFromHost: isFromHost, isSecret: isSecret, into: sink)
    }
  }

  private func begin(
    _ operation: String, _ terminal: FlowSide, _ session: borrowing TerminalSession
  ) -> Exchange {
    var exchange = Exchange(application, client: terminal, operation: operation)
    for (name, value) in [("LU", session.logicalUnit), ("application", session.application)]
    where !value.isEmpty {
      exchange.details.append(.init(name, value))
    }
    return exchange
  }

  /// An event of the host that has no answer.
  private mutating func tell(
    _ operation: String, _ object: String, _ terminal: FlowSide, _ place: MessagePlace,
    _ session: borrowing TerminalSession, into sink: any ExchangeSink
  ) {
    // No answer comes any more when the session ends.
    close(operation == "UNBIND" ? .closed : .nothing, into: sink)
    var exchange = begin(operation, terminal, session)
    exchange.object = object
    exchange.put(Exchange.Half(place), from: place.side)
    sink.exchange(exchange)
  }

  // MARK: - 3270

  private mutating func typed(
    _ reply: Reply3270, _ message: RawSpan, _ place: MessagePlace,
    _ session: borrowing TerminalSession, into sink: any ExchangeSink
  ) {
    if reply.key == 0x88 || reply.key == 0x60 {
      // What the host asked for, not a person.
      var exchange = begin(reply.key == 0x88 ? "QUERY" : "READ", place.side.other, session)
      exchange.request = query
      exchange.response = Exchange.Half(place)
      query = nil
      return sink.exchange(exchange)
    }
    close(.nothing, into: sink)
    var exchange = begin(
      Code3270.aid(reply.key) ?? "key \(Hex.shown(reply.key)) (unknown)", place.side, session)
    exchange.request = Exchange.Half(place)
    var parts: [String] = []
    if let cursor = reply.cursor { parts.append(Self.position(cursor, session)) }
    // Bytes FF, written twice, move the places in the record: its text is not shown then.
    let mark = message.firstIndex(of: Telnet.iac, from: 0, to: message.byteCount)
    if let shown = reply.shown, (mark ?? message.byteCount) + 2 >= message.byteCount {
      let low = min(message.byteCount, shown.lowerBound + reply.header)
      let high = min(message.byteCount, shown.upperBound + reply.header, low + 40)
      parts.append("\"\(TextCoding.ebcdic.text(message, low..<high))\"")
    }
    if reply.fields > (reply.shown == nil ? 0 : 1) {
      parts.append("\(reply.fields) field\(reply.fields == 1 ? "" : "s")")
    }
    if reply.secretFields > 0 { parts.append("(\(reply.secretFields) not shown)") }
    exchange.object = parts.joined(separator: " ")
    open = exchange
    isKeyed = true
    isUnlocked = false
    wanted = nil
  }

  private static func position(
    _ address: Int, _ session: borrowing TerminalSession
  ) -> String {
    let columns = session.screen.terminal.columns
    let two = { (value: Int) in (value < 10 ? "0" : "") + String(value) }
    return "[\(two(address / columns + 1)),\(two(address % columns + 1))]"
  }

  private mutating func written(
    _ change: ScreenMemory.Change, _ number: UInt16?, _ place: MessagePlace,
    _ session: borrowing TerminalSession, into sink: any ExchangeSink
  ) {
    if change.isQuery {
      query = Exchange.Half(place)
      return
    }
    if isKeyed, isUnlocked { close(.nothing, into: sink) }
    if hasGap, let asked = open?.request?.firstTime, place.firstTime < asked {
      // It waited behind what is lost, and was sent before the key was pressed.
      var exchange = begin("OUTPUT", place.side.other, session)
      exchange.response = Exchange.Half(place)
      exchange.result = Self.screen(session)
      return sink.exchange(exchange)
    }
    if open == nil {
      open = begin("OUTPUT", place.side.other, session)
      isKeyed = false
      isUnlocked = false
    }
    if open?.response == nil {
      open?.response = Exchange.Half(place, isWhole: !hasGap)
      if isKeyed, let start = open?.request?.firstTime {
        open?.details.append(.init("first data after", Exchange.duration(place.firstTime &- start)))
      }
    } else {
      open?.response?.add(place)
    }
    if change.isWritten || change.isErased { open?.result = Self.screen(session) }
    if let number { wanted = (number, place.lastTime) }
    guard change.unlocks, !isUnlocked else { return }
    isUnlocked = true
    if isKeyed, let start = open?.request?.firstTime {
      open?.details.append(.init("unlocked after", Exchange.duration(place.lastTime &- start)))
      if wanted == nil { close(.nothing, into: sink) }
    }
  }

  private static func screen(_ session: borrowing TerminalSession) -> String {
    let (rows, columns) = (session.screen.terminal.rows, session.screen.terminal.columns)
    let name = session.screen.name
    return "screen \(rows)x\(columns)" + (name.isEmpty ? "" : " \"\(name)\"")
  }

  private mutating func respond(
    _ number: UInt16, _ isNegative: Bool, _ code: UInt8, _ place: MessagePlace,
    into sink: any ExchangeSink
  ) {
    if isNegative {
      open?.findings.append("negative response \(code) (\(TelnetCodes.negative(code)))")
      if open != nil { open?.isFailure = true }
    }
    guard let asked = wanted, asked.number == number else { return }
    wanted = nil
    open?.details.append(
      .init("terminal answered after", Exchange.duration(place.firstTime &- asked.time)))
    if isKeyed, isUnlocked { close(.nothing, into: sink) }
  }

  // MARK: - Lines

  private mutating func text(
    _ bytes: RawSpan, _ place: MessagePlace, _ session: borrowing TerminalSession,
    isFromHost: Bool, isSecret: Bool, into sink: any ExchangeSink
  ) {
    let last = bytes.byteCount > 0 ? bytes.u8(bytes.byteCount - 1) : 0
    let endsLine = last == Byte.cr || last == Byte.lf || last == 0
    guard session.host != nil else { return keepEarly(bytes, place.side, endsLine) }
    if isFromHost {
      if open == nil {
        open = begin("OUTPUT", place.side.other, session)
        isKeyed = false
        printed = place.side == .lower ? early.lower : early.upper
        isPrinted = false
      }
      early = ([], [])
      if open?.response == nil {
        open?.response = Exchange.Half(place, isWhole: !hasGap)
      } else {
        open?.response?.add(place)
      }
      if !isPrinted { showPrinted(bytes, endsLine) }
      return
    }
    early = ([], [])
    if !isLineOpen {
      guard !Self.isBlank(bytes) else { return }
      close(.nothing, into: sink)
      open = begin("LINE", place.side, session)
      open?.request = Exchange.Half(place)
      isKeyed = false
      (typed, printed, isPrinted) = ([], [], false)
    } else {
      open?.request?.add(place)
    }
    isLineOpen = !endsLine
    if isSecret {
      open?.object = Self.hidden
    } else if open?.object != Self.hidden, typed.count < Self.mostCharacters {
      typed.append(bytes.extracting(first: Self.mostCharacters - typed.count))
      let object = Self.typedText(typed)
      open?.object = object
    }
  }

  /// The first line that has something in it is the result.
  private mutating func showPrinted(_ bytes: RawSpan, _ endsLine: Bool) {
    printed.append(bytes.extracting(first: Self.mostPrinted - printed.count))
    if unsafe Self.isBlank(printed.span.bytes) {
      if endsLine { printed = [] }
      return
    }
    let text = unsafe Self.shown(printed.span.bytes)
    open?.result = "\"\(text)\""
    isPrinted = endsLine || printed.count >= Self.mostPrinted
  }

  private mutating func keepEarly(_ bytes: RawSpan, _ side: FlowSide, _ endsLine: Bool) {
    var line = side == .lower ? early.lower : early.upper
    line = endsLine ? [] : line + bytes.extracting(first: Self.mostPrinted - line.count).copied()
    if side == .lower { early.lower = line } else { early.upper = line }
  }

  private static func isBlank(_ bytes: RawSpan) -> Bool {
    for at in 0..<bytes.byteCount where bytes.u8(at) > Byte.space { return false }
    return true
  }

  /// A line that holds a secret is not shown.
  private static func typedText(_ bytes: [UInt8]) -> String {
    let line = unsafe bytes.span.bytes
    var hasSecret = false
    LogonWords.find(line, 0..<bytes.count, .ascii) { _ in hasSecret = true }
    return hasSecret ? hidden : shown(line)
  }

  /// The text of a line without what ends it.
  private static func shown(_ bytes: RawSpan) -> String {
    var end = bytes.byteCount
    while end > 0, bytes.u8(end - 1) <= Byte.space { end -= 1 }
    return TextCoding.ascii.text(bytes, 0..<end)
  }

  // MARK: - Ends

  private mutating func close(_ missing: Exchange.Missing, into sink: any ExchangeSink) {
    guard var exchange = open else { return }
    open = nil
    isLineOpen = false
    wanted = nil
    if exchange.response == nil, exchange.request != nil {
      exchange.missing = hasGap ? .responseInGap : missing
      if exchange.missing == .nothing {
        exchange.findings.append("no answer before the next input")
      }
    } else if isKeyed, !isUnlocked {
      exchange.findings.append("the keyboard stayed locked")
    }
    hasGap = false
    sink.exchange(exchange)
  }

  mutating func finish(_ missing: Exchange.Missing, into sink: any ExchangeSink) {
    close(missing, into: sink)
    guard let query else { return }
    var exchange = Exchange(application, client: .lower, operation: "QUERY")
    exchange.request = query
    exchange.missing = missing
    self.query = nil
    sink.exchange(exchange)
  }
}
