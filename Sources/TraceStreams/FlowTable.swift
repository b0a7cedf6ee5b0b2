public import TraceModel

/// The open conversations.
///
/// All state is one value, so that a packet costs one check of exclusive access and not one for each
/// array that it touches.
public final class FlowTable {
  /// How many conversations are kept open when nobody says what they cost: 200 MB at 400 bytes each.
  public static let defaultLimit = 500_000

  /// How many may be open; beyond it the one that is idle longest is put aside. Its number and times are
  /// remembered, of up to a million.
  public internal(set) var limit: Int
  // Every record comes here: the run-time check of overlapping access costs more than the look-up. No
  // access below calls anything that could come back.
  @exclusivity(unchecked) private var index = FlowIndex()

  /// - Parameter limit: conversations open at a time, at least 1 and at most 2^24.
  public init(limit: Int = FlowTable.defaultLimit) { self.limit = max(1, min(limit, 1 << 24)) }

  /// Bounds the conversations to `bytes` of memory: half of it for those that are open, at what each costs in all
  /// stages together, half for what is remembered of those put aside.
  public func bound(to bytes: Int, each cost: Int) {
    limit = max(64, min(bytes / 2 / max(1, cost), 1 << 24))
    unsafe index.aside.bound(to: bytes / 2)
  }

  /// Conversations that went on after nothing of them was remembered any more, at most.
  public var forgotten: UInt64 { unsafe index.aside.forgotten }

  /// The conversations by slot; slots that are not in use hold old ones.
  public internal(set) var flows: ContiguousArray<Flow> {
    _read { yield unsafe index.flows }
    _modify { yield unsafe &index.flows }
  }

  /// Whether a conversation must be released before another one begins.
  public var isFull: Bool { unsafe index.count >= limit }

  /// The slot of the conversation that was used longest ago.
  public var longestIdle: Int? { unsafe index.longestIdle() }

  /// The slot of a conversation.
  public func slot(of key: FlowKey) -> Int? { unsafe index.slot(of: key) }

  /// The slot of a conversation, which becomes the last one used.
  func use(_ key: FlowKey) -> Int? { unsafe index.use(key) }

  /// The number of the conversation in a slot.
  @inline(__always)
  public func number(_ slot: Int) -> UInt64 { unsafe index.flows[slot].number }

  /// The key of the conversation in a slot.
  @inline(__always)
  public func key(_ slot: Int) -> FlowKey { unsafe index.flows[slot].key }

  /// Notes what a packet tells of its conversation; returns whether it brings the first data of its side.
  @inline(__always)
  func note(
    _ view: borrowing PacketView, isTCP: Bool, in slot: Int, from side: FlowSide
  ) -> Bool {
    unsafe index.note(view, isTCP: isTCP, in: slot, from: side)
  }

  /// Tells a record which conversation has the slot.
  @inline(__always)
  func place(_ placement: inout Placement, in slot: Int) {
    unsafe index.place(&placement, in: slot)
  }

  func insert(_ flow: Flow, going old: PutAside.Entry? = nil) -> Int {
    unsafe index.insert(flow, going: old)
  }
  func putAside(_ slot: Int) { unsafe index.putAside(slot) }
  func takeAside(_ key: FlowKey) -> PutAside.Entry? { unsafe index.takeAside(key) }
  func remove(_ slot: Int) { unsafe index.remove(slot) }
  func slotsInOrder() -> [Int] { unsafe index.slotsInOrder() }
  func releaseMemory() { unsafe index.releaseMemory() }
}
