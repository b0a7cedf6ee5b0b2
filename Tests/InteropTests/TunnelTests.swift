import TestSupport
import Testing
import TraceBytes
import TraceModel

/// Shards of what is hard to place: fragments, tunnels, tags, ends of both families.
@Suite("Interop: shards of tunnels and fragments")
struct TunnelTests {
  /// What stands around the packets of a conversation.
  enum Wrap: CaseIterable {
    case bare, vlan, twoVLANs, mpls, ipInIP, gre, vxlan
  }

  private static func be16(_ value: Int) -> [UInt8] {
    [UInt8(truncatingIfNeeded: value >> 8), UInt8(truncatingIfNeeded: value)]
  }

  /// An IPv4 packet between two gateways.
  private static func ipv4(_ next: UInt8, _ payload: [UInt8]) -> [UInt8] {
    [0x45, 0] + be16(20 + payload.count) + [0, 0, 0, 0, 64, next, 0, 0, 192, 168, 0, 1]
      + [192, 168, 0, 2] + payload
  }

  /// A packet in an Ethernet frame.
  private static func frame(_ packet: [UInt8], _ wrap: Wrap) -> [UInt8] {
    let isIPv4 = packet[0] >> 4 == 4
    let type: [UInt8] = isIPv4 ? [0x08, 0x00] : [0x86, 0xDD]
    let ends = [UInt8](repeating: 2, count: 12)
    return switch wrap {
    case .bare: ends + type + packet
    case .vlan: ends + [0x81, 0, 0, 7] + type + packet
    case .twoVLANs: ends + [0x88, 0xA8, 0, 7, 0x81, 0, 0, 8] + type + packet
    case .mpls: ends + [0x88, 0x47, 0, 0, 0x51, 64] + packet
    case .ipInIP: ends + [0x08, 0] + ipv4(isIPv4 ? 4 : 41, packet)
    case .gre: ends + [0x08, 0] + ipv4(47, [0, 0] + type + packet)
    case .vxlan:
      ends + [0x08, 0]
        + ipv4(
          17,
          [0xC3, 0x50, 0x12, 0xB5] + be16(30 + packet.count) + [0, 0, 8, 0, 0, 0, 0, 0, 42, 0]
            + ends + type + packet)
    }
  }

  /// The packet in two fragments, the second one first in every other case.
  private static func fragments(_ packet: [UInt8], _ number: Int) -> [[UInt8]] {
    let isIPv4 = packet[0] >> 4 == 4
    let header = isIPv4 ? 20 : 40
    let body = Array(packet[header...])
    guard body.count > 32 else { return [packet] }
    var parts: [[UInt8]] = []
    for (start, end) in [(0, 24), (24, body.count)] {
      var part = Array(packet[..<header])
      let more = end < body.count
      if isIPv4 {
        part.replaceSubrange(2..<4, with: be16(header + end - start))
        part.replaceSubrange(4..<6, with: be16(number))
        part.replaceSubrange(6..<8, with: be16((more ? 0x2000 : 0) | start / 8))
      } else {
        part.replaceSubrange(4..<6, with: be16(8 + end - start))
        part += [part[6], 0] + be16(start | (more ? 1 : 0)) + be16(0) + be16(number)
        part[6] = 44
      }
      parts.append(part + body[start..<end])
    }
    return number % 2 == 0 ? parts : parts.reversed()
  }

  private static func capture() -> [UInt8] {
    func le32(_ value: Int) -> [UInt8] {
      (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }
    var bytes: [UInt8] =
      [0xD4, 0xC3, 0xB2, 0xA1, 2, 0, 4, 0] + le32(0) + le32(0) + le32(262_144) + le32(1)
    var number = 0
    func add(_ packet: [UInt8], _ wrap: Wrap, fragmented: Bool) {
      number += 1
      for part in fragmented ? fragments(packet, number) : [packet] {
        let frame = frame(part, wrap)
        bytes += le32(1_770_113_700) + le32(number) + le32(frame.count) + le32(frame.count) + frame
      }
    }
    // Packets of all conversations alternate.
    for step in 0..<6 {
      for conversation in 0..<84 {
        let wrap = Wrap.allCases[conversation % Wrap.allCases.count]
        let isIPv4 = conversation / 7 % 2 == 0
        let isUDP = conversation / 14 % 3 == 2
        func end(_ last: UInt64, _ port: UInt16) -> Endpoint {
          let address =
            isIPv4
            ? IPAddress(ipv4: 0x0A00_0000 | UInt32(last))
            : IPAddress(high: 0x2001_0DB8_0000_0000, low: last)
          return Endpoint(address, port)
        }
        let client = end(UInt64(2 + conversation % 5), UInt16(30_000 + conversation))
        let server = end(1, isUDP ? 53 : 80)
        let asks = step % 2 == 0
        let request = Array(
          "GET /\(100 + conversation)/\(step) HTTP/1.1\r\nHost: h\r\n\r\n".utf8)
        let answer = Array("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello".utf8)
        let data = asks ? request : answer
        let before = UInt32(step / 2)
        let headers = PacketHeaders(
          source: asks ? client : server, destination: asks ? server : client,
          ipProtocol: isUDP ? 17 : 6,
          sequence: 1 + before * UInt32(data.count),
          acknowledgement: 1, flags: 0x18)
        add(
          unsafe headers.bytes(data.span.bytes) + data, wrap, fragmented: conversation % 3 == 0)
      }
    }
    return bytes
  }

  private func lines(_ arguments: [String]) throws -> [Substring] {
    let result = try RunCommand.run(RunCommand.zcap, ["export"] + arguments)
    #expect(result.status <= 1, "\(result.errors)")
    return result.text.split(separator: "\n")
  }

  @Test("together are the whole, byte for byte", arguments: [3, 64])
  func union(_ count: Int) throws {
    let scratch = try ScratchFolder()
    try RunCommand.write(Self.capture(), to: scratch("t.pcap"))
    for table in ["flows", "exchanges"] {
      let whole = try lines([table, scratch("t.pcap")]).sorted()
      #expect(whole.count > 30)
      var parts: [Substring] = []
      for number in 1...count {
        parts += try lines([table, scratch("t.pcap"), "--shard", "\(number)/\(count)"])
      }
      #expect(parts.sorted() == whole)
    }
  }
}
