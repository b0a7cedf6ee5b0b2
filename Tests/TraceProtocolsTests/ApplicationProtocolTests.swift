import Testing
import TraceProtocols

struct GuessCase: CustomTestStringConvertible, Sendable {
  var testDescription: String
  var lower: [UInt8]
  var upper: [UInt8]
  var application: ApplicationProtocol
  var confidence: ApplicationProtocol.Confidence

  init(
    _ name: String, _ lower: [UInt8], _ upper: [UInt8],
    _ application: ApplicationProtocol, _ confidence: ApplicationProtocol.Confidence
  ) {
    testDescription = name
    self.lower = lower
    self.upper = upper
    self.application = application
    self.confidence = confidence
  }

  init(
    _ lower: String, _ upper: String, _ application: ApplicationProtocol,
    _ confidence: ApplicationProtocol.Confidence
  ) {
    self.init(
      escaped((lower + "|" + upper).utf8), Array(lower.utf8), Array(upper.utf8),
      application, confidence)
  }
}

extension GuessCase {
  init(
    _ name: String, _ lower: [UInt8], _ application: ApplicationProtocol,
    _ confidence: ApplicationProtocol.Confidence
  ) {
    self.init(name, lower, [], application, confidence)
  }

  init(
    _ lower: String, _ application: ApplicationProtocol,
    _ confidence: ApplicationProtocol.Confidence
  ) {
    self.init(lower, "", application, confidence)
  }
}

