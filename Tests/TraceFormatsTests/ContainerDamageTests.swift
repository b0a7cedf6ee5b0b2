import Foundation
import Testing
import TestSupport
import TraceBytes
import TraceFormats
import TraceModel

/// Small traces in every container, damaged in every way: records that the damage has not touched come
/// out, and when one is missing the damage is said.
@Suite struct ContainerDamageTests {
  /// A trace, the records it gives whole, and where each one lies in the file.
  private struct Whole {
    var bytes: [UInt8]
    let container: Container
    var records: [(payload: [UInt8], place: Range<Int>)] = []

    init(_ container: Container, count: Int, recordSize: Int) throws {
      let made = try MadeTrace(container, count: count, flows: 3) {
        $0.recordSize = recordSize
        $0.bufferSize = 4096
      }
      bytes = made.bytes
      self.container = container
      let (sink, _) = try readEntries(bytes)
      #expect(sink.records.count == count && sink.notices.isEmpty)
      let starts = sink.records.map { Int($0.record.offset) } + [bytes.count]
      for (index, kept) in sink.records.enumerated() {
        records.append((key(kept), starts[index]..<starts[index + 1]))
      }
    }

    /// How many records damage at a place may take along.
    func mayGo(_ place: Int) -> Int {
      switch container {
      // Block mode has marks of three bytes, and three zeros are one of them.
      case .ftpBlock: 2
      case .writerBare: 4
      case .writer: place < records[1].place.lowerBound ? 4 : 2
      default: 1
      }
    }

    /// Whether bytes are the file without some of its records, and so nothing is wrong with them.
    func isPart(_ part: [UInt8]) -> Bool {
      let removed = bytes.count - part.count
      return records.contains { record in
        let start = record.place.lowerBound
        guard removed > 0, start + removed <= bytes.count,
          records.contains(where: { $0.place.lowerBound == start + removed })
        else { return false }
        return part.elementsEqual(bytes[..<start] + bytes[(start + removed)...])
      }
    }
  }

  private static func key(_ kept: CollectingSink.Kept) -> [UInt8] {
    let time = UInt64(bitPattern: kept.record.time)
    return (0..<8).map { UInt8(truncatingIfNeeded: time >> UInt64(8 * $0)) } + kept.payload
  }

  /// Reads damaged bytes, and says what is wrong with the result; nil when nothing is.
  private static func verdict(
    _ whole: Whole, _ bytes: [UInt8], touched: Range<Int>, what: String
  ) throws -> String? {
    let probe = unsafe CTEReader.recognise(bytes.span.bytes, atEnd: true)
    guard probe.answer == .yes else { return "\(what): not recognised" }
    var reader = CTEReader(framing: probe.framing)
    let sink = try collect(&reader, bytes)
    if reader.account.total != UInt64(bytes.count) { return "\(what): \(reader.account)" }
    let given = Set(sink.records.map(key))
    let missing = whole.records.filter { !given.contains($0.payload) }
    let untouched = missing.filter { !$0.place.overlaps(touched) }
    // A damaged record length may take the record behind it along; without record marks, a damaged
    // prefix those that cross the records of the first buffer.
    let behind = untouched.filter { $0.place.lowerBound >= touched.lowerBound }
    let isBeside = whole.container == .writer || behind.count == untouched.count
    if untouched.count > whole.mayGo(touched.lowerBound) || !isBeside {
      return "\(what): \(untouched.count) records that were not damaged are missing"
    }
    let isSaid = sink.notices.contains { $0.kind == .damaged || $0.kind == .cutShort }
    // A flipped bit in what was said, or in an address, cannot be seen: the record is there.
    if sink.records.count < whole.records.count, !isSaid, !whole.isPart(bytes) {
      return "\(what): \(missing.count) records are missing and nothing is said"
    }
    return nil
  }

  private static let containers = Container.allCases
  @Test(arguments: containers)
  func eachBitOfTheFirstEntries(container: Container) throws {
    let whole = try Whole(container, count: 10, recordSize: 1000)
    var wrong: [String] = []
    let end = whole.records[2].place.lowerBound
    var index = 0
    while index < end {
      for bit in [index % 8, (index + 4) % 8] {
        var bytes = whole.bytes
        bytes[index] ^= 1 << UInt8(bit)
        let said = try Self.verdict(
          whole, bytes, touched: max(0, index - 16)..<(index + 17), what: "bit \(bit) of \(index)")
        if let said { wrong.append(said) }
      }
      index += 1
    }
    #expect(wrong.isEmpty, "\(wrong.count) of \(end * 2): \(wrong.prefix(12))")
  }

