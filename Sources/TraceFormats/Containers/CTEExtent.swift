internal import TraceBytes

/// How the entry that seems to begin at a place lies in the bytes.
enum CTEExtent {
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

extension CTEWalker {
  /// How the entry at `at` lies in the bytes, if one begins there.
  func extent(
    _ bytes: RawSpan, _ at: Int, _ map: borrowing FrameMap, _ atEnd: Bool
  ) -> CTEExtent {
    let count = bytes.byteCount
    let boundary = map.nextStart(after: at) ?? Int.max
    if boundary < at + CTELayout.headerSize {
      return splitExtent(bytes, at, map, atEnd)
    }
    guard count - at >= CTELayout.headerSize else { return atEnd ? .none : .needMore }
    guard CTE.headerIsPlausible(bytes, at) else { return hidden(bytes, at, map, atEnd) }
    let end = CTE.end(bytes, at)
    if boundary < end { return splitExtent(bytes, at, map, atEnd) }
    guard end <= count else {
      guard atEnd else { return .needMore }
      return isCut(bytes, at) ? .cut : .none
    }
    if CTE.closes(bytes, at, end) {
      // After damage, and where the PTH says that less was traced, two equal lengths may be chance.
      guard isLost || CTE.isOverlong(bytes, at, end) else { return .whole(end: end) }
      guard CTE.beginsStrictly(bytes, at) else { return .none }
      guard CTE.isOverlong(bytes, at, end) else { return .whole(end: end) }
      guard bytes.has(Self.sight, at: end) || atEnd else { return .needMore }
      let isFollowed =
        end == count || boundary == end || CTE.beginsStrictly(bytes, end)
        || bytes.firstIndex(after: end, otherThan: 0) >= min(count, end + 16)
      return isFollowed ? .whole(end: end) : .none
    }
    let found = hidden(bytes, at, map, atEnd)
    guard case .none = found, !isLost, CTE.beginsStrictly(bytes, at) else { return found }
    guard count - end >= CTELayout.headerSize || atEnd else { return .needMore }
    return CTE.beginsStrictly(bytes, end) ? .closedWrongly(end: end) : .none
  }

  /// An entry of a file without record marks that has prefixes in it; looked for only where an entry
  /// must begin, behind a whole one.
  private func hidden(
    _ bytes: RawSpan, _ at: Int, _ map: borrowing FrameMap, _ atEnd: Bool
  ) -> CTEExtent {
    guard !map.isFramed, !isLost, !prefixes.pattern.isEmpty else { return .none }
    if bytes.byteCount - at < Self.lookAhead, !atEnd { return .needMore }
    guard case .closes(let hidden) = HiddenEntry.look(bytes, at, prefixes) else { return .none }
    var frames = FrameMap(framed: true)
    frames.add(start: 0, offset: map.offset(of: 0))
    for place in hidden.places { frames.add(start: place, offset: map.offset(of: place)) }
    return .foundIn(end: hidden.end, frames: frames, prefix: prefixes.pattern.count)
  }

  /// An entry over several frames: the prefix length is the one that puts the closing length right.
  private func splitExtent(
    _ bytes: RawSpan, _ at: Int, _ map: borrowing FrameMap, _ atEnd: Bool
  ) -> CTEExtent {
    guard let next = map.nextStart(after: at) else { return .none }
    // No entry goes on in a frame that begins with another one.
    if CTE.beginsStrictly(bytes, next), closes(bytes, next, map) { return .none }
    var isShort = false
    for prefix in prefixes.lengths {
      switch SplitEntry(at: at, prefix: prefix).extent(bytes, map) {
      case .closes(let end): return .split(end: end, prefix: prefix)
      case .short: isShort = true
      case .none: break
      }
    }
    switch SplitEntry(at: at, prefix: 0).extent(bytes, map) {
    case .closes(let end): return .split(end: end, prefix: 0)
    case .short: isShort = true
    case .none: break
    }
    // A length that no record has shown yet needs another record that shows it.
    let room = (map.nextStart(after: next) ?? bytes.byteCount) - next
    if prefixes.lengths.allSatisfy({ $0 == 0 }), room > 1 {
      for prefix in 1...min(RecordPrefixes.longest, room - 1) {
        switch SplitEntry(at: at, prefix: prefix).extent(bytes, map) {
        case .closes(let end):
          switch isBorneOut(prefix, next, from: end, bytes, map, atEnd) {
          case .yes: return .split(end: end, prefix: prefix)
          case .needMore: return .needMore
          case .no: break
          }
        case .short: isShort = true
        case .none: break
        }
      }
    }
    guard isShort else { return .none }
    guard atEnd else { return .needMore }
    return isCut(bytes, at) ? .cut : .none
  }

