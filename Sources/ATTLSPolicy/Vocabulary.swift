/// Where a value is coded: a connection's value beats the environment's, which beats the group's.
public enum PolicyScope: String, Sendable, CaseIterable, Comparable {
  /// TTLSGroupAction, the weakest.
  case group
  /// TTLSEnvironmentAction.
  case environment
  /// TTLSConnectionAction, the strongest.
  case connection

  /// The statement that holds this scope's values.
  public var statement: String {
    switch self {
    case .group: "TTLSGroupAction"
    case .environment: "TTLSEnvironmentAction"
    case .connection: "TTLSConnectionAction"
    }
  }

  private var rank: Int {
    switch self {
    case .group: 0
    case .environment: 1
    case .connection: 2
    }
  }

  /// Orders scopes by precedence, weakest first.
  public static func < (a: PolicyScope, b: PolicyScope) -> Bool { a.rank < b.rank }
}

/// What a keyword's value looks like.
enum ValueShape: Sendable, Equatable {
  case choice([String])
  case number(ClosedRange<UInt64>)
  case word, label, job, user
  case codes, ciphers, ciphers2
  case address, prefix, ports
  case reference(String)
}

/// One row of the vocabulary: a keyword as one statement knows it.
struct KeywordEntry: Sendable {
  var name: String
  var statement: String
  var shape: ValueShape
  var defaults: [String] = []
  /// The default while TLSv1.3 is On, where it differs.
  var defaults13: [String] = []
  var isRequired = false
  var isList = false
  var isAlwaysShown = false
  var isLikely = false
  var isHome = false
  var homeScope: PolicyScope?
  /// The name its values are kept under.
  var storedAs: String
}

/// A statement: a keyword that opens a block in braces.
struct StatementEntry: Sendable {
  var name: String
  var parents: [String]
  var keywords: [KeywordEntry] = []
}

/// The policy language, looked up without regard to case.
struct Vocabulary: Sendable {
  private(set) var statements: [StatementEntry] = []
  private var statementIndex: [String: Int] = [:]
  private var keywordIndex: [String: [KeywordEntry]] = [:]
  private var homes: [String: KeywordEntry] = [:]
  /// Every keyword once, in table order.
  private(set) var keywordNames: [String] = []

  static let standard = Vocabulary(table: vocabularyTable)

  init(table: String) {
    for line in table.split(separator: "\n") {
      if line.hasPrefix("[") {
        addStatement(line.dropFirst().prefix { $0 != "]" })
      } else if !statements.isEmpty {
        addKeyword(columns(of: line))
      }
    }
    for (key, entries) in keywordIndex {
      homes[key] = entries.first { $0.isHome || $0.homeScope != nil } ?? entries.first
    }
  }

  func statement(_ name: some StringProtocol) -> StatementEntry? {
    statementIndex[name.lowercased()].map { statements[$0] }
  }

  func entries(_ keyword: some StringProtocol) -> [KeywordEntry] {
    keywordIndex[keyword.lowercased()] ?? []
  }

  func entry(_ keyword: some StringProtocol, in statement: String) -> KeywordEntry? {
    entries(keyword).first { $0.statement == statement }
  }

  /// The row that says where `generate` writes the keyword.
  func home(_ keyword: some StringProtocol) -> KeywordEntry? { homes[keyword.lowercased()] }

  /// The row of a keyword in an action of one scope or in the statements inside it.
  func entry(_ keyword: some StringProtocol, of scope: PolicyScope) -> KeywordEntry? {
    entries(keyword).first { entry in
      var names = [entry.statement]
      for _ in 0..<4 {
        if names.contains(scope.statement) { return true }
        names = names.flatMap { statement($0)?.parents ?? [] }
      }
      return false
    }
  }

  /// The scope `generate` writes a keyword in, nil for what belongs to the rule itself.
  func homeScope(_ entry: KeywordEntry) -> PolicyScope? {
    if let scope = entry.homeScope { return scope }
    var name = entry.statement
    for _ in 0..<4 {
      if let scope = PolicyScope.allCases.first(where: { $0.statement == name }) { return scope }
      guard let parent = statement(name)?.parents.first else { return nil }
      name = parent
    }
    return nil
  }

