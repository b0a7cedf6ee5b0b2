internal import TraceBytes

/// Explains codes, names and messages.
public enum Explainer {
  /// The kinds that a code can be looked up in by name.
  public static let kinds = [
    "rc", "cipher", "alert", "gsk", "trace", "flag", "drop", "message", "group", "handshake",
    "record", "signature", "extension", "version", "errno", "errno2", "ticket",
  ]

  private static let otherNames = [
    "flags": "flag", "pth": "flag", "discard": "drop", "suite": "cipher", "ciphersuite": "cipher",
    "attribute": "gsk", "level": "trace", "curve": "group",
  ]

  /// The kind that a word names, in the words people have for it too; nil when it names none.
  public static func kind(_ word: String) -> String? {
    let word = word.lowercased()
    return kinds.contains(word) ? word : otherNames[word]
  }

  /// Explains a code of a named kind.
  public static func explain(kind: String, code: String) -> Explanation {
    let code = printable(code)
    let found: Explanation?
    switch Self.kind(kind) ?? kind {
    case "rc": found = returnCode(code)
    case "cipher": found = cipher(code)
    case "alert": found = alert(code)
    case "gsk": found = gsk(code)
    case "trace": found = trace(code)
    case "flag": found = flag(code)
    case "drop": found = drop(code)
    case "message": found = message(id: code)
    case "errno", "errno2", "ticket": found = service(code, kind: kind)
    default: found = Knowledge.NumberSet(rawValue: kind).flatMap { number($0, code) }
    }
    return found ?? unknown(kind: kind, code)
  }

  /// Explains a word of which the kind is not said: the likeliest reading first.
  public static func explain(word: String) -> [Explanation] {
    let word = printable(word)
    if let numbered = numbered(word) { return [numbered] }
    if word.contains("="), let code = named(in: word) { return [code] }
    if word.uppercased().hasPrefix("RC"), let number = Int(word.dropFirst(2)) {
      return [explain(kind: "rc", code: String(number))]
    }
    var found = readings(of: word)
    guard !found.isEmpty else { return [unknownWord(word)] }
    found[0].also += found.dropFirst().map { $0.isKnown ? "\($0.title): \($0.meaning)" : $0.title }
    if !found[0].isKnown, found[0].kind != "rc", let number = Int(word) {
      let other = unknownReturnCode(number)
      found[0].also.append("\(other.title): \(other.meaning)")
    }
    return [found[0]]
  }

  /// Every known reading of a word, the likeliest first.
  static func readings(of word: String) -> [Explanation] {
    var found: [Explanation?] = []
    if let number = Int(word) {
      let isCipherShape = word.utf8.count == 4 && (word.hasPrefix("0") || word.hasPrefix("13"))
      if isCipherShape { found.append(cipher(word)) }
      if !word.hasPrefix("00") { found.append(knownReturnCode(number)) }
      if !isCipherShape { found.append(cipher(word)) }
      if !word.hasPrefix("0"), (0...255).contains(number) { found.append(alert(word)) }
      if Knowledge.gsk(number) != nil { found.append(gsk(word)) }
      if isCipherShape { found.append(policyGroup(word)) }
      if number > 4095 { found.append(drop(word)) }
      // Numbers below that are rather alerts and old return codes.
      if number > 99 { found.append(service(word, kind: "errno")) }
    } else if let digits = afterHexMark(word) {
      found.append(hexReturnCode(digits))
      found.append(cipher(digits))
      if digits.utf8.count > 3 { found.append(drop(word)) }
      if digits.utf8.count < 3 { found.append(flag(word)) }
    } else {
      found.append(named(word))
      if word.utf8.count <= 4 { found.append(cipher(word)) }
      found.append(hexReturnCode(word))
      found.append(errno2(word))
    }
    var seen = Set<String>()
    return found.compactMap { $0 }.filter { seen.insert($0.title).inserted }
  }

  /// The digits behind `0x`; nil when the word does not begin with it.
  private static func afterHexMark(_ word: String) -> String? {
    let lower = word.lowercased()
    return lower.hasPrefix("0x") || lower.hasPrefix("x'") ? hexadecimal(word) : nil
  }

  // MARK: Return codes

  private static func returnCode(_ text: String) -> Explanation? {
    if let number = Int(text) { return returnCode(number) }
    if let digits = hexadecimal(text) { return hexReturnCode(digits) }
    return Knowledge.returnCode(named: text).map { explanation($0, code: text.uppercased()) }
  }

  static func returnCode(_ number: Int) -> Explanation {
    knownReturnCode(number) ?? unknownReturnCode(number)
  }

