// What every output says of a record in the same words.

extension PlacedRecord {
  /// `in` or `out`, seen from the traced host; nil when the trace does not say.
  public var directionWord: StaticString? {
    switch direction {
    case .unknown: nil
    case .inbound: "in"
    case .outbound: "out"
    }
  }

  /// What AT-TLS did with the data of a data-trace record; nil for packets.
  public var securityWord: StaticString? {
    guard record.kind == .dataTrace else { return nil }
    if record.flags.contains(.confidential) { return "confidential" }
    return record.flags.contains(.clearText) ? "clear" : "plain"
  }

  /// Whether data is missing in the record; of confidential data nothing was to be there.
  ///
  /// - Parameters:
  ///   - captured: bytes of data that the record has.
  ///   - original: bytes of data that there were.
  public func isTruncated(captured: Int, original: Int) -> Bool {
    captured < original && !record.flags.contains(.confidential)
      || !record.flags.isDisjoint(with: [.cutShort, .incomplete, .orphan])
  }
}

/// Names of records as text, each made once: a job name, or the name of an interface of a capture.
public struct RecordNames {
  /// Names kept as text; beyond it they are made anew, and interfaces have none.
  private static let most = 10_000

  private var interfaces: [UInt32: String] = [:]
  private var names: [RecordName: String] = [:]
  private var last: (name: RecordName, text: String) = (.none, "")

  /// No names are known yet.
  public init() {}

  /// Notes an interface that packets of a capture belong to.
  public mutating func add(_ interface: CaptureInterface) {
    if interfaces.count < Self.most { interfaces[interface.id] = interface.name }
  }

  /// The name of a record, empty when it has none.
  public mutating func text(_ record: borrowing TraceRecord) -> String {
    if record.kind == .capture { return interfaces[record.interface] ?? "" }
    if record.name == last.name { return last.text }
    let text: String
    if let known = names[record.name] {
      text = known
    } else {
      text = record.name.text
      if names.count < Self.most { names[record.name] = text }
    }
    last = (record.name, text)
    return text
  }
}

/// What conversations are called, each found out once: a Community ID costs a hash.
public struct FlowNames {
  /// The two names of a conversation.
  public struct Names: Sendable {
    /// `flow_id`, 16 hexadecimal digits.
    public var flowID: String
    /// Community ID, version 1.
    public var communityID: String
  }

  private var known = PerFlow<Names>()

  /// No conversation is known yet.
  public init() {}

  /// The names of the conversation of a record; nil when it belongs to none, or nobody knows its ports yet.
  public mutating func names(_ placed: borrowing PlacedRecord) -> Names? {
    guard placed.flow.isKnown else { return nil }
    let slot = Int(placed.flow.slot)
    if let names = known[slot] { return names }
    // A fragment has no ports: its own ends are not those of the conversation.
    if case .fragment = placed.packet.status { return nil }
    let names = Names(
      flowID: FlowIdentity.text(placed.key, firstTime: placed.flow.firstTime),
      communityID: FlowIdentity.communityID(placed.key))
    known[slot] = names
    return names
  }

  /// A conversation is over.
  public mutating func close(_ slot: Int) { _ = known.close(slot) }
}