  /// The statement a `…Ref` keyword of a block statement points to.
  func referenceTarget(_ keyword: some StringProtocol) -> StatementEntry? {
    let lower = keyword.lowercased()
    guard lower.hasSuffix("ref") else { return nil }
    return statement(lower.dropLast(3))
  }

  /// May `child` stand inside `parent` as a block?
  func mayNest(_ child: StatementEntry, in parent: String) -> Bool {
    child.parents.contains(parent)
  }

  private mutating func addStatement(_ header: Substring) {
    let halves = header.split(separator: ";")
    let names = halves.first?.split(separator: "<") ?? []
    guard let name = names.first.map({ trimmed($0) }) else { return }
    let parents = names.count > 1 ? names[1].split(separator: " ").map(String.init) : []
    statementIndex[name.lowercased()] = statements.count
    statements.append(StatementEntry(name: name, parents: parents))
  }

  private mutating func addKeyword(_ columns: [String]) {
    guard columns.count >= 2, let shape = shape(of: columns[1]) else { return }
    let last = statements.count - 1
    var entry = KeywordEntry(
      name: columns[0], statement: statements[last].name, shape: shape, storedAs: columns[0])
    if columns.count > 2, columns[2] != "-" {
      entry.defaults = columns[2].split(separator: ",").map(String.init)
    }
    if columns.count > 3 { apply(flags: columns[3], to: &entry) }
    let key = entry.name.lowercased()
    if keywordIndex[key] == nil { keywordNames.append(entry.name) }
    keywordIndex[key, default: []].append(entry)
    statements[last].keywords.append(entry)
  }

  private func apply(flags: String, to entry: inout KeywordEntry) {
    let parts = flags.split(separator: ",")
    for (i, flag) in parts.enumerated() {
      switch flag {
      case "required": entry.isRequired = true
      case "list": entry.isList = true
      case "always": entry.isAlwaysShown = true
      case "likely": entry.isLikely = true
      case "home": entry.isHome = true
      default:
        if flag.hasPrefix("home=") {
          entry.homeScope = PolicyScope(rawValue: String(flag.dropFirst(5)))
        } else if flag.hasPrefix("as=") {
          entry.storedAs = String(flag.dropFirst(3))
        } else if flag.hasPrefix("tls13=") {
          // The last flag: its value is itself a comma list.
          entry.defaults13 =
            [String(flag.dropFirst(6))] + parts[(i + 1)...].map(String.init)
          return
        }
      }
    }
  }

  private func shape(of text: String) -> ValueShape? {
    if text.hasPrefix("->") { return .reference(String(text.dropFirst(2))) }
    if text.contains("|") { return .choice(text.split(separator: "|").map(String.init)) }
    if let dots = text.firstIndex(of: ".") {
      let high = text[dots...].drop { $0 == "." }
      guard let low = UInt64(text[..<dots]), let top = UInt64(high), low <= top else { return nil }
      return .number(low...top)
    }
    switch text {
    case "word": return .word
    case "label": return .label
    case "job": return .job
    case "user": return .user
    case "codes": return .codes
    case "ciphers": return .ciphers
    case "ciphers2": return .ciphers2
    case "address": return .address
    case "prefix": return .prefix
    case "ports": return .ports
    default: return nil
    }
  }

  private func columns(of line: Substring) -> [String] {
    var columns: [String] = []
    var rest = line.drop { $0 == " " }
    while !rest.isEmpty {
      var end = rest.startIndex
      while end < rest.endIndex {
        let next = rest.index(after: end)
        if rest[end] == " ", next == rest.endIndex || rest[next] == " " { break }
        end = next
      }
      columns.append(String(rest[..<end]))
      rest = rest[end...].drop { $0 == " " }
    }
    // A keyword and its values may be one blank apart when the keyword is long.
    if columns.count == 1, let blank = columns[0].firstIndex(of: " ") {
      columns = [
        String(columns[0][..<blank]), trimmed(columns[0][blank...]),
      ]
    }
    return columns
  }
}

/// `text` without blanks at either end.
func trimmed(_ text: some StringProtocol) -> String { String(trim(Substring(text))) }

/// `text` without blanks at either end, not copied.
func trim(_ text: Substring) -> Substring {
  var bytes = text.utf8
  while let first = bytes.first, first == 32 || first == 9 { bytes.removeFirst() }
  while let last = bytes.last, last == 32 || last == 9 { bytes.removeLast() }
  return Substring(bytes)
}
