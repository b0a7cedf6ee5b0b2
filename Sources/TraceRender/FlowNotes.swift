public import TraceModel

/// What is known of conversations from elsewhere, such as an AT-TLS log.
public protocol FlowNotes: AnyObject {
  /// Lines to show below the header line of a record: what was not said of its conversation yet.
  func lines(_ placed: PlacedRecord) -> [String]
  /// Members to add to the JSON object of a record, with their values.
  func members(_ placed: PlacedRecord) -> [(name: StaticString, value: String)]
  /// A conversation is over.
  func closed(_ slot: Int)
}
