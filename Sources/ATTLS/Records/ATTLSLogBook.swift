public import TraceModel

/// What a log says about the connections whose records it yields, for comments in a capture.
public final class ATTLSLogBook {
  private struct Key: Hashable {
    var id: UInt32
    var ends: FlowKey
  }

  private static let maximumEntries = 65_536

  private var texts: [Key: String] = [:]
  /// Connections left out because both of their ends are in the log, and the other one is written.
  public internal(set) var otherEnds = 0
  /// Connections with bytes and without addresses, which got made-up ones.
  public internal(set) var withoutAddresses = 0

  /// The failures that the log reports, each kind once.
  public internal(set) var failures = FailureDigest()

  /// Makes an empty book.
  public init() {}

  /// What is known about the connection of a record: "CONNID 00000032, rule PAYRULE, …".
  public func text(of record: TraceRecord) -> String? { texts[Self.key(record)] }

  func note(_ text: String, about record: TraceRecord) {
    if texts.count >= Self.maximumEntries { texts.removeAll() }
    texts[Self.key(record)] = text
  }

  private static func key(_ record: TraceRecord) -> Key {
    Key(
      id: record.connectionID,
      ends: FlowKey(
        Endpoint(record.source, record.sourcePort),
        Endpoint(record.destination, record.destinationPort), ipProtocol: record.ipProtocol))
  }
}
