/// Sorts messages into connections and hands the connections on in the order in which they began.
///
/// Memory is bounded: when more connections are open than the limit, the oldest is handed on as it
/// stands. A new Map message for a CONNID begins a new connection.
public struct ATTLSConnectionTable {
  /// A CONNID, and the number of its stack in front of it; 0 for no stack. A number is hashed in a fraction of the
  /// time that a structure takes.
  private typealias Key = UInt64

  private static func key(_ id: UInt32, stack: UInt32) -> Key { UInt64(stack) << 32 | UInt64(id) }

  /// A connection and the key under which it is found.
  private struct Place {
    var connection = ATTLSConnection()
    var key: Key?
  }

  /// The connections in the order in which they began, in a ring: the oldest goes first.
  private struct Ring {
    private var places: [Place] = []
    private let limit: Int
    private(set) var oldest: UInt64 = 0
    private var next: UInt64 = 0

    init(limit: Int) { self.limit = limit }

    var count: Int { Int(next - oldest) }

    subscript(_ serial: UInt64) -> Place {
      _read { yield places[Int(serial % UInt64(limit))] }
      _modify { yield &places[Int(serial % UInt64(limit))] }
    }

    mutating func append(_ place: Place) -> UInt64 {
      if places.count < limit {
        places.append(place)
      } else {
        self[next] = place
      }
      next += 1
      return next - 1
    }

    mutating func removeOldest() -> Place {
      var place = Place()
      swap(&place, &self[oldest])
      oldest += 1
      return place
    }
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

  private var connections: Ring
  private var stacks: [String: UInt32] = [:]
  private var lastStack: (name: String, number: UInt32) = ("", 0)
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
    // One more than the limit, while the oldest is handed on.
    connections = Ring(limit: self.maximumConnections + 1)
  }

  /// Adds a message; `emit` is called for each connection that is handed on.
  public mutating func add(_ message: ATTLSMessage, _ emit: (consuming ATTLSConnection) -> Void) {
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
    connections[serial].connection.apply(message, maximumSteps: maximumSteps, cause: cause)
    if let addresses = Addresses(message.local, message.remote) { byAddresses[addresses] = serial }
    while connections.count > maximumConnections { emitOldest(emit) }
  }

  /// Hands on every connection that is left.
  public mutating func finish(_ emit: (consuming ATTLSConnection) -> Void) {
    while connections.count > 0 { emitOldest(emit) }
    byKey.removeAll()
    byID.removeAll()
    byAddresses.removeAll()
  }

  private mutating func emitOldest(_ emit: (consuming ATTLSConnection) -> Void) {
    let serial = connections.oldest
    let place = connections.removeOldest()
    if let key = place.key {
      byKey.remove(key, of: serial)
      byID.remove(UInt32(truncatingIfNeeded: key), of: serial)
    }
    if let addresses = Addresses(place.connection.local, place.connection.remote) {
      byAddresses.remove(addresses, of: serial)
    }
    if byAddresses.count > 4 * maximumConnections { byAddresses.removeAll() }
    emit(place.connection)
  }

  /// The number of a stack: most logs have one.
  private mutating func number(_ stack: String) -> UInt32 {
    if lastStack.name == stack { return lastStack.number }
    if stack.isEmpty { return 0 }
    // No site has so many stacks: beyond that, connections are told apart by CONNID alone.
    if stacks[stack] == nil, stacks.count < 4096 {
      stacks[stack] = UInt32(truncatingIfNeeded: stacks.count + 1)
    }
    lastStack = (stack, stacks[stack] ?? 0)
    return lastStack.number
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
      // The connection may have been handed on; then another one has its place.
      let known = byAddresses[addresses].flatMap { $0 >= connections.oldest ? $0 : nil }
      return known ?? begin(nil)
    }
    guard id != 0 else { return nil }
    let stack = message.origin.transport == .json ? 0 : number(message.origin.stack ?? "")
    let key = Self.key(id, stack: stack)
    if message.kind == .map { return begin(key) }
    return byKey[key] ?? (stack == 0 ? byID[id] : byKey[Self.key(id, stack: 0)]) ?? begin(key)
  }

  private mutating func begin(_ key: Key?) -> UInt64 {
    let id = key.map { UInt32(truncatingIfNeeded: $0) }
    let serial = connections.append(Place(connection: ATTLSConnection(id: id), key: key))
    if let key { byKey[key] = serial }
    if let id { byID[id] = serial }
    return serial
  }
}

extension Dictionary where Value == UInt64 {
  /// Forgets a key that finds a connection; one that finds a later connection stays.
  fileprivate mutating func remove(_ key: Key, of serial: UInt64) {
    if let place = index(forKey: key), values[place] == serial { remove(at: place) }
  }
}
