public import TraceBytes
public import TraceModel

/// Joins the segments of large trace records before they go on.
///
/// A whole record goes straight through. Of a segmented one copies are kept until the set is complete;
/// other records may come in between. What stays incomplete is given in pieces that say how many bytes
/// are missing before them.
public final class SegmentJoiner: TraceStage {
  /// What became of segmented records.
  public struct Counts: Sendable, Equatable {
    /// Records joined from all their segments.
    public var complete: UInt64 = 0
    /// Records of which segments are missing.
    public var incomplete: UInt64 = 0
    /// First segments after which nothing came.
    public var alone: UInt64 = 0
    /// Segments whose first one is not in the trace.
    public var orphans: UInt64 = 0
  }

  /// A set is given up when it has waited for this many records.
  public static let longestWait: UInt64 = 512
  /// PTH_Tlen has 24 bits; a record longer than this is no segmented record.
  static let largestSet = 1 << 24 + 1 << 16

  /// What was counted until now; sets that are open are in none of the counts.
  public private(set) var counts = Counts()
  /// Gets whole records, and what there is of incomplete ones.
  public let downstream: any TraceSink
  private let maxMemory: Int
  private var open: [SegmentSet] = []
  /// Whether any set is open.
  private var isCollecting = false
  private var spare: [SegmentSet] = []
  private var held = 0
  private var seen: UInt64 = 0

  /// - Parameter maxMemory: bytes kept over all sets; the oldest set is given up when there are more.
  public init(to downstream: any TraceSink, maxMemory: Int = 32 << 20) {
    self.downstream = downstream
    self.maxMemory = maxMemory
  }

  public func record(_ record: borrowing TraceRecord, _ payload: RawSpan) throws(TraceError) {
    seen &+= 1
    if !isCollecting, Self.isWhole(record, payload) {
      return try downstream.record(record, payload)
    }
    try take(record, payload)
  }

  public func finish() throws(TraceError) {
    while !open.isEmpty { try giveUp(0) }
    try downstream.finish()
  }

  /// Whether a set is open whose first segment stands before an offset of the input.
  public func holdsSet(before offset: UInt64) -> Bool {
    open.contains { $0.first.offset < offset }
  }

  /// Whether a record is complete as it is; confidential data is left out on purpose.
  private static func isWhole(_ record: borrowing TraceRecord, _ payload: RawSpan) -> Bool {
    guard isSegmentable(record.kind) else { return true }
    // The bytes that a report did not print are in no later segment either.
    if record.flags.contains(.notDumped) { return true }
    guard record.segment == 0 else { return false }
    if payload.byteCount >= record.tracedLength { return true }
    if record.flags.contains(.confidential) { return true }
    return record.tracedLength > largestSet
  }

  private static func isSegmentable(_ kind: RecordKind) -> Bool {
    switch kind {
    case .dataTrace, .packet, .enterpriseExtender, .frame, .smc, .oldPacket, .oldX25,
      .oldEnterpriseExtender:
      true
    case .lost, .capture, .unknown: false
    }
  }

  private func take(_ record: borrowing TraceRecord, _ payload: RawSpan) throws(TraceError) {
    defer { isCollecting = !open.isEmpty }
    while let oldest = open.first, seen &- oldest.touched > Self.longestWait { try giveUp(0) }
    let key = SegmentKey(record)
    if record.segment != 0, Self.isSegmentable(record.kind) {
      guard let index = open.firstIndex(where: { $0.key == key }),
        let ordinal = open[index].ordinal(of: record.segment)
      else { return try passOrphan(record, payload, key) }
      return try add(record, payload, ordinal: ordinal, to: index)
    }
    // A later record of the same stream must not go on before the segments that are still collected.
    while let index = open.firstIndex(where: { $0.key == key || $0.key.isSameStream(as: key) }) {
      try giveUp(index)
    }
    if Self.isWhole(record, payload) { return try downstream.record(record, payload) }
    let set: SegmentSet
    if let used = spare.popLast() {
      used.restart(record, key)
      set = used
    } else {
      set = SegmentSet(record, key)
    }
    open.append(set)
    try add(record, payload, ordinal: 0, to: open.count - 1)
  }

