internal import TraceBytes

/// Protocols of text lines that begin like a dialogue of commands and replies and are none: known by name, so
/// that nothing takes them for FTP, SMTP, POP3 or HTTP.
enum TextServices {
  static let rooms = [
    ProtocolRoom(.irc, dissector: Dissector("irc", decodeAs: "irc", ports: [6667]), recognise: irc),
    ProtocolRoom(
      .nntp, dissector: Dissector("nntp", decodeAs: "nntp", ports: [119]), recognise: nntp),
    ProtocolRoom(
      .memcached, dissector: Dissector("memcache", decodeAs: "memcache", ports: [11211]),
      recognise: memcached),
    ProtocolRoom(
      .redis, dissector: Dissector("resp", decodeAs: "resp", ports: [6379]), recognise: redis),
    ProtocolRoom(.nats, dissector: Dissector("data", column: "NATS"), recognise: nats),
  ]

  /// Internet Relay Chat (RFC 2812): commands, and messages of a server, which begin with its name.
  static func irc(_ bytes: RawSpan) -> Recognition? {
    guard let line = FirstLine(bytes) else { return nil }
    if line.first(0, bytes) == Byte.colon, line[0].count > 1, line.count >= 3 {
      let isReply = line[1].count == 3 && line.isNumber(1, bytes)
      let verbs: [StaticString] = [
        "NOTICE", "PRIVMSG", "JOIN", "PART", "QUIT", "MODE", "NICK", "TOPIC", "KICK", "PONG",
      ]
      return isReply || line.has(1, oneOf: verbs, bytes)
        ? Recognition(.certain, fromClient: isReply ? false : nil) : nil
    }
    if line.has(0, "NICK", bytes), line.count == 2 {
      let next = bytes.firstIndex(of: "USER ", from: line.end, to: bytes.byteCount)
      return Recognition(next == nil ? .likely : .certain, fromClient: true)
    }
    if line.has(0, "PASS", bytes), line.isWhole,
      bytes.firstIndex(of: "NICK ", from: line.end, to: bytes.byteCount) != nil
    {
      return Recognition(.certain, fromClient: true)
    }
    // USER has four parameters here, and one in FTP and POP.
    if line.has(0, "USER", bytes), line.count >= 5, line.first(4, bytes) == Byte.colon {
      return Recognition(.certain, fromClient: true)
    }
    if line.has(0, "CAP", bytes), line.has(1, oneOf: ["LS", "REQ", "END"], bytes) {
      return Recognition(.certain, fromClient: true)
    }
    if line.has(0, "JOIN", bytes), line.first(1, bytes) == 0x23 {
      return Recognition(.certain, fromClient: true)
    }
    if line.has(0, oneOf: ["PRIVMSG", "NOTICE"], bytes), line.count >= 3,
      line.first(2, bytes) == Byte.colon
    {
      return Recognition(.certain)
    }
    return nil
  }

  /// Network news (RFC 3977, RFC 4643): what FTP and SMTP do not have of commands and replies.
  static func nntp(_ bytes: RawSpan) -> Recognition? {
    guard let line = FirstLine(bytes) else { return nil }
    let command = Recognition(.certain, fromClient: true)
    let reply = Recognition(.certain, fromClient: false)
    if line.isNumber(0, bytes), line[0].count == 3 {
      if line.has(0, oneOf: ["200", "201"], bytes) {
        for word in ["NNTP", "osting", "InterNetNews", "INN "] as [StaticString]
        where bytes.firstIndex(of: word, from: 3, to: line.end) != nil {
          return reply
        }
        return nil
      }
      // An article: its number and its message id.
      if line.has(0, oneOf: ["220", "221", "222", "223"], bytes), line.isNumber(1, bytes),
        line.first(2, bytes) == 0x3C
      {
        return reply
      }
      // A group: how many articles, the first and the last of them, and its name.
      if line.has(0, "211", bytes), line.count >= 5,
        (1...3).allSatisfy({ line.isNumber($0, bytes) })
      {
        return reply
      }
      let own: [StaticString] = [
        "101", "281", "335", "340", "381", "411", "412", "420", "423", "430", "435", "436", "437",
        "440", "441", "480", "481", "482", "483",
      ]
      return line.has(0, oneOf: own, bytes) && line.isWhole && line.count > 1
        ? Recognition(.likely, fromClient: false) : nil
    }
    if line.has(0, "MODE", bytes), line.has(1, oneOf: ["READER", "STREAM", "reader"], bytes) {
      return command
    }
    if line.has(0, "AUTHINFO", bytes), line.has(1, oneOf: ["USER", "PASS", "SASL"], bytes) {
      return command
    }
    if line.has(
      0, oneOf: ["ARTICLE", "HEAD", "BODY", "STAT", "IHAVE", "CHECK", "TAKETHIS"], bytes),
      line.first(1, bytes) == 0x3C
    {
      return command
    }
    if line.has(0, oneOf: ["GROUP", "LISTGROUP"], bytes), line.count >= 2 {
      return Recognition(.likely, fromClient: true)
    }
    if line.has(0, oneOf: ["XOVER", "OVER", "NEWGROUPS", "NEWNEWS", "XHDR", "XPAT"], bytes),
      line.count >= 2
    {
      return command
    }
    if line.has(0, "CAPABILITIES", bytes), line.isWhole {
      return Recognition(.likely, fromClient: true)
    }
    if line.has(0, "LIST", bytes),
      line.has(1, oneOf: ["ACTIVE", "NEWSGROUPS", "OVERVIEW.FMT", "HEADERS"], bytes)
    {
      return command
    }
    return nil
  }

