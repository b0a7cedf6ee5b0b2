@testable import ATTLS
import Testing
import TraceBytes

@Suite struct ConnectionTests {
  func connections(_ log: String, keepsSteps: Bool = false, maximum: Int = 4096)
    -> [ATTLSConnection]
  {
    var table = ATTLSConnectionTable(keepsSteps: keepsSteps, maximumConnections: maximum)
    var found: [ATTLSConnection] = []
    for message in messages(in: log) { table.add(message) { found.append($0) } }
    table.finish { found.append($0) }
    return found
  }

  @Test func aTraceGivesItsConnections() throws {
    let found = connections(try fixture("trace255.log"), keepsSteps: true)
    try #require(found.map(\.id) == [0x32, 0x36, 0x38, 0x32, 0x39])
    #expect(found.map(\.outcome) == [.secure, .failed, .secure, .failed, .failed])
    #expect(found.map(\.rule) == ["PAYRULE", "MAILOUT", "WEBRULE", "NJEIN", "WEB2RULE"])
    #expect(found[0].protocolText == "TLS 1.2")
    #expect(found[0].cipherName == "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384")
    #expect(found[0].handshakeSeconds == 1)
    #expect(found[0].role == "HS-Server")
    #expect(found[0].isClosed)
    #expect(found[0].steps.count == found[0].messages)
    #expect(found[1].failures.map(\.returnCode) == [417])
    #expect(found[1].role == "HS-Client")
    #expect(found[2].cipher == "1302")
    #expect(found[3].failures.map(\.returnCode) == [5003])
    #expect(found[3].messages == 4)
    #expect(found[4].failures.first?.cause?.hasPrefix("RC 202 Environment Init") == true)
  }

  /// The place of a connection that was handed on is another one's; nothing of the old one comes to it.
  @Test(arguments: [1, 3, 10, 4096]) func placesAreUsedAgain(maximum: Int) throws {
    let stamp = "Apr  2 17:25:53 S0W1 TTLS[1]: 17:25:53 TCPIP"
    let maps = (1...40).map { number in
      "\(stamp) EZD1281I TTLS Map CONNID: \(String(0x100 + number, radix: 16)) LOCAL: 10.1.1.2..80 "
        + "REMOTE: 10.1.0.2..\(1000 + number) JOBNAME: J USERID: U TYPE: InBound STATUS: Enabled "
        + "RULE: R\(number) ACTIONS: A B C"
    }
    // Its last line got lost, which has the CONNID: the addresses tell, while they are known.
    let error =
      "\(stamp) EZD1287I TTLS Error RC: 435 Initial Handshake LOCAL: 10.1.1.2..80 "
      + "REMOTE: 10.1.0.2..1001 JOBNAME: J USERID: U RULE: R1"
    let found = connections((maps + [error, ""]).joined(separator: "\n"), maximum: maximum)
    let isKnown = maximum > 40
    try #require(found.count == (isKnown ? 40 : 41))
    for (index, connection) in found.prefix(40).enumerated() {
      #expect(connection.rule == "R\(index + 1)")
      #expect(connection.remote?.port == UInt16(1001 + index))
      #expect(connection.failures.isEmpty == !(isKnown && index == 0))
    }
    if !isKnown {
      #expect(found.last?.id == nil)
      #expect(found.last?.failures.map(\.returnCode) == [435])
    }
  }

