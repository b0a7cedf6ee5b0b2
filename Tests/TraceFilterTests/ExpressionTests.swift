import Foundation
import TestSupport
import Testing
import TraceBytes
import TraceFormats
import TraceModel
import TraceStreams

@testable import TraceFilter

/// libpcap expressions; tcpdump is the judge where it is there.
struct ExpressionTests {
  static let expressions = [
    "tcp", "udp port 53", "ip6", "port 80 or port 443", "tcp[tcpflags] & tcp-syn != 0",
    "net 10.0.0.0/8", "icmp or icmp6", "greater 200", "not ip", "vlan or arp",
  ]

  /// A trace that has all kinds of ends in it.
  private static func generated(_ kind: TraceGenerator.Kind) throws -> [CollectingSink.Kept] {
    var generator = TraceGenerator()
    generator.kind = kind
    generator.flows = 20
    var records: [CollectingSink.Kept] = []
    try generator.run { (record, payload) throws(TraceError) in
      records.append(CollectingSink.Kept(record: record, payload: payload.copied()))
      return records.count < 2000
    }
    return records
  }

  private static func kept(
    _ records: [CollectingSink.Kept], _ expression: String
  ) throws -> [Int64] {
    let sink = CollectingSink()
    let stage = try RecordFilter(filter { try $0.addExpression(expression) }, to: sink)
    let tracker = FlowTracker(to: stage)
    for (index, kept) in records.enumerated() {
      var record = kept.record
      record.time = Int64(index)
      try give(record, kept.payload, to: tracker)
    }
    return sink.records.map(\.record.time)
  }

  /// An IP packet behind the Ethernet header that converted files have.
  private static func framed(_ packet: [UInt8]) -> [UInt8] {
    hex("020000000001 020000000002") + (packet[0] >> 4 == 6 ? [0x86, 0xDD] : [0x08, 0x00]) + packet
  }

  private static func times(_ packets: [CollectingSink.Kept]) -> [Int64] {
    packets.map { ($0.record.time - 1_700_000_000_000_000_000) / 1000 }
  }

  static let traceExpressions = [
    "host 10.1.1.2 and port 8803", "ip6 and tcp src port 8807", "tcp[tcpflags] & tcp-fin != 0",
    "greater 1000", "less 66", "tcp[tcpflags] & tcp-syn != 0", "net 10.1.0.0/24 and not port 8805",
    "tcp[((tcp[12]&0xf0)>>2):4] = 0x47455420", "udp",
  ]

  /// Application data is filtered as the packets made of it, payload included.
  @Test func libraryThatIsNotThere() {
    #expect(PcapLibrary(["libpcap-of-nowhere.so"]) == nil)
    #expect(PcapLibrary.installed != nil)
  }

  @Test(.enabled(if: Tcpdump.path != nil), arguments: traceExpressions)
  func dataTraceAsTcpdumpSeesIt(expression: String) throws {
    let records = try Self.generated(.data)
    let packets = records.map { kept in
      let flags: UInt8 =
        kept.record.socketState == 1 ? 0x02 : kept.record.socketState == 2 ? 0x11 : 0x18
      let headers = PacketHeaders(
        source: Endpoint(kept.record.source, kept.record.sourcePort),
        destination: Endpoint(kept.record.destination, kept.record.destinationPort),
        ipProtocol: 6, flags: flags)
      return unsafe Self.framed(headers.bytes(kept.payload.span.bytes) + kept.payload)
    }
    let folder = try Folder()
    let file = try folder.file("data.pcap", pcapFile(packets, linkType: 1))
    let expected = try #require(try Tcpdump.keep(expression, in: file))
    let flagged = records.map { kept in
      var kept = kept
      if kept.record.socketState == 1 { kept.record.flags.insert(.start) }
      if kept.record.socketState == 2 { kept.record.flags.insert(.end) }
      return kept
    }
    #expect(try Self.kept(flagged, expression) == Self.times(expected))
    #expect(expected.isEmpty == (expression == "udp"))
  }

  @Test(.enabled(if: Tcpdump.path != nil), arguments: traceExpressions)
  func packetTraceAsTcpdumpSeesIt(expression: String) throws {
    let records = try Self.generated(.packet)
    let folder = try Folder()
    let file = try folder.file(
      "ip.pcap", pcapFile(records.map { Self.framed($0.payload) }, linkType: 1))
    let expected = try #require(try Tcpdump.keep(expression, in: file))
    #expect(try Self.kept(records, expression) == Self.times(expected))
  }

