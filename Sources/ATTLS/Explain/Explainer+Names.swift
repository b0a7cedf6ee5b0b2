internal import TraceBytes

extension Explainer {
  // MARK: Names

  /// Explains a word by its name: GSK_…, TLS_…, a message id, an alert, a group, a service code.
  static func named(_ word: String) -> Explanation? {
    if let entry = Knowledge.returnCode(named: word) {
      let code = entry.codes.map { String($0.lowerBound) } ?? word.uppercased()
      return explanation(entry, code: code)
    }
    if let found = gsk(word) ?? message(id: word) { return found }
    if word.uppercased().hasPrefix("PTH_") {
      let flag = explain(kind: "flag", code: word)
      if flag.isKnown { return flag }
    }
    for kind in ["cipher", "alert", "group", "signature", "extension", "handshake", "record"] {
      guard kind == "cipher" || UInt32(word, radix: 16) == nil else { continue }
      guard word.utf8.count > 4 else { continue }
      let found = explain(kind: kind, code: word)
      if found.isKnown { return found }
    }
    return service(word, kind: nil)
  }

  static func gsk(_ text: String) -> Explanation? {
    let entry = Int(text).flatMap { Knowledge.gsk($0) } ?? Knowledge.gsk(named: text)
    return entry.map { entry in
      let number = entry.number.map { "\($0)" } ?? "number not known"
      return Explanation(
        kind: "gsk", code: entry.number.map { "\($0)" } ?? entry.name,
        title: "System SSL \(entry.kind) \(entry.name) (\(number))", meaning: entry.meaning,
        provenance: entry.provenance)
    }
  }

  static func message(id: String) -> Explanation? {
    if let found = runTimeMessage(id) { return found }
    return Knowledge.message(id).map { entry in
      var facts: [Explanation.Fact] = []
      if !entry.kind.isEmpty { facts.append(.init("kind", "TTLS \(entry.kind)")) }
      if !entry.traceBit.isEmpty { facts.append(.init("trace level", entry.traceBit)) }
      return Explanation(
        kind: "message", code: entry.id, title: "Message \(entry.id)", facts: facts,
        meaning: entry.meaning, look: [entry.look], provenance: entry.provenance)
    }
  }

  /// A message of the C run-time: its number is that of the errno, 5000 more, or 7000 where it has four digits.
  ///
  /// Source: z/OS Language Environment Runtime Messages: EDC5121I is EINVAL (121), EDC8128I ECONNREFUSED (1128).
  private static func runTimeMessage(_ id: String) -> Explanation? {
    let id = id.uppercased()
    let digits = id.dropFirst(3).prefix { $0.isNumber }
    guard id.hasPrefix("EDC"), digits.utf8.count == 4, digits.utf8.count + 3 >= id.utf8.count - 1,
      let number = Int(digits)
    else { return nil }
    let errno: Int
    switch number {
    case 5001...5999: errno = number - 5000
    case 8001...8999: errno = number - 7000
    default: return nil
    }
    var found = service(String(errno), kind: "errno") ?? unknown(kind: "errno", String(errno))
    found.title = "Message \(id)  \(found.title)"
    return found
  }

  // MARK: Services

  static func service(_ word: String, kind: String?) -> Explanation? {
    if kind == "errno2" || kind == nil, let found = errno2(hexadecimal(word) ?? word) {
      return found
    }
    if kind == "ticket", let found = ticket(in: word) { return found }
    let entries = Knowledge.serviceCodes(word).filter { entry in
      switch kind {
      case "errno": entry.service == "errno" || entry.service == "SIOCTTLSCTL"
      case "ticket": entry.service == "R_ticketserv"
      default: true
      }
    }
    guard let entry = entries.first else { return nil }
    var found = explanation(entry)
    found.also = entries.dropFirst().map { "\($0.service) \($0.code) \($0.name): \($0.meaning)" }
    return found
  }

  /// An errno2: its low half is the reason.
  static func errno2(_ word: String) -> Explanation? {
    guard word.utf8.count == 8 || word.utf8.count == 4, UInt32(word, radix: 16) != nil else {
      return nil
    }
    let low = word.uppercased().suffix(4)
    guard
      let entry = Knowledge.serviceCodes.first(where: { $0.service == "errno2" && $0.code == low })
    else { return nil }
    return explanation(entry)
  }