  @Test func stepsTellTheCourse() throws {
    let found = connections(try fixture("trace255.log"), keepsSteps: true)
    let names = found[0].steps.map(\.name)
    #expect(names.first == "rule PAYRULE")
    #expect(names.contains("Set GSK_KEYRING_FILE"))
    #expect(found[0].steps.contains { $0.detail == "218 bytes: ClientHello" })
    #expect(
      found[1].steps.contains {
        $0.detail == "7 bytes: Alert record, TLS 1.2, length 2, fatal alert 48 unknown_ca"
      })
  }

  @Test func rulesAreCounted() throws {
    var usage = ATTLSRuleUsage()
    for connection in connections(try fixture("trace255.log")) { usage.add(connection) }
    try #require(usage.rules.map(\.name) == ["PAYRULE", "MAILOUT", "WEBRULE", "NJEIN", "WEB2RULE"])
    #expect(usage.rules.map(\.secure) == [1, 0, 1, 0, 0])
    #expect(usage.rules[1].returnCodes == [417: 1])
    #expect(usage.rules[0].suites == ["TLS 1.2 C02C": 1])
  }

  /// The last line of EZD1287I is lost: addresses tie the messages together.
  @Test func withoutAConnectionID() throws {
    let found = connections(try fixture("syslog-hardcopy.txt"))
    #expect(found.map(\.id) == [nil, 0x1EEF1, 0x1EEF4])
    #expect(found.map(\.rule) == ["NJEIN", "GPMRULE", "GPMRULE"])
    let log = """
      EZD1281I TTLS Map   CONNID: 00000050 LOCAL: 10.1.1.2..2252 REMOTE: 10.1.0.2..41288 JOBNAME: JES2S001 USERID: JES2 TYPE: InBound STATUS: Enabled RULE: NJEIN ACTIONS: A B C
      EZD1287I TTLS Error RC: 5003 Data Decryption
        LOCAL: ::FFFF:10.1.1.2..2252
        REMOTE: ::FFFF:10.1.0.2..41288
        JOBNAME: JES2S001 RULE: NJEIN
      """
    let tied = connections(log)
    #expect(tied.count == 1)
    #expect(tied.first?.id == 0x50)
    #expect(tied.first?.outcome == .failed)
  }

  @Test func olderReleasesTellTheSuiteByCalls() {
    let log = """
      EZD1284I TTLS Flow  GRPID: 00000001 ENVID: 00000001 CONNID: 00000007 RC:    0 Get GSK_CONNECT_SEC_TYPE - TLSV1
      EZD1284I TTLS Flow  GRPID: 00000001 ENVID: 00000001 CONNID: 00000007 RC:    0 Get GSK_CONNECT_CIPHER_SPEC - 35
      EZD1283I TTLS Event GRPID: 00000001 ENVID: 00000001 CONNID: 00000007 RC:    0 Initial Handshake 00000000 7EB6E278
      """
    let found = connections(log)
    #expect(found.first?.protocolText == "TLS 1.0")
    #expect(found.first?.cipherName == "TLS_RSA_WITH_AES_256_CBC_SHA")
    #expect(found.first?.outcome == .secure)
  }

  @Test func memoryIsBounded() {
    var table = ATTLSConnectionTable(keepsSteps: false, maximumConnections: 10)
    var emitted: [UInt32] = []
    for id in 1...100 {
      let hex = String(id + 0x1000_0000, radix: 16, uppercase: true)
      for message in messages(in: "EZD1281I TTLS Map CONNID: \(hex) RULE: R\n") {
        table.add(message) { emitted.append($0.id ?? 0) }
      }
    }
    #expect(emitted.count == 90)
    table.finish { emitted.append($0.id ?? 0) }
    #expect(emitted == emitted.sorted())
    #expect(emitted.count == 100)
  }

  private static func map(_ id: Int) -> String {
    "EZD1281I TTLS Map   CONNID: \(hex(id)) LOCAL: 10.1.1.2..443 REMOTE: 10.1.0.2..\(id % 60_000) "
      + "JOBNAME: J RULE: R\n"
  }

  private static func event(_ id: Int, _ rest: String) -> String {
    "EZD1283I TTLS Event GRPID: 00000001 ENVID: 00000001 CONNID: \(hex(id)) RC:  \(rest)\n"
  }

  private static func hex(_ id: Int) -> String {
    let text = String(id, radix: 16, uppercase: true)
    return String(repeating: "0", count: 8 - text.count) + text
  }

  /// What is over gives its place to others; a connection that is open keeps it, and is told once.
  @Test(arguments: [false, true]) func aLongConnectionIsToldOnce(keepsSteps: Bool) throws {
    var log = Self.map(1)
    for id in 2...9_001 { log += Self.map(id) + Self.event(id, "  0 Connection Close") }
    log += Self.event(1, "406 Data Decryption") + Self.event(1, "  0 Connection Close")
    var table = ATTLSConnectionTable(keepsSteps: keepsSteps)
    var found: [ATTLSConnection] = []
    for message in messages(in: log) { table.add(message) { found.append($0) } }
    #expect(found.count > 6_000, "what is over is handed on before the end")
    #expect(found.map { $0.id ?? 0 } == Array(2...UInt32(found.count + 1)))
    table.finish { found.append($0) }
    #expect(found.count == 9_001 && table.givenUp == 0)
    let long = found.filter { $0.id == 1 }
    try #require(long.count == 1)
    #expect(long[0].rule == "R" && long[0].job == "J" && long[0].messages == 3)
    #expect(long[0].failures.map(\.returnCode) == [406] && long[0].isClosed)
  }

  /// More are open than the bound says: the oldest go, and it is counted. Those that are over need no place.
  @Test func openConnectionsThatAreGivenUpAreCounted() {
    var table = ATTLSConnectionTable(keepsSteps: false, maximumConnections: 10)
    var found: [ATTLSConnection] = []
    var log = (1...10).map(Self.map).joined()
    for id in 100..<130 { log += Self.map(id) + Self.event(id, "  0 Connection Close") }
    for message in messages(in: log) { table.add(message) { found.append($0) } }
    let before = table.givenUp
    log = (200..<205).map(Self.map).joined()
    for message in messages(in: log) { table.add(message) { found.append($0) } }
    table.finish { found.append($0) }
    #expect(found.count == 45)
    #expect(before == 1 && table.givenUp == 5)
  }

  /// A CONNID that is used again ends the connection that had it, closed in the log or not.
  @Test func aConnectionIDUsedAgainTakesNoPlace() {
    var table = ATTLSConnectionTable(keepsSteps: false, maximumConnections: 10)
    var found: [ATTLSConnection] = []
    for message in messages(in: (1...100).map { Self.map($0 % 8 + 1) }.joined()) {
      table.add(message) { found.append($0) }
    }
    table.finish { found.append($0) }
    #expect(found.count == 100 && table.givenUp == 0)
  }

  /// Steps are bounded over all connections; those that are over go first.
  @Test func stepsAreBoundedTogether() {
    var table = ATTLSConnectionTable(keepsSteps: true, maximumKeptSteps: 100)
    var found: [ATTLSConnection] = []
    var log = Self.map(1)
    for id in 2...101 { log += Self.map(id) + Self.event(id, "  0 Connection Close") }
    for message in messages(in: log) { table.add(message) { found.append($0) } }
    #expect(found.count >= 75 && table.givenUp == 0)
    log = String(repeating: Self.event(1, "  0 Data Read"), count: 120)
    for message in messages(in: log) { table.add(message) { found.append($0) } }
    table.finish { found.append($0) }
    #expect(table.givenUp > 0)
  }

  /// A time without a year is no time of ISO 8601: its text is the log's.
  @Test(arguments: [(2026, "2026-02-03T10:14:58"), (nil, "Feb  3 10:14:58")])
  func timesInJSON(year: Int?, text: String) throws {
    let log = "Feb  3 10:14:58 S0W1 TTLS[1]: 10:14:58 TCPIP    " + Self.map(1)
    let target = MemoryTarget()
    let output = ByteSink(target)
    var table = ATTLSConnectionTable(keepsSteps: true)
    var found: [ATTLSConnection] = []
    for message in messages(in: log, year: year) { table.add(message) { found.append($0) } }
    table.finish { found.append($0) }
    var json = JSONLine(output)
    try json.begin("attls_connection")
    try #require(found.first).write(to: &json, withSteps: true)
    try json.end()
    try output.commit()
    let line = String(decoding: target.bytes, as: UTF8.self)
    #expect(line.contains("\"start_time\":\"\(text)\","))
    #expect(line.contains("\"time\":\"\(text)\","))
    #expect(line.contains("\"start_ns\":null") == (year == nil))
  }

  /// A connection with the CONNID and the addresses of an older one stays when that one is handed on.
  @Test func whatIsHandedOnTakesNoOtherWithIt() {
    func map(_ id: String, _ port: Int) -> String {
      "EZD1281I TTLS Map   CONNID: \(id) LOCAL: 10.1.1.2..443 REMOTE: 10.1.0.2..\(port) RULE: R\n"
    }
    let log =
      map("0000000A", 5000) + map("0000000B", 5001) + map("0000000A", 5000)
      + "EZD1283I TTLS Event GRPID: 00000001 ENVID: 00000001 CONNID: 0000000A RC:    0 Connection Close\n"
      + "EZD1287I TTLS Error RC:  403 Initial Handshake LOCAL: 10.1.1.2..443 REMOTE: 10.1.0.2..5000\n"
    let found = connections(log, maximum: 2)
    #expect(found.map(\.id) == [0xA, 0xB, 0xA])
    #expect(found.map(\.messages) == [1, 1, 3])
  }

  @Test func handshakesOfAReusedConnectionID() throws {
    let map = "EZD1281I TTLS Map   CONNID: 00000014 RULE: R\n"
    let data = "EZD1285I TTLS Data  CONNID: 00000014 SEND CIPHER "
    // The body of the last record of the first connection is not in the log.
    let log =
      map + data + "15030300020130\n" + data + "1703030010\n" + map + data
      + "15030300020228\n"
    var table = ATTLSConnectionTable(keepsSteps: false)
    var streams = ATTLSRecordStream()
    var handshakes = HandshakeTable()
    var found: [ATTLSConnection] = []
    for message in messages(in: log) {
      table.add(message) { found.append($0) }
      streams.add(message) { handshakes.add($0) }
      if message.kind == .map { handshakes.begin(message) }
    }
    streams.finish { handshakes.add($0) }
    table.finish { found.append($0) }
    let told = found.map { handshakes.conversation(of: $0)?.summary() ?? [] }
    #expect(told.map(\.count) == [2, 1])
    #expect(told.first?.first?.contains("warning alert 48 unknown_ca") == true)
    #expect(told.first?.last?.contains("16 encrypted bytes") == true)
    #expect(told.last?.first?.contains("fatal alert 40 handshake_failure") == true)
  }

  @Test func timesAcrossMidnight() {
    let evening = ATTLSTime(month: 12, day: 31, hour: 23, minute: 59, second: 59)
    let morning = ATTLSTime(month: 1, day: 1, hour: 0, minute: 0, second: 2)
    #expect(morning.seconds(since: evening) == 3)
    func time(_ month: Int, _ day: Int, _ hour: Int) -> ATTLSTime {
      ATTLSTime(month: month, day: day, hour: hour, minute: 0, second: 0)
    }
    #expect(time(3, 1, 1).seconds(since: time(2, 28, 23)) == 7200)
    #expect(time(3, 1, 1).seconds(since: time(2, 29, 23)) == 7200)
    #expect(time(11, 1, 1).seconds(since: time(11, 1, 2)) == nil)
    let late = ATTLSTime(hour: 23, minute: 59, second: 59)
    #expect(ATTLSTime(hour: 0, minute: 0, second: 1).seconds(since: late) == 2)
    #expect(late.seconds(since: ATTLSTime(hour: 23, minute: 59, second: 58)) == 1)
    #expect(ATTLSTime(hour: 1, minute: 0, second: 0).seconds(since: time(1, 1, 2)) == nil)
    let dated = ATTLSTime(year: 2024, month: 2, day: 29, hour: 0, minute: 0, second: 0)
    #expect(dated.nanosecondsSince1970(fallbackYear: 1999) == 1_709_164_800_000_000_000)
    #expect(evening.nanosecondsSince1970(fallbackYear: 1969) == -1_000_000_000)
    #expect(evening.nanosecondsSince1970(fallbackYear: 9999) == nil)
    #expect(
      ATTLSTime(hour: 1, minute: 2, second: 3).nanosecondsSince1970(fallbackYear: 2000) == nil)
  }
}
