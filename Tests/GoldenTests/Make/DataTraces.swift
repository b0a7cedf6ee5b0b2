import TraceBytes
import TraceFormats
import TraceModel

/// The data traces in captures/data-trace.
enum DataTraces {
  static let web = DataConversation(
    job: "GPMSERVE", server: Endpoint(IPAddress(ipv4: 0x0A01_0102), 8803),
    client: Endpoint(IPAddress(ipv4: 0x0A01_004D), 50_123), security: .clearText)

  private static func besidePackets() -> EntryList {
    let talk = DataConversation(
      job: "WEBSRV", server: Endpoint(PacketTraces.host, 80),
      client: Endpoint(PacketTraces.peer, 41_000))
    var list = EntryList()
    // After the handshake of the packets.
    list.time += 3_000_000
    talk.start(&list)
    talk.receive("GET /status HTTP/1.1\r\nHost: s0w1\r\n\r\n", &list)
    talk.send(response("200 OK", "text/plain", "up\n"), &list)
    talk.end(&list)
    return list
  }

  static let all: [Capture] = [
    Capture(
      "data-trace/http-clear-text.ctr",
      "a browser and GPMSERVE under AT-TLS with CtraceClearText On: four exchanges, one with a login",
      { try clearText().laidOut() }),
    Capture(
      "data-trace/confidential.ctr",
      "the same under CtraceClearText Off: start, records without data, end",
      { try confidential().laidOut() }),
    Capture(
      "data-trace/beside-packets.ctr",
      "the application data of the connection whose packets are in packet-trace/ipv4.ctr",
      { try besidePackets().laidOut() }),
    Capture(
      "data-trace/segmented-400000.ctr.gz",
      "one send of 400,000 bytes in seven segments, other records between them; gzip",
      { try gzip(segmented().laidOut()) }),
    Capture(
      "data-trace/udp.ctr", "a name server's datagrams: two questions and their answers",
      { try udp().laidOut() }),
    Capture(
      "data-trace/local-both-sides.ctr",
      "client and server on one stack: each send is there twice, as a send and as a receive",
      { try local().laidOut() }),
    Capture(
      "data-trace/truncated.ctr", "a trace with a data limit of 64 bytes: PTH_Plen above PTH_Tlen",
      { try truncated().laidOut() }),
    Capture(
      "data-trace/header-88.ctr", "PTHs of 88 bytes, as before the discard reason was added",
      { try exchange(headerLength: 88).laidOut() }),
    Capture(
      "data-trace/header-100.ctr", "PTHs of 100 bytes, as a later release may write them",
      { try exchange(headerLength: 100).laidOut() }),
    Capture(
      "data-trace/ebcdic.ctr", "a TN3270 screen and a CICS program's records in EBCDIC, not AT-TLS",
      { try ebcdic().laidOut() }),
    Capture(
      "data-trace/ipv6.ctr", "the exchange of header-88.ctr over IPv6",
      { try exchange(version6: true).laidOut() }),
    Capture(
      "data-trace/lost.ctr",
      "a lost record (format id X'FF000001') in the middle of a conversation",
      { try lost().laidOut() }),
    Capture(
      "data-trace/damaged-middle.ctr", "300 bytes of http-clear-text.ctr overwritten",
      {
        var bytes = try clearText().laidOut()
        for index in 1100..<1400 { bytes[index] = UInt8(truncatingIfNeeded: index &* 13) | 1 }
        return bytes
      }),
    Capture(
      "data-trace/cut-short.ctr", "http-clear-text.ctr without its last 150 bytes",
      { Array(try clearText().laidOut().dropLast(150)) }),
    Capture(
      "data-trace/credentials.ctr",
      "logins of each kind: HTTP, FTP, SMTP, LDAP, 3270, in ASCII and EBCDIC, some cut by records",
      { try credentials().laidOut() }),
    Capture(
      "data-trace/wrapped.ctr",
      "a trace buffer that wrapped: the second half of http-clear-text.ctr before the first",
      {
        var list = clearText()
        let half = list.entries.count / 2
        list.entries = Array(list.entries[half...] + list.entries[..<half])
        return try list.laidOut()
      }),
  ]

