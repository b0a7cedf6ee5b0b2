internal import TraceModel
import Testing
import TraceProtocols

@Suite("Dialogues as exchanges")
struct DialogueExchangeTests {
  private static func steps(_ lines: [String]) -> [RoomStep] {
    lines.map { line in
      let bytes = Array((line.dropFirst(2) + "\r\n").utf8)
      return line.hasPrefix("c") ? .client(bytes) : .server(bytes)
    }
  }

  @Test("a message of SMTP is one exchange")
  func mail() {
    let found = Web.exchanges(
      Self.steps([
        "s 220 x SMTP", "c EHLO me", "s 250 x", "c MAIL FROM:<a@b> SIZE=9", "s 250 ok",
        "c RCPT TO:<c@d>", "s 250 ok", "c RCPT TO:<e@f>", "s 550 no such user", "c DATA",
        "s 354 go",
        "c Subject: x", "c .", "s 250 queued as 7", "c QUIT", "s 221 bye",
      ]))
    #expect(
      found.map(\.line) == [
        "greeting -> 220 x SMTP", "EHLO me -> 250 x",
        "mail <a@b> > <c@d> user <a@b> -> 250 queued as 7", "QUIT -> 221 bye",
      ])
    let mail = found[2]
    #expect(mail.detail("size") == "12 bytes")
    #expect(mail.detail("refused") == "<e@f>: 550 no such user")
    #expect(mail.request?.firstTime == 4_000_000 && mail.response?.lastTime == 14_000_000)
  }

  @Test("commands sent at once are paired with their replies")
  func pipelined() {
    let found = Web.exchanges(
      Self.steps([
        "s 220 x SMTP", "c EHLO me\r\nVRFY a\r\nNOOP", "s 250 x\r\n252 maybe\r\n250 ok",
      ]))
    #expect(
      found.map(\.line) == [
        "greeting -> 220 x SMTP", "EHLO me -> 250 x", "VRFY a -> 252 maybe", "NOOP -> 250 ok",
      ])
  }

  @Test("a transfer names its data connection")
  func data() {
    let found = Web.exchanges(
      Self.steps([
        "s 220 FTP", "c PASV", "s 227 Entering Passive Mode (10,0,0,2,19,137)", "c RETR a",
        "s 125 Sending", "s 250 done", "c PASS secret", "s 230 ok",
      ]))
    #expect(found.first { $0.operation == "PASV" }?.dataPort?.port == 5001)
    #expect(found.first { $0.operation == "RETR" }?.dataPort?.port == 5001)
    #expect(found.first { $0.operation == "RETR" }?.result == "250 done")
    #expect(!found.contains { $0.object.contains("secret") })
  }

  private static let gap = RoomStep.gap(fromClient: false, count: 9)
  private static let gapOfClient = RoomStep.gap(fromClient: true, count: 9)

  @Test("a reply that is lost costs its own command, and no other")
  func lostReply() {
    let found = Web.exchanges(
      Self.steps(["s 220 FTP", "c CWD a", "s 250 a", "c CWD b", "c CWD c"]) + [Self.gap]
        + Self.steps(["s 250 c", "c CWD d", "s 250 d"]))
    #expect(
      found.map(\.line) == [
        "greeting -> 220 FTP", "CWD a -> 250 a", "CWD b missing responseInGap", "CWD c -> 250 c",
        "CWD d -> 250 d",
      ])
    #expect(found.allSatisfy { $0.findings.isEmpty })
  }

  @Test("where a reply may be lost with the next command, the one behind it is in doubt")
  func lostReplyAndCommand() {
    let found = Web.exchanges(
      Self.steps(["s 220 FTP", "c CWD a"]) + [Self.gap] + Self.steps(["s 257 b"])
        + [Self.gapOfClient] + Self.steps(["c QUIT", "s 221 bye"]))
    #expect(
      found.map(\.line) == ["greeting -> 220 FTP", "CWD a -> 257 b", "QUIT -> 221 bye"])
    #expect(
      found.map(\.findings) == [
        [], ["bytes are missing; the answer may be that of another request"], [],
      ])
  }

  @Test("lines of a reply whose beginning is lost are no replies")
  func restOfReply() {
    let found = Web.exchanges(
      Self.steps(["s 220 FTP", "c FEAT", "s 211-Features", "s  EPRT"]) + [Self.gap]
        + Self.steps(["s ASV", "s  UTF8", "s 211 End", "c CWD b"])
        + [.server(Array("250 mo".utf8)), Self.gap]
        + Self.steps(["s ved", "c CWD c", "s 250 c"]))
    #expect(
      found.map(\.line) == [
        "greeting -> 220 FTP", "FEAT -> 211 End", "CWD b -> 250 mo", "CWD c -> 250 c",
      ])
  }

  @Test("a command behind missing ones that comes after its reply has it")
  func lateCommand() {
    // The command was sent at 5, and its segment waited for the one before it.
    let talk = Talk()
    talk.say(.upper, "220 FTP", 1)
    talk.say(.lower, "CWD a", 2)
    talk.say(.upper, "250 a", 3)
    talk.reader.gap(.upper, count: 9)
    talk.say(.upper, "250 c", 6)
    talk.reader.gap(.lower, count: 9)
    talk.say(.lower, "CWD c", 5)
    talk.say(.lower, "CWD d", 7)
    talk.say(.upper, "250 d", 8)
    talk.reader.gap(.lower, count: 9)
    talk.say(.upper, "250 e", 10)
    talk.say(.lower, "CWD f", 11)
    talk.say(.upper, "250 f", 12)
    talk.reader.finish(.traceEnd)
    #expect(
      talk.result.exchanges.map(\.line) == [
        "greeting -> 220 FTP", "CWD a -> 250 a", "CWD c -> 250 c", "CWD d -> 250 d",
        "reply -> 250 e missing request", "CWD f -> 250 f",
      ])
  }

  @Test("a greeting of which a part is lost is no answer to the first command")
  func lateGreeting() {
    let talk = Talk()
    talk.say(.upper, "220-FTP server", 1)
    talk.say(.lower, "USER a", 3)
    talk.reader.gap(.upper, count: 9)
    talk.say(.upper, "220 ready", 2)
    talk.say(.upper, "331 who", 4)
    talk.reader.finish(.traceEnd)
    #expect(
      talk.result.exchanges.map(\.line) == ["greeting -> 220 ready", "USER a user a -> 331 who"])
  }

  @Test("replies to commands that were sent at once are in doubt where some are lost")
  func lostOfSeveral() {
    let found = Web.exchanges(
      Self.steps(["s 220 FTP", "c NOOP\r\nCWD b\r\nCWD c"]) + [Self.gap]
        + Self.steps(["s 250 b", "s 250 c", "c CWD d", "s 250 d"]))
    #expect(found.map { $0.findings.count } == [0, 1, 1, 1, 0])
    #expect(found[1].findings == ["pairing uncertain"])
  }

  @Test("lines of a mail whose DATA is lost are no commands, and the mail is not whole")
  func lostData() {
    let found = Web.exchanges(
      Self.steps([
        "s 220 x SMTP", "c EHLO me", "s 250 x", "c MAIL FROM:<a@b>", "s 250 ok", "c RCPT TO:<c@d>",
        "s 250 recipient ok",
      ]) + [Self.gapOfClient]
        + Self.steps([
          "s 354 go", "c Subject: x", "c ", "c Mail me", "c .", "s 250 queued", "c QUIT",
          "s 221 bye",
        ]))
    #expect(
      found.map(\.line) == [
        "greeting -> 220 x SMTP", "EHLO me -> 250 x", "reply -> 250 queued missing request",
        "mail <a@b> > <c@d> user <a@b>", "QUIT -> 221 bye",
      ])
    #expect(found[3].findings == ["its text may be in a gap"])
  }

  @Test("not whole: a mail of which a recipient may be lost, a reply of which a line may be")
  func lostParts() {
    let mail = { (lost: [RoomStep]) in
      Web.exchanges(
        Self.steps(["s 220 x SMTP", "c MAIL FROM:<a@b>", "s 250 ok", "c RCPT TO:<c@d>", "s 250 ok"])
          + lost + Self.steps(["c DATA", "s 354 go", "c x", "c .", "s 250 queued"]))[1]
    }
    #expect(mail([]).request?.isWhole == true)
    #expect(mail([Self.gapOfClient]).request?.isWhole == false)
    let feat = Web.exchanges(
      Self.steps(["s 220 FTP", "c FEAT"]) + [Self.gap]
        + Self.steps(["s 211 End", "c NOOP", "s 250 ok"]))
    #expect(feat[1].line == "FEAT -> 211 End")
    #expect(feat[1].response?.isWhole == false)
    #expect(feat[2].response?.isWhole == true)
  }

  @Test("what follows a lost reply to AUTH is a secret, and no command")
  func lostPrompt() {
    let found = Web.exchanges(
      Self.steps(["s 220 x SMTP", "c EHLO me", "s 250 x", "c AUTH LOGIN"]) + [Self.gap]
        + Self.steps(["c dXNlcg==", "s 334 UGFzc3dvcmQ6", "c c2VjcmV0", "s 235 in", "c QUIT"]))
    #expect(
      found.map(\.line) == [
        "greeting -> 220 x SMTP", "EHLO me -> 250 x", "AUTH -> 235 in", "QUIT missing traceEnded",
      ])
  }

  @Test("what a trace has first of a server is a greeting by its code")
  func firstReply() {
    let found = Web.exchanges(Self.steps(["s 331 who", "c PASS x", "s 230 in"]))
    #expect(found.map(\.line) == ["reply -> 331 who missing request", "PASS -> 230 in"])
  }

  @Test("a mail whose text is lost is not told as taken")
  func lostText() {
    let found = Web.exchanges(
      Self.steps([
        "s 220 x SMTP", "c EHLO me", "s 250 x", "c MAIL FROM:<a@b>", "s 250 ok", "c RCPT TO:<c@d>",
        "s 250 recipient ok", "s 521 bad BDAT",
      ]) + [Self.gapOfClient] + Self.steps(["c QUIT", "s 221 bye"]))
    let mail = found.first { $0.operation == "mail" }
    #expect(mail?.result == "" && mail?.response?.isWhole == false)
    #expect(mail?.findings == ["its text may be in a gap"])
    #expect(found.contains { $0.line == "reply -> 521 bad BDAT failed missing request" })
  }

  /// A conversation whose lines have their own times.
  private struct Talk {
    let result = RoomResult()
    let reader: ApplicationReader

    init() { reader = ApplicationReader(into: result) }

    func say(_ side: FlowSide, _ line: String, _ time: Int64) {
      let bytes = Array((line + "\r\n").utf8)
      unsafe reader.data(side, bytes.span.bytes, time: time)
    }
  }
}
