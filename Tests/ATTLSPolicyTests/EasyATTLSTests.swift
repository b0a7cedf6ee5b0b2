import ATTLSPolicy
import Testing

/// A real listing, and what another tool made of it.
@Suite(.enabled(if: Inputs.easyattls != nil, "needs corpora/easyattls"))
struct EasyATTLSTests {
  struct Row: Sendable {
    var name: String
    var priority: UInt64
    var local: String
    var remote: String
    var job: String?
    var user: String?
    var direction: PolicyDirection
    var role: String
    var trace: String
    var tls: [String]
    var timeout: String
  }

  static let rows = [
    Row(
      name: "AZFClientRule", priority: 255, local: "", remote: "0.0.26.137", job: "AZF*", user: nil,
      direction: .outbound, role: "Client", trace: "255", tls: ["TLSv1.2"], timeout: "10"),
    Row(
      name: "AZFMutAuthRule", priority: 255, local: "6794-6794", remote: "", job: nil, user: nil,
      direction: .inbound, role: "ServerWithClientAuth", trace: "255", tls: ["TLSv1", "TLSv1.2"],
      timeout: "120"),
    Row(
      name: "AZFSrvAuthRule", priority: 255, local: "6793-6793", remote: "", job: nil, user: nil,
      direction: .inbound, role: "Server", trace: "255", tls: ["TLSv1.2"], timeout: "10"),
    Row(
      name: "CPJES2IN", priority: 255, local: "2252-2252", remote: "", job: nil, user: nil,
      direction: .inbound, role: "Server", trace: "255", tls: ["TLSv1.2"], timeout: "10"),
    Row(
      name: "CPJES2OUT", priority: 255, local: "", remote: "10.1.0.2 2175-2175", job: nil,
      user: nil, direction: .outbound, role: "Client", trace: "255", tls: ["TLSv1", "TLSv1.2"],
      timeout: "10"),
    Row(
      name: "COLATTLJ", priority: 1, local: "4000-4000", remote: "10.1.1.2", job: "COLCOMPI",
      user: "COLIN", direction: .both, role: "ServerWithClientAuth", trace: "255", tls: ["TLSv1.2"],
      timeout: "3"),
    Row(
      name: "COLATTLS", priority: 1, local: "4000-4000", remote: "", job: nil, user: "START1",
      direction: .both, role: "ServerWithClientAuth", trace: "255", tls: ["TLSv1.2"], timeout: "3"),
    Row(
      name: "CSSMTPRule", priority: 1, local: "", remote: "25-25", job: nil, user: nil,
      direction: .outbound, role: "Client", trace: "7", tls: ["TLSv1", "TLSv1.2"], timeout: "10"),
    Row(
      name: "DEFAULTRULE12", priority: 1, local: "9999-9999", remote: "", job: nil, user: nil,
      direction: .both, role: "ServerWithClientAuth", trace: "2", tls: ["TLSv1.2"], timeout: "10"),
    Row(
      name: "DEFAULTRULE13", priority: 1, local: "9999-9999", remote: "", job: nil, user: nil,
      direction: .both, role: "ServerWithClientAuth", trace: "2", tls: ["TLSv1.2", "TLSv1.3"],
      timeout: "10"),
    Row(
      name: "GPMSERVE", priority: 1, local: "8803-8803", remote: "", job: nil, user: nil,
      direction: .both, role: "ServerWithClientAuth", trace: "255", tls: ["TLSv1.2"], timeout: "3"),
    Row(
      name: "TNZZZZ", priority: 1, local: "2023-2023", remote: "", job: "TN3270", user: nil,
      direction: .inbound, role: "ServerWithClientAuth", trace: "255", tls: ["TLSv1.2"],
      timeout: "3"),
  ]

  static func listing() throws -> PolicySet {
    try PolicySet.read([(file: "pasearch.report", bytes: try Inputs.corpus("pasearch.report"))])
  }

