import Testing
import TestSupport
import TraceBytes
import TraceFormats
import TraceModel

/// A trace of `count` generated records in a container, with what went in.
struct MadeTrace {
  var bytes: [UInt8]
  var records: [CollectingSink.Kept]

  init(
    _ container: Container, count: Int, kind: TraceGenerator.Kind = .data, flows: Int = 5,
    seed: UInt64 = 1, adjust: (ContainerWriter) -> Void = { _ in }
  ) throws {
    let target = MemoryTarget()
    let sink = ByteSink(target)
    let writer = ContainerWriter(container, to: sink)
    adjust(writer)
    var made: [CollectingSink.Kept] = []
    var generator = TraceGenerator()
    generator.kind = kind
    generator.flows = flows
    generator.seed = seed
    var entry: [UInt8] = []
    try generator.run { (record, payload) throws(TraceError) in
      entry.removeAll()
      CTEWriter().append(record, payload, to: &entry)
      unsafe try writer.write(entry.span.bytes)
      made.append(CollectingSink.Kept(record: record, payload: payload.copied()))
      return made.count < count
    }
    try writer.finish()
    try sink.commit()
    bytes = target.bytes
    records = made
  }
}

func expectSame(
  _ read: [CollectingSink.Kept], _ made: ArraySlice<CollectingSink.Kept>,
  sourceLocation: SourceLocation = #_sourceLocation
) {
  #expect(read.count == made.count, sourceLocation: sourceLocation)
  for (one, other) in zip(read, made) {
    let same =
      one.payload == other.payload && one.record.time == other.record.time
      && one.record.source == other.record.source
      && one.record.destination == other.record.destination
      && one.record.sourcePort == other.record.sourcePort
      && one.record.destinationPort == other.record.destinationPort
      && one.record.kind == other.record.kind && one.record.direction == other.record.direction
      && one.record.name == other.record.name && one.record.ipProtocol == other.record.ipProtocol
      && one.record.flags.subtracting([.start, .end]) == other.record.flags
    #expect(same, "record \(one.record.number)", sourceLocation: sourceLocation)
    if !same { return }
  }
}

func readEntries(_ bytes: [UInt8], feed: Feed = .whole) throws -> (CollectingSink, CTEReader) {
  let probe = unsafe CTEReader.recognise(bytes.span.bytes, atEnd: true)
  #expect(probe.answer == .yes)
  var reader = CTEReader(framing: probe.framing)
  let sink = try collect(&reader, bytes, feed: feed)
  #expect(reader.account.total == UInt64(bytes.count), "\(reader.account)")
  return (sink, reader)
}

@Suite struct CTEReaderTests {
  @Test(arguments: Container.allCases, Feed.allCases)
  func everyContainerGivesTheSameRecords(container: Container, feed: Feed) throws {
    // Several records of a data set, which bear out each other's prefix.
    let made = try MadeTrace(container, count: feed == .drip ? 40 : 400) {
      if feed == .drip { $0.recordSize = 5000 }
    }
    let (sink, reader) = try readEntries(made.bytes, feed: feed)
    expectSame(sink.records, made.records[...])
    #expect(sink.notices.isEmpty, "\(sink.notices)")
    #expect(reader.account.damaged == 0)
  }

  @Test(arguments: [0, 1, 4, 8, 12, 20, 28, 44, 64, 200])
  func anyPrefixIsLearned(length: Int) throws {
    for container in [Container.writer, .writerBare] {
      let made = try MadeTrace(container, count: 1500) { writer in
        writer.bufferSize = 65_536
        writer.recordSize = 27_990
        // Part constant, part counting, as real ones are.
        writer.prefix = (0..<length).map { UInt8(truncatingIfNeeded: 0xC1 + $0 * 7) }
      }
      let (sink, _) = try readEntries(made.bytes)
      if container == .writer || length >= 12 || length == 0 {
        expectSame(sink.records, made.records[...])
        #expect(sink.notices.filter { $0.kind == .damaged }.isEmpty, "\(sink.notices.prefix(3))")
      } else {
        // Without marks a short prefix cannot be told from data: at most the entries that hold
        // one are lost, and are reported.
        let lost = made.records.count - sink.records.count
        let prefixes = made.bytes.count / 27_990 + 1
        #expect(lost <= prefixes)
        #expect(lost == 0 || sink.notices.contains { $0.kind == .damaged })
      }
    }
  }

