import TestSupport
internal import TraceModel
import Testing
import TraceProtocols

/// Buffers as SA32-0988 lays records out, framed as NJE over TCP/IP frames them.
enum NJEMessages {
  static func control(_ type: String, _ from: String, _ to: String, reason: UInt8 = 0) -> [UInt8] {
    let one = ebcdic(type, 8) + ebcdic(from, 8) + [10, 1, 0, 40]
    return one + ebcdic(to, 8) + [10, 1, 1, 2, reason]
  }

  static func buffer(_ block: [UInt8]) -> [UInt8] {
    let record: [UInt8] = [0, 0] + be(block.count, 2) + block
    return [0, 0] + be(record.count + 12, 2) + [0, 0, 0, 0] + record + [0, 0, 0, 0]
  }

  static func block(_ records: [[UInt8]]) -> [UInt8] {
    buffer([0x10, 0x02, 0x80, 0x8F, 0xCF] + records.joined() + [0])
  }

  /// Blanks and repeated bytes become SCBs wherever there are two or more.
  static func compressed(_ bytes: [UInt8]) -> [UInt8] {
    var result: [UInt8] = []
    var literal: [UInt8] = []
    func flush() {
      if !literal.isEmpty { result += [0xC0 | UInt8(literal.count)] + literal }
      literal = []
    }
    var at = 0
    while at < bytes.count {
      var end = at
      while end < bytes.count, bytes[end] == bytes[at], end - at < 31 { end += 1 }
      if bytes[at] == 0x40, end - at >= 2 {
        flush()
        result.append(0x80 | UInt8(end - at))
        at = end
      } else if end - at >= 3 {
        flush()
        result += [0xA0 | UInt8(end - at), bytes[at]]
        at = end
      } else {
        literal.append(bytes[at])
        at += 1
        if literal.count == 63 { flush() }
      }
    }
    flush()
    return result + [0]
  }

  static func signOn(_ letter: UInt8, _ node: String, line: String, nodePassword: String) -> [UInt8]
  {
    var data: [UInt8] = [0x29] + ebcdic(node, 8) + [2, 0, 0, 0, 0, 0, 0x64, 0x80, 0]
    data += ebcdic(line, 8) + ebcdic(nodePassword, 8) + [0, 0x15, 0, 0, 0]
    return [0xF0, letter] + data
  }

  static func message(_ flags: UInt8, _ text: String, to: String, from: String) -> [UInt8] {
    var data: [UInt8] = [flags, 0x77, 0, UInt8(text.count)] + ebcdic(to, 8) + [1]
    data += [UInt8](repeating: 0, count: 8) + ebcdic(from, 8) + [2] + ebcdic(text)
    return [0x9A, 0] + compressed(data)
  }

  static func card(_ text: String) -> [UInt8] {
    [0x98, 0x80] + compressed([80] + ebcdic(text, 80))
  }

  static func jobHeader(password: String, newPassword: String, control: UInt8 = 0x98) -> [UInt8] {
    var section: [UInt8] = be(220, 2) + [0, 0] + be(1234, 2) + ebcdic("AH")
    section += [0, 9, 0, 0, 0, 0, 0, 0] + ebcdic("(1234)", 8) + ebcdic("PAYROLL", 8)
    section += ebcdic("IBMUSER", 8) + ebcdic(password, 8) + ebcdic(newPassword, 8)
    section += [UInt8](repeating: 0, count: 8) + ebcdic("WASHDC", 8) + ebcdic("", 8)
    section += ebcdic("NEWYORK", 8) + ebcdic("", 64) + ebcdic("PROGRAMMER", 20)
    section += [UInt8](repeating: 0, count: 220 - section.count)
    return [control, 0xC0] + compressed(be(224, 2) + [0, 0] + section)
  }

  static let cards = [
    "//PAYROLL  JOB (1234),'ABC',CLASS=A,USER=IBMUSER,PASSWORD=S3CRETPW",
    "//STEP1    EXEC PGM=IEFBR14",
  ]

  static let link: [RoomStep] = [
    .client(control("OPEN", "WASHDC", "NEWYORK")), .server(control("ACK", "NEWYORK", "WASHDC")),
    .client(buffer([0x01, 0x2D])), .server(buffer([0x10, 0x70])),
    .client(block([signOn(0xC9, "WASHDC", line: "LINEPW1", nodePassword: "NODEPW1")])),
    .server(block([signOn(0xD1, "NEWYORK", line: "LINEPW2", nodePassword: "NODEPW2")])),
    .client(block([[0xF0, 0xD2, 9, 0xFF, 0xFF, 0xFF, 0xFF, 0, 0xC8]])),
  ]

