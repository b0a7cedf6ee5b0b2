import TraceBytes
import TraceFilter
import TraceModel
import TraceStreams

/// Finds the records of the flows that `--flow` names.
///
/// Of fragments only the last one belongs to a flow: before it the ports are not known to be right.
final class FlowSelector: FlowTest {
  private let wanted: Set<FlowNumber>
  private let tracker = FlowTracker(numbering: FlowTable.defaultLimit)

  init(_ wanted: Set<FlowNumber>) { self.wanted = wanted }

  func isWanted(_ record: borrowing TraceRecord, _ payload: RawSpan) throws(TraceError) -> Bool {
    try tracker.record(record, payload)
    guard let slot = tracker.lastSlot else { return false }
    return wanted.contains(tracker.table.flows[slot].identity)
  }
}

extension Flow {
  /// What `--flow` calls it.
  var identity: FlowNumber { FlowNumber(ipProtocol: key.ipProtocol, number: number) }
}