  @Test(arguments: [300, 1000, 4096, 32_756])
  func entriesCrossRecordsOfAnySize(recordSize: Int) throws {
    let made = try MadeTrace(.writer, count: 600) { $0.recordSize = recordSize }
    let (sink, _) = try readEntries(made.bytes)
    expectSame(sink.records, made.records[...])
  }

  @Test(arguments: Container.allCases)
  func whatComesBeforeACutIsThere(container: Container) throws {
    let made = try MadeTrace(container, count: 12)
    for length in 0..<made.bytes.count {
      let cut = Array(made.bytes[..<length])
      let probe = unsafe CTEReader.recognise(cut.span.bytes, atEnd: true)
      guard probe.answer == .yes else { continue }
      var reader = CTEReader(framing: probe.framing)
      let sink = try collect(&reader, cut)
      #expect(reader.account.total == UInt64(length))
      let whole = sink.records.filter { !$0.record.flags.contains(.cutShort) }
      expectSame(whole, made.records[..<whole.count])
      #expect(sink.records.count - whole.count <= 1)
    }
  }

  @Test(arguments: Container.allCases)
  func aDamagedRecordCostsItself(container: Container) throws {
    let made = try MadeTrace(container, count: 300)
    var random: UInt64 = 7
    for _ in 0..<60 {
      random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      let victim = Int(random >> 33) % (made.bytes.count - 4000) + 2000
      var bytes = made.bytes
      // Eight bytes hit one record, or the end of one and the beginning of the next.
      for index in 0..<8 { bytes[victim + index] ^= 0xFF }
      let (sink, _) = try readEntries(bytes)
      let read = Set(sink.records.map { $0.payload.hashValue ^ $0.record.time.hashValue })
      let missing = made.records.filter {
        !read.contains($0.payload.hashValue ^ $0.record.time.hashValue)
      }
      #expect(missing.count <= 2, "\(container) at \(victim): \(missing.count) missing")
    }
  }

