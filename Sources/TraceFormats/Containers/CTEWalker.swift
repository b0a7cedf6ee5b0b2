internal import TraceBytes
internal import TraceModel

/// Walks a chain of trace entries, and finds its way again where the chain is broken.
///
/// Entries stand end to end. Between and inside them may stand: zero fill up to the end of a trace
/// buffer; a prefix of unknown layout at the head of each record of an external-writer data set, so
/// that an entry that crosses a record boundary has the prefix in its middle; and damage. The prefix
/// lengths are learned from the file itself.
struct CTEWalker {
  private(set) var account = ByteAccount()
  /// Record prefixes that this file has shown.
  private(set) var prefixes = RecordPrefixes()
  /// Entries found so far, in this input and those before it.
  var entries: UInt64 = 0

  /// Nanoseconds to take from each time.
  var clockAhead: Int64 = 0

  private let scratch = ByteBuffer()
  private var damage: (offset: UInt64, length: UInt64)?

  /// An entry, prefixes in it, and the beginning of the next.
  static let lookAhead = 0x1_0000 + 8 * RecordPrefixes.longest
  private static let sight = 64 + PTHLayout.time.end

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
        let length = Int(bytes.be16(at))
        let end = at + length
        if length >= CTELayout.smallest, end <= count, end <= boundary, damage == nil,
          bytes.be16(end - 2) == bytes.be16(at), hasEntryHeader(bytes, at)
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
  private func hasEntryHeader(_ bytes: RawSpan, _ at: Int) -> Bool {
    let dataOffset = Int(bytes.be16(at + CTELayout.dataOffset.offset))
    return dataOffset >= CTELayout.headerSize && dataOffset <= 64
      && bytes.u8(at + CTELayout.time.offset) != 0
  }

  // MARK: - One entry

  @inline(__always)
  private mutating func emit(
    _ entry: RawSpan, at offset: UInt64, extra flags: RecordFlags = [], into sink: any TraceSink
  ) throws(TraceError) {
    entries += 1
    var record = TraceRecord()
    record.number = entries
    record.offset = offset
    guard let payload = CTE.decode(entry, into: &record) else {
      try sink.notice(
        TraceNotice(.damaged, .lengthsDisagree, at: offset, length: UInt64(entry.byteCount)))
      return
    }
    record.flags.formUnion(flags)
    record.time &-= clockAhead
    if record.kind == .lost {
      try sink.notice(
        TraceNotice(
          .lost, LostRecord.reason(entry, payload), at: offset, length: UInt64(entry.byteCount)))
    }
    try sink.record(record, entry.extracting(payload))
  }

  // MARK: - Everything else

  /// Deals with a place where no whole entry follows simply. Nil asks for more bytes.
  private mutating func step(
    _ bytes: RawSpan, _ at: Int, _ map: borrowing FrameMap, _ atEnd: Bool, _ sink: any TraceSink
  ) throws(TraceError) -> Int? {
    let count = bytes.byteCount
    let isHead = map.begins(at: at) || (!map.isFramed && account.total == 0)
    // A prefix may begin with zeros, as fill does; and so does an entry of fewer than 256 bytes.
    if isHead, bytes.u8(at) == 0, !CTE.beginsStrictly(bytes, at),
      let prefix = prefix(bytes, at, map, atEnd)
    {
      return try pass(prefix, at, sink)
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
        TraceNotice(
          .damaged, .lengthsDisagree, at: map.offset(of: end - 2), length: 2))
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
    if let prefix = prefix(bytes, at, map, atEnd) { return try pass(prefix, at, sink) }
    return try resynchronise(bytes, at, map, atEnd)
  }

  /// Passes over zeros. Returns the next place, the same place when more bytes are needed, or nil when
  /// there is no fill here.
  private mutating func skipFill(
    _ bytes: RawSpan, _ at: Int, _ map: borrowing FrameMap, _ atEnd: Bool
  ) -> Int? {
    guard bytes.u8(at) == 0 else { return nil }
    let count = bytes.byteCount
    guard at + 1 < count else { return fill(from: at, to: atEnd ? count : at) }
    guard bytes.u8(at + 1) == 0 else { return nil }
    let end = bytes.firstIndex(after: at, otherThan: 0)
    // A frame that follows may begin with a prefix, which may begin with zeros.
    if let boundary = map.nextStart(after: at), boundary <= end {
      return fill(from: at, to: boundary)
    }
    if end == count { return fill(from: at, to: atEnd ? count : count - 1) }
    // An entry of fewer than 256 bytes begins with a zero of its own.
    let opensEarlier = CTE.headerIsPlausible(bytes, end - 1)
    if !opensEarlier, count - end < CTELayout.headerSize, !atEnd {
      return end - 1 > at ? fill(from: at, to: end - 1) : at
    }
    return fill(from: at, to: opensEarlier ? end - 1 : end)
  }

