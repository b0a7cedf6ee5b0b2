internal import TraceBytes
package import TraceModel

/// One of several equal parts of all conversations: those whose two ends have a hash in it, whichever way a
/// record goes. The parts together are the whole, and none has what another has.
package struct Shard: Sendable, Equatable {
  /// From 1 to `count`.
  package var number: UInt64
  package var count: UInt64

  package static let most: UInt64 = 4096

  /// - Parameter argument: `2/8`.
  package init?(_ argument: String) {
    let parts = argument.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 2, let number = UInt64(parts[0]), let count = UInt64(parts[1]),
      (1...Self.most).contains(count), (1...count).contains(number)
    else { return nil }
    self.number = number
    self.count = count
  }

  /// Whether a conversation between two ends is in this part. Only addresses and ports count, so that what
  /// two planes show of one connection stays together.
  package func holds(_ key: FlowKey) -> Bool {
    let ends = FlowKey(key.lower, key.upper, ipProtocol: 0)
    return ends.quickHash >> 16 % count == number - 1
  }
}

/// Lets the conversations of one part pass.
///
/// It stands behind the tracker and the filter, so that numbers are those of the whole trace.
final class ShardStage: PlacedStage {
  let downstream: any PlacedSink
  private let shard: Shard

  init(_ shard: Shard, to downstream: any PlacedSink) {
    self.shard = shard
    self.downstream = downstream
  }

  func record(_ placed: inout PlacedRecord, _ payload: RawSpan) throws(TraceError) {
    guard placed.flow.isKnown, shard.holds(placed.key) else { return }
    try downstream.record(&placed, payload)
  }

  func whole(_ placed: inout PlacedRecord, _ packet: RawSpan) throws(TraceError) {
    guard placed.flow.isKnown, shard.holds(placed.key) else { return }
    try downstream.whole(&placed, packet)
  }
}
