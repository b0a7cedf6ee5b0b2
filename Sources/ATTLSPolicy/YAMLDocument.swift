/// A value of a compact rule, as one document gives it.
struct YAMLValue {
  var entry: KeywordEntry
  var values: [String]
  /// `+x` and `-x` items: changes to the list of the documents it builds on.
  var edits: [(isAddition: Bool, values: [String])] = []
  var file: String
  var line: Int
}

/// One document: a rule, or a template that rules build on.
struct YAMLDocument {
  var name = ""
  var isTemplate = false
  var file: String
  var line = 0
  var bases: [(name: String, line: Int)] = []
  var values: [String: YAMLValue] = [:]
  var times: [[PolicySetting]] = []
}

/// Reads the documents of one YAML input.
struct YAMLDocumentReader {
  let file: String
  var diagnostics = PolicyDiagnostics()
  private(set) var documents: [YAMLDocument] = []
  private let vocabulary = Vocabulary.standard

  init(file: String) { self.file = file }

  mutating func read(_ bytes: [UInt8]) throws(PolicyInputError) {
    try YAMLGuard.check(bytes, file: file)
    do throws(YAMLProblem) {
      try YAMLParser.read(bytes) { root in
        document(root)
        return !diagnostics.isFull
      }
    } catch {
      let (message, remedy) = YAMLGuard.explain(error)
      diagnostics.error(file, error.line, message, remedy)
    }
  }

  private mutating func document(_ root: YAMLNode) {
    let line = root.line
    guard case .mapping(let mapping, _) = root else {
      if case .scalar("", _) = root { return }
      diagnostics.error(
        file, line, "a document that is no list of 'keyword : value'",
        "begin it with policyRule : NAME")
      return
    }
    var document = YAMLDocument(file: file, line: line)
    for (key, value) in mapping {
      guard case .scalar(let text, let at) = key else {
        diagnostics.error(file, key.line, "a key that is no word", "write a keyword")
        continue
      }
      read(withoutControls(text), value, at, into: &document)
    }
    if document.name.isEmpty {
      diagnostics.error(
        file, line, "a document without policyRule", "add policyRule : NAME, or template : NAME")
      return
    }
    documents.append(document)
  }

  private mutating func read(
    _ word: String, _ node: YAMLNode, _ line: Int, into document: inout YAMLDocument
  ) {
    switch word.lowercased() {
    case "policyrule", "template":
      guard document.name.isEmpty else {
        diagnostics.error(
          file, line, "a second \(quoted(word)) in one document", "begin the next rule with ---")
        return
      }
      document.isTemplate = word.lowercased() == "template"
      document.name = scalar(node, word, line) ?? ""
      document.line = line
      checkName(document.name, line)
    case "basedon":
      guard document.bases.isEmpty else { return givenTwice("BasedOn", line) }
      for name in items(node, word, line) {
        // Both a list and `name1, name2` are in use.
        for part in name.split(whereSeparator: { $0 == "," || $0 == " " }) {
          document.bases.append((String(part), line))
        }
      }
    case "iptimecondition":
      guard document.times.isEmpty else { return givenTwice("IpTimeCondition", line) }
      times(node, line, into: &document)
    default: value(word, node, line, into: &document)
    }
  }

  private mutating func checkName(_ name: String, _ line: Int) {
    if name.count > ValueCheck.nameLimit {
      diagnostics.error(
        file, line, "name \(quoted(name)) has \(name.count) characters",
        "names are 1 to \(ValueCheck.nameLimit) characters")
    }
    if name.contains(where: { $0 == " " || $0 == "{" || $0 == "}" || $0 == "#" }) {
      diagnostics.error(
        file, line, "name \(quoted(name)) holds a blank, a brace or #", "write it without")
    }
  }

  private mutating func value(
    _ word: String, _ node: YAMLNode, _ line: Int, into document: inout YAMLDocument
  ) {
    guard let entry = entry(word, line) else { return }
    if document.values[entry.storedAs] != nil { return givenTwice(entry.name, line) }
    let texts = items(node, word, line)
    guard !texts.isEmpty else { return }
    let isCondition = entry.shape == .address || entry.shape == .ports
    if texts.count > 1, !entry.isList, !isCondition {
      diagnostics.error(file, line, "\(entry.name) takes one value, not a list", "write one value")
      return
    }
    var value = YAMLValue(entry: entry, values: [], file: file, line: line)
    var plain = 0
    var seen = Set<String>()
    for text in texts {
      let sign = entry.isList ? text.first.flatMap { $0 == "+" || $0 == "-" ? $0 : nil } : nil
      let found = check(entry, sign == nil ? text : String(text.dropFirst()), line)
      if let sign {
        value.edits.append((sign == "+", found))
      } else {
        plain += 1
        for one in found where seen.insert(one).inserted { value.values.append(one) }
      }
    }
    if plain > 0, !value.edits.isEmpty {
      diagnostics.error(
        file, line, "\(entry.name) mixes a new list with + and - items",
        "write every item with + or -, or none")
    }
    document.values[entry.storedAs] = value
  }

