/// Sorts messages into connections and hands the connections on in the order in which they began.
///
/// Memory is bounded: of many connections that are over the oldest are handed on before others that began
/// earlier and are open, and when more are open than the limit, the oldest is handed on as it stands. A new Map
/// message for a CONNID begins a new connection.
public struct ATTLSConnectionTable {
  /// A CONNID, and the number of its stack in front of it; 0 for no stack. A number is hashed in a fraction of the
  /// time that a structure takes.
  private typealias Key = UInt64

  private static func key(_ id: UInt32, stack: UInt32) -> Key { UInt64(stack) << 32 | UInt64(id) }

  static func id(_ key: UInt64) -> UInt32 { UInt32(truncatingIfNeeded: key) }

  private struct Addresses: Hashable {
    var local: ATTLSEndpoint
    var remote: ATTLSEndpoint

    init?(_ local: ATTLSEndpoint?, _ remote: ATTLSEndpoint?) {
      guard let local, let remote else { return nil }
      self.local = local
      self.remote = remote
    }
  }

  /// Open connections kept at once when nobody says what else is kept of them.
  public static let defaultLimit = 100_000

  /// Steps kept per connection; 0 keeps none.
  public let maximumSteps: Int
  /// Messages that belong to no connection: those of environments and groups.
  public private(set) var otherMessages = 0
  /// Connections that were handed on before their end; what came later of them is another connection.
  public private(set) var givenUp = 0

  private typealias Reference = ConnectionPlaces.Reference
  private var places: ConnectionPlaces
  private var stacks: [String: UInt32] = [:]
  private var lastStack: (name: String, number: UInt32) = ("", 0)
  private var byKey: [Key: Reference] = [:]
  private var byID: [UInt32: Reference] = [:]
  private var byAddresses: [Addresses: Reference] = [:]
  private var environmentFailures: [UInt32: String] = [:]

  /// Makes an empty table.
  ///
  /// - Parameters:
  ///   - keepsSteps: whether each connection keeps its course, message by message.
  ///   - maximumConnections: how many are open before the oldest is handed on.
  ///   - maximumKeptSteps: how many steps of all connections are kept before the oldest is handed on.
  public init(
    keepsSteps: Bool, maximumConnections: Int = defaultLimit, maximumKeptSteps: Int = 1_000_000
  ) {
    maximumSteps = keepsSteps ? 1000 : 0
    places = ConnectionPlaces(.init(open: max(1, maximumConnections), steps: maximumKeptSteps))
  }

  /// Adds a message; `emit` is called for each connection that is handed on.
  public mutating func add(_ message: ATTLSMessage, _ emit: (consuming ATTLSConnection) -> Void) {
    guard message.kind != .other else {
      otherMessages += 1
      return
    }
    noteEnvironment(message)
    guard let found = find(message) else {
      otherMessages += 1
      return
    }
    var cause: String?
    if message.returnCode == 5006 {
      cause = message.environmentID.flatMap { environmentFailures[$0] }
    }
    places.apply(message, to: found, maximumSteps: maximumSteps, cause: cause)
    if message.namesBothEnds, let addresses = places.ends(of: found, Addresses.init) {
      byAddresses[addresses] = found
    }
    if places.hasManyOver {
      for place in places.takeOver() { handOn(place, emit) }
    }
    while places.isFull, let place = places.takeOldest() {
      if !place.isOver { givenUp += 1 }
      handOn(place, emit)
    }
  }

  /// Hands on the connections that are over: of a log that is still written nobody waits for more.
  public mutating func pause(_ emit: (consuming ATTLSConnection) -> Void) {
    for place in places.takeOver(all: true) { handOn(place, emit) }
  }

  /// Hands on every connection that is left.
  public mutating func finish(_ emit: (consuming ATTLSConnection) -> Void) {
    while let place = places.takeOldest() { handOn(place, emit) }
    byAddresses.removeAll()
  }

  private mutating func handOn(
    _ place: ConnectionPlaces.Place, _ emit: (consuming ATTLSConnection) -> Void
  ) {
    if let key = place.key {
      byKey.remove(key, unlessIn: places)
      byID.remove(Self.id(key), unlessIn: places)
    }
    if let addresses = Addresses(place.connection.local, place.connection.remote) {
      byAddresses.remove(addresses, unlessIn: places)
    }
    // A connection whose addresses changed leaves the old ones behind.
    if byAddresses.count > 2 * places.count + 8192 { byAddresses.removeAll() }
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
  private mutating func find(_ message: ATTLSMessage) -> Reference? {
    guard let id = message.connectionID else {
      // The last line of EZD1287I gets lost; the addresses still tell.
      guard let addresses = Addresses(message.local, message.remote) else { return nil }
      // The connection may have been handed on; then another one has its place.
      let known = byAddresses[addresses].flatMap { places.holds($0) ? $0 : nil }
      return known ?? begin(nil)
    }
    guard id != 0 else { return nil }
    let stack = message.origin.transport == .json ? 0 : number(message.origin.stack ?? "")
    let key = Self.key(id, stack: stack)
    if message.kind == .map {
      if let old = byKey[key] { places.end(old) }
      return begin(key)
    }
    return byKey[key] ?? (stack == 0 ? byID[id] : byKey[Self.key(id, stack: 0)]) ?? begin(key)
  }

  private mutating func begin(_ key: Key?) -> Reference {
    let found = places.begin(key)
    if let key {
      byKey[key] = found
      byID[Self.id(key)] = found
    }
    return found
  }
}

extension Dictionary where Value == ConnectionPlaces.Reference {
  /// Forgets a key whose connection has gone; one that finds a later connection stays.
  fileprivate mutating func remove(_ key: Key, unlessIn places: borrowing ConnectionPlaces) {
    if let place = index(forKey: key), !places.holds(values[place]) { remove(at: place) }
  }
}
