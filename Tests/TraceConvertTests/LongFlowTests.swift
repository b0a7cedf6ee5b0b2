import TestSupport
import Testing
import TraceBytes
import TraceConvert
import TraceFormats
import TraceModel
import TraceStreams

/// Conversations longer than a sequence number can count.
@Suite("Convert: more than 4 GiB in one flow")
struct LongFlowTests {
  /// Sends of which the trace kept the first bytes only: the sequence numbers go by the true lengths,
  /// so gigabytes pass in a file of kilobytes.
  @Test(arguments: [false, true])
  func sequenceNumbersGoRound(_ isSegmented: Bool) throws {
    let target = MemoryTarget()
    let sink = ByteSink(target)
    let flows = FlowTable()
    let pcapng = FlowTracker(to: PcapngSink(sink, flows: flows), flows: flows)
    // Sends of 16 MB less something odd; some are there in full.
    let whole = [UInt8](repeating: 0x41, count: isSegmented ? 200_001 : 1_001)
    var record = TraceRecord()
    record.kind = .dataTrace
    record.name = RecordName("ARCHIVE", length: 8)
    record.direction = .outbound
    record.source = IPAddress(ipv4: 0x0A01_0102)
    record.destination = IPAddress(ipv4: 0x0A01_0050)
    (record.sourcePort, record.destinationPort) = (3000, 41_000)
    record.ipProtocol = 6
    var starts: [UInt64] = []
    var total: UInt64 = 0
    while total < 9 << 30 {
      record.number += 1
      record.time += 1_000_000
      let isWhole = record.number % 4 == 0
      let kept = isWhole ? whole.count : 64
      record.tracedLength = kept
      record.originalLength = isWhole ? kept : 16_777_001
      starts.append(total)
      unsafe try pcapng.record(record, whole.span.bytes.extracting(0..<kept))
      total += UInt64(record.originalLength)
    }
    try pcapng.finish()
    try sink.commit()

    var reader = PcapngReader()
    let packets = try collect(&reader, target.bytes).records
    // Ethernet, IPv4, then the sequence number at 4 of TCP, its flags at 13.
    let sequence = { (bytes: [UInt8]) in bytes[38..<42].reduce(UInt32(0)) { $0 << 8 | UInt32($1) } }
    let isFromHost = { (bytes: [UInt8]) in Int(bytes[34]) << 8 + Int(bytes[35]) == 3000 }
    let own = packets.filter { isFromHost($0.payload) }
    let first = try #require(own.first { $0.payload[47] & 0x02 != 0 })
    let base = sequence(first.payload) &+ 1
    // The first packet of each send stands where the bytes before it end, modulo 2^32.
    var seen: [UInt64: UInt32] = [:]
    for packet in own where packet.payload[47] & 0x08 != 0 {
      let send = UInt64(packet.record.time)
      if seen[send] == nil { seen[send] = sequence(packet.payload) &- base }
    }
    #expect(seen.count == starts.count)
    #expect(total > 1 << 33)
    for (index, start) in starts.enumerated() {
      let time = UInt64(index + 1) * 1_000_000
      #expect(seen[time] == UInt32(truncatingIfNeeded: start), "send \(index + 1)")
    }
  }
}