  private static func knownReturnCode(_ number: Int) -> Explanation? {
    Knowledge.returnCode(number).map { explanation($0, code: String(number)) }
  }

  /// Codes printed in hexadecimal, as TN3270 does: 19C, FFFFFFEA.
  private static func hexReturnCode(_ word: String) -> Explanation? {
    guard let bits = UInt32(word, radix: 16), bits != 0 else { return nil }
    let number = Int(Int32(bitPattern: bits))
    guard number < 1000 || (5000...5999).contains(number), var found = knownReturnCode(number)
    else {
      return nil
    }
    found.title = "\(word.uppercased()) in hexadecimal is " + found.title
    return found
  }

  static func explanation(_ entry: ReturnCode, code: String) -> Explanation {
    var title = "RC \(code)"
    if let name = entry.name, name != code { title += "  \(name)" }
    if let number = Int(code) { title += "  (\(ReturnCode.family(of: number).name))" }
    return Explanation(
      kind: "rc", code: code, title: title, meaning: entry.meaning,
      causes: entry.causes.map { fill($0, with: nil) },
      look: entry.look.map { fill($0, with: nil) },
      side: entry.side.map { sideText($0) }, provenance: entry.provenance,
      isKnown: !entry.isRangeOnly)
  }

  static func unknownReturnCode(_ number: Int) -> Explanation {
    let family = ReturnCode.family(of: number)
    return Explanation(
      kind: "rc", code: String(number), title: "RC \(number)  (\(family.name))",
      meaning: "This code is not in the table. Its range: \(family.name).",
      look: ["Look it up in \(family.place)."], isKnown: false)
  }

  static func sideText(_ side: ReturnCode.Side) -> String {
    switch side {
    case .local: "on z/OS: policy, key ring or permissions of this side"
    case .partner: "at the partner, or caused by what the partner sent"
    case .either: "on either side; the alerts in the trace tell which"
    }
  }

  /// Puts a message's values into the places that a sentence leaves for them.
  static func fill(_ text: String, with message: ATTLSMessage?) -> String {
    guard text.contains("{") else { return text }
    let values = [
      ("{user}", message?.user, "the application's user"),
      ("{rule}", message?.rule, "the rule"),
      ("{remote}", message?.remote?.description, "the partner"),
      ("{time}", message?.origin.time?.description, "that time"),
    ]
    var text = text
    if message?.user == nil {
      text = text.replacing("ID({user})", with: "ID(user)").replacing(" ({user})", with: "")
        .replacing("user {user}", with: "the application's user")
    }
    if message?.rule == nil {
      text = text.replacing("rule {rule}", with: "the rule").replacing(
        "Rule {rule}", with: "The rule")
    }
    for (place, value, otherwise) in values {
      text = text.replacing(place, with: value ?? otherwise)
    }
    return text
  }

  // MARK: Cipher suites, alerts, numbers

  private static func cipher(_ text: String) -> Explanation? {
    let isCode = text.utf8.count <= 4 && text.utf8.allSatisfy { Hex.value($0) != nil }
    let suite =
      Knowledge.cipherSuite(named: text)
      ?? (isCode && text.utf8.count == 4 || text.hasPrefix("V2-")
        ? Knowledge.cipherSuite(text) : nil)
      ?? (isCode && text.utf8.count == 2 ? Knowledge.cipherSuite(text) : nil)
    guard let suite else { return nil }
    var facts: [Explanation.Fact] = []
    if !suite.versions.isEmpty { facts.append(.init("versions", suite.versions)) }
    if !suite.keyExchange.isEmpty { facts.append(.init("key exchange", suite.keyExchange)) }
    if !suite.authentication.isEmpty { facts.append(.init("server key", suite.authentication)) }
    if !suite.encryption.isEmpty { facts.append(.init("encryption", suite.encryption)) }
    var meaning = suite.note
    if let secrecy = suite.forwardSecrecy {
      let text =
        secrecy
        ? "Forward secret: recorded traffic stays safe when the private key leaks."
        : "No forward secrecy: whoever gets the private key can read recorded traffic."
      meaning = meaning.isEmpty ? text : "\(meaning). \(text)"
    }
    return Explanation(
      kind: "cipher", code: suite.code, title: "Cipher suite \(suite.code)  \(suite.name)",
      facts: facts, meaning: meaning.isEmpty ? "A cipher suite." : meaning,
      provenance: suite.provenance)
  }

  private static func alert(_ text: String) -> Explanation? {
    let entry = UInt8(text).flatMap { Knowledge.alert($0) } ?? Knowledge.alert(named: text)
    return entry.map { entry in
      Explanation(
        kind: "alert", code: String(entry.code), title: "TLS alert \(entry.code)  \(entry.name)",
        meaning: entry.meaning, look: [entry.look],
        side: "at the side that sent the alert: RECV in EZD1285I means the partner",
        provenance: entry.provenance)
    }
  }

