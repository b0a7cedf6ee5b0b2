import ATTLS
import Testing

/// Codes as people paste them: what stands around a number tells what it is.
@Suite struct ExplainContextTests {
  private func first(_ words: String...) -> Explanation? {
    (words.count > 1 ? Explainer.explain(sentence: words) : nil)?.first
      ?? Explainer.explain(text: words.joined(separator: " ")).first
  }

  @Test(arguments: [
    ("RC: 6", "rc", "6"), ("RC=435", "rc", "435"), ("rc402", "rc", "402"), ("rc 428", "rc", "428"),
    ("RC=X'1B3'", "rc", "435"), ("RCODE 0x19C", "rc", "412"),
    ("Key label is not found", "rc", "6"), ("Key label is not found.", "rc", "6"),
    ("CELQ: Certification authority is unknown.", "rc", "435"),
    ("GSK_KEYRING_FILE(201)", "gsk", "17:201"), ("8 16 28", "R_ticketserv", "8/16/28"),
    ("8, 8, 16", "R_ticketserv", "8/8/16"), ("SAF 8 RACF 16 RS 28", "R_ticketserv", "8/16/28"),
    ("errno=1121", "errno", "1121"), ("errno 121", "errno", "121"),
    ("errno2 = 0BE8044C", "errno2", "044C"), ("errno2=X'0BE8044C'", "errno2", "044C"),
    ("IAZ0543I NETSRV1 TCP/IP connection ended due to TCP/IP error, rc: 1128", "errno", "1128"),
    ("DFHSO0123 06/01/2025 10:11:12 CICSA Return code 435 received from function", "rc", "435"),
    ("DFHSO0123 ... 435", "rc", "435"), ("1121", "errno", "1121"), ("1102", "errno", "1102"),
    ("X'1B3'", "rc", "435"),
  ])
  func isKnown(_ text: String, _ kind: String, _ code: String) throws {
    let found = try #require(Explainer.explain(text: text).first)
    #expect(found.isKnown, "\(found.title)")
    #expect(
      found.kind == kind && found.code.hasSuffix(code.hasPrefix("17:") ? "" : code), "\(found)")
    let words = text.split(separator: " ").map(String.init)
    if words.count > 1 {
      let again = try #require(Explainer.explain(sentence: words)?.first)
      #expect(again.title == found.title)
    }
  }

  /// What is not known is not answered with something else.
  @Test(arguments: [
    "8 16 99", "errno 99999", "errno2 0BE8FFFF", "GSK_NO_SUCH_THING(999)", "RC=4999",
    "what is the meaning of life", "the record was enabled by the server",
    "connection closed by peer",
    "handshake rule", "errno=zz",
  ])
  func isNotKnown(_ text: String) {
    let words = text.split(separator: " ").map(String.init)
    let found =
      (words.count > 1 ? Explainer.explain(sentence: words) : nil) ?? Explainer.explain(text: text)
    #expect(found.allSatisfy { !$0.isKnown }, "\(found.map(\.title))")
  }

  @Test func anErrnoBesideAReturnCodeIsMentioned() {
    #expect(Explainer.explain(word: "143").first?.kind == "errno")
    #expect(Explainer.explain(word: "120").first?.also.contains { $0.contains("EINTR") } == true)
  }

  /// The number of a message of the C run-time is that of its errno.
  @Test(arguments: [
    ("EDC8128I", "1128"), ("EDC8121I", "1121"), ("edc5121i", "121"),
    ("EDC5129I No such file or directory.", "129"),
  ])
  func runTimeMessages(text: String, errno: String) throws {
    let found = try #require(Explainer.explain(text: text).first)
    #expect(found.isKnown && found.kind == "errno" && found.code == errno)
  }

  @Test func messagesThatAreNotKnownNameTheirManual() throws {
    #expect(Explainer.explain(word: "ICH408I")[0].look[0].contains("RACF"))
    #expect(Explainer.explain(word: "EDC5999I")[0].isKnown == false)
    #expect(Explainer.explain(word: "EDC1234I")[0].look[0].contains("run-time messages"))
    #expect(Explainer.explain(text: "alert 48")[0].title == "TLS alert 48  unknown_ca")
  }
}
