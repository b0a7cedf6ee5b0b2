internal import TraceBytes
internal import TraceFormats
internal import TraceModel

/// The records of a capture that damage did not touch are there after it as they were before.
///
/// Entries of a trace are found again behind the damage as well, when the head of the file, from which
/// prefixes are learned, is whole. Where bytes are missing or too many, lengths are out of step until
/// the next entries confirm each other.
struct Undamaged {
  private let before: RecordMap
  private let size: Int
  /// Prefixes of records without lengths are learned from as much of the file.
  private static let head = 256
  /// Records behind missing bytes that may be taken for a part of what is damaged; behind a damaged
  /// length it may be one.
  private static let outOfStep = 2

  /// Nil for captures that are compressed or that nothing is known to be in.
  init?(_ bytes: [UInt8]) throws {
    guard bytes.prefix(2) != [0x1F, 0x8B] else { return nil }
    let map = try RecordMap(bytes)
    guard map.records.count > 1 else { return nil }
    before = map
    size = bytes.count
  }

  /// Holds a damaged copy against the whole one, of which `damage` was concerned.
  func check(_ damaged: [UInt8], damage: Range<Int>) throws {
    let after = try RecordMap(damaged)
    // Damage to what a format is recognised by makes it something else.
    guard after.kind == before.kind else { return }
    let inStep = damaged.count == size
    // Without line ends, lines are found by the distances between words.
    guard inStep || !before.hasLinesOfOneLength else { return }
    let findsItsWay = before.kind == .entries && damage.lowerBound >= Self.head
    var mayBeMissing = inStep ? before.isMarked ? 1 : 0 : Self.outOfStep
    for (index, record) in before.records.enumerated() {
      let end = index + 1 < before.records.count ? before.records[index + 1].offset : size
      if end <= damage.lowerBound {
        guard index < after.records.count, after.records[index].payload == record.payload else {
          throw Finding("record \(index) before the damage at \(damage.lowerBound) is lost")
        }
      } else if findsItsWay, record.offset >= damage.upperBound {
        if mayBeMissing > 0 {
          mayBeMissing -= 1
        } else if !after.payloads.contains(record.payload) {
          throw Finding("record \(index) behind the damage at \(damage) is lost")
        }
      }
    }
  }
}

/// Where the records of a file are and what they hold.
private final class RecordMap: TraceSink {
  enum Kind { case nothing, entries, capture, text }

  struct Record {
    var offset: Int
    var payload: [UInt8]
  }

  private(set) var records: [Record] = []
  private(set) var payloads: Set<[UInt8]> = []
  private(set) var kind = Kind.nothing
  /// Whether records have lengths or prefixes, which may be damaged beside those of the entries.
  private(set) var isMarked = false
  /// Whether this is text of which all lines have one length.
  private(set) var hasLinesOfOneLength = false

  init(_ bytes: [UInt8]) throws {
    let found = unsafe bytes.withUnsafeBytes {
      unsafe FormatDetector.detect($0.bytes, atEnd: true)
    }
    guard case .reader(var reader) = found else { return }
    kind =
      reader is CTEReader
      ? .entries : reader is PcapReader || reader is PcapngReader ? .capture : .text
    try ReaderRun.feed(bytes, to: &reader, steps: 0, into: self)
    if let entries = reader as? CTEReader {
      isMarked = entries.framing != Framing.none || entries.format.contains("prefix")
    }
    hasLinesOfOneLength = kind == .text && !bytes.contains { [0x0A, 0x15, 0x25].contains($0) }
  }

  func record(_ record: TraceRecord, _ payload: RawSpan) throws(TraceError) {
    let bytes = payload.copied()
    payloads.insert(bytes)
    records.append(Record(offset: Int(record.offset), payload: bytes))
  }

  func notice(_ notice: TraceNotice) throws(TraceError) {}
}
