import TestSupport
internal import TraceModel
import Testing
import TraceProtocols

/// Messages as IBM's tables of the IRM and of the output message have them: IMS Communications and
/// Connections, "Examples of IMS Connect message structures".
enum IMSMessages {
  /// A request: fixed part, user part of level 0, extensions, segments, end mark.
  static func request(
    _ type: UInt8 = 0x40, transaction: String = "IVTNO", data: [[UInt8]] = [],
    password: [UInt8] = ebcdic("S3CRETPW"), extensions: [UInt8] = [],
    countsExtensions: Bool = false,
    commit: UInt8 = 0x20, sync: UInt8 = 0x01, exit: String = "*SAMPL1*", timer: UInt8 = 0xE9
  ) -> [UInt8] {
    var user: [UInt8] = [0, commit, sync, type] + ebcdic(transaction, 8) + ebcdic("IMS1", 8)
    user += ebcdic("", 8) + ebcdic("USER0001", 8) + ebcdic("GROUP1", 8) + password + ebcdic("", 8)
    let length = 28 + user.count + (countsExtensions ? extensions.count : 0)
    var irm = be(length, 2) + [0, extensions.isEmpty ? 0 : 0x04] + ebcdic(exit)
    irm += [0, 0, 0, 0, 0x40, timer, 0x10, 0] + ebcdic("CLIENT01", 8)
    var segments: [UInt8] = []
    for item in data { segments += be(item.count + 4, 2) + [0, 0] + item }
    let rest: [UInt8] = irm + user + extensions + segments + [0, 4, 0, 0]
    return be(rest.count + 4, 4) + rest
  }

  static func segment(_ text: String) -> [UInt8] {
    let bytes = ebcdic(text)
    return be(bytes.count + 4, 2) + [0, 0] + bytes
  }

  static func complete(_ flags: UInt8) -> [UInt8] { [0, 12, flags, 0] + ebcdic("*CSMOKY*") }

  static func status(_ code: Int, _ reason: Int, second: UInt8 = 0) -> [UInt8] {
    [0, 20, 0, second] + ebcdic("*REQSTS*") + be(code, 4) + be(reason, 4)
  }

  /// With the total length, as HWSSMPL1 sends it.
  static func counted(_ structures: [UInt8]) -> [UInt8] {
    be(structures.count + 4, 4) + structures
  }

  static let phrase: [UInt8] =
    be(12 + 20, 2) + [0, 0] + ebcdic("*PHRASE*") + ebcdic("my s3cret phrase 123", 20)
  static let tracking: [UInt8] = be(12 + 8, 2) + [0, 0] + ebcdic("*TRCKID*") + ebcdic("TRACK001")

  static let conversation: [RoomStep] = [
    .client(request(data: [ebcdic("IVTNO   DISPLAY LAST1")])),
    .server(
      counted(
        segment("IVTNO OUT ENTRY WAS DISPLAYED") + segment("LAST1  FIRST1  8-111-1111")
          + complete(0x20))),
    .client(request(0xC1, transaction: "")), .server(counted(complete(0))),
    .client(request(transaction: "NOTRAN", data: [ebcdic("NOTRAN  X")])),
    .server(counted(status(8, 40, second: 8))),
    .client(request(0xD9, transaction: "", timer: 0xFF)),
    .server(counted(segment("ALERT 1") + complete(0x20))),
    .client(request(0xC1, transaction: "", commit: 0x40, sync: 0)),
    .server(counted(status(32, 0x28))),
  ]
}

@Suite("IMS Connect")
struct IMSConnectTests {
  let play = RoomPlay(.imsConnect)
  let checks = RoomChecks(.imsConnect, IMSMessages.conversation)