struct ApplicationProtocolTests {
  static let cases: [GuessCase] = [
    .init("GET / HTTP/1.1\r\n", .http1, .certain),
    .init("HTTP/1.0 404 x\r\n", .http1, .certain),
    .init("INVITE sip:x SIP/2.0\r\n", .http1, .certain),
    .init("GET /a/very/long/target/that/does/not/end", .http1, .likely),
    .init("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", .http2, .certain),
    .init("settings", [0, 0, 12, 4, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 100], .http2, .likely),
    .init("client hello", [0x16, 3, 1, 2, 0, 1, 0, 1, 0xFC], .tls, .certain),
    .init("application data", [0x17, 3, 3, 0x40, 0x10, 9], .tls, .certain),
    .init("TLS record too long", [0x17, 3, 3, 0x80, 0x10, 9], .unknown, .none),
    .init("TLS record cut", [0x16, 3, 1], .tls, .likely),
    .init("SSL 2 hello", [0x80, 0x2E, 1, 3, 1, 0, 0x15], .tls, .likely),
    .init("220 mail.example.com ESMTP ready\r\n", .smtp, .likely),
    .init("220-FTPD1 IBM FTP CS V2R5 at HOST", .ftp, .likely),
    .init("220 ready\r\n", .replyDialogue, .likely),
    .init("EHLO x\r\n", "220 ready\r\n", .smtp, .likely),
    .init("USER bob\r\n", "220 ready\r\n", .ftp, .likely),
    .init("USER bob\r\n", "+OK hello\r\n", .pop3, .certain),
    .init("", "* OK IMAP4rev1 ready\r\n", .imap, .certain),
    .init("a1 LOGIN u p\r\n", "", .imap, .likely),
    .init("999 bottles\r\n", .unknown, .none),
    .init("SSH-2.0-OpenSSH_9.2\r\n", .ssh, .certain),
    .init("telnet", [0xFF, 0xFD, 0x18], .telnet, .certain),
    .init("TN3270E", [0xFF, 0xFD, 0x28], .tn3270, .certain),
    .init("telnet, then TN3270E", [0xFF, 0xFD, 0x18], [0xFF, 0xFB, 0x28], .tn3270, .certain),
    .init(
      "terminal type", [0xFF, 0xFA, 0x18, 0] + Array("IBM-3278-2-E".utf8) + [0xFF, 0xF0],
      .tn3270, .certain),
    .init(
      "EXCSAT", [0, 0x60, 0xD0, 0x41, 0, 1, 0, 0x5A, 0x10, 0x41, 0, 0], .drda, .certain),
    .init(
      "DDM with odd lengths", [0, 0x60, 0xD0, 0x41, 0, 1, 0, 0x5B, 0x10, 0x41], .unknown, .none),
    .init("D0 only", [0, 1, 0xD0, 0x41], .unknown, .none),
    .init("MQ in ASCII", Array("TSH ".utf8) + [0, 0, 1, 0], .mq, .certain),
    .init("MQ in EBCDIC", [0xE3, 0xE2, 0xC8, 0x40, 0, 0], .mq, .certain),
    .init("MQ multiplexed", [0xE3, 0xE2, 0xC8, 0xD4, 0, 0], .mq, .certain),
    .init(
      "NJE OPEN", [0xD6, 0xD7, 0xC5, 0xD5, 0x40, 0x40, 0x40, 0x40, 0xC1], .nje, .certain),
    .init("NJE ACK", [0xC1, 0xC3, 0xD2, 0x40, 0x40, 0x40, 0x40, 0x40, 0xC1], .nje, .certain),
    .init("LDAP bind", [0x30, 0x0C, 2, 1, 1, 0x60, 7, 2, 1, 3], .ldap, .certain),
    .init(
      "LDAP long form", [0x30, 0x84, 0, 0, 0, 0x0C, 2, 1, 1, 0x60, 7, 2, 1, 3], .ldap, .certain),
    .init("BER, no LDAP", [0x30, 0x0C, 2, 1, 1, 0x30, 7, 2, 1, 3], .unknown, .none),
    .init("USER bob 0 * :Bob\r\n", .irc, .certain),
    .init("NICK bob\r\nUSER bob 0 * :Bob\r\n", .irc, .certain),
    .init("PASS x\r\nNICK bob\r\n", ":srv 001 bob :Welcome\r\n", .irc, .certain),
    .init("MODE READER\r\n", "200 news.example ready\r\n", .nntp, .certain),
    .init("LIST\r\n", "200 InterNetNews server ready, posting ok\r\n", .nntp, .certain),
    .init("ARTICLE <1@a>\r\n", "220 7 <1@a> article follows\r\n", .nntp, .certain),
    .init("set k 0 0 5\r\nhello\r\n", "STORED\r\n", .memcached, .certain),
    .init("stats\r\n", "STAT pid 12\r\n", .memcached, .certain),
    .init("*1\r\n$4\r\nPING\r\n", "+PONG\r\n", .redis, .certain),
    .init("*1\r\n$4\r\nAUTH\r\n", "+OK\r\n", .redis, .certain),
    .init("*1\r\n$3\r\nFOO\r\n", "-ERR unknown command\r\n", .redis, .certain),
    .init("CONNECT {\"verbose\":false}\r\n", "INFO {\"server_id\":\"x\"}\r\n", .nats, .certain),
    .init("RETR 1\r\n", "+OK 120 octets\r\n", .pop3, .certain),
    .init("TOP 1 0\r\n", .pop3, .certain),
    .init("RETR 1\r\n", .pop3, .likely),
    .init("LIST\r\n", "+OK\r\n", .pop3, .possible),
    .init("USER bob\r\n", "+OK\r\n", .pop3, .likely),
    .init("PING\r\n", "+OK\r\n", .unknown, .none),
    .init("set a 1\r\n", "+OK\r\n:2\r\n", .redis, .likely),
    .init("mail me the list\r\n", .unknown, .none),
    .init("type what you want\r\n", .unknown, .none),
    .init("root\r\n", .unknown, .none),
    .init("500 widgets\r\n", .unknown, .none),
    .init("200 words\r\n", .unknown, .none),
    .init("PORT 10,0,0,1,4,2\r\n", "200 Port request OK.\r\n", .ftp, .likely),
    .init("MAIL FROM:<a>\r\n", .smtp, .likely),
    .init("PROXY TCP4 1.2.3.4 5.6.7.8 123 80\r\nGET / HTTP/1.1\r\n", .http1, .certain),
    .init(
      "PROXY version 2, then TLS",
      [0x0D, 0x0A, 0x0D, 0x0A, 0, 0x0D, 0x0A] + Array("QUIT\n".utf8)
        + [0x21, 0x11, 0, 12, 10, 0, 0, 1, 10, 0, 0, 2, 4, 1, 0, 80]
        + [0x16, 3, 1, 2, 0, 1, 0, 1, 0xFC], .tls, .certain),
    .init("nothing", [], .unknown, .none),
    .init("zeros", [UInt8](repeating: 0, count: 64), .unknown, .none),
    .init("words without meaning\r\n", .unknown, .none),
  ]

  @Test(arguments: cases)
  func guesses(_ item: GuessCase) {
    let guess = unsafe ApplicationProtocol.guess(item.lower.span.bytes, item.upper.span.bytes)
    #expect(guess.application == item.application && guess.confidence == item.confidence)
    let swapped = unsafe ApplicationProtocol.guess(
      item.upper.span.bytes, item.lower.span.bytes)
    #expect(swapped.application == guess.application && swapped.confidence == guess.confidence)
  }

  /// A prefix that ends anywhere is no trouble.
  @Test(arguments: cases)
  func prefixesOfAnyLength(_ item: GuessCase) {
    for count in 0...item.lower.count {
      let part = Array(item.lower[0..<count])
      let guess = unsafe ApplicationProtocol.guess(part.span.bytes)
      #expect(guess.confidence != .none || guess.application == .unknown)
    }
  }
}
