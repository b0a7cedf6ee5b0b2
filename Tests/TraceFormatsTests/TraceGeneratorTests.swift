import Testing
import TraceBytes
import TraceFormats
import TraceModel

@Suite("Generated traces") struct TraceGeneratorTests {
  private typealias Made = (record: TraceRecord, payload: [UInt8])

  private func records(_ count: Int, _ set: (inout TraceGenerator) -> Void) throws -> [Made] {
    var generator = TraceGenerator()
    generator.flows = 35
    set(&generator)
    var made: [Made] = []
    try generator.run { (record, payload) throws(TraceError) in
      made.append((record, payload.copied()))
      return made.count < count
    }
    return made
  }

  @Test(arguments: TraceGenerator.Payload.allCases)
  func theSameSettingsGiveTheSameBytes(payload: TraceGenerator.Payload) throws {
    let one = try records(500) { $0.payload = payload }
    let two = try records(500) { $0.payload = payload }
    let three = try records(500) {
      $0.payload = payload
      $0.seed = 2
    }
    #expect(one.map(\.payload) == two.map(\.payload))
    #expect(one.map(\.payload) != three.map(\.payload))
  }

  @Test func payloadsAreWhatTheyAreCalled() throws {
    func share(_ payload: TraceGenerator.Payload, _ isOne: (UInt8) -> Bool) throws -> Double {
      let bytes = try records(2000) { $0.payload = payload }.flatMap(\.payload)
      return Double(bytes.count(where: isOne)) / Double(bytes.count)
    }
    #expect(try share(.text) { $0 == 0x0A || (0x20..<0x7F).contains($0) } == 1)
    #expect(try share(.ebcdic) { $0 == 0x40 || $0 == 0x15 || $0 == 0x25 || $0 > 0x4A } == 1)
    #expect(try share(.binary) { $0 >= 0x80 } > 0.45)
    let drda = try records(2000) { $0.payload = .drda }.filter { !$0.payload.isEmpty }
    for (_, payload) in drda {
      #expect(payload[2] == 0xD0)
      // The second segment begins where the first one ends, and ends with the record.
      let first = Int(payload[0]) << 8 | Int(payload[1])
      #expect(payload[first + 2] == 0xD0)
      #expect(first + (Int(payload[first]) << 8 | Int(payload[first + 1])) == payload.count)
    }
  }

  @Test func mixedHasAllOfThem() throws {
    let made = try records(5000) { $0.payload = .mixed }.map(\.payload).filter { !$0.isEmpty }
    #expect(made.contains { $0.starts(with: "GET ".utf8) })
    #expect(made.contains { $0.count > 2 && $0[2] == 0xD0 })
    #expect(made.contains { $0.count > 50 && $0.allSatisfy { $0 < 0x7F } && !$0.contains(0x0D) })
    #expect(
      made.contains { $0.count > 50 && $0.allSatisfy { $0 == 0x25 || $0 == 0x15 || $0 >= 0x40 } })
  }

  @Test func sizesAreAsAskedFor() throws {
    func sizes(_ sizes: TraceGenerator.Sizes, _ kind: TraceGenerator.Kind = .data) throws -> [Int] {
      try records(5000) {
        $0.payload = .binary
        $0.sizes = sizes
        $0.kind = kind
      }.map(\.payload.count).filter { $0 > 60 }.sorted()
    }
    #expect(try #require(try sizes(.small).last) <= 100)
    #expect(try #require(try sizes(.large).first) >= 16_000)
    let real = try sizes(.real)
    #expect(real[real.count / 2] < 1400 && real.last ?? 0 > 8000)
    // A packet fits onto Ethernet, headers of IPv6 and TCP with it.
    for sizes in try [sizes(.large, .packet), sizes(.real, .packet)] {
      #expect(try #require(sizes.last) <= 1448 + 60)
    }
  }

  @Test func lossyLeavesOutRepeatsAndDelays() throws {
    let whole = try records(20_000) { $0.payload = .text }
    let lossy = try records(20_000) {
      $0.payload = .text
      $0.isLossy = true
    }
    let times = lossy.map(\.record.time)
    let repeated = zip(times, times.dropFirst()).count { $0 == $1 }
    let late = zip(times, times.dropFirst()).count { $0 > $1 }
    #expect((8...40).contains(repeated) && (8...40).contains(late))
    #expect(lossy.map(\.record.traceNumber) == Array(1...20_000))
    #expect(whole.allSatisfy { $0.record.time > 0 })
    #expect(!zip(whole, whole.dropFirst()).contains { $0.record.time >= $1.record.time })
  }
}