  private func add(
    _ record: borrowing TraceRecord, _ payload: RawSpan, ordinal: Int, to index: Int
  ) throws(TraceError) {
    let set = open[index]
    let room = set.missing
    let taken = payload.byteCount > room ? payload.extracting(first: room) : payload
    set.add(taken, ordinal: ordinal, at: seen)
    held += taken.byteCount
    // Sets stand in the order of their last segment, so the first one is the oldest.
    if index != open.count - 1 { open.append(open.remove(at: index)) }
    if payload.byteCount > room {
      try downstream.notice(
        .skipped, .lengthsDisagree, at: record.offset, length: UInt64(payload.byteCount - room))
    }
    if set.missing == 0 {
      open.removeLast()
      try giveWhole(set)
    } else {
      while held > maxMemory, !open.isEmpty { try giveUp(0) }
    }
  }

  private func passOrphan(
    _ record: borrowing TraceRecord, _ payload: RawSpan, _ key: SegmentKey
  ) throws(TraceError) {
    while let index = open.firstIndex(where: { $0.key != key && $0.key.isSameStream(as: key) }) {
      try giveUp(index)
    }
    counts.orphans &+= 1
    var orphan = copy record
    orphan.flags.insert(.orphan)
    try downstream.record(orphan, payload)
  }

  private func giveWhole(_ set: SegmentSet) throws(TraceError) {
    set.sort()
    counts.complete &+= 1
    var record = set.first
    record.flags.insert(.joined)
    record.pieces = UInt16(clamping: set.pieces.count)
    try set.bytes.withBytes { bytes throws(TraceError) in
      try downstream.record(record, bytes)
    }
    release(set)
  }

  /// Gives what there is of a set, in order.
  private func giveUp(_ index: Int) throws(TraceError) {
    let set = open.remove(at: index)
    let missing = set.missing
    if set.pieces.count == 1 {
      counts.alone &+= 1
      var record = set.first
      record.originalLength = max(record.originalLength, record.tracedLength)
      try set.bytes.withBytes { bytes throws(TraceError) in
        try downstream.record(record, bytes)
      }
    } else {
      counts.incomplete &+= 1
      try downstream.notice(
        .damaged, .segmentsMissing, at: set.first.offset, length: UInt64(max(0, missing)))
      try givePieces(set)
    }
    release(set)
  }

  /// Gives each run of neighbouring segments as one record.
  private func givePieces(_ set: SegmentSet) throws(TraceError) {
    let whole = max(set.first.originalLength, set.key.tracedLength)
    let tail = set.measureGaps() + whole - set.key.tracedLength
    var at = 0
    while at < set.pieces.count {
      var end = at + 1
      while end < set.pieces.count, set.pieces[end].ordinal == set.pieces[end - 1].ordinal + 1 {
        end += 1
      }
      let start = set.pieces[at].start
      let count = set.pieces[end - 1].start + set.pieces[end - 1].count - start
      var record = set.first
      record.flags.insert(.incomplete)
      if end > at + 1 { record.flags.insert(.joined) }
      record.pieces = UInt16(clamping: end - at)
      record.gapBefore = set.pieces[at].gap + (at == 0 ? set.first.gapBefore : 0)
      record.segment = UInt8(
        truncatingIfNeeded: at == 0 ? 0 : (set.pieces[at].ordinal - 1) % 255 + 1)
      record.tracedLength = count
      record.originalLength = count + (end == set.pieces.count ? tail : 0)
      if record.kind != .dataTrace {
        // Only the first piece has packet headers; they tell how long the packet was.
        if at == 0 { record.originalLength = whole } else { record.flags.insert(.orphan) }
      }
      try set.bytes.withBytes { bytes throws(TraceError) in
        try downstream.record(record, bytes.extracting(start..<start + count))
      }
      at = end
    }
  }

  /// Keeps the memory of a few small sets for the next ones.
  private func release(_ set: SegmentSet) {
    held -= set.bytes.count
    if spare.count < 8, set.bytes.capacity <= 1 << 18 { spare.append(set) }
  }
}
