import TestSupport
import Testing
import TraceBytes
import TraceModel

@testable import TraceFilter

/// Addresses and ports.
struct EndsTests {
  @Test(arguments: [
    ("10.1.1.2", "10.1.1.2", true), ("10.1.1.2", "10.1.1.3", false),
    ("10.1.1.2/31", "10.1.1.3", true), ("10.1.1.2/31", "10.1.1.4", false),
    ("10.1.99.99/16", "10.1.0.0", true), ("10.1.99.99/16", "10.2.0.0", false),
    ("0.0.0.0/0", "255.255.255.255", true), ("0.0.0.0/0", "2001:db8::1", false),
    ("128.0.0.0/1", "127.255.255.255", false), ("128.0.0.0/1", "128.0.0.1", true),
    ("::ffff:10.1.1.2", "10.1.1.2", true), ("10.1.1.2", "::ffff:10.1.1.2", true),
    ("::ffff:10.1.0.0/112", "10.1.200.1", true), ("::ffff:10.1.0.0/112", "10.2.0.1", false),
    ("::/0", "2001:db8::1", true), ("::/0", "10.1.1.2", false), ("::/0", "::1", true),
    ("8000::/1", "7fff::1", false), ("8000::/1", "ffff::1", true),
    ("2001:db8::/32", "2001:db8:ffff::1", true), ("2001:db8::/32", "2001:db9::", false),
    ("2001:db8::/63", "2001:db8:0:1::", true), ("2001:db8::/63", "2001:db8:0:2::", false),
    ("2001:db8::/64", "2001:db8::ffff:0:0:1", true), ("2001:db8::/64", "2001:db8:0:1::1", false),
    ("2001:db8::/65", "2001:db8::8000:0:0:0", false),
    ("2001:db8::/65", "2001:db8::7fff:0:0:0", true),
    ("2001:db8::2/127", "2001:db8::3", true), ("2001:db8::2/127", "2001:db8::4", false),
    ("2001:db8::1/128", "2001:db8::1", true), ("2001:db8::1/128", "2001:db8::2", false),
  ])
  func addressIsInRange(range: String, address: String, expected: Bool) throws {
    let either = try filter { try $0.addIP(range) }
    #expect(try passes(Sample(source: address, destination: address), either) == expected)
    let source = try filter { try $0.addSource(range) }
    let destination = try filter { try $0.addDestination(range) }
    #expect(try passes(Sample(source: address), source) == expected)
    #expect(try passes(Sample(destination: address), destination) == expected)
  }

  /// Every prefix of an address: it holds the address, and not the one whose last bit in it differs.
  @Test(arguments: 1...128)
  func everyPrefixLength(length: Int) throws {
    let text = "2001:db8:1234:5678:9abc:def0:1111:2222"
    let range = try AddressRange("--ip", "\(text)/\(length)")
    let address = try #require(IPAddress(text))
    var other = address
    if length <= 64 {
      other.high ^= 1 << UInt64(64 - length)
    } else {
      other.low ^= 1 << UInt64(128 - length)
    }
    #expect(range.contains(address))
    #expect(!range.contains(other))
  }

  @Test(
    arguments: [
      ("8803", [8803], true), ("8803", [8802, 8804], false), ("8800-8899", [8800, 8899], true),
      ("8800-8899", [8799, 8900], false), ("0-65535", [0, 65535], true), ("1-1", [1], true),
    ] as [(String, [UInt16], Bool)])
  func portIsInRange(range: String, ports: [UInt16], expected: Bool) throws {
    let filter = try filter { try $0.addPort(range) }
    for port in ports {
      #expect(try passes(Sample(ports: (port, 55555)), filter) == expected)
      #expect(try passes(Sample(ports: (55555, port)), filter) == expected)
    }
  }

  @Test(arguments: [
    "", "10.1.1", "10.1.1.256", "10.1.1.2/33", "10.1.1.2/", "10.1.1.2/-1", "10.1.1.2/+8", "host",
    "2001:db8::1::2", "2001:db8::/129", "::ffff:10.1.1.2/129", "10.1.1.2/8/8",
  ])
  func mistakenAddress(text: String) {
    #expect(throws: FilterMistake.self) { try AddressRange("--ip", text) }
  }

  @Test(arguments: ["", "x", "65536", "80-", "-80", "90-80", "1-2-3", "+80", "8 0", "80-65536"])
  func mistakenPort(text: String) {
    #expect(throws: FilterMistake.self) { _ = try filter { try $0.addPort(text) } }
  }

  /// Values of one option are alternatives, options must agree; the two ends may satisfy them in turn.
  @Test(arguments: [
    (["10.1.1.2", "10.9.9.9"], ["8803"], true), (["10.9.9.9"], ["8803"], false),
    (["10.1.1.2"], ["1", "40000"], true), (["10.1.1.2"], ["1"], false),
    (["10.1.2.3"], ["8803"], true),
  ])
  func optionsAgree(ips: [String], ports: [String], expected: Bool) throws {
    let filter = try filter {
      for ip in ips { try $0.addIP(ip) }
      for port in ports { try $0.addPort(port) }
    }
    #expect(try passes(Sample(), filter) == expected)
  }

