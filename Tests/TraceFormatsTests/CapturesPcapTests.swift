import TestSupport
import Testing
import TraceBytes
import TraceFormats
import TraceModel

@Suite("Captures: pcap")
struct CapturesPcapTests {
  static let data: [UInt8] = Array(0..<60)
  /// 2023-11-14 22:13:20 UTC.
  static let second: UInt32 = 1_700_000_000

  /// A variant of the format and what its second record must read as.
  struct Variant: Sendable, CustomTestStringConvertible {
    var name: String
    var bigEndian: Bool
    var magic: UInt32 = 0xA1B2_C3D4
    var minor: UInt16 = 4
    var snapLength: UInt32 = 65535
    var linkType: UInt32 = 1
    var fraction: UInt32 = 123_456
    var swapped = false
    var extra: [UInt8] = []
    var time: Int64 = 1_700_000_000_123_456_000

    var testDescription: String { "\(name), \(bigEndian ? "big" : "little")-endian" }

    var bytes: [UInt8] {
      var file = CaptureBytes(bigEndian: bigEndian)
      file.pcapHeader(magic: magic, minor: minor, snapLength: snapLength, linkType: linkType)
      file.pcapRecord(second, 1, Array(data[..<20]), original: 900, swapped: swapped, extra: extra)
      file.pcapRecord(second, fraction, data, original: 1500, swapped: swapped, extra: extra)
      file.pcapRecord(second + 1, 5, [1, 2, 3], original: 3, swapped: swapped, extra: extra)
      return file.bytes
    }
    var recordEnds: [Int] {
      let header = 16 + extra.count
      return [24 + header + 20, 24 + 2 * header + 80, 24 + 3 * header + 83]
    }
  }

  static let variants: [Variant] = [false, true].flatMap { bigEndian in
    [
      Variant(name: "microseconds", bigEndian: bigEndian),
      Variant(
        name: "nanoseconds", bigEndian: bigEndian, magic: 0xA1B2_3C4D, fraction: 123_456_789,
        time: 1_700_000_000_123_456_789),
      Variant(
        name: "24-byte record headers", bigEndian: bigEndian, magic: 0xA1B2_CD34,
        extra: [0, 0, 0, 0, 8, 0, 4, 0]),
      Variant(name: "2.2, lengths swapped", bigEndian: bigEndian, minor: 2, swapped: true),
      Variant(name: "2.3, lengths swapped", bigEndian: bigEndian, minor: 3, swapped: true),
      Variant(name: "2.3, lengths in place", bigEndian: bigEndian, minor: 3),
      Variant(name: "snap length 0", bigEndian: bigEndian, snapLength: 0),
      Variant(name: "snap length below the packets", bigEndian: bigEndian, snapLength: 30),
      Variant(name: "link type word in full", bigEndian: bigEndian, linkType: 0xF403_0001),
      Variant(
        name: "fraction of more than a second", bigEndian: bigEndian, fraction: 2_123_456,
        time: 1_700_000_002_123_456_000),
    ]
  }

  @Test(arguments: variants, Feed.allCases)
  func variant(_ variant: Variant, feed: Feed) throws {
    let sink = try readPcap(variant.bytes, feed)
    #expect(sink.records.count == 3)
    let kept = try #require(sink.records.dropFirst().first)
    #expect(kept.payload == Self.data)
    #expect(kept.record.kind == .capture)
    #expect(kept.record.time == variant.time)
    #expect(kept.record.tracedLength == 60)
    #expect(kept.record.originalLength == 1500)
    #expect(kept.record.linkType == .ethernet)
    #expect(kept.record.direction == .unknown)
    #expect(kept.record.number == 2)
    #expect(kept.record.offset == UInt64(variant.recordEnds[0]))
    #expect(sink.interfaces.map(\.linkType) == [.ethernet])
    #expect(sink.notices.isEmpty)
  }

