import TestSupport
import Testing
import TraceModel

@testable import TraceStreams

/// A fragment of a UDP packet 10.0.0.1:40000 > 10.0.0.2:80 by its offset in units of eight bytes.
private func fragment(
  _ offset: Int, _ text: String, more: Bool, id: UInt16 = 1, header: Bool = false
) -> [UInt8] {
  let field = UInt16(offset) | (more ? 0x2000 : 0)
  let data = (header ? be(40_000) + be(80) + [0, 0, 0, 0] : []) + Array(text.utf8)
  return [0x45, 0] + be(UInt16(20 + data.count)) + be(id) + be(field) + [64, 17, 0, 0]
    + [10, 0, 0, 1, 10, 0, 0, 2] + data
}

/// A fragment with an IPv6 header, the same id and the same bytes.
private func fragment6(_ offset: Int, _ text: String, more: Bool, header: Bool = false) -> [UInt8] {
  let data = (header ? be(40_000) + be(80) + [0, 0, 0, 0] : []) + Array(text.utf8)
  let address = hex("20010DB80000000000000000000000")
  return [0x60, 0, 0, 0] + be(UInt16(8 + data.count)) + [44, 64] + address + [1] + address + [2]
    + [17, 0] + be(UInt16(offset * 8) | (more ? 1 : 0)) + [0, 0, 0, 1] + data
}

struct FragmentCase: Sendable, CustomTestStringConvertible {
  var testDescription: String
  var packets: [[UInt8]]
  var expected: [String]
  var overlap: UInt64 = 0
  var conflicts: UInt64 = 0
}

private let first = fragment(0, "abcdefgh", more: true, header: true)
private let last = fragment(2, "xyz", more: false)
private let whole = "datagram 'abcdefghxyz'/11"

private let cases: [FragmentCase] = [
  .init(testDescription: "in order", packets: [first, last], expected: ["C \(whole) @2"]),
  .init(testDescription: "last first", packets: [last, first], expected: ["C \(whole) @2"]),
  .init(
    testDescription: "twice", packets: [first, first, last], expected: ["C \(whole) @3"],
    overlap: 16),
  .init(
    testDescription: "overlap: the first bytes count",
    packets: [first, fragment(1, "ABCDEFGHXYZ", more: false)],
    expected: ["C datagram 'abcdefghXYZ'/11 @2"], overlap: 8, conflicts: 8),
  .init(
    testDescription: "one missing", packets: [first, fragment(3, "z", more: false)],
    expected: []),
  .init(
    testDescription: "another id", packets: [first, fragment(2, "xyz", more: false, id: 2)],
    expected: []),
  .init(
    testDescription: "IPv4 and IPv6 never mix",
    packets: [first, fragment6(2, "xyz", more: false)], expected: []),
  .init(
    testDescription: "IPv6",
    packets: [
      fragment6(2, "xyz", more: false), fragment6(0, "abcdefgh", more: true, header: true),
    ],
    expected: ["C \(whole) @2"]),
  .init(
    testDescription: "beyond 65535", packets: [first, fragment(8191, "0123456789", more: false)],
    expected: []),
  .init(
    testDescription: "no multiple of eight", packets: [fragment(0, "abc", more: true), last],
    expected: []),
  .init(
    testDescription: "no multiple of eight, though all bytes are there",
    packets: [
      fragment(0, "abc", more: true, header: true), fragment(1, "abcdefgh", more: false),
    ],
    expected: []),
]

@Suite struct FragmentTableTests {
  @Test(arguments: cases)
  func reassembles(_ example: FragmentCase) throws {
    let sink = EventSink()
    let (tracker, _) = following(sink)
    for (index, packet) in example.packets.enumerated() {
      try tracker.take(packet, number: UInt64(index + 1))
    }
    #expect(sink.events == example.expected)
    #expect(tracker.fragments.counts.overlap == example.overlap)
    #expect(tracker.fragments.counts.conflicts == example.conflicts)
    let isComplete = !example.expected.isEmpty
    #expect((tracker.fragments.held == 0) == (isComplete || tracker.fragments.incomplete == 0))
  }

  /// Only the last fragment may have a length that is no multiple of eight.
  @Test(arguments: [(7, true, 1), (8, true, 0), (9, true, 1), (7, false, 0), (9, false, 0)])
  func fragmentsThatCannotBe(length: Int, more: Bool, malformed: UInt64) throws {
    let (tracker, _) = following(EventSink())
    let text = String(repeating: "x", count: length)
    try tracker.take(fragment(1, text, more: more), number: 1)
    #expect(tracker.fragments.counts.malformed == malformed)
    #expect(tracker.fragments.incomplete == 1)
    #expect((tracker.fragments.held == 0) == (malformed == 1))
  }

  @Test func boundsHold() throws {
    var limits = FragmentTable.Limits()
    limits.packets = 10
    limits.bytes = 4096
    let sink = EventSink()
    let (tracker, _) = following(sink, fragments: limits)
    for number in 0..<5000 {
      let packet = fragment(
        number % 7, String(repeating: "x", count: 8), more: true, id: UInt16(number % 3000))
      try tracker.take(packet, number: UInt64(number))
      #expect(tracker.fragments.incomplete - tracker.fragments.counts.dropped <= 10)
      #expect(tracker.fragments.held <= 4096)
    }
    #expect(tracker.fragments.counts.dropped > 2900)
  }

  /// Never-ending fragments of one packet take what one packet takes.
  @Test func onePacketWithoutEnd() throws {
    let (tracker, _) = following(EventSink())
    for number in 0..<4000 {
      try tracker.take(
        fragment(number * 37 % 1024, "abcdefgh", more: true), number: UInt64(number))
    }
    #expect(tracker.fragments.held <= 1024 * (8 + ReorderBuffer.overhead))
    #expect(tracker.fragments.counts.complete == 0)
  }

  @Test func oldFragmentsAreDropped() throws {
    let sink = EventSink()
    let (tracker, _) = following(sink)
    try tracker.take(first, number: 1, time: 0)
    try tracker.take(last, number: 2, time: 61_000_000_000)
    #expect(sink.events.isEmpty && tracker.fragments.counts.dropped == 1)
  }
}
