internal import TraceBytes
internal import TraceConvert
internal import TraceFormats
internal import TraceModel
internal import TraceStreams

/// A capture, written as pcapng and read again, has the same packets.
enum RoundTrip {
  static func run(_ bytes: [UInt8]) throws {
    let isPcap = unsafe bytes.withUnsafeBytes {
      unsafe PcapReader.probe($0.bytes, atEnd: true) == .yes
    }
    let first = try read(bytes, with: isPcap ? PcapReader() : PcapngReader())
    // Entries of a z/OS trace in a capture become packets of another kind, and 65535 stands for what
    // is no packet.
    guard first.packets.allSatisfy({ $0.kind == .capture && $0.linkType != .none }) else { return }
    let output = CheckedOutput()
    let sink = ByteSink(output)
    let flows = FlowTable()
    let writer = FlowTracker(to: PcapngSink(sink, flows: flows), flows: flows)
    try first.replay(into: writer)
    try sink.flush()
    let second = try read(output.take(), with: PcapngReader())
    try Finding.unless(
      first.packets.count == second.packets.count,
      "\(first.packets.count) packets become \(second.packets.count)")
    for (before, after) in zip(first.packets, second.packets) where before != after {
      throw Finding("packet \(before.number) differs: \(before), then \(after)")
    }
    try Finding.unless(first.secrets == second.secrets, "secrets are not carried through")
  }

  private static func read(_ bytes: [UInt8], with reader: any TraceReader) throws -> Kept {
    var reader = reader
    let kept = Kept()
    _ = try unsafe bytes.withUnsafeBytes { buffer in
      try unsafe reader.read(buffer.bytes, at: 0, atEnd: true, into: kept)
    }
    return kept
  }
}

/// The packets of a capture.
private final class Kept: TraceSink {
  struct Packet: Equatable {
    var kind: RecordKind
    var number: UInt64
    var time: Int64
    var linkType: LinkType
    var originalLength: Int
    var payload: [UInt8]
  }

  /// What a reader gave, in its order.
  private enum Event {
    case packet(TraceRecord, Int)
    case notice(TraceNotice)
    case interface(CaptureInterface)
    case secrets(UInt32, Int)
  }

  private(set) var packets: [Packet] = []
  private(set) var secrets: [[UInt8]] = []
  private var events: [Event] = []

  func record(_ record: TraceRecord, _ payload: RawSpan) throws(TraceError) {
    events.append(.packet(record, packets.count))
    packets.append(
      Packet(
        kind: record.kind, number: UInt64(packets.count), time: record.time,
        linkType: record.linkType,
        // A packet was at least as long as what was captured of it.
        originalLength: max(record.originalLength, payload.byteCount),
        payload: payload.copied()))
  }

  func notice(_ notice: TraceNotice) throws(TraceError) { events.append(.notice(notice)) }

  func interface(_ interface: CaptureInterface) throws(TraceError) {
    events.append(.interface(interface))
  }

  func secrets(type: UInt32, _ bytes: RawSpan) throws(TraceError) {
    events.append(.secrets(type, secrets.count))
    secrets.append(bytes.copied())
  }

  /// Gives everything to another sink.
  func replay(into sink: any TraceSink) throws(TraceError) {
    for event in events {
      switch event {
      case .packet(let record, let index):
        let payload = packets[index].payload
        try unsafe sink.record(record, payload.span.bytes)
      case .notice(let notice): try sink.notice(notice)
      case .interface(let interface): try sink.interface(interface)
      case .secrets(let type, let index):
        let bytes = secrets[index]
        try unsafe sink.secrets(type: type, bytes.span.bytes)
      }
    }
    try sink.finish()
  }
}
