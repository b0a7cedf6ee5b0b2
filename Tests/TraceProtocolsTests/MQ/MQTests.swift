internal import TestSupport
internal import TraceModel
import Testing
import TraceProtocols

@Suite("MQ") struct MQTests {
  private static func room() throws -> ProtocolRoom { try #require(ProtocolRegistry.room(.mq)) }

  private static let makers = [
    MQMaker(), MQMaker(isBigEndian: false), MQMaker(isEBCDIC: true),
    MQMaker(isBigEndian: false, isEBCDIC: true), MQMaker(conversation: nil),
  ]

  /// A client that connects, opens, puts, waits for a message that does not come, gets one, and leaves.
  private static func client(_ maker: MQMaker) -> [RoomEvent] {
    [
      .data(.lower, maker.initialData("APP.SVRCONN", "*", "MQJM09030500", flags: 0x31)),
      .data(.upper, maker.initialData("APP.SVRCONN", "QM3", "MQMM09040300", flags: 0)),
      .data(.lower, maker.userID("ROOT", "S3CRETPW")),
      .data(.lower, maker.authentication("app", "Zq7xKw9mPvT3")),
      .data(.upper, maker.status()),
      .data(
        .lower, maker.call(0x81, maker.text("*", 48) + maker.text("PAYROLL", 28) + maker.u32(28))),
      .data(.upper, maker.call(0x91, maker.text("QM3", 48) + maker.text("", 28))),
      .data(.lower, maker.call(0x83, maker.object("PAY.QUEUE"))),
      .data(.upper, maker.call(0x93, maker.object("PAY.QUEUE"), handle: 2)),
      .data(.lower, maker.put(2, "MQIMS", maker.imsHeader("TICKET01") + maker.text("IVTNO"))),
      .data(
        .upper,
        maker.call(0x96, maker.descriptor("MQIMS", id: 0x41) + maker.putOptions("PAY.QUEUE"))),
      .data(.lower, maker.get(2, wait: 5000)),
      .data(.upper, maker.call(0x95, completion: 2, reason: 2033)),
      .data(.lower, maker.get(2, wait: nil)),
      .data(
        .upper, maker.got("PAY.QUEUE", "MQCICS", maker.cicsHeader("TICKET02") + maker.text("PAY1"))),
      .data(.lower, maker.call(0x84, handle: 2)),
      .data(.upper, maker.call(0x94)),
      .data(.lower, maker.call(0x83, maker.object("NO.SUCH"))),
      .data(.upper, maker.call(0x93, maker.object("NO.SUCH"), completion: 2, reason: 2085)),
      .data(.lower, maker.call(0x8A)),
      .data(.upper, maker.call(0x9A)),
      .data(.lower, maker.call(0x82)),
      .data(.upper, maker.call(0x92)),
    ]
  }

  @Test("a client, in both byte orders and both codes", arguments: makers.indices)
  func client(_ index: Int) throws {
    let maker = Self.makers[index]
    let events = Self.client(maker)
    let run = try RoomRun(Self.room()).run(events)
    let lines = run.lines.map { $0.split(separator: " ").dropLast(2).joined(separator: " ") }
    let expected = """
      CHANNEL START APP.SVRCONN > QM3 -> MQMM 9.4.3, ok
      LOGON user app -> ok
      MQCONN APP.SVRCONN > QM3 (MQJM 9.3.5) user app -> ok
      MQOPEN QUEUE PAY.QUEUE -> ok, handle 2
      MQPUT PAY.QUEUE 89 B MQIMS persistent -> ok
      MQGET PAY.QUEUE wait 5 s -> failed, 2 2033 MQRC_NO_MSG_AVAILABLE: no message WAIT
      MQGET PAY.QUEUE -> ok, 184 B MQCICS non-persistent
      MQCLOSE PAY.QUEUE -> ok
      MQOPEN QUEUE NO.SUCH -> failed, 2 2085 MQRC_UNKNOWN_OBJECT_NAME: object not known FAILED
      MQCMIT -> ok
      MQDISC -> ok
      """
    #expect(lines.joined(separator: "\n") == expected)
    #expect(run.reader.client == .lower)
    #expect(run.exchanges.allSatisfy { $0.client == .lower })
    let put = try #require(run.exchanges.first { $0.operation == "MQPUT" })
    #expect(put.details.contains(.init("message id", String(repeating: "41", count: 24))))
    #expect(put.details.contains(.init("reply-to queue", "REPLY.Q")))
    #expect(run.secretText(.lower, events) == maker.text("S3CRETPWZq7xKw9mPvT3TICKET01"))
    #expect(run.secretText(.upper, events) == maker.text("TICKET02"))
    // No secret stands in what is told.
    for exchange in run.exchanges {
      let all = RoomRun.line(exchange) + exchange.details.map(\.value).joined(separator: "\n")
      for secret in ["S3CRETPW", "Zq7x", "TICKET"] { #expect(!all.contains(secret)) }
    }
  }

  @Test("channels that are refused, and logons")
  func refused() throws {
    let maker = MQMaker(conversation: nil)
    let start = RoomEvent.data(
      .lower, maker.initialData("APP.SVRCONN", "", "MQJM09030500", flags: 0x31))
    let refused = try RoomRun(Self.room()).run([start, .data(.upper, maker.status(1, close: true))])
    #expect(refused.lines.count == 1)
    #expect(
      refused.lines[0].hasPrefix(
        "CHANNEL START APP.SVRCONN -> CHANNEL REFUSED: no channel (01) FAILED"))
    let unknown = try RoomRun(Self.room()).run([start, .data(.upper, maker.status(0x33))])
    #expect(unknown.lines[0].contains("CHANNEL REFUSED: unknown status (33)"))
    let logon = try RoomRun(Self.room()).run([
      .data(.lower, maker.authentication("app", "wrong")), .data(.upper, maker.status(0x14)),
    ])
    #expect(logon.lines[0].hasPrefix("LOGON user app -> security failure (14) FAILED"))
  }

  @Test("batches between queue managers", arguments: makers.indices)
  func batches(_ index: Int) throws {
    let maker = Self.makers[index]
    var events: [RoomEvent] = [
      .data(.lower, maker.initialData("TO.QM2", "QM1", "MQMM09040300", flags: 0x31)),
      .data(.upper, maker.initialData("TO.QM2", "QM2", "MQMM09040300", flags: 0)),
    ]
    for number in 101...150 {
      events.append(
        .data(.lower, maker.message(number, "PAY.QUEUE", maker.text("abc"), confirm: number == 150))
      )
    }
    events.append(.data(.upper, maker.status()))
    events.append(.data(.lower, maker.message(151, "PAY.QUEUE", [], confirm: true)))
    events.append(.data(.upper, maker.status(4)))
    let run = try RoomRun(Self.room()).run(events)
    #expect(run.lines.count == 3)
    #expect(
      run.lines[1].hasPrefix("BATCH TO.QM2 50 messages seq 101-150 > PAY.QUEUE at QM2 -> confirmed")
    )
    #expect(
      run.lines[2].hasPrefix(
        "BATCH TO.QM2 1 message seq 151 > PAY.QUEUE at QM2 -> sequence error (04) FAILED"))
  }

  @Test("several conversations of one socket, and a call in several segments")
  func conversations() throws {
    let one = MQMaker()
    let three = MQMaker(isBigEndian: false, conversation: 3)
    let run = try RoomRun(Self.room()).run([
      .data(.lower, one.call(0x83, one.object("ONE"))),
      .data(.lower, three.call(0x83, three.object("THREE"))),
      .data(.upper, three.call(0x93, three.object("THREE"), handle: 2)),
      .data(.upper, one.call(0x93, one.object("ONE"), completion: 2, reason: 2035)),
      .data(
        .lower,
        three.call(
          0x86,
          three.descriptor("MQSTR") + three.putOptions() + three.u32(90_000)
            + three.text("a", 30_000), handle: 2, flags: 0x10)),
      .data(.lower, three.segment(0x86, three.text("b", 30_000), flags: 0)),
      .data(.lower, three.segment(0x86, three.text("c", 30_000), flags: 0x20)),
      .data(.upper, three.call(0x96, three.descriptor("MQSTR") + three.putOptions("THREE"))),
    ])
    #expect(
      run.exchanges.map(\.object) == ["QUEUE THREE", "QUEUE ONE", "THREE 90000 B MQSTR persistent"])
    #expect(run.exchanges[1].status == 2035)
    #expect(run.exchanges[2].request?.messages == 3)
    #expect(run.exchanges.allSatisfy { $0.missing == .nothing })
  }

  @Test("a reason without a name is a number and says so")
  func unknownReason() throws {
    let maker = MQMaker()
    let run = try RoomRun(Self.room()).run([
      .data(.lower, maker.call(0x83, maker.object("Q"))),
      .data(.upper, maker.call(0x93, completion: 2, reason: 2999)),
    ])
    #expect(run.exchanges.first?.result == "failed, 2 2999 unknown reason")
  }

  /// The forms in which a user and a password are shown, and lengths that do not fit.
  @Test("passwords of other layouts", arguments: makers.indices)
  func layouts(_ index: Int) throws {
    let maker = Self.makers[index]
    func secrets(_ bytes: [UInt8]) throws -> [UInt8] {
      try RoomRun(Self.room()).run([.data(.lower, bytes)]).secretText(
        .lower, [.data(.lower, bytes)])
    }
    #expect(try secrets(maker.authentication("app", "passw0rd", gap: 8)) == maker.text("passw0rd"))
    #expect(try secrets(maker.userID("ROOT", "")) == [])
    let numbered = maker.segment(
      0x08,
      maker.text("UID ") + maker.u32(1) + maker.text("IBMUSER", 12) + maker.text("S3cretPw", 12))
    #expect(try secrets(numbered) == maker.text("S3cretPw"))
    let odd = maker.segment(
      0x0A,
      maker.text("CAUT") + maker.u32(1) + maker.u32(64) + maker.u32(64) + maker.u32(900_000)
        + maker.u32(8) + maker.text("app") + maker.text("S3cretPw"))
    #expect(try secrets(odd) == maker.text("appS3cretPw"))
    // Security parameters, in a segment whose length says nothing.
    var csp = maker.segment(
      0x08,
      maker.text("CSP ") + maker.u32(1) + maker.u32(1) + [UInt8](repeating: 0, count: 8)
        + maker.u32(7) + maker.u32(0) + maker.u32(8) + maker.text("IBMUSERS3cretPw"))
    #expect(try secrets(csp) == maker.text("S3cretPw"))
    csp.replaceSubrange(4..<8, with: [0, 0, 0, 0])
    #expect(try secrets(csp) == maker.text("S3cretPw"))
  }

  @Test("headers of the bridges behind other headers")
  func bridges() throws {
    for outer in Self.makers {
      for inner in Self.makers.prefix(4) {
        let data =
          inner.text("RFH ") + [UInt8](repeating: 3, count: 101) + inner.imsHeader("TICKET01")
          + inner.text("x") + inner.cicsHeader("TICKET02") + inner.text("CIH or IIH in a text")
        let bytes = outer.message(1, "IMS.QUEUE", data)
        let run = try RoomRun(Self.room()).run([.data(.lower, bytes)])
        #expect(run.secretText(.lower, [.data(.lower, bytes)]) == inner.text("TICKET01TICKET02"))
      }
    }
  }

  @Test("whole, byte by byte, and for secrets alone", arguments: makers.indices)
  func feeds(_ index: Int) throws {
    try RoomTrial.feeds(Self.room(), Self.client(Self.makers[index]))
  }

  @Test("segments that do not tell their length", arguments: makers.indices)
  func noLengths(_ index: Int) throws {
    let events = Self.client(Self.makers[index])
    let without = events.map { event -> RoomEvent in
      guard case .data(let side, var bytes) = event else { return event }
      for at in 4..<8 where bytes.count > 8 { bytes[at] = 0 }
      return .data(side, bytes)
    }
    try RoomTrial.feeds(Self.room(), without)
    #expect(try RoomRun(Self.room()).run(without).lines == RoomRun(Self.room()).run(events).lines)
  }

  @Test("cut after every byte")
  func truncations() throws {
    try RoomTrial.truncations(Self.room(), Self.client(MQMaker(isEBCDIC: true)), step: 3)
  }

  @Test("late starts and gaps", arguments: makers.indices)
  func losses(_ index: Int) throws {
    try RoomTrial.losses(Self.room(), Self.client(Self.makers[index]))
  }

  @Test("bytes changed at random", arguments: makers.indices)
  func mutations(_ index: Int) throws {
    try RoomTrial.mutations(Self.room(), Self.client(Self.makers[index]), count: 200)
  }

  @Test("nothing else is MQ") func strangers() throws { RoomTrial.strangers(try Self.room()) }

  @Test("memory stays small, whatever is sent")
  func memory() throws {
    let run = try RoomRun(Self.room())
    // Conversations without end, none of which is answered.
    for conversation in 0..<10_000 {
      let maker = MQMaker(conversation: conversation)
      run.add(.data(.lower, maker.call(0x83, maker.object("Q\(conversation)"))))
    }
    #expect(run.exchanges.count == 10_000 - 64)
    #expect(run.exchanges.allSatisfy { $0.response == nil && $0.missing == .limit })
  }

  @Test("many objects are open, and each call names its own")
  func handles() throws {
    let maker = MQMaker()
    let run = try RoomRun(Self.room())
    func open(_ number: Int) {
      run.add(.data(.lower, maker.call(0x83, maker.object("Q\(number)"))))
      run.add(.data(.upper, maker.call(0x93, maker.object("Q\(number)"), handle: number)))
    }
    func put(_ number: Int) {
      run.add(.data(.lower, maker.put(number, "MQSTR", [])))
      run.add(.data(.upper, maker.call(0x96, maker.descriptor("MQSTR") + maker.putOptions())))
    }
    for number in 1...4000 { open(number) }
    for number in 1...4000 { put(number) }
    // What is used stays known, however many are opened beside it.
    for number in 4001...16_000 {
      open(number)
      if number % 1000 == 0 { put(7) }
    }
    let puts = run.exchanges.filter { $0.operation == "MQPUT" }
    let names = puts.map { String($0.object.prefix { $0 != " " }) }
    #expect(names == (1...4000).map { "Q\($0)" } + Array(repeating: "Q7", count: 12))
  }
}
