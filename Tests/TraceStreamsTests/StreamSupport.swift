import TestSupport
import TraceBytes
import TraceModel

@testable import TraceStreams

/// One TCP segment or datagram between the client 10.0.0.1:40000 and the server 10.0.0.2:80.
struct Packet: Sendable {
  var fromClient: Bool
  var sequence: UInt32 = 0
  var acknowledgment: UInt32 = 0
  var flags: TCPHeader.Flags = .ack
  var data: [UInt8] = []
  /// Payload bytes that were not captured.
  var cut = 0
  var clientPort: UInt16 = 40_000
  var isUDP = false
  var time: Int64 = 0

  var bytes: [UInt8] {
    var packet: [UInt8] = [0x45, 0]
    packet += be(UInt16((isUDP ? 28 : 40) + data.count)) + [0, 1, 0, 0, 64, isUDP ? 17 : 6, 0, 0]
    packet += fromClient ? [10, 0, 0, 1, 10, 0, 0, 2] : [10, 0, 0, 2, 10, 0, 0, 1]
    packet += fromClient ? be(clientPort) + be(80) : be(80) + be(clientPort)
    if isUDP {
      packet += be(UInt16(8 + data.count)) + [0, 0]
    } else {
      packet += be(UInt16(sequence >> 16)) + be(UInt16(sequence & 0xFFFF))
      packet += be(UInt16(acknowledgment >> 16)) + be(UInt16(acknowledgment & 0xFFFF))
      packet += [0x50, flags.rawValue, 1, 0, 0, 0, 0, 0]
    }
    packet += data
    packet.removeLast(cut)
    return packet
  }
}

func be(_ value: UInt16) -> [UInt8] { [UInt8(value >> 8), UInt8(value & 0xFF)] }

/// Client segment.
func c(
  _ sequence: UInt32, _ text: String = "", _ flags: TCPHeader.Flags = .ack, ack: UInt32 = 0,
  cut: Int = 0
) -> Packet {
  Packet(
    fromClient: true, sequence: sequence, acknowledgment: ack, flags: flags,
    data: Array(text.utf8), cut: cut)
}

/// Server segment.
func s(
  _ sequence: UInt32, _ text: String = "", _ flags: TCPHeader.Flags = .ack, ack: UInt32 = 0,
  cut: Int = 0
) -> Packet {
  Packet(
    fromClient: false, sequence: sequence, acknowledgment: ack, flags: flags,
    data: Array(text.utf8), cut: cut)
}

/// Keeps events as lines: `C` and `S` say who sent, as the flow's client has it.
final class EventSink: StreamSink {
  var events: [String] = []
  var closedFlows: [Conversation] = []
  var streams: [UInt64: [FlowSide: [UInt8]]] = [:]
  var openFlows = 0
  var bytes = 0
  /// Whether events are kept; a hostile test only counts.
  let keeps: Bool

  init(keeps: Bool = true) { self.keeps = keeps }

  private func add(_ flow: Conversation, _ side: FlowSide?, _ text: @autoclosure () -> String) {
    guard keeps else { return }
    let who = side.map { $0 == flow.client ? "C" : "S" } ?? ""
    events.append("\(flow.number == 0 ? "" : "#\(flow.number) ")\(who)\(text())")
  }

  func opened(_ flow: Conversation) { openFlows += 1 }
  func data(
    _ flow: Conversation, from side: FlowSide, _ bytes: RawSpan, time: Int64, record: UInt64
  ) {
    self.bytes += bytes.byteCount
    add(flow, side, " '\(String(decoding: bytes.copied(), as: UTF8.self))' @\(record)")
    if keeps { streams[flow.number, default: [:]][side, default: []].append(bytes) }
  }
  func gap(_ flow: Conversation, from side: FlowSide, count: Int) {
    add(flow, side, " gap \(count)")
  }
  func overlap(_ flow: Conversation, from side: FlowSide, count: Int, _ check: OverlapCheck) {
    add(flow, side, " overlap \(count)\(check == .notCompared ? "" : " \(check)")")
  }
  func ended(_ flow: Conversation, from side: FlowSide, _ how: FlowEnd) {
    add(flow, side, " \(how)")
  }
  func datagram(
    _ flow: Conversation, from side: FlowSide, _ bytes: RawSpan, length: Int, time: Int64,
    record: UInt64
  ) {
    let text = String(decoding: bytes.copied(), as: UTF8.self)
    add(flow, side, " datagram '\(text)'/\(length) @\(record)")
  }
  func closed(_ flow: Conversation) {
    openFlows -= 1
    if keeps { closedFlows.append(flow) }
  }
}

/// A tracker, and behind it a follower that gives the streams to `sink`.
///
/// - Parameter conversations: how many may be open; as many as memory allows when nobody says it.
func following(
  _ sink: any StreamSink, conversations: Int = .max, limits: StreamAssembler.Limits = .init(),
  fragments: FragmentTable.Limits = .init()
) -> (tracker: FlowTracker, follower: StreamFollower) {
  let flows = FlowTable()
  let follower = StreamFollower(sink, flows: flows, limits: limits)
  flows.limit = min(flows.limit, conversations)
  return (FlowTracker(to: follower, flows: flows, fragments: fragments), follower)
}

extension FlowTracker {
  /// Takes a packet as a raw IP capture.
  func take(_ packet: Packet, number: UInt64) throws {
    try take(
      packet.bytes, number: number, time: packet.time,
      original: packet.bytes.count + packet.cut)
  }

  func take(_ bytes: [UInt8], number: UInt64, time: Int64 = 0, original: Int? = nil) throws {
    var record = TraceRecord()
    record.kind = .capture
    record.linkType = .raw
    record.number = number
    record.time = time
    record.originalLength = original ?? bytes.count
    try unsafe bytes.withUnsafeBytes { try unsafe self.record(record, $0.bytes) }
  }
}

/// The events of packets, numbered from 1, up to the end of the trace.
func events(_ packets: [Packet], conversations: Int = .max) throws -> EventSink {
  let sink = EventSink()
  let (tracker, _) = following(sink, conversations: conversations)
  for (index, packet) in packets.enumerated() {
    try tracker.take(packet, number: UInt64(index + 1))
  }
  try tracker.finish()
  return sink
}

extension FlowTable {
  /// How many conversations are open.
  var count: Int { slotsInOrder().count }
}
