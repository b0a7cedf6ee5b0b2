import ATTLSPolicy
import Testing

@Suite struct CheckTests {
  struct Expected: Sendable {
    var file: String
    var line: Int
    var what: String
    var remedy: String
  }

  static let slips: [Expected] = [
    Expected(
      file: "nje-out.policy", line: 6, what: "Direction has no value 'Output'",
      remedy: "write Outbound"),
    Expected(
      file: "nje-out.policy", line: 25,
      what: "TTLSConnectionAction cannot stand in TTLSEnvironmentAction (opened at line 11)",
      remedy: "a } is missing before this line"),
    Expected(
      file: "nje-out.policy", line: 27, what: "'NJECiphers', which is not defined",
      remedy: "write NJECipher"),
    Expected(
      file: "mail-braces.policy", line: 21, what: "which the } at line 20 closes",
      remedy: "take that } out"),
    Expected(file: "wrong-words.policy", line: 3, what: "'8803-8800'", remedy: "first-last"),
    Expected(file: "wrong-words.policy", line: 4, what: "'WEB*SRV'", remedy: "write WEB*"),
    Expected(
      file: "wrong-words.policy", line: 12, what: "TTLSEnabled has no value 'Yes'",
      remedy: "write one of On, Off"),
    Expected(
      file: "wrong-words.policy", line: 13,
      what: "HandshakeTimeout cannot stand in TTLSGroupAction",
      remedy: "move it to TTLSEnvironmentAdvancedParms"),
    Expected(
      file: "wrong-words.policy", line: 15, what: "has no Keyring", remedy: "add TTLSKeyringParms"),
    Expected(
      file: "wrong-words.policy", line: 17, what: "HandshakeRole has no value 'Sever'",
      remedy: "write Server"),
    Expected(
      file: "wrong-words.policy", line: 18, what: "'WEBSig', which is not defined",
      remedy: "define TTLSSignatureParms WEBSig"),
    Expected(
      file: "wrong-words.policy", line: 20, what: "unknown keyword 'TLSConnectionAction'",
      remedy: "write TTLSConnectionAction"),
    Expected(
      file: "wrong-words.policy", line: 23, what: "not '256'", remedy: "write 0 to 255"),
    Expected(
      file: "wrong-words.policy", line: 28, what: "unknown keyword 'TLSv12'",
      remedy: "write TLSv1.2"),
    Expected(
      file: "wrong-words.policy", line: 32, what: "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA38'",
      remedy: "write TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384"),
    Expected(
      file: "wrong-words.policy", line: 32, what: "no TLS 1.3 cipher suite",
      remedy: "add V3CipherSuites TLS_AES_256_GCM_SHA384"),
    Expected(
      file: "wrong-words.policy", line: 36, what: "has 37 characters", remedy: "1 to 32 characters"),
    Expected(
      file: "wrong-words.policy", line: 40, what: "needs a name here",
      remedy: "it belongs inside TTLSEnvironmentAction or TTLSConnectionAction"),
    Expected(
      file: "wrong-words.policy", line: 42, what: "'secp256'", remedy: "write 00210023002400250019"),
  ]