  @Test func allTwelveRulesWithWhatIsInForce() throws {
    let set = try Self.listing()
    #expect(set.diagnostics.all.isEmpty)
    #expect(set.rules.count == 12)
    for (rule, row) in zip(set.searchOrder.map { set.rules[$0] }, Self.rows) {
      #expect(rule.name == row.name)
      #expect(rule.priority == row.priority)
      #expect(ends(rule.localAddresses, rule.localPorts) == row.local, "\(row.name)")
      #expect(ends(rule.remoteAddresses, rule.remotePorts) == row.remote, "\(row.name)")
      #expect(rule.jobName == row.job)
      #expect(rule.userId == row.user)
      #expect(rule.direction == row.direction)
      #expect(set.values("HandshakeRole", row.name) == [row.role])
      #expect(set.values("Trace", row.name) == [row.trace], "\(row.name)")
      let versions = ["SSLv2", "SSLv3", "TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"]
      #expect(versions.filter { set.values($0, row.name) == ["On"] } == row.tls, "\(row.name)")
      #expect(set.values("HandshakeTimeout", row.name) == [row.timeout], "\(row.name)")
      #expect(set.values("CtraceClearText", row.name) == ["Off"])
    }
  }

  private func ends(_ addresses: AddressSet, _ ports: [PortRange]) -> String {
    (addresses.map(\.description) + ports.map(\.description)).joined(separator: " ")
  }

  @Test func theReportIsATenthOfTheListing() throws {
    let lines = PolicyReport().yaml(try Self.listing()).split(separator: "\n").count
    #expect(lines < 250)
  }

  /// The other tool's report, read back, against ours: rule by rule, keyword by keyword.
  @Test func everyDifferenceFromTheOtherToolsReportIsOneOfItsFaults() throws {
    let ours = try Self.listing()
    let theirs = try PolicySet.read([
      (file: "attls.report", bytes: try Inputs.corpus("attls.report"))
    ])
    // It never stores the last rule.
    #expect(Set(ours.rules.map(\.name)).subtracting(theirs.rules.map(\.name)) == ["TNZZZZ"])
    var differences: [String: Set<String>] = [:]
    for rule in theirs.rules {
      let mine = try #require(ours.rule(named: rule.name))
      #expect(rule.localPorts == mine.localPorts)
      #expect(rule.remotePorts == mine.remotePorts)
      #expect(rule.localAddresses == mine.localAddresses)
      #expect(rule.remoteAddresses == mine.remoteAddresses)
      #expect(rule.jobName == mine.jobName)
      #expect(rule.userId == mine.userId)
      #expect(rule.direction == mine.direction)
      #expect(rule.priority == mine.priority)
      for one in ours.effective(for: mine)
      where theirs.effective(one.keyword, for: rule)?.values != one.values {
        differences[one.keyword, default: []].insert(rule.name)
      }
      for one in theirs.effective(for: rule) {
        #expect(ours.effective(one.keyword, for: mine) != nil, "\(rule.name) \(one.keyword)")
      }
    }
    let site: Set = ["AZFClientRule", "AZFMutAuthRule", "AZFSrvAuthRule", "CPJES2IN", "CPJES2OUT"]
    #expect(
      differences == [
        // It drops instance numbers.
        "EnvironmentUserInstance": site,
        // Its own file of defaults lists these seven suites, so it takes them for defaults.
        "V3CipherSuites": site,
        // The same file says TLSv1 Off, where z/OS says On.
        "TLSv1": Set(theirs.rules.map(\.name)).subtracting([
          "AZFMutAuthRule", "CPJES2OUT", "CSSMTPRule",
        ]),
      ])
  }

  @Test func reportAndGenerateAreInverse() throws {
    let set = try Self.listing()
    let yaml = try Inputs.set(PolicyReport().yaml(set))
    #expect(yaml.plain == set.plain)
    let policy = try Inputs.set(PolicyWriter().write(yaml))
    #expect(policy.plain == set.plain)
    #expect(PolicyChecker.check(policy).errorCount == 0)
    let again = try Inputs.set(PolicyWriter().write(policy))
    #expect(PolicyReport().yaml(again) == PolicyReport().yaml(policy))
    for (a, b) in zip(set.searchOrder.map { set.rules[$0] }, policy.rules) {
      for one in set.effective(for: a) {
        #expect(policy.effective(one.keyword, for: b)?.values == one.values, "\(a.name)")
      }
    }
  }

  @Test func theLayoutIsTheOnePeopleKnow() throws {
    let yaml = try PolicySet.read([(file: "attls.report", bytes: try Inputs.corpus("attls.report"))]
    )
    let known = String(decoding: try Inputs.corpus("attls.txt"), as: UTF8.self)
    #expect(PolicyWriter().write(yaml) == known)
  }

  @Test func oneDefaultRuleHidesTheOther() throws {
    let found = PolicyChecker.check(try Self.listing())
    #expect(found.errorCount == 0)
    #expect(found.has(.warning, 1699, "DEFAULTRULE13 never wins: DEFAULTRULE12"))
  }
}
