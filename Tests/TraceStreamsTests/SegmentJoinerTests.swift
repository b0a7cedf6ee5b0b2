import TestSupport
import Testing
import TraceBytes
import TraceModel

@testable import TraceStreams

/// One segment in: its number, the first of its bytes and how many, and the length of the whole.
private struct Segment: Sendable {
  var number: UInt8
  var from: Int
  var count: Int
  var total: Int
  var time: Int64 = 1
  var kind = RecordKind.dataTrace
  var port: UInt16 = 1000
  var flags: RecordFlags = []
  var original = 0
}

/// The byte at `index` of any record: enough to see that order is kept.
private func pattern(_ index: Int) -> UInt8 { UInt8(truncatingIfNeeded: index &* 7 &+ index >> 8) }

/// Which part of the pattern the bytes are, as `from+count`.
private func place(_ bytes: [UInt8]) -> String {
  if bytes.isEmpty { return "none" }
  for start in 0..<40_000
  where pattern(start) == bytes[0]
    && bytes.indices.allSatisfy({ bytes[$0] == pattern(start + $0) })
  {
    return "\(start)+\(bytes.count)"
  }
  return "other bytes"
}

private func feed(_ segments: [Segment], into joiner: SegmentJoiner, from first: Int = 1) throws {
  for (index, segment) in segments.enumerated() {
    var record = TraceRecord()
    record.kind = segment.kind
    record.segment = segment.number
    record.tracedLength = segment.total
    record.originalLength = segment.original
    record.time = segment.time
    record.flags = segment.flags
    record.sourcePort = segment.port
    record.number = UInt64(first + index)
    record.offset = UInt64(first + index) * 100
    let bytes = (segment.from..<segment.from + segment.count).map(pattern)
    try unsafe bytes.withUnsafeBytes { try unsafe joiner.record(record, $0.bytes) }
  }
}

/// Records out, one word each: number, bytes, gap, and flags.
private func words(_ sink: CollectingSink) -> [String] {
  sink.records.map { kept in
    let record = kept.record
    var text = "\(record.number):\(place(kept.payload))"
    if record.gapBefore != 0 { text += " gap\(record.gapBefore)" }
    if record.originalLength > kept.payload.count { text += " of\(record.originalLength)" }
    if record.flags.contains(.joined) { text += " joined" }
    if record.flags.contains(.incomplete) { text += " incomplete" }
    if record.flags.contains(.orphan) { text += " orphan" }
    return text
  }
}

private struct JoinCase: Sendable, CustomTestStringConvertible {
  var testDescription: String
  var segments: [Segment]
  var expected: [String]
  var missing: [UInt64] = []
}

private typealias S = Segment

