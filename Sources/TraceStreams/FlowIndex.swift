internal import TraceModel

/// The open conversations: a hash over their keys, and which of them was used longest ago.
///
/// Open addressing over flat arrays; finding and counting allocate nothing. An entry of the index is
/// 32 bits of hash and the slot, so most probes end without looking at a key.
struct FlowIndex {
  /// The conversations by slot; slots that are not in use hold old ones.
  var flows: ContiguousArray<Flow> = []
  /// How many conversations are open.
  private(set) var count = 0
  private var index: ContiguousArray<UInt64>
  private var mask: Int
  private var idle = IdleOrder()
  private var uses: UInt64 = 0
  private var free: ContiguousArray<Int32> = []
  private var nextNumber: (tcp: UInt64, udp: UInt64) = (0, 0)
  var aside = PutAside()

  init() {
    index = ContiguousArray(repeating: 0, count: 256)
    mask = 255
  }

  /// The slot of the conversation that was used longest ago.
  mutating func longestIdle() -> Int? { idle.first(in: flows) }

  /// The slot of a conversation.
  @inline(__always)
  func slot(of key: FlowKey) -> Int? {
    let tag = Self.tag(key)
    var at = Int(tag) & mask
    while true {
      let entry = index[at]
      if entry == 0 { return nil }
      if entry >> 32 == UInt64(tag) {
        let slot = Int(entry & 0xFFFF_FFFF) &- 1
        if flows[slot].key == key { return slot }
      }
      at = (at &+ 1) & mask
    }
  }

  /// The slot of a conversation, which becomes the last one used.
  @inline(__always)
  mutating func use(_ key: FlowKey) -> Int? {
    guard let slot = slot(of: key) else { return nil }
    uses &+= 1
    flows[slot].lastUse = uses
    return slot
  }

  /// Takes a conversation out that may go on.
  mutating func putAside(_ slot: Int) {
    aside.add(flows[slot])
    remove(slot)
  }

  /// What was remembered of a conversation that was put aside, which goes on now or begins anew.
  mutating func takeAside(_ key: FlowKey) -> PutAside.Entry? { aside.take(key) }

  /// Begins a conversation and numbers it, or goes on with one that was put aside; the table must not be full
  /// and not hold the key.
  mutating func insert(_ flow: Flow, going old: PutAside.Entry?) -> Int {
    if (count + 1) * 2 > index.count { grow() }
    let slot: Int
    if let used = free.popLast() {
      slot = Int(used)
      flows[slot] = flow
    } else {
      slot = flows.count
      flows.append(flow)
    }
    flows[slot].slot = slot
    uses &+= 1
    flows[slot].lastUse = uses
    idle.add(slot, uses)
    if let old {
      flows[slot].number = old.number
      flows[slot].firstRecord = old.firstRecord
      flows[slot].firstTime = old.firstTime
    } else if flow.key.ipProtocol == IPProtocol.udp.rawValue {
      flows[slot].number = nextNumber.udp
      nextNumber.udp += 1
    } else {
      flows[slot].number = nextNumber.tcp
      nextNumber.tcp += 1
    }
    enter(UInt64(Self.tag(flow.key)) << 32 | UInt64(slot + 1))
    count += 1
    return slot
  }

  /// Takes a conversation out; its slot will be used again.
  mutating func remove(_ slot: Int) {
    let tag = Self.tag(flows[slot].key)
    var hole = Int(tag) & mask
    while index[hole] & 0xFFFF_FFFF != UInt64(slot + 1) { hole = (hole + 1) & mask }
    index[hole] = 0
    // Entries after the hole move back if that brings them nearer to where they belong.
    var at = (hole + 1) & mask
    while index[at] != 0 {
      let home = Int(index[at] >> 32) & mask
      if (at - home) & mask >= (at - hole) & mask {
        index[hole] = index[at]
        index[at] = 0
        hole = at
      }
      at = (at + 1) & mask
    }
    flows[slot].lastUse = 0
    free.append(Int32(slot))
    count -= 1
  }

  @inline(__always)
  mutating func note(
    _ view: borrowing PacketView, isTCP: Bool, in slot: Int, from side: FlowSide
  ) -> Bool {
    if isTCP { flows[slot].note(view, from: side) }
    return view.payloadLength > 0 && flows[slot].speaksFirst(side)
  }

  @inline(__always)
  func place(_ placement: inout Placement, in slot: Int) {
    placement.slot = Int32(truncatingIfNeeded: slot)
    placement.number = flows[slot].number
    placement.firstRecord = flows[slot].firstRecord
    placement.firstTime = flows[slot].firstTime
  }

  /// Gives the memory of conversations that are over back, when none is open.
  mutating func releaseMemory() {
    guard count == 0 else { return }
    let (numbers, forgotten) = (nextNumber, aside.forgotten)
    self = FlowIndex()
    nextNumber = numbers
    aside.forgotten = forgotten
  }

  /// The slots in use, from the first conversation to the last.
  func slotsInOrder() -> [Int] {
    var slots: [Int] = []
    slots.reserveCapacity(count)
    for entry in index where entry != 0 { slots.append(Int(entry & 0xFFFF_FFFF) - 1) }
    slots.sort { flows[$0].firstRecord < flows[$1].firstRecord }
    return slots
  }

  @inline(__always)
  private static func tag(_ key: FlowKey) -> UInt32 {
    UInt32(truncatingIfNeeded: key.quickHash >> 32)
  }

  private mutating func enter(_ entry: UInt64) {
    var at = Int(entry >> 32) & mask
    while index[at] != 0 { at = (at + 1) & mask }
    index[at] = entry
  }

  private mutating func grow() {
    let old = index
    index = ContiguousArray(repeating: 0, count: old.count * 2)
    mask = index.count - 1
    for entry in old where entry != 0 { enter(entry) }
  }
}
