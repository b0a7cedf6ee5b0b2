import TestSupport
import Testing
import TraceBytes
import TraceModel
import TraceStreams

@testable import TraceFilter

/// Fragments wait for their packet to be whole, because only then is their conversation known.
@Suite struct FragmentFilterTests {
  private static let ports = "9C40 0035 0012 0000 6162636465666768"

  /// The first fragment of a UDP packet, or the last one.
  private func fragment(_ id: Int, isFirst: Bool) -> [UInt8] {
    let identification = [UInt8(id >> 8), UInt8(id & 0xFF)]
    let head = isFirst ? hex("45000024") : hex("45000016")
    return head + identification + hex(isFirst ? "2000" : "0002")
      + hex("40110000 0A000001 0A000002") + hex(isFirst ? Self.ports : "6970")
  }

  private func run(
    _ fragments: [(id: Int, isFirst: Bool)]
  ) throws -> (kept: Int, leftOut: [String]) {
    let sink = CollectingSink()
    let stage = try RecordFilter(
      filter { $0.flows = [FlowNumber(ipProtocol: 17, number: 0)] }, to: sink)
    let tracker = FlowTracker(to: stage)
    for (id, isFirst) in fragments {
      let payload = fragment(id, isFirst: isFirst)
      let sample = Sample(kind: .packet, payload: payload, linkType: .raw)
      try give(sample.record, payload, to: tracker)
    }
    try tracker.finish()
    return (sink.records.count, stage.leftOut.map { "\($0.option) \($0.count)" })
  }

  @Test func ofAPacketThatBecomesWhole() throws {
    let (kept, leftOut) = try run([(1, true), (1, false)])
    #expect(kept == 2 && leftOut.isEmpty)
  }

  /// 256 wait at a time. One that goes for a newer one, and one that waits in vain to the end, is a record
  /// that the option left out.
  @Test(arguments: [1, 256, 257, 300]) func thatNobodyCompletes(count: Int) throws {
    let (kept, leftOut) = try run((1...count).map { ($0, true) })
    #expect(kept == 0 && leftOut == ["--flow \(count)"])
  }

  /// The first fragment is gone when its packet becomes whole: it is left out, the last one passes.
  @Test func thatWaitTooLong() throws {
    let (kept, leftOut) = try run([(1, true)] + (2...300).map { ($0, true) } + [(1, false)])
    #expect(kept == 1 && leftOut == ["--flow 300"])
  }
}