  @Test func recordsWithoutEndsDoNotMatch() throws {
    let all = try filter { try $0.addIP("::/0") }
    let ports = try filter { try $0.addPort("0-65535") }
    let unknown = Sample(kind: .unknown, source: "::", destination: "::", ports: (0, 0))
    #expect(try !passes(unknown, all))
    #expect(try !passes(unknown, ports))
    #expect(try !passes(Sample(source: "2001:db8::1", flags: .headerUnknown), all))
    let frame = Sample(kind: .capture, payload: hex("FFFFFFFFFFFF 020000000001 0806 0001"))
    #expect(try !passes(frame, all))
  }

  /// An IPv4 packet of 10.0.0.1:40000 to 10.0.0.2:80 in the ways that it can be damaged or divided.
  static let packets: [(name: String, hex: String, ports: Bool)] = [
    ("whole", "45000028 BEEF0000 40060000 0A000001 0A000002" + tcp, true),
    ("options", "4600002C BEEF0000 40060000 0A000001 0A000002 01010101" + tcp, true),
    ("first fragment", "45000028 BEEF2000 40060000 0A000001 0A000002" + tcp, true),
    ("later fragment", "45000028 BEEF0005 40060000 0A000001 0A000002" + tcp, false),
    ("cut after the ports", "45000028 BEEF0000 40060000 0A000001 0A000002 9C400050", true),
    ("cut in the ports", "45000028 BEEF0000 40060000 0A000001 0A000002 9C4000", false),
    ("SCTP", "45000028 BEEF0000 40840000 0A000001 0A000002" + tcp, true),
    ("ICMP", "45000028 BEEF0000 40010000 0A000001 0A000002" + tcp, false),
    ("too short for ports", "45000016 BEEF0000 40060000 0A000001 0A000002" + tcp, false),
  ]
  static let tcp = "9C400050 000003E8 000007D0 501801F4 00000000"

  @Test(arguments: packets)
  func packetHeadersCount(name: String, text: String, hasPorts: Bool) throws {
    let frames: [(LinkType, [UInt8])] = [
      (.raw, hex(text)),
      (.ethernet, hex("020000000001 020000000002 0800") + hex(text)),
      (.ethernet, hex("020000000001 020000000002 8100 0005 0800") + hex(text)),
      (.linuxCooked, hex("0000 0001 0006 020000000001 0000 0800") + hex(text)),
    ]
    let ip = try filter { try $0.addSource("10.0.0.1") }
    let port = try filter { try $0.addPort("80") }
    for (linkType, payload) in frames {
      for kind in [RecordKind.capture, .packet] {
        // The record says something else: the packet is right.
        let sample = Sample(
          kind: kind, source: "192.0.2.1", ports: (1, 2), payload: payload, linkType: linkType)
        #expect(try passes(sample, ip))
        #expect(try passes(sample, port) == hasPorts)
      }
    }
  }

  @Test(
    arguments: [
      ("10.1.1.2:8803", "10.1.1.2", 8803, true), ("10.1.1.2:8803", "10.1.1.2", 8804, false),
      ("10.1.1.2:8803", "10.1.1.3", 8803, false), ("10.1.1.2..8803", "10.1.1.2", 8803, true),
      ("10.1.1.2..8803", "10.1.1.2", 1, false), ("[2001:db8::1]:443", "2001:db8::1", 443, true),
      ("[2001:db8::1]:https", "2001:db8::1", 443, true), ("[2001:db8::1]", "2001:db8::1", 1, true),
      ("2001:db8::1..443", "2001:db8::1", 443, true), ("2001:db8::1..443", "2001:db8::1", 1, false),
      // An address, not a port behind one.
      ("2001:db8::1:443", "2001:db8::1:443", 1, true), ("10.1.0.0/16:80-90", "10.1.9.9", 85, true),
      ("10.1.0.0/16:80-90", "10.1.9.9", 91, false), ("*..443", "2001:db8::7", 443, true),
      ("*..443", "10.1.1.1", 444, false),
    ] as [(String, String, UInt16, Bool)])
  func addressWithPort(range: String, address: String, port: UInt16, expected: Bool) throws {
    let sample = Sample(source: address, destination: "192.0.2.1", ports: (port, 60_000))
    #expect(try passes(sample, filter { try $0.addIP(range) }) == expected)
    #expect(try passes(sample, filter { try $0.addSource(range) }) == expected)
    // The port is that of the same end.
    #expect(try !passes(sample, filter { try $0.addDestination(range) }) || address == "192.0.2.1")
  }

  @Test(arguments: [
    "10.1.1.2:", "10.1.1.2:70000", "10.1.1.2..", "*", "[2001:db8::1", "[2001:db8::1]80", ":80",
  ])
  func mistakenEnd(text: String) {
    #expect(throws: FilterMistake.self) { try filter { try $0.addIP(text) } }
  }

  @Test(
    arguments: [
      ("80,443", [80, 443], [81]), ("https", [443], [442]), ("HTTP,8800-8803", [80, 8801], [443]),
      ("ibm-mqseries", [1414], [1415]), ("drda,nje", [446, 175], [447]),
    ] as [(String, [UInt16], [UInt16])])
  func listsAndNames(text: String, inside: [UInt16], outside: [UInt16]) throws {
    let filter = try filter { try $0.addPort(text) }
    for port in inside { #expect(try passes(Sample(ports: (port, 60_000)), filter)) }
    for port in outside { #expect(try !passes(Sample(ports: (port, 60_000)), filter)) }
  }

  @Test(arguments: ["80,", ",80", "80,,443", "no-such-service", "http-https", "90-80"])
  func mistakenList(text: String) {
    #expect(throws: FilterMistake.self) { try filter { try $0.addPort(text) } }
  }
}
