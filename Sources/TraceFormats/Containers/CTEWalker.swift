internal import TraceBytes
internal import TraceModel

/// Walks a chain of trace entries, and finds its way again where the chain is broken.
///
/// Entries stand end to end. Between and inside them may stand: zero fill up to the end of a trace
/// buffer; a prefix of unknown layout at the head of each record of an external-writer data set, so
/// that an entry that crosses a record boundary has the prefix in its middle; and damage. The prefix
/// lengths are learned from the file itself, when further records bear them out.
struct CTEWalker {
  private(set) var account = ByteAccount()
  /// Record prefixes that this file has borne out.
  var prefixes = RecordPrefixes()
  /// Entries found so far, in this input and those before it.
  var entries: UInt64 = 0

  /// Is told the header of each entry; absent when nobody writes entries again.
  var headers: EntryHeaders?

  /// Nanoseconds to take from each time.
  var clockAhead: Int64 = 0

  /// Where damage or a cut was last reported to end, as a file offset.
  private(set) var reportedUpTo: UInt64 = 0

  /// Whether nothing but fill came before this place, or fill ends here: there a buffer begins.
  private(set) var isBehindFill = true

  /// How often a prefix was looked for behind fill.
  var attempts = 0

  private let scratch = ByteBuffer()
  private var damage: (offset: UInt64, length: UInt64, reason: TraceNotice.Reason)?
  /// Whether the walk is finding its way again after damage.
  var isLost: Bool { damage != nil }

  /// An entry, prefixes in it, and the beginning of the next.
  static let lookAhead = 0x1_0000 + 8 * RecordPrefixes.longest
  /// What must be there to tell whether an entry begins: its header and the clocks of the PTH.
  static let sight = 64 + PTHLayout.time.end

  /// - Parameter fill: zeros that came before the first byte.
  init(fill: UInt64 = 0) { account.fill = fill }

  /// For the middle of a file whose head another one has walked: its prefixes count, and an entry only when
  /// nothing speaks against it.
  init(inside head: CTEWalker, at offset: UInt64) {
    prefixes = head.prefixes
    clockAhead = head.clockAhead
    damage = (offset, 0, .notARecord)
    isBehindFill = false
  }

  /// Walks the whole entries in `bytes` and returns how many bytes are done with.
  mutating func walk(
    _ bytes: RawSpan, _ map: borrowing FrameMap, atEnd: Bool, into sink: any TraceSink
  ) throws(TraceError) -> Int {
    var at = 0
    let count = bytes.byteCount
    var boundary = map.nextStart(after: 0) ?? Int.max
    while at < count {
      if at >= boundary { boundary = map.nextStart(after: at) ?? Int.max }
      if count - at >= CTELayout.smallest {
        let length = bytes[CTELayout.length, at: at]
        let end = at + Int(length)
        if length >= CTELayout.smallest, end <= count, end <= boundary, damage == nil,
          bytes[CTELayout.closingLength, at: end - CTELayout.trailerSize] == length,
          hasEntryHeader(bytes, at, end)
        {
          try emit(bytes.extracting(at..<end), at: map.offset(of: at), into: sink)
          account.records += UInt64(length)
          at = end
          continue
        }
      } else if !atEnd {
        break
      }
      guard let next = try step(bytes, at, map, atEnd, sink) else { break }
      at = next
    }
    if atEnd, at == count { try endDamage(sink) }
    return at
  }

  /// The quick test at a place where an entry is expected and its closing length is right: unknown
  /// format ids pass, they are records too.
  @inline(__always)
  private func hasEntryHeader(_ bytes: RawSpan, _ at: Int, _ end: Int) -> Bool {
    let dataOffset = Int(bytes[CTELayout.dataOffset, at: at])
    return dataOffset >= CTELayout.headerSize && dataOffset <= 64
      && bytes.u8(at + CTELayout.time.offset) != 0 && !CTE.isOverlong(bytes, at, end)
  }

  // MARK: - One entry

  @inline(__always)
  private mutating func emit(
    _ entry: RawSpan, at offset: UInt64, extra flags: RecordFlags = [], into sink: any TraceSink
  ) throws(TraceError) {
    entries += 1
    isBehindFill = false
    var record = TraceRecord()
    record.number = entries
    record.offset = offset
    guard let payload = CTE.decode(entry, into: &record) else {
      try sink.notice(.damaged, .lengthsDisagree, at: offset, length: UInt64(entry.byteCount))
      return
    }
    if let headers {
      headers.note(entries, entry.extracting(0..<payload.lowerBound))
      if !headers.hasPrefixes { headers.hasPrefixes = prefixes.lengths.contains { $0 > 0 } }
    }
    record.flags.formUnion(flags)
    record.time &-= clockAhead
    if record.kind == .lost {
      try sink.notice(
        .lost, LostRecord.reason(entry, payload), at: offset, length: UInt64(entry.byteCount))
    }
    try sink.record(record, entry.extracting(payload))
  }

