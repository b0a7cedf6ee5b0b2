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
}
