import ATTLSPolicy
import Testing

@Suite struct GenerateTests {
  @Test func twentyEightLinesMakeAPolicy() throws {
    let set = try Inputs.captureSet("ports.yaml")
    #expect(PolicyChecker.check(set).all.isEmpty)
    #expect(set.templates == ["common"])
    let text = PolicyWriter().write(set)
    #expect(text.split(separator: "\n").count == 74)
    let policy = try Inputs.set(text)
    #expect(PolicyChecker.check(policy).all.isEmpty)
    #expect(policy.rules.map(\.name) == ["Rule1", "Rule2"])
    #expect(policy.rules.map(\.priority) == [255, 255])
    #expect(policy.values("HandshakeTimeout", "Rule1") == ["120"])
    #expect(policy.values("HandshakeTimeout", "Rule2") == ["10"])
    #expect(policy.values("HandshakeRole", "Rule2") == ["Server"])
    #expect(policy.values("Keyring", "Rule2") == ["start1/TN3270"])
  }

  @Test func documentsBuildOnEachOtherAcrossFiles() throws {
    let set = try Inputs.captureSet("web.yaml", "site.yaml")
    #expect(set.diagnostics.all.isEmpty)
    #expect(set.rules.map(\.name) == ["WEBA", "WEBB", "WEBC"])
    #expect(set.templates == ["siteTLS13"])
    // An edit changes the list of the rule that makes it, and no other's.
    #expect(set.values("V3CipherSuites", "WEBA") == ["1302", "C030", "C02C"])
    #expect(set.values("V3CipherSuites", "WEBB") == ["1302", "C030", "C02F"])
    #expect(set.values("SignaturePairs", "WEBA") == ["0603", "0503", "0403"])
    #expect(set.values("SignaturePairs", "WEBC") == ["0603", "0503", "0403", "0804"])
    let policy = try Inputs.set(PolicyWriter().write(set))
    #expect(PolicyChecker.check(policy).errorCount == 0)
    #expect(policy.plain == set.plain)
    let webc = try #require(policy.rule(named: "WEBC"))
    #expect(webc.localAddresses.map(\.description) == ["10.1.1.2", "10.1.2.0/24", "2001:db8::1"])
    #expect(webc.localPorts.map(\.description) == ["9443-9443", "9500-9510"])
    #expect(webc.times.first?.map(\.values) == [["0111110"], ["08:00-17:00"]])
  }

  static let head = """
    policyRule : A
    LocalPortRange : 1
    Direction : Inbound
    TTLSEnabled : On
    HandshakeRole : Server
    Keyring : a/b

    """

  @Test func aBaseWithAConditionStaysARule() throws {
    let set = try Inputs.set(Self.head + "---\npolicyRule : B\nBasedOn : A\nLocalPortRange : 2\n")
    #expect(set.rules.map(\.name) == ["A", "B"])
    #expect(set.templates.isEmpty)
    #expect(set.rules[1].localPorts.map(\.description) == ["2-2"])
  }

  @Test func laterBasesAndOwnKeywordsWin() throws {
    let set = try Inputs.set(
      """
      ---
      policyRule : C
      BasedOn : [ one, two ]
      LocalPortRange : 1
      Trace : 9
      ---
      template : one
      Direction : Inbound
      Trace : 1
      HandshakeTimeout : 11
      FIPS140 : On
      ---
      template : two
      HandshakeTimeout : 22
      Trace : 2
      """)
    #expect(set.values("Trace", "C") == ["9"])
    #expect(set.values("HandshakeTimeout", "C") == ["22"])
    #expect(set.values("FIPS140", "C") == ["On"])
  }

