import TraceBytes

/// The captures in captures/sniffer: what the SNIFFER option of IPCS writes.
enum SnifferExports {
  static let all: [Capture] = [
    Capture(
      "sniffer/ethernet.enc", "SNIFFER(ETHERNET): the packets of packet-trace/ipv4.ctr",
      { file(ethernet(), words: false) }),
    Capture(
      "sniffer/ethernet-rdw.enc", "the same by a transfer with record descriptor words",
      { file(ethernet(), words: true) }),
    Capture(
      "sniffer/token-ring.enc", "SNIFFER(TOKENRING): the same, one of them with source routing",
      { file(tokenRing(), words: false, network: 0) }),
    Capture(
      "sniffer/tcpdump-rdw.pcap", "SNIFFER(TCPDUMP) with record descriptor words: a pcap file",
      {
        var header = CaptureFile(bigEndian: true)
        header.pcapHeader()
        var bytes = word(header.bytes)
        for (index, frame) in ethernet().enumerated() {
          var record = CaptureFile(bigEndian: true)
          record.record(index, frame)
          bytes += word(record.bytes)
        }
        return bytes
      }),
  ]

  private static func ethernet() -> [[UInt8]] { CaptureFiles.frames() }

  private static func tokenRing() -> [[UInt8]] {
    CaptureFiles.packets().enumerated().map { index, packet in
      let isRouted = index == 3
      let source: [UInt8] = [isRouted ? 0x82 : 0x02, 0, 0, 0, 0, 2]
      let routing: [UInt8] = isRouted ? [0x06, 0x30, 0x00, 0x11, 0x00, 0x20] : []
      return [0x10, 0x40, 2, 0, 0, 0, 0, 1] + source + routing + [0xAA, 0xAA, 3, 0, 0, 0, 8, 0]
        + packet
    }
  }

  private static func word(_ record: [UInt8]) -> [UInt8] {
    let length = record.count + 4
    return [UInt8(length >> 8), UInt8(length & 255), 0, 0] + record
  }

  private static func little(_ values: Int...) -> [UInt8] {
    values.flatMap { [UInt8($0 & 255), UInt8($0 >> 8 & 255)] }
  }

  /// Two header records, a frame each 2 ms from 10:15:00 on, and a trailer.
  private static func file(_ frames: [[UInt8]], words: Bool, network: UInt8 = 1) -> [UInt8] {
    let put = { (record: [UInt8]) in words ? word(record) : record }
    var bytes = put(Array("TRSNIFF data    \u{1A}".utf8))
    // 2026-02-03; a tick is a microsecond.
    let date = 46 << 9 | 2 << 5 | 3
    bytes += put(little(1, 18, 0, 4, 0, 0, date) + [4, network, 1, 5, 0, 0, 0, 0, 0, 0])
    for (index, frame) in frames.enumerated() {
      let ticks = 36_900_000_000 + index * 2000
      bytes += put(
        little(4, frame.count + 14, 0, ticks, ticks >> 16) + [UInt8(ticks >> 32 & 255), 0]
          + little(frame.count) + [0, 0] + little(frame.count) + [0, 0] + frame)
    }
    return bytes + put(little(3, 0, 0))
  }
}
