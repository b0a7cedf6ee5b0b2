internal import TraceBytes
internal import TraceModel

/// What stands at the head of a record.
enum FoundPrefix {
  case none
  case needMore
  case length(Int)
}

/// What further records say of a prefix that one record seems to have.
enum BorneOut {
  case yes
  case no
  case needMore
}

extension CTEWalker {
  /// Bytes of a file without record marks that must show the prefix a second time: the largest record
  /// of a data set, and an entry that crosses into the next.
  private static let bareSight = 2 * lookAhead
  /// So many zeros are fill.
  private static let leastFill = 20

  /// The prefix of a record that stands at `at`.
  mutating func prefix(
    _ bytes: RawSpan, _ at: Int, _ map: borrowing FrameMap, _ atEnd: Bool
  ) -> FoundPrefix {
    if map.isFramed { return framedPrefix(bytes, at, map, atEnd) }
    if prefixes.pattern.isEmpty { return firstPrefix(bytes, at, map, atEnd) }
    guard prefixes.agrees(bytes, at) else { return .none }
    let length = prefixes.pattern.count
    guard bytes.has(2 * length + Self.sight, at: at) || atEnd else { return .needMore }
    return opens(bytes, at + length, map) || opensPiece(bytes, at + length)
      ? .length(length) : .none
  }

  /// Whether a good entry begins at `at`, or fill, as in a piece of a buffer that was not full.
  func opens(_ bytes: RawSpan, _ at: Int, _ map: borrowing FrameMap) -> Bool {
    if CTE.beginsStrictly(bytes, at) { return true }
    let end = min(bytes.byteCount, at + 16, map.nextStart(after: at) ?? Int.max)
    return at < end && bytes.firstIndex(after: at, otherThan: 0) >= end
  }

  /// Whether a few bytes of fill stand at `at`, and behind them a prefix like the pattern and an entry.
  func opensPiece(_ bytes: RawSpan, _ at: Int) -> Bool {
    let fill = bytes.firstIndex(after: at, otherThan: 0) - at
    guard fill > 0 else { return false }
    for head in (at + 1)...(at + min(fill, 16))
    where prefixes.agrees(bytes, head) && CTE.beginsStrictly(bytes, head + prefixes.pattern.count) {
      return true
    }
    return false
  }

  /// A prefix that a good entry may stand behind, or a ruined one in front of a good one, and where the
  /// good entry begins.
  private func candidate(
    _ bytes: RawSpan, _ at: Int, _ map: borrowing FrameMap
  ) -> (length: Int, entry: Int)? {
    let end = min(map.nextStart(after: at) ?? Int.max, at + 2 * RecordPrefixes.longest)
    for place in (at + 1)..<max(at + 1, end)
    where CTE.beginsStrictly(bytes, place) && closes(bytes, place, map) {
      for head in at..<place where RecordPrefixes.isRuinedEntry(bytes, head, place - head) {
        return head > at ? (head - at, place) : nil
      }
      return place - at <= RecordPrefixes.longest ? (place - at, place) : nil
    }
    return nil
  }

  // MARK: - With record marks

  private func framedPrefix(
    _ bytes: RawSpan, _ at: Int, _ map: borrowing FrameMap, _ atEnd: Bool
  ) -> FoundPrefix {
    guard map.begins(at: at) else { return .none }
    if bytes.byteCount - at < RecordPrefixes.longest + Self.sight, !atEnd { return .needMore }
    for length in prefixes.lengths where length > 0 && opens(bytes, at + length, map) {
      return .length(length)
    }
    guard let (length, entry) = candidate(bytes, at, map) else { return .none }
    switch isBorneOut(length, at, from: entry, bytes, map, atEnd) {
    case .yes: return .length(length)
    case .needMore: return .needMore
    case .no: return .none
    }
  }

