import Testing

@testable import ATTLSPolicy

@Suite struct KeywordTests {
  @Test func everyKeywordOfCompactYAMLIsDescribedOnce() {
    let names = PolicyKeyword.all.map(\.name)
    #expect(Set(names).count == names.count)
    #expect(Set(names) == Set(Vocabulary.actionKeywords + RuleConditions.keywords))
    #expect(names.count == keywordTable.split(separator: "\n").count)
    #expect(PolicyKeyword.all.allSatisfy { $0.meaning.hasSuffix(".") && !$0.statements.isEmpty })
  }

  @Test func aKeywordSaysWhatItIs() throws {
    let role = try #require(PolicyKeyword.named("handshakerole"))
    #expect(role.values == "Client, Server, ServerWithClientAuth")
    #expect(role.isRequired && role.since == "1.7" && role.experience == .basic)
    #expect(role.statements == ["TTLSEnvironmentAction", "TTLSConnectionAction"])
    let timeout = try #require(PolicyKeyword.named("HandshakeTimeout"))
    #expect(timeout.defaultValue == "10" && timeout.values == "0 to 600")
    #expect(PolicyKeyword.named("HandshakeRule") == nil)
  }

  @Test func theListGrowsWithExperience() {
    let basic = PolicyKeyword.list(upTo: .basic)
    #expect(basic.contains("Keyring") && !basic.contains("HandshakeTimeout"))
    #expect(PolicyKeyword.list(upTo: .more).contains("HandshakeTimeout"))
    #expect(PolicyKeyword.list(upTo: .expert, topic: "revocation").contains("OcspUrl"))
    #expect(!PolicyKeyword.list(upTo: .expert, topic: "revocation").contains("Keyring"))
  }

  @Test(arguments: PolicyTemplate.Role.allCases, KeywordExperience.allCases)
  func aTemplateIsAPolicyWithoutFault(
    _ role: PolicyTemplate.Role, _ experience: KeywordExperience
  ) throws {
    let text = PolicyTemplate.text(role, upTo: experience)
    let set = try Inputs.set(text)
    #expect(set.rules.map(\.name) == ["MYRULE"])
    let found = PolicyChecker.check(set)
    #expect(found.all.isEmpty, "\(found.all.map(\.description))")
    // Every comment that is a keyword can be taken in: no line is an error of YAML or of the language.
    let open = text.split(separator: "\n").map { line in
      line.hasPrefix("# ") && line.contains(" : ") ? String(line.dropFirst(2)) : String(line)
    }
    let all = PolicyChecker.check(try Inputs.set(open.joined(separator: "\n")))
    #expect(!all.all.contains { $0.message.contains("unknown") || $0.message.contains("not YAML") })
    #expect(!all.all.contains { $0.severity == .error }, "\(all.all.map(\.description))")
  }
}
