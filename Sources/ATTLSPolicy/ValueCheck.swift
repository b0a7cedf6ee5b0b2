/// A value as it was written, and what it means.
struct CheckedValue {
  /// Canonical words: a choice in the table's spelling, a code list as single codes.
  var values: [String]
  /// What is wrong with it and what to write instead, nil when it is legal.
  var problem: (message: String, remedy: String)?
}

/// Checks values against the vocabulary; an illegal value is kept as it was written.
enum ValueCheck {
  static let nameLimit = 32

  /// `text` is everything after the keyword, without comment.
  static func check(_ entry: KeywordEntry, _ text: String) -> CheckedValue {
    let words = text.split(whereSeparator: { $0 == " " || $0 == "\t" }).map(String.init)
    guard let first = words.first else {
      return bad(entry, [], "needs a value", "write \(entry.name) \(example(entry.shape))")
    }
    switch entry.shape {
    case .choice(let choices):
      if let match = choices.first(where: { $0.lowercased() == first.lowercased() }) {
        return CheckedValue(values: [match])
      }
      let near = nearest(to: first, in: choices).map { "write \($0)" }
      let all = "one of \(choices.joined(separator: ", "))"
      return bad(
        entry, [first], "has no value \(quoted(first))",
        near.map { "\($0) (\(all))" } ?? "write \(all)")
    case .number(let range):
      if first.utf8.count <= 10, isDigits(first), let n = UInt64(first), range.contains(n) {
        return CheckedValue(values: [String(n)])
      }
      return bad(
        entry, [first], "takes a number, not \(quoted(first))",
        "write \(range.lowerBound) to \(range.upperBound)")
    case .word: return CheckedValue(values: [first])
    case .label: return CheckedValue(values: [words.joined(separator: " ")])
    case .job, .user: return name(entry, first)
    case .address, .prefix: return address(entry, text: words.joined(), first: first)
    case .ports: return ports(entry, words)
    case .reference: return reference(entry, first)
    case .codes: return codes(entry, words)
    case .ciphers: return ciphers(entry, words)
    case .ciphers2: return v2Ciphers(entry, first)
    }
  }

  static func example(_ shape: ValueShape) -> String {
    switch shape {
    case .choice(let choices): choices.joined(separator: " or ")
    case .number(let range): "\(range.lowerBound) to \(range.upperBound)"
    case .word: "and its value"
    case .label: "and its text"
    case .job: "and a job name, such as CSSMTP or AZF*"
    case .user: "and a user ID"
    case .codes: "and four-digit codes, such as 00230024"
    case .ciphers: "and a cipher suite, such as TLS_AES_256_GCM_SHA384"
    case .ciphers2: "and an SSLv2 cipher code"
    case .address: "All, an address, address/bits or address-address"
    case .prefix: "address/bits"
    case .ports: "and a port or a range, such as 4000 or 4000-4010"
    case .reference(let target): "and the name of a \(target)"
    }
  }

  private static func bad(
    _ entry: KeywordEntry, _ values: [String], _ message: String, _ remedy: String
  ) -> CheckedValue {
    CheckedValue(values: values, problem: ("\(entry.name) \(message)", remedy))
  }

  private static func name(_ entry: KeywordEntry, _ word: String) -> CheckedValue {
    let star = word.firstIndex(of: "*")
    let isPattern = star.map { word.index(after: $0) == word.endIndex } ?? true
    if word.utf8.count > 8 {
      return bad(
        entry, [word], "\(quoted(word)) is longer than 8 characters", "write the name z/OS knows")
    }
    if !isPattern {
      return bad(
        entry, [word], "\(quoted(word)): * may only stand at the end",
        "write \(word.prefix { $0 != "*" })*")
    }
    return CheckedValue(values: [word])
  }

  private static func address(_ entry: KeywordEntry, text: String, first: String) -> CheckedValue {
    if entry.shape == .address, first.lowercased() == "all" { return CheckedValue(values: ["All"]) }
    if let range = AddressRange(text) ?? AddressRange(first) {
      return CheckedValue(values: [range.description])
    }
    return bad(
      entry, [first], "has no address in \(quoted(text))", "write \(example(entry.shape))")
  }