  @Test func damageIsReportedWithItsOffset() throws {
    let made = try MadeTrace(.chain, count: 30)
    let first = try readEntries(made.bytes).0
    let victim = first.records[10].record.offset
    var bytes = made.bytes
    bytes[Int(victim) + 2] = 0xEE
    let (sink, reader) = try readEntries(bytes)
    #expect(sink.records.count == 29)
    let length = first.records[11].record.offset - victim
    #expect(
      sink.notices == [TraceNotice(.damaged, .notARecord, at: victim, length: length)])
    #expect(reader.account.damaged == length)
  }

  /// A length that points beyond the end of the file is damage, not a cut, when entries follow.
  @Test func aLengthBeyondTheEndCostsOneRecord() throws {
    let made = try MadeTrace(.chain, count: 30)
    let victim = try readEntries(made.bytes).0.records[10].record.offset
    var bytes = made.bytes
    bytes[Int(victim)] = 0xFC
    let (sink, _) = try readEntries(bytes)
    #expect(sink.records.count == 29)
    #expect(sink.notices.map(\.kind) == [.damaged])
  }

  /// In a small trace, whose entries have fewer than 256 bytes and so begin with a zero, the entry behind
  /// a damaged one once passed for a record prefix.
  @Test(arguments: [Container.chain, .rdw, .bdw, .length, .ftpBlock], [0, 1])
  func aDamagedLengthTeachesNoPrefix(container: Container, byte: Int) throws {
    let made = try MadeTrace(container, count: 200)
    let records = try readEntries(made.bytes).0.records
    for victim in stride(from: 3, to: 190, by: 7) {
      var bytes = made.bytes
      bytes[Int(records[victim].record.offset) + byte] ^= byte == 0 ? 0x20 : 0x02
      let (sink, reader) = try readEntries(bytes)
      #expect(sink.records.count == 199, "\(container), record \(victim)")
      #expect(!reader.format.contains("prefix"))
    }
  }

  @Test func aLargeSendIsSegmentedAndReadBack() throws {
    var record = TraceRecord()
    record.kind = .dataTrace
    record.time = 1_767_600_000_000_000_000
    record.tracedLength = 400_000
    record.ipProtocol = 6
    let payload = (0..<400_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    var bytes: [UInt8] = []
    unsafe CTEWriter().append(record, payload.span.bytes, to: &bytes)
    let (sink, _) = try readEntries(bytes)
    #expect(sink.records.map(\.record.segment) == [0, 1, 2, 3, 4, 5, 6])
    #expect(sink.records.flatMap(\.payload) == payload)
    #expect(sink.records.allSatisfy { $0.record.tracedLength == 400_000 })
  }

  @Test(arguments: [64, 66, 68, 88, 92, 100, 120])
  func headersOfOtherLengthsAreReadAsFarAsTheyGo(length: Int) throws {
    var record = TraceRecord()
    record.kind = .packet
    record.time = 1_767_600_000_000_000_000
    record.source = IPAddress(ipv4: 0x0A01_0102)
    record.sourcePort = 8803
    record.tracedLength = 4
    record.dropReason = 4102
    var writer = CTEWriter()
    writer.headerLength = length
    var bytes: [UInt8] = []
    let payload: [UInt8] = [0x45, 0, 0, 20]
    unsafe writer.append(record, payload.span.bytes, to: &bytes)
    let (sink, _) = try readEntries(bytes)
    let read = try #require(sink.records.first)
    #expect(read.payload == payload)
    #expect(read.record.source == record.source)
    #expect(read.record.sourcePort == (length >= 68 ? 8803 : 0))
    #expect(read.record.dropReason == (length >= 92 ? 4102 : 0))
  }

  @Test func lostRecordsAreNotices() throws {
    var record = TraceRecord()
    record.kind = .lost
    record.time = 1_767_600_000_000_000_000
    var bytes: [UInt8] = []
    var writer = CTEWriter()
    writer.headerLength = 0
    let now = TOD.clock(nanoseconds: record.time)
    let clock = (0..<8).map { UInt8(truncatingIfNeeded: now >> UInt64(56 - 8 * $0)) }
    let body: [UInt8] = clock + clock + [0, 0, 0, 7, 0, 0, 1, 0]
    unsafe writer.append(record, body.span.bytes, to: &bytes)
    let made = try MadeTrace(.chain, count: 3)
    let (sink, _) = try readEntries(made.bytes + bytes)
    #expect(sink.records.last?.record.kind == .lost)
    #expect(sink.notices.first?.reason == .lostRecords(packets: 7, data: 256))
  }
}

/// Record prefixes that hold zeros, and pieces of a buffer that hold nothing but fill.
@Suite struct RecordPrefixTests {
  private static let prefixes: [[UInt8]] = [
    [0xC3, 0xE3, 0xC2, 0xC6] + Array(repeating: 0, count: 12),
    [0, 0, 0, 0, 0xC3, 0xE3, 0xC2, 0xC6, 0, 0, 0, 1],
    Array(0xC1...0xC9) + [0, 0, 0],
  ]

  @Test(arguments: [Container.writer, .writerBare], prefixes)
  func zerosInAPrefix(container: Container, prefix: [UInt8]) throws {
    let made = try MadeTrace(container, count: 60) {
      $0.prefix = prefix
      $0.recordSize = 9000
    }
    let (sink, reader) = try readEntries(made.bytes)
    expectSame(sink.records, made.records[...])
    #expect(sink.notices.isEmpty, "\(sink.notices)")
    #expect(reader.format.contains("prefix of \(prefix.count) bytes"))
  }