  static func clearText() -> EntryList {
    var list = EntryList()
    let host = "Host: s0w1.example.com:8803\r\n"
    web.start(&list)
    web.receive(
      "GET /gpm/index.html HTTP/1.1\r\n\(host)User-Agent: Mozilla/5.0\r\nAccept: text/html\r\n\r\n",
      &list)
    web.send(
      response(
        "200 OK", "text/html",
        "<html><head><title>RMF on S0W1</title></head>\n<body><a href=\"/gpm/perform.xml\">"
          + "Performance</a></body></html>\n"), &list)
    web.receive(
      "POST /gpm/logon HTTP/1.1\r\n\(host)Content-Type: application/x-www-form-urlencoded\r\n"
        + "Content-Length: 32\r\n\r\nuser=IBMUSER&password=not4you%21", &list)
    web.send(
      response(
        "302 Found", "text/html", "",
        "Location: /gpm/perform.xml\r\nSet-Cookie: session=7f3a91; HttpOnly\r\n"), &list)
    web.receive(
      "GET /gpm/perform.xml?resource=%22,S0W1,MVS_IMAGE%22&id=8D10F0 HTTP/1.1\r\n\(host)"
        + "Cookie: session=7f3a91\r\nAccept: application/xml\r\n\r\n", &list)
    let metrics = ["CPU": "12.5", "IFA": "3.0", "IIP": "41.7", "Paging": "0.2"]
      .sorted { $0.key < $1.key }
      .map { "  <row metric=\"\($0.key) busy\" value=\"\($0.value)\"/>\n" }.joined()
    let body =
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<report resource=\",S0W1,MVS_IMAGE\">\n"
      + metrics + "</report>\n"
    // The head in one send and the body in the next, as many servers do it.
    let answer = response("200 OK", "application/xml", body)
    web.send(String(answer.dropLast(body.count)), &list)
    web.send(body, &list)
    web.receive("GET /favicon.ico HTTP/1.1\r\n\(host)Cookie: session=7f3a91\r\n\r\n", &list)
    web.send(response("404 Not Found", "text/plain", "GPM0404 no such page\n"), &list)
    web.end(&list)
    return list
  }

  static func confidential() -> EntryList {
    var secret = web
    secret.security = .confidential
    var list = EntryList()
    secret.start(&list)
    for _ in 0..<3 {
      secret.receive([], &list)
      secret.send([], &list)
    }
    secret.end(&list)
    return list
  }

  /// What the job sends in one piece in segmented-400000.ctr.gz.
  static let largeSend = filler(400_000)

  static func segmented() -> EntryList {
    let archive = DataConversation(
      job: "ARCHIVE", server: Endpoint(IPAddress(ipv4: 0x0A01_0102), 3000),
      client: Endpoint(IPAddress(ipv4: 0x0A01_0050), 41_000))
    var list = EntryList()
    archive.start(&list)
    archive.receive("SEND BIG.OBJECT\n", &list)
    archive.send(largeSend, &list)
    let last = list.entries.count
    archive.receive("THANKS\n", &list)
    archive.end(&list)
    // Another conversation's records stand between the segments.
    var other = EntryList()
    other.time = list.time
    web.receive("GET /gpm/a HTTP/1.1\r\nHost: s0w1\r\n\r\n", &other)
    web.send(response("200 OK", "text/plain", "a\n"), &other)
    list.entries.insert(contentsOf: other.entries, at: last - 3)
    return list
  }

  static func udp() -> EntryList {
    let names = DataConversation(
      job: "NAMED", server: Endpoint(IPAddress(ipv4: 0x0A01_0102), 53),
      client: Endpoint(IPAddress(ipv4: 0x0A01_0051), 33_333), ipProtocol: 17)
    var list = EntryList()
    for (id, name) in [(UInt8(1), "zos"), (2, "db2")] {
      var question: [UInt8] = [0x10, id, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0]
      question += [3] + Array(name.utf8) + [7] + Array("example".utf8) + [0, 0, 1, 0, 1]
      var answer = question
      answer[2] = 0x85
      answer[3] = 0x80
      answer[7] = 1
      answer += [0xC0, 0x0C, 0, 1, 0, 1, 0, 0, 0x0E, 0x10, 0, 4, 10, 1, 1, id]
      names.receive(question, &list)
      names.send(answer, &list)
    }
    return list
  }

