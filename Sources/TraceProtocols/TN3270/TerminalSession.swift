internal import TraceBytes
import TraceModel

/// What is known of a telnet session: who is the host, what was negotiated, the screen.
struct TerminalSession {
  /// What a message was.
  enum Event {
    case nothing
    /// The host wrote to the screen; its number, when it wants a response.
    case written(ScreenMemory.Change, wanted: UInt16?)
    /// The terminal sent a key.
    case typed(Reply3270)
    /// A response to the record of a number.
    case response(UInt16, isNegative: Bool, code: UInt8)
    case bound, unbound(UInt8)
    /// The device type was agreed on, or refused for a reason.
    case connected, rejected(UInt8)
    /// A line, or a part of it, of the host or of the terminal, that is no 3270 data.
    case text(isFromHost: Bool, isSecret: Bool)
  }

  var host: FlowSide?
  /// Whether records end with EOR, as those of a 3270 do; nil until it is known.
  var isRecordMode: Bool?
  private var isExtended: Bool?
  private(set) var device = ""
  private(set) var logicalUnit = ""
  private(set) var application = ""
  var screen = ScreenMemory()
  /// The last line of the host, where it asks for a secret, and whether the answer to it is under way.
  private var line: [UInt8] = []
  /// The last line of each side, as long as it is not known who the host is.
  private var lines = Sides<[UInt8]>(lower: [], upper: [])
  private var isSecretLine = false
  /// Whether it cannot be known what of the last message is secret.
  private(set) var isUnsearched = false

  init(isRecordMode: Bool?) { self.isRecordMode = isRecordMode }

  /// Bytes of a side are missing: the screen may be another one.
  mutating func gap(_ side: FlowSide) {
    if side != host?.other { screen.isKnown = false }
    line.removeAll(keepingCapacity: true)
    isSecretLine = false
  }

  // MARK: - Messages

  /// Takes a message; `mark` gets the places of secrets.
  mutating func take(
    _ message: RawSpan, from side: FlowSide, mark: (Range<Int>) -> Void
  ) -> Event {
    isUnsearched = false
    guard message.byteCount >= 1 else { return .nothing }
    if message.u8(0) == Telnet.iac, message.byteCount >= 2, message.u8(1) != Telnet.iac {
      return command(message, side)
    }
    let count = message.byteCount
    if count >= 2, message.u8(count - 2) == Telnet.iac, message.u8(count - 1) == Telnet.eor {
      isRecordMode = true
      return unescaped(message.extracting(0..<count - 2), side, mark)
    }
    if isRecordMode == true {
      // A record whose end is missing: text in fields that are not shown is masked as in a whole one.
      return unescaped(message, side, mark)
    }
    return text(message, side, mark)
  }

  private mutating func command(_ message: RawSpan, _ side: FlowSide) -> Event {
    let verb = message.u8(1)
    guard message.byteCount >= 3 else { return .nothing }
    let option = message.u8(2)
    if verb == Telnet.sb { return subnegotiation(message, side) }
    guard verb >= Telnet.will else { return .nothing }
    // Only a host asks for these, only a terminal offers them.
    if option == Telnet.terminalType || option == Telnet.tn3270e {
      if verb == 0xFD { host = side }
      if verb == Telnet.will { host = side.other }
    }
    let isAgreed = verb == Telnet.will || verb == 0xFD
    if isAgreed, option == Telnet.endOfRecord || option == Telnet.tn3270e { isRecordMode = true }
    if option == Telnet.tn3270e, !isAgreed { isExtended = false }
    return .nothing
  }

  private mutating func subnegotiation(_ message: RawSpan, _ side: FlowSide) -> Event {
    let option = message.u8(2)
    guard message.byteCount >= 6 else { return .nothing }
    let (what, last) = (message.u8(3), message.byteCount - 2)
    if option == Telnet.terminalType {
      host = what == 1 ? side : side.other
      guard what == 0 else { return .nothing }
      device = learn(message, 4, last)
      return isExtended == true || !device.hasPrefix("IBM-") ? .nothing : .connected
    }
    guard option == Telnet.tn3270e else { return .nothing }
    isExtended = true
    isRecordMode = true
    switch (what, message.u8(4)) {
    // SEND DEVICE-TYPE.
    case (8, 2): host = side
    // DEVICE-TYPE REQUEST; the answer says what is agreed on.
    case (2, 7): host = side.other
    case (2, 4):
      host = side
      device = learn(message, 5, last)
      let at = message.end(from: 5, to: last) { $0 >= 0x20 }
      // CONNECT and the name of the logical unit.
      if at + 1 < last, message.u8(at) == 1 {
        logicalUnit = TextCoding.ascii.text(message, at + 1..<last)
      }
      return .connected
    case (2, 6):
      host = side
      return .rejected(message.byteCount > 8 ? message.u8(6) : 0xFF)
    default: break
    }
    return .nothing
  }

