internal import TraceBytes

/// What the words of a message are, found in one pass: numbers, and where texts stand in its bytes.
///
/// The order of fields differs by kind and release, and lines of a message get lost, so every field
/// is found by its name and none must be there.
struct MessageFields: Sendable {
  var kind = ATTLSMessage.Kind.other
  var environmentID: UInt32?
  var connectionID: UInt32?
  var returnCode: Int?
  var id = TextPart()
  var local = TextPart()
  var remote = TextPart()
  var job = TextPart()
  var user = TextPart()
  var rule = TextPart()
  var direction = TextPart()
  var status = TextPart()
  /// The second word of a status.
  var statusRest = TextPart()
  var actions: InlineArray<3, TextPart> = .init(repeating: TextPart())
  var actionCount = 0
  var event = MessageEvent.none
  var role = TextPart()
  var protocolName = TextPart()
  var cipher = TextPart()
  /// Call, Get or Set, and what is called, set or asked for.
  var verb = TextPart()
  var call = TextPart()
  var value = TextPart()
  /// RECV or SEND.
  var data = TextPart()

  /// Reads a message that begins with its id.
  ///
  /// - Parameter free: called for each word that belongs to no field.
  @inline(__always)
  init(_ text: RawSpan, free: (TextPart) -> Void = { _ in }) {
    var words = WordCursor()
    guard let id = words.next(text) else { return }
    self.id = id
    guard let marker = words.next(text), text.word(marker, is: "TTLS") else { return }
    var word = words.next(text)
    kind = .error
    if let named = word.flatMap({ Self.kind(text, $0) }) {
      kind = named
      word = words.next(text)
    }
    if kind == .data {
      readData(text, word, &words)
    } else {
      readFields(text, word, &words, free)
    }
  }

  /// The kind that a word names. Seen in the wild: "EZD1287I TTLS 403 No certificate …", typed without
  /// its middle.
  private static func kind(_ text: RawSpan, _ word: TextPart) -> ATTLSMessage.Kind? {
    if text.word(word, is: "Map") { return .map }
    if text.word(word, is: "Start") { return .start }
    if text.word(word, is: "Event") { return .event }
    if text.word(word, is: "Flow") { return .flow }
    if text.word(word, is: "Data") { return .data }
    return text.word(word, is: "Error") ? .error : nil
  }

  @inline(__always)
  private mutating func readFields(
    _ text: RawSpan, _ first: TextPart?, _ words: inout WordCursor, _ free: (TextPart) -> Void
  ) {
    var word = first
    var beginning = EventBeginning()
    if kind != .flow, let code = word, FieldKey(text, code) == nil,
      let number = text.decimal(code)
    {
      returnCode = number
      word = words.next(text)
    }
    while let current = word {
      guard let key = FieldKey(text, current) else {
        if kind == .flow { return readCall(text, current, &words) }
        beginning.add(current)
        noteFree(text, current)
        free(current)
        word = words.next(text)
        continue
      }
      var value = current.dropping(key.text.utf8CodeUnitCount)
      word = words.next(text)
      if value.isEmpty, let next = word, FieldKey(text, next) == nil {
        value = next
        word = words.next(text)
      }
      if !value.isEmpty { assign(key, text, value, &word, &words) }
    }
    event = beginning.event(text)
  }

  private mutating func assign(
    _ key: FieldKey, _ text: RawSpan, _ value: TextPart, _ word: inout TextPart?,
    _ words: inout WordCursor
  ) {
    switch key {
    case .group: break
    case .environment: environmentID = text.hexadecimal(value)
    case .connection: connectionID = text.hexadecimal(value)
    case .local: local = value
    case .remote: remote = value
    case .job: job = value
    case .user: user = value
    case .rule: rule = value
    case .type: direction = value
    case .returnCode: returnCode = text.decimal(value)
    case .status:
      status = value
      statusRest = TextPart()
      // Two of the three values have two words.
      if let next = word,
        text.word(value, is: "Not") && text.word(next, is: "Enabled")
          || text.word(value, is: "Appl") && text.word(next, is: "Control")
      {
        statusRest = next
        word = words.next(text)
      }
    case .actions:
      actions[0] = value
      actionCount = 1
      while actionCount < 3, let next = word, FieldKey(text, next) == nil {
        actions[actionCount] = next
        actionCount += 1
        word = words.next(text)
      }
    }
  }

  /// Handles, protocol, cipher suite and role stand behind the event.
  private mutating func noteFree(_ text: RawSpan, _ word: TextPart) {
    if !protocolName.isEmpty, cipher.isEmpty {
      cipher = word
    } else if protocolName.isEmpty,
      text.word(word, startsWith: "TLSV") || text.word(word, startsWith: "SSLV")
    {
      protocolName = word
    }
    if role.isEmpty, text.word(word, startsWith: "HS-") { role = word }
  }

  // MARK: Flow and data

