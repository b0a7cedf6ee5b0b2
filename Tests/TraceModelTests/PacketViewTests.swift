import Testing
import TestSupport
import TraceBytes
import TraceModel

/// A view in one line, so that a table can say what a packet is.
private func summary(_ view: PacketView) -> String {
  var text = "\(view.status)"
  guard view.hasNetwork else { return text }
  text += " v\(view.ipVersion)@\(view.networkOffset) p\(view.ipProtocol.rawValue)"
  if view.vlan != 0 { text += " vlan\(view.vlan)" }
  if view.isFragment {
    text += " id\(String(view.fragmentID, radix: 16)) off\(view.fragmentOffset)"
    text += view.moreFragments ? "+ " : " "
    text += "from\(view.fragmentStart) len\(view.fragmentLength)"
  }
  if view.hasTransport {
    switch view.ipProtocol {
    case .tcp:
      text += " \(view.sourcePort)>\(view.destinationPort) \(view.sequence)/\(view.acknowledgment)"
      text += " f\(view.tcpFlags.rawValue)"
    case .udp: text += " \(view.sourcePort)>\(view.destinationPort)"
    default: text += " t\(view.icmpType)"
    }
  }
  return text + " data@\(view.payloadOffset)+\(view.payloadCaptured)/\(view.payloadLength)"
}

private func decode(_ bytes: [UInt8], _ linkType: LinkType, original: Int? = nil) -> PacketView {
  unsafe bytes.withUnsafeBytes { buffer in
    unsafe PacketView.decode(
      buffer.bytes, linkType: linkType, originalLength: original ?? bytes.count)
  }
}

struct PacketCase: Sendable, CustomTestStringConvertible {
  var testDescription: String
  var linkType: LinkType
  var packet: String
  var original: Int?
  var expected: String

  init(
    _ name: String, _ linkType: LinkType, _ packet: String, original: Int? = nil,
    _ expected: String
  ) {
    testDescription = name
    self.linkType = linkType
    self.packet = packet
    self.original = original
    self.expected = expected
  }
}

private typealias P = WirePackets
private let tcp4 = P.ipv4(length: 43) + P.tcp
private let tcp6 = P.ipv6(length: 23) + P.tcp
private let tcpFields = "40000>80 1000/2000 f24"

