import TestSupport
import Testing
import TraceBytes
import TraceModel

@testable import TraceStreams

/// One data-trace record.
private struct Sent: Sendable {
  var outbound: Bool
  var text = ""
  var flags: RecordFlags = []
  var original = 0
  var gap = 0
  var fromHost = true
}

private func dataTrace(_ records: [Sent]) throws -> EventSink {
  let sink = EventSink()
  let (tracker, _) = following(sink)
  for (index, sent) in records.enumerated() {
    var record = TraceRecord()
    record.kind = .dataTrace
    record.ipProtocol = 6
    record.direction = sent.outbound ? .outbound : .inbound
    record.flags = sent.flags
    record.originalLength = sent.original
    record.gapBefore = sent.gap
    record.number = UInt64(index + 1)
    let host = Endpoint(IPAddress(ipv4: 0x0A00_0001), 443)
    let peer = Endpoint(IPAddress(ipv4: 0x0A00_0002), 40_000)
    (record.source, record.sourcePort) =
      sent.fromHost ? (host.address, host.port) : (peer.address, peer.port)
    (record.destination, record.destinationPort) =
      sent.fromHost ? (peer.address, peer.port) : (host.address, host.port)
    let bytes = Array(sent.text.utf8)
    try unsafe bytes.withUnsafeBytes { try unsafe tracker.record(record, $0.bytes) }
  }
  try tracker.finish()
  return sink
}

/// Keeps the place of the last record.
private final class LastPlace: PlacedStage {
  let downstream: any PlacedSink
  var flow = Placement.none

  init(to downstream: any PlacedSink) { self.downstream = downstream }

  func record(_ placed: inout PlacedRecord, _ payload: RawSpan) throws(TraceError) {
    flow = placed.flow
    try downstream.record(&placed, payload)
  }
}