  /// Whether the input ends inside the entry at `at`: it begins well, goes beyond the end, and no other
  /// entry stands whole in what is there; else its length is damaged.
  private func isCut(_ bytes: RawSpan, _ at: Int) -> Bool {
    guard CTE.beginsStrictly(bytes, at), CTE.end(bytes, at) > bytes.byteCount else { return false }
    return !(at + 1..<bytes.byteCount).contains {
      CTE.beginsStrictly(bytes, $0) && CTE.wholeEnd(bytes, $0) != nil
    }
  }

  /// Whether the entry at `at` has its closing length, here or behind a frame boundary.
  func closes(_ bytes: RawSpan, _ at: Int, _ map: borrowing FrameMap) -> Bool {
    let end = CTE.end(bytes, at)
    if let boundary = map.nextStart(after: at), boundary < end { return true }
    return end > bytes.byteCount || CTE.closes(bytes, at, end)
  }
}

/// An entry that begins at a stream index and crosses frames, each with a prefix at its head.
struct SplitEntry {
  let at: Int
  let prefix: Int

  enum Extent {
    case closes(end: Int)
    /// The bytes end first.
    case short
    /// No entry begins here, or its closing length is not where it should be.
    case none
  }

  /// Bytes of an entry that tell whether one begins: the header and the PTH up to its time.
  private static let head = CTELayout.headerSize + PTHLayout.time.end + 8

  /// Where the entry ends, if its closing length is in its place.
  func extent(_ bytes: RawSpan, _ map: borrowing FrameMap) -> Extent {
    var frame = map.frame(containing: at)
    var head: [UInt8] = []
    var place = at
    var needed = CTELayout.dataOffset.end
    // The first bytes rule most places out.
    while true {
      let end = map.end(of: frame)
      guard place < end else { return .none }
      let taken = min(end - place, needed - head.count)
      guard bytes.has(taken, at: place) else { return .short }
      head.append(bytes.extracting(place..<(place + taken)))
      place += taken
      if head.count == needed {
        if needed == Self.head { break }
        let length = CTE.end(unsafe head.span.bytes, 0)
        let offset = Int(unsafe head.span.bytes[CTELayout.dataOffset])
        guard length >= CTELayout.smallest, (CTELayout.headerSize...64).contains(offset) else {
          return .none
        }
        needed = min(Self.head, length)
      }
      if head.count < needed, place == end {
        frame += 1
        place = end + prefix
        guard frame < map.frames else { return .short }
      } else if needed < Self.head, head.count == needed {
        break
      }
    }
    let opens = unsafe head.span.bytes
    guard CTE.beginsStrictly(opens, 0) else { return .none }
    guard let (last, after) = closing(of: CTE.end(opens, 0), map) else { return .none }
    guard after < bytes.byteCount else { return .short }
    return bytes.u8(last) == opens.u8(0) && bytes.u8(after) == opens.u8(1)
      ? .closes(end: after + 1) : .none
  }

  /// The stream indexes of the two bytes that close an entry of this length; nil when a frame is too
  /// short to hold a prefix.
  private func closing(of length: Int, _ map: borrowing FrameMap) -> (last: Int, after: Int)? {
    var frame = map.frame(containing: at)
    var place = at
    var left = length - CTELayout.trailerSize
    var last: Int?
    while true {
      let end = map.end(of: frame)
      guard place < end else { return nil }
      if left < end - place {
        if let last { return (last, place + left) }
        last = place + left
        place += left + 1
        left = 0
        guard place == end else { continue }
      } else {
        left -= end - place
      }
      frame += 1
      place = end + prefix
    }
  }
}
