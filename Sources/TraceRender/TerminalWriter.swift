internal import TraceBytes
internal import TraceProtocols

/// Writes telnet and 3270 data as lines: negotiation by name, each field's text with its place.
struct TerminalWriter {
  private let layout: TextLayout
  private let glyphs: GlyphTable
  private var screen: ScreenWriter
  /// Takes the lines of records that are only looked through.
  private let nowhere = ByteSink(Nowhere())
  private var text: TextWriter

  init(_ layout: TextLayout, page: CodePage) {
    self.layout = layout
    glyphs = GlyphTable(page)
    screen = ScreenWriter(layout, page: page)
    text = TextWriter(layout)
  }

  mutating func write(
    _ payload: RawSpan, _ telnet: inout TelnetReader, _ terminal: inout Terminal, fromLower: Bool,
    isOutbound: Bool?, limit: Int, to out: ByteSink
  ) throws(TraceError) {
    defer { telnet.endPayload() }
    for index in 0..<min(payload.byteCount, max(0, limit)) {
      guard let event = telnet.take(payload.u8(index), at: index) else { continue }
      switch event {
      case .record:
        terminal.isRecordMode = true
        try record(
          telnet.collected, telnet.collectedPlaces, &terminal,
          isFromHost(terminal, fromLower, isOutbound), to: out)
      case .option(let verb, let option):
        // Only the host asks for these.
        if verb == 0xFD, option == Telnet.terminalType || option == Telnet.tn3270e {
          terminal.hostIsLower = fromLower
        }
        if option == Telnet.endOfRecord || option == Telnet.tn3270e { terminal.isRecordMode = true }
        if option == Telnet.tn3270e, verb == 0xFC || verb == 0xFE { terminal.isExtended = false }
        try line("telnet \(Telnet.verb(verb)) \(Telnet.option(option))", to: out)
      case .subnegotiation:
        learn(telnet.collected, &terminal)
        try line("telnet \(Telnet.subnegotiation(telnet.collected))", to: out)
      case .command(let code):
        try line("telnet \(Telnet.verb(code))", to: out)
      }
    }
    if !terminal.isRecordMode {
      let bytes = telnet.takePending()
      try unsafe text.write(bytes.span.bytes, .ascii, to: out)
      try text.endLine(out)
    } else if telnet.pending > 0 {
      // A 3270 record that ends in a later trace record. Nothing of it is shown, but it is read into a copy of
      // the screen, because a field that it hides has to be masked in this trace record already.
      let unfinished = telnet.unfinished
      var copy = terminal
      try record(
        unfinished.bytes, unfinished.places, &copy, isFromHost(terminal, fromLower, isOutbound),
        to: nowhere)
      try line("(\(telnet.pending) bytes of a 3270 record that goes on in the next one)", to: out)
    }
  }

  private func learn(_ bytes: [UInt8], _ terminal: inout Terminal) {
    guard let option = bytes.first else { return }
    if option == Telnet.terminalType, bytes.count > 2, bytes[1] == 0 {
      terminal.learn(type: Array(bytes[2...]))
    }
    guard option == Telnet.tn3270e, bytes.count > 2 else { return }
    terminal.isExtended = true
    // DEVICE-TYPE REQUEST or IS, then the type.
    if bytes[1] == 2, bytes.count > 3 {
      terminal.learn(type: Array(bytes[3...].prefix { $0 >= 0x20 }))
    }
  }

  /// The application's side of the connection.
  private func isFromHost(_ terminal: Terminal, _ fromLower: Bool, _ isOutbound: Bool?) -> Bool? {
    if let hostIsLower = terminal.hostIsLower { return hostIsLower == fromLower }
    return isOutbound
  }

  private mutating func record(
    _ bytes: [UInt8], _ places: [Int], _ terminal: inout Terminal, _ isFromHost: Bool?,
    to out: ByteSink
  ) throws(TraceError) {
    var start = 0
    if terminal.isExtended ?? Code3270.looksExtended(bytes), bytes.count >= 5 {
      start = 5
      let type = bytes[0]
      let name = Code3270.dataType(type).map { "\($0)" } ?? "data type \(type)"
      if type != 0 { try line("TN3270E \(name), \(bytes.count - 5) bytes", to: out) }
      switch type {
      case 0: break
      case 1, 5, 7:
        let table = type == 5 ? GlyphTable.ascii : glyphs
        try unsafe text.write(bytes.span.bytes.extracting(5..<bytes.count), table, to: out)
        return try text.endLine(out)
      default: return
      }
    }
    guard start < bytes.count else { return }
    try screen.write(Array(bytes[start...]), &terminal, isFromHost: isFromHost, to: out)
  }

  private func line(_ words: String, to out: ByteSink) throws(TraceError) {
    try out.fill(0x20, layout.indent)
    try out.visible(words)
    try out.u8(0x0A)
  }
}

/// A target that keeps nothing.
private final class Nowhere: ByteTarget {
  func write(_ bytes: RawSpan) throws(TraceError) {}
  func commit() throws(TraceError) {}
}
