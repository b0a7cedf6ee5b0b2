internal import TraceBytes

/// What a connection speaks, judged by its first bytes and never by a port number.
public enum ApplicationProtocol: UInt8, Sendable, CaseIterable {
  /// Nothing known fits.
  case unknown
  /// HTTP/1.x, or RTSP, SIP or ICAP, which look like it.
  case http1
  /// HTTP/2 without TLS (RFC 9113).
  case http2
  /// TLS or SSL records.
  case tls
  /// SMTP.
  case smtp
  /// FTP control connection.
  case ftp
  /// Three-digit replies: SMTP or FTP, not clear which.
  case replyDialogue
  /// POP3.
  case pop3
  /// IMAP.
  case imap
  /// SSH.
  case ssh
  /// Telnet option negotiation.
  case telnet
  /// Telnet that negotiates a 3270.
  case tn3270
  /// DRDA: Db2 requesters and servers.
  case drda
  /// IBM MQ channels.
  case mq
  /// NJE over TCP/IP.
  case nje
  /// LDAP.
  case ldap
  /// IMS Connect.
  case imsConnect
  /// Syslog over TCP.
  case syslog
  /// Line printer daemon.
  case lpd
  /// Apache Kafka.
  case kafka
  /// Internet Relay Chat.
  case irc
  /// Network news.
  case nntp
  /// memcached in text.
  case memcached
  /// Redis.
  case redis
  /// NATS.
  case nats
  /// WebSocket, after HTTP/1.
  case webSocket
  /// SNMP over UDP.
  case snmp
  /// DNS over UDP.
  case dns
  /// SNA in UDP: Enterprise Extender.
  case enterpriseExtender

  /// The name people know it by.
  public var name: StaticString {
    switch self {
    case .unknown: "unknown"
    case .http1: "HTTP/1"
    case .http2: "HTTP/2"
    case .tls: "TLS"
    case .smtp: "SMTP"
    case .ftp: "FTP"
    case .replyDialogue: "SMTP or FTP"
    case .pop3: "POP3"
    case .imap: "IMAP"
    case .ssh: "SSH"
    case .telnet: "telnet"
    case .tn3270: "TN3270"
    case .drda: "DRDA"
    case .mq: "MQ"
    case .nje: "NJE"
    case .ldap: "LDAP"
    case .imsConnect: "IMS Connect"
    case .syslog: "syslog"
    case .lpd: "LPD"
    case .kafka: "Kafka"
    case .irc: "IRC"
    case .nntp: "NNTP"
    case .memcached: "memcached"
    case .redis: "Redis"
    case .nats: "NATS"
    case .webSocket: "WebSocket"
    case .snmp: "SNMP"
    case .dns: "DNS"
    case .enterpriseExtender: "EE"
    }
  }

  /// The word for options: `drda`, `http`, `ims`.
  public var keyword: String {
    switch self {
    case .http1: "http"
    case .imsConnect: "ims"
    case .replyDialogue: "reply-dialogue"
    default: "\(name)".lowercased().replacing(" ", with: "-").replacing("/", with: "")
    }
  }

  /// The protocol of a ``keyword``.
  public init?(keyword: String) {
    guard let known = Self.allCases.first(where: { $0.keyword == keyword.lowercased() }) else {
      return nil
    }
    self = known
  }

  /// How sure a guess is.
  public enum Confidence: UInt8, Sendable, Comparable {
    /// Nothing fits.
    case none
    /// It may be.
    case possible
    /// It looks like it; other things look like it too.
    case likely
    /// Several bytes that hardly come together otherwise.
    case certain

    /// Order of the raw values.
    public static func < (left: Confidence, right: Confidence) -> Bool {
      left.rawValue < right.rawValue
    }
  }

  /// Bytes of a stream that a guess makes use of.
  public static let prefixBytes = 64
  /// Bytes of a stream after which a connection object asks for a guess.
  static let decisionBytes = 24

  /// SMTP, FTP or one of the two.
  public var isDialogue: Bool { self == .smtp || self == .ftp || self == .replyDialogue }

  /// Something that this module does not read.
  var isBeyondThisModule: Bool { self != .unknown && self != .http1 && !isDialogue }

