import Testing
import TraceModel

@testable import TraceStreams

struct StreamCase: Sendable, CustomTestStringConvertible {
  var testDescription: String
  var packets: [Packet]
  var expected: [String]

  init(_ name: String, _ packets: [Packet], _ expected: [String]) {
    testDescription = name
    self.packets = packets
    self.expected = expected
  }
}

private let handshake = [c(99, "", .syn), s(499, "", [.syn, .ack], ack: 100), c(100, ack: 500)]
private let traceEnd = ["C traceEnd", "S traceEnd"]

private let cases: [StreamCase] = [
  .init(
    "request and response, closed from both ends",
    handshake + [
      c(100, "abc", ack: 500), s(500, "xyz", [.ack, .fin], ack: 103),
      c(103, "", [.ack, .fin], ack: 504),
    ],
    ["C 'abc' @4", "S 'xyz' @5", "S closed", "C closed"]),
  .init(
    "out of order", handshake + [c(103, "def"), c(100, "abc"), c(106, "ghi")],
    ["C 'abc' @5", "C 'def' @4", "C 'ghi' @6"] + traceEnd),
  .init(
    "far out of order",
    handshake + [c(106, "ghi"), c(109, "j"), c(103, "def"), c(100, "abc")],
    ["C 'abc' @7", "C 'def' @6", "C 'ghi' @4", "C 'j' @5"] + traceEnd),
  .init(
    "retransmission", handshake + [c(100, "abc"), c(100, "abc"), c(103, "d")],
    ["C 'abc' @4", "C overlap 3", "C 'd' @6"] + traceEnd),
  .init(
    "retransmission with more", handshake + [c(100, "abc"), c(101, "bcdef")],
    ["C 'abc' @4", "C overlap 2", "C 'def' @5"] + traceEnd),
  .init(
    "the same early packet twice", handshake + [c(103, "def"), c(103, "def"), c(100, "abc")],
    ["C overlap 3 same", "C 'abc' @6", "C 'def' @4"] + traceEnd),
  .init(
    "conflict with what is held: first wins",
    handshake + [c(103, "def"), c(102, "xXeXy"), c(100, "ab")],
    ["C overlap 3 different", "C 'ab' @6", "C 'x' @5", "C 'def' @4", "C 'y' @5"] + traceEnd),
  .init(
    "a segment over two held ones",
    handshake + [c(102, "c"), c(104, "e"), c(100, "abcdef")],
    ["C overlap 2 same", "C 'ab' @6", "C 'c' @4", "C 'd' @6", "C 'e' @5", "C 'f' @6"] + traceEnd),
  .init(
    "late start and held end", handshake + [c(100, "ab"), c(104, "ef"), c(101, "bcdX")],
    ["C 'ab' @4", "C overlap 1", "C overlap 1 different", "C 'cd' @6", "C 'ef' @5"] + traceEnd),
  .init(
    "a hole at the end of the trace", handshake + [c(100, "abc"), c(106, "ghi")],
    ["C 'abc' @4", "C gap 3", "C 'ghi' @5"] + traceEnd),
  .init(
    "what the other end says is no proof of loss",
    handshake + [c(103, "def"), s(500, "ok", ack: 106), s(502, "ok", ack: 106), c(100, "abc")],
    ["C 'abc' @7", "C 'def' @4", "S 'ok' @5", "S 'ok' @6"] + traceEnd),
  .init(
    "this end has an answer to what was not seen: lost",
    handshake + [s(500, "one", ack: 103), c(103, "def", ack: 503), c(100, "abc", ack: 500)],
    ["C gap 3", "S 'one' @4", "C 'def' @5", "C overlap 3"] + traceEnd),
  .init(
    "an answer that this end does not have yet: late",
    handshake + [s(500, "one", ack: 103), c(103, "def", ack: 500), c(100, "abc", ack: 500)],
    ["C 'abc' @6", "C 'def' @5", "S 'one' @4"] + traceEnd),
  .init(
    "this end acknowledges an answer to what was not seen: lost",
    handshake + [c(103, "def", ack: 500), s(500, "one", ack: 106), c(106, ack: 503)],
    ["C gap 3", "C 'def' @4", "S 'one' @5"] + traceEnd),
  .init(
    "each of two requests lost is given up with its answer",
    handshake + [
      s(500, "one", ack: 103), c(103, "def", ack: 503), s(503, "two", ack: 106),
      s(506, "three", ack: 109), c(109, "jkl", ack: 511),
    ],
    [
      "C gap 3", "S 'one' @4", "C 'def' @5", "S 'two' @6", "C gap 3", "S 'three' @7", "C 'jkl' @8",
    ] + traceEnd),
  .init(
    "an answer captured before its request waits for it",
    handshake + [
      s(500, "one", ack: 103), c(100, "abc", ack: 500), c(103, "def", ack: 503),
      s(503, "two", ack: 106),
    ],
    ["C 'abc' @5", "S 'one' @4", "C 'def' @6", "S 'two' @7"] + traceEnd),
  .init(
    "an answer in two segments waits for a request in two, another one for its own",
    handshake + [
      s(500, "one", ack: 103), s(503, "more", ack: 103), s(507, "two", ack: 104),
      c(100, "ab", ack: 500), c(102, "c", ack: 500), c(103, "d", ack: 500),
    ],
    ["C 'ab' @7", "C 'c' @8", "S 'one' @4", "S 'more' @5", "C 'd' @9", "S 'two' @6"] + traceEnd),
  .init(
    "an answer waits no longer than for what shows that its request is lost",
    handshake + [
      s(500, "one", ack: 103), c(103, ack: 503), s(503, "two", ack: 103), c(103, "d", ack: 506),
    ],
    ["C gap 3", "S 'one' @4", "S 'two' @6", "C 'd' @7"] + traceEnd),
  .init(
    "two requests that are sent at once lost: each before its answer",
    handshake + [
      s(500, "one", ack: 103), s(503, "two", ack: 106), c(106, "ghi", ack: 506),
    ],
    ["C gap 3", "S 'one' @4", "C gap 3", "S 'two' @5", "C 'ghi' @6"] + traceEnd),
  .init(
    "a request lost at the end: its loss before its answer",
    handshake + [c(100, "abc", ack: 500), s(500, "one", ack: 106)],
    ["C 'abc' @4", "C gap 3", "S 'one' @5"] + traceEnd),
  .init(
    "a request and its answer lost: both are given up before the answer to the next request",
    handshake + [
      c(103, "def", ack: 503), s(503, "two", ack: 106), c(106, "ghi", ack: 506),
      s(506, "three", ack: 109),
    ],
    ["S gap 3", "C gap 3", "C 'def' @4", "S 'two' @5", "C 'ghi' @6", "S 'three' @7"] + traceEnd),
  .init(
    "an answer waits for 31 segments behind it",
    handshake + (0..<33).map { s(500 + $0, "s", ack: 103) } + [c(100, "abc", ack: 500)],
    (0..<33).map { "S 's' @\(4 + $0)" } + ["C 'abc' @37"] + traceEnd),
  .init(
    "acknowledged, and the stream goes on: lost",
    handshake + [c(103, "def"), s(500, ack: 106)] + (0..<32).map { c(106 + $0, "g") }
      + [c(100, "abc")],
    ["C gap 3", "C 'def' @4"] + (0..<32).map { "C 'g' @\(6 + $0)" } + ["C overlap 3"]
      + traceEnd),
  .init(
    "acknowledgments captured before their data: nothing is lost",
    handshake + [s(500, ack: 200)] + (1..<10).map { c(100 + 10 * $0, "abcdefghij") }
      + [c(100, "ABCDEFGHIJ")],
    ["C 'ABCDEFGHIJ' @14"] + (1..<10).map { "C 'abcdefghij' @\(4 + $0)" } + traceEnd),
  .init(
    "acknowledged, but the stream has hardly gone on: late",
    handshake + [
      c(103, "def"), s(500, ack: 106), c(106, "g"), c(107, "h"), c(100, "abc"), c(108, "i"),
    ],
    ["C 'abc' @8", "C 'def' @4", "C 'g' @6", "C 'h' @7", "C 'i' @9"] + traceEnd),
  .init(
    "the other end waits for the hole: not lost",
    handshake + [
      c(103, "d"), s(500, ack: 100), c(104, "e"), s(500, ack: 100), c(105, "f"), c(106, "g"),
      s(500, ack: 100), c(107, "h"), c(100, "abc"),
    ],
    ["C 'abc' @12", "C 'd' @4", "C 'e' @6", "C 'f' @8", "C 'g' @9", "C 'h' @11"] + traceEnd),
  .init(
    "acknowledged up to a hole, not beyond it",
    handshake + [
      c(100, "a"), c(103, "d"), s(500, ack: 102), c(104, "e"), c(105, "f"), c(106, "g"),
      c(101, "bc"),
    ],
    ["C 'a' @4", "C 'bc' @10", "C 'd' @5", "C 'e' @7", "C 'f' @8", "C 'g' @9"] + traceEnd),
  .init(
    "every other segment lost: all that was acknowledged goes at once",
    handshake + [
      c(101, "b"), c(103, "d"), c(105, "f"), s(500, ack: 106), c(107, "h"), c(109, "j"),
      c(111, "l"), c(106, "g"),
    ],
    [
      "C gap 1", "C 'b' @4", "C gap 1", "C 'd' @5", "C gap 1", "C 'f' @6", "C 'g' @11",
      "C 'h' @8", "C gap 1", "C 'j' @9", "C gap 1", "C 'l' @10",
    ] + traceEnd),
  .init(
    "an acknowledgment of what nobody sent",
    handshake + [
      c(103, "d"), s(500, ack: 3_000_000_000), c(104, "e"), c(105, "f"), c(106, "g"),
      c(100, "abc"),
    ],
    ["C 'abc' @9", "C 'd' @4", "C 'e' @6", "C 'f' @7", "C 'g' @8"] + traceEnd),
  .init(
    "captured short", handshake + [c(100, "abcdef", cut: 4), c(106, "ghi")],
    ["C 'ab' @4", "C gap 4", "C 'ghi' @5"] + traceEnd),
  .init(
    "captured short and early", handshake + [c(103, "def", cut: 1), c(100, "abc"), c(106, "g")],
    ["C 'abc' @5", "C 'de' @4", "C gap 1", "C 'g' @6"] + traceEnd),
  .init(
    "data in the SYN", [c(99, "abc", .syn), s(499, "", [.syn, .ack], ack: 103), c(103, "def")],
    ["C 'abc' @1", "C 'def' @3"] + traceEnd),
  .init(
    "no SYN: starts with the first data",
    [c(1000, "abc", ack: 7), c(1003, "def", ack: 7), s(7, "xyz")],
    ["C 'abc' @1", "C 'def' @2", "S 'xyz' @3"] + traceEnd),
  .init(
    "no SYN: an answer captured before its request waits for it",
    [
      s(500, "one", ack: 103), c(100, "abc", ack: 500), c(103, "def", ack: 503),
      s(503, "two", ack: 106),
    ],
    ["C 'abc' @2", "S 'one' @1", "C 'def' @3", "S 'two' @4"] + traceEnd),
  .init(
    "no SYN: what comes first is no answer to what follows it",
    [s(500, "one", ack: 100), c(100, "abc", ack: 503), s(503, "two", ack: 103)],
    ["S 'one' @1", "C 'abc' @2", "S 'two' @3"] + traceEnd),
  .init(
    "no SYN: an acknowledgment shows that what comes first was no answer",
    [s(500, "one", ack: 103), s(503, ack: 103), c(100, "abc", ack: 500)],
    ["S 'one' @1", "C 'abc' @3"] + traceEnd),
  .init(
    "no SYN: the second segment was captured before the first",
    [c(50, "", ack: 1000), s(1005, "world"), s(1000, "hello"), c(50, "", ack: 1010)],
    ["S 'hello' @3", "S 'world' @2"] + traceEnd),
  .init(
    "no SYN: what was under way when the trace began is not missing",
    [c(50, "", ack: 1000), s(1005, "world"), c(50, "", ack: 1010), s(1010, "!")],
    ["S 'world' @2", "S '!' @4"] + traceEnd),
  .init(
    "no SYN: what comes late from before the first byte is not given, and is no repetition",
    [c(50, "", ack: 1005), s(1005, "world"), s(1000, "hello")], ["S 'world' @2"] + traceEnd),
  .init(
    "no SYN: a segment without data tells the beginning", [c(1000), c(1003, "def")],
    ["C gap 3", "C 'def' @2"] + traceEnd),
  .init(
    "no SYN: a keep-alive is not the beginning", [c(999), c(1000, "abc")],
    ["C 'abc' @2"] + traceEnd),
  .init(
    "no SYN: data sent again from before the trace", [c(1000), c(900, "abc")],
    ["C 'abc' @2"] + traceEnd),
  .init(
    "SYN-ACK alone tells where the client begins",
    [s(499, "", [.syn, .ack], ack: 100), c(103, "def"), c(100, "abc")],
    ["C 'abc' @3", "C 'def' @2"] + traceEnd),
  .init(
    "one direction only", [c(100, "abc"), c(103, "def", [.ack, .fin])],
    ["C 'abc' @1", "C 'def' @2", "C closed", "S traceEnd"]),
  .init(
    "half-close: the other end goes on",
    handshake + [c(100, "abc", [.ack, .fin]), s(500, "x"), s(501, "y", [.ack, .fin])],
    ["C 'abc' @4", "C closed", "S 'x' @5", "S 'y' @6", "S closed"]),
  .init(
    "FIN before the data it follows",
    handshake + [c(103, "", [.ack, .fin]), c(100, "abc")],
    ["C 'abc' @5", "C closed", "S traceEnd"]),
  .init(
    "closed from both ends with a hole",
    handshake + [
      c(103, "def", [.ack, .fin], ack: 500), s(500, "", [.ack, .fin], ack: 107),
    ],
    ["S closed", "C gap 3", "C 'def' @4", "C closed"]),
  .init(
    "reset: holes are given up, data under way still comes",
    handshake + [c(103, "def"), c(106, "", .rst), s(500, "late")],
    ["C gap 3", "C 'def' @4", "S 'late' @6", "C reset", "S reset"]),
  .init(
    "data after FIN is no part of the stream",
    handshake + [c(100, "abc", [.ack, .fin]), c(104, "more")],
    ["C 'abc' @4", "C closed", "S traceEnd"]),
  .init(
    "keep-alives", handshake + [c(100, "abc"), c(102, "\u{0}"), c(102, ""), c(103, "d")],
    ["C 'abc' @4", "C 'd' @7"] + traceEnd),
  .init(
    "zero-window probe: its byte counts",
    handshake + [c(100, "abc"), c(103, "d"), c(103, "d"), c(103, "def")],
    // The repeated probe counts as a keep-alive, the full segment overlaps by its byte.
    ["C 'abc' @4", "C 'd' @5", "C overlap 1", "C 'ef' @7"] + traceEnd),
  .init(
    "the same addresses again",
    handshake + [c(100, "abc"), c(7000, "", .syn), c(7001, "def")],
    ["C 'abc' @4", "C reused", "S reused", "#1 C 'def' @6", "#1 C traceEnd", "#1 S traceEnd"]),
  .init(
    "a SYN sent again begins nothing", handshake + [c(99, "", .syn), c(100, "abc")],
    ["C 'abc' @5"] + traceEnd),
  .init(
    "the same SYN after a reset is the same connection, tried again",
    handshake + [s(500, "", .rst), c(99, "", .syn), c(100, "abc")], ["C 'abc' @6"] + traceEnd),
  .init(
    "another answer to a SYN that is tried again: the one acknowledged counts",
    [
      c(99, "", .syn), s(999, "", [.syn, .ack], ack: 100), c(99, "", .syn),
      s(499, "", [.syn, .ack], ack: 100), c(100, "", ack: 500), s(500, "hi", ack: 100),
    ],
    ["S 'hi' @6"] + traceEnd),
  .init(
    "another answer that the client does not acknowledge counts for nothing",
    [
      c(99, "", .syn), s(499, "", [.syn, .ack], ack: 100), c(99, "", .syn),
      s(99_999, "", [.syn, .ack], ack: 100), c(100, "", ack: 500), s(500, "hi", ack: 100),
    ],
    ["S 'hi' @6"] + traceEnd),
  .init(
    "an answer whose SYN is not in the trace, after the end: another conversation",
    handshake + [
      c(100, "a", ack: 500), c(101, "", [.fin, .ack], ack: 500),
      s(500, "", [.fin, .ack], ack: 102),
      s(8999, "", [.syn, .ack], ack: 7000), c(7000, "b", ack: 9000),
    ],
    [
      "C 'a' @4", "C closed", "S closed", "#1 C 'b' @8", "#1 C traceEnd", "#1 S traceEnd",
    ]),
  .init(
    "data that a connection cannot have sent after its end: another conversation",
    handshake + [
      c(100, "a", ack: 500), c(101, "", [.fin, .ack], ack: 500),
      s(500, "", [.fin, .ack], ack: 102),
      c(7000, "b", ack: 9000),
    ],
    [
      "C 'a' @4", "C closed", "S closed", "#1 C 'b' @7", "#1 C traceEnd", "#1 S traceEnd",
    ]),
  .init(
    "a FIN before the answer to the SYN ends nothing",
    [
      c(99, "", .syn), s(0, "", [.fin, .ack]), s(499, "", [.syn, .ack], ack: 100),
      c(100, "ask", ack: 500), s(500, "tell", ack: 103),
    ],
    ["C 'ask' @4", "S 'tell' @5"] + traceEnd),
  .init(
    "a FIN and a RST with numbers that cannot be end nothing",
    handshake + [
      s(700_000_500, "", [.fin, .ack], ack: 100), s(900_000_500, "", .rst), s(500, "ok", ack: 100),
    ],
    ["S 'ok' @6"] + traceEnd),
  .init(
    "bytes lost before a FIN are missing",
    handshake + [
      s(500, "ab", ack: 100), s(512, "", [.fin, .ack], ack: 100),
      c(100, "", [.fin, .ack], ack: 513), s(513, ack: 101),
    ],
    ["S 'ab' @4", "C closed", "S gap 10", "S closed"]),
  .init(
    "a stray from another connection",
    handshake + [c(3_000_000_000, "evil"), c(100, "abc"), c(103, "def")],
    ["C 'abc' @5", "C 'def' @6"] + traceEnd),
  .init(
    "far ahead, but the other end knows of it",
    handshake + [c(100, "a"), s(500, ack: 2_000_000_000), c(2_000_000_000, "b")],
    ["C 'a' @4", "C gap 1999999899", "C 'b' @6"] + traceEnd),
  .init(
    "strays that continue each other are the stream",
    handshake + [
      c(3_000_000_000, "a"), c(3_000_000_001, "b"), c(3_000_000_002, "c"), c(3_000_000_003, "d"),
      c(3_000_000_004, "e"),
    ],
    ["C gap 0", "C 'd' @7", "C 'e' @8"] + traceEnd),
]