  // MARK: - Everything else

  /// Deals with a place where no whole entry follows simply. Nil asks for more bytes.
  private mutating func step(
    _ bytes: RawSpan, _ at: Int, _ map: borrowing FrameMap, _ atEnd: Bool, _ sink: any TraceSink
  ) throws(TraceError) -> Int? {
    let count = bytes.byteCount
    // A prefix may begin with zeros, as fill does; and so does an entry of fewer than 256 bytes.
    if bytes.u8(at) == 0, !CTE.beginsStrictly(bytes, at) {
      switch prefix(bytes, at, map, atEnd) {
      case .length(let length): return try pass(length, bytes, at, sink)
      case .needMore: return nil
      case .none: break
      }
    }
    if damage == nil, let next = skipFill(bytes, at, map, atEnd) {
      return next == at ? nil : next
    }
    switch extent(bytes, at, map, atEnd) {
    case .needMore: return nil
    case .whole(let end):
      try endDamage(sink)
      try emit(bytes.extracting(at..<end), at: map.offset(of: at), into: sink)
      account.records += UInt64(end - at)
      return end
    case .closedWrongly(let end):
      try endDamage(sink)
      try sink.notice(
        .damaged, .lengthsDisagree, at: map.offset(of: end - CTELayout.trailerSize),
        length: UInt64(CTELayout.trailerSize))
      try emit(bytes.extracting(at..<end), at: map.offset(of: at), into: sink)
      account.records += UInt64(end - at)
      return end
    case .split(let end, let prefix):
      try endDamage(sink)
      try emitSplit(bytes, at..<end, prefix, map, sink)
      return end
    case .foundIn(let end, let frames, let prefix):
      try endDamage(sink)
      try emitSplit(bytes, at..<end, prefix, frames, sink)
      return end
    case .cut:
      try endDamage(sink)
      try emitCut(bytes, at, map, sink)
      return count
    case .none: break
    }
    switch prefix(bytes, at, map, atEnd) {
    case .length(let length): return try pass(length, bytes, at, sink)
    case .needMore: return nil
    case .none: return try resynchronise(bytes, at, map, atEnd)
    }
  }

  /// Passes over zeros. Returns the next place, the same place when more bytes are needed, or nil when
  /// there is no fill here.
  private mutating func skipFill(
    _ bytes: RawSpan, _ at: Int, _ map: borrowing FrameMap, _ atEnd: Bool
  ) -> Int? {
    guard bytes.u8(at) == 0 else { return nil }
    let count = bytes.byteCount
    guard at + 1 < count else { return fill(from: at, to: atEnd ? count : at) }
    let boundary = map.nextStart(after: at) ?? Int.max
    if boundary == at + 1 {
      // The last byte of a frame may be the first one of an entry that goes on in the next.
      if case .none = extent(bytes, at, map, atEnd) { return fill(from: at, to: boundary) }
      return nil
    }
    guard bytes.u8(at + 1) == 0 else {
      // A single zero at the end of a buffer, in front of the next record's prefix and entry.
      let entry = at + 1 + prefixes.pattern.count
      guard prefixes.agrees(bytes, at + 1), opens(bytes, entry, map) || opensPiece(bytes, entry)
      else { return nil }
      return fill(from: at, to: at + 1)
    }
    let end = bytes.firstIndex(after: at, otherThan: 0)
    // A frame that follows may begin with a prefix, which may begin with zeros.
    if boundary <= end { return fill(from: at, to: boundary) }
    if end == count {
      return fill(from: at, to: atEnd ? count : max(at, count - 1 - prefixes.leadingZeros))
    }
    // The next record's prefix may begin with zeros of its own.
    let head = end - prefixes.leadingZeros
    if prefixes.leadingZeros > 0, head > at, prefixes.agrees(bytes, head) {
      return fill(from: at, to: head)
    }
    // An entry of fewer than 256 bytes begins with a zero of its own.
    let opensEarlier = CTE.headerIsPlausible(bytes, end - 1)
    if !opensEarlier, count - end < CTELayout.headerSize, !atEnd {
      return end - 1 > at ? fill(from: at, to: end - 1) : at
    }
    return fill(from: at, to: opensEarlier ? end - 1 : end)
  }