private let linkCases: [PacketCase] = [
  .init(
    "Ethernet, IPv4, TCP", .ethernet, P.macs + "0800" + tcp4,
    "complete v4@14 p6 \(tcpFields) data@54+3/3"),
  .init(
    "padding of a short frame is no payload", .ethernet, P.macs + "0800" + tcp4 + "000000",
    "complete v4@14 p6 \(tcpFields) data@54+3/3"),
  .init(
    "VLAN tag", .ethernet, P.macs + "8100 6064 0800" + tcp4,
    "complete v4@18 p6 vlan100 \(tcpFields) data@58+3/3"),
  .init(
    "QinQ, outer identifier", .ethernet, P.macs + "88A8 0007 8100 0064 86DD" + tcp6,
    "complete v6@22 p6 vlan7 \(tcpFields) data@82+3/3"),
  .init(
    "four tags", .ethernet,
    P.macs + "9100 0001 9100 0002 8100 0003 8100 0004 0800" + tcp4,
    "complete v4@30 p6 vlan1 \(tcpFields) data@70+3/3"),
  .init(
    "five tags are an attack", .ethernet,
    P.macs + "8100 0001 8100 0002 8100 0003 8100 0004 8100 0005 0800" + tcp4,
    "malformed(TraceModel.PacketView.Layer.link)"),
  .init(
    "802.3 with SNAP", .ethernet, P.macs + "0033 AAAA03 000000 0800" + tcp4,
    "complete v4@22 p6 \(tcpFields) data@62+3/3"),
  .init(
    "802.3 with IP over LLC", .ethernet, P.macs + "002E 060603" + tcp4,
    "complete v4@17 p6 \(tcpFields) data@57+3/3"),
  .init(
    "spanning tree is not IP", .ethernet, P.macs + "0026 424203 0000000000",
    "notIP(TraceModel.EtherType(rawValue: 38))"),
  .init(
    "SNAP of another organisation", .ethernet, P.macs + "0026 AAAA03 00000C 2000",
    "notIP(TraceModel.EtherType(rawValue: 38))"),
  .init("ARP", .ethernet, P.macs + "0806 0001", "notIP(TraceModel.EtherType(rawValue: 2054))"),
  .init("cut in the link header", .ethernet, "02 00 00 00", "truncated"),
  .init("cut in a tag", .ethernet, P.macs + "8100 00", "truncated"),
  .init(
    "token ring", .tokenRing, "1040 020000000001 020000000002 AAAA03 000000 0800" + tcp4,
    "complete v4@22 p6 \(tcpFields) data@62+3/3"),
  .init(
    "token ring, source routing", .tokenRing,
    "1040 020000000001 820000000002 0630 0011 0020 AAAA03 000000 86DD" + tcp6,
    "complete v6@28 p6 \(tcpFields) data@88+3/3"),
  .init(
    "the ring's own frame is not IP", .tokenRing, "1000 020000000001 020000000002 0004",
    "notIP(TraceModel.EtherType(rawValue: 0))"),
  .init(
    "routing information without a length", .tokenRing, "1040 020000000001 820000000002 0030",
    "malformed(TraceModel.PacketView.Layer.link)"),
  .init(
    "cooked, received", .linuxCooked, "0000 0001 0006 0200000000010000 0800" + tcp4,
    "complete v4@16 p6 \(tcpFields) data@56+3/3"),
  .init(
    "cooked, VLAN", .linuxCooked,
    "0004 0001 0006 0200000000010000 8100 0009 86DD" + tcp6,
    "complete v6@20 p6 vlan9 \(tcpFields) data@80+3/3"),
  .init(
    "cooked, netlink", .linuxCooked, "0004 0338 0000 0000000000000000 0800" + tcp4,
    "notIP(TraceModel.EtherType(rawValue: 0))"),
  .init(
    "cooked 2", .linuxCooked2, "86DD 0000 00000002 0001 04 06 0200000000010000" + tcp6,
    "complete v6@20 p6 \(tcpFields) data@80+3/3"),
  .init(
    "null, little-endian", .null, "02000000" + tcp4,
    "complete v4@4 p6 \(tcpFields) data@44+3/3"),
  .init("null, big-endian", .null, "0000001E" + tcp6, "complete v6@4 p6 \(tcpFields) data@64+3/3"),
  .init("loop", .loop, "00000018" + tcp6, "complete v6@4 p6 \(tcpFields) data@64+3/3"),
  .init("null, another family", .null, "07000000", "notIP(TraceModel.EtherType(rawValue: 7))"),
  .init("raw", .raw, tcp6, "complete v6@0 p6 \(tcpFields) data@60+3/3"),
  .init("raw, neither 4 nor 6", .raw, "12345678", "malformed(TraceModel.PacketView.Layer.link)"),
  .init("unknown link type", .user0, tcp4, "unknownLink"),
]