@Suite struct FlowTrackerTests {
  @Test func dataTraces() throws {
    let start = Sent(outbound: true, flags: .start)
    let end = Sent(outbound: true, flags: .end)
    let request = Sent(outbound: false, text: "GET", fromHost: false)
    let cut = Sent(outbound: true, text: "200", original: 10)
    let piece = Sent(outbound: true, text: "end", gap: 7)
    let sink = try dataTrace([start, start, request, cut, piece, end, end, start, request])
    #expect(
      sink.events == [
        "C 'GET' @3", "S '200' @4", "S gap 7", "S gap 7", "S 'end' @5", "S closed", "C closed",
        "#1 C 'GET' @9", "#1 S traceEnd", "#1 C traceEnd",
      ])
    #expect(sink.closedFlows.map(\.isDataTrace) == [true, true])
  }

  /// Conversations that are over leave the table after a while, and their late end records begin nothing.
  @Test(arguments: [StreamFollower.Depth.counts, .streams])
  func dataTracesThatAreOverAreReleased(_ depth: StreamFollower.Depth) throws {
    let sink = EventSink(keeps: false)
    let flows = FlowTable()
    let last = LastPlace(to: StreamFollower(sink, flows: flows, depth: depth))
    let tracker = FlowTracker(to: last, flows: flows)
    var number: UInt64 = 0
    func give(_ port: UInt16, _ flags: RecordFlags, _ text: String = "") throws {
      number += 1
      var record = TraceRecord()
      record.kind = .dataTrace
      record.ipProtocol = 6
      record.direction = .outbound
      record.flags = flags
      record.number = number
      (record.source, record.sourcePort) = (IPAddress(ipv4: 1), 443)
      (record.destination, record.destinationPort) = (IPAddress(ipv4: 2), port)
      let bytes = Array(text.utf8)
      try unsafe tracker.record(record, bytes.span.bytes)
    }
    for port in 1...5000 as ClosedRange<UInt16> {
      try give(port, .start)
      try give(port, [], "x")
      try give(port, .end)
      try give(port, .end)
      #expect(last.flow.isKnown && last.flow.number == UInt64(port - 1))
      #expect(flows.count <= 1025)
    }
    // The same ends once more are another conversation.
    try give(5000, [], "y")
    #expect(last.flow.isKnown && last.flow.number == 5000)
    try tracker.finish()
    #expect(sink.openFlows == 0)
    #expect(flows.count == 0)
  }

  /// Within the stack both ends trace the same bytes; the conversation is one, and each direction is read
  /// from the end that came first in it. What the other end does at its start and end begins nothing new.
  @Test func localDataIsNotTwice() throws {
    let server = (
      start: Sent(outbound: true, flags: [.local, .start]),
      end: Sent(outbound: true, flags: [.local, .end])
    )
    let client = (
      start: Sent(outbound: false, flags: [.local, .start]),
      end: Sent(outbound: false, flags: [.local, .end])
    )
    let sink = try dataTrace([
      client.start,
      Sent(outbound: false, text: "hello", flags: .local),
      server.start,
      Sent(outbound: true, text: "hello", flags: .local),
      server.end,
      Sent(outbound: false, text: "bye", flags: .local),
      client.end,
      client.start,
      Sent(outbound: false, text: "again", flags: .local),
    ])
    #expect(
      sink.events == [
        "S 'hello' @2", "S 'bye' @6", "S closed", "C closed", "#1 S 'again' @9", "#1 S traceEnd",
        "#1 C traceEnd",
      ])
  }

  @Test func datagrams() throws {
    let packets = [
      Packet(fromClient: true, data: Array("ask".utf8), isUDP: true),
      Packet(fromClient: false, data: Array("tell".utf8), cut: 2, isUDP: true),
      Packet(fromClient: true, data: Array("x".utf8)),
    ]
    #expect(
      try events(packets).events == [
        "C datagram 'ask'/3 @1", "S datagram 'te'/4 @2", "C 'x' @3", "C traceEnd", "S traceEnd",
      ])
  }

  @Test func whoIsTheClient() throws {
    func client(_ packets: [Packet]) throws -> ClientEvidence? {
      let flow = try events(packets).closedFlows.first
      #expect(flow.map { $0.endpoint($0.client).port } == 40_000)
      return flow?.flow.clientEvidence
    }
    #expect(try client([s(1, ack: 100), c(99, "", .syn)]) == .syn)
    #expect(try client([s(499, "", [.syn, .ack], ack: 100)]) == .syn)
    #expect(try client([s(1, "HTTP/1.1 200")]) == .requestBytes)
    #expect(try client([s(1, "220 mail")]) == .requestBytes)
  }

  @Test func whatIsPutAsideAndGoesOnIsCounted() throws {
    let (tracker, _) = following(EventSink(), conversations: 2)
    for (index, port) in ([1001, 1002, 1001, 1003, 1002] as [UInt16]).enumerated() {
      var packet = c(100, "a")
      packet.clientPort = port
      try tracker.take(packet, number: UInt64(index + 1))
    }
    // 1003 takes the place of 1002, and that of 1001 when it goes on.
    #expect(tracker.counts.putAside == 2)
    #expect(tracker.counts.resumed == 1)
    try tracker.finish()
  }

  @Test func flowsArePutAsideByUseAndKeepTheirNumbers() throws {
    func from(_ port: UInt16, _ text: String) -> Packet {
      var packet = c(100, text)
      packet.clientPort = port
      return packet
    }
    let sink = try events(
      [from(1001, "a"), from(1002, "b"), from(1001, ""), from(1003, "c"), from(1002, "d")],
      conversations: 2)
    #expect(sink.closedFlows.map(\.number) == [1, 0, 1, 2])
    #expect(sink.closedFlows[2].flow.id == sink.closedFlows[0].flow.id)
    #expect(sink.closedFlows.map(\.isBeginningPutAside) == [false, false, true, false])
    #expect(sink.events.filter { $0.contains("idle") }.count == 4)
    // A SYN begins another conversation, whatever was put aside.
    var syn = c(500, "", .syn)
    syn.clientPort = 1002
    let anew = try events(
      [from(1001, "a"), from(1002, "b"), from(1001, ""), from(1003, "c"), syn],
      conversations: 2)
    #expect(anew.closedFlows.map(\.number) == [1, 0, 2, 3])
  }

  @Test func whatIsInNoConversationIsCounted() throws {
    let (tracker, _) = following(EventSink())
    try tracker.take([0x45, 0], number: 1)
    try tracker.take([0xFF], number: 2)
    try tracker.take([0x45] + Array(repeating: 0, count: 30), number: 3)
    #expect(tracker.counts.cut == 1 && tracker.counts.malformed == 1)
    #expect(tracker.counts.otherProtocols == 1 && tracker.counts.tracked == 0)
  }
}
