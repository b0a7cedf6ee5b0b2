import TestSupport
import Testing
import TraceBytes
import TraceFormats
import TraceModel

@Suite("Captures: 2cUTC")
struct CapturesTwoCUTCTests {
  /// 20 bytes that begin and end with their length.
  static let entry = hex("0014 0012 00000005") + [UInt8](repeating: 0xAA, count: 10) + hex("0014")
  static let head = Array("2cUTC".utf8)
  static let component = Array("SYSTCPDA".utf8)

  static let packets: [([UInt8], Range<Int>?)] = [
    // No extension; one of 16 bytes told in bytes, and in units; one of 48 behind blanks.
    (head + hex("00 0000") + component + entry, 16..<36),
    (head + hex("00 0010") + component + [UInt8](repeating: 1, count: 16) + entry, 32..<52),
    (head + hex("00 0002") + component + [UInt8](repeating: 1, count: 32) + entry, 48..<68),
    (head + hex("20 2020") + component + [UInt8](repeating: 1, count: 48) + entry, 64..<84),
    (head + hex("20 2020") + component + entry, 16..<36),
    // Something behind the entry, an entry cut short, another eyecatcher, a header alone.
    (head + hex("00 0000") + component + entry + [0], 16..<36),
    (head + hex("00 0000") + component + Array(entry.dropLast()), nil),
    (Array("2cUTX".utf8) + hex("00 0000") + component + entry, nil),
    (head + hex("00 0000") + component, nil), (head, nil), ([], nil),
  ]

  @Test(arguments: packets)
  func cteRange(packet: [UInt8], expected: Range<Int>?) {
    let found = unsafe packet.withUnsafeBytes { unsafe TwoCUTC.cteRange(in: $0.bytes) }
    #expect(found == expected)
  }

  /// Packets of the same link type that are not of 2cUTC go through as they are.
  @Test func othersOfTheLinkType() throws {
    var file = CaptureBytes(bigEndian: false)
    file.section()
    file.interface(147)
    file.packet(0, 1_000_000, [1, 2, 3])
    let sink = try readPcapng(file.bytes)
    #expect(sink.records.map(\.payload) == [[1, 2, 3]])
    #expect(sink.records.map(\.record.linkType) == [.user0])
    #expect(sink.records.map(\.record.kind) == [.capture])
  }
}
