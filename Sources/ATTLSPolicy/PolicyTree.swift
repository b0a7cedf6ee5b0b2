/// A statement with its braces.
struct PolicyBlock {
  /// The vocabulary's spelling of the keyword.
  var statement: String
  var name: String
  var line: Int
  var items: [PolicyItem] = []
}

/// What stands inside braces.
enum PolicyItem {
  case value(KeywordEntry, CheckedValue, line: Int)
  /// A `…Ref` to a statement that could also stand here in braces.
  case reference(String, to: String, line: Int)
  case block(PolicyBlock)
}

/// Reads a policy file into blocks, going on after every mistake.
///
/// Grammar: one keyword and its value on a line, braces on lines of their own, `#` starts a
/// comment, what follows a value is ignored (Formats/attls-policy.md).
struct PolicyTreeReader {
  let file: String
  var diagnostics = PolicyDiagnostics()
  private(set) var blocks: [PolicyBlock] = []
  private var open: [PolicyBlock] = []
  private var pending: PolicyBlock?
  /// Where the last top-level block was closed.
  private var lastClose = 0
  /// Depth of braces whose statement is unknown; their content is skipped.
  private var skipped = 0
  private var isPendingUnknown = false
  private var suggestions: [String: String?] = [:]
  private let vocabulary = Vocabulary.standard

  init(file: String) { self.file = file }

  mutating func read(_ bytes: [UInt8]) {
    var lines = LineReader(bytes)
    while let line = lines.next() {
      if line.hadControl {
        diagnostics.error(
          file, line.number, "control characters in a policy line", "transfer the file as text")
      }
      read(line)
    }
    finish()
  }

  private mutating func read(_ line: PolicyLine) {
    let text = trim(withoutComment(line.text))
    guard let first = text.utf8.first else { return }
    if first == UInt8(ascii: "{") || first == UInt8(ascii: "}") {
      let rest = trim(text.dropFirst())
      if !rest.isEmpty {
        diagnostics.error(
          file, line.number, "\(quoted(rest)) after a brace is not read",
          "a brace stands alone on its line")
      }
      if first == UInt8(ascii: "{") { openBrace(line.number) } else { closeBrace(line.number) }
      return
    }
    notOpened(before: line.number)
    var end = text.utf8.endIndex
    let isOpening = text.utf8.last == UInt8(ascii: "{")
    if isOpening { end = text.utf8.index(before: end) }
    let body = trim(text[..<end])
    let keywordEnd = body.utf8.firstIndex { $0 == 32 || $0 == 9 } ?? body.utf8.endIndex
    keyword(body[..<keywordEnd], trim(body[keywordEnd...]), line.number)
    if isOpening {
      diagnostics.error(
        file, line.number, "{ on the line of its statement", "a brace stands alone on its line")
      openBrace(line.number)
    }
  }

  // MARK: keywords

  private mutating func keyword(_ word: Substring, _ rest: Substring, _ line: Int) {
    if skipped > 0 {
      isPendingUnknown = false
      return
    }
    if let statement = vocabulary.statement(word) {
      pending = PolicyBlock(
        statement: statement.name, name: firstWord(rest), line: line)
      return
    }
    guard let parent = open.last?.statement else { return topLevel(word, rest, line) }
    if let entry = vocabulary.entry(word, in: parent) {
      if entry.isLikely {
        diagnostics.warning(
          file, line, "\(entry.name) is not confirmed for \(parent)",
          "TTLSEnvironmentAdvancedParms knows it")
      }
      add(entry, rest, line)
    } else if let target = vocabulary.referenceTarget(word), vocabulary.mayNest(target, in: parent)
    {
      reference(target, rest, line)
    } else {
      misplaced(word, rest, line, in: parent)
    }
  }

