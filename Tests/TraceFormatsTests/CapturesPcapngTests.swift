import TestSupport
import Testing
import TraceBytes
import TraceFormats
import TraceModel

@Suite("Captures: pcapng")
struct CapturesPcapngTests {
  static let data: [UInt8] = Array(1...61)
  static let time: UInt64 = 1_700_000_000_123_456

  /// Two interfaces, three kinds of packet, options, and blocks to be passed over.
  static func everything(bigEndian: Bool) -> (bytes: [UInt8], recordEnds: [Int]) {
    var file = CaptureBytes(bigEndian: bigEndian)
    var ends: [Int] = []
    file.section()
    file.interface(1, snapLength: 40) {
      $0.option(2, Array("GPMSERVE".utf8))
      $0.option(3, Array("the description\0".utf8))
      $0.option(11, [0] + Array("tcp port 443".utf8))
      $0.option(12, Array("z/OS".utf8))
      $0.option(0, [])
    }
    file.interface(101) {
      $0.option(9, [9])
      $0.option(14, u64: 10)
      $0.option(0, [])
    }
    file.block(4) { $0.u32(0) }
    file.packet(0, time, data, original: 99) {
      $0.option(1, Array("a comment".utf8))
      $0.option(2, u32: 0x0001_0025)
      $0.option(4, u64: 7)
      $0.option(5, u64: 4711)
      $0.option(0, [])
    }
    ends.append(file.bytes.count)
    file.packet(1, time * 1000 + 789, data) { $0.option(2, u32: 2) }
    ends.append(file.bytes.count)
    file.simplePacket(Array(data[..<40]), original: 61)
    ends.append(file.bytes.count)
    file.block(2) {
      $0.u16(1)
      $0.u16(3)
      $0.u32(UInt32((time * 1000) >> 32))
      $0.u32(UInt32(truncatingIfNeeded: time * 1000))
      $0.u32(2)
      $0.u32(3)
      $0.bytes += [8, 9]
      $0.pad()
    }
    ends.append(file.bytes.count)
    file.block(10) {
      $0.u32(0x544C_534B)
      $0.u32(5)
      $0.bytes += Array("keys\n".utf8)
    }
    file.block(0xBAD) { $0.u32(32473) }
    file.block(5) {
      $0.u32(0)
      $0.number(0, 8)
    }
    return (file.bytes, ends)
  }