@Suite struct StreamAssemblerTests {
  @Test(arguments: cases)
  func assembles(_ example: StreamCase) throws {
    let sink = try events(example.packets)
    #expect(sink.events == example.expected)
    #expect(sink.openFlows == 0)
  }

  /// Every case of order also holds when the numbers pass 2^32 on the way.
  @Test(arguments: cases)
  func assemblesAcrossTheWrap(_ example: StreamCase) throws {
    for shift in [UInt32(0) &- 100, UInt32(0) &- 101, UInt32(0) &- 103, UInt32(0) &- 105] {
      let packets = example.packets.map { packet in
        var moved = packet
        moved.sequence &+= shift
        moved.acknowledgment &+= shift
        return moved
      }
      #expect(try events(packets).events == example.expected)
    }
  }

  @Test func countsOfHoles() throws {
    let (tracker, follower) = following(EventSink())
    let packets =
      handshake + [c(101, "b"), s(500, ack: 102)] + (0..<32).map { c(102 + $0, "c") }
      + [c(100, "a"), c(100, "a")]
    for (index, packet) in packets.enumerated() {
      try tracker.take(packet, number: UInt64(index + 1))
    }
    #expect(follower.assembler.counts.byAcknowledgment == 1)
    #expect(follower.assembler.counts.late == 2 && follower.assembler.held == 0)
  }

  @Test func countsOfAFlow() throws {
    let sink = try events(
      handshake + [c(100, "abc"), c(101, "bcdef"), c(110, "k", cut: 1), c(102, "\u{0}")])
    let flow = try #require(sink.closedFlows.first)
    let client = flow[flow.client]
    #expect(flow.endpoint(flow.client).port == 40_000 && flow.flow.clientEvidence == .syn)
    #expect(client.records == 6 && client.bytes == 10)
    #expect(client.delivered == 6 && client.repeated == 3 && client.missing == 5)
    #expect(flow[flow.client.other].records == 1)
    #expect(flow.firstRecord == 1)
  }
}