  private mutating func fill(from start: Int, to end: Int) -> Int {
    account.fill += UInt64(end - start)
    return end
  }

  /// How the entry that seems to begin at a place lies in the bytes.
  private enum Extent {
    case whole(end: Int)
    /// Whole and followed by a good entry, but its closing length is wrong.
    case closedWrongly(end: Int)
    /// It crosses frames, each of which begins with a prefix of this length.
    case split(end: Int, prefix: Int)
    /// The same in an unframed file, where the frames were found by the prefix at their heads.
    case foundIn(end: Int, frames: FrameMap, prefix: Int)
    /// The input ends inside it.
    case cut
    case needMore
    case none
  }

  private func extent(
    _ bytes: RawSpan, _ at: Int, _ map: borrowing FrameMap, _ atEnd: Bool
  ) -> Extent {
    let count = bytes.byteCount
    let boundary = map.nextStart(after: at) ?? Int.max
    if boundary < at + CTELayout.headerSize {
      return splitExtent(bytes, at, map, atEnd)
    }
    guard count - at >= CTELayout.headerSize else { return atEnd ? .none : .needMore }
    guard CTE.headerIsPlausible(bytes, at) else { return hidden(bytes, at, map, atEnd) }
    let length = Int(bytes.be16(at))
    let end = at + length
    if boundary < end { return splitExtent(bytes, at, map, atEnd) }
    guard end <= count else {
      guard atEnd else { return .needMore }
      return isCut(bytes, at) ? .cut : .none
    }
    if bytes.be16(end - 2) == UInt16(length) {
      // While finding the way again, chance must be ruled out.
      return damage == nil || CTE.beginsStrictly(bytes, at) ? .whole(end: end) : .none
    }
    let found = hidden(bytes, at, map, atEnd)
    guard case .none = found, damage == nil, CTE.beginsStrictly(bytes, at) else { return found }
    guard count - end >= CTELayout.headerSize || atEnd else { return .needMore }
    return CTE.beginsStrictly(bytes, end) ? .closedWrongly(end: end) : .none
  }

  /// An entry of an unframed file with record prefixes in it. Only tried where an entry is due.
  private func hidden(
    _ bytes: RawSpan, _ at: Int, _ map: borrowing FrameMap, _ atEnd: Bool
  ) -> Extent {
    guard !map.isFramed, damage == nil, !prefixes.pattern.isEmpty else { return .none }
    if bytes.byteCount - at < Self.lookAhead, !atEnd { return .needMore }
    var frames = FrameMap(framed: true)
    frames.add(start: 0, offset: map.offset(of: 0))
    let places = prefixes.places(bytes, (at + 1)..<min(bytes.byteCount, at + Self.lookAhead))
    for place in places { frames.add(start: place, offset: map.offset(of: place)) }
    guard let first = places.first else { return .none }
    let length = Int(bytes.be16(at))
    guard first < at + CTELayout.headerSize || first < at + length else { return .none }
    let prefix = prefixes.pattern.count
    guard case .split(let end, _) = splitExtent(bytes, at, frames, true, prefix: prefix) else {
      return .none
    }
    return .foundIn(end: end, frames: frames, prefix: prefix)
  }

  /// An entry over several frames: the prefix length is the one that puts the closing length right.
  private func splitExtent(
    _ bytes: RawSpan, _ at: Int, _ map: borrowing FrameMap, _ atEnd: Bool, prefix known: Int? = nil
  ) -> Extent {
    // No entry goes on in a frame that begins with another one.
    if let next = map.nextStart(after: at), CTE.beginsStrictly(bytes, next),
      closes(bytes, next, map)
    {
      return .none
    }
    var short = false
    for candidate in 0..<(known == nil ? prefixes.candidates : 1) {
      let prefix = known ?? prefixes.candidate(candidate)
      let header = SplitEntry(at: at, prefix: prefix)
      guard let first = header.copy(CTELayout.headerSize + 40, bytes, map) else {
        short = true
        continue
      }
      let opens = unsafe first.span.bytes
      guard CTE.beginsStrictly(opens, 0) else { continue }
      let length = Int(opens.be16(0))
      guard let last = header.place(of: length - 2, map),
        let end = header.place(of: length - 1, map)
      else { continue }
      guard end < bytes.byteCount else {
        short = true
        continue
      }
      if bytes.u8(last) == opens.u8(0), bytes.u8(end) == opens.u8(1) {
        return .split(end: end + 1, prefix: prefix)
      }
    }
    return short ? (atEnd ? cutOrNone(bytes, at) : .needMore) : .none
  }

  private func cutOrNone(_ bytes: RawSpan, _ at: Int) -> Extent {
    isCut(bytes, at) ? .cut : .none
  }

