import ATTLS
import Testing
import TraceBytes
import TraceModel

/// Connections of a log found by the ends and the time of a conversation.
@Suite struct JoinTests {
  private static let hour: Int64 = 3_600_000_000_000
  /// 2026-02-03 10:00:00 UTC.
  private static let ten: Int64 = 1_770_112_800_000_000_000

  private func key(_ client: UInt16, plane: UInt8 = 0) throws -> FlowKey {
    FlowKey(
      Endpoint(try #require(IPAddress("10.1.0.77")), client),
      Endpoint(try #require(IPAddress("10.1.1.2")), 8803), ipProtocol: 6, plane: plane)
  }

  private func connection(
    _ rule: String, at time: String, closed: String? = nil, mapped: Bool = false
  ) -> String {
    let local = mapped ? "::FFFF:10.1.1.2" : "10.1.1.2"
    let remote = mapped ? "::FFFF:10.1.0.77" : "10.1.0.77"
    let id = String(rule.utf8.reduce(0x100) { ($0 * 31 + Int($1)) & 0xFFFF }, radix: 16)
    let connid = String(repeating: "0", count: 8 - id.count) + id.uppercased()
    var text =
      "\(time) S0W1 TTLS[1]: \(time.suffix(8)) TCPIP EZD1281I TTLS Map   CONNID: \(connid) LOCAL: "
      + "\(local)..8803 REMOTE: \(remote)..50123 JOBNAME: GPMSERVE USERID: START1 TYPE: InBound "
      + "STATUS: Enabled RULE: \(rule) ACTIONS: G E C\n"
    if let closed {
      text +=
        "\(closed) S0W1 TTLS[1]: \(closed.suffix(8)) TCPIP EZD1283I TTLS Event GRPID: 00000007 "
        + "ENVID: 00000003 CONNID: \(connid) RC:    0 Connection Close\n"
    }
    return text
  }

  private func join(_ log: String, zone: Int = 0) -> ConnectionJoin {
    var reader = ATTLSLogReader()
    var table = ATTLSConnectionTable(keepsSteps: false)
    var join = ConnectionJoin(zone: Zone(seconds: zone))
    let bytes = Array(log.utf8)
    unsafe bytes.withUnsafeBytes { window in
      unsafe _ = reader.read(window.bytes, atEnd: true) { table.add($0) { join.add($0) } }
    }
    table.finish { join.add($0) }
    return join
  }

  @Test(arguments: [false, true])
  func theEndsFindTheConnection(_ mapped: Bool) throws {
    let join = join(connection("ONE", at: "Feb  3 10:00:00", mapped: mapped))
    let found = try #require(join.find(try key(50123, plane: 1), at: Self.ten))
    #expect(found.connection.rule == "ONE")
    #expect(found.connection.user == "START1")
    #expect(found.secondsAway == 0)
    // 10.1.1.2 is the upper end and the server.
    #expect(!found.lowerIsLocal)
    #expect(found.clientIsLower == true)
    #expect(join.find(try key(50124), at: Self.ten) == nil)
  }

  @Test func thePortsUsedAgainAreToldApartByTime() throws {
    let log =
      connection("ONE", at: "Feb  3 08:00:00", closed: "Feb  3 08:10:00")
      + connection("TWO", at: "Feb  3 10:00:00", closed: "Feb  3 10:10:00")
      + connection("THREE", at: "Feb  3 12:00:00")
    let join = join(log)
    #expect(join.count == 3)
    for (hours, rule) in [(-3.0, "ONE"), (-2, "ONE"), (0, "TWO"), (0.1, "TWO"), (2, "THREE")] {
      let time = Self.ten + Int64(hours * Double(Self.hour))
      #expect(join.find(try key(50123), at: time)?.connection.rule == rule, "\(hours)")
    }
    // The SYN comes before the log hears of the connection: the next one it is.
    #expect(join.find(try key(50123), at: Self.ten - 30_000_000_000)?.connection.rule == "TWO")
    #expect(join.find(try key(50123), at: Self.ten + 9 * Self.hour)?.connection.rule == "THREE")
  }

  @Test func theZoneOfTheLogCounts() throws {
    let log =
      connection("ONE", at: "Feb  3 05:00:00", closed: "Feb  3 05:10:00")
      + connection("TWO", at: "Feb  3 10:00:00", closed: "Feb  3 10:10:00")
    #expect(join(log).find(try key(50123), at: Self.ten)?.connection.rule == "TWO")
    #expect(
      join(log, zone: -5 * 3600).find(try key(50123), at: Self.ten)?.connection.rule == "ONE")
  }

  @Test func theYearIsTheNearest() throws {
    // 2025-12-31 23:59:50 UTC, and a log that began in the new year.
    let time: Int64 = 1_767_225_590_000_000_000
    let found = try #require(
      join(connection("ONE", at: "Jan  1 00:00:05")).find(try key(50123), at: time))
    #expect(found.secondsAway == 15)
  }

  @Test func aTimeThatDoesNotFitIsTold() throws {
    let join = join(
      connection("ONE", at: "Feb  3 05:00:00", closed: "Feb  3 05:00:10"))
    let found = try #require(join.find(try key(50123), at: Self.ten))
    #expect(found.secondsAway == 5 * 3600 - 10)
    #expect(found.sentence.contains("logged 4 h 59 min away"))
  }

  @Test func manyConnectionsOfOnePairOfEndsAreBounded() throws {
    var log = ""
    for index in 0..<1_200 {
      log += connection("R\(index)", at: "Feb  3 10:00:00", closed: "Feb  3 10:00:00")
    }
    let join = join(log)
    #expect(join.count == 1_000)
    #expect(join.leftOut == 200)
  }
}
