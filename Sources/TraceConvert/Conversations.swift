internal import TraceModel

/// The state of one data-trace conversation while it is written as TCP.
struct Conversation {
  var key: FlowKey
  /// tcp.stream or udp.stream of the written file.
  var number: UInt32
  var interface: UInt32
  /// Next sequence number of the lower and of the upper end.
  var lowerSequence: UInt32
  var upperSequence: UInt32
  /// Which copy of each direction is written when both ends are on this stack and the trace holds
  /// every send twice, as a send and as a receive.
  var lowerCopy = Direction.unknown
  var upperCopy = Direction.unknown
  /// Ports of the two ends as written.
  var serverPort: UInt16
  var lastTime: Int64
  /// Whether a record said that the conversation is under AT-TLS; a start record never does.
  var isSecured = false
  /// Whether a comment has said how the conversation is secured.
  var isDescribed = false
  var isClosed = false

  /// Moves one end's sequence number on.
  @inline(__always)
  mutating func advance(_ isLower: Bool, _ count: Int) {
    let step = UInt32(truncatingIfNeeded: count)
    if isLower { lowerSequence &+= step } else { upperSequence &+= step }
  }
}

/// The open conversations: a hash table without an allocation per record.
///
/// At most ``limit`` are kept. Beyond that those that have been silent longest are forgotten; one that
/// speaks again is written as a new conversation.
struct Conversations {
  static let limit = 65_536

  private var states: [Conversation] = []
  /// Index into `states` plus one; 0 is empty.
  private var slots: [UInt32] = Array(repeating: 0, count: 1024)
  /// Conversations that were forgotten while open.
  private(set) var forgotten: UInt64 = 0

  var count: Int { states.count }

  /// The index of a conversation, or nil.
  @inline(__always)
  func find(_ key: FlowKey) -> Int? {
    var slot = Int(truncatingIfNeeded: key.quickHash) & (slots.count - 1)
    while true {
      let entry = slots[slot]
      if entry == 0 { return nil }
      if states[Int(entry) - 1].key == key { return Int(entry) - 1 }
      slot = (slot &+ 1) & (slots.count - 1)
    }
  }

  @inline(__always)
  subscript(_ index: Int) -> Conversation {
    get { states[index] }
    _modify { yield &states[index] }
  }

  /// Adds a conversation and returns its index. Indices change when old ones are forgotten.
  mutating func add(_ state: Conversation) -> Int {
    if states.count == Self.limit { forgetSilent() }
    states.append(state)
    if states.count * 2 > slots.count {
      rebuild(slotCount: slots.count * 2)
    } else {
      insert(states.count - 1)
    }
    return states.count - 1
  }

  private mutating func insert(_ index: Int) {
    var slot = Int(truncatingIfNeeded: states[index].key.quickHash) & (slots.count - 1)
    while slots[slot] != 0 { slot = (slot &+ 1) & (slots.count - 1) }
    slots[slot] = UInt32(index + 1)
  }

  private mutating func rebuild(slotCount: Int) {
    slots = Array(repeating: 0, count: slotCount)
    for index in states.indices { insert(index) }
  }

  /// Closed conversations go first, then the half that has been silent longest.
  private mutating func forgetSilent() {
    states.removeAll { $0.isClosed }
    if states.count > Self.limit / 2 {
      let times = states.map(\.lastTime).sorted()
      let oldest = times[times.count - Self.limit / 2]
      let before = states.count
      states.removeAll { $0.lastTime < oldest }
      forgotten += UInt64(before - states.count)
    }
    // All at the same time: no order to go by.
    if states.count >= Self.limit {
      forgotten += UInt64(states.count)
      states.removeAll(keepingCapacity: true)
    }
    rebuild(slotCount: slots.count)
  }
}