  /// A guess from the first bytes of each stream; either may be empty.
  public static func guess(_ lower: RawSpan, _ upper: RawSpan) -> ProtocolGuess {
    guess(guess(lower), guess(upper))
  }

  /// A guess from those for each stream.
  public static func guess(_ one: ProtocolGuess, _ two: ProtocolGuess) -> ProtocolGuess {
    // USER and PASS are FTP's as well as POP's: the greeting decides.
    let both = max(one.confidence, two.confidence)
    if one.application.isDialogue, two.application == .pop3 { return .init(.pop3, both) }
    if two.application.isDialogue, one.application == .pop3 { return .init(.pop3, both) }
    if one.application.isDialogue, two.application.isDialogue {
      let named = one.application == .replyDialogue ? two : one
      return ProtocolGuess(named.application, max(both, .likely))
    }
    if one.application == .telnet, two.application == .tn3270 { return two }
    let found = two.confidence > one.confidence ? two : one
    // Three digits or a word that the other end does not bear out are those of any service.
    let isVague = found.application.isDialogue || found.application == .pop3
    return isVague && both == .possible ? .init(.unknown, .none) : found
  }

  /// A guess from the first bytes of one stream.
  public static func guess(_ bytes: RawSpan) -> ProtocolGuess {
    let none = ProtocolGuess(.unknown, .none)
    guard bytes.byteCount > 0 else { return none }
    let start = proxyHeader(bytes)
    if start > 0, start < bytes.byteCount {
      return guess(bytes.extracting(start..<bytes.byteCount))
    }
    let prefix = bytes.extracting(0..<min(bytes.byteCount, prefixBytes))
    // Most conversations of most traces are this, and no room takes such a line for its own.
    if let http = startLine(prefix), http.confidence == .certain,
      !bytes.has(HTTP2.preface, at: 0)
    {
      return http
    }
    return binary(prefix) ?? text(prefix) ?? none
  }

  /// HTTP/1 by the first line of a message.
  private static func startLine(_ bytes: RawSpan) -> ProtocolGuess? {
    if bytes.has("HTTP/1.", at: 0) { return .init(.http1, .certain) }
    guard let feed = bytes.firstIndex(of: Byte.lf, from: 0, to: bytes.byteCount),
      let line = StartLine(bytes, 0..<feed + 1)
    else { return nil }
    return .init(.http1, line.isSimple ? .likely : .certain)
  }

  /// Length of the header that a load balancer puts before everything else (the PROXY protocol, versions 1
  /// and 2); 0 when there is none.
  static func proxyHeader(_ bytes: RawSpan) -> Int {
    if bytes.has("PROXY TCP", at: 0) || bytes.has("PROXY UNKNOWN", at: 0) {
      let end = min(bytes.byteCount, 107)
      return bytes.firstIndex(of: Byte.lf, from: 0, to: end).map { $0 + 1 } ?? 0
    }
    guard bytes.has("\r\n\r\n\0\r\nQUIT\n", at: 0), bytes.byteCount >= 16 else { return 0 }
    return 16 + (Int(bytes.u8(14)) << 8 | Int(bytes.u8(15)))
  }

  private static func text(_ bytes: RawSpan) -> ProtocolGuess? {
    let count = bytes.byteCount
    if bytes.has("SSH-2.0-", at: 0) || bytes.has("SSH-1.", at: 0) { return .init(.ssh, .certain) }
    // A line of its own says it in Redis and NATS too.
    if bytes.has("+OK\r\n", at: 0) { return .init(.pop3, .possible) }
    if bytes.has("+OK ", at: 0) { return .init(.pop3, .certain) }
    if bytes.has("-ERR ", at: 0) { return .init(.pop3, .likely) }
    if bytes.has("* OK", at: 0) || bytes.has("* PREAUTH", at: 0) { return .init(.imap, .certain) }
    let feed = bytes.firstIndex(of: Byte.lf, from: 0, to: count)
    let end = feed.map { $0 + 1 } ?? count
    if let http = startLine(bytes) { return http }
    guard isPrintable(bytes, end) else { return nil }
    let line = bytes.extracting(0..<bytes.trimmed(0..<end).upperBound)
    if let code = line.replyCode {
      let application: ApplicationProtocol
      if line.firstIndex(of: "SMTP", from: 0, to: line.byteCount) != nil {
        application = .smtp
      } else if line.firstIndex(of: "FTP", from: 0, to: line.byteCount) != nil {
        application = .ftp
      } else {
        application = .replyDialogue
      }
      let isGreeting = code == 220 || code == 120 || code == 421 || code == 554
      let isReply = feed != nil && replyCodes.contains(code)
      return .init(
        application,
        isGreeting || isReply || application != .replyDialogue ? .likely : .possible)
    }
    if let pop = popCommand(line) { return pop }
    if let verb = DialogueVerb(line) {
      guard verb.takes(line) else { return nil }
      return .init(
        verb.application ?? .replyDialogue,
        feed != nil && verb.isTelling(line) ? .likely : .possible)
    }
    return imapCommand(line) ?? startOfRequest(line)
  }