  static let work: [RoomStep] = [
    .client(block([message(0x90, "D NJEDEF", to: "NEWYORK", from: "WASHDC")])),
    .server(
      block([
        message(0x10, "$HASP831 NJEDEF", to: "WASHDC", from: "NEWYORK"),
        message(0x10, "$HASP831 OWNNAME=NEWYORK", to: "WASHDC", from: "NEWYORK"),
      ])),
    .client(block([[0x90, 0x98, 0]])), .server(block([[0xA0, 0x98, 0]])),
    .client(
      block([jobHeader(password: "JOBPASS1", newPassword: "JOBPASS2")] + cards.map(card))),
    .client(block([[0x98, 0xD0] + compressed(be(48, 2) + [0, 0]), [0x98, 0, 0]])),
    .server(block([[0xC0, 0x98, 0]])), .client(block([[0xF0, 0xC2]])),
  ]
}

@Suite("NJE")
struct NJETests {
  let play = RoomPlay(.nje)
  let checks = RoomChecks(.nje, NJEMessages.link + NJEMessages.work)

  static let workLines = [
    "COMMAND WASHDC > NEWYORK \"D NJEDEF\" -> $HASP831 NJEDEF",
    "JOB PAYROLL (JOB01234) from WASHDC for NEWYORK user IBMUSER -> 2 records, complete",
    "SIGNOFF",
  ]