  /// memcached's text protocol (its doc/protocol.txt): small letters asks, capitals answers.
  static func memcached(_ bytes: RawSpan) -> Recognition? {
    guard let line = FirstLine(bytes), line.isWhole else { return nil }
    if line.has(0, oneOf: ["set", "add", "replace", "append", "prepend", "cas"], bytes),
      line.count >= 5, (2...4).allSatisfy({ line.isNumber($0, bytes) })
    {
      return Recognition(.certain, fromClient: true)
    }
    if line.has(0, oneOf: ["get", "gets", "delete", "touch", "incr", "decr", "gat"], bytes),
      line.count >= 2
    {
      return Recognition(.likely, fromClient: true)
    }
    if line.has(0, oneOf: ["stats", "version", "flush_all", "verbosity"], bytes), line.count <= 2 {
      return Recognition(.likely, fromClient: true)
    }
    if line.has(0, "VALUE", bytes), line.count >= 4, line.isNumber(2, bytes),
      line.isNumber(3, bytes)
    {
      return Recognition(.certain, fromClient: false)
    }
    if line.has(0, "STAT", bytes), line.count >= 3,
      bytes.u8(line[1].lowerBound) | 0x20
        == bytes.u8(line[1].lowerBound)
    {
      return Recognition(.certain, fromClient: false)
    }
    if line.count == 1, line.has(0, oneOf: ["STORED", "NOT_STORED", "NOT_FOUND", "DELETED"], bytes)
    {
      return Recognition(.likely, fromClient: false)
    }
    return nil
  }

  /// RESP, the protocol of Redis: arrays of strings with their lengths, and one-line answers.
  static func redis(_ bytes: RawSpan) -> Recognition? {
    guard bytes.byteCount >= 4 else { return nil }
    switch bytes.u8(0) {
    case 0x2A, 0x24:
      var at = 1
      while at < bytes.byteCount, Byte.isDigit(bytes.u8(at)), at < 12 { at += 1 }
      guard at > 1, bytes.has("\r\n", at: at) else { return nil }
      guard bytes.u8(0) == 0x2A else { return Recognition(.likely, fromClient: false) }
      guard bytes.has("$", at: at + 2), at + 3 < bytes.byteCount, Byte.isDigit(bytes.u8(at + 3))
      else { return nil }
      return Recognition(.certain, fromClient: true)
    case 0x2B:
      // A number, a string or an array behind the first answer: POP3 has none of them.
      if bytes.has("+OK\r\n", at: 0), bytes.byteCount > 5,
        [0x3A, 0x24, 0x2A].contains(bytes.u8(5))
      {
        return Recognition(.likely, fromClient: false)
      }
      return bytes.has("+PONG\r\n", at: 0) || bytes.has("+QUEUED\r\n", at: 0)
        ? Recognition(.certain, fromClient: false) : nil
    case 0x2D:
      let errors: [StaticString] = [
        "-ERR unknown command", "-ERR wrong number", "-NOAUTH ", "-WRONGTYPE ", "-WRONGPASS ",
        "-MOVED ", "-LOADING ", "-NOPERM ",
      ]
      return errors.contains { bytes.has($0, at: 0) }
        ? Recognition(.certain, fromClient: false) : nil
    default: return nil
    }
  }

  /// NATS: INFO and CONNECT with JSON behind them.
  static func nats(_ bytes: RawSpan) -> Recognition? {
    if bytes.has("INFO {\"", at: 0) { return Recognition(.certain, fromClient: false) }
    if bytes.has("CONNECT {\"", at: 0) { return Recognition(.certain, fromClient: true) }
    if bytes.has("-ERR '", at: 0) { return Recognition(.certain, fromClient: false) }
    // A message with its subject and its size; a subscription with a subject and an identifier.
    guard let line = FirstLine(bytes), line.isWhole, (3...5).contains(line.count) else {
      return nil
    }
    if line.has(0, oneOf: ["PUB", "MSG"], bytes), line.isNumber(line.count - 1, bytes) {
      return Recognition(.certain, fromClient: line.has(0, "PUB", bytes))
    }
    return line.has(0, "SUB", bytes) ? Recognition(.likely, fromClient: true) : nil
  }
}