  private mutating func fill(from start: Int, to end: Int) -> Int {
    account.fill += UInt64(end - start)
    if end > start + 1 { isBehindFill = true }
    return end
  }

  // MARK: - Entries that are not in one piece

  private mutating func emitSplit(
    _ bytes: RawSpan, _ range: Range<Int>, _ prefix: Int, _ map: borrowing FrameMap,
    _ sink: any TraceSink
  ) throws(TraceError) {
    scratch.removeAll()
    var at = range.lowerBound
    while at < range.upperBound {
      let next = min(map.nextStart(after: at) ?? Int.max, range.upperBound)
      scratch.append(bytes.extracting(at..<next))
      if next < range.upperBound, !prefixes.pattern.isEmpty { prefixes.see(bytes, next) }
      at = next < range.upperBound ? min(next + prefix, range.upperBound) : next
    }
    prefixes.learn(prefix)
    try emitScratch(range.count, map.offset(of: range.lowerBound), sink)
  }

  private mutating func emitScratch(
    _ taken: Int, _ offset: UInt64, _ sink: any TraceSink
  ) throws(TraceError) {
    let scratch = self.scratch
    account.records += UInt64(scratch.count)
    account.framing += UInt64(taken - scratch.count)
    try scratch.withBytes { (entry) throws(TraceError) in
      try emit(entry, at: offset, into: sink)
    }
  }

  /// The last entry of an input that was cut: what is there is given, marked as cut short.
  private mutating func emitCut(
    _ bytes: RawSpan, _ at: Int, _ map: borrowing FrameMap, _ sink: any TraceSink
  ) throws(TraceError) {
    let left = bytes.byteCount - at
    let offset = map.offset(of: at)
    account.damaged += UInt64(left)
    reportedUpTo = offset + UInt64(left)
    try sink.notice(.cutShort, .inputEnds, at: offset, length: UInt64(left))
    scratch.removeAll()
    scratch.append(bytes.extracting(at..<bytes.byteCount))
    let closing = [UInt8](repeating: 0, count: CTELayout.trailerSize)
    unsafe scratch.append(closing.span.bytes)
    try scratch.withBytes { (entry) throws(TraceError) in
      var probe = TraceRecord()
      // A header that itself is cut tells nothing; the notice has said so.
      guard CTE.decode(entry, into: &probe) != nil else { return }
      try emit(entry, at: offset, extra: .cutShort, into: sink)
    }
  }

  // MARK: - Prefixes and damage

  /// Passes over a record prefix.
  private mutating func pass(
    _ prefix: Int, _ bytes: RawSpan, _ at: Int, _ sink: any TraceSink
  ) throws(TraceError) -> Int {
    try endDamage(sink)
    prefixes.learn(prefix)
    if !prefixes.pattern.isEmpty { prefixes.see(bytes, at) }
    account.framing += UInt64(prefix)
    return at + prefix
  }

  /// Counts bytes as damaged up to the next place where an entry can begin. Nil asks for more bytes.
  private mutating func resynchronise(
    _ bytes: RawSpan, _ at: Int, _ map: borrowing FrameMap, _ atEnd: Bool
  ) throws(TraceError) -> Int? {
    let count = bytes.byteCount
    // An entry header and the clocks of a PTH must be in sight to tell.
    let last = atEnd ? count : count - Self.sight
    guard at < last else { return nil }
    var next = at + 1
    while next < last, !CTE.beginsStrictly(bytes, next), !map.begins(at: next) { next += 1 }
    if next < last, !map.isFramed, prefixes.pattern.isEmpty {
      guard learnPattern(bytes, before: next, from: at, atEnd) else { return nil }
    }
    if damage == nil {
      // At the head of a file it may well be a record prefix that no other record bears out.
      let isHead = account.total == account.fill && next - at <= RecordPrefixes.longest
      damage = (map.offset(of: at), 0, isHead ? .unknownPrefix : .notARecord)
    }
    damage?.length += UInt64(next - at)
    account.damaged += UInt64(next - at)
    isBehindFill = false
    return next
  }

  private mutating func endDamage(_ sink: any TraceSink) throws(TraceError) {
    guard let damage else { return }
    self.damage = nil
    reportedUpTo = damage.offset + damage.length
    try sink.notice(.damaged, damage.reason, at: damage.offset, length: damage.length)
  }
}
