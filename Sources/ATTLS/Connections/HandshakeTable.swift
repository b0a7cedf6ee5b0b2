/// The TLS handshakes of the connections in a log.
public struct HandshakeTable {
  private struct Entry {
    var conversation = TLSConversation()
    var received = TLSHandshake()
    var sent = TLSHandshake()
    var isMapped = false

    mutating func take(_ event: ATTLSRecordEvent) {
      var found: [TLSEvent] = []
      if event.isReceived {
        Self.feed(event.content, to: &received) { found.append($0) }
      } else {
        Self.feed(event.content, to: &sent) { found.append($0) }
      }
      for item in found { conversation.add(item, fromFirst: event.isReceived) }
    }

    private static func feed(
      _ content: ATTLSRecordEvent.Content, to decoder: inout TLSHandshake,
      _ emit: (TLSEvent) -> Void
    ) {
      switch content {
      case .bytes(let bytes), .unframed(let bytes): unsafe decoder.read(bytes.span.bytes, emit)
      case .gap(let count): decoder.gap(count, emit)
      }
    }
  }

  private static let maximumEntries = 1 << 17

  /// The connections that had one CONNID, the ones already told in front.
  private struct List {
    var entries: [Entry] = []
    var told = 0

    var isTold: Bool { told >= entries.count }

    /// Takes the oldest connection that was not told, and forgets it.
    mutating func next(isMapped: Bool) -> Entry? {
      // Passes over entries that handshake bytes made after their connection had been handed on.
      while isMapped, told < entries.count, !entries[told].isMapped { told += 1 }
      guard told < entries.count, entries[told].isMapped == isMapped else { return nil }
      let entry = entries[told]
      entries[told] = Entry()
      told += 1
      if told > 64, told * 2 > entries.count {
        entries.removeFirst(told)
        told = 0
      }
      return entry
    }
  }

  private var entries: [UInt32: List] = [:]

  /// Makes an empty table.
  public init() {}

  /// A Map message: the CONNID belongs to a new connection from here on.
  public mutating func begin(_ message: ATTLSMessage) {
    guard let id = message.connectionID, id != 0 else { return }
    if entries.count >= Self.maximumEntries { entries.removeAll() }
    entries[id, default: List()].entries.append(Entry(isMapped: true))
  }

  /// Adds bytes or a gap.
  public mutating func add(_ event: ATTLSRecordEvent) {
    let id = event.connectionID
    if entries[id]?.isTold ?? true {
      if entries.count >= Self.maximumEntries { entries.removeAll() }
      entries[id, default: List()].entries.append(Entry())
    }
    entries[id]?.entries.withLast { $0.take(event) }
  }

  /// What was seen of a connection's handshake; connections come in log order. The first side is
  /// the partner of z/OS.
  public mutating func conversation(of connection: ATTLSConnection) -> TLSConversation? {
    guard let id = connection.id else { return nil }
    let entry = entries[id]?.next(isMapped: connection.isMapped)
    if entries[id]?.isTold ?? false { entries[id] = nil }
    return entry?.conversation
  }
}

extension Array {
  /// Changes the last element in place.
  fileprivate mutating func withLast(_ body: (inout Element) -> Void) {
    guard !isEmpty else { return }
    body(&self[count - 1])
  }
}
