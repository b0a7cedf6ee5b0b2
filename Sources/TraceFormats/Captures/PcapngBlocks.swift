internal import TraceBytes
internal import TraceModel

extension PcapngReader {
  /// The head of a block that lies in the window whole.
  struct BlockHead {
    var type: UInt32
    /// The length it tells.
    var length: UInt32
    /// The bytes it takes.
    var size: Int
    var trailerAgrees: Bool
  }

  /// What stands at a place where a block should begin.
  enum BlockResult {
    case needMore
    case whole(BlockHead)
    /// A block of this many bytes that need not be looked at.
    case skip(Int)
    case bad(TraceNotice.Kind, TraceNotice.Reason)
  }

  /// Looks at the head and the closing length of a block; at least 12 bytes are there.
  @inline(__always)
  func blockHead(_ window: RawSpan, at index: Int, _ atEnd: Bool) -> BlockResult {
    guard let order = order(window, at: index) else { return .bad(.damaged, .notARecord) }
    let type = window[Pcapng.Block.type, at: index, bigEndian: order]
    let length = Int(window[Pcapng.Block.length, at: index, bigEndian: order])
    let size = Pcapng.padded(length)
    // The common case first: a block of even length, all of it here.
    if size == length, length >= Pcapng.Block.smallest, length <= window.byteCount &- index,
      length <= Pcapng.largestBlock,
      Int(window.u32(index &+ length &- 4, bigEndian: order)) == length,
      type != Pcapng.Block.section || length >= Pcapng.SectionHeader.smallest
    {
      return .whole(
        BlockHead(
          type: type, length: UInt32(truncatingIfNeeded: length), size: length,
          trailerAgrees: true))
    }
    return unusualBlock(window, at: index, atEnd, type, length, order)
  }

  /// The byte order that holds for a block; nil where a section begins that declares none, or
  /// before the first section.
  @inline(__always)
  private func order(_ window: RawSpan, at index: Int) -> Bool? {
    // The type of a section header reads the same in both byte orders.
    if window.be32(index) == Pcapng.Block.section { return Self.byteOrder(window, at: index) }
    return bigEndian
  }

  private func unusualBlock(
    _ window: RawSpan, at index: Int, _ atEnd: Bool, _ type: UInt32, _ length: Int, _ order: Bool
  ) -> BlockResult {
    let smallest =
      type == Pcapng.Block.section ? Pcapng.SectionHeader.smallest : Pcapng.Block.smallest
    let size = Pcapng.padded(length)
    let bad = BlockResult.bad(
      .damaged, .badValue(field: "block length", value: UInt64(length)))
    guard length >= smallest else { return bad }
    guard length <= Pcapng.largestBlock else {
      return Pcapng.Block.isSkippable(type) ? .skip(size) : bad
    }
    guard size <= window.byteCount &- index else {
      return atEnd ? .bad(.cutShort, .inputEnds) : .needMore
    }
    var head = BlockHead(
      type: type, length: UInt32(truncatingIfNeeded: length), size: size, trailerAgrees: true)
    // An old writer forgot to count the fill at the end of a block, or to write it.
    if size != length {
      if Int(window.u32(index &+ size &- 4, bigEndian: order)) == length { return .whole(head) }
      if Int(window.u32(index &+ length &- 4, bigEndian: order)) == length {
        head.size = length
        return .whole(head)
      }
    }
    // The closing length is wrong. When a good block follows, or the end, the rest can be believed.
    head.trailerAgrees = false
    switch followingBlock(window, at: index &+ size, atEnd, order) {
    case .yes: return .whole(head)
    case .no: return .bad(.damaged, .lengthsDisagree)
    case .unknown: return .needMore
    }
  }

  private func followingBlock(
    _ window: RawSpan, at index: Int, _ atEnd: Bool, _ order: Bool
  ) -> Presence {
    if atEnd, index == window.byteCount { return .yes }
    return isBlock(window, at: index, atEnd, order)
  }

  /// Whether a block stands here that a search may believe: a type in use, a length of reason, and
  /// the same length at its end.
  private func isBlock(
    _ window: RawSpan, at index: Int, _ atEnd: Bool, _ sectionOrder: Bool?
  ) -> Presence {
    guard window.has(Pcapng.Block.smallest, at: index) else { return atEnd ? .no : .unknown }
    var order = sectionOrder
    let isSection = window.be32(index) == Pcapng.Block.section
    if isSection { order = Self.byteOrder(window, at: index) }
    guard let order else { return .no }
    let type = window.u32(index, bigEndian: order)
    guard Pcapng.Block.isSearchable(type) else { return .no }
    let length = Int(window[Pcapng.Block.length, at: index, bigEndian: order])
    let smallest = isSection ? Pcapng.SectionHeader.smallest : Pcapng.Block.smallest
    guard length >= smallest, length <= Pcapng.largestSearched, length & 3 == 0 else { return .no }
    guard length <= window.byteCount &- index else { return atEnd ? .no : .unknown }
    return Int(window.u32(index &+ length &- 4, bigEndian: order)) == length ? .yes : .no
  }

  /// Looks for the next block from `start` on and gives the notice when one is found, or when the
  /// input ends.
  mutating func search(
    _ window: RawSpan, from start: Int, _ offset: UInt64, _ atEnd: Bool, _ sink: any TraceSink
  ) throws(TraceError) -> Int {
    var at = start
    var found = false
    while at < window.byteCount {
      let presence = isBlock(window, at: at, atEnd, bigEndian)
      if presence == .yes { found = true }
      if presence != .no { break }
      at += 1
    }
    account.damaged += UInt64(at - start)
    guard let run = damage else { return at }
    if found {
      damage = nil
      try sink.notice(run.notice(until: offset &+ UInt64(at)))
    } else if atEnd {
      try sink.notice(run.notice(atEnd: offset &+ UInt64(at)))
    }
    return at
  }
}
