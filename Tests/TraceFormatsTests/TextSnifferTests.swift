import TestSupport
import Testing
import TraceBytes
import TraceModel

@testable import TraceFormats

/// A frame as it goes into a Sniffer file.
private struct Frame {
  /// Microseconds since midnight.
  var time: UInt64
  var day: UInt8 = 0
  var trueSize = 0
  var bytes: [UInt8]
}

private func little(_ value: Int) -> [UInt8] { [UInt8(value & 255), UInt8(value >> 8 & 255)] }

/// Writes the file that the SNIFFER option writes: two header records, the frames, a trailer.
private func file(
  _ frames: [Frame], words: Bool, network: UInt8 = 1, unit: UInt8 = 5, ticksPerMicro: UInt64 = 1
) -> [UInt8] {
  var output: [UInt8] = []
  func put(_ record: [UInt8]) {
    let length = record.count + 4
    if words { output += [UInt8(length >> 8), UInt8(length & 255), 0, 0] }
    output += record
  }
  func record(_ type: Int, _ body: [UInt8]) -> [UInt8] {
    little(type) + little(body.count) + [0, 0] + body
  }
  put(Array("TRSNIFF data    \u{1A}".utf8))
  // 2024-02-29: year 44, month 2, day 29.
  let date = 44 << 9 | 2 << 5 | 29
  put(
    record(
      1, little(4) + little(0) + little(0) + little(date) + [4, network, 1, unit, 0, 0, 0, 0, 0, 0])
  )
  for frame in frames {
    let ticks = Int(frame.time * ticksPerMicro)
    let head =
      little(ticks) + little(ticks >> 16) + [UInt8(ticks >> 32 & 255), frame.day]
      + little(frame.bytes.count) + [0, 0] + little(frame.trueSize) + [0, 0]
    put(record(4, head + frame.bytes))
  }
  put(record(3, []))
  return output
}

private func probe(_ input: [UInt8], atEnd: Bool) -> FormatProbe {
  unsafe SnifferReader.probe(input.span.bytes, atEnd: atEnd)
}

private func read(_ input: [UInt8], feed: Feed = .whole, utcOffset: Int = 0) throws
  -> (sink: CollectingSink, account: ByteAccount)
{
  var reader = SnifferReader(interface: 3, utcOffset: utcOffset)
  let sink = try collect(&reader, input, feed: feed)
  return (sink, reader.account)
}

private let snifferFrames = [
  Frame(time: 39_723_000_004, bytes: Array(repeating: 0xAA, count: 60)),
  Frame(time: 39_723_500_000, trueSize: 1514, bytes: (0..<214).map { UInt8($0) }),
  Frame(time: 5, day: 1, bytes: [1, 2, 3]),
]

@Suite struct TextSnifferTests {
  @Test(arguments: [false, true], Feed.allCases) func frames(_ words: Bool, _ feed: Feed) throws {
    let input = file(snifferFrames, words: words)
    #expect(probe(input, atEnd: false) == .yes)
    let (sink, account) = try read(input, feed: feed, utcOffset: 3600)
    #expect(account.total == UInt64(input.count))
    #expect(account.damaged == 0)
    #expect(sink.notices.isEmpty)
    #expect(sink.records.map(\.payload) == snifferFrames.map(\.bytes))
    #expect(sink.records.map(\.record.originalLength) == [60, 1514, 3])
    #expect(sink.records.allSatisfy { $0.record.linkType == .ethernet && $0.record.interface == 3 })
    #expect(sink.interfaces.map(\.id) == [3])
    let midnight: Int64 = (19782 * 86_400 - 3600) * 1_000_000_000
    #expect(
      sink.records.map(\.record.time) == [
        midnight + 39_723_000_004_000, midnight + 39_723_500_000_000,
        midnight + 86_400_000_005_000,
      ])
  }

  @Test func tokenRingAndOtherClocks() throws {
    let input = file(
      [Frame(time: 1_000_000, bytes: [1])], words: false, network: 0, unit: 3, ticksPerMicro: 2)
    let (sink, _) = try read(input)
    try #require(sink.records.count == 1)
    #expect(sink.records[0].record.linkType == LinkType(rawValue: 6))
    #expect(sink.records[0].record.time == (19782 * 86_400 + 1) * 1_000_000_000)
  }

  /// A million ticks of each of the seven clocks that the version record can name.
  @Test(
    arguments: zip(
      UInt8(0)...6,
      [
        15_000_000_000, 838_096_000, 15_000_000_000, 500_000_000, 2_000_000_000, 1_000_000_000,
        100_000_000,
      ] as [Int64]))
  func theTickOfEachClock(unit: UInt8, nanoseconds: Int64) throws {
    let frame = Frame(time: 1_000_000, bytes: [1])
    let (sink, _) = try read(file([frame], words: false, unit: unit))
    #expect(sink.records.map(\.record.time) == [19782 * 86_400 * 1_000_000_000 + nanoseconds])
  }

  @Test(arguments: [false, true]) func everyLengthOfACutInputIsAccounted(_ words: Bool) throws {
    let input = file(snifferFrames, words: words)
    for length in 0...input.count {
      let (_, account) = try read(Array(input[..<length]))
      #expect(account.total == UInt64(length))
    }
  }

  @Test(arguments: [false, true]) func damageCostsItself(_ words: Bool) throws {
    var input = file(snifferFrames, words: words)
    let whole = try read(input).sink
    // The type of the second frame.
    let at = Int(whole.records[1].record.offset) + (words ? 4 : 0)
    input[at] = 0xEE
    for feed in Feed.allCases {
      let (sink, account) = try read(input, feed: feed)
      #expect(account.total == UInt64(input.count))
      #expect(sink.records.map(\.payload.count) == [60, 3])
      #expect(sink.notices.map(\.kind) == [.damaged])
    }
  }

  @Test(arguments: [false, true]) func mutationsEndAndAreAccounted(_ words: Bool) throws {
    let input = file(snifferFrames, words: words)
    try expectMutationsAccounted(input, seed: 21) { SnifferReader() }
  }

  @Test func otherInputIsNot() {
    let pcap = hex("0018 0000 A1B2C3D4 00020004 00000000 00000000 0000FFFF 00000001")
    #expect(probe(pcap, atEnd: true) == .no)
    #expect(probe([], atEnd: false) == .needMore)
  }
}
