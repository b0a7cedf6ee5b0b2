package import ATTLS
internal import ATTLSPolicy

/// What `zcap explain` says of the words of the policy language.
package enum PolicyExplanation {
  /// A keyword or a statement; nil when it is none.
  package static func of(_ word: String) -> Explanation? {
    if let keyword = PolicyKeyword.named(word) { return Explanation(keyword) }
    return PolicyStatement.named(word).map { Explanation($0) }
  }

  /// What to try in place of a word that is not known; nil when nothing is near.
  package static func near(_ word: String) -> String? {
    guard word.utf8.count >= 4, word.utf8.count <= 40,
      word.allSatisfy({ $0.isLetter || $0.isNumber })
    else { return nil }
    let words = PolicyKeyword.all.map(\.name) + PolicyStatement.names
    let small = words.map { $0.lowercased() }
    guard let near = CommandWords.nearest(word, small), let place = small.firstIndex(of: near)
    else { return nil }
    return "Policies have a keyword \(words[place]): zcap explain \(words[place])."
  }
}

extension Explanation {
  /// A keyword of the policy language: what it is, its values and default, where and since when.
  fileprivate init(_ keyword: PolicyKeyword) {
    self.init(
      kind: "policy keyword", code: keyword.name, title: "Policy keyword \(keyword.name)",
      meaning: keyword.meaning)
    facts = [
      .init("values", keyword.values),
      .init("default", keyword.defaultValue ?? (keyword.isRequired ? "none: required" : "none")),
      .init("in", keyword.statements.joined(separator: ", ")),
      .init("since", keyword.since.map { "z/OS \($0), as remembered" } ?? "not known here"),
      .init("topic", "\(keyword.topic) (\(keyword.experience.name))"),
    ]
  }

  fileprivate init(_ statement: PolicyStatement) {
    self.init(
      kind: "policy statement", code: statement.name, title: "Policy statement \(statement.name)",
      meaning: statement.meaning)
    if !statement.parents.isEmpty {
      facts.append(.init("in", statement.parents.joined(separator: ", ")))
    }
    facts.append(.init("holds", statement.keywords.joined(separator: ", ")))
  }
}
