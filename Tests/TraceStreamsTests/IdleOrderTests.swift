import Testing
import TestSupport
import TraceModel

@testable import TraceStreams

/// The table releases the conversation that was used longest ago, whatever was used in between.
@Suite struct IdleOrderTests {
  private static func key(_ number: Int) -> FlowKey {
    FlowKey(
      Endpoint(IPAddress(ipv4: 1), 80), Endpoint(IPAddress(ipv4: 2), UInt16(number)),
      ipProtocol: 6)
  }

  @Test(arguments: 1...20)
  func longestIdleAsAListHasIt(seed: UInt64) throws {
    var random = SplitMix(seed)
    let table = FlowTable(limit: 24)
    /// Open conversations, the one used last at the end.
    var order: [Int] = []
    for step in 0..<4000 {
      let number = Int.random(in: 0..<60, using: &random)
      #expect((table.slot(of: Self.key(number)) != nil) == order.contains(number))
      if let slot = table.use(Self.key(number)) {
        order.removeAll { $0 == number }
        if step % 5 == 0 { table.remove(slot) } else { order.append(number) }
        continue
      }
      if table.isFull {
        let idle = try #require(table.longestIdle)
        #expect(table.key(idle) == Self.key(order.removeFirst()))
        table.remove(idle)
      }
      _ = table.insert(Flow(Self.key(number), from: .lower, TraceRecord()))
      order.append(number)
    }
    #expect(table.count == order.count)
    #expect(Set(table.slotsInOrder().map { table.key($0) }) == Set(order.map { Self.key($0) }))
    while let first = order.first {
      let idle = try #require(table.longestIdle)
      #expect(table.key(idle) == Self.key(first))
      table.remove(idle)
      order.removeFirst()
    }
    #expect(table.longestIdle == nil)
  }
}
