/// Records that went on as they are, until it is known what of them is secret.
final class WatchedRecords {
  private struct Record {
    var place: SecretPlace
    var count: Int
    var isShown: Bool
  }

  private var queue: [Record] = []
  private var first = 0
  private var waiting = 0
  private let limit: Int
  private let shown: Int
  /// Whether a secret was in a record that passed on.
  private(set) var hasSeen = false

  /// - Parameters:
  ///   - limit: bytes of records whose secrets are waited for; then those of the oldest are looked for at once.
  ///   - shown: bytes of a record that are shown.
  init(limit: Int, shown: Int) {
    self.limit = limit
    self.shown = shown
  }

  func add(_ place: SecretPlace, _ count: Int, isShown: Bool) {
    guard count > 0, !hasSeen else { return }
    queue.append(Record(place: place, count: count, isShown: isShown))
    waiting += count + Self.cost
    release()
    while waiting > limit, first < queue.count {
      queue[first].place.flow?.decideUnfinished()
      take()
      release()
    }
  }

  private static let cost = 128

  /// Takes what is known by now.
  func release() {
    while first < queue.count, queue[first].place.isDecided(queue[first].count) { take() }
    if hasSeen || first == queue.count {
      queue.removeAll(keepingCapacity: !hasSeen)
      first = 0
      waiting = 0
    } else if first > 4096 {
      queue.removeFirst(first)
      first = 0
    }
  }

  private func take() {
    let record = queue[first]
    first += 1
    waiting -= record.count + Self.cost
    if record.isShown, record.place.isSecret(min(record.count, shown)) { hasSeen = true }
    record.place.release(record.count)
  }

  /// Nothing more comes.
  func finish() {
    while first < queue.count {
      queue[first].place.flow?.decideUnfinished()
      take()
    }
    release()
  }
}