  @Test(arguments: containers)
  func stretchesCutOut(container: Container) throws {
    let whole = try Whole(container, count: 10, recordSize: 1000)
    var wrong: [String] = []
    for start in stride(from: 0, to: whole.records[3].place.lowerBound, by: 7) {
      for length in [1, 2, 4, 16, 92, 131, 777] {
        var bytes = whole.bytes
        bytes.removeSubrange(start..<(start + length))
        let said = try Self.verdict(
          whole, bytes, touched: max(0, start - 16)..<(start + length + 17),
          what: "cut \(length) at \(start)")
        if let said { wrong.append(said) }
      }
    }
    #expect(wrong.isEmpty, "\(wrong.count): \(wrong.prefix(12))")
  }

  @Test(arguments: containers)
  func stretchesDoubled(container: Container) throws {
    let whole = try Whole(container, count: 10, recordSize: 1000)
    var wrong: [String] = []
    for start in stride(from: 0, to: whole.records[3].place.lowerBound, by: 11) {
      for length in [1, 4, 16, 134, 300] {
        var bytes = whole.bytes
        bytes.insert(contentsOf: whole.bytes[start..<(start + length)], at: start + length)
        let said = try Self.verdict(
          whole, bytes, touched: max(0, start + length - 16)..<(start + length + 17),
          what: "doubled \(length) at \(start)")
        if let said { wrong.append(said) }
      }
    }
    #expect(wrong.isEmpty, "\(wrong.count): \(wrong.prefix(12))")
  }

