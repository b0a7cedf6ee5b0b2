internal import TestSupport
internal import TraceModel
import Testing

@testable import TraceProtocols

/// What waits in great numbers is given up in the end. That is said, and no answer goes to another request.
@Suite("What is given up is said")
struct GivenUpTests {
  private static func bytes(_ lines: some Sequence<String>) -> [UInt8] {
    Array(lines.joined(separator: "\r\n").utf8) + [0x0D, 0x0A]
  }

  // MARK: - Dialogues

  @Test("replies go to their commands when some were given up")
  func dialogue() {
    let count = 10_005
    let found = Web.exchanges([
      .server(Self.bytes(["220 x SMTP"])), .client(Self.bytes(["EHLO me"])),
      .server(Self.bytes(["250 x"])),
      .client(Self.bytes((0..<count).map { "VRFY u\($0)" })),
      // A reply in two lines is one.
      .server(Self.bytes(["252-r0", "252 r0"] + (1..<count).map { "252 r\($0)" })),
    ])
    let asked = found.filter { $0.operation == "VRFY" }
    #expect(asked.count == count)
    let lost = asked.prefix(5)
    #expect(lost.map(\.object) == ["u0", "u1", "u2", "u3", "u4"])
    #expect(lost.allSatisfy { $0.missing == .limit && $0.response == nil && $0.result.isEmpty })
    #expect(lost.allSatisfy { $0.findings.count == 1 })
    #expect(
      asked.dropFirst(5).allSatisfy {
        $0.missing == .nothing && $0.result == "252 r" + $0.object.dropFirst()
      })
    let late = found.filter { $0.request == nil && $0.operation == "reply" }
    #expect(late.map(\.result) == (0..<5).map { "252 r\($0)" })
    #expect(late.allSatisfy { $0.missing == .limit })
    #expect(late.first?.response?.messages == 2)
    #expect(found.count == 2 + count + 5)
  }

  @Test("a message some of whose commands were given up says so")
  func message() throws {
    let budget = MessageBudget(most: 0)
    let found = Self.read(
      [
        .server(Self.bytes(["220 x SMTP"])), .client(Self.bytes(["MAIL FROM:<a@b>"])),
        .server(Self.bytes(["250 ok"])),
        .client(Self.bytes(["RCPT TO:<c@d>", "RCPT TO:<e@f>", "DATA"])),
        .server(Self.bytes(["250 c", "250 e", "354 go"])), .client(Self.bytes(["hi", "."])),
        .server(Self.bytes(["250 queued"])),
      ], budget)
    let mail = try #require(found.first { $0.operation == "mail" })
    #expect(mail.result == "250 queued" && mail.object == "<a@b> > <c@d>, <e@f>")
    #expect(mail.findings == ["commands were given up without their replies: too many waited"])
    #expect(found.filter { $0.operation == "reply" }.map(\.result) == ["250 c"])
    #expect(budget.held == 0)
  }

  @Test("recipients that are not named are counted")
  func recipients() throws {
    let names = (0..<270).map { "RCPT TO:<u\($0)@b>" }
    let found = Web.exchanges([
      .server(Self.bytes(["220 x SMTP"])), .client(Self.bytes(["MAIL FROM:<a@b>"])),
      .server(Self.bytes(["250 ok"])), .client(Self.bytes(names)),
      .server(Self.bytes((0..<270).map { $0 < 150 ? "250 ok" : "550 no" })),
      .client(Self.bytes(["DATA"])), .server(Self.bytes(["354 go"])),
      .client(Self.bytes(["hi", "."])), .server(Self.bytes(["250 queued"])),
    ])
    let mail = try #require(found.first { $0.operation == "mail" })
    #expect(mail.object.hasPrefix("<a@b> > <u0@b>, <u1@b>, "))
    #expect(mail.object.hasSuffix(", <u99@b>, and 50 more"))
    let refused = mail.details.filter { $0.name == "refused" }
    #expect(refused.count == 101 && refused.first?.value == "<u150@b>: 550 no")
    #expect(refused.last?.value == "20 more")
  }

  // MARK: - HTTP

  private static func read(_ steps: [RoomStep], _ budget: MessageBudget) -> [Exchange] {
    let result = RoomResult()
    let reader = ApplicationReader(into: result, budget: budget)
    for case let (time, step) in steps.enumerated() {
      switch step {
      case .client(let bytes): unsafe reader.data(.lower, bytes.span.bytes, time: Int64(time))
      case .server(let bytes): unsafe reader.data(.upper, bytes.span.bytes, time: Int64(time))
      case .gap(let fromClient, let count): reader.gap(fromClient ? .lower : .upper, count: count)
      }
    }
    reader.finish(.traceEnd)
    return result.exchanges
  }

  /// Two requests wait, the rest of a body comes and then one answer: to which of them is not to be told. What is asked
  /// when nothing waits any more is in step again.
  @Test func doubtOfAPairIsToldInExchanges() {
    let answer = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
    let found = Self.read(
      [
        .client(Array("GET /0 HTTP/1.1\r\nHost: h\r\n\r\n".utf8)),
        .client(Array("GET /1 HTTP/1.1\r\nHost: h\r\n\r\n".utf8)),
        .gap(fromClient: false, count: 30), .server(Array("rest of a body\r\n".utf8)),
        .server(Array(answer.utf8)), .client(Array("GET /2 HTTP/1.1\r\nHost: h\r\n\r\n".utf8)),
        .server(Array(answer.utf8)),
      ], MessageBudget())
    let doubts = found.map { $0.findings.contains("pairing uncertain") }
    #expect(found.map(\.object) == ["h/0", "h/1", "h/2"])
    #expect(doubts == [true, true, false])
  }

  private static func pipelined(_ count: Int) -> [RoomStep] {
    let answers = (0..<count).map { "HTTP/1.1 200 R\($0)\r\nContent-Length: 0\r\n\r\n" }
    return (0..<count).map { .client(Array("GET /\($0) HTTP/1.1\r\nHost: h\r\n\r\n".utf8)) }
      + [.server(Array(answers.joined().utf8))]
  }

  @Test("every request that waits keeps its head")
  func heads() {
    let found = Web.exchanges(Self.pipelined(10_100))
    #expect(found.count == 10_100)
    #expect(
      found.allSatisfy {
        $0.operation == "GET" && "h/" + $0.result.dropFirst("200 R".count) == $0.object
      })
  }

  @Test("requests that were given up and their answers say so")
  func requests() {
    // Nine wait beside the first: 9 * 512 bytes are more than twice 2,048.
    let found = Self.read(Self.pipelined(15), MessageBudget(most: 2048))
    let lost = found.filter { $0.response == nil }
    #expect(lost.map(\.object) == (0..<5).map { "h/\($0)" })
    #expect(lost.allSatisfy { $0.missing == .limit && $0.operation == "GET" })
    let late = found.filter { $0.request == nil }
    #expect(late.map(\.result) == (0..<5).map { "200 R\($0)" })
    #expect(late.allSatisfy { $0.missing == .limit })
    #expect(found.count { $0.missing == .nothing } == 10)
    #expect(Exchange.Missing.limit.word.map { "\($0)" } == "limit")
  }

  // MARK: - HTTP/2

  typealias F = HTTP2Frames

  private static let start: [RoomStep] = [
    .client(F.preface + F.settings), .server(F.settings + F.frame(4, 1, 0, [])),
  ]

  private static func ask(_ stream: Int) -> [UInt8] {
    F.frame(1, 5, stream, [0x82, 0x86] + F.field(":path", "/\(stream)"))
  }

  @Test("frames on their way when a stream was reset begin no other exchange")
  func reset() {
    let result = RoomPlay(.http2).play(
      Self.start + [
        .client(Self.ask(1) + Self.ask(3)),
        .server(F.frame(1, 4, 1, [0x88]) + F.frame(0, 0, 1, [1, 2])),
        .client(F.frame(3, 0, 1, be(8, 4))),
        .server(F.frame(0, 0, 1, [3]) + F.frame(1, 5, 1, F.field("trailer", "x"))),
        .server(F.frame(1, 5, 3, [0x88])),
      ])
    #expect(
      result.exchanges.map(\.line) == [
        "GET /1 -> 200, reset: CANCEL failed", "GET /3 -> 200",
      ])
  }

  @Test("a stream that was not seen is told though later ones are over")
  func unseen() {
    // The requests of streams 3 and 5 are lost, and 5 is answered first.
    let result = RoomPlay(.http2).play(
      Self.start + [
        .client(Self.ask(1)), .gap(fromClient: true, count: 100), .client(Self.ask(7) + F.settings),
        .server(F.frame(1, 5, 7, [0x88]) + F.frame(1, 5, 5, [0x88]) + F.frame(1, 5, 1, [0x88])),
        .server(F.frame(1, 5, 3, [0x88])),
      ])
    #expect(result.exchanges.map { $0.detail("stream") } == ["7", "5", "1", "3"])
    #expect(result.exchanges.map { $0.missing == .request } == [false, true, false, true])
  }

  @Test("streams that were given up say so, and what comes for them is passed over")
  func streams() {
    let numbers = (0...10_000).map { 2 * $0 + 1 }
    let result = RoomPlay(.http2).play(
      Self.start + [
        .client(numbers.flatMap(Self.ask)),
        .server(numbers.flatMap { F.frame(1, 4, $0, [0x88]) + F.frame(0, 1, $0, [1]) }),
      ])
    #expect(result.exchanges.count == numbers.count)
    let lost = result.exchanges.filter { $0.missing != .nothing }
    #expect(lost.map(\.object) == numbers.prefix(625).map { "/\($0)" })
    #expect(lost.allSatisfy { $0.missing == .limit && $0.response == nil })
    #expect(lost.first?.findings == ["given up before its end: too many streams were open"])
  }

  @Test("what waits is given up for the length of its texts, too")
  func texts() {
    let long = String(repeating: "x", count: 3000)
    // Of HTTP/2 one byte stands for an entry of the table.
    let entry = [0x40, 1, 0x61, 0x7F, 0xB9, 0x16] + Array(long.utf8)
    let heads = [entry] + [[UInt8]](repeating: [UInt8](repeating: 0xBE, count: 20), count: 19)
    let streams = zip(heads, 0...).flatMap { F.frame(1, 4, 2 * $1 + 1, [0x82, 0x84, 0x86] + $0) }
    // As many as wait without a word of it when they are short.
    let requests = (0..<60).map { "GET /\($0)\(long.prefix(900)) HTTP/1.1\r\nHost: h\r\n\r\n" }
    let commands = Self.bytes((0..<60).map { "VRFY \($0)\(long.prefix(900))" })
    let waiting: [[RoomStep]] = [
      Self.start + [.client(streams)], requests.map { .client(Array($0.utf8)) },
      [.server(Self.bytes(["220 x SMTP"])), .client(commands)],
    ]
    for steps in waiting {
      let budget = MessageBudget(most: 16 * 1024)
      let found = Self.read(steps, budget)
      #expect(found.contains { $0.missing == .limit })
      #expect(found.contains { $0.missing == .traceEnded })
      #expect(budget.held == 0)
    }
  }

  @Test("a head that is too long to keep says so, and what was kept of it is read")
  func longHead() {
    let long = F.field("x", String(repeating: "v", count: 100))
    let head =
      [0x82, 0x86] + F.field(":path", "/a") + (0..<20).flatMap { _ in long }
      + [0x40, 1, 0x79, 1, 0x7A]
    // The other request has the field that the first one adds to the table.
    let steps: [RoomStep] =
      Self.start + [
        .client(F.frame(1, 5, 1, head)), .server(F.frame(1, 5, 1, [0x88])),
        .client(F.frame(1, 5, 3, [0x82, 0x86, 0x84, 0xBE])), .server(F.frame(1, 5, 3, [0x88])),
      ]
    let cut = Self.read(steps, MessageBudget(most: -1))
    #expect(cut.map(\.line) == ["GET /a -> 200", "GET / -> 200"])
    #expect(cut.first?.findings == ["header fields not known: some are too long to keep"])
    #expect(cut.first?.request?.isWhole == false)
    #expect(
      cut.last?.findings == ["1 header fields not known: they refer to ones too long to keep"])
    #expect(Web.exchanges(steps).allSatisfy { $0.findings.isEmpty })
  }

  @Test("a head with a hole says so")
  func holeInHead() {
    let head = F.frame(1, 5, 1, [0x82, 0x86] + F.field(":path", "/a") + F.field("x", "yyyyyyyy"))
    let result = RoomPlay(.http2).play(
      Self.start + [
        .client(Array(head.dropLast(6))), .gap(fromClient: true, count: 6),
        .server(F.frame(1, 5, 1, [0x88])),
      ])
    #expect(result.exchanges.map(\.line) == ["GET /a -> 200"])
    #expect(
      result.exchanges.first?.findings == [
        "header fields not known: some are missing in the trace"
      ])
  }

  // MARK: - LDAP

  @Test("operations that were given up say so, and their results are passed over")
  func operations() {
    func message(_ number: Int, _ operation: [UInt8]) -> [UInt8] {
      [0x30, UInt8(6 + operation.count), 2, 4] + be(number, 4) + operation
    }
    let numbers = 1...10_001
    let result = RoomPlay(.ldap).play([
      .client(numbers.flatMap { message($0, [0x4A, 2, 0x63, 0x6E]) }),
      .server(numbers.flatMap { message($0, [0x6B, 7, 0x0A, 1, 0, 4, 0, 4, 0]) }),
    ])
    #expect(result.exchanges.count == numbers.count)
    let lost = result.exchanges.filter { $0.missing != .nothing }
    #expect(lost.count == 625 && lost.allSatisfy { $0.missing == .limit && $0.response == nil })
    #expect(lost.first?.findings == ["given up without its result: too many operations wait"])
  }
}

