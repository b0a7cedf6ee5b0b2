internal import TraceBytes
internal import TraceModel

/// What was not searched, or not with what stands around it.
extension FlowSecrets {
  /// The one place where bytes are said not to be searched.
  /// - Parameter missing: how many of them are not there.
  func markUnsearched(
    _ side: FlowSide, _ start: UInt64, _ count: Int, _ what: String, without missing: Int = 0
  ) {
    countUnsearched(count - missing, what)
    sides[side].unsearched.add(
      SecretMark(start: start, end: start &+ UInt64(count), fill: 0))
  }

  private func countUnsearched(_ count: Int, _ what: String) {
    engine.countUnsearched(what, bytes: count, isNewFlow: unsearched.insert(what).inserted)
  }

  /// Whether any byte of a range was not searched.
  func isUnsearched(_ side: FlowSide, _ range: Range<UInt64>) -> Bool {
    sides[side].unsearched.holds(range) || sides[side].holes.holds(range)
  }

  /// What stands behind missing bytes can be secret because of them, unless a message begins there.
  func markBlind(_ side: FlowSide, _ start: UInt64, _ bytes: RawSpan) {
    if sides[side].blind > 0, HTTPStart.looksLikeOne(bytes) { sides[side].blind = 0 }
    let count = min(sides[side].blind, bytes.byteCount)
    sides[side].blind -= count
    if count > 0 { markUnsearched(side, start, count, "what follows missing bytes") }
  }

  /// Bytes of a segment that comes behind its turn: what was not there then is searched by itself, which tells
  /// nothing of what stands around it.
  func late(_ side: FlowSide, _ bytes: RawSpan, at start: UInt64) {
    let end = start &+ UInt64(bytes.byteCount)
    guard sides[side].holes.holds(start..<end) else { return }
    if case .sealed = state {
    } else {
      var memory = SecretFinder.Memory()
      search(side, bytes.copied(), at: start, &memory)
    }
    // The hole tells where they stand.
    countUnsearched(bytes.byteCount, "segments that came too late")
  }

  /// More may come of what waited when it had to be decided: it was not searched to its end.
  func markGivenUp(_ side: FlowSide, from start: UInt64) {
    let end = end(side)
    guard end > start else { return }
    let missing = sides[side].holes.missing(in: start..<end)
    markUnsearched(
      side, start, Int(end - start), "messages whose rest could not be waited for", without: missing
    )
  }

  /// What is remembered of a conversation that was put aside.
  enum PutAside {
    /// It was text.
    case text
    /// It had a room, without which its messages cannot be read.
    case room
  }

  /// What has to be remembered when it is put aside.
  var putAside: PutAside {
    if case .room = state { .room } else { .text }
  }
}