  private static func explanation(_ entry: Knowledge.ServiceCode) -> Explanation {
    Explanation(
      kind: entry.service, code: entry.code,
      title: "\(entry.service) \(entry.code)" + (entry.name.isEmpty ? "" : "  \(entry.name)"),
      meaning: entry.meaning, look: entry.look.isEmpty ? [] : [entry.look],
      provenance: entry.provenance)
  }

  /// SAF, RACF return and RACF reason code of R_ticketserv: "8 16 28", "SAF 8 RACF 16 RS 28".
  static func ticket(in text: String) -> Explanation? {
    let words = text.uppercased().split { !$0.isNumber && !$0.isLetter }
    let numbers = words.compactMap { Int($0) }
    let isNamed = words.contains { word in
      word == "SAF" || word.contains("TICKET") || word.hasPrefix("IRRSPK")
    }
    // Three numbers and nothing else are the three codes, too.
    guard isNamed ? numbers.count >= 3 : numbers.count == 3 && words.count == 3 else { return nil }
    let code = numbers.suffix(3).map { String($0) }.joined(separator: "/")
    return Knowledge.serviceCodes(code).first.map { explanation($0) }
      ?? unknown(kind: "ticket", code)
  }

  // MARK: Unknown

  static func unknown(kind: String, _ code: String) -> Explanation {
    let place: String
    var meaning = "This is not in the table."
    switch kind {
    case "cipher": place = "the cipher suite tables of the System SSL manual or the IANA registry"
    case "alert", "group", "handshake", "record", "signature", "extension", "version":
      place = "the IANA registry of TLS parameters"
    case "gsk": place = "gskssl.h on z/OS (SIEAHDR.H)"
    case "trace": place = "the TTLSGroupAction statement: Trace takes 0 to 255"
    case "drop": place = "the discard reasons in the IP Diagnosis Guide"
    case "message": place = manual(of: code)
    case "errno", "errno2": place = "z/OS UNIX Messages and Codes (bpxmtext \(code))"
    case "ticket": place = "R_ticketserv in the RACF Callable Services manual"
    default: place = "the System SSL Programming manual"
    }
    if kind == "trace" { meaning = "A trace value is a number from 0 to 255." }
    return Explanation(
      kind: kind, code: code, title: "\(kind) \(code)", meaning: meaning,
      look: ["Look at \(place)."], isKnown: false)
  }

  /// Where the messages of a component are described, by the letters they begin with.
  private static func manual(of id: String) -> String {
    switch id.uppercased().prefix(3) {
    case "EZA", "EZB", "EZD", "EZY", "EZZ", "IST", "SNM":
      "the z/OS Communications Server messages, EZA to SNM"
    case "ICH", "IRR": "the RACF messages and codes"
    case "EDC", "CEE": "the Language Environment run-time messages"
    case "BPX", "FOM", "FSU": "the z/OS UNIX messages"
    case "GSK": "the System SSL manual"
    case "DFH": "the CICS messages"
    case "DSN": "the Db2 messages"
    default: "the messages of the component whose prefix is \(id.uppercased().prefix(3))"
    }
  }

  static func unknownWord(_ word: String) -> Explanation {
    if let number = Int(word) { return unknownReturnCode(number) }
    let bytes = Array(word.utf8)
    if MessageParser.isMessageID(bytes) { return unknown(kind: "message", word) }
    if word.uppercased().hasPrefix("GSK_") { return unknown(kind: "gsk", word) }
    if bytes.count == 4, bytes.allSatisfy({ Hex.value($0) != nil }) {
      return unknown(kind: "cipher", word)
    }
    if bytes.count == 8, bytes.allSatisfy({ Hex.value($0) != nil }) {
      return unknown(kind: "errno2", word)
    }
    var found = unknown(kind: "word", word)
    found.title = word
    found.meaning = "Neither a code nor a name that is known here."
    found.look = [
      "Give a return code (435), a cipher suite (C02C), a message, or the kind and the code: "
        + kinds.joined(separator: ", ") + "."
    ]
    return found
  }
}

extension Explainer {
  /// An answer for text in which nothing is known.
  public static func unknown(text: String) -> Explanation {
    var found = unknownWord(printable(String(text.prefix(200))))
    found.isKnown = false
    return found
  }

  /// Text that is safe on a terminal.
  public static func printable(_ text: String) -> String { printableText(Array(text.utf8)[...]) }
}
