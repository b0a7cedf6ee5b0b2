import Testing

@testable import ATTLSPolicy

@Suite struct VocabularyTests {
  let table = Vocabulary.standard

  @Test func everyRowOfTheTableIsUnderstood() {
    let rows = vocabularyTable.split(separator: "\n").filter { !$0.isEmpty }
    let headers = rows.count { $0.hasPrefix("[") }
    #expect(table.statements.count == headers)
    #expect(table.statements.reduce(0) { $0 + $1.keywords.count } == rows.count - headers)
  }

  @Test func parentsAndReferencesLeadToStatements() {
    for statement in table.statements {
      for parent in statement.parents { #expect(table.statement(parent) != nil, "\(parent)") }
      for entry in statement.keywords {
        if case .reference(let target) = entry.shape { #expect(table.statement(target) != nil) }
      }
    }
  }

  @Test func everyDefaultIsALegalValueOfItsKeyword() {
    for entry in table.statements.flatMap(\.keywords) where !entry.defaults.isEmpty {
      let text = entry.defaults.joined(separator: entry.shape == .codes ? "" : " ")
      let checked = ValueCheck.check(entry, text)
      #expect(checked.problem == nil, "\(entry.name) \(text)")
      #expect(entry.shape == .ports || checked.values == entry.defaults, "\(entry.name)")
    }
  }

  @Test func aKeywordOfSeveralStatementsHasOneHome() {
    for name in table.keywordNames {
      let entries = table.entries(name)
      let homes = entries.filter { $0.isHome || $0.homeScope != nil }
      #expect(entries.count == 1 || homes.count == 1 || entries[0].storedAs != name, "\(name)")
    }
  }

  @Test func keywordsAreFoundWhateverTheirCase() {
    #expect(table.entry("jobname", in: "TTLSRule")?.name == "JobName")
    #expect(table.statement("TTLSKeyRingParms")?.name == "TTLSKeyringParms")
    #expect(table.referenceTarget("ttlscipherparmsREF")?.name == "TTLSCipherParms")
  }

  @Test(arguments: [
    ("TTLSConectionAction", "TTLSConnectionAction"),
    ("TLSConnectionAction", "TTLSConnectionAction"),
    ("Output", "Outbound"), ("TLSv12", "TLSv1.2"), ("Qqqqqqqq", nil), ("", nil),
  ])
  func theNearestWord(_ word: String, _ expected: String?) {
    let words = ["TTLSConnectionAction", "TLSv1", "TLSv1.1", "TLSv1.2", "Inbound", "Outbound"]
    #expect(nearest(to: word, in: words) == expected)
  }
}
