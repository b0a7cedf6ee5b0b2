internal import TraceBytes
internal import TraceModel

/// What the segments of one large record have in common.
/// Source: z/OS IP Diagnosis Guide, segmented trace records: same time and length, and everything else
/// that says whose record it is.
struct SegmentKey: Equatable {
  let time: Int64
  let tracedLength: Int
  let kind: RecordKind
  let direction: Direction
  let source: Endpoint
  let destination: Endpoint
  let name: RecordName

  init(_ record: borrowing TraceRecord) {
    time = record.time
    tracedLength = record.tracedLength
    kind = record.kind
    direction = record.direction
    source = Endpoint(record.source, record.sourcePort)
    destination = Endpoint(record.destination, record.destinationPort)
    name = record.name
  }

  /// Whether a data-trace record must not overtake the set with this key.
  func isSameStream(as other: SegmentKey) -> Bool {
    kind == .dataTrace && other.kind == .dataTrace && direction == other.direction
      && source == other.source && destination == other.destination
  }
}

/// The segments collected of one large record.
final class SegmentSet {
  /// One segment: which one it is, and where its bytes are in the buffer.
  struct Piece {
    var ordinal: Int
    var start: Int
    var count: Int
    /// Bytes missing before it, known when the set is given up.
    var gap = 0
  }

  let bytes = ByteBuffer()
  private(set) var pieces: [Piece] = []
  private(set) var key: SegmentKey
  /// The record of the first segment.
  private(set) var first: TraceRecord
  private(set) var isInOrder = true
  private(set) var highest = 0
  /// When the last segment came, as a count of records.
  private(set) var touched: UInt64 = 0

  init(_ record: borrowing TraceRecord, _ key: SegmentKey) {
    self.key = key
    first = copy record
  }

  /// Makes an old set a new one, and keeps its memory.
  func restart(_ record: borrowing TraceRecord, _ key: SegmentKey) {
    self.key = key
    first = copy record
    bytes.removeAll()
    pieces.removeAll(keepingCapacity: true)
    isInOrder = true
    highest = 0
  }

  var missing: Int { key.tracedLength - bytes.count }

  /// The place of a segment in the set by its number, the one nearest to where the set has got to;
  /// nil when the set has that segment.
  ///
  /// Numbers run 0, 1, … 255 and then again from 1, so from 1 on they count modulo 255.
  func ordinal(of segment: UInt8) -> Int? {
    if segment == 0 { return pieces.isEmpty ? 0 : nil }
    let ahead = (Int(segment) - 1 - highest % 255 + 255) % 255
    let ordinal = ahead <= 127 ? highest + 1 + ahead : highest + 1 + ahead - 255
    return ordinal > highest || !pieces.contains { $0.ordinal == ordinal } ? ordinal : nil
  }

  func add(_ payload: RawSpan, ordinal: Int, at record: UInt64) {
    if ordinal < highest { isInOrder = false }
    highest = max(highest, ordinal)
    pieces.append(Piece(ordinal: ordinal, start: bytes.count, count: payload.byteCount))
    bytes.append(payload)
    touched = record
  }

  /// Puts the pieces into the order of their numbers.
  func sort() {
    guard !isInOrder else { return }
    pieces.sort { $0.ordinal < $1.ordinal }
    let ordered = bytes.withBytes { all -> [UInt8] in
      var ordered: [UInt8] = []
      ordered.reserveCapacity(all.byteCount)
      for index in pieces.indices {
        let start = ordered.count
        ordered.append(
          all.extracting(pieces[index].start..<pieces[index].start + pieces[index].count))
        pieces[index].start = start
      }
      return ordered
    }
    bytes.removeAll()
    unsafe bytes.append(ordered.span.bytes)
    isInOrder = true
  }

  /// Shares the missing bytes out to the holes before pieces, and returns those missing at the end.
  ///
  /// All segments but the last are of one size, so a hole of n segments is n times its neighbour. A
  /// last piece shorter than that is the end of the record, and nothing is missing after it.
  func measureGaps() -> Int {
    sort()
    var left = max(0, missing)
    var lastHole: Int?
    var full = pieces.first?.count ?? 0
    for index in pieces.indices.dropFirst() {
      let lost = pieces[index].ordinal - pieces[index - 1].ordinal - 1
      full = max(pieces[index - 1].count, index == 1 ? 0 : full)
      guard lost > 0 else { continue }
      let (size, overflow) = lost.multipliedReportingOverflow(by: full)
      pieces[index].gap = overflow ? left : min(left, size)
      left -= pieces[index].gap
      lastHole = index
    }
    if let lastHole, let last = pieces.last, last.count < full {
      pieces[lastHole].gap += left
      return 0
    }
    return left
  }
}