  private mutating func add(_ entry: KeywordEntry, _ rest: Substring, _ line: Int) {
    let checked = ValueCheck.check(entry, String(rest))
    if let problem = checked.problem {
      diagnostics.error(file, line, problem.message, problem.remedy)
    }
    append(.value(entry, checked, line: line))
  }

  private mutating func reference(_ target: StatementEntry, _ rest: Substring, _ line: Int) {
    let name = firstWord(rest)
    if name.isEmpty {
      diagnostics.error(
        file, line, "\(target.name)Ref needs a name", "name a \(target.name) of this policy")
      return
    }
    append(.reference(target.name, to: name, line: line))
  }

  private mutating func append(_ item: PolicyItem) {
    if !open.isEmpty { open[open.count - 1].items.append(item) }
  }

  private mutating func misplaced(
    _ word: Substring, _ rest: Substring, _ line: Int, in parent: String
  ) {
    let places =
      vocabulary.entries(word).map(\.statement)
      + (vocabulary.referenceTarget(word)?.parents ?? [])
    if places.isEmpty {
      unknown(word, line, in: parent)
    } else if let up = open.dropLast().lastIndex(where: { places.contains($0.statement) }) {
      diagnostics.error(
        file, line,
        "\(word) cannot stand in \(parent) (opened at line \(open[open.count - 1].line))",
        "a } is missing before this line")
      close(downTo: up + 1)
      keyword(word, rest, line)
    } else {
      diagnostics.error(
        file, line, "\(word) cannot stand in \(parent)",
        "move it to \(uniqued(places).joined(separator: " or "))")
    }
  }

  private mutating func unknown(_ word: Substring, _ line: Int, in parent: String?) {
    let key = String(word.utf8.prefix(64)) ?? ""
    let near: String?
    if let known = suggestions[key] {
      near = known
    } else {
      near = diagnostics.isFull ? nil : suggest(key, in: parent)
      suggestions[key] = near
    }
    isPendingUnknown = true
    if let near, let statement = vocabulary.statement(near) {
      pending = PolicyBlock(statement: statement.name, name: "", line: line)
    }
    diagnostics.error(
      file, line, "unknown keyword \(quoted(word))" + (parent.map { " in \($0)" } ?? ""),
      near.map { "write \($0)" } ?? "comment it out with # if it belongs to another policy type")
  }

  private func suggest(_ word: String, in parent: String?) -> String? {
    let here = parent.flatMap { vocabulary.statement($0)?.keywords.map(\.name) } ?? []
    let nested = vocabulary.statements.filter { parent == nil || $0.parents.contains(parent ?? "") }
    let local = here + nested.flatMap { [$0.name, $0.name + "Ref"] }
    return nearest(to: word, in: local)
      ?? nearest(to: word, in: vocabulary.keywordNames + vocabulary.statements.map(\.name))
  }

  private mutating func topLevel(_ word: Substring, _ rest: Substring, _ line: Int) {
    if !vocabulary.entries(word).isEmpty || vocabulary.referenceTarget(word) != nil {
      let places = uniqued(
        vocabulary.entries(word).map(\.statement)
          + (vocabulary.referenceTarget(word)?.parents ?? []))
      diagnostics.error(
        file, line, "\(word) stands outside any statement",
        "it belongs inside \(places.joined(separator: " or ")); a } too many, or a { missing, above"
      )
      return
    }
    if PolicyAgentConfiguration.keywords.contains(word.lowercased()) {
      diagnostics.error(
        file, line, "\(word) belongs to the configuration of Policy Agent, not to a policy",
        "take it out here")
      return
    }
    unknown(word, line, in: nil)
    let name = firstWord(rest)
    pending?.name = name
  }

  private func firstWord(_ rest: Substring) -> String {
    String(Substring(rest.utf8.prefix { $0 != 32 && $0 != 9 }))
  }
}

// MARK: braces

