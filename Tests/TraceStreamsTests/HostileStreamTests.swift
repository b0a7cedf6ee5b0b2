import TestSupport
import Testing
import TraceModel

@testable import TraceStreams

@Suite struct HostileStreamTests {
  /// One SYN after the other, each from another port and address.
  @Test func syns() throws {
    let sink = EventSink(keeps: false)
    let (tracker, _) = following(sink, conversations: 500)
    var packet = c(1, "", .syn).bytes
    for number in 0..<20_000 {
      packet.replaceSubrange(12..<14, with: be(UInt16(number / 1000)))
      packet.replaceSubrange(20..<22, with: be(UInt16(number % 1000)))
      try tracker.take(packet, number: UInt64(number))
    }
    #expect(tracker.flows.count == 500 && tracker.flows.flows.count == 500)
    #expect(sink.openFlows == 500)
    try tracker.finish()
    #expect(tracker.flows.count == 0 && sink.openFlows == 0)
  }

  /// Pieces that overlap in every way behind a hole that nobody fills.
  @Test func overlapStorm() throws {
    var limits = StreamAssembler.Limits()
    limits.perStream = 64 << 10
    limits.piecesPerStream = 200
    let (tracker, follower) = following(EventSink(keeps: false), limits: limits)
    var random: UInt32 = 1
    try tracker.take(c(99, "", .syn), number: 0)
    for number in 0..<10_000 {
      random = random &* 1_664_525 &+ 1_013_904_223
      let text = String(repeating: "\(number % 10)", count: Int(random >> 26) + 1)
      try tracker.take(c(200 &+ random >> 12 & 0x3FFF, text), number: UInt64(number))
      #expect(follower.assembler.held <= 64 << 10)
    }
    try tracker.finish()
    #expect(follower.assembler.held == 0)
  }

  /// One direction with a hole that nobody fills keeps so many bytes, with what keeping them costs, or so
  /// many pieces, and not one more; another conversation keeps its own.
  @Test(arguments: [(true, 4), (false, 3)])
  func theLimitOfOneStream(ofBytes: Bool, kept: Int) throws {
    var limits = StreamAssembler.Limits()
    let cost = 100 + ReorderBuffer.overhead
    if ofBytes { limits.perStream = 4 * cost } else { limits.piecesPerStream = 3 }
    let sink = EventSink()
    let (tracker, follower) = following(sink, limits: limits)
    let text = String(repeating: "x", count: 100)
    for port: UInt16 in [40_000, 40_001] {
      var syn = c(99, "", .syn)
      syn.clientPort = port
      try tracker.take(syn, number: 0)
      for number in 0..<UInt32(kept) {
        var piece = c(200 + 200 * number, text)
        piece.clientPort = port
        try tracker.take(piece, number: 0)
      }
    }
    #expect(sink.events.isEmpty)
    #expect(follower.assembler.counts.byStreamLimit == 0)
    #expect(follower.assembler.held == 2 * kept * cost)
    try tracker.take(c(200 + 200 * UInt32(kept), text), number: 0)
    #expect(sink.events == ["C gap 100", "C '\(text)' @0"])
    #expect(follower.assembler.counts.byStreamLimit == 1)
    #expect(follower.assembler.held == 2 * kept * cost)
  }

  /// Many conversations with a hole each: the oldest is given up first.
  @Test func memoryOverAllStreams() throws {
    var limits = StreamAssembler.Limits()
    limits.total = 100 << 10
    let sink = EventSink()
    let (tracker, follower) = following(sink, limits: limits)
    let text = String(repeating: "x", count: 1000)
    for number in 0..<300 {
      for packet in [c(99, "", .syn), c(200, text)] {
        var packet = packet
        packet.clientPort = UInt16(10_000 + number)
        try tracker.take(packet, number: UInt64(number))
        #expect(follower.assembler.held <= 100 << 10)
      }
    }
    let gaps = sink.events.filter { $0.hasSuffix("C gap 100") }
    #expect(gaps.count == follower.assembler.counts.byMemory && gaps.count > 200)
    #expect(gaps.first == "C gap 100" && gaps.dropFirst().first == "#1 C gap 100")
  }

  /// A stream of small holes, each filled at once: nothing piles up.
  @Test func holesWithoutEnd() throws {
    let sink = EventSink(keeps: false)
    let (tracker, follower) = following(sink)
    try tracker.take(c(99, "", .syn), number: 0)
    for number in 0..<10_000 as Range<UInt32> {
      try tracker.take(c(102 + 4 * number, "cd"), number: 0)
      try tracker.take(c(100 + 4 * number, "ab"), number: 0)
    }
    #expect(sink.bytes == 40_000 && follower.assembler.held == 0)
    #expect(follower.assembler.holesQueued < 2000)
  }

  /// Packets of random bytes after a header that decodes.
  @Test func noise() throws {
    let (tracker, follower) = following(EventSink(keeps: false))
    var random: UInt64 = 7
    for number in 0..<20_000 {
      var packet = (number % 2 == 0 ? c(100, "abcdef") : s(1, "xyz", [.ack, .fin])).bytes
      for _ in 0..<3 {
        random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        packet[Int(random >> 33) % packet.count] = UInt8(truncatingIfNeeded: random >> 24)
      }
      try tracker.take(packet, number: UInt64(number), time: Int64(bitPattern: random))
    }
    try tracker.finish()
    #expect(tracker.flows.count == 0 && follower.assembler.held == 0)
  }
}
