/// Of any number of elements the first ones of an order.
struct Foremost<Element> {
  private let limit: Int
  private let precedes: (Element, Element) -> Bool
  private var elements: [Element] = []
  /// How many there were.
  private(set) var count: UInt64 = 0

  init(_ limit: Int, by precedes: @escaping (Element, Element) -> Bool) {
    self.limit = max(0, limit)
    self.precedes = precedes
  }

  /// Takes an element; returns those that are not among the first ones, when it is time to look.
  @discardableResult
  mutating func add(_ element: Element) -> [Element] {
    count += 1
    elements.append(element)
    // Sorting when as many more have come as are kept bounds the memory and keeps the work small.
    guard elements.count >= 1024, elements.count / 2 >= limit else { return [] }
    return cut()
  }

  /// The first ones, in order; none is left.
  mutating func take() -> [Element] {
    _ = cut()
    defer { elements = [] }
    return elements
  }

  private mutating func cut() -> [Element] {
    elements.sort(by: precedes)
    guard elements.count > limit else { return [] }
    defer { elements.removeSubrange(limit...) }
    return Array(elements[limit...])
  }
}
