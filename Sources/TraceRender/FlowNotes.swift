public import TraceModel

/// What is known of conversations from elsewhere, such as an AT-TLS log.
public protocol FlowNotes: AnyObject {
  /// Lines to show below the header line of a record: what was not said of its conversation yet.
  ///
  /// - Parameter begins: whether the record opens a conversation.
  func lines(_ key: FlowKey, _ record: borrowing TraceRecord, begins: Bool) -> [String]
  /// Members to add to the JSON object of a record, with their values.
  func members(_ key: FlowKey, at time: Int64) -> [(name: StaticString, value: String)]
}
