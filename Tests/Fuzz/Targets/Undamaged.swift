internal import TraceBytes
internal import TraceFormats
internal import TraceModel

/// The records of a capture that damage did not touch are there after it as they were before.
///
/// Entries of a trace are found again behind the damage as well, as long as bytes are not out of step
/// with record lengths and the head of the file, from which prefixes are learned, is whole.
struct Undamaged {
  private let before: RecordMap
  private let size: Int
  /// Prefixes of records without lengths are learned from as much of the file.
  private static let head = 256

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
    let inStep = damaged.count == size || before.isUnframed
    let findsItsWay = before.kind == .entries && inStep && damage.lowerBound >= Self.head
    for (index, record) in before.records.enumerated() {
      let end = index + 1 < before.records.count ? before.records[index + 1].offset : size
      if end <= damage.lowerBound {
        guard index < after.records.count, after.records[index].payload == record.payload else {
          throw Finding("record \(index) before the damage at \(damage.lowerBound) is lost")
        }
      } else if findsItsWay, record.offset >= damage.upperBound {
        guard after.payloads.contains(record.payload) else {
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
  /// Whether entries stand end to end, without record lengths and prefixes.
  private(set) var isUnframed = false

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
      isUnframed = entries.framing == .none && !entries.format.contains("prefix")
    }
  }

  func record(_ record: TraceRecord, _ payload: RawSpan) throws(TraceError) {
    let bytes = payload.copied()
    payloads.insert(bytes)
    records.append(Record(offset: Int(record.offset), payload: bytes))
  }

  func notice(_ notice: TraceNotice) throws(TraceError) {}
}