  /// Whether the input ends inside the entry at `at`: it begins well, goes beyond the end, and no other
  /// entry stands whole in what is there; else its length is damaged.
  private func isCut(_ bytes: RawSpan, _ at: Int) -> Bool {
    guard CTE.beginsStrictly(bytes, at), at + Int(bytes.be16(at)) > bytes.byteCount else {
      return false
    }
    var next = at + 1
    while next < bytes.byteCount {
      if CTE.beginsStrictly(bytes, next) {
        let end = next + Int(bytes.be16(next))
        if end <= bytes.byteCount, bytes.be16(end - 2) == bytes.be16(next) { return false }
      }
      next += 1
    }
    return true
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
    try sink.notice(TraceNotice(.cutShort, .inputEnds, at: offset, length: UInt64(left)))
    scratch.removeAll()
    scratch.append(bytes.extracting(at..<bytes.byteCount))
    let closing: [UInt8] = [0, 0]
    unsafe scratch.append(closing.span.bytes)
    try scratch.withBytes { (entry) throws(TraceError) in
      var probe = TraceRecord()
      // A header that itself is cut tells nothing; the notice has said so.
      guard CTE.decode(entry, into: &probe) != nil else { return }
      try emit(entry, at: offset, extra: .cutShort, into: sink)
    }
  }

  // MARK: - Prefixes and damage

  /// Passes over a record prefix; nil when more bytes are needed to know it.
  private mutating func pass(
    _ prefix: Int, _ at: Int, _ sink: any TraceSink
  ) throws(TraceError) -> Int? {
    guard prefix > 0 else { return nil }
    try endDamage(sink)
    prefixes.learn(prefix)
    account.framing += UInt64(prefix)
    return at + prefix
  }

  /// The length of a record prefix that stands at `at` before a good entry; 0 asks for more bytes.
  private mutating func prefix(
    _ bytes: RawSpan, _ at: Int, _ map: borrowing FrameMap, _ atEnd: Bool
  ) -> Int? {
    let isHead = map.begins(at: at) || (!map.isFramed && account.total == 0)
    guard isHead || !map.isFramed else { return nil }
    if bytes.byteCount - at < Self.lookAhead, !atEnd { return 0 }
    for prefix in prefixes.lengths where prefix > 0 && CTE.beginsStrictly(bytes, at + prefix) {
      return prefix
    }
    guard isHead else { return nil }
    let frameEnd = map.nextStart(after: at) ?? Int.max
    var prefix = 1
    while prefix <= RecordPrefixes.longest, prefix < frameEnd - at {
      if CTE.beginsStrictly(bytes, at + prefix), closes(bytes, at + prefix, map) {
        if !map.isFramed { prefixes.pattern = bytes.extracting(at..<(at + prefix)).copied() }
        return prefix
      }
      prefix += 1
    }
    return nil
  }

  /// Whether the entry at `at` has its closing length, here or behind a frame boundary.
  private func closes(_ bytes: RawSpan, _ at: Int, _ map: borrowing FrameMap) -> Bool {
    let end = at + Int(bytes.be16(at))
    if let boundary = map.nextStart(after: at), boundary < end { return true }
    return end > bytes.byteCount || bytes.be16(end - 2) == bytes.be16(at)
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
    if damage == nil { damage = (map.offset(of: at), 0) }
    damage?.length += UInt64(next - at)
    account.damaged += UInt64(next - at)
    return next
  }

  private mutating func endDamage(_ sink: any TraceSink) throws(TraceError) {
    guard let damage else { return }
    self.damage = nil
    try sink.notice(
      TraceNotice(.damaged, .notARecord, at: damage.offset, length: damage.length))
  }
}

/// An entry that begins at a stream index and crosses frames, each with a prefix at its head.
private struct SplitEntry {
  let at: Int
  let prefix: Int

  /// The stream index of byte `index` of the entry; nil when frames are too short to hold a prefix.
  func place(of index: Int, _ map: borrowing FrameMap) -> Int? {
    var place = at
    var left = index
    while let boundary = map.nextStart(after: place), place + left >= boundary {
      left -= boundary - place
      place = boundary + prefix
      if let next = map.nextStart(after: boundary), place >= next { return nil }
    }
    return place + left
  }

  /// The first `count` bytes of the entry; nil when they are not all there.
  func copy(_ count: Int, _ bytes: RawSpan, _ map: borrowing FrameMap) -> [UInt8]? {
    guard let last = place(of: count - 1, map), last < bytes.byteCount else { return nil }
    var copy: [UInt8] = []
    copy.reserveCapacity(count)
    for index in 0..<count {
      guard let place = place(of: index, map) else { return nil }
      copy.append(bytes.u8(place))
    }
    return copy
  }
}
