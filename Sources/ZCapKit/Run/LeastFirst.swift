internal import HeapModule

/// Items that wait, the one with the least measure in front; of equal ones that with the least tie.
///
/// The heap holds measures and places only: an item is moved once in and once out, however many wait.
struct LeastFirst<Item> {
  private struct Waiting: Comparable {
    var measure: Int64
    var tie: UInt64
    var place: Int

    static func < (one: Waiting, other: Waiting) -> Bool {
      one.measure != other.measure ? one.measure < other.measure : one.tie < other.tie
    }
  }

  private var heap = Heap<Waiting>()
  private var items: ContiguousArray<Item?> = []
  private var free: ContiguousArray<Int> = []

  var count: Int { heap.count }

  mutating func add(_ item: consuming Item, measure: Int64, tie: UInt64) {
    let place: Int
    if let old = free.popLast() {
      place = old
      items[place] = item
    } else {
      place = items.count
      items.append(item)
    }
    heap.insert(Waiting(measure: measure, tie: tie, place: place))
  }

  mutating func next() -> Item? {
    guard let least = heap.popMin() else { return nil }
    free.append(least.place)
    return items[least.place].take()
  }
}
