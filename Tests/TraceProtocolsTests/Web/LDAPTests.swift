internal import TraceModel
import Testing
import TraceProtocols

@Suite("LDAP")
struct LDAPTests {
  /// An element of BER.
  private static func e(_ tag: UInt8, _ content: [UInt8]) -> [UInt8] {
    content.count < 128
      ? [tag, UInt8(content.count)] + content : [tag, 0x82] + be(content.count, 2) + content
  }

  private static func text(_ text: String, _ tag: UInt8 = 4) -> [UInt8] { e(tag, Array(text.utf8)) }

  private static func message(_ number: UInt8, _ tag: UInt8, _ parts: [[UInt8]]) -> [UInt8] {
    e(0x30, [2, 1, number] + e(tag, Array(parts.joined())))
  }

  private static func result(_ number: UInt8, _ tag: UInt8, _ code: UInt8, _ said: String = "")
    -> [UInt8]
  {
    message(number, tag, [[0x0A, 1, code], text(""), text(said)])
  }

  static let steps: [RoomStep] = [
    .client(message(1, 0x60, [[2, 1, 3], text("racfid=IBMUSER"), text("sys1pass", 0x80)])),
    .server(result(1, 0x61, 49, "R000104 bad password")),
    .client(message(2, 0x60, [[2, 1, 3], text("racfid=IBMUSER"), text("good", 0x80)])),
    .server(result(2, 0x61, 0)),
    .client(
      message(
        3, 0x63,
        [
          text("o=racf"), [0x0A, 1, 2], [0x0A, 1, 0], [2, 1, 0], [2, 1, 0], [1, 1, 0],
          e(0xA0, e(0xA3, text("racfid") + text("A*")) + text("objectClass", 0x87)), e(0x30, []),
        ])
        + message(
          4, 0x66,
          [
            text("racfid=BOB"),
            e(
              0x30,
              e(0x30, [0x0A, 1, 2] + e(0x30, text("racfPassword") + e(0x31, text("newpass"))))),
          ])),
    .server(
      result(4, 0x67, 50) + message(3, 0x64, [text("racfid=A"), e(0x30, [])])
        + result(3, 0x65, 0)),
    .client(message(5, 0x42, [])),
  ]

  @Test("operations with their results, by the number of the message")
  func operations() {
    let result = RoomPlay(.ldap).play(Self.steps)
    #expect(
      result.exchanges.map(\.line) == [
        "bind racfid=IBMUSER user racfid=IBMUSER -> 49 invalidCredentials failed",
        "bind racfid=IBMUSER user racfid=IBMUSER -> 0 success",
        "modify racfid=BOB user racfid=IBMUSER -> 50 insufficientAccessRights failed",
        "search o=racf user racfid=IBMUSER -> 0 success", "unbind user racfid=IBMUSER",
      ])
    #expect(result.exchanges[0].detail("message") == "R000104 bad password")
    #expect(result.exchanges[3].detail("entries") == "1")
    #expect(result.exchanges[3].detail("filter") == "(&(racfid=A*)(objectClass=*))")
    #expect(result.passedOver == 0)
    let masked = result.masked[.lower] ?? []
    for secret in ["sys1pass", "good", "newpass"] {
      #expect(masked.place(of: Array(secret.utf8)) == nil)
    }
    #expect(masked.place(of: Array("racfPassword".utf8)) != nil)
  }

  @Test("an element that says it is longer than the one it stands in holds nothing behind that")
  func overlapping() throws {
    // Each filter holds one that claims everything behind it, and with it all filters that follow.
    let count = 12
    let filters = (0..<count).flatMap { _ in [0xA0, 4, 0xA0, 0x82, 0x7F, 0xFF] as [UInt8] }
    let secret = Self.e(0xA3, Self.text("userPassword") + Self.text("x"))
    let search = Self.message(
      1, 0x63,
      [
        Self.text("o=racf"), [0x0A, 1, 2], [0x0A, 1, 0], [2, 1, 0], [2, 1, 0], [1, 1, 0],
        Self.e(0xA0, filters + secret), Self.e(0x30, []),
      ])
    let room = try #require(ProtocolRegistry.room(.ldap))
    let reader = try #require(room.makeReader?())
    var marks = 0
    MessageCutter(room, reader).data(.lower, unsafe search.span.bytes, time: 0) { message, place in
      reader.secrets(in: message, place) { _ in marks += 1 }
    }
    #expect(marks == 1)
  }

  @Test("a search whose entries may be lost is not whole")
  func lostEntries() {
    let asked = Array(Self.steps[..<5])
    let entry = Self.message(3, 0x64, [Self.text("racfid=A"), Self.e(0x30, [])])
    let done = RoomStep.server(Self.result(3, 0x65, 0))
    let found = [[], [RoomStep.gap(fromClient: false, count: 40)]].map { lost in
      RoomPlay(.ldap).play(asked + [.server(entry)] + lost + [done]).exchanges
        .first { $0.operation == "search" }
    }
    #expect(found.map { $0?.detail("entries") } == ["1", "1"])
    #expect(found.map { $0?.response?.isWhole } == [true, false])
  }

  @Test("however bytes are cut, damaged, late")
  func robust() {
    let checks = RoomChecks(.ldap, Self.steps)
    checks.cutAnywhere()
    checks.truncatedLateAndWithGaps()
    checks.damaged(rounds: 500)
    checks.recognisesNothingElse()
  }

  @Test("clear text goes on after StartTLS")
  func startTLS() {
    let found = Web.exchanges([
      .client(Self.message(1, 0x77, [Self.text("1.3.6.1.4.1.1466.20037", 0x80)])),
      .server(Self.result(1, 0x78, 0)),
      .client(Self.message(2, 0x4A, [])),
      .server(Self.result(2, 0x6B, 32)),
    ])
    #expect(
      found.map(\.line) == ["extended StartTLS -> 0 success", "delete -> 32 noSuchObject failed"])
  }
}