  @Test("a line for each exchange")
  func lines() {
    let result = play.play(IMSMessages.conversation)
    #expect(
      result.exchanges.map(\.line) == [
        "SEND-RECEIVE IVTNO on IMS1 user USER0001 -> ok, ack wanted",
        "ACK client CLIENT01 on IMS1 user USER0001 -> ok",
        "SEND-RECEIVE NOTRAN on IMS1 user USER0001 -> RC 8 (error found by IMS Connect, socket "
          + "closed) RSN 40 (security violation) RACF 8 (password or PassTicket not authorized) "
          + "failed",
        "RESUME TPIPE client CLIENT01 on IMS1 user USER0001 -> ok, ack wanted waits",
        "ACK client CLIENT01 on IMS1 user USER0001 -> RC 32 (timer expired, socket closed) RSN 40 "
          + "(1.00 s) waits",
      ])
    let first = result.exchanges[0]
    #expect(first.detail("client id") == "CLIENT01")
    #expect(first.detail("commit mode") == "CM1 (send, then commit)")
    #expect(first.detail("sync level") == "confirm")
    #expect(first.detail("timer") == "no wait")
    #expect(first.detail("input") == "1 segment, 21 B")
    #expect(first.detail("output") == "2 segments, 54 B")
    #expect(first.detail("output text") == "IVTNO OUT ENTRY WAS DISPLAYED")
    #expect(first.request?.firstTime == 1_000_000)
    #expect(first.response?.lastTime == 2_000_000)
    #expect(first.request?.bytes == 121)
    #expect(first.response?.bytes == 78)
    #expect(result.exchanges[2].status == 8)
    #expect(result.passedOver == 0)
  }

  @Test("answers without a total length (HWSSMPL0)")
  func withoutTotal() {
    let answer = IMSMessages.segment("OUT") + IMSMessages.complete(0xC0)
    let result = play.play([.client(IMSMessages.request()), .server(answer)])
    #expect(
      result.exchanges.map(\.line) == [
        "SEND-RECEIVE IVTNO on IMS1 user USER0001 -> ok, conversation goes on, more output is queued"
      ])
  }

  @Test("an answer larger than a message cutter keeps")
  func largeAnswer() {
    let segment = be(30_004, 2) + [0, 0] + [UInt8](repeating: 0xC1, count: 30_000)
    let answer = IMSMessages.counted(
      segment + segment + segment + segment + segment + segment + segment + segment + segment
        + segment + IMSMessages.complete(0))
    for cut in [RoomCut.whole, .sevens] {
      let result = play.play([.client(IMSMessages.request()), .server(answer)], cut: cut)
      #expect(result.exchanges.map(\.result) == ["ok"])
      #expect(result.exchanges.first?.detail("output") == "10 segments, 300000 B")
      #expect(result.exchanges.first?.response?.bytes == UInt64(answer.count))
    }
  }

  @Test("messages of IMS in place of output")
  func messageOfIMS() {
    let answer = IMSMessages.counted(
      IMSMessages.segment("DFS555I TRAN IVTNO ABEND S000,U0777") + IMSMessages.complete(0))
    let result = play.play([.client(IMSMessages.request()), .server(answer)])
    #expect(result.exchanges.map(\.result) == ["ok: DFS555I TRAN IVTNO ABEND S000,U0777"])
  }

  @Test("unknown codes are values")
  func unknownCodes() {
    let result = play.play([
      .client(IMSMessages.request(0xE9)),
      .server(IMSMessages.counted(IMSMessages.status(99, 9999))),
    ])
    #expect(
      result.exchanges.map(\.line) == [
        "message type X'E9' (unknown) IVTNO on IMS1 user USER0001 -> RC 99 (unknown return code) "
          + "RSN 9999 (unknown reason code) failed"
      ])
  }

  @Test("what begins in the middle, and what does not end")
  func lateAndOpen() {
    let steps = IMSMessages.conversation
    let late = play.play(Array(steps[1...3]))
    #expect(late.exchanges.map(\.missing) == [.request, .nothing])
    let open = play.play(Array(steps[..<1]))
    #expect(open.exchanges.map(\.missing) == [.traceEnded])
    #expect(play.play(Array(steps[..<1]), end: .closed).exchanges.map(\.missing) == [.closed])
    let gap = play.play([steps[0], .gap(fromClient: false, count: 80), steps[2], steps[3]])
    #expect(gap.exchanges.map(\.missing) == [.responseInGap, .nothing])
    // The answer behind the gap may be to a request that is lost as well.
    let twice = play.play([steps[0], .gap(fromClient: false, count: 80), steps[5]])
    #expect(
      twice.exchanges.map(\.findings)
        == [["bytes are missing; the answer may be that of another request"]])
    let waiting = play.play([steps[6]])
    #expect(waiting.exchanges.map(\.line).first?.contains("-> waits waits") == true)
  }

  @Test("recognised by either side, with who sends")
  func recognition() throws {
    let request = IMSMessages.request()
    let known = unsafe play.room.recognise(request.span.bytes)
    #expect(known == Recognition(.certain, fromClient: true))
    #expect(unsafe ApplicationProtocol.guess(request.span.bytes).application == .imsConnect)
    for answer in [
      IMSMessages.counted(IMSMessages.complete(0)), IMSMessages.complete(0x20),
      IMSMessages.counted(IMSMessages.segment("OUT") + IMSMessages.complete(0)),
      IMSMessages.status(8, 40),
    ] {
      let known = unsafe play.room.recognise(answer.span.bytes)
      #expect(known == Recognition(.certain, fromClient: false))
    }
    checks.recognisesNothingElse()
  }

  @Test("passwords, PassTickets, phrases and sign-on commands are masked, and nothing else")
  func secrets() {
    let cases: [(bytes: [UInt8], secrets: [String])] = [
      (IMSMessages.request(data: [ebcdic("IVTNO   X")]), ["S3CRETPW"]),
      (
        IMSMessages.request(extensions: IMSMessages.tracking + IMSMessages.phrase),
        ["S3CRETPW", "my s3cret phrase 123"]
      ),
      (
        IMSMessages.request(
          extensions: IMSMessages.phrase + IMSMessages.tracking, countsExtensions: true),
        ["S3CRETPW", "my s3cret phrase 123"]
      ),
      (
        IMSMessages.request(data: [ebcdic("/SIGN ON IBMUSER S3CRET1 NEWPW S3CRET2 VERIFY S3CRET3")]
        ),
        ["S3CRETPW", "S3CRET1", "S3CRET2", "S3CRET3"]
      ),
      (
        IMSMessages.request(data: [ebcdic("/SIG ON IBMUSER"), ebcdic("newpw s3cret4 GROUP SYS1")]),
        ["S3CRETPW", "s3cret4"]
      ),
      (IMSMessages.request(data: [ebcdic("/SIGN ON IBMUSER APPL IMSP GROUP SYS1")]), ["S3CRETPW"]),
    ]
    for item in cases {
      let result = play.play([.client(item.bytes)])
      var expected = item.bytes
      for secret in item.secrets {
        let wanted = ebcdic(secret)
        guard let place = expected.place(of: wanted) else {
          Issue.record("\(secret) is not in the message")
          continue
        }
        for index in place..<place + wanted.count { expected[index] = 0x2A }
      }
      #expect(result.masked[.lower] == expected, "\(item.secrets)")
      for exchange in result.exchanges {
        for detail in exchange.details {
          #expect(!detail.value.uppercased().contains("S3CRET"), "\(detail)")
        }
      }
    }
    let empty = IMSMessages.request(password: ebcdic("", 8))
    #expect(play.play([.client(empty)]).masked[.lower] == empty)
  }

  @Test("the password in the OTMA user data of the resource adapter")
  func resourceAdapter() {
    var control = [UInt8](repeating: 0, count: 32)
    control[15] = 0xE0
    let state = be(72, 2) + [UInt8](repeating: 0, count: 70)
    let security = be(106, 2) + [UInt8](repeating: 0, count: 104)
    var user = be(256, 2) + [UInt8](repeating: 0, count: 254)
    user.replaceSubrange(0x34..<0x3C, with: ebcdic("S3CRETPW"))
    let irm = be(28, 2) + [1, 0] + ebcdic("*HWSJAV*") + [0, 0, 0, 0, 0x40, 0, 0x10, 0]
    let rest =
      irm + ebcdic("CLIENT01") + control + state + security + user
      + IMSMessages.segment("IVTNO   X") + [0, 4, 0, 0]
    let request = be(rest.count + 4, 4) + rest
    let answer = be(4 + 8 + 40, 4) + ebcdic("*HWSJAV*") + [UInt8](repeating: 0, count: 40)
    let result = play.play([.client(request), .server(answer)])
    #expect(result.masked[.lower]?.place(of: ebcdic("S3CRETPW")) == nil)
    #expect(result.masked[.lower]?.count(where: { $0 == 0x2A }) == 8)
    #expect(result.exchanges.map(\.result) == ["answered (OTMA headers)"])
  }

  @Test("however it is cut") func cutAnywhere() { checks.cutAnywhere() }
  @Test("truncated, late, with gaps") func truncated() { checks.truncatedLateAndWithGaps() }
  @Test("damaged") func damaged() { checks.damaged(rounds: 2_000) }
}
