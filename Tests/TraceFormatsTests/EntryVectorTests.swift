import TestSupport
import Testing
import TraceBytes
import TraceFormats
import TraceModel

/// Entries written by hand from the layouts that `Formats/cte.md` and `Formats/pth.md` give with their sources:
/// no code of this project had a part in them, so a field read at a wrong place shows.
@Suite struct EntryVectorTests {
  /// 2024-02-24 12:00:00 UTC is TOD DEB2FB337B000000; the entry went into the buffer 1 µs later.
  private static let dataTrace = hex(
    """
    0073 0010 00000005 DEB2FB337B001000
    005C 00 21 27 000005
    C7D7D4E2C5D9E5C5 02 01 06 00 00000000
    DEB2FB337B000000
    0000000000000000 0000FFFE 0A010102
    0000000000000000 0000FFFF 0A010002
    2263 B070 0000002A 00 06 0064 00000058 001E 0009 00000003 1006 05B4
    48656C6C6F
    0073
    """)

  /// A packet of OSAETH1, inbound, local; device type 39, IPv6 addresses.
  private static let packet = hex(
    """
    0096 0010 00000004 DEB2FB337B002000
    005C 00 81 23 000028
    D6E2C1C5E3C8F1404040404040404040
    DEB2FB337B001000
    20010DB8000100000000000000000002
    00000000000000000000000000000001
    1000 2000 00000007 00 11 0000 007F62C0 0042 05DC 00000011 0000 0000
    60000000 00000011 20010DB8000100000000000000000002 00000000000000000000000000000001
    0096
    """)

  /// The packet of IBM's own example: z/OS Communications Server, IP Diagnosis Guide, SYSTCPDA report FORMAT. The
  /// names, ports, address space, TCB, lengths, identifications and both checksums are those of the report; the two
  /// clocks are its times since 1970, whose clock is 7D91048BCA000000. The report leaves the rest of the header out.
  private static let reported = hex(
    """
    00A6 0010 00000004 B72E372BBDA05000
    005C 00 01 00 000038
    E3D9F140404040404040404040404040
    B72E372BBDA03000
    0000000000000000 0000FFFF 09437141
    0000000000000000 0000FFFF 09255003
    0401 0035 00000001 00 11 0000 007F62C0 001E 0038 00000000 0000 0000
    45000038 000E0000 4011A6FB 09437141 09255003
    04010035 0024AD0B
    9D4A 0100 0001 0000 0000 0000 027733 0369626D 03636F6D 00 001C 0001
    00A6
    """)

  /// What the report says of it, and what the two checksums of the report say of the bytes.
  @Test func thePacketOfTheReport() throws {
    let (sink, _) = try readEntries(Self.reported)
    let kept = try #require(sink.records.first)
    let record = kept.record
    #expect(sink.records.count == 1 && sink.notices.isEmpty)
    #expect(record.kind == .packet && record.direction == .outbound && record.segment == 0)
    #expect(record.time == 1_013_557_151_873_539_000)
    #expect(record.name.text == "TR1" && record.asid == 0x1E && record.connectionID == 0x7F_62C0)
    #expect("\(record.source)" == "9.67.113.65" && "\(record.destination)" == "9.37.80.3")
    #expect(record.sourcePort == 1025 && record.destinationPort == 53 && record.ipProtocol == 17)
    #expect(record.tracedLength == 56 && record.originalLength == 56 && kept.payload.count == 56)
    let view = unsafe PacketView.decode(
      kept.payload.span.bytes, linkType: .raw, originalLength: 56)
    #expect(view.status == .complete && view.ipProtocol == .udp && view.payloadLength == 28)
    #expect(view.source == record.source && view.destination == record.destination)
    #expect(view.sourcePort == 1025 && view.destinationPort == 53)
    var ip = Checksum()
    unsafe ip.add(Array(kept.payload[..<20]).span.bytes)
    #expect(ip.value == 0)
    var udp = Checksum()
    let pseudo = kept.payload[12..<20] + [0, 17, 0, 36]
    unsafe udp.add(Array(pseudo + kept.payload[20...]).span.bytes)
    #expect(udp.value == 0)
  }

  @Test func aDataTraceRecord() throws {
    let (sink, _) = try readEntries(Self.dataTrace)
    let kept = try #require(sink.records.first)
    let record = kept.record
    #expect(sink.records.count == 1 && sink.notices.isEmpty)
    #expect(kept.payload == Array("Hello".utf8))
    #expect(record.kind == .dataTrace && record.entryID == 5)
    #expect(record.time == 1_708_776_000_000_000_000)
    #expect(record.rawFlags == 0x21 && record.flags == .clearText && record.direction == .outbound)
    #expect(record.deviceType == 0x27 && record.segment == 0)
    #expect(record.tracedLength == 5 && record.originalLength == 9)
    #expect(record.name.text == "GPMSERVE")
    #expect(record.socketDomain == 2 && record.socketType == 1 && record.socketState == 0)
    #expect("\(record.source)" == "10.1.1.2" && "\(record.destination)" == "10.1.0.2")
    #expect(record.sourcePort == 8803 && record.destinationPort == 45168)
    #expect(record.traceNumber == 42 && record.ipProtocol == 6 && record.vlan == 100)
    #expect(record.connectionID == 0x58 && record.asid == 0x1E && record.interfaceIndex == 3)
    #expect(record.dropReason == 0x1006 && record.offloadSegmentLength == 1460)
  }

