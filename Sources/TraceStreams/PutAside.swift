internal import TraceModel

/// What is remembered of conversations that were put aside to bound memory: enough to go on with the number and
/// the `flow_id` that they had.
///
/// Open addressing over 32 bytes each. A key is told by 64 bits of hash: of a million conversations two have the
/// same with a chance of one in 30 million.
struct PutAside {
  /// A conversation that is not open.
  struct Entry {
    var hash: UInt64
    var number: UInt64
    var firstRecord: UInt64
    var firstTime: Int64
  }

  /// Conversations that are remembered; beyond it all are forgotten.
  private(set) var most = 3 << 18

  /// Bounds them to the memory that may be taken: entries come in powers of two, three quarters of them in use.
  mutating func bound(to bytes: Int) {
    let places = max(64, bytes / MemoryLayout<Entry>.stride)
    most = (1 << (Int.bitWidth - 1 - places.leadingZeroBitCount)) / 4 * 3
  }

  private var entries: ContiguousArray<Entry> = []
  private(set) var count = 0
  /// Conversations of which nothing is known any more.
  var forgotten: UInt64 = 0

  /// 0 stands for an empty place.
  private static func hash(_ key: FlowKey) -> UInt64 { max(1, key.quickHash) }

  mutating func add(_ flow: Flow) {
    if count >= most {
      forgotten &+= UInt64(count)
      entries = []
      count = 0
    }
    if (count + 1) * 4 > entries.count * 3 { grow() }
    enter(
      Entry(
        hash: Self.hash(flow.key), number: flow.number, firstRecord: flow.firstRecord,
        firstTime: flow.firstTime))
    count += 1
  }

  /// Takes a conversation out that goes on.
  mutating func take(_ key: FlowKey) -> Entry? {
    guard count > 0 else { return nil }
    let mask = entries.count - 1
    let hash = Self.hash(key)
    var hole = Int(truncatingIfNeeded: hash) & mask
    while entries[hole].hash != hash {
      if entries[hole].hash == 0 { return nil }
      hole = (hole + 1) & mask
    }
    let found = entries[hole]
    count -= 1
    entries[hole].hash = 0
    // Entries after the hole move back if that brings them nearer to where they belong.
    var at = (hole + 1) & mask
    while entries[at].hash != 0 {
      let home = Int(truncatingIfNeeded: entries[at].hash) & mask
      if (at - home) & mask >= (at - hole) & mask {
        entries[hole] = entries[at]
        entries[at].hash = 0
        hole = at
      }
      at = (at + 1) & mask
    }
    return found
  }

  private mutating func enter(_ entry: Entry) {
    let mask = entries.count - 1
    var at = Int(truncatingIfNeeded: entry.hash) & mask
    while entries[at].hash != 0 { at = (at + 1) & mask }
    entries[at] = entry
  }

  private mutating func grow() {
    let old = entries
    entries = ContiguousArray(
      repeating: Entry(hash: 0, number: 0, firstRecord: 0, firstTime: 0),
      count: max(64, old.count * 2))
    for entry in old where entry.hash != 0 { enter(entry) }
  }
}