private let joinCases: [JoinCase] = [
  JoinCase(
    testDescription: "whole records go straight through",
    segments: [
      S(number: 0, from: 0, count: 9, total: 9), S(number: 0, from: 0, count: 0, total: 0),
    ],
    expected: ["1:0+9", "2:none"]),
  JoinCase(
    testDescription: "three segments",
    segments: [
      S(number: 0, from: 0, count: 100, total: 250),
      S(number: 1, from: 100, count: 100, total: 250),
      S(number: 2, from: 200, count: 50, total: 250),
    ],
    expected: ["1:0+250 joined"]),
  JoinCase(
    testDescription: "two sets and a whole record in between",
    segments: [
      S(number: 0, from: 0, count: 100, total: 200),
      S(number: 0, from: 0, count: 100, total: 200, time: 2, kind: .packet),
      S(number: 0, from: 7, count: 5, total: 5, time: 3, kind: .packet),
      S(number: 1, from: 100, count: 100, total: 200),
      S(number: 1, from: 100, count: 100, total: 200, time: 2, kind: .packet),
    ],
    expected: ["3:7+5", "1:0+200 joined", "2:0+200 joined"]),
  JoinCase(
    testDescription: "segments out of order",
    segments: [
      S(number: 0, from: 0, count: 100, total: 400),
      S(number: 3, from: 300, count: 100, total: 400),
      S(number: 1, from: 100, count: 100, total: 400),
      S(number: 2, from: 200, count: 100, total: 400),
    ],
    expected: ["1:0+400 joined"]),
  JoinCase(
    testDescription: "one missing in the middle",
    segments: [
      S(number: 0, from: 0, count: 100, total: 350),
      S(number: 2, from: 200, count: 100, total: 350),
      S(number: 3, from: 300, count: 50, total: 350),
    ],
    expected: ["1:0+100 incomplete", "1:200+150 gap100 joined incomplete"], missing: [100]),
  JoinCase(
    testDescription: "the last one missing",
    segments: [
      S(number: 0, from: 0, count: 100, total: 260, original: 300),
      S(number: 1, from: 100, count: 100, total: 260, original: 300),
    ],
    expected: ["1:0+200 of300 joined incomplete"], missing: [60]),
  JoinCase(
    testDescription: "middle and end missing",
    segments: [
      S(number: 0, from: 0, count: 100, total: 450),
      S(number: 3, from: 300, count: 100, total: 450),
    ],
    expected: ["1:0+100 incomplete", "1:300+100 gap200 of150 incomplete"], missing: [250]),
  JoinCase(
    testDescription: "first segment smaller than the others",
    segments: [
      S(number: 0, from: 0, count: 60, total: 360),
      S(number: 1, from: 60, count: 100, total: 360),
      S(number: 3, from: 260, count: 100, total: 360),
    ],
    expected: ["1:0+160 joined incomplete", "1:260+100 gap100 incomplete"], missing: [100]),
  JoinCase(
    testDescription: "a last segment that is shorter than the others ends the record",
    segments: [
      S(number: 0, from: 0, count: 60, total: 310),
      S(number: 2, from: 160, count: 100, total: 310),
      S(number: 3, from: 260, count: 50, total: 310),
    ],
    expected: ["1:0+60 incomplete", "1:160+150 gap100 joined incomplete"], missing: [100]),
  JoinCase(
    testDescription: "a last segment as long as the others may have others behind it",
    segments: [
      S(number: 0, from: 0, count: 60, total: 360),
      S(number: 2, from: 160, count: 100, total: 360),
      S(number: 3, from: 260, count: 100, total: 360),
    ],
    expected: ["1:0+60 incomplete", "1:160+200 gap60 of240 joined incomplete"], missing: [100]),
  JoinCase(
    testDescription: "pieces of a packet are not packets",
    segments: [
      S(number: 0, from: 0, count: 100, total: 300, kind: .packet, original: 300),
      S(number: 2, from: 200, count: 100, total: 300, kind: .packet, original: 300),
    ],
    expected: ["1:0+100 of300 incomplete", "1:200+100 gap100 incomplete orphan"],
    missing: [100]),
  JoinCase(
    testDescription: "first segment alone: a record that was cut",
    segments: [S(number: 0, from: 0, count: 100, total: 300)],
    expected: ["1:0+100 of300"]),
  JoinCase(
    testDescription: "no first segment",
    segments: [
      S(number: 1, from: 100, count: 100, total: 300),
      S(number: 2, from: 200, count: 100, total: 300),
    ],
    expected: ["1:100+100 orphan", "2:200+100 orphan"]),
  JoinCase(
    testDescription: "the same segment twice",
    segments: [
      S(number: 0, from: 0, count: 100, total: 300),
      S(number: 1, from: 100, count: 100, total: 300),
      S(number: 1, from: 100, count: 100, total: 300),
      S(number: 2, from: 200, count: 100, total: 300),
    ],
    expected: ["3:100+100 orphan", "1:0+300 joined"]),
  JoinCase(
    testDescription: "order within a stream: the set is given up first",
    segments: [
      S(number: 0, from: 0, count: 100, total: 300),
      S(number: 0, from: 0, count: 10, total: 10, time: 2, port: 1001),
      S(number: 0, from: 0, count: 10, total: 10, time: 2),
      S(number: 1, from: 100, count: 100, total: 300),
    ],
    expected: ["2:0+10", "1:0+100 of300", "3:0+10", "4:100+100 orphan"]),
  JoinCase(
    testDescription: "confidential data is not waited for",
    segments: [
      S(number: 0, from: 0, count: 0, total: 300, flags: .confidential),
      S(number: 0, from: 0, count: 5, total: 5, time: 2),
    ],
    expected: ["1:none", "2:0+5"]),
  JoinCase(
    testDescription: "packets of capture files have no segments",
    segments: [S(number: 3, from: 0, count: 5, total: 300, kind: .capture)],
    expected: ["1:0+5"]),
  JoinCase(
    testDescription: "more bytes than the record says",
    segments: [
      S(number: 0, from: 0, count: 100, total: 150),
      S(number: 1, from: 100, count: 100, total: 150),
    ],
    expected: ["1:0+150 joined"], missing: [50]),
]

