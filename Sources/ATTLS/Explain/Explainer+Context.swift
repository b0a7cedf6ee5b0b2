internal import TraceBytes

/// Codes as they stand in sentences: what is in front of them tells what they are.
extension Explainer {
  /// A text's words and numbers; what separates them is not kept.
  struct Words {
    let all: [Substring]

    init(_ text: some StringProtocol) {
      all = Substring(text).split { " \t\n,;:=()[]{}\"".contains($0) }
    }

    /// The word, in capital letters.
    func upper(_ place: Int) -> String {
      all.indices.contains(place) ? all[place].uppercased() : ""
    }
  }

  /// A return code, errno or errno2 that a text names as such: `RC: 6`, `RC=435`, `errno=1121`,
  /// `DFHSO0123 … return code 435`; nil when it names none.
  static func named(in text: String) -> Explanation? {
    let words = Words(text)
    guard words.all.count > 1 else { return nil }
    let socket = words.upper(0).hasPrefix("IAZ") || words.upper(0).hasPrefix("EZA")
    for place in words.all.indices.dropLast() {
      let value = String(words.all[place + 1])
      switch words.upper(place) {
      case "ERRNO2", "ERRNOJR", "JR":
        if let found = errno2Code(value) { return found }
      case "ERRNO", "ERROR_NUMBER":
        if isNumber(value) { return service(value, kind: "errno") ?? unknown(kind: "errno", value) }
      case "RC", "RCODE", "RETCODE":
        if let found = code(value, isSocket: socket) { return head(found, words) }
      case "CODE" where ["RETURN", "REASON", "STATUS"].contains(words.upper(place - 1)):
        if let found = code(value, isSocket: socket) { return head(found, words) }
      default: break
      }
    }
    // CICS puts the return code last, whatever is in front of it.
    if words.upper(0).hasPrefix("DFHSO"),
      let value = words.all.last(where: { isNumber(String($0)) }), let number = Int(value)
    {
      return head(returnCode(number), words)
    }
    return nil
  }

  /// A message id in front of a code belongs to its title.
  private static func head(_ found: Explanation, _ words: Words) -> Explanation {
    let bytes = Array(words.all[0].utf8)
    guard MessageParser.isMessageID(bytes) || words.upper(0).hasPrefix("DFHSO")
    else { return found }
    var found = found
    found.title = "\(words.upper(0))  \(found.title)"
    return found
  }

  /// A return code in decimal, or in hexadecimal where letters or a mark say so.
  private static func code(_ text: String, isSocket: Bool) -> Explanation? {
    if let number = Int(text) {
      if isSocket || Knowledge.returnCode(number) == nil,
        let errno = service(text, kind: "errno")
      {
        return errno
      }
      return Knowledge.returnCode(number).map { explanation($0, code: text) }
        ?? unknownReturnCode(number)
    }
    guard let digits = hexadecimal(text), let bits = UInt32(digits, radix: 16) else { return nil }
    let number = Int(Int32(bitPattern: bits))
    var found = returnCode(number)
    found.title = "\(text) in hexadecimal is " + found.title
    return found
  }

  /// The digits of `X'1B3'`, `0x1B3`, or of a word that holds nothing but hexadecimal digits.
  static func hexadecimal(_ text: String) -> String? {
    var digits = Substring(text)
    if digits.lowercased().hasPrefix("x'") {
      digits = digits.dropFirst(2)
      guard digits.last == "'" else { return nil }
      digits = digits.dropLast()
    } else if digits.lowercased().hasPrefix("0x") {
      digits = digits.dropFirst(2)
    }
    let isHex =
      !digits.isEmpty && digits.utf8.count <= 8 && digits.utf8.allSatisfy { Hex.value($0) != nil }
    return isHex ? String(digits) : nil
  }

  /// An errno2, known or not.
  private static func errno2Code(_ text: String) -> Explanation? {
    guard let digits = hexadecimal(text), digits.utf8.count >= 4 else { return nil }
    return errno2(digits) ?? unknown(kind: "errno2", text.uppercased())
  }

  private static func isNumber(_ text: String) -> Bool {
    !text.isEmpty && text.utf8.allSatisfy { (0x30...0x39).contains($0) }
  }

  /// `GSK_KEYRING_FILE(201)`: a name with its number.
  static func numbered(_ word: String) -> Explanation? {
    guard let open = word.firstIndex(of: "("), word.last == ")" else { return nil }
    let name = String(word[..<open])
    let number = Int(word[word.index(after: open)...].dropLast())
    guard name.uppercased().hasPrefix("GSK_") else { return nil }
    guard var found = gsk(name) else {
      return number.flatMap { Knowledge.gsk($0) } == nil ? unknown(kind: "gsk", word) : nil
    }
    if let number, let known = Knowledge.gsk(named: name)?.number, known != number {
      found.meaning += " The number in parentheses is \(known) elsewhere, not \(number)."
    }
    return found
  }

  /// The return code whose official text this is, or that stands in this text.
  static func official(_ text: String) -> Explanation? {
    let text = Knowledge.plain(text)
    let found = Knowledge.officialTexts.filter { entry in
      text == entry.text || (text.contains(entry.text) && entry.text.contains(" "))
    }.max { $0.text.utf8.count < $1.text.utf8.count }
    // Two words are too little to be known by inside a sentence.
    guard let found, text == found.text || found.text.split(separator: " ").count > 2 else {
      return nil
    }
    return Knowledge.returnCode(found.code).map { explanation($0, code: String(found.code)) }
  }
}

extension Knowledge {
  /// System SSL's own short texts, as messages of other programs show them.
  static let officialTexts: [(code: Int, text: String)] =
    KnowledgeTable(PackageResources.official_texts_tsv).rows.compactMap { row in
      Int(row["code"]).map { ($0, plain(row["text"])) }
    }

  /// A text in small letters, one blank between its words and no punctuation.
  static func plain(_ text: String) -> String {
    text.lowercased().split { !$0.isLetter && !$0.isNumber && $0 != "-" }.joined(separator: " ")
  }
}
