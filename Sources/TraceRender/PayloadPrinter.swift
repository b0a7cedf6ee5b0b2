internal import TraceBytes
internal import TraceProtocols

/// Shows payloads in the form that was asked for, or in the one that fits.
struct PayloadPrinter {
  private let options: PrintOptions
  private let ascii = GlyphTable.ascii
  private let ebcdic: GlyphTable
  private let hex: HexWriter
  private let words = FirstWords()
  private(set) var text: TextWriter
  private var terminal: TerminalWriter

  init(_ options: PrintOptions) {
    self.options = options
    var layout = options.layout
    if options.payloadOnly { layout.indent = 0 }
    ebcdic = GlyphTable(options.page)
    hex = HexWriter(indent: layout.indent, ebcdic: ebcdic, room: options.room)
    text = TextWriter(layout)
    terminal = TerminalWriter(layout, page: options.page)
  }

  /// Whether what was shown before is needed to show the next payload.
  var needsFlow: Bool { options.form == .auto }

  /// Writes a payload; `flow` is there when ``needsFlow`` is.
  mutating func write(
    _ payload: RawSpan, _ flow: inout PayloadFlow?, fromLower: Bool, isOutbound: Bool?,
    to out: ByteSink
  ) throws(TraceError) {
    switch options.form {
    case .ascii: try text.write(payload.extracting(first: options.maxBytes), ascii, to: out)
    case .ebcdic: try text.write(payload.extracting(first: options.maxBytes), ebcdic, to: out)
    case .hex: try hex.write(payload.extracting(first: options.maxBytes), .none, to: out)
    case .both: try hex.write(payload.extracting(first: options.maxBytes), .both, to: out)
    case .auto:
      guard var known = flow else { break }
      defer { flow = known }
      try automatic(payload, &known, fromLower, isOutbound, to: out)
    }
    let left = payload.byteCount - payload.extracting(first: options.maxBytes).byteCount
    guard left > 0 else { return }
    try note(to: out) { (out) throws(TraceError) in
      try out.decimal(left)
      try out.append(left == 1 ? " more byte" : " more bytes")
    }
  }

  /// Ends the line that a payload left open.
  mutating func endLine(_ out: ByteSink) throws(TraceError) { try text.endLine(out) }

  /// Writes the headers of a packet in digits, with a word in front of them and of what follows.
  mutating func writeHeaders(
    _ headers: RawSpan, dataCount: Int, to out: ByteSink
  ) throws(TraceError) {
    guard options.form == .hex || options.form == .both, headers.byteCount > 0 else { return }
    try note(to: out) { (out) throws(TraceError) in
      try out.append("headers, ")
      try out.decimal(headers.byteCount)
      try out.append(" bytes")
    }
    try hex.write(headers, options.form == .both ? .both : .none, to: out)
    guard dataCount > 0 else { return }
    try note(to: out) { (out) throws(TraceError) in
      try out.append("data, ")
      try out.decimal(dataCount)
      try out.append(dataCount == 1 ? " byte" : " bytes")
    }
  }

  // MARK: - Judging

  private mutating func automatic(
    _ payload: RawSpan, _ flow: inout PayloadFlow, _ fromLower: Bool, _ isOutbound: Bool?,
    to out: ByteSink
  ) throws(TraceError) {
    guard payload.byteCount > 0 else { return }
    if flow.terminal == nil, flow.speaksTerminal(payload) {
      flow.terminal = Terminal()
    }
    if let state = flow.terminal {
      if flow[fromLower].form != .terminal {
        try decide(
          FormGuess(.terminal, "the connection is one of a 3270 or telnet", payload.byteCount),
          &flow, fromLower, to: out)
      }
      var terminalState = state
      flow.terminal = nil
      defer { flow.terminal = terminalState }
      return try terminal.write(
        payload, &flow[telnet: fromLower], &terminalState, fromLower: fromLower,
        isOutbound: isOutbound, limit: options.maxBytes, to: out)
    }
    if try mixed(payload, &flow, fromLower, to: out) { return }
    let guess = FormGuess.next(payload, after: flow[fromLower].form)
    if let guess { try decide(guess, &flow, fromLower, to: out) }
    try show(payload.extracting(first: options.maxBytes), flow[fromLower].form, to: out)
  }

  /// A text head and a body of another kind in one payload: shows each in its form. False when the
  /// payload is of one piece.
  private mutating func mixed(
    _ payload: RawSpan, _ flow: inout PayloadFlow, _ fromLower: Bool, to out: ByteSink
  ) throws(TraceError) -> Bool {
    guard words.beginMessage(payload) else { return false }
    guard let end = FormGuess.headEnd(payload), end < payload.byteCount else { return false }
    let head = FormGuess.text(payload.extracting(0..<min(end, FormGuess.laterBytes)))
    let rest = payload.extracting(end..<payload.byteCount)
    let body = FormGuess.text(rest.extracting(first: 2 * FormGuess.laterBytes))
    guard head.form != .binary, !body.form.looksLike(head.form) else { return false }
    guard rest.byteCount >= FormGuess.leastToChange || body.form == .binary else { return false }
    if !head.form.looksLike(flow[fromLower].form) {
      try decide(head, &flow, fromLower, to: out)
    }
    try show(payload.extracting(first: min(end, options.maxBytes)), head.form, to: out)
    guard options.maxBytes > end else { return true }
    try decide(body, &flow, fromLower, to: out)
    try show(rest.extracting(first: options.maxBytes - end), body.form, to: out)
    return true
  }

  private mutating func decide(
    _ guess: FormGuess, _ flow: inout PayloadFlow, _ fromLower: Bool, to out: ByteSink
  ) throws(TraceError) {
    let old = flow[fromLower].form
    flow[fromLower].form = guess.form
    let isChange = old != .undecided && guess.form != .undecided
    let why = options.why
    guard isChange || why else { return }
    try note(to: out) { (out) throws(TraceError) in
      try out.append(isChange ? "from here shown as " : "shown as ")
      try out.append(guess.form.name)
      guard why else { return }
      try out.append(": of these bytes ")
      try out.decimal(guess.sample)
      try out.append(" were looked at, and ")
      try out.append(guess.reason)
    }
  }

  private mutating func show(
    _ bytes: RawSpan, _ form: FormGuess.Form, to out: ByteSink
  ) throws(TraceError) {
    switch form {
    case .ebcdic: try text.write(bytes, ebcdic, to: out)
    case .binary:
      try text.endLine(out)
      try hex.write(bytes, .both, to: out)
    default: try text.write(bytes, ascii, to: out)
    }
  }

  /// A line that is no payload: it begins where payload never does. With `--payload-only` there is
  /// none.
  private mutating func note(
    to out: ByteSink, _ body: (ByteSink) throws(TraceError) -> Void
  ) throws(TraceError) {
    guard !options.payloadOnly else { return }
    try text.endLine(out)
    try out.append("-- ")
    try body(out)
    try out.u8(0x0A)
  }
}
