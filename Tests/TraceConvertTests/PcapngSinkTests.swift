import TestSupport
import Testing
import TraceBytes
import TraceConvert
import TraceFormats
import TraceModel
import TraceStreams

/// Records into a pcapng file in memory and out again.
@Suite("Convert: ports and losses") struct PcapngSinkTests {
  private static let server = Endpoint(IPAddress(ipv4: 0x0A01_0102), 443)

  /// Runs `give` on a tracker in front of a writer, and reads what was written.
  private func written(
    _ give: (FlowTracker) throws -> Void
  ) throws -> [CollectingSink.Kept] {
    let target = MemoryTarget()
    let sink = ByteSink(target)
    let flows = FlowTable()
    let tracker = FlowTracker(to: PcapngSink(sink, flows: flows), flows: flows)
    try give(tracker)
    try tracker.finish()
    try sink.commit()
    var reader = PcapngReader()
    return try collect(&reader, target.bytes).records
  }

  private func record(_ kind: RecordKind, clientPort: UInt16) -> TraceRecord {
    var record = TraceRecord()
    record.kind = kind
    record.name = RecordName("WEBSERV", length: 8)
    record.direction = .outbound
    (record.source, record.sourcePort) = (Self.server.address, Self.server.port)
    record.destination = IPAddress(ipv4: 0x0A01_0203)
    record.destinationPort = clientPort
    record.ipProtocol = 6
    return record
  }

  private func data(_ clientPort: UInt16, to tracker: FlowTracker) throws {
    var record = record(.dataTrace, clientPort: clientPort)
    (record.tracedLength, record.originalLength) = (5, 5)
    let text = Array("hello".utf8)
    unsafe try tracker.record(record, text.span.bytes)
  }

  private func packet(_ clientPort: UInt16, to tracker: FlowTracker) throws {
    var record = record(.packet, clientPort: clientPort)
    record.linkType = .raw
    let headers = PacketHeaders(
      source: Self.server, destination: Endpoint(record.destination, clientPort), ipProtocol: 6,
      flags: 0x12)
    let bytes = headers.bytes(RawSpan())
    (record.tracedLength, record.originalLength) = (bytes.count, bytes.count)
    unsafe try tracker.record(record, bytes.span.bytes)
  }

  /// Ports of the client in what was written, without repetition, in order.
  private func clientPorts(_ records: [CollectingSink.Kept]) -> [UInt16] {
    var ports: [UInt16] = []
    for record in records {
      // Behind Ethernet and IPv4.
      let ends = [34, 36].map { UInt16(record.payload[$0]) << 8 | UInt16(record.payload[$0 + 1]) }
      let client = ends[0] == Self.server.port ? ends[1] : ends[0]
      if ports.last != client { ports.append(client) }
    }
    return ports
  }

  /// Application data beside packets of the same connection gets another client port: 61000 and the rest of
  /// the true one by 4535, or the next that no packets and no other data have.
  @Test func aPortThatNobodyHas() throws {
    #expect(
      clientPorts(
        try written {
          try packet(40_000, to: $0)
          try data(40_000, to: $0)
        }) == [40_000, 64_720])
    // Another client's data has 64720, and packets have 64721.
    #expect(
      clientPorts(
        try written {
          for port: UInt16 in [40_000, 44_535, 64_721] { try packet(port, to: $0) }
          try data(40_000, to: $0)
          try data(44_535, to: $0)
        }) == [40_000, 44_535, 64_721, 64_720, 64_722])
    // Without packets nothing is hidden, and the port is the true one.
    #expect(clientPorts(try written { try data(40_000, to: $0) }) == [40_000])
  }

  /// Records are lost before the next packet, at least one even where the trace does not say how many.
  @Test(
    arguments: [(nil, nil, 1), (0, 0, 1), (3, nil, 3), (nil, 2, 2), (2, 5, 7)]
      as [(UInt64?, UInt64?, UInt64)])
  func lostRecords(packets: UInt64?, data count: UInt64?, expected: UInt64) throws {
    let records = try written {
      try packet(40_000, to: $0)
      try $0.notice(TraceNotice(.lost, .lostRecords(packets: packets, data: count), at: 0))
      try packet(40_000, to: $0)
      try packet(40_000, to: $0)
    }
    #expect(records.map(\.record.droppedBefore) == [0, expected, 0])
  }
}