  @Test(arguments: slips)
  func aSlipIsFoundWithLineAndRemedy(_ expected: Expected) throws {
    let found = PolicyChecker.check(try Inputs.captureSet(expected.file))
    #expect(
      found.has(.error, expected.line, expected.what, expected.remedy),
      "\(found.all.map(\.description))")
  }

  @Test(arguments: [("nje-out.policy", 3), ("mail-braces.policy", 1), ("wrong-words.policy", 15)])
  func oneMistakeIsOneError(_ file: String, _ count: Int) throws {
    let found = PolicyChecker.check(try Inputs.captureSet(file))
    #expect(found.errorCount == count, "\(found.all.map(\.description))")
  }

  @Test func readingGoesOnBehindAMisplacedBrace() throws {
    let mail = try Inputs.captureSet("mail-braces.policy")
    #expect(mail.values("ApplicationControlled", "MAILOUT") == ["On"])
    let nje = try Inputs.captureSet("nje-out.policy")
    #expect(nje.values("CertificateLabel", "NJEOUT") == ["RSA2048"])
    #expect(nje.values("TLSv1.2", "NJEOUT") == ["On"])
  }

  static let whole = """
    TTLSRule R
    {
      LocalPortRange 4000
      Direction Inbound
      TTLSGroupActionRef G
      TTLSEnvironmentActionRef E
    }
    TTLSGroupAction G
    {
      TTLSEnabled On
    }
    TTLSEnvironmentAction E
    {
      HandshakeRole Server
      TTLSKeyringParms
      {
        Keyring me/ring
      }
      TTLSEnvironmentAdvancedParms
      {
        TLSv1 Off
        TLSv1.1 Off
        TLSv1.2 On
      }
    }
    """

  @Test func aCleanPolicyIsClean() throws {
    #expect(PolicyChecker.check(try Inputs.set(Self.whole)).all.isEmpty)
  }

  @Test(arguments: [
    (
      "  Direction Inbound\n", "", 1, "R has no Direction",
      "add Direction Inbound, Outbound or Both"
    ),
    ("  LocalPortRange 4000\n", "", 1, "R has no condition", "add a local or remote address"),
    ("  TTLSGroupActionRef G\n", "", 1, "R has no TTLSGroupActionRef", "add TTLSGroupActionRef"),
    ("  TTLSEnvironmentActionRef E\n", "", 1, "no TTLSEnvironmentActionRef, though", "add"),
    ("  TTLSEnabled On\n", "", 8, "TTLSGroupAction G has no TTLSEnabled", "add TTLSEnabled"),
    ("  HandshakeRole Server\n", "", 12, "E has no HandshakeRole", "add HandshakeRole Client"),
    ("  TTLSKeyringParms\n", "  TTLSKeyringParms K\n", 0, "", ""),
    ("    Keyring me/ring\n", "", 15, "has no Keyring", "add Keyring"),
    ("TLSv1.2 On", "TLSv1.2 Off", 1, "every protocol version Off", "add TLSv1.2 On"),
    ("LocalPortRange 4000", "LocalPort 4000", 3, "unknown keyword 'LocalPort'", "LocalPort"),
    (
      "TTLSKeyringParms\n  {", "TTLSKeyringParms {", 15, "{ on the line of its", "alone on its line"
    ),
    (
      "TTLSGroupAction G\n", "TTLSGroupAction\n", 8, "TTLSGroupAction needs a name here",
      "write TTLSGroupAction and a name"
    ),
    (
      "TTLSKeyringParms\n  {", "TTLSKeyringParms\n", 15, "TTLSKeyringParms without {",
      "write { on the next line"
    ),
    ("Direction Inbound", "Direction", 4, "Direction needs a value", "write Direction Inbound or"),
  ])
  func whatIsMissingIsAskedFor(
    _ part: String, _ other: String, _ line: Int, _ what: String, _ remedy: String
  ) throws {
    let text = Self.whole.replacing(part, with: other)
    #expect(text != Self.whole)
    let found = PolicyChecker.check(try Inputs.set(text))
    if line == 0 {
      #expect(found.errorCount == 0, "\(found.all.map(\.description))")
    } else {
      #expect(found.has(.error, line, what, remedy), "\(found.all.map(\.description))")
    }
  }

  @Test(arguments: [
    ("TLSv1 Off", "TLSv1 On", 21, "R has TLSv1 On", "write TLSv1 Off"),
    ("TLSv1 Off\n", "\n", 1, "TLSv1 On by default", "add TLSv1 Off"),
    ("TLSv1 Off", "SSLv3 On", 21, "R has SSLv3 On: broken", "write SSLv3 Off"),
    (
      "HandshakeRole Server", "HandshakeRole Client", 14,
      "inbound connections with HandshakeRole Client", "write Server"
    ),
    (
      "Direction Inbound", "Direction Outbound", 14,
      "outbound connections with HandshakeRole Server", "write Client"
    ),
    ("me/ring", "/etc/my.kdb", 17, "without a password", "add KeyringStashFile"),
    (
      "TTLSEnabled On", "TTLSEnabled On\nCtraceClearText On", 11, "CtraceClearText On",
      "write CtraceClearText Off"
    ),
    (
      "TLSv1 Off", "ClientAuthType Full", 21, "ClientAuthType without effect",
      "ServerWithClientAuth"
    ),
    ("LocalPortRange 4000", "LocalAddr All", 1, "takes every connection", "add a port"),
    ("TLSv1.2 On", "TLSv1.3 On", 23, "lists no cipher suites", "add V3CipherSuites"),
    (
      "TTLSEnabled On", "TTLSEnabled On\nTrace 1\nTrace 2", 12, "already coded at line 11",
      "take one out"
    ),
  ])
  func whatIsDoubtfulIsAWarning(
    _ part: String, _ other: String, _ line: Int, _ what: String, _ remedy: String
  ) throws {
    let found = PolicyChecker.check(try Inputs.set(Self.whole.replacing(part, with: other)))
    #expect(found.has(.warning, line, what, remedy), "\(found.all.map(\.description))")
    #expect(found.errorCount == 0, "\(found.all.map(\.description))")
  }

  @Test func weakCiphersAreNamed() throws {
    let text = Self.whole.replacing(
      "  TTLSEnvironmentAdvancedParms",
      with: "  TTLSCipherParms\n  {\nV3CipherSuites 000A352F\nV3CipherSuites4Char C030C011\n  }\n"
        + "  TTLSEnvironmentAdvancedParms")
    let set = try Inputs.set(text)
    #expect(set.values("V3CipherSuites", "R") == ["0000", "000A", "0035", "002F", "C030", "C011"])
    let found = PolicyChecker.check(set)
    #expect(found.all.map(\.message).filter { $0.contains("offers") }.count == 3)
    #expect(found.all.contains { $0.message.contains("TLS_RSA_WITH_3DES") })
  }

  @Test func aRuleBehindOneThatCoversItNeverWins() throws {
    func rule(_ name: String, _ conditions: String) -> String {
      Self.whole.prefix { $0 != "}" }.replacing("TTLSRule R", with: "TTLSRule \(name)")
        .replacing("LocalPortRange 4000", with: conditions) + "}\n"
    }
    let actions = Self.whole.drop { $0 != "}" }.dropFirst()
    func check(_ first: String, _ second: String) throws -> Bool {
      let text = rule("A", first) + rule("B", second) + actions
      let set = try Inputs.set(text)
      #expect(set.rules.count == 2)
      return PolicyChecker.check(set).all.contains { $0.message.contains("B never wins: A") }
    }
    #expect(try check("LocalPortRange 4000", "LocalPortRange 4000\nUserid START1"))
    #expect(try !check("LocalPortRange 4000", "LocalPortRange 4000\nUserid START1\nPriority 2"))
    #expect(try !check("LocalPortRange 4000\nJobname X", "LocalPortRange 4000"))
    #expect(try check("LocalPortRange 3000-5000", "LocalPortRange 4000-4001"))
    #expect(try check("Jobname COL*", "Jobname COLATTLS\nLocalPortRange 1"))
    #expect(try !check("Jobname COLATTLS", "Jobname COL*"))
    #expect(try check("RemoteAddr 10.1.0.0/16", "RemoteAddr 10.1.2.3"))
    #expect(try !check("RemoteAddr 10.1.2.3", "RemoteAddr 10.1.0.0/16"))
    #expect(
      try !check(
        "LocalPortRange 4000\nIpTimeCondition\n{\nTimeOfDayRange 08:00-09:00\n}",
        "LocalPortRange 4000"))
  }
}
