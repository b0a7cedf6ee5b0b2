import ATTLS
import Testing

@Suite struct LogReaderTests {
  @Test func syslogdRecords() throws {
    var reader = ATTLSLogReader(year: 2023)
    let found = read(syslogdLog, with: &reader)
    #expect(
      found.map(\.id) == [
        "EZD1281I", "EZD1283I", "EZD1284I", "EZD1282I", "EZD1285I", "EZD1284I", "EZD1284I",
        "EZD1283I", "EZD1283I",
      ])
    #expect(reader.counts.otherLines == 1)
    #expect(reader.counts.lines == 10)
    let map = try #require(found.first)
    #expect(map.kind == .map)
    #expect(map.origin.transport == .syslogd)
    #expect(map.origin.time?.description == "2023-04-02 17:25:53")
    #expect(map.origin.system == "S0W1")
    #expect(map.origin.processID == 16_842_781)
    #expect(map.origin.stack == "TCPIP")
    #expect(map.connectionID == 0x32)
    #expect(map.local?.description == "10.1.1.2:4000")
    #expect(map.remote?.description == "10.1.0.2:60742")
    #expect(map.job == "COLATTLS")
    #expect(map.user == "START1")
    #expect(map.direction == "InBound")
    #expect(map.status == "Appl Control")
    #expect(map.rule == "COLATTLJ")
    #expect(map.actions == ["TNGA", "TNEA", "TNCA"])
  }

  @Test func eventsCallsAndData() throws {
    let found = messages(in: syslogdLog)
    try #require(found.count == 9)
    #expect(found[1].event == "Connection Init")
    #expect(found[1].returnCode == 0)
    #expect(found[2].flow?.name == "GSK_KEYRING_FILE")
    #expect(found[2].flow?.number == 201)
    #expect(found[2].flow?.value == "start1/TN3270")
    #expect(found[3].role == "HS-ServerWithClientAuth")
    #expect(found[3].actions == ["TNGA", "TNEA", "TNCA"])
    #expect(found[4].data?.bytes == [0x16, 0x03, 0x01, 0x01, 0x16])
    #expect(found[4].data?.isReceived == true)
    #expect(found[5].flow?.value == "0000005011440BB0")
    #expect(found[6].flow?.value == "C02C")
    #expect(found[7].protocolName == "TLSV1.2")
    #expect(found[7].cipher == "C02C")
    #expect(found[8].event == "Connection Close")
    #expect(found[8].origin.line == 10)
  }

  @Test func wrappedRecords() throws {
    var reader = ATTLSLogReader()
    let found = read(wrappedLog, with: &reader)
    try #require(found.map(\.id) == ["EZD1281I", "EZD1283I", "EZD1285I"])
    #expect(found[0].actions == ["TNGA", "TNEA", "TNCA"])
    #expect(found[0].rule == "COLATTLJ")
    #expect(found[0].origin.time?.description == "Apr  2 17:25:53")
    #expect(found[1].cipher == "C02C")
    #expect(found[1].words.count == 4)
    #expect(found[2].data?.bytes == [0x16, 3, 3, 0, 4, 0x0E, 0, 0, 0])
    #expect(reader.counts.otherLines == 1)
  }

  @Test func consoleCopyRecords() throws {
    var reader = ATTLSLogReader()
    let found = read(consoleCopyLog, with: &reader)
    try #require(found.map(\.id) == ["EZD1281I", "EZD1283I", "EZD1282I", "EZD1284I"])
    #expect(found.allSatisfy { $0.origin.transport == .consoleCopy })
    #expect(found.allSatisfy { $0.origin.processID == 16_842_781 && $0.origin.stack == "TCPIP" })
    #expect(found[0].remote?.description == "10.1.0.2:43012")
    #expect(found[1].returnCode == 0)
    #expect(found[2].event == "Environment Create")
    #expect(found[2].actions == ["TNGA", "TNEA", "**N/A**"])
    #expect(found[3].flow?.name == "GSK_ENVIRONMENT_OPEN")
    #expect(reader.counts.otherLines == 2)
  }

  @Test func mixedLinesOfTheHardcopyLog() throws {
    var reader = ATTLSLogReader()
    let found = read(syslogHardcopy, with: &reader)
    try #require(found.map(\.returnCode) == [5003, 435])
    #expect(found[0].event == "Data Decryption")
    #expect(found[0].words == [])
    #expect(found[0].local?.description == "10.1.1.2:2252")
    #expect(found[0].rule == "CPJES2IN")
    #expect(found[1].local?.description == "10.1.1.2:8803")
    #expect(found[1].user == "START1")
    #expect(found[1].connectionID == 0x1EEF1)
    #expect(found[0].origin.time?.description == "2025-04-02 17:17:03.12")
    #expect(found[0].origin.system == "S0W1")
    #expect(reader.counts.otherLines == 1)
  }

  @Test func jobLogLines() throws {
    let found = messages(in: jobLog)
    try #require(found.map(\.id) == ["EZD1287I", "EZZ4250I"])
    #expect(found[0].remote?.port == 45168)
    #expect(found[0].connectionID == 0x1EEF1)
    #expect(found[0].origin.time?.description == "17:17:03")
  }

  @Test func zosmfEntries() throws {
    var reader = ATTLSLogReader()
    let found = read(zosmfLog, with: &reader)
    try #require(found.map(\.returnCode) == [5004, 406])
    #expect(found.allSatisfy { $0.local?.description == "0.0.0.2:3973" })
    #expect(found.allSatisfy { $0.connectionID == 0x1EEF1 && $0.user == "IZUSVR0" })
    #expect(found[0].origin.time?.description == "2021-08-10 06:16:35")
    #expect(found[0].origin.stack == "TCP342")
    #expect(found[1].origin.line == 4)
    #expect(reader.counts.otherLines == 1)
    #expect(reader.counts.damaged == 0)
  }

  /// The size of the windows must not matter.
  @Test(arguments: [syslogdLog, wrappedLog, consoleCopyLog, syslogHardcopy, jobLog, zosmfLog])
  func dripFeed(_ log: String) {
    let whole = messages(in: log)
    #expect(!whole.isEmpty)
    for window in [1, 2, 7, 64] {
      let dripped = messages(in: log, window: window)
      #expect(dripped.map(\.text) == whole.map(\.text))
      #expect(dripped.map(\.origin.offset) == whole.map(\.origin.offset))
      #expect(dripped.map(\.origin.line) == whole.map(\.origin.line))
    }
  }

  /// A line that is cut still begins where it begins, and the next one too.
  @Test(arguments: [Int.max, 4096, 100_000]) func aLineThatIsCut(window: Int) throws {
    let stamp = "Apr  2 17:25:53 S0W1 TTLS[1]: 17:25:53 TCPIP"
    let data = "\(stamp) EZD1285I TTLS Data  CONNID: 00000032 RECV CIPHER "
    let long = data + String(repeating: "16", count: 100_000)
    let short = "\(stamp) EZD1283I TTLS Event CONNID: 00000032 RC:    0 Connection Close"
    var reader = ATTLSLogReader()
    let found = read("x y\n\(long)\n\(short)\n", with: &reader, window: window)
    try #require(found.map(\.id) == ["EZD1285I", "EZD1283I"])
    #expect(found.map(\.origin.offset) == [4, UInt64(4 + long.utf8.count + 1)])
    #expect(found[0].data?.bytes.count == (ATTLSLogReader.maximumLine - data.utf8.count) / 2)
    #expect(reader.counts.cutLines == 1)
    #expect(reader.counts.otherBytes == 4)
    #expect(reader.counts.lines == 3)
  }

  @Test func repeatedMessagesAreCounted() {
    let log = """
      Apr  2 17:25:53 S0W1 TTLS[1]: 17:25:53 TCPIP EZD1286I TTLS Error GRPID: 00000007 ENVID: 00000002 CONNID: 00000036 LOCAL: 10.1.1.2..1032 REMOTE: 10.1.0.2..25 JOBNAME: CSSMTP USERID: START1 RULE: CSSMTPRule RC: 417 Initial Handshake 0000000000000000 0000005011421D10 0000000000000000
      Apr  2 17:25:58 S0W1 last message repeated 3 times
      Apr  2 17:25:59 S0W1 cron[2]: tick
      Apr  2 17:26:58 S0W1 last message repeated 9 times

      """
    var reader = ATTLSLogReader()
    let found = read(log, with: &reader)
    #expect(found.count == 1)
    #expect(found.first?.repeats == 3)
    #expect(found.first?.words.count == 3)
    #expect(reader.counts.otherLines == 2)
  }

  /// A cut, mixed or senseless line costs itself only.
  @Test func damageStaysLocal() throws {
    let log = """
      Apr  2 17:25:53 S0W1 TTLS[1]: 17:25:53 TCPIP EZD1281I TTLS Map   CONNID: 00000032 LOCAL: 10.1.1.2..40
      Apr  2 17:25:53 S0W1 TTLS[1]: 17:25:53 TCPIP EZD12
      Apr  2 17:25:53 S0W1 TTLS[99999999999999999999]: x
      Apr  2 17:25:53 S0W1 TTLS[1]: 17:25:53 TCPIP EZD1285I TTLS Data  CONNID: 00000032 RECV CIPHER 16030
      Apr  2 17:25:53 S0W1 TTLS[1]: 17:25:53 TCPIP EZD1283I TTLS Event CONNID: 00000032 RC: 435 Initial Handshake

      """
    var reader = ATTLSLogReader()
    let found = read(log, with: &reader)
    try #require(found.map(\.id) == ["EZD1281I", "EZD1285I", "EZD1283I"])
    #expect(found[0].local?.port == 40)
    #expect(found[1].data?.isComplete == false)
    #expect(found[1].data?.bytes == [0x16, 0x03])
    #expect(found[2].returnCode == 435)
    #expect(reader.counts.damaged + reader.counts.otherLines == 2)
  }

  /// A transfer cuts each line at a width, in the middle of words: the messages are the same.
  @Test(arguments: 81...133)
  func linesCutAtAWidth(_ width: Int) {
    let lines = syslogdLog.split(separator: "\n").map { Array($0.utf8) }
    let cut = lines.map { line in
      stride(from: 0, to: line.count, by: width).map {
        String(decoding: line[$0..<min(line.count, $0 + width)], as: UTF8.self)
      }.joined(separator: "\n")
    }.joined(separator: "\n")
    let whole = messages(in: syslogdLog).map(\.text)
    #expect(messages(in: cut).map(\.text) == whole, "\(cut)")
    #expect(messages(in: cut, window: 7).map(\.text) == whole)
    let blanks = cut.split(separator: "\n").map { $0 + String(repeating: " ", count: 3) + "\r\n" }
    #expect(messages(in: blanks.joined()).map(\.text) == whole)
  }

  /// Lines of something else between the lines of a wrapped message do no harm; many end it.
  @Test func strayLinesInAWrappedMessage() {
    let head = "EZD1281I TTLS Map CONNID: 00000032 LOCAL: 10.1.1.2..4000\n"
    let tail = "REMOTE: 10.1.0.2..60742 JOBNAME: COLATTLS\n"
    let stray = "this is something else\n"
    let few = messages(in: head + stray + tail)
    #expect(few.map(\.job) == ["COLATTLS"])
    let many = messages(in: head + stray + stray + stray + tail)
    #expect(many.map(\.job) == [nil])
    #expect(many.first?.local?.port == 4000)
  }

  @Test func passwordsAreNotKept() {
    let found = messages(
      in: "EZD1284I TTLS Flow  GRPID: 00000007 ENVID: 00000004 CONNID: 00000032 RC:    0 "
        + "Set GSK_KEYRING_PW(202) - secret word\n")
    #expect(found.first?.flow?.value == "(not shown)")
    #expect(found.first?.text.contains("secret") == false)
  }

  @Test func controlCharactersNeverLeave() {
    let found = messages(
      in: "EZD1286I TTLS Error CONNID: 00000032 JOBNAME: A\u{1B}[2JB RULE: R\u{9B}x RC: 417 "
        + "Initial Handshake\n")
    #expect(found.first?.job == "A.[2JB")
    let text = found.first?.text ?? ""
    #expect(text.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control })
  }

  /// Any bytes at all: no crash, no hang, bounded messages.
  @Test func hostileBytes() {
    var state: UInt64 = 42
    func random() -> UInt8 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return UInt8(truncatingIfNeeded: state >> 33)
    }
    for log in [syslogdLog, wrappedLog, consoleCopyLog, syslogHardcopy, jobLog, zosmfLog] {
      for _ in 0..<200 {
        var bytes = Array(log.utf8)
        for _ in 0..<20 { bytes[Int(random()) * bytes.count / 256] = random() }
        let cut = Int(random()) * bytes.count / 256
        var reader = ATTLSLogReader()
        var count = 0
        let slice = Array(bytes[..<cut])
        unsafe reader.read(slice.span.bytes, atEnd: true) { _ in count += 1 }
        #expect(count <= 20)
      }
    }
  }

  @Test func endlessLinesAreCut() {
    let head = "EZD1285I TTLS Data  CONNID: 00000032 RECV CIPHER "
    let log = head + String(repeating: "AB", count: 200_000) + "\n" + syslogdLog
    var reader = ATTLSLogReader()
    let found = read(log, with: &reader, window: 4096)
    #expect(found.count == 10)
    #expect(reader.counts.cutLines == 1)
    #expect((found.first?.data?.bytes.count ?? 0) < ATTLSLogReader.maximumLine)
  }
}

@Suite struct EndpointTests {
  @Test(
    arguments: [
      ("10.1.1.2..4000", "10.1.1.2:4000"), ("::FFFF:10.1.0.2..41288", "10.1.0.2:41288"),
      ("::FFFF:000.000.000.002..3973", "0.0.0.2:3973"), ("FE80::1..443", "[fe80::1]:443"),
      ("1:2:3:4:5:6:7:8..1", "[1:2:3:4:5:6:7:8]:1"),
    ])
  func addresses(_ text: String, _ shown: String) {
    let endpoint = ATTLSEndpoint(text)
    #expect(endpoint.description == shown)
  }

  @Test(arguments: ["", "..", "x..99999", "1::2::3..4", "1:2..", "::FFFF:1.2.3..1"])
  func nonsense(_ text: String) {
    _ = ATTLSEndpoint(text).description
  }
}