  @Test func aPacket() throws {
    let (sink, _) = try readEntries(Self.packet)
    let record = try #require(sink.records.first).record
    #expect(record.kind == .packet && record.linkType == .raw)
    #expect(record.time == 1_708_776_000_000_001_000)
    #expect(record.direction == .outbound && record.flags == .local)
    #expect(record.name.text == "OSAETH1" && record.deviceType == 0x23)
    #expect("\(record.source)" == "2001:db8:1::2" && "\(record.destination)" == "::1")
    #expect(record.sourcePort == 4096 && record.destinationPort == 8192 && record.ipProtocol == 17)
    #expect(record.tracedLength == 40 && record.originalLength == 1500)
    #expect(record.traceNumber == 7 && record.asid == 0x42 && record.interfaceIndex == 17)
    #expect(record.dropReason == 0 && record.offloadSegmentLength == 0)
  }

  /// What the writer makes of the decoded record are the bytes that were written by hand.
  @Test(arguments: [dataTrace, packet, reported]) func theWriterAgrees(entry: [UInt8]) throws {
    let kept = try #require(try readEntries(entry).0.records.first)
    var written: [UInt8] = []
    unsafe CTEWriter().append(kept.record, kept.payload.span.bytes, to: &written)
    var expected = entry
    // The writer has its own idea of when an entry went into the buffer, and one form for IPv4.
    expected.replaceSubrange(8..<16, with: written[8..<16])
    if entry != Self.packet {
      for mark in [16 + 32 + 11, 16 + 48 + 11] { expected[mark] = 0xFE }
    }
    #expect(written == expected)
  }

  /// Bytes 8 to 11 tell IPv4: 0000FFFE from an AF_INET socket, 0000FFFF mapped; twelve zeros too.
  @Test(arguments: [
    ("0000000000000000 0000FFFE 0A010203", "10.1.2.3"),
    ("0000000000000000 0000FFFF 0A010203", "10.1.2.3"),
    ("0000000000000000 00000000 0A010203", "10.1.2.3"),
    ("0000000000000000 00000000 00000001", "::1"),
    ("0000000000000000 00000000 00000000", "::"),
    ("0000000000000000 0000FFFD 0A010203", "::fffd:a01:203"),
    ("20010DB800000000 00000000 0A010203", "2001:db8::a01:203"),
  ])
  func addresses(bytes: String, text: String) throws {
    for (place, isSource) in [(48, true), (64, false)] {
      var entry = Self.dataTrace
      entry.replaceSubrange(place..<(place + 16), with: hex(bytes))
      let record = try #require(try readEntries(entry).0.records.first).record
      #expect("\(isSource ? record.source : record.destination)" == text)
    }
  }

  /// Behind damage an entry is one only when the packet was seen within ten days of its going into the
  /// buffer.
  @Test(arguments: [(9, true), (-9, true), (11, false), (-11, false)])
  func tenDays(days: Int64, isEntry: Bool) throws {
    var odd = Self.dataTrace
    let time: UInt64 = 0xDEB2_FB33_7B00_0000 &- UInt64(bitPattern: days * 86_400_000_000 << 12)
    for index in 0..<8 {
      odd[16 + 24 + index] = UInt8(truncatingIfNeeded: time >> UInt64(56 - 8 * index))
    }
    let junk = Array(repeating: 0x41 as UInt8, count: 40)
    let (sink, _) = try readEntries(Self.dataTrace + Self.packet + junk + odd + Self.packet)
    #expect(sink.records.count == (isEntry ? 4 : 3))
    #expect(sink.notices.map(\.length) == [isEntry ? 40 : 155])
  }

  /// One record over three segments (1 first, 3 middle, 2 last), each with a descriptor word, with and
  /// without block descriptor words.
  @Test(arguments: [false, true]) func aSpannedRecord(inBlocks: Bool) throws {
    let entry = Self.dataTrace
    var bytes: [UInt8] = []
    for (code, range) in [(1, 0..<40), (3, 40..<90), (2, 90..<115)] as [(UInt8, Range<Int>)] {
      let length = UInt8(range.count + 4)
      if inBlocks { bytes += [0, length + 4, 0, 0] }
      bytes += [0, length, code, 0] + entry[range]
    }
    let (sink, reader) = try readEntries(bytes)
    #expect(sink.records.map(\.payload) == [Array("Hello".utf8)])
    #expect(sink.notices.isEmpty, "\(sink.notices)")
    #expect(reader.framing == (inBlocks ? .bdw : .rdw))
  }

  /// A last segment without a first one, and a first one without a last, are damage.
  @Test func segmentsThatAreMissing() throws {
    let word: (UInt8, Int) -> [UInt8] = { [0, UInt8($1 + 4), $0, 0] }
    let entry = Self.dataTrace
    let whole = word(0, entry.count) + entry
    let last = word(2, 60) + entry[55...]
    let first = word(1, 55) + entry[..<55]
    for bytes in [whole + last + whole, whole + first + whole] {
      let (sink, _) = try readEntries(bytes)
      #expect(sink.records.count == 2)
      #expect(sink.notices.contains { $0.kind == .damaged && $0.reason == .framing })
    }
  }
}