@Suite struct SegmentJoinerTests {
  @Test(arguments: joinCases)
  private func joins(_ example: JoinCase) throws {
    let sink = CollectingSink()
    let joiner = SegmentJoiner(to: sink)
    try feed(example.segments, into: joiner)
    try joiner.finish()
    #expect(words(sink) == example.expected)
    #expect(sink.notices.map(\.length) == example.missing)
  }

  /// PTH_SeqNum counts 0 … 255 and goes on at 1.
  @Test func segmentNumbersWrap() throws {
    let sink = CollectingSink()
    let joiner = SegmentJoiner(to: sink)
    let segments = (0..<700).map { index in
      Segment(
        number: UInt8(index == 0 ? 0 : (index - 1) % 255 + 1), from: index * 10, count: 10,
        total: 7000)
    }
    try feed(segments, into: joiner)
    #expect(words(sink) == ["1:0+7000 joined"])
    #expect(joiner.counts == SegmentJoiner.Counts(complete: 1))
    // One missing after the wrap is found where it is missing.
    try feed(segments.enumerated().filter { $0.offset != 400 }.map(\.element), into: joiner)
    try joiner.finish()
    #expect(
      words(sink).dropFirst() == [
        "1:0+4000 joined incomplete", "1:4010+2990 gap10 joined incomplete",
      ])
    #expect(joiner.counts == SegmentJoiner.Counts(complete: 1, incomplete: 1))
  }

  @Test func aSetIsGivenUpAfterManyRecords() throws {
    let sink = CollectingSink()
    let joiner = SegmentJoiner(to: sink)
    try feed([Segment(number: 0, from: 0, count: 10, total: 20)], into: joiner)
    let others = Array(
      repeating: Segment(number: 0, from: 0, count: 1, total: 1, time: 2, kind: .packet),
      count: Int(SegmentJoiner.longestWait))
    try feed(others, into: joiner, from: 2)
    #expect(sink.records.count == others.count)
    try feed([others[0]], into: joiner, from: 1000)
    #expect(words(sink).suffix(2) == ["1:0+10 of20", "1000:0+1"])
    #expect(joiner.counts == SegmentJoiner.Counts(alone: 1))
  }

  @Test func memoryIsBounded() throws {
    let sink = CollectingSink()
    let joiner = SegmentJoiner(to: sink, maxMemory: 1000)
    let openings = (0..<40).map {
      Segment(number: 0, from: 0, count: 100, total: 1 << 24, time: Int64($0), kind: .packet)
    }
    try feed(openings, into: joiner)
    #expect(sink.records.count == 30)
    try joiner.finish()
    #expect(sink.records.map(\.record.number) == Array(1...40))
    #expect(joiner.counts.alone == 40)
  }

  @Test func everythingElseIsForwarded() throws {
    let sink = CollectingSink()
    let joiner = SegmentJoiner(to: sink)
    try joiner.notice(TraceNotice(.remark, .foreignText, at: 7))
    try joiner.interface(CaptureInterface(id: 3, linkType: .raw))
    let secret: [UInt8] = [1, 2]
    try unsafe secret.withUnsafeBytes { try unsafe joiner.secrets(type: 9, $0.bytes) }
    #expect(sink.notices.map(\.offset) == [7])
    #expect(sink.interfaces.map(\.id) == [3])
    #expect(sink.secrets.map(\.type) == [9] && sink.secrets[0].bytes == secret)
  }
}
