import TestSupport
internal import TraceModel
import Testing
import TraceProtocols

/// Records as GA23-0059 and RFC 2355 have them.
enum Screens {
  static let end: [UInt8] = [0xFF, 0xEF]

  /// An address in the 6-bit code.
  static func address(_ value: Int) -> [UInt8] {
    [value >> 6 & 0x3F, value & 0x3F].map { code in
      // GA23-0059, table of buffer addresses.
      let bits = UInt8(code)
      switch bits {
      case 0: return 0x40
      case 1...9: return 0xC0 + bits
      case 10...15: return 0x40 + bits
      case 16: return 0x50
      case 17...25: return 0xC0 + bits
      case 26...31: return 0x40 + bits
      case 32, 33: return 0x40 + bits
      case 34...41: return 0xC0 + bits
      case 42...47: return 0x40 + bits
      case 48...57: return 0xC0 + bits
      default: return 0x40 + bits
      }
    }
  }

  static func at(_ value: Int) -> [UInt8] { [0x11] + address(value) }

  /// Attribute bytes: protected, input, input that is not displayed.
  static let label: [UInt8] = [0x1D, 0xF0]
  static let input: [UInt8] = [0x1D, 0x40]
  static let hidden: [UInt8] = [0x1D, 0x4C]

  static func write(_ body: [UInt8], _ command: UInt8 = 0xF5, control: UInt8 = 0xC3) -> [UInt8] {
    [command, control] + body + end
  }

  static func key(_ aid: UInt8, _ cursor: Int, _ fields: [(Int, String)] = []) -> [UInt8] {
    var bytes = [aid] + address(cursor)
    for (place, text) in fields { bytes += at(place) + ebcdic(text) }
    return bytes + end
  }

  /// User at 90, password at 170, both behind words.
  static let logon = write(
    at(0) + label + ebcdic("---- TSO/E LOGON ----") + at(80) + label + ebcdic("Userid ===>")
      + at(89) + input + at(100) + label + at(160) + label + ebcdic("Word ==>") + at(169) + hidden
      + at(180) + label)

  static let ready = write(at(0) + label + ebcdic("ISPF Primary Option Menu"))

  /// The header of TN3270E.
  static func extended(_ record: [UInt8], type: UInt8 = 0, flag: UInt8 = 0, number: Int) -> [UInt8]
  {
    [type, 0, flag] + be(number, 2) + record
  }

  static let session: [RoomStep] = [
    .server([0xFF, 0xFD, 0x28]), .client([0xFF, 0xFB, 0x28]),
    .server([0xFF, 0xFA, 0x28, 8, 2, 0xFF, 0xF0]),
    .client([0xFF, 0xFA, 0x28, 2, 7] + Array("IBM-3278-4-E".utf8) + [0xFF, 0xF0]),
    .server(
      [0xFF, 0xFA, 0x28, 2, 4] + Array("IBM-3278-4-E".utf8) + [1] + Array("TCP01892".utf8)
        + [0xFF, 0xF0]),
    .server(
      extended(
        [0x31, 1] + [UInt8](repeating: 0, count: 25) + [3] + ebcdic("TSO"), type: 3, number: 0)
        + end),
    .server(extended(logon, flag: 2, number: 7)),
    .client(extended([0] + end, type: 2, number: 7)),
    .client(extended(key(0x7D, 175, [(90, "ibmuser"), (170, "S3CRETPW")]), number: 0)),
    .server(extended(write([], 0xF1, control: 0x40), number: 8)),
    .server(extended(ready, flag: 2, number: 9)),
    .client(extended([0] + end, type: 2, number: 9)),
    .client(extended(key(0xF3, 4), number: 0)),
    .server(extended([1] + end, type: 4, number: 0)),
  ]
}

@Suite("TN3270")
struct TN3270Tests {
  let play = RoomPlay(.tn3270)

