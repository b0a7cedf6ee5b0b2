internal import TraceModel

/// What was seen of the open conversations, by slot of the flow table.
///
/// What the whole trace knows of a conversation stands in the flow table and nowhere else.
final class ConversationTable {
  let flows: FlowTable
  // Every record comes here: the run-time check of overlapping access costs more than the counting. No
  // access calls anything that could come back.
  @exclusivity(unchecked) private var open: ContiguousArray<ConversationCounts> = []
  @exclusivity(unchecked) private var isOpen: ContiguousArray<Bool> = []

  init(flows: FlowTable) { self.flows = flows }

  /// What was counted, by slot; slots that are not in use hold old counts.
  var counts: ContiguousArray<ConversationCounts> {
    _read { yield unsafe open }
    _modify { yield unsafe &open }
  }

  /// Whether a record of the conversation was seen.
  @inline(__always)
  func holds(_ slot: Int) -> Bool { unsafe slot < isOpen.count && isOpen[slot] }

  /// A conversation as it is now.
  @inline(__always)
  func conversation(_ slot: Int) -> Conversation {
    Conversation(flow: flows.flows[slot], counts: unsafe open[slot])
  }

  /// The slots of which records were seen and that are open.
  var slots: [Int] { unsafe isOpen.indices.filter { unsafe isOpen[$0] } }

  func insert(_ counts: ConversationCounts, _ slot: Int) {
    while unsafe open.count <= slot {
      unsafe open.append(counts)
      unsafe isOpen.append(false)
    }
    unsafe open[slot] = counts
    unsafe isOpen[slot] = true
  }

  func remove(_ slot: Int) { unsafe isOpen[slot] = false }

  /// Counts data given in order.
  @inline(__always)
  func deliver(_ count: Int, in slot: Int, from side: FlowSide) {
    if side == .lower {
      unsafe open[slot].lower.delivered &+= UInt64(count)
    } else {
      unsafe open[slot].upper.delivered &+= UInt64(count)
    }
  }

  /// Gives all memory back.
  func removeAll() {
    unsafe open = []
    unsafe isOpen = []
  }
}
