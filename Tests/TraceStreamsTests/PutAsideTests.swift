import Testing
import TraceModel

@testable import TraceStreams

@Suite("Conversations put aside") struct PutAsideTests {
  private func flow(_ number: UInt64) -> Flow {
    var record = TraceRecord()
    record.time = Int64(number) * 10
    record.number = number + 1
    let one = Endpoint(IPAddress(ipv4: 0x0A00_0000 | UInt32(number >> 8)), UInt16(number & 0xFF))
    let key = FlowKey(one, Endpoint(IPAddress(ipv4: 0x0A01_0102), 443), ipProtocol: 6)
    var flow = Flow(key, from: .lower, record)
    flow.number = number
    return flow
  }

  @Test func everyOneComesBackOnceWhateverTheOrder() {
    var aside = PutAside()
    let count: UInt64 = 10_000
    for number in 0..<count { aside.add(flow(number)) }
    #expect(aside.count == Int(count))
    // In an order that leaves holes all over.
    for step in 0..<count {
      let number = step &* 7919 % count
      let found = aside.take(flow(number).key)
      #expect(found?.number == number)
      #expect(found?.firstRecord == number + 1 && found?.firstTime == Int64(number) * 10)
      #expect(aside.take(flow(number).key) == nil)
    }
    #expect(aside.count == 0 && aside.forgotten == 0)
  }

  @Test func tooManyAreForgottenAndCounted() {
    var aside = PutAside()
    aside.bound(to: 40_000)
    let most = UInt64(aside.most)
    #expect(most == 768)
    for number in 0...most { aside.add(flow(number)) }
    #expect(aside.forgotten == most && aside.count == 1)
    #expect(aside.take(flow(0).key) == nil)
    #expect(aside.take(flow(most).key) != nil)
  }
}
