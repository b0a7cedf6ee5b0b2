import Testing
import TraceBytes
import TraceModel
import TraceProtocols

@testable import ZCapKit

@Suite struct ExchangeOrderTests {
  /// An exchange that began at a time and took so long.
  private static func exchange(_ time: Int64, took: Int64, _ number: UInt64) -> FlowExchange {
    var exchange = Exchange(.drda, client: .lower, operation: "\(number)")
    let place = { (at: Int64) in
      MessagePlace(side: .lower, offset: 0, length: Int(took), firstTime: at, lastTime: at)
    }
    exchange.request = Exchange.Half(place(time))
    exchange.response = Exchange.Half(place(time + took))
    let end = Endpoint(IPAddress(ipv4: 1), 1)
    return FlowExchange(
      exchange: exchange, flow: 0, isUDP: false, isDataTrace: true, flowID: 0,
      key: FlowKey(end, end, ipProtocol: 6), name: .none, number: number)
  }

  private static func shown(
    _ exchanges: [(Int64, Int64)], by order: ExchangeOrder.Order, limit: Int
  ) throws -> (times: [Int64], order: ExchangeOrder) {
    var times: [Int64] = []
    let queue = ExchangeOrder(by: order, limit: limit) { (told: FlowExchange) in
      times.append(told.exchange.time)
    }
    for (index, one) in exchanges.enumerated() {
      try queue.add(exchange(one.0, took: one.1, UInt64(index + 1)))
    }
    try queue.finish()
    return (times, queue)
  }

  @Test func timeOrderWithinTheLimit() throws {
    let times: [(Int64, Int64)] = [(5, 1), (6, 9), (7, 1), (1, 1), (9, 1), (4, 1)]
    let all = try Self.shown(times, by: .time, limit: 100)
    #expect(all.times == [1, 4, 5, 6, 7, 9] && all.order.outOfOrder == 0)
    // With room for two, what comes too late is shown where it comes, and counted.
    let few = try Self.shown(times, by: .time, limit: 2)
    #expect(few.times.sorted() == [1, 4, 5, 6, 7, 9])
    #expect(few.order.outOfOrder == UInt64(zip(few.times, few.times.dropFirst()).count { $0 > $1 }))
    #expect(few.order.outOfOrder > 0)
  }

  @Test func textsThatWaitAreBounded() throws {
    var shown = 0
    let queue = ExchangeOrder(by: .time) { _ in shown += 1 }
    let long = String(repeating: "x", count: 1 << 20)
    for number in 1...UInt64(40) {
      var told = Self.exchange(Int64(number), took: 1, number)
      told.exchange.details = [Exchange.Detail("a", long)]
      try queue.add(told)
    }
    #expect(shown > 20)
    try queue.finish()
    #expect(shown == 40 && queue.outOfOrder == 0)
  }

  @Test func theLongestAreKept() throws {
    let times = (0..<500).map { (Int64($0), Int64(($0 * 7919) % 500 + 1)) }
    let longest = try Self.shown(times, by: .duration, limit: 5)
    let wanted = times.sorted { $0.1 > $1.1 }.prefix(5).map(\.0)
    #expect(longest.times == Array(wanted) && longest.order.leftOut == 495)
  }
}