  /// Expressions that need Ethernet get a header for records that have none.
  @Test func ethernetIsMadeWhenNeeded() throws {
    let records = try Self.generated(.data)
    let packets = try Self.generated(.packet)
    let outbound = records.indices.filter { records[$0].record.direction == .outbound }
    #expect(
      try Self.kept(records, "ether src 02:00:00:00:00:01") == outbound.map { Int64($0) })
    #expect(
      try Self.kept(packets, "ether src 02:00:00:00:00:01")
        == packets.indices.filter { packets[$0].record.direction == .outbound }.map { Int64($0) })
    let both = try Self.kept(records, "ether dst 02:00:00:00:00:01 and ip6")
    #expect(both == (try Self.kept(records, "ip6")).filter { !outbound.contains(Int($0)) })
  }

  @Test func severalExpressionsAreAlternatives() throws {
    let sink = CollectingSink()
    let stage = try RecordFilter(
      filter {
        try $0.addExpression("port 8803 and not ip")
        try $0.addExpression("src host 10.1.1.2")
      }, to: sink)
    let tracker = FlowTracker(to: stage)
    for source in ["10.1.1.2", "10.1.1.3"] {
      try give(Sample(source: source).record, [], to: tracker)
    }
    #expect(sink.records.map(\.record.source.description) == ["10.1.1.2"])
    #expect(stage.leftOut.map(\.option) == ["-f"])
  }

  @Test func recordsThatAreNoPacketsDoNotMatch() throws {
    let any = try filter { try $0.addExpression("ip or ip6 or not ip") }
    #expect(try passes(Sample(), any))
    #expect(try !passes(Sample(flags: .headerUnknown), any))
    #expect(try !passes(Sample(kind: .lost), any))
    #expect(try !passes(Sample(kind: .packet, payload: [1, 2, 3]), any))
  }

  /// A link type for which libpcap has no such words is named once and its packets do not match.
  @Test func linkTypeWithoutTheWords() throws {
    let sink = CollectingSink()
    let stage = try RecordFilter(
      filter { try $0.addExpression("ether host 02:00:00:00:00:01") }, to: sink)
    let tracker = FlowTracker(to: stage)
    for _ in 0..<3 {
      try give(Sample(kind: .capture, payload: [0x45], linkType: .raw).record, [0x45], to: tracker)
    }
    #expect(sink.records.isEmpty)
    #expect(stage.remarks.count == 1)
    #expect(stage.remarks.first?.contains("link type 101") == true)
  }

  /// BSD loopback captures of both byte orders: family 2 is IPv4, 30 Darwin's IPv6.
  @Test(arguments: ["02000000", "00000002"])
  func loopbackOfBothOrders(family: String) throws {
    let darwinIPv6 = hex(family.replacing("02", with: "1E") + "60")
    let sample6 = Sample(kind: .capture, payload: darwinIPv6, linkType: .null)
    #expect(try passes(sample6, filter { try $0.addExpression("ip6") }))
    let packet = hex(family) + hex(EndsTests.packets[0].hex)
    let sample = Sample(kind: .capture, payload: packet, linkType: .null)
    #expect(try passes(sample, filter { try $0.addExpression("host 10.0.0.2 and port 80") }))
    #expect(try !passes(sample, filter { try $0.addExpression("port 81") }))
  }

  @Test(arguments: [
    ("host 10.1.1.2 and port httpx", "httpx"), ("port 99999", "99999"),
    ("host 10.1.1.300", "10.1.1.300"),
  ])
  func caretUnderTheWord(expression: String, word: String) throws {
    let mistake = #expect(throws: FilterMistake.self) { try PacketExpression.check(expression) }
    let lines = try #require(mistake).description.split(separator: "\n").map(String.init)
    try #require(lines.count == 3)
    #expect(lines[1] == "  \(expression)")
    let column = lines[2].count - 1
    #expect(lines[1].dropFirst(column).hasPrefix(word))
  }

  @Test(arguments: ["host", "port 80 and (", "tcp[", "10.1.1.2 10.1.1.3"])
  func mistakenExpression(expression: String) throws {
    let mistake = #expect(throws: FilterMistake.self) { try PacketExpression.check(expression) }
    #expect(try #require(mistake).description.contains("syntax error"))
  }

  /// Captures that other people made: the same packets as tcpdump keeps.
  @Test(.enabled(if: Tcpdump.path != nil && !captures.isEmpty), arguments: expressions)
  func capturesAsTcpdumpSeesThem(expression: String) throws {
    let wanted = try filter { try $0.addExpression(expression) }
    var compared = 0
    for file in Self.captures {
      guard let expected = try Tcpdump.keep(expression, in: file) else { continue }
      let found = try keep(wanted, in: file)
      // libpcap cuts packets to the snap length of the file.
      let isSame =
        found.count == expected.count
        && zip(found, expected).allSatisfy { $0.payload.starts(with: $1.payload) }
      #expect(isSame, "\(file.lastPathComponent): \(found.count) and \(expected.count) packets")
      compared += 1
    }
    #expect(compared > Self.captures.count / 2)
  }

  /// Every seventeenth capture, small ones only: enough of each link type, and quick.
  static let captures: [URL] = {
    guard let path = ProcessInfo.processInfo.environment["ZCAP_CORPORA"] else { return [] }
    let folder = URL(fileURLWithPath: path)
    let all = FileManager.default.enumerator(
      at: folder, includingPropertiesForKeys: [.fileSizeKey])
    var files: [URL] = []
    while let file = all?.nextObject() as? URL {
      let size = (try? file.resourceValues(forKeys: [.fileSizeKey]))?.fileSize ?? 0
      if ["pcap", "pcapng"].contains(file.pathExtension), (1..<300_000).contains(size) {
        files.append(file)
      }
    }
    let sorted = files.sorted { $0.path < $1.path }
    return sorted.indices.filter { $0 % 17 == 0 }.map { sorted[$0] }
  }()
}