  /// Two downloads of one trace, the first one cut.
  @Test(arguments: containers)
  func twoDownloads(container: Container) throws {
    let whole = try Whole(container, count: 10, recordSize: 1000)
    var wrong: [String] = []
    for cut in stride(from: 1, to: whole.records[3].place.lowerBound, by: 11) {
      let bytes = Array(whole.bytes[..<cut]) + whole.bytes
      // The records of the second download all come out, but for one behind a cut record length.
      var reader = try #require(
        unsafe CTEReader.recognise(bytes.span.bytes, atEnd: true).answer == .yes
          ? CTEReader(framing: CTEReader.recognise(bytes.span.bytes, atEnd: true).framing) : nil)
      let sink = try collect(&reader, bytes)
      let given = Set(sink.records.map(Self.key))
      let missing = whole.records.filter { !given.contains($0.payload) }
      if missing.count > whole.mayGo(0) { wrong.append("cut at \(cut): \(missing.count) missing") }
      let inFirst = whole.records.count { $0.place.upperBound <= cut }
      let isSaid = sink.notices.contains { $0.kind == .damaged || $0.kind == .cutShort }
      if sink.records.count < inFirst + whole.records.count, !isSaid {
        wrong.append("cut at \(cut): \(sink.records.count) and nothing said")
      }
    }
    #expect(wrong.isEmpty, "\(wrong.count): \(wrong.prefix(12))")
  }

  /// What is left of the first entry behind a cut that ends in front of the next one is no prefix, however
  /// like one it looks.
  @Test(arguments: [Container.writer, .writerBare])
  func restsOfAnEntryAsPrefix(container: Container) throws {
    let made = try MadeTrace(container, count: 60) { $0.recordSize = 5000 }
    let head = container == .writer ? 16 : 12
    let (intact, _) = try readEntries(made.bytes)
    let next = Int(intact.records[1].record.offset)
    for start in 0..<head {
      var bytes = made.bytes
      bytes.removeSubrange(start..<(start + next - head))
      let (sink, _) = try readEntries(bytes)
      #expect(sink.records.count < 60 && sink.records.count > 50)
      #expect(sink.notices.contains { $0.kind == .damaged }, "cut at \(start)")
    }
  }

  /// A record length that becomes one of another form.
  @Test func aLengthOfAnotherForm() throws {
    let made = try MadeTrace(.rdw, count: 20)
    for head: [UInt8] in [[0, 0x10, 0, 0], [0, 1, 0, 0], [0x80, 0, 0, 0], [0, 0, 0, 0]] {
      let (sink, reader) = try readEntries(head + made.bytes[4...])
      #expect(sink.records.count >= 19, "\(head)")
      #expect(reader.framing == .rdw, "\(head)")
      #expect(sink.notices.contains { $0.kind == .damaged }, "\(head)")
    }
  }

  /// Damage of any kind anywhere near the head of a file, the same on every run: nothing vanishes without
  /// a word, and no record is read twice.
  @Test(arguments: containers)
  func anyDamage(container: Container) throws {
    let whole = try Whole(container, count: 20, recordSize: 1500)
    var state: UInt64 = 19
    func random(_ bound: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % bound
    }
    var wrong: [String] = []
    let end = whole.records[4].place.lowerBound
    // Under a sanitizer each takes ten times as long.
    for _ in 0..<(RunCommand.isSanitized ? 40 : 400) {
      var bytes = whole.bytes
      let at = random(end)
      let length = 1 + random(random(2) == 0 ? 8 : 200)
      let kind = random(5)
      switch kind {
      case 0: bytes[at] ^= UInt8(1 + random(255))
      case 1: bytes.removeSubrange(at..<(at + length))
      case 2: bytes.insert(contentsOf: bytes[at..<(at + length)], at: at)
      case 3: bytes.insert(contentsOf: (0..<length).map { _ in UInt8(random(256)) }, at: at)
      default: for place in at..<(at + length) { bytes[place] = 0 }
      }
      guard bytes != whole.bytes, !whole.isPart(bytes) else { continue }
      let (sink, _) = try readEntries(bytes)
      let isSaid = sink.notices.contains { $0.kind == .damaged || $0.kind == .cutShort }
      let given = Set(sink.records.map(Self.key))
      let missing = whole.records.count { !given.contains($0.payload) }
      // A byte of what was said, or of an address, is another record; more is damage.
      if !isSaid, missing > 1 || sink.records.count != 20 {
        wrong.append("\(kind) \(length) at \(at): \(sink.records.count), \(missing) missing")
      }
    }
    #expect(wrong.isEmpty, "\(wrong.count): \(wrong.prefix(12))")
  }

  /// The end of a file at any place: what is missing is said, but where only fill or an end mark is.
  @Test(arguments: [Container.chain, .rdw, .bdw, .length, .ftpBlock])
  func anyEnd(container: Container) throws {
    let whole = try Whole(container, count: 8, recordSize: 1000)
    var ends: Set<Int> = []
    for record in whole.records { ends.insert(record.place.lowerBound) }
    for end in whole.records[1].place.lowerBound..<whole.bytes.count {
      let bytes = Array(whole.bytes[..<end])
      let (sink, _) = try readEntries(bytes)
      let isSaid = sink.notices.contains { $0.kind == .damaged || $0.kind == .cutShort }
      // A record's offset is behind its mark; a file that ends before the mark is whole.
      let mark =
        switch container {
        case .chain: 0
        case .ftpBlock: 3
        default: 4
        }
      let isWhole = ends.contains(end + mark) || ends.contains(end + 2 * mark)
      let isLast = end + mark >= whole.bytes.count && container == .ftpBlock
      // What is left of an entry may be its first byte, and that a zero, as fill is.
      let isFill = bytes.last == 0 && ends.contains(end - 1)
      #expect(isSaid || isWhole || isLast || isFill, "\(container) ends at \(end)")
    }
  }

  /// A block that ends behind its own mark, or between two of its records.
  @Test(arguments: [Container.bdw, .spanned])
  func anEndInsideABlock(container: Container) throws {
    let whole = try Whole(container, count: 8, recordSize: 1000)
    let (mark, _) = try readEntries(whole.bytes + [0, 200, 0, 0])
    #expect(mark.notices.map(\.kind) == [.cutShort] && mark.notices.first?.length == 4)
    let (between, _) = try readEntries(
      Array(whole.bytes[..<(whole.records[5].place.lowerBound - 4)]))
    #expect(between.records.count == 5)
    #expect(between.notices.map(\.kind) == [.cutShort])
  }

  /// A byte too many at the end.
  @Test(arguments: [Container.chain, .rdw, .bdw, .length, .ftpBlock])
  func aTrailingByte(container: Container) throws {
    let whole = try Whole(container, count: 8, recordSize: 1000)
    for byte: UInt8 in [0x41, 0x80, 0xFF] {
      let (sink, _) = try readEntries(whole.bytes + [byte])
      #expect(sink.records.count == 8)
      #expect(sink.notices.contains { $0.kind == .damaged || $0.kind == .cutShort })
    }
  }
}