extension PolicyTreeReader {
  fileprivate mutating func openBrace(_ line: Int) {
    guard skipped == 0 else {
      skipped += 1
      return
    }
    guard let block = pending else {
      if !isPendingUnknown {
        diagnostics.error(
          file, line, "{ without a statement before it", "write the statement's keyword above it")
      }
      isPendingUnknown = false
      skipped = 1
      return
    }
    pending = nil
    isPendingUnknown = false
    place(block)
  }

  /// Puts a new block where it may stand, and closes the blocks in between that have no closing brace.
  private mutating func place(_ block: PolicyBlock) {
    let parents = vocabulary.statement(block.statement)?.parents ?? []
    if let parent = open.last, !parents.contains(parent.statement) {
      let up = open.lastIndex { parents.contains($0.statement) }
      diagnostics.error(
        file, block.line,
        "\(block.statement) cannot stand in \(parent.statement) (opened at line \(parent.line))",
        "a } is missing before this line")
      close(downTo: up.map { $0 + 1 } ?? 0)
    }
    // An action without a name rather lacks its name.
    let isParameters = !PolicyScope.allCases.contains { $0.statement == block.statement }
    if open.isEmpty, block.name.isEmpty, isParameters, let last = blocks.last,
      parents.contains(last.statement)
    {
      diagnostics.error(
        file, block.line,
        "\(block.statement) stands outside \(last.statement) \(last.name), which the }"
          + " at line \(lastClose) closes", "take that } out")
      // Go on as if it were out.
      open.append(blocks.removeLast())
    } else if open.isEmpty, block.name.isEmpty {
      diagnostics.error(
        file, block.line, "\(block.statement) needs a name here",
        parents.isEmpty || !isParameters
          ? "write \(block.statement) and a name of 1 to \(ValueCheck.nameLimit) characters"
          : "without a name it belongs inside \(parents.joined(separator: " or ")):"
            + " a } too many above?")
    }
    if block.name.count > ValueCheck.nameLimit {
      diagnostics.error(
        file, block.line, "name \(quoted(block.name)) has \(block.name.count) characters",
        "names are 1 to \(ValueCheck.nameLimit) characters")
    }
    open.append(block)
  }

  fileprivate mutating func closeBrace(_ line: Int) {
    notOpened(before: line)
    if skipped > 0 {
      skipped -= 1
    } else if open.isEmpty {
      diagnostics.error(
        file, line, "} closes nothing", "take it out, or look for a } too many above")
    } else {
      close(downTo: open.count - 1)
      lastClose = line
    }
  }

  fileprivate mutating func close(downTo count: Int) {
    while open.count > count {
      let done = open.removeLast()
      if open.isEmpty { blocks.append(done) } else { append(.block(done)) }
    }
  }

  /// A statement whose `{` did not come.
  fileprivate mutating func notOpened(before line: Int) {
    defer {
      pending = nil
      isPendingUnknown = false
    }
    guard let block = pending, !isPendingUnknown else { return }
    let isReference = !block.name.isEmpty && !open.isEmpty
    diagnostics.error(
      file, block.line, "\(block.statement) without {",
      isReference
        ? "to point to a statement of that name write \(block.statement)Ref \(block.name)"
        : "write { on the next line")
  }

  fileprivate mutating func finish() {
    notOpened(before: 0)
    for block in open.reversed() {
      diagnostics.error(
        file, block.line, "{ of \(block.statement) \(block.name) is never closed",
        "write } where it ends")
    }
    close(downTo: 0)
  }
}

/// Everything before a `#` that starts a word.
private func withoutComment(_ text: Substring) -> Substring {
  var previous: UInt8 = 32
  for i in text.utf8.indices {
    let byte = text.utf8[i]
    if byte == UInt8(ascii: "#"), previous == 32 || previous == 9 { return text[..<i] }
    previous = byte
  }
  return text
}

func uniqued(_ names: [String]) -> [String] {
  var seen = Set<String>()
  return names.filter { seen.insert($0).inserted }
}
