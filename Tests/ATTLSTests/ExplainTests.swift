import ATTLS
import Testing
import TestSupport
import TraceBytes

@Suite struct ExplainTests {
  /// The codes people met, and the cause they found.
  @Test(arguments: [
    ("6", "expired"), ("403", "curl"), ("428", "UPDATE"), ("435", "deleted and created again"),
    ("467", "Chrome"), ("510", "RSA only"), ("417", "never connected"),
    ("5003", "does not use TLS"),
  ])
  func foundCauses(_ code: String, _ cause: String) throws {
    let found = try #require(Explainer.explain(word: code).first)
    #expect(found.kind == "rc")
    #expect(found.isKnown)
    #expect(found.causes.first?.contains(cause) == true)
    #expect(!found.look.isEmpty)
    #expect(!found.text().contains("{"))
  }

  @Test(arguments: [
    ("EZD1287I TTLS Error RC: 6 Initial Handshake", "RC 6 "),
    ("EZD1287I TTLS 403 No certificate received from partner.", "RC 403"),
    ("EZD1287I TTLS Error RC: 428 Initial Handshake", "RC 428"),
    ("EZD1287I TTLS Error RC:  435 Initial Handshake", "RC 435"),
    ("EZD1287I TTLS Error RC: 510 No acceptable key labels found", "RC 510"),
    ("EZD1287I TTLS Error RC: 467 Initial Handshake", "RC 467"),
    ("errno2 0be8044c. Code 044c", "JRNoCertforUser"),
    ("ESRCH (143): The user ID provided", "ESRCH"),
    ("R_ticketserv (IRRSPK00): Parse or extract 8, 16, 28", "8/16/28"),
    ("SAF 8 RACF 8 RS 16", "8/8/16"), ("SAF 0 RACF 0 RS 0", "0/0/0"),
    ("EZD1819I CSSMTP UNABLE TO ESTABLISH A TLS CONNECTION TO TARGET SERVER 10.1.0.2", "EZD1819I"),
    ("EZD1820E CSSMTP NO TARGET SERVER IS CAPABLE OF RECEIVING MAIL AT THIS TIME", "EZD1820E"),
    ("BPXF024I (TCPIP) Apr  2 17:17:03", "BPXF024I"),
    ("IAZ0543I NETSRV1 TCP/IP connection ended due to TCP/IP error, rc: 1121", "IAZ0543I"),
    ("EDC5121I Invalid argument.", "EDC5121I"), ("IEF403I COLATTLS - STARTED", "IEF403I"),
  ])
  func texts(_ text: String, _ title: String) throws {
    let found = try #require(Explainer.explain(text: text).first)
    #expect(found.title.contains(title))
    #expect(found.isKnown)
    #expect(!found.meaning.isEmpty)
  }

  @Test(arguments: [
    ("0035", "cipher"), ("35", "cipher"), ("C02C", "cipher"), ("1301", "cipher"), ("48", "alert"),
    ("4102", "drop"), ("19C", "rc"), ("FFFFFFEA", "rc"), ("-22", "rc"), ("EZD1281I", "message"),
    ("gsk_keyring_file", "gsk"), ("GSK_ERR_SELF_SIGNED", "rc"), ("handshake_failure", "alert"),
    ("secp256r1", "group"), ("TLS_AES_128_GCM_SHA256", "cipher"),
    ("rsa_pss_rsae_sha256", "signature"),
    ("JRNoCertforUser", "errno2"), ("0be8044c", "errno2"), ("044C", "errno2"), ("143", "errno"),
    ("0x19C", "rc"), ("0x1006", "drop"), ("0xC02C", "cipher"), ("0x60", "flag"),
    ("PTH_CfTxt", "flag"), ("EZD1286", "message"),
  ])
  func words(_ word: String, _ kind: String) throws {
    let found = Explainer.explain(word: word)
    #expect(found.count == 1)
    #expect(found.first?.kind == kind)
    #expect(found.first?.isKnown == true)
  }

  @Test(arguments: [
    ("flags", "0x60", "PTH_CfTxt"), ("pth", "20", "PTH_ClearTxt"), ("discard", "0x1006", "IP_BAD"),
    ("suite", "C02C", "TLS_ECDHE"), ("curve", "0023", "secp256r1"), ("Level", "255", "EZD1285I"),
  ])
  func kindsInOtherWords(_ word: String, _ code: String, _ text: String) throws {
    let kind = try #require(Explainer.kind(word))
    let found = Explainer.explain(kind: kind, code: code)
    #expect(found.isKnown)
    #expect(found.text().contains(text))
    #expect(Explainer.kind("435") == nil)
  }

  @Test func otherReadingsAreMentioned() {
    #expect(Explainer.explain(word: "201").first?.also.first?.contains("GSK_KEYRING_FILE") == true)
    #expect(Explainer.explain(word: "10").first?.also.contains { $0.contains("alert 10") } == true)
    #expect(Explainer.explain(word: "0be8044c").first?.also == [])
  }

  @Test(arguments: ["9999", "5010", "800", "nope", "EZZ9999I", "GSK_NOT_THERE", "ABCD", "7777"])
  func unknownCodesSayWhereToLook(_ word: String) {
    let found = Explainer.explain(word: word).first
    #expect(found?.isKnown == false)
    #expect(found?.look.isEmpty == false)
  }

