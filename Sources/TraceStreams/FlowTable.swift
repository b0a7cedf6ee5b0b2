public import TraceModel

/// The open conversations.
///
/// All state is one value, so that a packet costs one check of exclusive access and not one for each
/// array that it touches.
public final class FlowTable {
  /// How many conversations are kept open when the caller does not say.
  public static let defaultLimit = 65_536

  /// How many may be open.
  public let limit: Int
  private var index = FlowIndex()

  public init(limit: Int = FlowTable.defaultLimit) { self.limit = max(1, min(limit, 1 << 24)) }

  /// The conversations by slot; slots that are not in use hold old ones.
  public internal(set) var flows: ContiguousArray<Flow> {
    _read { yield index.flows }
    _modify { yield &index.flows }
  }

  /// How many conversations are open.
  public var count: Int { index.count }

  /// Whether a conversation must be released before another one begins.
  public var isFull: Bool { index.count >= limit }

  /// The slot of the conversation that was used longest ago.
  public var longestIdle: Int? { index.longestIdle }

  /// The slot of a conversation, which becomes the last one used.
  public func find(_ key: FlowKey) -> Int? { index.find(key) }

  /// Counts a record; returns whether it brings the first data of its side.
  @inline(__always)
  func count(
    _ record: borrowing TraceRecord, _ view: borrowing PacketView, isTCP: Bool, in slot: Int,
    from side: FlowSide, bytes: Int
  ) -> Bool {
    index.count(record, view, isTCP: isTCP, in: slot, from: side, bytes: bytes)
  }

  /// Counts data given in order.
  @inline(__always)
  func deliver(_ count: Int, in slot: Int, from side: FlowSide) {
    index.deliver(count, in: slot, from: side)
  }

  func insert(_ flow: Flow) -> Int { index.insert(flow) }
  func remove(_ slot: Int) { index.remove(slot) }
  func end(_ slot: Int) { index.end(slot) }
  func slotsInOrder() -> [Int] { index.slotsInOrder() }
}