  /// Whether a record behind the one at `head` has a prefix of the same length: an entry crosses into
  /// it and closes behind such a prefix, or one begins there.
  ///
  /// - Parameter start: where an entry of the first record begins or is due.
  func isBorneOut(
    _ length: Int, _ head: Int, from start: Int, _ bytes: RawSpan, _ map: borrowing FrameMap,
    _ atEnd: Bool
  ) -> BorneOut {
    let short = atEnd ? BorneOut.no : .needMore
    var place = start
    while place + CTELayout.smallest <= bytes.byteCount {
      if place > head, map.begins(at: place) {
        guard bytes.has(length + Self.sight, at: place) || atEnd else { return .needMore }
        let isPrefix =
          CTE.beginsStrictly(bytes, place + length)
          || opens(bytes, place + length, map)
            && RecordPrefixes.areAlike(bytes, head, place, length)
        return isPrefix ? .yes : .no
      }
      let boundary = map.nextStart(after: place) ?? Int.max
      if bytes[CTELayout.length, at: place] == 0 {
        let next = bytes.firstIndex(after: place, otherThan: 0)
        place = min(boundary, CTE.headerIsPlausible(bytes, next - 1) ? next - 1 : next)
        continue
      }
      if place + CTELayout.headerSize <= boundary {
        guard CTE.headerIsPlausible(bytes, place) else { return .no }
        let end = CTE.end(bytes, place)
        if end <= boundary {
          guard end <= bytes.byteCount else { return short }
          guard CTE.closes(bytes, place, end) else { return .no }
          place = end
          continue
        }
      }
      switch SplitEntry(at: place, prefix: length).extent(bytes, map) {
      case .closes: return .yes
      case .short: return short
      case .none: return .no
      }
    }
    return short
  }

  // MARK: - Without record marks

  /// The prefix at the head of the file or of a buffer, when it is found again further on.
  private mutating func firstPrefix(
    _ bytes: RawSpan, _ at: Int, _ map: borrowing FrameMap, _ atEnd: Bool
  ) -> FoundPrefix {
    guard isBehindFill, !isLost else { return .none }
    if bytes.byteCount - at < Self.bareSight, !atEnd { return .needMore }
    guard let (length, entry) = candidate(bytes, at, map) else { return .none }
    let head = bytes.extracting(at..<(at + length)).copied()
    let others = further(head, from: entry, bytes)
    guard !others.isEmpty else { return .none }
    // If the bytes at the head are not like the others, the head is damaged; the others are prefixes all the
    // same.
    return prefixes.look(for: [head] + others) ? .length(length) : .none
  }

  /// Learns the prefix that stands between fill and the entry at `entry`, when it is found again further
  /// on; the one at the head of the file was damaged. False asks for more bytes.
  mutating func learnPattern(
    _ bytes: RawSpan, before entry: Int, from start: Int, _ atEnd: Bool
  ) -> Bool {
    // The prefix begins behind a run of zeros that is longer than any zeros inside of it.
    let least = max(start, entry - RecordPrefixes.longest - Self.leastFill)
    var head = entry
    var zeros = 0
    while head - zeros > least, zeros < Self.leastFill {
      if bytes.u8(head - zeros - 1) == 0 {
        zeros += 1
      } else {
        head -= zeros + 1
        zeros = 0
      }
    }
    guard zeros == Self.leastFill, head < entry, attempts < 64 else { return true }
    if bytes.byteCount - entry < Self.bareSight, !atEnd { return false }
    attempts += 1
    let prefix = bytes.extracting(head..<entry).copied()
    let others = further(prefix, from: entry, bytes)
    if !others.isEmpty { prefixes.look(for: [prefix] + others) }
    return true
  }

  /// Other prefixes like that to which the entries from `start` on lead, up to eight: before an entry,
  /// before fill, or inside an entry that closes without it.
  private func further(_ prefix: [UInt8], from start: Int, _ bytes: RawSpan) -> [[UInt8]] {
    var found = RecordPrefixes()
    found.look(for: [prefix])
    var others: [[UInt8]] = []
    var spacing = PrefixSpacing()
    var place = start
    let limit = min(bytes.byteCount, start + Self.bareSight)
    func see(_ at: Int, isInside: Bool = false) {
      others.append(bytes.extracting(at..<(at + prefix.count)).copied())
      spacing.see(at, isInside)
    }
    while place + Self.sight <= limit, others.count < 8 {
      if found.agrees(bytes, place), opens(bytes, place + prefix.count, FrameMap(offset: 0)) {
        see(place)
        place += prefix.count
        continue
      }
      if bytes[CTELayout.length, at: place] == 0 {
        let next = bytes.firstIndex(after: place, otherThan: 0)
        let head = next - found.leadingZeros
        if head > place, found.agrees(bytes, head) {
          see(head)
          place = head + prefix.count
          continue
        }
        place = CTE.headerIsPlausible(bytes, next - 1) ? next - 1 : next
        continue
      }
      if CTE.headerIsPlausible(bytes, place), let end = CTE.wholeEnd(bytes, place) {
        place = end
        continue
      }
      switch HiddenEntry.look(bytes, place, found) {
      case .closes(let entry):
        for place in entry.places { see(place, isInside: true) }
        place = entry.end
        continue
      case .contradicts: return spacing.isEven ? others : []
      case .none: break
      }
      // Damage: goes on with the next good entry, and the prefix that may stand in front of it.
      var next = place + 1
      while next + Self.sight <= limit, !CTE.beginsStrictly(bytes, next) { next += 1 }
      let head = next - prefix.count
      if head >= place, found.agrees(bytes, head) { see(head) }
      place = next
    }
    return spacing.isEven ? others : []
  }
}