  @Test("a line for each event")
  func lines() {
    let result = play.play(NJEMessages.link + NJEMessages.work)
    #expect(
      result.exchanges.map(\.line).sorted()
        == ([
          "OPEN WASHDC > NEWYORK -> ACK", "SIGNON WASHDC -> answered by NEWYORK", "SIGNON RESET",
        ] + Self.workLines).sorted())
    #expect(result.passedOver == 0)
    let signOn = result.exchanges.first { $0.operation == "SIGNON" }
    #expect(signOn?.detail("buffer size") == "32768")
    #expect(signOn?.detail("passwords") == "sent")
    #expect(signOn?.detail("answering member") == "2")
    let job = result.exchanges.first { $0.operation == "JOB" }
    #expect(job?.detail("job class") == "A")
    #expect(job?.detail("message class") == "H")
    #expect(job?.detail("programmer") == "PROGRAMMER")
    #expect(
      job?.details.filter { $0.name == "record" }.map(\.value) == [
        "//PAYROLL  JOB (1234),'ABC',CLASS=A,USER=IBMUSER,PASSWORD=********",
        "//STEP1    EXEC PGM=IEFBR14",
      ])
    #expect(job?.detail("permission after") == "1 ms")
    let command = result.exchanges.first { $0.operation == "COMMAND" }
    #expect(command?.response?.messages == 2)
    #expect(
      command?.details.map(\.value) == ["$HASP831 NJEDEF", "$HASP831 OWNNAME=NEWYORK"])
  }

  @Test("recognised in the middle of a link, whichever buffer is the first")
  func middle() {
    for step in NJEMessages.link.dropFirst(2) + NJEMessages.work {
      let bytes: [UInt8]
      switch step {
      case .client(let data), .server(let data): bytes = data
      case .gap: continue
      }
      #expect(unsafe play.room.recognise(bytes.span.bytes)?.confidence == .certain)
      #expect(unsafe ApplicationProtocol.guess(bytes.span.bytes).application == .nje)
    }
    let late = play.play(NJEMessages.work)
    #expect(late.exchanges.map(\.line).sorted() == Self.workLines.sorted())
    let header = play.play(Array(NJEMessages.work[5...6]))
    #expect(header.exchanges.map(\.line) == ["JOB -> 0 records, complete"])
    checks.recognisesNothingElse()
  }

  @Test("a refused connection, a refused and a cancelled stream, an unknown record")
  func refusals() {
    let open = NJEMessages.control("OPEN", "WASHDC", "NEWYORK")
    let nak = NJEMessages.control("NAK", "NEWYORK", "WASHDC", reason: 2)
    let request: [RoomStep] = [.client(NJEMessages.block([[0x90, 0x99, 0]]))]
    let cancel: RoomStep = .server(NJEMessages.block([[0xB0, 0x99, 0]]))
    let line = NJEMessages.block([[0x99, 0xA0] + NJEMessages.compressed([3] + ebcdic(" AB"))])
    let result = play.play(
      [.client(open), .server(nak)] + request + [cancel] + request + [.client(line), cancel]
        + [
          .client(NJEMessages.block([[0xE0, 0, 0]])), .client(NJEMessages.block([[0x81, 0, 0]])),
        ])
    #expect(
      result.exchanges.map(\.line) == [
        "OPEN WASHDC > NEWYORK -> NAK 2 (link active, will be reset) failed",
        "SYSOUT -> refused failed", "SYSOUT -> cancelled by the receiver failed",
        "BCB SEQUENCE ERROR failed", "record X'81' (unknown)",
      ])
    #expect(result.exchanges[2].detail("record") == "AB")
  }

  @Test("messages nobody asked for, commands nobody answers")
  func messages() {
    let message = NJEMessages.message(0x10, "HELLO", to: "WASHDC", from: "NEWYORK")
    let command = NJEMessages.message(0x90, "$DJ1", to: "NEWYORK", from: "WASHDC")
    let result = play.play([
      .server(NJEMessages.block([message])), .client(NJEMessages.block([command])),
    ])
    #expect(
      result.exchanges.map(\.line) == [
        "MESSAGE NEWYORK > WASHDC -> HELLO",
        "COMMAND WASHDC > NEWYORK \"$DJ1\" missing traceEnded",
      ])
  }

  /// A secret, how it is compressed, and what the masked bytes are.
  @Test("passwords are masked inside the compression, whose control bytes stay")
  func secrets() {
    let cases: [(records: [[UInt8]], secrets: [[UInt8]])] = [
      (
        [NJEMessages.signOn(0xC9, "WASHDC", line: "LINEPW1", nodePassword: "NODEPW1")],
        [ebcdic("LINEPW1", 8) + ebcdic("NODEPW1", 8)]
      ),
      (
        [NJEMessages.jobHeader(password: "JOBPASS1", newPassword: "JOBPASS2")],
        [ebcdic("JOBPASS1JOBPASS2")]
      ),
      ([NJEMessages.card("//A JOB 1,PASSWORD=S3CRETPW,CLASS=A")], [ebcdic("S3CRETPW")]),
      (
        [NJEMessages.card("//A JOB 1,PASSWORD=(S3CRET1,S3CRET2),CLASS=A")],
        [ebcdic("S3CRET1"), ebcdic("S3CRET2")]
      ),
      (
        [
          NJEMessages.card("//A JOB 1,PASSWORD=(S3CRET1,   SEE BELOW"),
          NJEMessages.card("// S3CRET2),CLASS=A"),
        ],
        [ebcdic("S3CRET1"), ebcdic("S3CRET2")]
      ),
      (
        [NJEMessages.card(" ALTUSER X PASSWORD(S3CRET1) PHRASE('MY S3CRET ONE') NOEXPIRED")],
        [ebcdic("S3CRET1"), ebcdic("MY S3CRET ONE")]
      ),
      ([NJEMessages.card("/*SIGNON       REMOTE1  S3CRET1 ")], [ebcdic("S3CRET1")]),
      (
        [NJEMessages.message(0x90, "$TNODE(2),PASSWORD=S3CRET1", to: "NEWYORK", from: "WASHDC")],
        [ebcdic("S3CRET1")]
      ),
    ]
    for item in cases {
      let bytes = NJEMessages.block(item.records)
      var expected = bytes
      for secret in item.secrets {
        guard let place = expected.place(of: secret) else {
          Issue.record("the secret is not in the buffer as it is")
          continue
        }
        for index in place..<place + secret.count { expected[index] = 0x2A }
      }
      #expect(play.play([.client(bytes)]).masked[.lower] == expected)
    }
  }

  @Test("a password of repeated letters, and one that blanks end")
  func repeatedLetters() {
    // A0|4 C1: AAAA as one SCB; 8E, fourteen blanks, stands right behind the secret.
    let record: [UInt8] =
      [0x98, 0x80, 0xCF, 0x50] + ebcdic("//A JOB 1,PASS") + [0xC5] + ebcdic("WORD=")
      + [0xA4, 0xC1, 0xC2] + ebcdic("BC") + [0x8E, 0]
    let bytes = NJEMessages.block([record])
    var expected = bytes
    let place = bytes.place(of: [0xA4, 0xC1, 0xC2]) ?? 0
    for index in [place + 1, place + 3, place + 4] { expected[index] = 0x2A }
    #expect(play.play([.client(bytes)]).masked[.lower] == expected)
  }

  @Test("nothing is masked where nothing is secret")
  func nothingElse() {
    for text in [
      "//A JOB 1,CLASS=A", "//DD1 DD DISP=(NEW,PASS)", "NOPASSWORD", "PASSWORD IS LATE",
      "PASSWORD=",
      "//*",
    ] {
      let bytes = NJEMessages.block([NJEMessages.card(text)])
      #expect(play.play([.client(bytes)]).masked[.lower] == bytes, "\(text)")
    }
    let blank = NJEMessages.block([NJEMessages.jobHeader(password: "", newPassword: "")])
    #expect(play.play([.client(blank)]).masked[.lower] == blank)
  }

  @Test("however it is cut") func cutAnywhere() { checks.cutAnywhere() }
  @Test("a sign-off refuses no sign-on whose answer may be lost")
  func signOffBehindGap() {
    let asked = RoomStep.client(
      NJEMessages.block([
        NJEMessages.signOn(0xC9, "WASHDC", line: "LINEPW1", nodePassword: "NODEPW1")
      ]))
    let over = RoomStep.client(NJEMessages.block([[0xF0, 0xC2]]))
    let refused = RoomPlay(.nje).play([asked, over]).exchanges
    #expect(refused.map(\.result) == ["signed off"])
    let lost = RoomPlay(.nje).play([asked, .gap(fromClient: false, count: 70), over]).exchanges
    #expect(lost.map(\.operation) == ["SIGNON", "SIGNOFF"])
    #expect(lost.map(\.missing) == [.responseInGap, .nothing])
  }

  @Test("truncated, late, with gaps") func truncated() { checks.truncatedLateAndWithGaps(step: 3) }
  @Test("damaged") func damaged() { checks.damaged(rounds: 2_000) }
}
