/// Takes the text of one message apart.
///
/// The order of fields differs by kind and release, and lines of a message get lost, so every field
/// is found by its name and none must be there.
enum MessageParser {
  /// Events by their words, the most frequent first.
  private static let events: [(name: String, words: [StaticString])] = [
    ["Initial", "Handshake"], ["Connection", "Close"], ["Connection", "Init"],
    ["Connection", "Abend", "Close"], ["Connection", "Stop"], ["Connection", "Reset"],
    ["Data", "Decryption"], ["Data", "Encryption"], ["Environment", "Master", "Create"],
    ["Environment", "Master", "Close"], ["Environment", "Create"], ["Environment", "Close"],
    ["Environment", "Init"], ["Environment", "Link"], ["Secondary", "Handshake"],
    ["Policy", "Mapping"], ["Reset", "Session"], ["Reset", "Cipher"], ["Cipher", "Reset"],
    ["Session", "Reset"],
  ].map { (words: [StaticString]) in
    (words.map { "\($0)" }.joined(separator: " "), words)
  }

  /// Every word of an event, to recognise the rest of a wrapped line.
  static let eventWords = Set(events.flatMap { $0.words.map { "\($0)" } })

  /// Reads a message; nil when the text holds no message id.
  static func parse(_ bytes: [UInt8], origin: LogOrigin) -> ATTLSMessage? {
    let text = MessageText(bytes)
    guard let first = (0..<text.count).first(where: { isMessageID(text, $0) }) else { return nil }
    var message = ATTLSMessage(
      id: text[first], kind: .other, origin: origin,
      bytes: first == 0 && text.words[0].lowerBound == 0
        ? bytes : Array(bytes[text.words[first].lowerBound...]))
    var index = first + 1
    guard text.word(index, is: "TTLS") else { return message }
    index += 1
    message.kind = kind(text, &index)
    switch message.kind {
    case .data: parseData(text, index, into: &message)
    case .flow: parseFields(text, index, into: &message, stopAtCall: true)
    default: parseFields(text, index, into: &message, stopAtCall: false)
    }
    return message
  }

  /// Three or more letters, digits, and one letter for the severity: EZD1287I.
  static func isMessageID(_ text: MessageText, _ index: Int) -> Bool {
    isMessageID(text.bytes, text.words[index])
  }

  static func isMessageID(_ bytes: [UInt8], _ range: Range<Int>) -> Bool {
    if bytesStart(bytes, at: range.lowerBound, with: "$HASP") { return range.count >= 8 }
    guard (7...10).contains(range.count) else { return false }
    var index = range.lowerBound
    while index < range.upperBound, (0x41...0x5A).contains(bytes[index]) { index += 1 }
    let letters = index - range.lowerBound
    while index < range.upperBound, (0x30...0x39).contains(bytes[index]) { index += 1 }
    let digits = index - range.lowerBound - letters
    guard letters >= 3, digits >= 3, index == range.upperBound - 1 else { return false }
    return [0x49, 0x45, 0x57, 0x41, 0x44, 0x53].contains(bytes[index])  // I E W A D S
  }

  private static func kind(_ text: MessageText, _ index: inout Int) -> ATTLSMessage.Kind {
    let kind: ATTLSMessage.Kind
    if text.word(index, is: "Map") {
      kind = .map
    } else if text.word(index, is: "Start") {
      kind = .start
    } else if text.word(index, is: "Event") {
      kind = .event
    } else if text.word(index, is: "Flow") {
      kind = .flow
    } else if text.word(index, is: "Data") {
      kind = .data
    } else if text.word(index, is: "Error") {
      kind = .error
    } else {
      // Seen in the wild: "EZD1287I TTLS 403 No certificate …", typed without its middle.
      return .error
    }
    index += 1
    return kind
  }

  // MARK: Fields

  private static func parseFields(
    _ text: MessageText, _ start: Int, into message: inout ATTLSMessage, stopAtCall: Bool
  ) {
    var index = start
    var free: [Int] = []
    if text.key(index) == nil, index < text.count, let code = Int(text[index]), !stopAtCall {
      message.returnCode = code
      index += 1
    }
    while index < text.count {
      guard let key = text.key(index) else {
        if stopAtCall {
          parseCall(text, index, into: &message)
          return
        }
        free.append(index)
        index += 1
        continue
      }
      let range = text.words[index]
      var value = range.lowerBound + key.text.utf8CodeUnitCount..<range.upperBound
      index += 1
      if value.isEmpty, index < text.count, text.key(index) == nil {
        value = text.words[index]
        index += 1
      }
      assign(key, text, value, &index, into: &message)
    }
    parseEvent(text, free, into: &message)
  }