  private mutating func learn(_ message: RawSpan, _ start: Int, _ end: Int) -> String {
    let at = message.end(from: start, to: min(end, start + 40)) { $0 >= 0x20 }
    screen.terminal.learn(type: message.extracting(start..<max(start, at)).copied())
    return TextCoding.ascii.text(message, start..<max(start, at))
  }

  // MARK: - Records

  /// FF in data is written twice.
  private mutating func unescaped(
    _ bytes: RawSpan, _ side: FlowSide, _ mark: (Range<Int>) -> Void
  ) -> Event {
    guard bytes.firstIndex(of: Telnet.iac, from: 0, to: bytes.byteCount) != nil else {
      return record(bytes, side, mark)
    }
    var copy: [UInt8] = []
    var places: [UInt32] = []
    var at = 0
    while at < bytes.byteCount {
      let byte = bytes.u8(at)
      if byte == Telnet.iac {
        // A command within a record, with its option where it has one.
        at += 1
        guard at < bytes.byteCount else { break }
        if bytes.u8(at) != Telnet.iac {
          at += bytes.u8(at) >= Telnet.will ? 2 : 1
          continue
        }
      }
      copy.append(byte)
      places.append(UInt32(clamping: at))
      at += 1
    }
    return unsafe record(copy.span.bytes, side) { range in
      for place in range { mark(Int(places[place])..<Int(places[place]) + 1) }
    }
  }

  private mutating func record(
    _ bytes: RawSpan, _ side: FlowSide, _ mark: (Range<Int>) -> Void
  ) -> Event {
    guard !bytes.isEmpty else { return .nothing }
    if isExtended == nil || isExtended == true && bytes.byteCount < Signs3270.header {
      let hasHeader = Signs3270.hasHeader(bytes)
      if hasHeader, bytes.byteCount > Signs3270.header { isExtended = true }
      if bytes.u8(0) >= 0x40 { isExtended = false }
      if !hasHeader { return data(bytes, side, wanted: nil, mark) }
    }
    guard isExtended != false, bytes.byteCount >= Signs3270.header else {
      return data(bytes, side, wanted: nil, mark)
    }
    let start = Signs3270.header
    let body = bytes.extracting(start..<bytes.byteCount)
    let number = bytes.be16(3)
    func shifted(_ range: Range<Int>) { mark(range.lowerBound + start..<range.upperBound + start) }
    switch bytes.u8(0) {
    case 0:
      return data(body, side, wanted: bytes.u8(2) == 2 ? number : nil, shifted)
    case 2:
      if host == nil { host = side.other }
      return .response(number, isNegative: bytes.u8(2) == 1, code: body.isEmpty ? 0 : body.u8(0))
    case 3:
      host = side
      bind(body)
      return .bound
    case 4:
      return .unbound(body.isEmpty ? 0 : body.u8(0))
    case 1, 5, 7:
      guard side == host?.other else {
        screen.isKnown = false
        return .text(isFromHost: true, isSecret: false)
      }
      let coding = bytes.u8(0) == 5 ? TextCoding.ascii : .ebcdic
      LogonWords.find(body, 0..<body.byteCount, coding, mark: shifted)
      return .text(isFromHost: false, isSecret: false)
    default: return .nothing
    }
  }