  /// Reply codes that hardly anything but FTP and SMTP has (RFC 959, RFC 5321, RFC 4217). The common ones,
  /// 200 and 500 and those around them, are also those of network news and of many services nobody knows.
  private static let replyCodes: [UInt16] = [
    110, 125, 150, 213, 214, 221, 225, 226, 227, 229, 230, 232, 234, 235, 250, 251, 252, 257, 331,
    332, 334, 350, 354, 425, 426, 450, 451, 452, 454, 530, 532, 534, 535, 550, 551, 552, 553,
  ]

  /// POP3 in the middle (RFC 1939): what it has of commands that FTP has too, with the number of a message.
  private static func popCommand(_ line: RawSpan) -> ProtocolGuess? {
    guard let words = FirstLine(line) else { return nil }
    if words.has(0, oneOf: ["RETR", "DELE", "LIST", "UIDL"], line), words.count == 2,
      words.isNumber(1, line), words[1].count <= 6
    {
      return .init(.pop3, .likely)
    }
    if words.has(0, "TOP", line), words.count == 3, words.isNumber(1, line),
      words.isNumber(2, line)
    {
      return .init(.pop3, .certain)
    }
    if words.has(0, "APOP", line), words.count == 3 { return .init(.pop3, .certain) }
    if words.has(0, oneOf: ["UIDL", "CAPA"], line), words.count == 1 {
      return .init(.pop3, .likely)
    }
    return nil
  }

  private static func isPrintable(_ bytes: RawSpan, _ end: Int) -> Bool {
    for index in 0..<end {
      let byte = bytes.u8(index)
      if byte < 0x20, !Byte.isBlank(byte) { return false }
      if byte == 0x7F { return false }
    }
    return true
  }

  private static func imapCommand(_ line: RawSpan) -> ProtocolGuess? {
    guard let blank = line.firstIndex(of: Byte.space, from: 0, to: line.byteCount), blank <= 12
    else { return nil }
    let verbs: [StaticString] = [
      "LOGIN ", "CAPABILITY", "AUTHENTICATE ", "STARTTLS", "SELECT ", "NAMESPACE",
    ]
    for verb in verbs where line.has(verb, at: blank + 1) { return .init(.imap, .likely) }
    return nil
  }

  private static func startOfRequest(_ line: RawSpan) -> ProtocolGuess? {
    let methods: [StaticString] = [
      "GET ", "POST ", "HEAD ", "PUT ", "DELETE ", "OPTIONS ", "CONNECT ", "PATCH ", "TRACE ",
    ]
    for method in methods where line.has(method, at: 0) { return .init(.http1, .likely) }
    return nil
  }
}

/// A protocol with how sure that is.
public struct ProtocolGuess: Sendable, Equatable {
  /// The protocol.
  public var application: ApplicationProtocol
  /// How sure it is.
  public var confidence: ApplicationProtocol.Confidence
  /// Whether the sender of the bytes is the client, by the room that is certain of them; nil when they do not
  /// tell.
  var fromClient: Bool?

  init(
    _ application: ApplicationProtocol, _ confidence: ApplicationProtocol.Confidence,
    fromClient: Bool? = nil
  ) {
    self.application = application
    self.confidence = confidence
    self.fromClient = fromClient
  }
}