  private mutating func readCall(
    _ text: RawSpan, _ first: TextPart, _ words: inout WordCursor
  ) {
    var word: TextPart? = first
    if text.word(first, is: "Call") || text.word(first, is: "Get") || text.word(first, is: "Set") {
      verb = first
      word = words.next(text)
    }
    guard let name = word else { return }
    call = name
    word = words.next(text)
    if let dash = word, text.isDash(dash) { word = words.next(text) }
    if let start = word?.start { value = TextPart(Int(start), text.byteCount) }
  }

  /// The name of what is called, without the number behind it.
  func callName(_ text: RawSpan) -> TextPart {
    for at in call.range where text.u8(at) == UInt8(ascii: "(") {
      return TextPart(Int(call.start), at)
    }
    return call
  }

  /// Whether the value is a password.
  func isPassword(_ text: RawSpan) -> Bool {
    guard !value.isEmpty else { return false }
    let name = callName(text)
    return name.count >= 3 && text.has("_PW", at: Int(name.end) - 3)
  }

  private mutating func readData(
    _ text: RawSpan, _ first: TextPart?, _ words: inout WordCursor
  ) {
    var word = first
    if let named = word, FieldKey(text, named) == .connection {
      var value = named.dropping(FieldKey.connection.text.utf8CodeUnitCount)
      word = words.next(text)
      if value.isEmpty, let next = word {
        value = next
        word = words.next(text)
      }
      connectionID = text.hexadecimal(value)
    }
    guard let way = word, text.word(way, is: "RECV") || text.word(way, is: "SEND") else { return }
    data = way
  }

  /// The bytes behind RECV or SEND; the digits may follow the word in front of them without a blank,
  /// and go on in wrapped lines.
  func dataLine(_ text: RawSpan) -> ATTLSMessage.DataLine {
    var line = ATTLSMessage.DataLine(
      isReceived: text.word(data, is: "RECV"), form: "", bytes: [], isComplete: true)
    var words = WordCursor(offset: Int(data.end))
    line.bytes.reserveCapacity((text.byteCount - words.offset) / 2)
    var isFirst = true
    var high: UInt8?
    while var word = words.next(text) {
      if isFirst {
        if text.word(word, startsWith: "CIPHER") {
          line.form = "CIPHER"
        } else if text.word(word, startsWith: "CLEAR") {
          line.form = "CLEAR"
        }
        word = word.dropping(line.form.utf8.count)
        isFirst = false
      }
      for at in word.range {
        guard let digit = Hex.value(text.u8(at)) else {
          line.isComplete = false
          return line
        }
        if let first = high {
          line.bytes.append(first << 4 | digit)
          high = nil
        } else {
          high = digit
        }
      }
    }
    if high != nil { line.isComplete = false }
    return line
  }
}

/// Takes the text of one message apart.
enum MessageParser {
  /// Reads a message; nil when the text holds no message id.
  static func parse(_ bytes: [UInt8], origin: LogOrigin) -> ATTLSMessage? {
    guard let first = unsafe idOffset(bytes.span.bytes) else { return nil }
    var text = first == 0 ? bytes : Array(bytes[first...])
    var fields = unsafe MessageFields(text.span.bytes)
    if fields.kind == .flow, unsafe fields.isPassword(text.span.bytes) {
      text.removeSubrange(Int(fields.value.start)...)
      text.append(contentsOf: "(not shown)".utf8)
      fields.value = TextPart(Int(fields.value.start), text.count)
    }
    return ATTLSMessage(origin: origin, bytes: text, fields: fields)
  }

  /// Where the message id stands.
  private static func idOffset(_ text: RawSpan) -> Int? {
    var words = WordCursor()
    while let word = words.next(text) {
      if isMessageID(text, word) { return Int(word.start) }
    }
    return nil
  }

  /// Whether a word is a message id.
  static func isMessageID(_ word: [UInt8]) -> Bool {
    unsafe isMessageID(word.span.bytes, TextPart(0, word.count))
  }

  /// Three or more letters, digits, and one letter for the severity: EZD1287I.
  static func isMessageID(_ text: RawSpan, _ word: TextPart) -> Bool {
    if text.has("$HASP", at: Int(word.start)) { return word.count >= 8 }
    guard (7...10).contains(word.count) else { return false }
    var at = Int(word.start)
    let end = Int(word.end)
    while at < end, (0x41...0x5A).contains(text.u8(at)) { at += 1 }
    let letters = at - Int(word.start)
    while at < end, (0x30...0x39).contains(text.u8(at)) { at += 1 }
    let digits = at - Int(word.start) - letters
    guard letters >= 3, digits >= 3, at == end - 1 else { return false }
    switch text.u8(at) {
    case 0x49, 0x45, 0x57, 0x41, 0x44, 0x53: return true  // I E W A D S
    default: return false
    }
  }

  /// Whether a word behind an event is a handle, protocol, suite or role.
  static func isValue(_ text: RawSpan, _ word: TextPart) -> Bool {
    if text.word(word, startsWith: "HS-") || text.word(word, startsWith: "TLSV")
      || text.word(word, startsWith: "SSLV") || text.word(word, is: "**N/A**")
    {
      return true
    }
    return word.count >= 4 && text.isHexadecimal(word)
  }
}
