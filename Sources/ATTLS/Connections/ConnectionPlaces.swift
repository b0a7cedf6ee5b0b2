/// The connections that a table holds, in the order in which they began.
///
/// Those that are over are kept as long as there are few of them, so that they are told in order; open ones stay
/// until their end, within the bound.
struct ConnectionPlaces {
  /// A connection and the key under which it is found.
  struct Place {
    var connection = ATTLSConnection()
    var key: UInt64?
    /// Number of its beginning, from 1.
    fileprivate var serial: UInt64 = 0
    /// Number of its end among all ends, from 1; 0 as long as it is open.
    fileprivate var end: UInt64 = 0

    var isOver: Bool { end > 0 }
  }

  /// A connection, as long as it has its place: then another one gets the same.
  struct Reference: Equatable {
    fileprivate var slot: Int
    fileprivate var serial: UInt64
  }

  /// Bounds of what is held.
  struct Limits {
    /// Connections that are not over.
    var open: Int
    /// Steps of all connections.
    var steps: Int
    /// Connections that are over, beside a quarter of the open ones.
    var over: Int { min(open, 1024) }
  }

  private let limits: Limits
  private var places: [Place] = []
  private var free: [Int] = []
  /// Slots by the beginning of their connections; those before `first` are gone.
  private var order: [Int] = []
  private var first = 0
  private var begun: UInt64 = 0
  private var ends: UInt64 = 0
  private var over = 0
  private var steps = 0
  private var stepsOver = 0

  init(_ limits: Limits) { self.limits = limits }

  var count: Int { order.count - first }
  private var open: Int { count - over }

  /// Whether an open connection must go.
  var isFull: Bool { open > limits.open || steps > limits.steps }

  /// Whether connections that are over are to go: so many that looking through all places costs little for each.
  var hasManyOver: Bool { over > max(limits.over, open / 4) || stepsOver > limits.steps / 2 }

  mutating func begin(_ key: UInt64?) -> Reference {
    begun += 1
    let place = Place(
      connection: ATTLSConnection(id: key.map(ATTLSConnectionTable.id)), key: key, serial: begun)
    let slot: Int
    if let old = free.popLast() {
      slot = old
      places[slot] = place
    } else {
      slot = places.count
      places.append(place)
    }
    order.append(slot)
    return Reference(slot: slot, serial: begun)
  }

  /// Whether the connection still has its place.
  func holds(_ reference: Reference) -> Bool { places[reference.slot].serial == reference.serial }

  /// What `make` makes of the local and the remote end.
  func ends<R>(of reference: Reference, _ make: (ATTLSEndpoint?, ATTLSEndpoint?) -> R?) -> R? {
    let place = reference.slot
    return make(places[place].connection.local, places[place].connection.remote)
  }

  mutating func apply(
    _ message: ATTLSMessage, to reference: Reference, maximumSteps: Int, cause: String?
  ) {
    let slot = reference.slot
    let before = places[slot].connection.steps.count
    places[slot].connection.apply(message, maximumSteps: maximumSteps, cause: cause)
    let more = places[slot].connection.steps.count - before
    steps += more
    if places[slot].isOver { stepsOver += more }
    if places[slot].connection.isClosed { end(reference) }
  }

  /// The connection was closed, or another one has its CONNID.
  mutating func end(_ reference: Reference) {
    let slot = reference.slot
    guard holds(reference), !places[slot].isOver else { return }
    ends += 1
    places[slot].end = ends
    over += 1
    stepsOver += places[slot].connection.steps.count
  }

  /// Takes those out that are over, the oldest first.
  ///
  /// - Parameter all: whether the last ones to end go as well, of which there may be more to tell.
  mutating func takeOver(all: Bool = false) -> [Place] {
    let stay = all || stepsOver > limits.steps / 2 ? 0 : UInt64(limits.over / 4)
    var taken: [Place] = []
    var left: [Int] = []
    left.reserveCapacity(count)
    for slot in order[first...] {
      if places[slot].isOver, places[slot].end + stay <= ends {
        taken.append(take(slot))
      } else {
        left.append(slot)
      }
    }
    order = left
    first = 0
    return taken
  }

  /// Takes the oldest one out, over or not.
  mutating func takeOldest() -> Place? {
    guard first < order.count else { return nil }
    let place = take(order[first])
    first += 1
    if first > 1024, first * 2 > order.count {
      order.removeFirst(first)
      first = 0
    }
    return place
  }

  private mutating func take(_ slot: Int) -> Place {
    var place = Place()
    swap(&place, &places[slot])
    free.append(slot)
    steps -= place.connection.steps.count
    if place.isOver {
      over -= 1
      stepsOver -= place.connection.steps.count
    }
    return place
  }
}
