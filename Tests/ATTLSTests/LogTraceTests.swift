import ATTLS
import TestSupport
import Testing
import TraceBytes
import TraceModel

/// A log read as a trace.
@Suite struct LogTraceTests {
  static let prefix = "Nov 25 13:00:01 ZOS1 TTLS[65571]: 13:00:01 TCPIP    "
  /// 2026-12-31.
  static let day = CivilDate.days(year: 2026, month: 12, day: 31)

  static func map(
    _ id: String, _ local: String = "10.1.1.2..4000", _ remote: String = "10.1.0.2..60742",
    _ way: String = "InBound", rule: String = "PAYRULE"
  ) -> String {
    prefix + "EZD1281I TTLS Map   CONNID: \(id) LOCAL: \(local) REMOTE: \(remote) JOBNAME: PAYSRV "
      + "USERID: PAY TYPE: \(way) STATUS: Enabled RULE: \(rule) ACTIONS: G E C\n"
  }

  static func data(_ id: String, _ text: String) -> String {
    prefix + "EZD1285I TTLS Data  CONNID: \(id) \(text)\n"
  }

  static let hello = "RECV CIPHER 1603010004\n"

  static func read(
    _ text: String, book: ATTLSLogBook = ATTLSLogBook(), day: Int64? = day, feed: Feed = .whole
  ) throws -> (records: [TraceRecord], payloads: [[UInt8]], account: ByteAccount) {
    var reader = ATTLSLogTrace(day: day, book: book)
    let sink = try collect(&reader, Array(text.utf8), feed: feed)
    return (sink.records.map(\.record), sink.records.map(\.payload), reader.account)
  }

  @Test func recordsHaveTheAddressesOfTheMapMessage() throws {
    let log =
      Self.map("00000014") + Self.data("00000014", "RECV CIPHER 1603010004")
      + Self.data("00000014", "RECV CIPHER 01000000")
      + Self.data("00000014", "SEND CIPHER 1503020002020A")
    let found = try Self.read(log)
    #expect(found.payloads == [[], [0x16, 3, 1, 0, 4, 1, 0, 0, 0], [0x15, 3, 2, 0, 2, 2, 10]])
    let start = try #require(found.records.first)
    #expect(start.flags == [.start, .cipherText])
    #expect(start.source.description == "10.1.0.2" && start.sourcePort == 60742)
    #expect(start.destination.description == "10.1.1.2" && start.destinationPort == 4000)
    #expect(found.records.map(\.direction) == [.inbound, .inbound, .outbound])
    #expect(found.records.map(\.number) == [1, 2, 3])
    #expect(found.records.allSatisfy { $0.connectionID == 0x14 && $0.name.text == "PAYSRV" })
    #expect(CivilDate.text(nanoseconds: start.time, digits: 0) == "2026-11-25 13:00:01")
    #expect(found.account.total == UInt64(log.utf8.count))
  }

  /// However the log is cut into windows, the records are the same and every byte is accounted for.
  @Test(arguments: Feed.allCases) func windows(_ feed: Feed) throws {
    let log = try fixture("trace255.log")
    let whole = try Self.read(log)
    let found = try Self.read(log, feed: feed)
    #expect(found.payloads == whole.payloads)
    #expect(found.account == whole.account)
    #expect(whole.account.total == UInt64(log.utf8.count))
  }

  @Test func whatTheLogLeavesOutIsAGap() throws {
    let found = try Self.read(
      Self.map("00000014") + Self.data("00000014", "RECV CIPHER 1703030100")
        + Self.data("00000014", "RECV CIPHER 1703030020")
        + Self.data("00000014", "SEND CIPHER 1703030007") + Self.prefix
        + "EZD1283I TTLS Event GRPID: 00000007 ENVID: 00000003 CONNID: 00000014 RC:    0 "
        + "Connection Close\n")
    #expect(found.payloads.map(\.count) == [0, 5, 5, 5, 0, 0, 0])
    // In front of the second record, and at the end of both directions.
    #expect(found.records.map(\.gapBefore) == [0, 0, 256, 0, 32, 7, 0])
    #expect(found.records.last?.flags == [.end, .cipherText])
  }

  @Test func bothEndsInOneLog() throws {
    let book = ATTLSLogBook()
    let found = try Self.read(
      Self.map("00000021", "10.1.1.2..1032", "10.1.1.2..4000", "OutBound")
        + Self.map("00000022", "10.1.1.2..4000", "10.1.1.2..1032")
        + Self.data("00000021", "SEND CIPHER 15030300020100")
        + Self.data("00000022", "RECV CIPHER 1503030002")
        + Self.data("00000022", "RECV CIPHER 0100")
        + Self.data("00000022", "SEND CIPHER 15030300020100")
        + Self.data("00000021", "RECV CIPHER 1503030002")
        + Self.data("00000021", "RECV CIPHER 0100"),
      book: book)
    #expect(found.records.allSatisfy { $0.connectionID == 0x21 })
    #expect(found.payloads.map(\.count) == [0, 7, 7])
    #expect(book.otherEnds == 1)
  }

