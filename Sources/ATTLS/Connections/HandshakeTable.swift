/// The TLS handshakes of the connections in a log.
public struct HandshakeTable {
  private struct Entry {
    var conversation = TLSConversation()
    var received = TLSHandshake()
    var sent = TLSHandshake()
    var isMapped = false
  }

  private static let maximumEntries = 8192

  private var entries: [UInt32: [Entry]] = [:]
  private var count = 0

  /// Makes an empty table.
  public init() {}

  /// A Map message: the CONNID belongs to a new connection from here on.
  public mutating func begin(_ message: ATTLSMessage) {
    guard let id = message.connectionID, id != 0 else { return }
    if entries.count >= Self.maximumEntries { entries.removeAll() }
    entries[id, default: []].append(Entry(isMapped: true))
  }

  /// Adds bytes or a gap.
  public mutating func add(_ event: ATTLSRecordEvent) {
    if entries[event.connectionID] == nil {
      if entries.count >= Self.maximumEntries { entries.removeAll() }
      entries[event.connectionID] = [Entry()]
    }
    guard let last = entries[event.connectionID]?.indices.last else { return }
    var found: [TLSEvent] = []
    let isReceived = event.isReceived
    func feed(_ decoder: inout TLSHandshake) {
      switch event.content {
      case .bytes(let bytes): unsafe decoder.read(bytes.span.bytes) { found.append($0) }
      case .gap(let count): decoder.gap(count) { found.append($0) }
      case .unframed(let bytes): unsafe decoder.read(bytes.span.bytes) { found.append($0) }
      }
    }
    if isReceived {
      feed(&entries[event.connectionID, default: []][last].received)
    } else {
      feed(&entries[event.connectionID, default: []][last].sent)
    }
    for item in found {
      entries[event.connectionID, default: []][last].conversation.add(item, fromFirst: isReceived)
    }
  }

  /// What was seen of a connection's handshake, in plain words; connections come in log order.
  public mutating func summary(_ connection: ATTLSConnection) -> [String] {
    guard let id = connection.id, var list = entries[id], let entry = list.first,
      entry.isMapped == connection.isMapped
    else { return [] }
    list.removeFirst()
    entries[id] = list.isEmpty ? nil : list
    return entry.conversation.summary()
  }
}