  private static func number(_ set: Knowledge.NumberSet, _ text: String) -> Explanation? {
    if set == .group, let group = policyGroup(text) { return group }
    let entry =
      UInt16(text, radix: 16).flatMap { Knowledge.number(set, $0) }
      ?? Knowledge.numbers.first { $0.set == set && $0.name.lowercased() == text.lowercased() }
    return entry.map { explanation($0) }
  }

  private static func explanation(_ entry: Knowledge.Number) -> Explanation {
    Explanation(
      kind: entry.set.rawValue, code: Knowledge.hex4(entry.code),
      title: "TLS \(entry.set.rawValue) \(Knowledge.hex4(entry.code))  \(entry.name)",
      meaning: entry.note.isEmpty ? "A number of the TLS handshake." : entry.note,
      provenance: entry.provenance)
  }

  /// AT-TLS writes groups as four decimal digits: 0023 is secp256r1.
  private static func policyGroup(_ text: String) -> Explanation? {
    guard text.utf8.count == 4, text.hasPrefix("0"), let number = UInt16(text),
      let entry = Knowledge.number(.group, number), entry.note.hasPrefix("AT-TLS policy")
    else { return nil }
    var found = explanation(entry)
    found.title = "Group \(text) in AT-TLS policy  \(entry.name)"
    found.code = text
    found.meaning = "An elliptic curve group; on the wire it is \(Knowledge.hex4(entry.code))."
    return found
  }

  // MARK: Trace

  private static func trace(_ text: String) -> Explanation? {
    guard let value = Int(text), (0...255).contains(value) else { return nil }
    var facts = Knowledge.traceLevels(in: value).map { level in
      Explanation.Fact(
        "\(level.bit) \(level.name)",
        level.name.isEmpty
          ? level.meaning : "\(level.meaning) To: \(level.target). Messages: \(level.messages).")
    }
    if value == 0 { facts = [.init("0", "Nothing is traced.")] }
    var look: [String] = []
    if value & 1 != 0 { look.append("Odd: failures go to the job log as well.") }
    if value > 7 {
      look.append(
        "Above 7 the trace is long, and syslogd may drop records; use it for one rule only.")
    }
    if value > 0, value & 6 == 0 { look.append("6 or 7 are the usual working values.") }
    return Explanation(
      kind: "trace", code: text, title: "Trace \(value)", facts: facts,
      meaning: "The value is the sum of the levels above. TTLSConnectionAction wins over "
        + "TTLSEnvironmentAction, which wins over TTLSGroupAction.", look: look,
      provenance: Provenance(confidence: .certain, source: "seen in practice; AT-TLS manual"))
  }

  private static func flag(_ text: String) -> Explanation? {
    let named = Knowledge.traceFlags.first { $0.name.lowercased() == text.lowercased() }
    let digits = afterHexMark(text) ?? text
    guard let value = named?.mask ?? Int(digits, radix: 16), (0...255).contains(value) else {
      return nil
    }
    let hex = Knowledge.hex4(UInt16(value)).suffix(2)
    let facts = Knowledge.traceFlags(in: value).map { flag in
      Explanation.Fact(
        "\(Knowledge.hex4(UInt16(flag.mask)).suffix(2)) \(flag.name)", flag.meaning)
    }
    let way = value & 1 == 0 ? "Bit 01 is off: inbound." : "Bit 01 is on: outbound."
    return Explanation(
      kind: "flag", code: text, title: "Record flags \(hex) (PTH_Flag)", facts: facts,
      meaning: "The flag byte of a packet or data trace record. \(way)",
      provenance: Provenance(confidence: .certain, source: "read from compiled IBM code"))
  }

  private static func drop(_ text: String) -> Explanation? {
    let digits = afterHexMark(text)
    let number = digits.map { Int($0, radix: 16) } ?? (Int(text) ?? Int(text, radix: 16))
    guard let number, let entry = Knowledge.discardReason(number) else { return nil }
    let hex = Knowledge.hex4(UInt16(truncatingIfNeeded: number))
    return Explanation(
      kind: "drop", code: text,
      title: "Discard reason \(number) (X'\(hex)')" + (entry.name.isEmpty ? "" : "  \(entry.name)"),
      facts: entry.layer.isEmpty ? [] : [.init("layer", entry.layer)], meaning: entry.meaning,
      look: [entry.look], provenance: entry.provenance,
      isKnown: !entry.name.isEmpty || entry.codes.count == 1)
  }
}