  @Test(arguments: Explainer.kinds)
  func kinds(_ kind: String) {
    #expect(!Explainer.explain(kind: kind, code: "zz-no-such-thing").isKnown)
  }

  @Test func kindsFindWhatTheyName() {
    #expect(Explainer.explain(kind: "trace", code: "255").facts.count == 8)
    #expect(Explainer.explain(kind: "flag", code: "60").facts.count == 2)
    #expect(Explainer.explain(kind: "drop", code: "4102").title.contains("IP_BAD_CKSUM"))
    #expect(Explainer.explain(kind: "gsk", code: "201").title.contains("GSK_KEYRING_FILE"))
    #expect(Explainer.explain(kind: "group", code: "0023").title.contains("secp256r1"))
    #expect(Explainer.explain(kind: "group", code: "0017").title.contains("secp256r1"))
    #expect(Explainer.explain(kind: "handshake", code: "0B").title.contains("Certificate"))
  }

  @Test func doubtIsShown() throws {
    #expect(Explainer.explain(word: "473").first?.text().contains("guess: ") == true)
    #expect(Explainer.explain(word: "429").first?.text().contains("likely: ") == true)
    #expect(Explainer.explain(word: "417").first?.text().contains("likely: ") == false)
  }

  @Test func messageValuesFillTheAdvice() throws {
    let log = """
      EZD1287I TTLS Error RC:  435 Initial Handshake
        LOCAL: 10.1.1.2..8803
        REMOTE: 10.1.0.2..45168
        JOBNAME: GPMSERVE RULE: GPMRULE
        USERID: START1 GRPID: 00000003 ENVID: 00000001 CONNID: 0001EEF1
      """
    let found = try #require(Explainer.explain(text: log).first)
    #expect(found.look.first?.hasPrefix("RACDCERT ID(START1) LISTRING(ring)") == true)
    #expect(found.side?.contains("z/OS is likely the server (port 8803)") == true)
    #expect(found.facts.contains(.init("rule", "GPMRULE")))
    #expect(found.facts.contains(.init("remote", "10.1.0.2:45168")))
  }

  @Test(arguments: ["\u{1B}[2J", "\u{9B}31m", "x\u{202E}y", "\u{1B}]0;title\u{7}\n435"])
  func controlCharactersAreNotRepeated(_ word: String) {
    let told =
      Explainer.explain(word: word) + Explainer.explain(text: word)
      + [Explainer.explain(kind: "cipher", code: word), Explainer.unknown(text: word)]
    for explanation in told {
      for scalar in explanation.text().unicodeScalars where scalar != "\n" {
        #expect(![.control, .format].contains(scalar.properties.generalCategory))
      }
    }
  }

  @Test func jsonIsEscaped() throws {
    var explanation = Explainer.explain(kind: "rc", code: "417")
    explanation.meaning = "a \"b\" \\ \u{1B}[2J\n"
    let json = try jsonText { json throws(TraceError) in try explanation.write(to: &json) }
    #expect(json.contains(#""meaning":"a \"b\" \\ \u001b[2J\n""#))
    #expect(json.firstIndex(of: "\n") == json.index(before: json.endIndex))
  }

  // MARK: Logs

  @Test func eachKindOfFailureIsToldOnce() throws {
    var digest = FailureDigest()
    for message in messages(in: try fixture("trace255.log")) { digest.add(message) }
    #expect(digest.failures.map(\.example.returnCode) == [417, 5003, 202, 5006])
    // 417 is reported by EZD1286I and EZD1283I of one connection.
    #expect(digest.failures.map(\.count) == [1, 3, 1, 1])
    #expect(digest.failures[3].cause?.hasPrefix("RC 202 Environment Init") == true)
    let told = digest.explanations()
    #expect(told.map(\.count) == [3, 1, 1, 1])
    #expect(told.first?.facts.first?.value.hasPrefix("3 times") == true)
  }

  /// The trace tells which side did not like the other's certificate.
  @Test(
    arguments: [
      (["SEND CIPHER 15030300020230"], "z/OS sends fatal alert 48 unknown_ca"),
      (
        ["RECV CIPHER 1503030002", "RECV CIPHER 0230"],
        "the partner sends fatal alert 48 unknown_ca"
      ),
      (["RECV CIPHER 1503030002", "RECV CIPHER 0100"], nil),
      (["RECV CIPHER 1503030010"], nil),
    ] as [([String], String?)])
  func alertsTellTheSide(_ data: [String], _ alert: String?) throws {
    let lines = data.map { "EZD1285I TTLS Data  CONNID: 00000014 \($0)\n" }.joined()
    let log = lines + "EZD1283I TTLS Event CONNID: 00000014 RC:  435 Initial Handshake\n"
    var digest = FailureDigest()
    for message in messages(in: log) { digest.add(message) }
    let found = try #require(digest.failures.first)
    if let alert {
      #expect(found.alert?.hasPrefix(alert) == true)
    } else {
      #expect(found.alert == nil)
    }
  }

  @Test func relatedFailuresAreTiedTogether() throws {
    var digest = FailureDigest()
    for message in messages(in: try fixture("zosmf.json")) { digest.add(message) }
    #expect(digest.failures.map(\.example.returnCode) == [5004, 406])
    #expect(digest.failures.map(\.after) == [nil, 5004])
  }
}