private let networkCases: [PacketCase] = [
  .init(
    "options", .raw, P.ipv4(length: 47, start: "46") + "01010100" + P.tcp,
    "complete v4@0 p6 \(tcpFields) data@44+3/3"),
  .init(
    "total length 0: what was captured", .raw, P.ipv4(length: 0) + P.tcp,
    "complete v4@0 p6 \(tcpFields) data@40+3/3"),
  .init(
    "total length 0 and cut: what there was", .raw, P.ipv4(length: 0) + P.tcp, original: 70_000,
    "truncated v4@0 p6 \(tcpFields) data@40+3/69960"),
  .init(
    "captured short", .raw, P.ipv4(length: 1043) + P.tcp, original: 1043,
    "truncated v4@0 p6 \(tcpFields) data@40+3/1003"),
  .init(
    "the IP header says more than the frame had", .raw, P.ipv4(length: 1043) + P.tcp,
    "complete v4@0 p6 \(tcpFields) data@40+3/3"),
  .init(
    "header length below 20", .raw, P.ipv4(length: 43, start: "44") + P.tcp,
    "malformed(TraceModel.PacketView.Layer.network)"),
  .init(
    "total length below the header", .raw, P.ipv4(length: 19) + P.tcp,
    "malformed(TraceModel.PacketView.Layer.network)"),
  .init(
    "version 5 in a frame that says IPv4", .ethernet,
    P.macs + "0800" + P.ipv4(length: 43, start: "55"),
    "malformed(TraceModel.PacketView.Layer.network)"),
  .init(
    "first fragment has ports", .raw, P.ipv4(length: 43, fragment: "2000") + P.tcp,
    "fragment v4@0 p6 idbeef off0+ from20 len23 \(tcpFields) data@40+3/3"),
  .init(
    "last fragment has none", .raw, P.ipv4(length: 43, fragment: "0003") + P.tcp,
    "fragment v4@0 p6 idbeef off24 from20 len23 data@20+23/23"),
  .init(
    "IPv4 authentication header", .raw,
    P.ipv4(length: 67, protocol: "33") + "06 04 0000 00000001 00000001 "
      + "000000000000000000000000" + P.tcp,
    "complete v4@0 p6 \(tcpFields) data@64+3/3"),
  .init(
    "extensions in a row", .raw,
    P.ipv6(length: 47, next: "00") + "2B 00 0104 00000000" + "3C 00 0000 00000000"
      + "06 00 0104 00000000" + P.tcp,
    "complete v6@0 p6 \(tcpFields) data@84+3/3"),
  .init(
    "IPv6 fragment", .raw,
    P.ipv6(length: 31, next: "2C") + "06 00 0011 0000CAFE" + P.tcp,
    "fragment v6@0 p6 idcafe off16+ from48 len23 data@48+23/23"),
  .init(
    "IPv6 fragment of one piece is a packet", .raw,
    P.ipv6(length: 31, next: "2C") + "06 00 0000 0000CAFE" + P.tcp,
    "complete v6@0 p6 \(tcpFields) data@68+3/3"),
  .init(
    "jumbo payload", .raw,
    P.ipv6(length: 0, next: "00") + "06 00 C204 00011170" + P.tcp,
    "truncated v6@0 p6 \(tcpFields) data@68+3/69972"),
  .init(
    "payload length 0: what was captured", .raw, P.ipv6(length: 0) + P.tcp,
    "complete v6@0 p6 \(tcpFields) data@60+3/3"),
  .init(
    "an extension longer than the packet", .raw,
    P.ipv6(length: 16, next: "3C") + "06 02 0000 00000000 0000000000000000 0000000000000000",
    "malformed(TraceModel.PacketView.Layer.networkExtension) v6@0 p60 data@0+0/0"),
  .init(
    "extensions without end", .raw,
    P.ipv6(length: 800, next: "3C")
      + String(repeating: "3C 00 0104 00000000 ", count: 100),
    "malformed(TraceModel.PacketView.Layer.networkExtension) v6@0 p60 data@0+0/0"),
  .init("no next header", .raw, P.ipv6(length: 0, next: "3B"), "complete v6@0 p59 data@40+0/0"),
]

private let transportCases: [PacketCase] = [
  .init(
    "UDP", .raw, P.ipv4(length: 31, protocol: "11") + P.udp,
    "complete v4@0 p17 40000>53 data@28+3/3"),
  .init(
    "UDP that ends before the packet", .raw,
    P.ipv4(length: 32, protocol: "11") + P.udp + "00", "complete v4@0 p17 40000>53 data@28+3/3"),
  .init(
    "UDP that says it is longer", .raw,
    P.ipv4(length: 31, protocol: "11") + "9C40 0035 00FF 0000 616263",
    "complete v4@0 p17 40000>53 data@28+3/3"),
  .init(
    "UDP length 0 is the rest", .raw,
    P.ipv4(length: 31, protocol: "11") + "9C40 0035 0000 0000 616263",
    "complete v4@0 p17 40000>53 data@28+3/3"),
  .init(
    "UDP length below 8", .raw,
    P.ipv4(length: 31, protocol: "11") + "9C40 0035 0007 0000 616263",
    "malformed(TraceModel.PacketView.Layer.transport) v4@0 p17 data@20+0/0"),
  .init(
    "ICMP", .raw, P.ipv4(length: 28, protocol: "01") + "0301 0000 00000000",
    "complete v4@0 p1 t3 data@24+4/4"),
  .init(
    "ICMPv6", .raw, P.ipv6(length: 8, next: "3A") + "8000 0000 00000000",
    "complete v6@0 p58 t128 data@44+4/4"),
  .init(
    "TCP options", .raw,
    P.ipv4(length: 47) + "9C40 0050 000003E8 000007D0 60 18 01F4 0000 0000 02040500 616263",
    "complete v4@0 p6 \(tcpFields) data@44+3/3"),
  .init(
    "TCP data offset below 20", .raw,
    P.ipv4(length: 43) + "9C40 0050 000003E8 000007D0 40 18 01F4 0000 0000 616263",
    "malformed(TraceModel.PacketView.Layer.transport) v4@0 p6 data@20+0/0"),
  .init(
    "TCP data offset beyond the packet", .raw,
    P.ipv4(length: 43) + "9C40 0050 000003E8 000007D0 60 18 01F4 0000 0000 616263",
    "malformed(TraceModel.PacketView.Layer.transport) v4@0 p6 data@20+0/0"),
  .init(
    "cut inside the TCP header", .raw,
    P.ipv4(length: 43) + "9C40 0050 000003E8", original: 43, "truncated v4@0 p6 data@20+0/0"),
  .init(
    "cut inside the TCP options", .raw,
    P.ipv4(length: 1047) + "9C40 0050 000003E8 000007D0 60 18 01F4 0000 0000 0204",
    original: 1047, "truncated v4@0 p6 \(tcpFields) data@42+0/1003"),
  .init(
    "a packet too short for TCP, padded by the frame", .ethernet,
    P.macs + "0800" + P.ipv4(length: 30) + P.tcp,
    "malformed(TraceModel.PacketView.Layer.transport) v4@14 p6 data@34+0/0"),
  .init(
    "another protocol", .raw, P.ipv4(length: 24, protocol: "59") + "00010203",
    "complete v4@0 p89 data@20+4/4"),
]

