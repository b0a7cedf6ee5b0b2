internal import DequeModule
internal import HeapModule

/// Items that wait, the one with the least measure in front; of equal ones that with the least tie.
///
/// Most come in order, and wait in a queue; only those that come behind a greater one are in a heap, which holds
/// measures and places only: an item is moved once in and once out, however many wait.
struct LeastFirst<Item> {
  private struct Waiting: Comparable {
    var measure: Int64
    var tie: UInt64
    var place = 0

    static func < (one: Waiting, other: Waiting) -> Bool {
      one.measure != other.measure ? one.measure < other.measure : one.tie < other.tie
    }
  }

  private var inOrder = Deque<(wait: Waiting, item: Item)>()
  private var late = Heap<Waiting>()
  private var items: ContiguousArray<Item?> = []
  private var free: ContiguousArray<Int> = []

  var count: Int { inOrder.count + late.count }

  mutating func add(_ item: consuming Item, measure: Int64, tie: UInt64) {
    var wait = Waiting(measure: measure, tie: tie)
    if let last = inOrder.last?.wait, wait < last {
      if let old = free.popLast() {
        wait.place = old
        items[old] = item
      } else {
        wait.place = items.count
        items.append(item)
      }
      late.insert(wait)
    } else {
      inOrder.append((wait, item))
    }
  }

  mutating func next() -> Item? {
    if let least = late.min, inOrder.first.map({ least < $0.wait }) ?? true {
      late.removeMin()
      free.append(least.place)
      return items[least.place].take()
    }
    return inOrder.popFirst()?.item
  }
}