@Suite("What waits")
struct WaitingTests {
  @Test("numbers are what was put in, in whatever order")
  func numbers() {
    var random = SplitMix(2026)
    var numbers = NumberRanges()
    var all: Set<Int64> = []
    for _ in 0..<2000 {
      let number = Int64.random(in: 0..<1500, using: &random)
      numbers.insert(number)
      all.insert(number)
      let other = Int64.random(in: -1...1500, using: &random)
      #expect(numbers.contains(other) == all.contains(other))
    }
    #expect((-1...1500).allSatisfy { numbers.contains($0) == all.contains($0) })
  }

  @Test("of too many ranges the lowest become one")
  func manyRanges() {
    var numbers = NumberRanges()
    for number in 0..<2000 { numbers.insert(Int64(number) * 2) }
    #expect((0..<2000).allSatisfy { numbers.contains(Int64($0) * 2) })
    #expect(numbers.contains(1) && !numbers.contains(3997) && !numbers.contains(3999))
  }

  @Test("first in, first out")
  func queue() {
    var queue = WaitingQueue<Int>()
    var expected: [Int] = []
    var random = SplitMix(7)
    for number in 0..<2000 {
      if Int.random(in: 0..<5, using: &random) < (number < 1000 ? 4 : 1) {
        queue.append(number)
        expected.append(number)
      } else {
        #expect(queue.popFirst() == (expected.isEmpty ? nil : expected.removeFirst()))
      }
      queue.first? += 1
      if !expected.isEmpty { expected[0] += 1 }
      queue.updateLast(where: { $0 % 3 == 0 }) { $0 += 1 }
      if let index = expected.lastIndex(where: { $0 % 3 == 0 }) { expected[index] += 1 }
      #expect(queue.first == expected.first && queue.count == expected.count)
    }
    #expect(queue.isEmpty == expected.isEmpty)
  }
}