  @Test(arguments: variants)
  func cut(_ variant: Variant) throws {
    try cutEverywhere(variant.bytes, recordEnds: variant.recordEnds, readPcap)
    // The notice tells where the record began that the cut is in.
    let length = variant.recordEnds[1] - 1
    let sink = try readPcap(Array(variant.bytes[..<length]))
    let start = UInt64(variant.recordEnds[0])
    #expect(
      sink.notices == [
        TraceNotice(.cutShort, .inputEnds, at: start, length: UInt64(length) - start)
      ])
  }

  @Test func capturedMoreThanOriginalIsKeptAsItStands() throws {
    var file = CaptureBytes(bigEndian: false)
    file.pcapHeader()
    file.pcapRecord(Self.second, 0, Self.data, original: 44)
    let record = try #require(try readPcap(file.bytes).records.first?.record)
    #expect(record.tracedLength == 60)
    #expect(record.originalLength == 44)
  }

  @Test(arguments: [(UInt16(1), UInt16(4)), (2, 5), (3, 0)])
  func unknownVersionIsReadAndRemarked(major: UInt16, minor: UInt16) throws {
    var file = CaptureBytes(bigEndian: true)
    file.pcapHeader(major: major, minor: minor)
    file.pcapRecord(Self.second, 0, Self.data)
    let sink = try readPcap(file.bytes)
    #expect(sink.records.map(\.payload) == [Self.data])
    #expect(sink.notices.map(\.kind) == [.remark])
  }

  static let badLengths: [UInt32] = [262_145, 17 << 20, 0x7FFF_FFFF, 0xFFFF_FFFF]

  @Test(arguments: badLengths, Feed.allCases)
  func badLengthCostsOneRecord(length: UInt32, feed: Feed) throws {
    var file = CaptureBytes(bigEndian: true)
    file.pcapHeader()
    for index in 0..<4 as Range<UInt32> {
      file.pcapRecord(
        Self.second + index, 7, Self.data, captured: index == 1 ? length : nil)
    }
    let sink = try readPcap(file.bytes, feed)
    let seconds = sink.records.map { $0.record.time / 1_000_000_000 - 1_700_000_000 }
    #expect(seconds == [0, 2, 3])
    #expect(sink.records.map(\.record.number) == [1, 2, 3])
    #expect(
      sink.notices == [
        TraceNotice(
          .damaged, .badValue(field: "captured length", value: UInt64(length)), at: 24 + 76,
          length: 76)
      ])
  }

  @Test(arguments: Feed.allCases)
  func bytesMissingInTheMiddle(feed: Feed) throws {
    var file = CaptureBytes(bigEndian: false)
    file.pcapHeader()
    for index in 0..<5 as Range<UInt32> { file.pcapRecord(Self.second + index, 7, Self.data) }
    // 30 bytes are missing: the second record takes bytes of the third.
    file.bytes.removeSubrange(24 + 76 + 40..<24 + 76 + 70)
    let sink = try readPcap(file.bytes, feed)
    #expect(sink.records.count == 4)
    #expect(sink.records.last?.record.time == 1_700_000_004_000_007_000)
    #expect(sink.notices.map(\.kind) == [.damaged])
    #expect(sink.notices.first?.offset == 176)
  }

  @Test func zerosAtTheEndAreDamage() throws {
    var file = CaptureBytes(bigEndian: false)
    file.pcapHeader()
    file.pcapRecord(Self.second, 7, Self.data)
    file.bytes += [UInt8](repeating: 0, count: 1000)
    let sink = try readPcap(file.bytes)
    #expect(sink.records.count == 1)
    #expect(sink.notices == [TraceNotice(.damaged, .notARecord, at: 100, length: 1000)])
  }

  @Test func largeRecordsAreReadWhenTheNextConfirmsThem() throws {
    let large = [UInt8](repeating: 7, count: 300_000)
    var file = CaptureBytes(bigEndian: false)
    file.pcapHeader()
    file.pcapRecord(Self.second, 1, large)
    file.pcapRecord(Self.second, 2, Self.data)
    file.pcapRecord(Self.second, 3, large)
    let sink = try readPcap(file.bytes, .chunks)
    #expect(sink.records.map(\.payload.count) == [300_000, 60, 300_000])
    #expect(sink.notices.isEmpty)
  }

  @Test func damageBeforeRecordsAtTheEndIsNotACut() throws {
    var file = CaptureBytes(bigEndian: false)
    file.pcapHeader()
    // A length that the file cannot hold, though a packet might have it.
    file.pcapRecord(Self.second, 1, Self.data, captured: 60_000)
    file.pcapRecord(Self.second, 2, Self.data)
    file.pcapRecord(Self.second, 3, Self.data)
    let sink = try readPcap(file.bytes)
    #expect(sink.records.map(\.record.offset) == [100, 176])
    #expect(sink.notices == [TraceNotice(.damaged, .notARecord, at: 24, length: 76)])
  }

  @Test func numbersGoOnFromFileToFile() throws {
    var reader = PcapReader(firstInterface: 3, firstNumber: 11)
    let sink = try collect(&reader, Self.variants[0].bytes)
    #expect(sink.records.map(\.record.number) == [11, 12, 13])
    #expect(sink.records.map(\.record.interface) == [3, 3, 3])
    #expect(sink.interfaces.map(\.id) == [3])
    #expect(reader.nextInterface == 4)
    #expect(reader.nextNumber == 14)
  }

  static let probes: [([UInt8], Bool, FormatProbe)] = [
    (hex("D4C3B2A1"), false, .yes), (hex("A1B2C3D4"), false, .yes), (hex("4D3CB2A1"), true, .yes),
    (hex("A1B23C4D"), true, .yes), (hex("34CDB2A1"), true, .yes), (hex("A1B2CD34"), true, .yes),
    (hex("A1B2"), false, .needMore), (hex("A1B2"), true, .no), (hex("001C0000A1B2C3D4"), true, .no),
    (hex("0A0D0D0A1C0000004D3C2B1A"), true, .no),
  ]

  @Test(arguments: probes)
  func probe(bytes: [UInt8], atEnd: Bool, expected: FormatProbe) {
    let found = unsafe bytes.withUnsafeBytes { unsafe PcapReader.probe($0.bytes, atEnd: atEnd) }
    #expect(found == expected)
  }

  @Test func bytesThatAreNotPcapAreDamage() throws {
    let bytes = [UInt8](repeating: 0x55, count: 100)
    let sink = try readPcap(bytes, .chunks)
    #expect(sink.notices == [TraceNotice(.damaged, .notARecord, at: 0, length: 100)])
  }
}