/// How far prefixes lie apart: a buffer is cut into records of one length, but for its last. Places inside
/// entries that only look like prefixes lie anywhere.
private struct PrefixSpacing {
  private var last: Int?
  private var least = Int.max
  private var distances: [Int] = []

  mutating func see(_ place: Int, _ isInside: Bool) {
    if let last, isInside {
      distances.append(place - last)
      least = min(least, place - last)
    }
    last = place
  }

  /// Damage may hide one of them.
  var isEven: Bool { distances.allSatisfy { $0.isMultiple(of: least) } }
}

/// An entry of a file without record marks that closes when the prefixes in it are taken out.
struct HiddenEntry {
  /// Where the prefixes stand, and where the entry ends.
  let places: [Int]
  let end: Int

  enum Look {
    case closes(HiddenEntry)
    /// Such prefixes stand there, but the entry does not close without them.
    case contradicts
    case none
  }

  /// Looks for prefixes in the entry that begins at `at`: those first that are most like the pattern,
  /// since data may look like a prefix too.
  static func look(_ bytes: RawSpan, _ at: Int, _ prefixes: RecordPrefixes) -> Look {
    let prefix = prefixes.pattern.count
    guard prefix > 0, bytes.has(2, at: at) else { return .none }
    // Where the length itself can be read, a prefix stands within it; else within the header.
    let isPlausible = CTE.headerIsPlausible(bytes, at)
    var limit = isPlausible ? CTE.end(bytes, at) : at + CTELayout.headerSize
    var found: [(place: Int, differing: Int)] = []
    var place = at + 1
    var behind = place
    while place < limit, place < bytes.byteCount {
      if let differing = prefixes.differing(bytes, place) {
        if found.isEmpty, !isPlausible { limit = at + length(bytes, at, place, prefix) }
        found.append((place, differing))
        if place >= behind {
          limit += prefix
          behind = place + prefix
        }
      }
      place += 1
    }
    for differing in 0...prefixes.allowed where found.contains(where: { $0.differing == differing })
    {
      var places: [Int] = []
      var behind = 0
      for one in found where one.differing <= differing && one.place >= behind {
        places.append(one.place)
        behind = one.place + prefix
      }
      if let end = end(bytes, at, places, prefix) {
        return .closes(HiddenEntry(places: places, end: end))
      }
      for one in found.lazy.filter({ $0.differing == differing }).prefix(8) {
        if let end = end(bytes, at, [one.place], prefix) {
          return .closes(HiddenEntry(places: [one.place], end: end))
        }
      }
    }
    return found.isEmpty ? .none : .contradicts
  }

  /// The length of the entry, whose two bytes a prefix may stand between.
  private static func length(_ bytes: RawSpan, _ at: Int, _ place: Int, _ prefix: Int) -> Int {
    let second = place == at + 1 ? place + prefix : at + 1
    guard second < bytes.byteCount else { return 0 }
    return Int(bytes.u8(at)) << 8 | Int(bytes.u8(second))
  }

  private static func end(
    _ bytes: RawSpan, _ at: Int, _ places: [Int], _ prefix: Int
  ) -> Int? {
    guard !places.isEmpty else { return nil }
    var frames = FrameMap(framed: true)
    frames.add(start: 0, offset: 0)
    for place in places { frames.add(start: place, offset: 0) }
    guard case .closes(let end) = SplitEntry(at: at, prefix: prefix).extent(bytes, frames) else {
      return nil
    }
    return end
  }
}