  private static func assign(
    _ key: FieldKey, _ text: MessageText, _ value: Range<Int>, _ index: inout Int,
    into message: inout ATTLSMessage
  ) {
    guard !value.isEmpty else { return }
    let word = text.string(value)
    switch key {
    case .group: message.groupID = UInt32(word, radix: 16)
    case .environment: message.environmentID = UInt32(word, radix: 16)
    case .connection: message.connectionID = UInt32(word, radix: 16)
    case .local: message.local = ATTLSEndpoint(word)
    case .remote: message.remote = ATTLSEndpoint(word)
    case .job: message.job = word
    case .user: message.user = word
    case .rule: message.rule = word
    case .type: message.direction = word
    case .returnCode: message.returnCode = Int(word)
    case .status:
      // Two of the three values have two words.
      if word == "Not" && text.word(index, is: "Enabled")
        || word == "Appl" && text.word(index, is: "Control")
      {
        message.status = word + " " + text[index]
        index += 1
      } else {
        message.status = word
      }
    case .actions:
      message.actions = [word]
      while message.actions.count < 3, index < text.count, text.key(index) == nil {
        message.actions.append(text[index])
        index += 1
      }
    }
  }

  private static func parseEvent(
    _ text: MessageText, _ free: [Int], into message: inout ATTLSMessage
  ) {
    guard !free.isEmpty else { return }
    let words = free.map { text[$0] }
    var used = 0
    if let known = events.first(where: { isEvent($0.words, text, free) }) {
      message.event = known.name
      used = known.words.count
    } else {
      // An event nobody has seen: its words end where values begin.
      used = words.firstIndex { isValue($0) } ?? words.count
      if used > 0 { message.event = words[..<used].joined(separator: " ") }
    }
    message.words = Array(words.dropFirst(used))
  }

  /// Whether the free words of a message begin with those of an event; the last may be longer.
  private static func isEvent(_ event: [StaticString], _ text: MessageText, _ free: [Int]) -> Bool {
    guard event.count <= free.count else { return false }
    for (place, word) in event.enumerated() {
      let fits =
        place == event.count - 1
        ? text.word(free[place], startsWith: word) : text.word(free[place], is: word)
      if !fits { return false }
    }
    return true
  }

  /// Whether a word behind an event is a handle, protocol, suite or role.
  static func isValue(_ word: String) -> Bool {
    if word.hasPrefix("HS-") || word.hasPrefix("TLSV") || word.hasPrefix("SSLV") { return true }
    if word == "**N/A**" { return true }
    return word.utf8.count >= 4 && word.utf8.allSatisfy { hexDigit($0) != nil }
  }

  // MARK: Flow and data

  private static func parseCall(
    _ text: MessageText, _ start: Int, into message: inout ATTLSMessage
  ) {
    var index = start
    var call = ATTLSMessage.FlowCall(verb: "", name: "", number: nil, value: nil)
    if ["Call", "Get", "Set"].contains(text[index]) {
      call.verb = text[index]
      index += 1
    }
    guard index < text.count else {
      message.flow = call
      return
    }
    let name = text[index]
    index += 1
    if let open = name.firstIndex(of: "(") {
      call.name = String(name[..<open])
      call.number = Int(name[name.index(after: open)...].prefix { $0 != ")" })
    } else {
      call.name = name
    }
    if text.isDash(index) { index += 1 }
    if index < text.count {
      call.value = text.string(text.words[index].lowerBound..<text.bytes.count)
      if call.name.hasSuffix("_PW") {
        call.value = "(not shown)"
        message.bytes =
          text.bytes[text.words[0].lowerBound..<text.words[index].lowerBound]
          + Array("(not shown)".utf8)
      }
    }
    message.flow = call
  }

  private static func parseData(
    _ text: MessageText, _ start: Int, into message: inout ATTLSMessage
  ) {
    var index = start
    if text.key(index) == .connection {
      var value = text.words[index].lowerBound + 7..<text.words[index].upperBound
      index += 1
      if value.isEmpty, index < text.count {
        value = text.words[index]
        index += 1
      }
      message.connectionID = UInt32(text.string(value), radix: 16)
    }
    guard index < text.count else { return }
    var data = ATTLSMessage.DataLine(
      isReceived: text.word(index, is: "RECV"), form: "", bytes: [], isComplete: true)
    guard data.isReceived || text.word(index, is: "SEND") else { return }
    index += 1
    var hex = 0
    if text.word(index, startsWith: "CIPHER") {
      data.form = "CIPHER"
      hex = 6
    } else if text.word(index, startsWith: "CLEAR") {
      data.form = "CLEAR"
      hex = 5
    }
    // The digits may follow the word without a blank, and go on in wrapped lines.
    var high: UInt8?
    digits: while index < text.count {
      let range = text.words[index]
      for offset in range.lowerBound + hex..<range.upperBound {
        guard let digit = hexDigit(text.bytes[offset]) else {
          data.isComplete = false
          break digits
        }
        if let first = high {
          data.bytes.append(first << 4 | digit)
          high = nil
        } else {
          high = digit
        }
      }
      hex = 0
      index += 1
    }
    if high != nil { data.isComplete = false }
    message.data = data
  }
}
