/// First in, first out, without moving entries for each removal.
struct WaitingQueue<Element> {
  private var entries: [Element] = []
  private var head = 0

  var count: Int { entries.count - head }
  var isEmpty: Bool { head == entries.count }

  /// The entry that has waited longest; one that takes its place is dropped when there is none.
  var first: Element? {
    get { isEmpty ? nil : entries[head] }
    set { if let newValue, !isEmpty { entries[head] = newValue } }
  }

  /// The one behind the first.
  var second: Element? { count > 1 ? entries[head + 1] : nil }
  /// The newest.
  var last: Element? { isEmpty ? nil : entries[entries.count - 1] }

  mutating func append(_ entry: Element) { entries.append(entry) }

  mutating func popFirst() -> Element? {
    guard let entry = first else { return nil }
    head += 1
    if isEmpty {
      entries = []
      head = 0
    } else if head >= 64, head > entries.count / 2 {
      entries.removeFirst(head)
      head = 0
    }
    return entry
  }

  /// Changes the newest entry of which a condition holds.
  mutating func updateLast(where holds: (Element) -> Bool, _ change: (inout Element) -> Void) {
    guard let index = entries[head...].lastIndex(where: holds) else { return }
    change(&entries[index])
  }
}