  @Test(arguments: [false, true], Feed.allCases)
  func everyBlock(bigEndian: Bool, feed: Feed) throws {
    let (bytes, ends) = Self.everything(bigEndian: bigEndian)
    let sink = try readPcapng(bytes, feed)
    #expect(sink.notices.isEmpty)
    #expect(
      sink.records.map(\.payload) == [Self.data, Self.data, Array(Self.data[..<40]), [8, 9]])
    let records = sink.records.map(\.record)
    #expect(
      records.map(\.time) == [
        1_700_000_000_123_456_000, 1_700_000_010_123_456_789, 0, 1_700_000_010_123_456_000,
      ])
    #expect(records.map(\.originalLength) == [99, 61, 61, 3])
    #expect(records.map(\.tracedLength) == [61, 61, 40, 2])
    #expect(records.map(\.direction) == [.inbound, .outbound, .unknown, .unknown])
    #expect(records.map(\.rawFlags) == [0x25, 2, 0, 0])
    #expect(records.map(\.droppedBefore) == [7, 0, 0, 3])
    #expect(records.map(\.traceNumber) == [4711, 0, 0, 0])
    #expect(records.map(\.interface) == [0, 1, 0, 1])
    #expect(records.map(\.linkType) == [.ethernet, .raw, .ethernet, .raw])
    #expect(records.map(\.name.text) == ["GPMSERVE", "", "GPMSERVE", ""])
    #expect(records.map(\.number) == [1, 2, 3, 4])
    #expect(records.dropFirst(2).first?.offset == UInt64(ends[1]))
    #expect(sink.interfaces.map(\.name) == ["GPMSERVE", ""])
    #expect(sink.interfaces.map(\.text) == ["the description", ""])
    #expect(sink.interfaces.map(\.filter) == ["tcp port 443", ""])
    #expect(sink.interfaces.map(\.system) == ["z/OS", ""])
    #expect(sink.secrets.map(\.type) == [0x544C_534B])
    #expect(sink.secrets.map(\.bytes) == [Array("keys\n".utf8)])
  }

  @Test(arguments: [false, true])
  func cut(bigEndian: Bool) throws {
    let (bytes, ends) = Self.everything(bigEndian: bigEndian)
    try cutEverywhere(bytes, recordEnds: ends, readPcapng)
    let length = ends[1] - 1
    let sink = try readPcapng(Array(bytes[..<length]))
    #expect(
      sink.notices == [
        TraceNotice(
          .cutShort, .inputEnds, at: UInt64(ends[0]), length: UInt64(length - ends[0]))
      ])
  }

  @Test(arguments: Feed.allCases)
  func sectionsOfBothByteOrders(feed: Feed) throws {
    let little = Self.everything(bigEndian: false).bytes
    let big = Self.everything(bigEndian: true).bytes
    let sink = try readPcapng(little + big + little, feed)
    #expect(sink.records.map(\.record.interface) == [0, 1, 0, 1, 2, 3, 2, 3, 4, 5, 4, 5])
    #expect(sink.interfaces.map(\.id) == [0, 1, 2, 3, 4, 5])
    let times = sink.records.map(\.record.time)
    #expect(times[..<4] == times[4..<8])
    #expect(sink.notices.isEmpty)
  }

  /// Resolution byte, offset in seconds, time stamp, and nanoseconds counted by hand.
  static let resolutions: [(UInt8, Int64, UInt64, Int64)] = [
    (0, 0, 1_700_000_000, 1_700_000_000_000_000_000),
    (3, 0, 1_700_000_000_123, 1_700_000_000_123_000_000),
    (6, 0, 1_700_000_000_123_456, 1_700_000_000_123_456_000),
    (9, 0, 1_700_000_000_123_456_789, 1_700_000_000_123_456_789),
    (9, -5, 1_700_000_000_123_456_789, 1_699_999_995_123_456_789),
    (12, 0, 1_700_000_123_456_789, 1_700_000_123_456),
    (28, 0, 18_446_744_073_709_551_615, 1), (29, 0, 18_446_744_073_709_551_615, 0),
    (127, 0, 18_446_744_073_709_551_615, 0),
    // 2^-1, 2^-10, 2^-32 and 2^-127 seconds.
    (0x81, 0, 3_400_000_001, 1_700_000_000_500_000_000),
    (0x8A, 0, 1_740_800_001_023, 1_700_000_000_999_023_437),
    (0xA0, 0, 7_301_444_403_200_000_001, 1_700_000_000_000_000_000),
    (0xFF, 0, 18_446_744_073_709_551_615, 0),
    // Beyond what 64 bits of nanoseconds hold.
    (0, 0, 18_446_744_073_709_551_615, Int64.max), (6, Int64.max, 0, Int64.max),
    (6, Int64.min, 0, Int64.min), (6, 0, 9_223_372_036_854_776, Int64.max),
    (9, 0, 9_223_372_036_854_775_808, Int64.max),
  ]

  @Test(arguments: resolutions, [false, true])
  func resolution(_ row: (UInt8, Int64, UInt64, Int64), bigEndian: Bool) throws {
    var file = CaptureBytes(bigEndian: bigEndian)
    file.section()
    file.interface {
      $0.option(9, [row.0])
      if row.1 != 0 { $0.option(14, u64: UInt64(bitPattern: row.1)) }
    }
    file.packet(0, row.2, [1])
    #expect(try readPcapng(file.bytes).records.map(\.record.time) == [row.3])
  }

  @Test(arguments: Feed.allCases)
  func badBlocksCostThemselvesOnly(feed: Feed) throws {
    var file = CaptureBytes(bigEndian: true)
    file.section()
    file.interface()
    file.packet(0, Self.time, Self.data)
    let first = file.bytes.count
    file.packet(0, Self.time, Self.data, captured: 65536)
    let second = file.bytes.count
    file.packet(1, Self.time, Self.data)
    let third = file.bytes.count
    file.packet(0, Self.time, Self.data)
    let sink = try readPcapng(file.bytes, feed)
    #expect(sink.records.map(\.record.offset) == [48, UInt64(third)])
    #expect(
      sink.notices == [
        TraceNotice(
          .damaged, .badValue(field: "captured length", value: 65536), at: UInt64(first),
          length: 96),
        TraceNotice(
          .damaged, .badValue(field: "interface id", value: 1), at: UInt64(second), length: 96),
      ])
  }

  /// Where in the second of four packets a byte is changed, and how many packets are left.
  static let bitRot: [(Int, [UInt64])] = [
    // Block type: passed over as unknown.
    (3, [48, 240, 336]),
    // Length: the next block is searched for.
    (4, [48, 240, 336]), (7, [48, 240, 336]),
    // Closing length: the block that follows proves the rest.
    (93, [48, 144, 240, 336]),
  ]

  @Test(arguments: bitRot, Feed.allCases)
  func oneByteChanged(_ row: (Int, [UInt64]), feed: Feed) throws {
    var file = CaptureBytes(bigEndian: false)
    file.section()
    file.interface()
    for _ in 0..<4 { file.packet(0, Self.time, Self.data) }
    file.bytes[144 + row.0] ^= 0x10
    let sink = try readPcapng(file.bytes, feed)
    #expect(sink.records.map(\.record.offset) == row.1)
    #expect(sink.notices.count == 1)
    #expect(sink.notices.first?.offset == 144)
    #expect(sink.notices.first?.length == 96)
  }

  @Test(arguments: Feed.allCases)
  func bytesMissingInTheMiddle(feed: Feed) throws {
    var file = CaptureBytes(bigEndian: false)
    file.section()
    file.interface()
    for _ in 0..<4 { file.packet(0, Self.time, Self.data) }
    file.bytes.removeSubrange(200..<205)
    let sink = try readPcapng(file.bytes, feed)
    #expect(sink.records.map(\.record.offset) == [48, 235, 331])
    #expect(sink.notices.map(\.offset) == [144])
    #expect(sink.notices.map(\.length) == [91])
  }

  @Test func lengthsThatAreNoMultipleOfFour() throws {
    for padded in [true, false] {
      var file = CaptureBytes(bigEndian: false)
      file.section()
      file.interface()
      file.u32(6)
      file.u32(33)
      for word in [0, 0, 0, 1, 1] as [UInt32] { file.u32(word) }
      file.bytes.append(0x77)
      if padded { file.pad() }
      file.u32(33)
      file.packet(0, 0, Self.data)
      let sink = try readPcapng(file.bytes)
      #expect(sink.records.map(\.payload) == [[0x77], Self.data])
      #expect(sink.notices.map(\.kind) == [.remark])
    }
  }

  @Test(arguments: [(UInt16(1), UInt16(2), 2, 0), (1, 1, 2, 1), (2, 0, 1, 1), (0, 1, 1, 1)])
  func versions(major: UInt16, minor: UInt16, packets: Int, notices: Int) throws {
    var file = CaptureBytes(bigEndian: false)
    file.section(major: major, minor: minor)
    file.interface()
    file.packet(0, 0, Self.data)
    file.section()
    file.interface()
    file.packet(0, 0, Self.data)
    let sink = try readPcapng(file.bytes, .chunks)
    #expect(sink.records.count == packets)
    #expect(sink.notices.count == notices)
    if packets == 1 {
      // The notice covers the section: its header, one interface and one packet.
      #expect(sink.notices.map(\.kind) == [.skipped])
      #expect(sink.notices.map(\.offset) == [0])
      #expect(sink.notices.map(\.length) == [28 + 20 + 96])
    }
  }

  @Test func longBlocksArePassedOver() throws {
    let body = [UInt8](repeating: 0, count: 17 << 20)
    var file = CaptureBytes(bigEndian: false)
    file.section()
    file.interface()
    file.block(0xBAD) { $0.bytes = body }
    file.packet(0, 0, Self.data)
    var reader = PcapngReader()
    let sink = CollectingSink()
    // Windows of 64 KiB: the block is never in one of them whole.
    var start = 0
    while start < file.bytes.count {
      let end = min(start + 65536, file.bytes.count)
      start += try unsafe file.bytes[start..<end].withUnsafeBytes {
        try unsafe reader.read(
          $0.bytes, at: UInt64(start), atEnd: end == file.bytes.count, into: sink)
      }
    }
    #expect(sink.records.map(\.payload) == [Self.data])
    #expect(sink.notices.isEmpty)
    #expect(reader.account.total == UInt64(file.bytes.count))
    let cut = try readPcapng(Array(file.bytes[..<(1 << 20)]))
    #expect(cut.notices == [TraceNotice(.cutShort, .inputEnds, at: 48, length: 1 << 20 - 48)])
  }

  @Test func unassignedTypesAreRemarkedOnce() throws {
    var file = CaptureBytes(bigEndian: true)
    file.section()
    for type in [0x7777, 0x7777, 7, 0x101, 0x8000_0001] as [UInt32] {
      file.block(type) { $0.u32(1) }
    }
    let sink = try readPcapng(file.bytes)
    #expect(sink.notices.map(\.reason) == [.unknownBlock(0x7777), .unknownBlock(0x8000_0001)])
    #expect(sink.notices.map(\.offset) == [28, 92])
  }

  @Test func packetsBeforeAnyInterface() throws {
    var file = CaptureBytes(bigEndian: true)
    file.section()
    file.simplePacket([1, 2], original: 2)
    file.packet(0, 0, [1])
    let sink = try readPcapng(file.bytes)
    #expect(sink.records.isEmpty)
    let reason = TraceNotice.Reason.badValue(field: "interface id", value: 0)
    #expect(sink.notices.map(\.reason) == [reason, reason])
  }

  static let probes: [([UInt8], Bool, FormatProbe)] = [
    (hex("0A0D0D0A1C0000004D3C2B1A"), false, .yes), (hex("0A0D0D0A0000001C1A2B3C4D"), true, .yes),
    (hex("0A0D0D0A1C000000"), false, .needMore), (hex("0A0D0D0A1C000000"), true, .yes),
    (hex("0A0D0D0A1C0000004D3C2B1B"), false, .no), (hex("0A0D"), false, .needMore),
    (hex("0A0D"), true, .no), (hex("D4C3B2A1"), false, .no),
  ]

  @Test(arguments: probes)
  func probe(bytes: [UInt8], atEnd: Bool, expected: FormatProbe) {
    let found = unsafe bytes.withUnsafeBytes { unsafe PcapngReader.probe($0.bytes, atEnd: atEnd) }
    #expect(found == expected)
  }
}
