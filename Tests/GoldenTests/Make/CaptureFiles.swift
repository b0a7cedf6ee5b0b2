import TraceFormats
import TraceModel

/// The captures in captures/pcap.
enum CaptureFiles {
  static let all: [Capture] = [
    Capture(
      "pcap/microseconds-le.pcap", "little-endian, microseconds, Ethernet; one packet cut short",
      {
        var file = CaptureFile(bigEndian: false)
        file.pcapHeader()
        for (index, frame) in frames().enumerated() {
          file.record(index, frame)
        }
        let long = frames()[4]
        file.record(8, Array(long.prefix(64)), original: long.count)
        return file.bytes
      }),
    Capture(
      "pcap/nanoseconds-be.pcap", "big-endian, nanoseconds, raw IPv4",
      {
        var file = CaptureFile(bigEndian: true)
        file.pcapHeader(magic: 0xA1B2_3C4D, linkType: 101)
        for (index, packet) in packets().enumerated() { file.record(index, packet) }
        return file.bytes
      }),
    Capture(
      "pcap/modified-le.pcap", "record headers of 24 bytes (magic number A1B2CD34)",
      {
        var file = CaptureFile(bigEndian: false)
        file.pcapHeader(magic: 0xA1B2_CD34)
        for (index, frame) in frames().enumerated() {
          file.record(index, frame, extra: [2, 0, 0, 0, 8, 0, 0, 0])
        }
        return file.bytes
      }),
    Capture(
      "pcap/cut-short.pcap", "microseconds-le.pcap without its last 30 bytes",
      {
        var file = CaptureFile(bigEndian: false)
        file.pcapHeader()
        for (index, frame) in frames().enumerated() { file.record(index, frame) }
        return Array(file.bytes.dropLast(30))
      }),
    Capture(
      "pcap/two-interfaces-le.pcapng",
      "little-endian: two interfaces with clocks of their own, comments, a block of unknown type",
      { pcapng(bigEndian: false) }),
    Capture(
      "pcap/two-interfaces-be.pcapng", "the same, big-endian", { pcapng(bigEndian: true) }),
  ]

  static func packets() -> [[UInt8]] {
    PacketTraces.conversation(PacketTraces.host, PacketTraces.peer).map(\.bytes)
  }

  static func frames() -> [[UInt8]] {
    packets().map { [2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0] + $0 }
  }

  private static func pcapng(bigEndian: Bool) -> [UInt8] {
    var file = CaptureFile(bigEndian: bigEndian)
    file.section()
    file.interface(1) {
      $0.option(2, Array("eth0".utf8))
      $0.option(9, [6])
      $0.option(0, [])
    }
    file.interface(101) {
      $0.option(2, Array("tun0".utf8))
      $0.option(9, [9])
      $0.option(0, [])
    }
    let (frames, packets) = (frames(), packets())
    for index in frames.indices {
      let micros = 1_770_113_700_000_000 + UInt64(index) * 2000
      file.packet(0, micros, frames[index]) {
        guard index == 0 else { return }
        $0.option(1, Array("the first packet".utf8))
        $0.option(0, [])
      }
      if index == 3 { file.block(0x0BAD_0001) { $0.number(0, 8) } }
      if index < 2 { file.packet(1, (micros + 1000) * 1000, packets[index]) }
    }
    return file.bytes
  }
}

/// Bytes of a pcap or pcapng file, in the byte order of the file.
struct CaptureFile {
  private(set) var bytes: [UInt8] = []
  let bigEndian: Bool

  init(bigEndian: Bool) { self.bigEndian = bigEndian }

  mutating func number(_ value: UInt64, _ size: Int) {
    for index in 0..<size {
      let shift = UInt64(8 * (bigEndian ? size - 1 - index : index))
      bytes.append(UInt8(truncatingIfNeeded: value >> shift))
    }
  }

  private mutating func pad() { while bytes.count % 4 != 0 { bytes.append(0) } }

  mutating func pcapHeader(magic: UInt64 = 0xA1B2_C3D4, linkType: UInt64 = 1) {
    number(magic, 4)
    number(2, 2)
    number(4, 2)
    number(0, 8)
    number(65_535, 4)
    number(linkType, 4)
  }

  /// A packet `index` times 2 ms (or µs, where the file has nanoseconds) after the first.
  mutating func record(
    _ index: Int, _ data: [UInt8], original: Int? = nil, extra: [UInt8] = []
  ) {
    number(1_770_113_700, 4)
    number(UInt64(index * 2000), 4)
    number(UInt64(data.count), 4)
    number(UInt64(original ?? data.count), 4)
    bytes += extra + data
  }

  mutating func block(_ type: UInt64, _ body: (inout CaptureFile) -> Void) {
    var inner = CaptureFile(bigEndian: bigEndian)
    body(&inner)
    inner.pad()
    let length = UInt64(inner.bytes.count + 12)
    number(type, 4)
    number(length, 4)
    bytes += inner.bytes
    number(length, 4)
  }

  mutating func section() {
    block(0x0A0D_0D0A) {
      $0.number(0x1A2B_3C4D, 4)
      $0.number(1, 2)
      $0.number(0, 2)
      $0.number(UInt64.max, 8)
    }
  }

  mutating func option(_ code: UInt64, _ value: [UInt8]) {
    number(code, 2)
    number(UInt64(value.count), 2)
    bytes += value
    pad()
  }

  mutating func interface(
    _ linkType: UInt64, _ options: (inout CaptureFile) -> Void = { _ in }
  ) {
    block(1) {
      $0.number(linkType, 2)
      $0.number(0, 2)
      $0.number(262_144, 4)
      options(&$0)
    }
  }

  mutating func packet(
    _ interface: UInt64, _ time: UInt64, _ data: [UInt8],
    _ options: (inout CaptureFile) -> Void = { _ in }
  ) {
    block(6) {
      $0.number(interface, 4)
      $0.number(time >> 32, 4)
      $0.number(time & 0xFFFF_FFFF, 4)
      $0.number(UInt64(data.count), 4)
      $0.number(UInt64(data.count), 4)
      $0.bytes += data
      $0.pad()
      options(&$0)
    }
  }
}