  static func local() -> EntryList {
    let request = "PING\n"
    let reply = "PONG\n"
    var list = EntryList()
    let pair = DataConversation(
      job: "SERVERA", server: Endpoint(IPAddress(ipv4: 0x0A01_0102), 7000),
      client: Endpoint(IPAddress(ipv4: 0x0A01_0102), 41_007), security: .local)
    var other = pair
    other.job = "CLIENTA"
    for _ in 0..<2 {
      for (text, fromClient) in [(request, true), (reply, false)] {
        for sending in [true, false] {
          var record = (fromClient == sending ? other : pair).record(outbound: !fromClient)
          record.direction = sending ? .outbound : .inbound
          list.add(record, Array(text.utf8), after: sending ? 2_000_000 : 40_000)
        }
      }
    }
    return list
  }

  static func truncated() -> EntryList {
    var list = EntryList()
    web.start(&list)
    let request = Array("GET /gpm/long HTTP/1.1\r\nHost: s0w1\r\nX-Pad: \(pad(80))\r\n\r\n".utf8)
    web.receive(Array(request.prefix(64)), &list, original: request.count)
    let answer = Array(response("200 OK", "text/plain", pad(900)).utf8)
    web.send(Array(answer.prefix(64)), &list, original: answer.count)
    web.receive(Array(request.prefix(64)), &list, original: request.count)
    web.end(&list)
    return list
  }

  private static func pad(_ count: Int) -> String { String(repeating: "x", count: count) }

  static func exchange(headerLength: Int = 92, version6: Bool = false) -> EntryList {
    var conversation = web
    if version6 {
      conversation.server.address = IPAddress(high: 0x2001_0DB8_0001_0001, low: 2)
      conversation.client.address = IPAddress(high: 0x2001_0DB8_0001_0000, low: 0x4D)
    }
    var list = EntryList()
    list.writer.headerLength = headerLength
    conversation.start(&list)
    conversation.receive("GET /gpm/short HTTP/1.1\r\nHost: s0w1\r\n\r\n", &list)
    conversation.send(response("200 OK", "text/plain", "short\n"), &list)
    conversation.end(&list)
    return list
  }

  static func ebcdic() -> EntryList {
    let page = CodePage.ibm1047
    let terminal = DataConversation(
      job: "TN3270", server: Endpoint(IPAddress(ipv4: 0x0A01_0102), 23),
      client: Endpoint(IPAddress(ipv4: 0x0A01_0052), 50_999))
    var list = EntryList()
    terminal.start(&list)
    let screen = page.bytes("WELCOME TO S0W1   LOGON ===>") ?? []
    terminal.send([0xF5, 0xC3, 0x11, 0x40, 0x40, 0x1D, 0xF0] + screen + [0xFF, 0xEF], &list)
    let typed = page.bytes("ibmuser") ?? []
    terminal.receive([0x7D, 0x40, 0x5D, 0x11, 0x40, 0x5C] + typed + [0xFF, 0xEF], &list)
    let program = DataConversation(
      job: "CICSPROD", server: Endpoint(IPAddress(ipv4: 0x0A01_0102), 4000),
      client: Endpoint(IPAddress(ipv4: 0x0A01_0053), 40_404))
    program.receive(page.bytes("ACCT0001BALANCE   ") ?? [], &list)
    program.send(page.bytes("ACCT0001OK  00000012345{") ?? [], &list)
    terminal.end(&list)
    return list
  }

  static func lost() -> EntryList {
    var list = EntryList()
    web.start(&list)
    web.receive("GET /gpm/one HTTP/1.1\r\nHost: s0w1\r\n\r\n", &list)
    list.addLost(packets: 0, data: 3)
    web.receive("GET /gpm/two HTTP/1.1\r\nHost: s0w1\r\n\r\n", &list)
    web.send(response("200 OK", "text/plain", "two\n"), &list)
    web.end(&list)
    return list
  }
}