  /// Expects that just these texts of a conversation are masked.
  private func expect(
    _ steps: [RoomStep], masks secrets: [[UInt8]], room: ApplicationProtocol = .tn3270,
    _ comment: Comment? = nil, location: SourceLocation = #_sourceLocation
  ) {
    let result = RoomPlay(room).play(steps)
    var expected: [FlowSide: [UInt8]] = [.lower: [], .upper: []]
    for step in steps {
      switch step {
      case .client(let bytes): expected[.lower, default: []] += bytes
      case .server(let bytes): expected[.upper, default: []] += bytes
      case .gap: break
      }
    }
    for secret in secrets {
      var isFound = false
      for side in FlowSide.allCases {
        while let place = expected[side]?.place(of: secret) {
          isFound = true
          for index in place..<place + secret.count { expected[side]?[index] = 0x2A }
        }
      }
      #expect(isFound, "the secret is not there", sourceLocation: location)
    }
    #expect(result.masked == expected, comment, sourceLocation: location)
  }

  @Test("a line for each exchange of a session with TN3270E")
  func session() {
    let result = play.play(Screens.session)
    #expect(
      result.exchanges.map(\.line)
        == [
          "CONNECT LU TCP01892 IBM-3278-4-E", "BIND TSO",
          "OUTPUT -> screen 24x80 \"---- TSO/E LOGON ----\"",
          "Enter [03,16] \"ibmuser\" 2 fields (1 not shown) -> screen 24x80 "
            + "\"ISPF Primary Option Menu\"",
          "PF3 [01,05] missing closed", "UNBIND reason 1 (normal end)",
        ])
    let enter = result.exchanges.first { $0.operation == "Enter" }
    #expect(enter?.detail("LU") == "TCP01892")
    #expect(enter?.detail("application") == "TSO")
    #expect(enter?.detail("first data after") == "1 ms")
    #expect(enter?.detail("unlocked after") == "2 ms")
    #expect(enter?.detail("terminal answered after") == "1 ms")
    #expect(enter?.response?.messages == 2)
  }

  @Test("recognised without its negotiation, with who is who")
  func recognition() {
    let host = [Screens.logon, Screens.ready, Screens.extended(Screens.logon, number: 1)]
    for bytes in host {
      #expect(
        unsafe play.room.recognise(bytes.span.bytes) == Recognition(.certain, fromClient: false))
      #expect(unsafe ApplicationProtocol.guess(bytes.span.bytes).application == .tn3270)
    }
    let terminal = [
      Screens.key(0x7D, 175, [(90, "ibmuser"), (170, "x")]), Screens.key(0xF3, 4, [(5, "A")]),
      Screens.extended(Screens.key(0x7D, 175, [(90, "ibmuser")]), number: 0),
      Screens.extended([0] + Screens.end, type: 2, number: 9),
    ]
    for bytes in terminal {
      #expect(
        unsafe play.room.recognise(bytes.span.bytes) == Recognition(.certain, fromClient: true))
    }
    RoomChecks(.tn3270, []).recognisesNothingElse()
    RoomChecks(.telnet, []).recognisesNothingElse()
  }

  @Test("recognised whichever record is the first, with others behind it")
  func middle() {
    let steps = Screens.session[6...]
    for index in steps.indices {
      var (lower, upper): ([UInt8], [UInt8]) = ([], [])
      for step in steps[index...] {
        switch step {
        case .client(let bytes): lower += bytes
        case .server(let bytes): upper += bytes
        case .gap: break
        }
      }
      let guess = unsafe ApplicationProtocol.guess(lower.span.bytes, upper.span.bytes)
      // An UNBIND alone has one byte, which tells nothing.
      if index < steps.endIndex - 1 { #expect(guess.application == .tn3270, "\(index)") }
    }
  }

  @Test("a screen that waited behind a gap is no answer to a key pressed after it")
  func screenBehindGap() throws {
    let room = try #require(ProtocolRegistry.room(.tn3270))
    let reader = try #require(room.makeReader?())
    let result = RoomResult()
    func read(_ bytes: [UInt8], _ side: FlowSide, _ time: Int64) {
      let place = MessagePlace(
        side: side, offset: 0, length: bytes.count, firstTime: time, lastTime: time)
      unsafe reader.read(bytes.span.bytes, place, into: result)
    }
    read(Screens.logon, .upper, 1)
    read(Screens.key(0x7D, 175, [(90, "ibmuser")]), .lower, 5)
    reader.gap(.upper)
    read(Screens.logon, .upper, 4)
    read(Screens.ready, .upper, 6)
    reader.finish(.closed, into: result)
    #expect(result.exchanges.map(\.operation) == ["OUTPUT", "OUTPUT", "Enter"])
    #expect(result.exchanges.map { $0.response?.firstTime } == [1, 4, 6])
  }

  @Test("without its beginning the same exchanges follow")
  func late() {
    let whole = play.play(Screens.session).exchanges.map(\.line)
    let late = play.play(Array(Screens.session[6...])).exchanges.map(\.line)
    #expect(Array(whole.dropFirst(2)) == late)
  }

  @Test("text of fields that are not displayed")
  func hiddenFields() {
    let reply = Screens.key(0x7D, 175, [(90, "ibmuser"), (170, "S3CRETPW")])
    expect([.server(Screens.logon), .client(reply)], masks: [ebcdic("S3CRETPW")])
    let two = Screens.write(
      Screens.at(0) + Screens.label + ebcdic("OLD") + Screens.hidden + ebcdic("    ")
        + Screens.label + ebcdic("NEW") + Screens.hidden + ebcdic("        ") + Screens.label)
    expect(
      [.server(two), .client(Screens.key(0x7D, 20, [(5, "S3CA"), (13, "S3CB")]))],
      masks: [ebcdic("S3CA"), ebcdic("S3CB")], "several fields")
    expect(
      [
        .server(Array(Screens.logon.dropLast(30))), .server(Array(Screens.logon.suffix(30))),
        .client(reply),
      ], masks: [ebcdic("S3CRETPW")], "the screen in two pieces")
    let extended = Screens.write(
      Screens.at(160) + [0x29, 2, 0xC0, 0x4D, 0x42, 0xF2] + Screens.at(180) + Screens.label
        + ebcdic("READY"))
    expect(
      [.server(extended), .client(Screens.key(0x7D, 175, [(161, "S3CRETPW")]))],
      masks: [ebcdic("S3CRETPW")], "an extended field")
  }

  @Test("a field at the end of the screen begins at its first position")
  func wrapping() {
    // The attribute at the last position, 1919.
    let screen = Screens.write(
      Screens.at(40) + Screens.label + ebcdic("WELCOME") + Screens.at(1919) + Screens.hidden)
    expect(
      [.server(screen), .client(Screens.key(0x7D, 5, [(0, "S3CRETPW")]))],
      masks: [ebcdic("S3CRETPW")])
    // Text that the host writes into it goes on at the first position.
    let written = Screens.write(
      Screens.at(20) + Screens.label + ebcdic("WELCOME") + Screens.at(1915) + Screens.hidden
        + ebcdic("S3CRETPW"))
    expect([.server(written)], masks: [ebcdic("S3CRETPW")])
    expect(
      [.server(written), .client(Screens.key(0x7D, 5, [(1916, "S3CR2TPW")]))],
      masks: [ebcdic("S3CRETPW"), ebcdic("S3CR2TPW")])
    // Written over by a repeat that goes on at the first position: no field any more.
    let cleared = Screens.write(
      Screens.at(1900) + [0x3C] + Screens.address(100) + [0x00] + Screens.at(200) + Screens.input,
      0xF1)
    expect(
      [.server(screen), .server(cleared), .client(Screens.key(0x7D, 5, [(0, "VISIBLE")]))],
      masks: [])
  }

  @Test("fields behind words that say so, prompts of TSO in line mode")
  func words() {
    let shown = Screens.write(
      Screens.at(80) + Screens.label + ebcdic("Password  ===>") + Screens.input + ebcdic("        ")
        + Screens.label + ebcdic("New Password? (Y/N)") + Screens.input)
    expect(
      [.server(shown), .client(Screens.key(0x7D, 99, [(96, "S3CRETPW"), (126, "Y")]))],
      masks: [ebcdic("S3CRETPW")])
    // Unformatted: no field at all.
    let prompt = Screens.write(Screens.at(0) + ebcdic("ENTER PASSWORD:"))
    let typed: [UInt8] = [0x7D] + Screens.address(24) + ebcdic("S3CRETPW") + Screens.end
    expect([.server(prompt), .client(typed)], masks: [ebcdic("S3CRETPW")])
    let tso = Screens.write(
      Screens.at(0) + Screens.label + ebcdic("IKJ56714A ENTER CURRENT PASSWORD FOR IBMUSER-")
        + Screens.at(80) + Screens.input)
    let next = Screens.write(
      Screens.at(0) + Screens.label + ebcdic("READY") + Screens.at(80) + Screens.input)
    expect(
      [
        .server(tso), .client(Screens.key(0x7D, 90, [(81, "S3CRETPW")])), .server(next),
        .client(Screens.key(0x7D, 90, [(81, "LISTCAT")])),
      ], masks: [ebcdic("S3CRETPW")])
  }

  @Test("commands that hold a password")
  func commands() {
    let cases: [(String, [String])] = [
      ("LOGON IBMUSER/S3CRET1", ["S3CRET1"]),
      (
        "logon ibmuser/s3cret1/s3cret2 acct(x)",
        ["s3cret1", "s3cret2"]
      ),
      ("LOGON APPLID(TSO) DATA(IBMUSER/S3CRET1)", ["S3CRET1"]),
      ("CESN USERID=IBMUSER,PS=S3CRET1,NEWPS=S3CRET2", ["S3CRET1", "S3CRET2"]),
      ("ALU X PASSWORD(S3CRET1)", ["S3CRET1"]), (")USR.ID( )PSS.WD(", [")PSS.WD("]),
      ("LISTDS 'A/B'", []), ("LOGON TSO", []), ("3.4", []),
    ]
    for (text, secrets) in cases {
      expect(
        [.server(Screens.ready), .client(Screens.key(0x7D, 40, [(30, text)]))],
        masks: secrets.map { ebcdic($0) }, "\(text)")
      let unformatted = [0x7D] + Screens.address(24) + ebcdic(text) + Screens.end
      expect([.client(unformatted)], masks: secrets.map { ebcdic($0) }, "\(text)")
    }
    let result = play.play([
      .server(Screens.ready), .client(Screens.key(0x7D, 40, [(30, "LOGON IBMUSER/S3CRET1")])),
    ])
    #expect(result.exchanges.last?.line == "Enter [01,41] 1 field (1 not shown) missing traceEnded")
  }

  @Test("what cannot be known is said")
  func unsearched() throws {
    let reader = try #require(play.room.makeReader?())
    let reply = Screens.key(0x7D, 175, [(90, "ibmuser"), (170, "S3CRETPW")])
    let place = MessagePlace(
      side: .lower, offset: 0, length: reply.count, firstTime: 0, lastTime: 0)
    var masked: [Range<Int>] = []
    unsafe reader.secrets(in: reply.span.bytes, place) { masked.append($0) }
    #expect(masked.map { Array(reply[$0]) } == ["ibmuser", "S3CRETPW"].map { ebcdic($0) })
    #expect(reader.isUnsearched)
    #expect(reader.client == .lower)
    let screen = MessagePlace(
      side: .upper, offset: 0, length: Screens.logon.count, firstTime: 1, lastTime: 1)
    unsafe reader.secrets(in: Screens.logon.span.bytes, screen) { _ in }
    #expect(!reader.isUnsearched)
    unsafe reader.secrets(in: reply.span.bytes, place) { _ in }
    #expect(!reader.isUnsearched)
    reader.gap(.upper)
    unsafe reader.secrets(in: Screens.key(0x7D, 9, [(5, "x")]).span.bytes, place) { _ in }
    #expect(reader.isUnsearched)
  }

  @Test("bytes FF in data are written twice and stay so")
  func escaped() {
    let screen = Screens.write(
      [0x11, 0x05, 0xFF, 0xFF] + Screens.hidden + [0x11, 0x06, 0x20] + Screens.label)
    let reply: [UInt8] =
      [0x7D, 0x06, 0x05, 0x11, 0x06, 0x00] + ebcdic("S3C") + [0xFF, 0xFF] + ebcdic("RET")
      + Screens.end
    // One run for each side of the doubled byte, and the byte that counts of the two.
    let result = play.play([.server(screen), .client(reply)])
    #expect(result.masked[.lower]?.count == reply.count)
    #expect(result.masked[.lower]?.place(of: ebcdic("S3C")) == nil)
    #expect(result.masked[.lower]?.place(of: ebcdic("RET")) == nil)
  }

  @Test("lines: the answer to a prompt is masked, not the prompt")
  func lines() {
    let steps: [RoomStep] = [
      .server(Array("EZYTE27I login: ".utf8)), .client(Array("ibmuser\r\n".utf8)),
      .server(Array("Password: ".utf8)), .client(Array("S3cretPw\r\n".utf8)),
      .server(Array("$ ".utf8)), .client(Array("ls -l\r\n".utf8)),
      .server(Array("total 0\r\n$ ".utf8)),
    ]
    expect(steps, masks: [Array("S3cretPw".utf8)], room: .telnet)
    let result = RoomPlay(.telnet).play(steps)
    #expect(
      result.exchanges.map(\.line) == [
        "OUTPUT -> \"EZYTE27I login:\"", "LINE ibmuser -> \"Password:\"",
        "LINE (not shown) -> \"$\"", "LINE ls -l -> \"total 0\"",
      ])
    for cut in [RoomCut.drip, .sevens] {
      #expect(
        RoomPlay(.telnet).play(steps, cut: cut).exchanges.map(\.line)
          == result.exchanges.map(\.line))
    }
    // Key by key.
    let keys: [RoomStep] =
      [.server(Array("Password: ".utf8))]
      + "S3cretPw".utf8.map { .client([$0]) } + [
        .client([0x0D, 0x00]), .client(Array("who\r\n".utf8)),
      ]
    let masked = RoomPlay(.telnet).play(keys).masked[.lower]
    #expect(masked == Array("********\r\u{0}who\r\n".utf8))
    #expect(
      unsafe ApplicationProtocol.guess(Array("login: ".utf8).span.bytes).application == .telnet)
  }

  @Test("unknown reasons and refusals")
  func refusals() {
    let result = play.play([
      .server([0xFF, 0xFA, 0x28, 2, 6, 5, 1, 0xFF, 0xF0]),
      .server([0xFF, 0xFA, 0x28, 2, 6, 5, 77, 0xFF, 0xF0]),
    ])
    #expect(
      result.exchanges.map(\.line) == [
        "CONNECT -> rejected, reason 1 (DEVICE-IN-USE) failed",
        "CONNECT -> rejected, reason 77 (unknown reason) failed",
      ])
  }

  @Test("however it is cut")
  func cutAnywhere() { RoomChecks(.tn3270, Screens.session).cutAnywhere() }

  @Test("truncated, late, with gaps")
  func truncated() {
    RoomChecks(.tn3270, Screens.session).truncatedLateAndWithGaps()
    RoomChecks(.telnet, Screens.session).truncatedLateAndWithGaps(step: 5)
  }

  @Test("damaged")
  func damaged() {
    RoomChecks(.tn3270, Screens.session).damaged(rounds: 2_000)
    RoomChecks(.telnet, Screens.session).damaged(rounds: 500)
  }
}
