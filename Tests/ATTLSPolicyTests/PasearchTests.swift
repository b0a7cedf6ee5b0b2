import ATTLSPolicy
import Testing
import TestSupport
import TraceBytes

/// A listing of our own: two rules, addresses in groups, times, IPv6, a keyword nobody knows.
@Suite struct PasearchTests {
  @Test func rulesAndConditions() throws {
    let set = try Inputs.captureSet("two-rules.pasearch")
    #expect(set.kind == .listing)
    #expect(set.rules.map(\.name) == ["LowFirst", "HighLast"])
    #expect(set.searchOrder == [1, 0])
    let low = set.rules[0]
    #expect(low.remoteAddresses.map(\.description) == ["2001:db8::/32", "10.1.0.0/22"])
    #expect(low.localAddresses.isEmpty)
    #expect(low.localPorts.map(\.description) == ["8000-8099"])
    #expect(low.userId == "WEBUSER1")
    #expect(low.jobName == nil)
    #expect(low.direction == .inbound)
    #expect(low.priority == 1)
    #expect(low.times.map { $0.map(\.keyword) } == [["DayOfWeekMask", "TimeOfDayRange"]])
    #expect(low.times.map { $0.map(\.values) } == [[["0111110"], ["08:00-17:30"]]])
    #expect(low.times.map { $0.map(\.line) } == [[23, 26]])
    let high = set.rules[1]
    #expect(high.remotePorts.map(\.description) == ["465-587"])
    #expect(high.jobName == "MAIL*")
    #expect(high.userId == "COLIN678")
    #expect(high.times.isEmpty)
    #expect(set.diagnostics.all.isEmpty)
  }

  @Test(arguments: [
    ("LowFirst", "Trace", ["14"], PolicyScope.environment, [PolicyScope.group]),
    ("LowFirst", "CtraceClearText", ["On"], .group, []),
    ("HighLast", "CtraceClearText", ["Off"], .connection, [.group]),
    ("HighLast", "TLSv1.2", ["On"], .connection, [.environment]),
    ("HighLast", "HandshakeTimeout", ["30"], .connection, [.environment]),
    ("HighLast", "Keyring", ["*AUTH*/*"], .environment, []),
    ("HighLast", "CertificateLabel", ["My mail certificate"], .connection, []),
    ("HighLast", "V3CipherSuites", ["1302", "C030", "CAFE"], .connection, []),
    ("LowFirst", "OcspRequestSigalg", ["0401"], .environment, []),
    ("LowFirst", "QuantumSafeMode", ["Hybrid"], .environment, []),
  ])
  func theStrongestScopeDecides(
    _ rule: String, _ keyword: String, _ values: [String], _ scope: PolicyScope,
    _ overridden: [PolicyScope]
  ) throws {
    let set = try Inputs.captureSet("two-rules.pasearch")
    let owner = try #require(set.rule(named: rule))
    let found = try #require(set.effective(keyword, for: owner))
    #expect(found.values == values)
    #expect(found.source?.scope == scope)
    #expect(found.overridden.map(\.scope) == overridden)
  }

  @Test func aSourceNamesItsLine() throws {
    let set = try Inputs.captureSet("two-rules.pasearch")
    let source = try #require(
      set.effective("CtraceClearText", for: set.rules[1])?.source)
    let lines = String(decoding: try Inputs.capture("two-rules.pasearch"), as: UTF8.self)
      .split(separator: "\n", omittingEmptySubsequences: false)
    #expect(lines[source.line - 1].contains("CtraceClearText:            Off"))
    #expect(source.action == "ConA")
  }

  @Test func aRepeatedActionIsKeptOnce() throws {
    let set = try Inputs.captureSet("two-rules.pasearch")
    #expect(set.actions.map(\.name) == ["EnvSer", "GrpA", "EnvCli", "ConA"])
  }

  @Test func reportAndGenerateAreInverse() throws {
    let set = try Inputs.captureSet("two-rules.pasearch")
    let report = PolicyReport().yaml(set)
    let yaml = try Inputs.set(report)
    #expect(yaml.diagnostics.all.isEmpty)
    let policy = try Inputs.set(PolicyWriter().write(yaml))
    #expect(PolicyChecker.check(policy).errorCount == 0)
    // The keyword of a newer release cannot be placed; everything else comes back.
    let known = set.plain.split(separator: "\n").filter { !$0.hasPrefix("#") }
    #expect(policy.plain.split(separator: "\n") == known)
    #expect(yaml.plain == policy.plain)
    #expect(PolicyWriter().write(policy) == PolicyWriter().write(yaml))
  }

  @Test func aListingCutShortIsAnError() throws {
    let text = String(decoding: try Inputs.capture("two-rules.pasearch"), as: UTF8.self)
    let end = try #require(text.firstRange(of: "  TTLS Action:                  ConA"))
    let set = try Inputs.set(String(text[..<end.lowerBound]))
    #expect(
      PolicyChecker.check(set).all.contains {
        $0.severity == .error && $0.message.contains("'ConA', which the listing does not show")
      })
  }

  @Test func aTableHasALinePerRule() throws {
    let rows = PolicyReport().rows(try Inputs.captureSet("two-rules.pasearch"))
    #expect(rows.count == 2)
    #expect(rows[0].prefix(4) == ["4000", "HighLast", "Outbound", "10.1.1.2..*"])
    #expect(rows[1].contains("*..8000-8099"))
    #expect(rows[1].suffix(4) == ["1.0,1.1", "Server", "14", "On"])
  }

  @Test func jsonNamesSourcesAndIsOneObjectALine() throws {
    let set = try Inputs.captureSet("two-rules.pasearch")
    let lines = try jsonText { json throws(TraceError) in
      try PolicyReport(showsAll: true).write(set, to: &json)
    }.split(separator: "\n")
    #expect(lines.count == 2)
    #expect(
      lines[0].contains(
        #""keyword":"HandshakeTimeout","values":["30"],"is_default":false,"#
          + #""source":{"scope":"connection","action":"ConA""#))
  }

  @Test func allShowsDefaultsAndWhatIsOverridden() throws {
    let set = try Inputs.captureSet("two-rules.pasearch")
    let all = PolicyReport(showsAll: true, ruleName: "highlast").yaml(set)
    #expect(all.contains("FIPS140 : Off"))
    #expect(all.contains("# connection ConA, over environment EnvCli: 10"))
    #expect(!PolicyReport().yaml(set).contains("FIPS140"))
    #expect(!all.contains("LowFirst"))
  }
}
