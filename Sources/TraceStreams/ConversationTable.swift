internal import TraceModel

/// What was seen of the open conversations, by slot of the flow table.
final class ConversationTable {
  // Every record comes here: the run-time check of overlapping access costs more than the counting. No
  // access calls anything that could come back.
  @exclusivity(unchecked) private var open: ContiguousArray<Conversation> = []
  @exclusivity(unchecked) private var isOpen: ContiguousArray<Bool> = []

  /// The conversations by slot; slots that are not in use hold old ones.
  var rows: ContiguousArray<Conversation> {
    _read { yield unsafe open }
    _modify { yield unsafe &open }
  }

  /// Whether a record of the conversation was seen.
  @inline(__always)
  func holds(_ slot: Int) -> Bool { unsafe slot < isOpen.count && isOpen[slot] }

  func insert(_ conversation: Conversation) {
    let slot = conversation.slot
    while unsafe open.count <= slot {
      unsafe open.append(conversation)
      unsafe isOpen.append(false)
    }
    unsafe open[slot] = conversation
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
