import Testing
import TraceProtocols

@Suite("Protocols known by name")
struct ByNameTests {
  private func guess(_ bytes: [UInt8]) -> ProtocolGuess {
    unsafe ApplicationProtocol.guess(bytes.span.bytes)
  }

  @Test(
    "syslog over TCP, counted or not",
    arguments: [
      "102 <29>Feb  3 10:20:00 S0W1 TTLS[1]: x", "42 <34>1 2026-02-03T10:20:00Z host app - - - x",
      "<29>Feb  3 10:20:00 S0W1 TTLS[1]: x", "<191>1 - - - - - - x",
    ])
  func syslog(_ text: String) {
    let known = guess(Array(text.utf8))
    #expect(known.application == .syslog)
    #expect(known.confidence == .certain)
  }

  @Test(
    "what only looks like it",
    arguments: [
      "220 ready\r\n", "250 <bob@example.com>\r\n", "<html>", "<192>1 x", "<29>text", "250-<29>",
      "0102 <29>x", "354 <CRLF>.<CRLF>\r\n",
    ])
  func notSyslog(_ text: String) {
    #expect(guess(Array(text.utf8)).application != .syslog)
  }

  @Test("LPD: a job, the state of a queue")
  func lpd() {
    // RFC 1179 sections 5.2, 6.2, 5.3.
    let job = Array("\u{2}PRT1\n\u{2}43 cfA001host1\n".utf8)
    #expect(guess(job).application == .lpd && guess(job).confidence == .certain)
    #expect(guess(Array("\u{2}PRT1\n".utf8)).application == .lpd)
    #expect(guess(Array("\u{3}PRT1 user1\n".utf8)).application == .lpd)
    #expect(guess(Array("\u{2}PRT 1\n".utf8)).application != .lpd)
    #expect(guess(Array("\u{2}PRT1\nmore".utf8)).application != .lpd)
  }

  @Test("Kafka: ApiVersions, Metadata")
  func kafka() {
    // Length, key 18, version 3, correlation 1, name.
    let name = Array("producer-1".utf8)
    let request: [UInt8] = [0, 0, 0, 30, 0, 18, 0, 3, 0, 0, 0, 1, 0, 10] + name + [0, 0, 0]
    #expect(guess(request).application == .kafka && guess(request).confidence == .certain)
    #expect(guess(Array(request.dropFirst())).application != .kafka)
  }

  @Test(
    "a word or three digits that the other end does not bear out have no name",
    arguments: [
      ("hello\r\n", "200 OK\r\n"), ("PUSH a 5\r\n", "+OK\r\n"),
      ("bob\r\n", "Login: bob\r\nName: Bob\r\n"), ("QUIT\r\n", ""), ("", "200 OK\r\n"),
    ])
  func vague(_ client: String, _ server: String) {
    #expect(pair(client, server) == .unknown)
  }

  @Test(
    "what the other end bears out",
    arguments: [
      ("NOOP\r\n", "200 OK\r\n", ApplicationProtocol.replyDialogue),
      ("PUB a 5\r\nhello\r\n", "+OK\r\n", .nats), ("SUB a 1\r\n", "MSG a 1 5\r\nhello\r\n", .nats),
      ("STAT\r\n", "+OK 2 300\r\n", .pop3), ("", "login: ", .telnet),
      ("", "login: bob\r\r\nPassword: ", .telnet),
    ])
  func borneOut(_ client: String, _ server: String, _ application: ApplicationProtocol) {
    #expect(pair(client, server) == application)
  }

  private func pair(_ client: String, _ server: String) -> ApplicationProtocol {
    ApplicationProtocol.guess(guess(Array(client.utf8)), guess(Array(server.utf8))).application
  }

  @Test("DRDA whose inner length does not fit")
  func drdaThatDoesNotFit() {
    // Length 16, X'D0', type 1; inner length 10 fits, 8 does not.
    let head: [UInt8] = [0, 16, 0xD0, 1, 0, 1, 0]
    #expect(guess(head + [10, 0x10, 0x41] + Array(repeating: 0, count: 6)).application == .drda)
    #expect(guess(head + [8, 0x10, 0x41] + Array(repeating: 0, count: 6)).application != .drda)
  }

  @Test("nothing else is taken for them", arguments: [ApplicationProtocol.syslog, .lpd, .kafka])
  func nothingElse(_ application: ApplicationProtocol) {
    RoomChecks(application, []).recognisesNothingElse()
  }
}
