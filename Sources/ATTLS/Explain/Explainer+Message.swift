internal import TraceBytes

extension Explainer {
  /// Explains a message: its fields, its return code with the message's own values, and the side.
  public static func explain(_ message: ATTLSMessage) -> Explanation {
    let known = Knowledge.message(message.id)
    let code = message.returnCode
    var explanation: Explanation
    if let code, code != 0 {
      if let entry = Knowledge.returnCode(code) {
        explanation = Self.explanation(entry, code: String(code))
        explanation.causes = entry.causes.map { fill($0, with: message) }
        explanation.look = entry.look.map { fill($0, with: message) }
      } else {
        explanation = unknownReturnCode(code)
      }
      explanation.title = "\(message.id)  \(explanation.title)"
    } else {
      let rows = ticket(in: message.text)
      explanation = Explanation(
        kind: "message", code: message.id, title: "Message \(message.id)",
        meaning: known?.meaning ?? "This message is not in the table.",
        look: known.map { [$0.look] } ?? ["Look at the z/OS messages manuals."],
        provenance: known?.provenance, isKnown: known != nil)
      if let rows { explanation = rows }
    }
    explanation.facts = facts(message)
    explanation.side = side(message) ?? explanation.side
    if let flow = message.flow, let name = Knowledge.gsk(named: flow.name) {
      let sure = name.provenance.confidence == .certain ? "" : " (\(name.provenance.confidence))"
      explanation.facts.append(.init("call", "\(flow.name): \(name.meaning)\(sure)"))
    }
    return explanation
  }

  private static func facts(_ message: ATTLSMessage) -> [Explanation.Fact] {
    var facts: [Explanation.Fact] = []
    func add(_ label: String, _ value: String?) {
      if let value, !value.isEmpty { facts.append(.init(label, value)) }
    }
    add("event", message.event)
    add("rule", message.rule)
    add("job", message.job)
    add("user", message.user)
    add("local", message.local?.description)
    add("remote", message.remote?.description)
    add("direction", message.direction)
    if let status = message.status {
      let note = Knowledge.serviceCodes(status).first?.meaning
      add("status", note.map { "\(status): \($0)" } ?? status)
    }
    add("actions", message.actions.joined(separator: " "))
    add("connid", message.connectionID.map { hex8($0) })
    add("time", message.origin.time?.description)
    if let name = message.protocolName { add("protocol", ATTLSConnection.protocolText(name)) }
    if let cipher = message.cipher {
      let name = Knowledge.cipherSuite(cipher)?.name
      add("cipher", name.map { "\(cipher) \($0)" } ?? cipher)
    }
    if let data = message.data {
      let way = data.isReceived ? "received" : "sent"
      add("bytes", "\(way) \(TLSRecordText.describe(data.bytes))")
    }
    return facts
  }

  static func hex8(_ number: UInt32) -> String {
    Hex.text(number, digits: 8)
  }

  /// On which side it happened, as far as the message itself tells.
  private static func side(_ message: ATTLSMessage) -> String? {
    guard message.isFailure, let code = message.returnCode else { return nil }
    var parts: [String] = []
    if let side = Knowledge.returnCode(code)?.side { parts.append(sideText(side)) }
    if let role = role(message) { parts.append(role) }
    switch message.event {
    case "Environment Init"?, "Environment Create"?, "Environment Master Create"?:
      parts.append("before any connection: the environment itself did not start")
    case "Data Decryption"?: parts.append("while reading what the partner sent")
    case "Policy Mapping"?: parts.append("while looking for the rule")
    default: break
    }
    return parts.isEmpty ? nil : parts.joined(separator: "; ")
  }

  /// Whether z/OS was client or server: said by the message, or guessed from the ports.
  private static func role(_ message: ATTLSMessage) -> String? {
    if let role = message.role { return Knowledge.serviceCodes(role).first?.meaning }
    switch message.direction {
    case "InBound"?: return "the partner connected to z/OS"
    case "OutBound"?: return "z/OS connected to the partner"
    default: break
    }
    // z/OS hands out ports from 1024 up, others from 32768 up, so most pairs say nothing.
    guard let local = message.local?.port, let remote = message.remote?.port else { return nil }
    if local != 0, local < 1024, remote >= 1024 {
      return "z/OS is likely the server (port \(local))"
    }
    if local >= 1024, local < 32_768, remote >= 32_768 {
      return "z/OS is likely the server (port \(local))"
    }
    if remote != 0, remote < 1024, local >= 1024 {
      return "z/OS is likely the client (the partner's port is \(remote))"
    }
    return nil
  }

  /// Explains text of any kind: a message, a sentence with a message id, or a code.
  public static func explain(text: String) -> [Explanation] {
    var reader = ATTLSLogReader()
    var messages: [ATTLSMessage] = []
    let bytes = Array(text.utf8)
    unsafe reader.read(bytes.span.bytes, atEnd: true) { messages.append($0) }
    if !messages.isEmpty { return messages.prefix(1000).map { explain($0) } }
    if let ticket = ticket(in: text) { return [ticket] }
    if let code = named(in: text) { return [code] }
    let words = text.split { $0 == " " || $0 == "\n" || $0 == "\t" || $0 == "," }
    if words.count == 1 { return explain(word: String(words[0])) }
    if words.count == 2, let kind = kind(String(words[0])) {
      return [explain(kind: kind, code: String(words[1]))]
    }
    if let known = official(text) { return [known] }
    var found: [Explanation] = []
    for word in words.prefix(64) {
      let word = String(word.trimmingSuffix { ".:;".contains($0) })
      if let id = message(id: word) ?? numbered(word) {
        found.append(id)
      } else if isName(word), let name = named(word) {
        found.append(name)
      }
    }
    return found
  }

  /// Explains words of a command line as one sentence, when together they name one thing: a triple of
  /// return codes, `RC: 6`, an official text; nil when each stands for itself.
  public static func explain(sentence words: [String]) -> [Explanation]? {
    let text = words.joined(separator: " ")
    if let ticket = ticket(in: text) { return [ticket] }
    if let code = named(in: text) { return [code] }
    if let known = official(text) { return [known] }
    // A sentence whose words are no codes is explained, or not, as a whole.
    let isSentence =
      words.count > 2
      && words.allSatisfy { word in
        word.utf8.allSatisfy { $0 < 0x30 || $0 > 0x39 } && !word.contains("_")
      }
    guard isSentence else { return nil }
    let found = explain(text: text)
    return found.isEmpty ? [unknown(text: text)] : found
  }

  /// Whether a word of a sentence is a name rather than a word of the language.
  private static func isName(_ word: String) -> Bool {
    word.utf8.count > 4
      && (word.contains("_") || word.hasPrefix("JR") || word.hasPrefix("Jr")
        || word.utf8.allSatisfy { Hex.value($0) != nil } && word.utf8.contains { $0 < 0x3A }
        || word.utf8.count > 3 && word.first == "E" && word == word.uppercased())
  }
}