  private mutating func givenTwice(_ keyword: String, _ line: Int) {
    diagnostics.error(
      file, line, "\(keyword) is given twice in one rule", "take one out, or begin with ---")
  }

  private mutating func entry(_ word: String, _ line: Int) -> KeywordEntry? {
    if let entry = vocabulary.home(word) {
      if case .reference = entry.shape {
        diagnostics.error(
          file, line, "\(entry.name) has no place in compact YAML", "write the value itself")
        return nil
      }
      if vocabulary.homeScope(entry) != nil || RuleConditions.keywords.contains(entry.name) {
        return entry
      }
    }
    let names = Vocabulary.actionKeywords + RuleConditions.keywords + ["policyRule", "BasedOn"]
    let isBlock = vocabulary.statement(word) != nil
    let near = isBlock || diagnostics.isFull ? nil : nearest(to: word, in: names)
    diagnostics.error(
      file, line, "unknown keyword \(quoted(word))",
      near.map { "write \($0)" }
        ?? (isBlock ? "write the keywords inside it directly" : "take it out"))
    return nil
  }

  private mutating func check(_ entry: KeywordEntry, _ text: String, _ line: Int) -> [String] {
    var checked = ValueCheck.check(entry, text)
    // A four-digit item is one suite, unless it only makes sense as a string of two-digit codes.
    if entry.shape == .ciphers, let wide = vocabulary.entries("V3CipherSuites4Char").first {
      let isKnown = { (values: [String]) in values.allSatisfy { CodeNames.ciphers[$0] != nil } }
      let four = ValueCheck.check(wide, text)
      let isString = checked.problem == nil && isKnown(checked.values)
      if four.problem == nil, isKnown(four.values) || !isString { checked = four }
    }
    if let problem = checked.problem {
      diagnostics.error(file, line, problem.message, problem.remedy)
    }
    return checked.values
  }

  private mutating func times(_ node: YAMLNode, _ line: Int, into document: inout YAMLDocument) {
    let nodes: [YAMLNode] = if case .sequence(let items, _) = node { items } else { [node] }
    for node in nodes {
      guard case .mapping(let mapping, _) = node else {
        diagnostics.error(
          file, node.line, "IpTimeCondition takes 'keyword : value' pairs",
          "write { TimeOfDayRange : '08:00-17:00' }")
        continue
      }
      var settings: [PolicySetting] = []
      for (key, value) in mapping {
        let at = key.line
        guard case .scalar(let word, _) = key,
          let entry = vocabulary.entry(withoutControls(word), in: "IpTimeCondition")
        else {
          diagnostics.error(
            file, at, "IpTimeCondition does not know this keyword",
            "write one of \(timeKeywords.joined(separator: ", "))")
          continue
        }
        if let text = self.scalar(value, entry.name, at) {
          settings.append(
            PolicySetting(keyword: entry.name, values: check(entry, text, at), line: at))
        }
      }
      document.times.append(settings)
    }
  }

  private var timeKeywords: [String] {
    vocabulary.statement("IpTimeCondition")?.keywords.map(\.name) ?? []
  }

  // MARK: nodes

  private mutating func scalar(_ node: YAMLNode, _ word: String, _ line: Int) -> String? {
    guard case .scalar(let text, _) = node else {
      diagnostics.error(file, line, "\(quoted(word)) takes one value", "write \(word) : VALUE")
      return nil
    }
    let clean = withoutControls(text)
    if clean != text {
      diagnostics.error(
        file, line, "control characters in the value of \(quoted(word))", "write printable text")
    }
    let value = trimmed(clean)
    if value.isEmpty {
      diagnostics.error(file, line, "\(quoted(word)) has no value", "write \(word) : VALUE")
      return nil
    }
    if value.utf8.count > 4096 {
      diagnostics.error(
        file, line, "the value of \(quoted(word)) is too long", "write 4096 bytes at most")
      return nil
    }
    return value
  }

  private mutating func items(_ node: YAMLNode, _ word: String, _ line: Int) -> [String] {
    guard case .sequence(let items, _) = node else {
      return scalar(node, word, line).map { [$0] } ?? []
    }
    return items.compactMap { scalar($0, word, $0.line) }
  }
}
