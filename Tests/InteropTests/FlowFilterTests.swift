import TestSupport
import Testing

/// One conversation by its number, in packets that were fragmented on their way.
@Suite("Interop: fragments of one flow", .enabled(if: Tool.tshark != nil))
struct FlowFilterTests {
  /// A datagram from a port, as the payload of two IPv4 packets.
  private static func fragments(port: UInt16) -> [[UInt8]] {
    var datagram: [UInt8] = be16(port) + be16(53) + be16(48) + [0, 0]
    datagram += Array(repeating: UInt8(truncatingIfNeeded: port), count: 40)
    return [(0, 0x2000), (24, 3)].map { (start: Int, offset: UInt16) in
      [0x45, 0] + be16(44) + be16(port) + be16(offset) + [64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2]
        + datagram[start..<start + 24]
    }
  }

  private static func be16(_ value: UInt16) -> [UInt8] {
    [UInt8(value >> 8), UInt8(truncatingIfNeeded: value)]
  }

  private static func le32(_ value: Int) -> [UInt8] {
    (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
  }

  @Test("all fragments are there", arguments: [("udp:0", "2000"), ("udp:1", "1000")])
  func byNumber(_ flow: String, _ port: String) throws {
    let (one, other) = (Self.fragments(port: 1000), Self.fragments(port: 2000))
    // The second conversation is whole first; the end of a third datagram is missing.
    let packets = [one[0], other[1], other[0], one[1], Self.fragments(port: 3000)[0]]
    var file = Self.le32(0xA1B2_C3D4) + [2, 0, 4, 0] + [0, 0, 0, 0, 0, 0, 0, 0]
    file += Self.le32(65_535) + Self.le32(101)
    for (number, packet) in packets.enumerated() {
      file += Self.le32(1_700_000_000) + Self.le32(number) + Self.le32(packet.count)
      file += Self.le32(packet.count) + packet
    }
    let scratch = try ScratchFolder()
    try RunCommand.write(file, to: scratch("in.pcap"))
    let result = try RunCommand.run(
      RunCommand.zcap, ["convert", scratch("in.pcap"), "--flow", flow, "-o", scratch("out.pcapng")])
    #expect(result.status == 0)
    #expect(result.errors.contains("left out: 3 by --flow"))
    let fields = try RunCommand.shell(
      """
      tshark -r "$1" -o ip.defragment:TRUE -T fields -E separator=, \
        -e ip.id -e udp.srcport -e udp.length 2> /dev/null
      """, [scratch("out.pcapng")])
    let id = "0x" + String(Int(port) ?? 0, radix: 16).leftPadded(4)
    #expect(fields.text == "\(id),,\n\(id),\(port),48\n")
  }
}

extension String {
  fileprivate func leftPadded(_ width: Int) -> String {
    String(repeating: "0", count: max(0, width - count)) + self
  }
}