@Suite struct PacketViewTests {
  @Test(arguments: linkCases + networkCases + transportCases)
  func decodes(_ example: PacketCase) {
    let view = decode(hex(example.packet), example.linkType, original: example.original)
    #expect(summary(view) == example.expected)
  }

  @Test func addresses() {
    let four = decode(hex(tcp4), .ipv4)
    #expect(four.source == IPAddress("10.0.0.1") && four.destination == IPAddress("10.0.0.2"))
    let six = decode(hex(tcp6), .ipv6)
    #expect(six.source == IPAddress("2001:db8::1") && six.destination == IPAddress("2001:db8::2"))
  }

  @Test func cookedCapturesKnowTheDirection() {
    let header = "0001 0006 0200000000010000 0800"
    #expect(decode(hex("0004" + header + tcp4), .linuxCooked).direction == .outbound)
    #expect(decode(hex("0000" + header + tcp4), .linuxCooked).direction == .inbound)
    #expect(decode(hex(tcp4), .raw).direction == .unknown)
  }

  @Test func portsOfACutHeaderAreKnown() {
    let view = decode(hex(P.ipv4(length: 43) + "9C40 0050 0000"), .raw)
    #expect(view.sourcePort == 40000 && view.destinationPort == 80 && !view.hasTransport)
  }

  @Test func reassembledPacket() {
    let first = decode(
      hex(P.ipv6(length: 16, next: "2C") + "3C 00 0001 0000CAFE 06 00 0104 00000000"), .raw)
    #expect(first.isFragment)
    let whole = hex("06 00 0104 00000000" + P.tcp)
    let view = unsafe whole.withUnsafeBytes {
      unsafe first.reassembled($0.bytes, length: whole.count)
    }
    #expect(summary(view) == "complete v6@0 p6 \(tcpFields) data@28+3/3")
  }

  /// Every prefix of every packet, and every packet with one byte changed: whatever comes out lies
  /// inside the bytes that went in.
  @Test(arguments: linkCases + networkCases + transportCases)
  func anyBytesAreSafe(_ example: PacketCase) {
    let packet = hex(example.packet)
    for count in 0...packet.count {
      check(decode(Array(packet[..<count]), example.linkType), count)
    }
    for index in packet.indices {
      for value in [0, 1, 0x45, 0x60, 0x7F, 0x80, 0xFF] as [UInt8] {
        var changed = packet
        changed[index] = value
        check(decode(changed, example.linkType), packet.count)
      }
    }
  }

  private func check(_ view: PacketView, _ count: Int) {
    let inside =
      view.payload.lowerBound >= 0 && view.payload.upperBound <= count
      && view.networkEnd <= count && view.payloadCaptured <= view.payloadLength
      && view.fragmentStart >= 0 && view.fragmentLength >= 0
    #expect(inside, "\(summary(view)) of \(count) bytes")
  }
}