  /// Two buffers that each fill a part of the first of several pieces.
  @Test(arguments: [Container.writer, .writerBare])
  func piecesOfFill(container: Container) throws {
    let made = try MadeTrace(container, count: 30) {
      $0.bufferSize = 64_000
      $0.recordSize = 4000
    }
    // The rest of the buffer as the system writes it: pieces of zeros, each with its prefix.
    var bytes = made.bytes
    for number in 0..<3 {
      let piece: [UInt8] =
        [0xC3, 0xE3, 0xD9, 0xC1, 0xC3, 0xC5, 0, 1, 0, 0, 1, UInt8(number)]
        + Array(repeating: 0, count: 3988)
      if container == .writer { bytes += [0x0F, 0xA4, 0, 0] }
      bytes += piece
    }
    let (sink, _) = try readEntries(bytes)
    expectSame(sink.records, made.records[...])
    #expect(sink.notices.isEmpty, "\(sink.notices)")
  }

  /// Buffers that are full but for one byte, or for none: every size of fill, over many buffers.
  @Test(arguments: [Container.writer, .writerBare])
  func fillOfAnySize(container: Container) throws {
    for bufferSize in 6000..<6012 {
      let made = try MadeTrace(container, count: 300) {
        $0.bufferSize = bufferSize
        $0.recordSize = 2500
      }
      let (sink, _) = try readEntries(made.bytes)
      expectSame(sink.records, made.records[...])
      #expect(sink.notices.isEmpty, "\(bufferSize): \(sink.notices.prefix(2))")
    }
  }

  /// The last piece of a buffer holds a few bytes, most often of fill.
  @Test(arguments: [Container.writer, .writerBare])
  func piecesOfAFewBytes(container: Container) throws {
    for bytes in 1...18 {
      let made = try MadeTrace(container, count: 120) {
        $0.recordSize = 2500
        $0.bufferSize = 2 * 2488 + bytes
      }
      let (sink, _) = try readEntries(made.bytes)
      expectSame(sink.records, made.records[...])
      #expect(sink.notices.isEmpty, "\(bytes): \(sink.notices.prefix(2))")
    }
  }

  /// Data that looks like the prefix, but less so than the prefix itself.
  @Test func theMostLikePrefixCounts() throws {
    for prefix: [UInt8] in [
      [0, 0, 16, 0, 0, 0, 0, 0], [0x86] + Array(repeating: 0, count: 14),
      [0, 0, 0, 0, 51] + Array(repeating: 0, count: 15),
    ] {
      let made = try MadeTrace(.writerBare, count: 200) {
        $0.prefix = prefix
        $0.recordSize = 2197
        $0.bufferSize = 5377
      }
      let (sink, _) = try readEntries(made.bytes)
      expectSame(sink.records, made.records[...])
      #expect(sink.notices.isEmpty, "\(prefix): \(sink.notices.prefix(2))")
    }
  }

  /// The only record of a file bears nothing out: what stands before its first entry is reported.
  @Test func oneRecordTeachesNothing() throws {
    let made = try MadeTrace(.writer, count: 8)
    let (sink, reader) = try readEntries(made.bytes)
    expectSame(sink.records, made.records[...])
    #expect(sink.notices == [TraceNotice(.damaged, .unknownPrefix, at: 4, length: 12)])
    #expect(!reader.format.contains("prefix"))
  }

  /// A length that the payload happens to close: what the PTH says decides.
  @Test func aDamagedLengthThatThePayloadCloses() throws {
    let made = try MadeTrace(.chain, count: 30)
    let whole = try readEntries(made.bytes).0.records
    let start = Int(whole[10].record.offset)
    let inside = Int(whole[14].record.offset) + 150
    var bytes = made.bytes
    let length = UInt16(inside + 2 - start)
    for (place, value) in [(start, length >> 8), (start + 1, length & 0xFF)] {
      bytes[place] = UInt8(value)
    }
    (bytes[inside], bytes[inside + 1]) = (bytes[start], bytes[start + 1])
    let (sink, _) = try readEntries(bytes)
    #expect(sink.records.count == 29)
    #expect(sink.notices.map(\.kind) == [.damaged])
  }
}