  private static func ports(_ entry: KeywordEntry, _ words: [String]) -> CheckedValue {
    // `4000`, `4000-4010`, `4000 4010`, `4000 - 4010`; text after the value is ignored.
    let candidates = [3, 2, 1].map { words.prefix($0).joined(separator: " ") }
    if let range = candidates.lazy.compactMap({ PortRange($0) }).first {
      return CheckedValue(values: [range.description])
    }
    return bad(
      entry, [words[0]], "has no port range in \(quoted(words.joined(separator: " ")))",
      "write a port from 1 to 65535, or first-last with first not above last")
  }

  private static func reference(_ entry: KeywordEntry, _ word: String) -> CheckedValue {
    if word.count > nameLimit {
      return bad(
        entry, [word], "names \(quoted(word)), \(word.count) characters",
        "names are 1 to \(nameLimit) characters")
    }
    return CheckedValue(values: [word])
  }

  private static func codes(_ entry: KeywordEntry, _ words: [String]) -> CheckedValue {
    if words[0].lowercased() == "any" { return CheckedValue(values: ["Any"]) }
    if let code = CodeNames.codesByName[words[0].uppercased()] {
      return CheckedValue(values: [code])
    }
    if let chunks = chunks(words[0], of: 4, legal: isDigits) { return CheckedValue(values: chunks) }
    return bad(
      entry, [words[0]], "takes four-digit codes in one string, not \(quoted(words[0]))",
      "write \(entry.defaults.isEmpty ? "for example 06010603" : entry.defaults.joined())")
  }

  private static func ciphers(_ entry: KeywordEntry, _ words: [String]) -> CheckedValue {
    let word = words[0]
    let upper = word.uppercased()
    if let code = CodeNames.cipherCodes[upper] { return CheckedValue(values: [code]) }
    // `C02C  TLS_…`: a code followed by its own name, as listings and reports write it.
    let isNamed = words.count > 1 && words[1].uppercased().hasPrefix("TLS_")
    let isWide = isNamed || entry.name.hasSuffix("4Char")
    let width = isWide ? 4 : 2
    if let chunks = chunks(upper, of: width, legal: isHex) {
      return CheckedValue(values: chunks.map { width == 2 ? "00" + $0 : $0 })
    }
    if upper.hasPrefix("TLS_") || upper.hasPrefix("SSL_") {
      let near = nearest(to: upper, in: CodeNames.ciphers.values)
      return bad(
        entry, [word], "names \(quoted(word)), a cipher suite not known here",
        near.map { "write \($0)" } ?? "write a TLS_ name or its code")
    }
    return bad(
      entry, [word], "has no cipher suite in \(quoted(word))",
      "write one TLS_ name a line, or \(width)-digit hexadecimal codes in one string")
  }

  private static func v2Ciphers(_ entry: KeywordEntry, _ word: String) -> CheckedValue {
    if word.allSatisfy({ "123467".contains($0) }), word.count <= 10 {
      return CheckedValue(values: word.map(String.init))
    }
    if word.uppercased().hasPrefix("TLS_") { return CheckedValue(values: [word]) }
    return bad(
      entry, [word], "takes codes from 1 2 3 4 6 7, not \(quoted(word))",
      "leave it out: SSLv2 is not safe")
  }

  private static func chunks(
    _ word: String, of size: Int, legal: (String) -> Bool
  ) -> [String]? {
    let bytes = Array(word.utf8)
    guard !bytes.isEmpty, bytes.count % size == 0, legal(word) else { return nil }
    var seen = Set<String>()
    return stride(from: 0, to: bytes.count, by: size).map {
      String(decoding: bytes[$0..<$0 + size], as: UTF8.self)
    }.filter { seen.insert($0).inserted }
  }

  private static func isDigits(_ text: String) -> Bool {
    text.utf8.allSatisfy { $0 >= 48 && $0 <= 57 }
  }

  private static func isHex(_ text: String) -> Bool {
    text.utf8.allSatisfy { ($0 >= 48 && $0 <= 57) || ($0 >= 65 && $0 <= 70) }
  }
}
