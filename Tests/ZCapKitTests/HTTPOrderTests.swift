import Testing

@testable import ZCapKit

/// What waits for its turn: by time, as many as may, as many bytes as may.
struct HTTPOrderTests {
  private static func text(_ content: HTTPOrder.Content?) -> String? {
    guard case .lines(let bytes)? = content else { return nil }
    return String(decoding: bytes, as: UTF8.self)
  }

  @Test func givesTheOldestFirst() {
    var order = HTTPOrder(bytes: 1 << 20)
    for time in [5, 3, 9, 3] as [Int64] {
      order.add(.lines(Array("\(time)".utf8)), time: time, isExchange: true)
    }
    var given: [String] = []
    while let next = Self.text(order.next()) { given.append(next) }
    #expect(given == ["3", "3", "5", "9"])
    #expect(order.outOfOrder == 0)
  }

  @Test func countsWhatComesTooLate() {
    var order = HTTPOrder(bytes: 1 << 20)
    for time in 1...Int64(HTTPOrder.limit + 1) {
      order.add(.lines([0x61]), time: time, isExchange: true)
      while order.isFull { _ = order.next() }
    }
    #expect(order.outOfOrder == 0)
    order.add(.lines([0x62]), time: 0, isExchange: true)
    #expect(Self.text(order.next()) == "b")
    #expect(order.outOfOrder == 1)
    #expect(
      ExchangeOrder.note(outOfOrder: order.outOfOrder) == [
        "1 line not in time order: they ended long after others that began later"
      ])
    #expect(ExchangeOrder.note(outOfOrder: 0).isEmpty)
  }

  @Test func holdsBytesToTheBound() {
    var order = HTTPOrder(bytes: 1000)
    order.add(.lines([UInt8](repeating: 0x61, count: 600)), time: 1, isExchange: true)
    #expect(!order.isFull)
    order.add(.lines([UInt8](repeating: 0x61, count: 600)), time: 2, isExchange: true)
    #expect(order.isFull)
    _ = order.next()
    #expect(!order.isFull)
  }
}
