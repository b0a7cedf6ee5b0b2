/// Sorts messages into connections and hands the connections on in the order in which they began.
///
/// Memory is bounded: when more connections are open than the limit, the oldest is handed on as it
/// stands. A new Map message for a CONNID begins a new connection.
public struct ATTLSConnectionTable {
  private struct Key: Hashable {
    var stack: String
    var id: UInt32
  }

  private struct Addresses: Hashable {
    var local: ATTLSEndpoint
    var remote: ATTLSEndpoint

    init?(_ local: ATTLSEndpoint?, _ remote: ATTLSEndpoint?) {
      guard let local, let remote else { return nil }
      self.local = local
      self.remote = remote
    }
  }

  /// Connections kept at once.
  public let maximumConnections: Int
  /// Steps kept per connection; 0 keeps none.
  public let maximumSteps: Int
  /// Messages that belong to no connection: those of environments and groups.
  public private(set) var otherMessages = 0

  private var connections: [UInt64: ATTLSConnection] = [:]
  private var oldest: UInt64 = 0
  private var next: UInt64 = 0
  private var byKey: [Key: UInt64] = [:]
  private var byID: [UInt32: UInt64] = [:]
  private var byAddresses: [Addresses: UInt64] = [:]
  private var environmentFailures: [UInt32: String] = [:]

  /// Makes an empty table.
  ///
  /// - Parameters:
  ///   - keepsSteps: whether each connection keeps its course, message by message.
  ///   - maximumConnections: how many connections are kept before the oldest is handed on.
  public init(keepsSteps: Bool, maximumConnections: Int = 4096) {
    maximumSteps = keepsSteps ? 1000 : 0
    self.maximumConnections = max(1, maximumConnections)
  }

  /// Adds a message; `emit` is called for each connection that is handed on.
  public mutating func add(_ message: ATTLSMessage, _ emit: (ATTLSConnection) -> Void) {
    guard message.kind != .other else {
      otherMessages += 1
      return
    }
    noteEnvironment(message)
    guard let serial = find(message) else {
      otherMessages += 1
      return
    }
    var cause: String?
    if message.returnCode == 5006 {
      cause = message.environmentID.flatMap { environmentFailures[$0] }
    }
    connections[serial]?.apply(message, maximumSteps: maximumSteps, cause: cause)
    if let addresses = Addresses(message.local, message.remote) { byAddresses[addresses] = serial }
    while connections.count > maximumConnections { emitOldest(emit) }
  }

  /// Hands on every connection that is left.
  public mutating func finish(_ emit: (ATTLSConnection) -> Void) {
    while oldest < next { emitOldest(emit) }
    byKey.removeAll()
    byID.removeAll()
    byAddresses.removeAll()
  }

  private mutating func emitOldest(_ emit: (ATTLSConnection) -> Void) {
    let serial = oldest
    oldest += 1
    guard let connection = connections.removeValue(forKey: serial) else { return }
    if let id = connection.id {
      let key = Key(stack: connection.stack ?? "", id: id)
      if byKey[key] == serial { byKey[key] = nil }
      if byID[id] == serial { byID[id] = nil }
    }
    if let addresses = Addresses(connection.local, connection.remote),
      byAddresses[addresses] == serial
    {
      byAddresses[addresses] = nil
    }
    if byAddresses.count > 4 * maximumConnections { byAddresses.removeAll() }
    emit(connection)
  }

  /// Remembers why an environment failed: its connections only say 5006.
  private mutating func noteEnvironment(_ message: ATTLSMessage) {
    guard message.isFailure, let code = message.returnCode, code != 5006,
      let environment = message.environmentID, environment != 0,
      message.event?.hasPrefix("Environment") ?? false, environmentFailures.count < 4096
    else { return }
    let meaning = Knowledge.returnCode(code).map { ": " + $0.meaning } ?? ""
    environmentFailures[environment] = "RC \(code) \(message.event ?? "")\(meaning)"
  }

  /// The connection a message belongs to, made when there is none yet.
  private mutating func find(_ message: ATTLSMessage) -> UInt64? {
    guard let id = message.connectionID else {
      // The last line of EZD1287I gets lost; the addresses still tell.
      guard let addresses = Addresses(message.local, message.remote) else { return nil }
      return byAddresses[addresses] ?? begin(nil, nil)
    }
    guard id != 0 else { return nil }
    let stack = message.origin.transport == .json ? "" : message.origin.stack ?? ""
    let key = Key(stack: stack, id: id)
    if message.kind == .map { return begin(key, id) }
    return byKey[key] ?? (stack.isEmpty ? byID[id] : byKey[Key(stack: "", id: id)])
      ?? begin(key, id)
  }

  private mutating func begin(_ key: Key?, _ id: UInt32?) -> UInt64 {
    let serial = next
    next += 1
    connections[serial] = ATTLSConnection(id: id)
    if let key, let id {
      byKey[key] = serial
      byID[id] = serial
    }
    return serial
  }
}