  @Test(arguments: [
    ("BasedOn : X", 7, "BasedOn names 'X', which no document defines"),
    ("BasedOn : A", 7, "A is based on itself"),
    ("V3CipherSuites : [ +C02F, C030 ]", 7, "mixes a new list with + and -"),
    ("V3CipherSuites : [ -C02F ]", 7, "nothing is left of V3CipherSuites"),
    ("Direction : Inbound", 0, "Direction is given twice"),
    ("direction : Inbound", 7, "Direction is given twice"),
    ("Trace : [1, 2]", 7, "Trace takes one value, not a list"),
    ("Trace : { a: b }", 7, "'Trace' takes one value"),
    ("Trace :", 7, "'Trace' has no value"),
    ("FIPS : On", 7, "unknown keyword 'FIPS'; write FIPS140"),
    ("TTLSKeyringParms : x", 7, "unknown keyword 'TTLSKeyringParms'; write the keywords inside it"),
    ("LocalAddrRef : x", 7, "LocalAddrRef has no place in compact YAML; write the value itself"),
    ("KeyringPw : \"a\\nTTLSRule B\"", 7, "control characters in the value"),
    ("[1] : 2", 7, "a key that is no word"),
    ("template : x", 7, "a second 'template' in one document"),
    ("IpTimeCondition : often", 7, "IpTimeCondition takes"),
    ("JobName : *", 7, "is a YAML alias"),
    ("KeyringPw : *AUTH*/*", 7, "is a YAML alias; write it in quotes"),
    ("CtraceClearText : true", 7, "CtraceClearText has no value 'true'; write one of Off, On"),
  ])
  func aWrongDocumentIsAnErrorWithItsLine(_ text: String, _ line: Int, _ what: String) throws {
    let found = PolicyChecker.check(try Inputs.set(Self.head + text + "\n"))
    #expect(
      found.all.contains {
        $0.severity == .error && (line == 0 || $0.line == line) && $0.description.contains(what)
      }, "\(found.all.map(\.description))")
  }

  @Test func wordsAndDigitsStayAsTheyAreWritten() throws {
    let set = try Inputs.set(
      Self.head + "SignaturePairs : 060305030403\nTLSv1.2 : on\nServerCertificateLabel : 0755\n"
        + "CertificateLabel : yes\nJobName : 'AZF*'\n")
    #expect(set.values("SignaturePairs", "A") == ["0603", "0503", "0403"])
    #expect(set.values("TLSv1.2", "A") == ["On"])
    #expect(set.values("ServerCertificateLabel", "A") == ["0755"])
    #expect(set.values("CertificateLabel", "A") == ["yes"])
    #expect(set.rules[0].jobName == "AZF*")
    #expect(try Inputs.set(PolicyReport().yaml(set)).plain == set.plain)
  }

  @Test func namesOfThirtyTwoCharactersStayWithinTheLimit() throws {
    let long = String(repeating: "R", count: 31)
    let text = ["1", "2"].map {
      "---\n"
        + Self.head.replacing("policyRule : A", with: "policyRule : \(long)\($0)")
        .replacing("Range : 1", with: "Range : \($0)")
    }.joined()
    let set = try Inputs.set(text)
    #expect(Set(set.actions.map(\.name)).count == set.actions.count)
    #expect(set.actions.allSatisfy { $0.name.count <= 32 })
    let policy = try Inputs.set(PolicyWriter().write(set))
    #expect(PolicyChecker.check(policy).errorCount == 0)
    #expect(policy.plain == set.plain)
  }

  @Test func theKindIsRecognisedByContent() throws {
    #expect(try Inputs.set("IpTimeCondition : x\npolicyRule : A\n").kind == .yaml)
    #expect(try Inputs.set("# note\nttlsrule A\n{\n}\n").kind == .policy)
    #expect(try Inputs.set("Unknown A\n{\n}\n").kind == .policy)
    #expect(try Inputs.set("policyRule:   A\n  Rule Type:  TTLS\n").kind == .listing)
    #expect(try Inputs.set("\r\npolicyRule: A\r\nTrace: 1\r\n").kind == .yaml)
  }

  @Test func aRuleWithoutTTLSHasOnlyAGroup() throws {
    let set = try Inputs.set(
      "policyRule : Clear\nLocalPortRange : 1\nDirection : Both\nTTLSEnabled : Off\n")
    #expect(PolicyChecker.check(set).errorCount == 0)
    let text = PolicyWriter().write(set)
    #expect(!text.contains("TTLSEnvironmentAction") && !text.contains("TTLSConnectionAction"))
    #expect(PolicyChecker.check(try Inputs.set(text)).errorCount == 0)
  }
}
