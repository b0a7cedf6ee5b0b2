public import TraceBytes
public import TraceModel

/// What is known of conversations from elsewhere, such as an AT-TLS log.
public protocol FlowNotes: AnyObject {
  /// Lines to show below the header line of a record: what was not said of its conversation yet.
  func lines(_ placed: PlacedRecord) -> [String]
  /// Adds members to the JSON object of a record: the same ones to each, null where nothing is known.
  func write(_ placed: PlacedRecord, to json: inout JSONLine) throws(TraceError)
  /// A conversation is over.
  func closed(_ slot: Int)
}
