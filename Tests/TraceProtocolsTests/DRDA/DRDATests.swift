internal import TestSupport
internal import TraceModel
import Testing
import TraceProtocols

@Suite("DRDA") struct DRDATests {
  private static let conversations = [
    RoomCase("Db2", DRDAVectors.db2), RoomCase("Derby", DRDAVectors.derby),
    RoomCase("wrong password", DRDAVectors.wrongPassword),
    RoomCase("no database", DRDAVectors.noDatabase),
  ]

  private static func room() throws -> ProtocolRoom {
    try #require(ProtocolRegistry.room(.drda))
  }

  @Test("a conversation with Db2")
  func db2() throws {
    let run = try RoomRun(Self.room()).run(DRDAVectors.db2)
    let expected = #"""
      NEGOTIATE MYDB2DB (db2jcc_application) -> QDB2/LINUX SQL08024, security: user and password, ok 175/107 B
      CONNECT MYDB2DB (JCC02100, db2jcc_application) user MYUSER -> SQL08024, Db2 LUW 8.2.4, ok 264/241 B
      SET x2+PREPARE+OPEN "select current schema from sysibm.sysdummy1" pkg NULLID.SYSSH200 sect 1 \#
      -> 12 B of rows, end of data, SQLCODE 100 02000 663/470 B
      COMMIT -> ok 10/54 B
      CALL SYSIBM.SQLTABLES pkg NULLID.SYSSTAT sect 2 \#
      -> 1 result set, 131 B of rows, SQLCODE 466 0100C: result sets come, tokens SYSIBM.SQLTABLES 1 242/630 B
      """#
    #expect(run.lines.joined(separator: "\n") == expected)
    #expect(run.reader.client == .lower)
    #expect(run.secretText(.lower, DRDAVectors.db2) == hex("D4E8E4E2C5D9"))
    #expect(run.secrets.upper.isEmpty)
    let details = run.exchanges[1].details
    #expect(details.contains(.init("correlation token", "C0A86A01.EF12.070402195612")))
    #expect(
      run.exchanges[2].details.contains(.init("setting", "SET CURRENT SCHEMA = 'SC'")))
  }

  @Test("a conversation with Derby: errors, changed rows, a password in a statement")
  func derby() throws {
    let run = try RoomRun(Self.room()).run(DRDAVectors.derby)
    let expected = #"""
      CONNECT mydb;create=true (DNC10140, derbydncmain) user app -> CSS10140, Derby 10.14.0, ok 225/100 B
      EXECUTE+COMMIT pkg NULLID.SYSLH000 sect 1 -> 1 row changed, ok 138/163 B
      PREPARE+OPEN "select * from nosuch" pkg NULLID.SYSLH000 sect 3 \#
      -> SQLCODE -20001 42X05: syntax or access, tokens NOSUCH 42X05 FAILED 241/202 B
      EXECUTE "insert into people values (1, 'dup')" pkg NULLID.SYSLH000 sect 3 \#
      -> SQLCODE -20001 23505: constraint, tokens SQL261128161451090 PEOPLE 23505 FAILED 135/102 B
      PREPARE+EXECUTE "call syscs_util.syscs_set_database_property('derby.user.bob', '************')" \#
      pkg NULLID.SYSLH000 sect 3 -> ok 313/142 B
      """#
    #expect(run.lines.dropFirst().joined(separator: "\n") == expected)
    #expect(
      run.secretText(.lower, DRDAVectors.derby) == Array("S3cretPwZq7xKw9mPvT3".utf8))
    #expect(run.exchanges[3].status == -20001)
  }

  @Test("logons and connections that fail")
  func failures() throws {
    let wrong = try RoomRun(Self.room()).run(DRDAVectors.wrongPassword)
    #expect(
      wrong.lines.last
        == "CONNECT mydb (DNC10140, derbydncmain) user app -> LOGON FAILED: user invalid (13) FAILED"
        + " 224/21 B")
    let none = try RoomRun(Self.room()).run(DRDAVectors.noDatabase)
    #expect(
      none.lines.last?.hasPrefix(
        "CONNECT nodb (DNC10140, derbydncmain) user app -> RDBNFNRM: no such database, error, SQLCODE"
      ) ?? false)
  }

  @Test("whole, byte by byte, and for secrets alone", arguments: conversations)
  func feeds(_ item: RoomCase) throws { try RoomTrial.feeds(Self.room(), item.events) }

  @Test("cut after every byte", arguments: conversations)
  func truncations(_ item: RoomCase) throws {
    try RoomTrial.truncations(Self.room(), item.events, step: item.events.count > 20 ? 7 : 1)
  }

  @Test("late starts and gaps", arguments: conversations)
  func losses(_ item: RoomCase) throws { try RoomTrial.losses(Self.room(), item.events) }

  /// The client goes on when it has the answer, so that the gap is seen behind its next request.
  @Test("an answer that is lost costs its own request, and no other")
  func lostAnswer() throws {
    let all = try RoomRun(Self.room()).run(DRDAVectors.db2)
    var answers: [[Int]] = []
    for (index, event) in DRDAVectors.db2.enumerated() where event.side == .upper {
      if answers.last?.last == index - 1 {
        answers[answers.count - 1].append(index)
      } else {
        answers.append([index])
      }
    }
    #expect(answers.count == all.exchanges.count)
    for (turn, lost) in answers.enumerated().dropLast() {
      var events = DRDAVectors.db2
      events.insert(.gap(.upper, 100), at: answers[turn + 1][0])
      for index in lost.reversed() { events.remove(at: index) }
      let run = try RoomRun(Self.room()).run(events)
      var results = all.exchanges.map(\.result)
      results[turn] = ""
      #expect(run.exchanges.map(\.result) == results)
      #expect(run.exchanges[turn].missing == .responseInGap)
    }
  }

  @Test("bytes changed at random", arguments: conversations)
  func mutations(_ item: RoomCase) throws {
    try RoomTrial.mutations(Self.room(), item.events, count: 300)
  }

  @Test("nothing else is DRDA") func strangers() throws { RoomTrial.strangers(try Self.room()) }

  @Test("the sender of any structure is known by what it is")
  func roles() throws {
    let room = try Self.room()
    for event in DRDAVectors.db2 + DRDAVectors.derby {
      guard case .data(let side, let bytes) = event else { continue }
      let found = unsafe room.recognise(bytes.span.bytes)
      // Of two replies in one structure the lengths do not fit.
      if bytes[8...9] != [0x22, 0x12] { #expect(found?.confidence == .certain) }
      // A server sends statements too.
      let isStatement = bytes[8...9] == [0x24, 0x14]
      #expect(found?.fromClient == (isStatement ? nil : side == .lower))
    }
  }

  @Test("the client is who asks, also when only answers are seen")
  func client() throws {
    let answers = DRDAVectors.db2.filter { $0.side == .upper }
    let run = try RoomRun(Self.room()).run(answers)
    #expect(run.reader.client == .lower)
    #expect(run.lines.count == 5)
    #expect(run.exchanges.allSatisfy { $0.missing == .request && $0.request == nil })
    #expect(
      run.exchanges.map(\.operation) == ["NEGOTIATE", "CONNECT", "PREPARE", "COMMIT", "CALL"])
  }
}