  private mutating func data(
    _ bytes: RawSpan, _ side: FlowSide, wanted: UInt16?, _ mark: (Range<Int>) -> Void
  ) -> Event {
    guard !bytes.isEmpty else { return .nothing }
    if host == nil, let isHost = Signs3270.isFromHost(bytes) {
      host = isHost ? side : side.other
    }
    if side == host {
      guard Code3270.command(bytes.u8(0)) != nil else { return .nothing }
      return .written(screen.write(bytes, mark: mark), wanted: wanted)
    }
    guard host != nil, Code3270.aid(bytes.u8(0)) != nil else {
      isUnsearched = bytes.byteCount > 3
      return .nothing
    }
    var reply = Reply3270(bytes, screen, mark: mark)
    reply.header = isExtended == true ? Signs3270.header : 0
    isUnsearched = reply.isUnsearched
    if reply.key != 0x88, reply.key != 0x60 { screen.answered() }
    return .typed(reply)
  }

  /// The application's name and the screen sizes of an SNA BIND. Source: SNA Formats, GA27-3136.
  private mutating func bind(_ body: RawSpan) {
    application = ""
    guard body.byteCount > 28 else { return }
    let count = min(8, Int(body.u8(27)), body.byteCount - 28)
    application = TextCoding.ebcdic.text(body, 28..<28 + max(0, count))
    // A screen of the application begins empty.
    screen.isKnown = false
  }

  // MARK: - Lines

  private mutating func text(
    _ bytes: RawSpan, _ side: FlowSide, _ mark: (Range<Int>) -> Void
  ) -> Event {
    isRecordMode = false
    if host == nil, let prompt = prompt(bytes, side) {
      host = side
      unsafe Self.keepLastLine(of: prompt.span.bytes, in: &line)
      return .text(isFromHost: true, isSecret: false)
    }
    guard side == host?.other else {
      Self.keepLastLine(of: bytes, in: &line)
      return .text(isFromHost: true, isSecret: false)
    }
    var isSecret = isSecretLine
    if !isSecret, Self.asks(line) { isSecret = true }
    let end = bytes.end(from: 0) { $0 != Byte.cr && $0 != Byte.lf && $0 != 0 }
    if isSecret, end > 0 { mark(0..<end) }
    if !isSecret { LogonWords.find(bytes, 0..<end, .ascii, mark: mark) }
    // What is typed key by key is secret up to the end of the line.
    isSecretLine = isSecret && end == bytes.byteCount
    if end < bytes.byteCount || !isSecret { line.removeAll(keepingCapacity: true) }
    return .text(isFromHost: false, isSecret: isSecret)
  }

  /// The line of a side, when it asks what a host asks, however records cut it.
  private mutating func prompt(_ bytes: RawSpan, _ side: FlowSide) -> [UInt8]? {
    Self.keepLastLine(of: bytes, in: &lines[side])
    let line = lines[side]
    return unsafe Self.isPrompt(line.span.bytes) ? line : nil
  }

  /// Keeps the end of what a side says, as far as its last line, in capitals.
  private static func keepLastLine(of bytes: RawSpan, in line: inout [UInt8]) {
    for at in max(0, bytes.byteCount - 128)..<bytes.byteCount {
      let byte = bytes.u8(at)
      if byte == Byte.lf || byte == Byte.cr {
        line.removeAll(keepingCapacity: true)
      } else if line.count < 128 {
        line.append(TextCoding.ascii.fold(byte))
      }
    }
  }

  private static let secretWords: [StaticString] = ["PASSWORD", "PASSPHRASE", "PASSCODE", "PASSWD"]

  /// Whether a line asks for a secret: it says what, and ends as a question does.
  private static func asks(_ line: [UInt8]) -> Bool {
    guard let last = line.last(where: { $0 > 0x20 }) else { return false }
    guard [0x3A, 0x2D, 0x3F, 0x3E, 0x3D].contains(last) else { return false }
    for word in secretWords
    where unsafe TextCoding.ascii.firstIndex(of: word, line.span.bytes, 0..<line.count) != nil {
      return true
    }
    return false
  }

  /// Whether text is what a host asks a user at first.
  static func isPrompt(_ bytes: RawSpan) -> Bool {
    var end = bytes.byteCount
    while end > 0, bytes.u8(end - 1) == Byte.space { end -= 1 }
    guard end > 0, bytes.u8(end - 1) == Byte.colon else { return false }
    for word in ["LOGIN", "PASSWORD", "USERNAME", "USERID"] as [StaticString] {
      let low = end - 1 - word.utf8CodeUnitCount
      if low >= 0, TextCoding.ascii.begins(with: word, bytes, low..<end) { return true }
    }
    return false
  }
}