  /// The same ports again are another connection, also under the same CONNID.
  @Test func connectionsWithTheSameEnds() throws {
    let alert = "SEND CIPHER 15030300020100"
    for id in ["00000014", "00000015"] {
      let found = try Self.read(
        Self.map("00000014") + Self.data("00000014", alert) + Self.map(id) + Self.data(id, alert))
      #expect(found.records.map { $0.flags.contains(.start) } == [true, false, true, false])
    }
  }

  @Test func withoutAMapMessage() throws {
    let book = ATTLSLogBook()
    let found = try Self.read(
      Self.data("00000014", "SEND CIPHER 160303000401000000")
        + Self.data("00000015", "RECV CIPHER 1603030004")
        + Self.data("00000015", "RECV CIPHER 02000000"),
      book: book)
    let starts = found.records.filter { $0.flags.contains(.start) }
    // Who sent the client's hello, or was sent the server's, opened the connection.
    #expect(starts.map(\.direction) == [.outbound, .outbound])
    #expect(starts.map(\.source.description) == ["192.0.2.1", "192.0.2.1"])
    #expect(Set(starts.map(\.destinationPort)).count == 2)
    #expect(book.withoutAddresses == 2)
    #expect(starts.first.flatMap(book.text)?.contains("addresses are not in the log") == true)
  }

  /// An error message names the addresses too.
  @Test func addressesThatComeLater() throws {
    let book = ATTLSLogBook()
    let found = try Self.read(
      Self.data("00000036", "SEND CIPHER 15030300020230") + Self.prefix
        + "EZD1286I TTLS Error GRPID: 00000007 ENVID: 00000002 CONNID: 00000036 LOCAL: "
        + "10.1.1.2..1032 REMOTE: 10.1.0.2..25 JOBNAME: CSSMTP USERID: START1 RULE: CSSMTPRule RC:  "
        + "417 Initial Handshake 0 0000005011421D10 0\n", book: book)
    #expect(found.records.map(\.destinationPort) == [25, 25])
    #expect(book.withoutAddresses == 0)
    #expect(
      found.records.first.flatMap(book.text) == "CONNID 00000036, rule CSSMTPRule, user START1")
  }

  /// Lines cut, damaged, doubled and mixed cost themselves.
  @Test func damagedLinesCostThemselves() throws {
    let alert = "SEND CIPHER 15030300020100"
    let found = try Self.read(
      Self.map("00000014") + Self.data("00000014", alert)
        + Self.data("00000014", "SEND CIPHER 1603030") + Self.data("0000", alert)
        + Self.prefix + "EZD1285I TTLS Da\n" + Self.prefix + "\n" + "\u{0}\u{1}garbage\n"
        + Self.data("00000014", alert) + Self.map("00000015", "10.1.1.2..4000", "10.1.0.3..1")
        + Self.data("00000015", alert) + Self.data("00000014", alert)
        + Self.prefix + "last message repeated 2 times\n")
    let ours = found.records.indices.filter { found.records[$0].connectionID == 0x14 }
    #expect(ours.filter { found.payloads[$0].count == 7 }.count >= 3)
    #expect(found.records.filter { $0.connectionID == 0x15 }.count == 2)
    #expect(found.account.damaged > 0)
  }

  @Test(
    arguments: [
      ("Nov 25", 2026, 11, 26, 2026), ("Nov 25", 2026, 11, 24, 2026), ("Dec 31", 2027, 1, 1, 2026),
      ("Jan  1", 2026, 12, 31, 2026),
    ] as [(String, Int, Int, Int, Int)])
  func yearOfALogWithoutOne(
    _ date: String, _ year: Int, _ month: Int, _ day: Int, _ expected: Int
  ) throws {
    let log = (Self.map("00000014") + Self.data("00000014", "SEND CIPHER 15030300020100"))
      .replacing("Nov 25", with: date)
    let found = try Self.read(log, day: CivilDate.days(year: year, month: month, day: day))
    let time = try #require(found.records.first?.time)
    #expect(CivilDate.parts(nanoseconds: time).year == expected)
  }

  @Test func manyConnectionsStayBounded() throws {
    var log = ""
    for id in 0..<20_000 {
      let name = String(id + 0x100000, radix: 16).uppercased()
      log += Self.map("00\(name)", "10.1.1.2..4000", "10.1.\(id >> 14).2..\(id & 0x3FFF)")
      log += Self.data("00\(name)", "SEND CIPHER 1603030009")
    }
    let found = try Self.read(log)
    #expect(found.records.filter { $0.flags.contains(.start) }.count == 20_000)
    // Each has its header, and the missing body behind it.
    #expect(found.records.map(\.gapBefore).reduce(0, +) == 20_000 * 9)
  }

  @Test func recognition() throws {
    func recognises(_ text: String, atEnd: Bool = true) -> Bool? {
      unsafe ATTLSLogTrace.recognises(Array(text.utf8).span.bytes, atEnd: atEnd)
    }
    for name in ["trace255.log", "console-copy.txt", "syslog-hardcopy.txt", "zosmf.json"] {
      #expect(recognises(try fixture(name)) == true)
    }
    #expect(recognises("Nov 25 sshd[1]: EZD1281 TTL\n") == false)
    #expect(recognises("Nov 25 sshd[1]: something\n", atEnd: false) == nil)
    #expect(recognises(String(repeating: "\u{0}", count: 600), atEnd: false) == false)
  }
}
