import TraceBytes
import TraceFilter
import TraceModel
import TraceStreams

/// Finds the records of the flows that `--flow` names.
final class FlowSelector: FlowTest {
  private let wanted: Set<FlowNumber>
  private let tracker = FlowTracker(numbering: FlowTable.defaultLimit)

  init(_ wanted: Set<FlowNumber>) { self.wanted = wanted }

  func answer(
    _ record: borrowing TraceRecord, _ payload: RawSpan
  ) throws(TraceError) -> FlowAnswer {
    try tracker.record(record, payload)
    let isWanted = tracker.lastSlot.map { wanted.contains(tracker.table.flows[$0].identity) }
    guard let fragment = tracker.lastFragment else {
      return isWanted == true ? .wanted : .unwanted
    }
    return isWanted.map { .lastFragment(fragment, isWanted: $0) } ?? .fragment(fragment)
  }
}

extension Flow {
  /// What `--flow` calls it.
  var identity: FlowNumber { FlowNumber(ipProtocol: key.ipProtocol, number: number) }
}
