internal import TraceBytes
internal import TraceModel

/// Data of one direction: in order, late, early, or from nowhere.
extension StreamAssembler {
  func data(
    _ slot: Int, _ side: FlowSide, at sequence: SequenceNumber, _ payload: RawSpan, length: Int,
    time: Int64, record: UInt64
  ) throws(TraceError) {
    if table.counts[slot][side].end != nil {
      counts.afterEnd &+= 1
      return
    }
    let half = self[slot, side]
    if half.start != .known { findStart(slot, side, at: sequence) }
    if half.hasEarlier { chooseStart(slot, side) }
    let ahead = sequence - self[slot, side].next
    if ahead == 0, half.buffer < 0 {
      try deliver(slot, side, payload, length: length, time: time, record: record)
    } else if ahead > Self.farthestAhead || ahead < -Self.farthestBehind {
      try stray(slot, side, at: sequence, payload, length: length, time: time, record: record)
      return
    } else if ahead <= 0 {
      try late(slot, side, -ahead, payload, length: length, time: time, record: record)
    } else {
      try early(slot, side, at: sequence, payload, length: length, time: time, record: record)
    }
    self[slot, side].strays = 0
  }

  /// The first data of a direction whose beginning is not in the trace tells where it begins.
  ///
  /// What the other end has acknowledged is a better beginning than a segment further on: what lies between
  /// may have been captured in another order.
  func findStart(_ slot: Int, _ side: FlowSide, at sequence: SequenceNumber) {
    let half = self[slot, side]
    let ahead = sequence - half.next
    // A segment without data one byte before is a keep-alive; data before it was sent again.
    let isBeginning = half.start == .none || ahead <= 1
    if isBeginning || ahead > Self.farthestAhead {
      let unacknowledged = half.isAcknowledged ? sequence - half.acknowledged : 0
      let isNear = unacknowledged > 0 && unacknowledged <= Self.nearestUnacknowledged
      self[slot, side].next = isNear ? half.acknowledged : sequence
      self[slot, side].isFromAcknowledgment = isNear
    }
    self[slot, side].start = .known
  }

  /// Of two SYNs with different numbers that one counts which the other end has acknowledged.
  private func chooseStart(_ slot: Int, _ side: FlowSide) {
    let half = self[slot, side]
    self[slot, side].hasEarlier = false
    guard !half.hasGiven, half.buffer < 0, half.isAcknowledged,
      abs(half.acknowledged - half.earlier) < abs(half.acknowledged - half.next)
    else { return }
    self[slot, side].next = half.earlier
  }

  func deliver(
    _ slot: Int, _ side: FlowSide, _ bytes: RawSpan, length: Int, time: Int64, record: UInt64
  ) throws(TraceError) {
    self[slot, side].give(from: self[slot, side].next)
    self[slot, side].next = self[slot, side].next + max(length, bytes.byteCount)
    try give(slot, side, bytes, length: length, time: time, record: record)
  }

  /// Gives bytes of a segment or send of `length` on; what was not captured of it is missing.
  func give(
    _ slot: Int, _ side: FlowSide, _ bytes: RawSpan, length: Int, time: Int64, record: UInt64
  ) throws(TraceError) {
    let count = bytes.byteCount
    table.deliver(count, in: slot, from: side)
    if count > 0 {
      try sink.data(table.conversation(slot), from: side, bytes, time: time, record: record)
    }
    if length > count { try gap(slot, side, length - count) }
  }

  func gap(_ slot: Int, _ side: FlowSide, _ count: Int) throws(TraceError) {
    table.counts[slot][side].missing &+= UInt64(count)
    try sink.gap(table.conversation(slot), from: side, count: count)
  }

  func overlap(
    _ slot: Int, _ side: FlowSide, _ count: Int, _ check: OverlapCheck, conflicts: Int = 0
  ) throws(TraceError) {
    table.counts[slot][side].repeated &+= UInt64(count)
    table.counts[slot][side].conflicts &+= UInt64(conflicts)
    try sink.overlap(table.conversation(slot), from: side, count: count, check)
  }

  /// A segment that starts `old` bytes before what is expected.
  func late(
    _ slot: Int, _ side: FlowSide, _ old: Int, _ payload: RawSpan, length: Int, time: Int64,
    record: UInt64
  ) throws(TraceError) {
    if old == 1, length == 1 {
      return
    }
    let known = min(old, length)
    let half = self[slot, side]
    if half.gaveUp(half.next + -old) { counts.late &+= 1 }
    // What lies before the first byte given was never given, and cannot come again.
    let unseen = half.hasGiven ? min(known, max(0, half.first - (half.next + -old))) : 0
    if unseen > 0 { counts.beforeStart &+= 1 }
    if known > unseen { try overlap(slot, side, known - unseen, .notCompared) }
    guard known < length else { return }
    let fresh = payload.extracting(min(known, payload.byteCount)..<payload.byteCount)
    let count = length - known
    let index = self[slot, side].buffer
    guard index >= 0 else {
      return try deliver(slot, side, fresh, length: count, time: time, record: record)
    }
    let next = self[slot, side].next
    let room = (buffers[Int(index)].pieces.first?.start ?? next) - next
    if count <= room {
      try deliver(slot, side, fresh, length: count, time: time, record: record)
    } else {
      try insert(slot, side, at: next, fresh, length: count, time: time, record: record)
    }
    try drain(slot, side)
  }

  /// A segment with bytes missing before it.
  func early(
    _ slot: Int, _ side: FlowSide, at sequence: SequenceNumber, _ payload: RawSpan, length: Int,
    time: Int64, record: UInt64
  ) throws(TraceError) {
    if self[slot, side].buffer < 0 { takeBuffer(slot, side) }
    try insert(slot, side, at: sequence, payload, length: length, time: time, record: record)
    while self[slot, side].buffer >= 0 {
      let buffer = buffers[Int(self[slot, side].buffer)]
      guard buffer.cost > limits.perStream || buffer.pieces.count > limits.piecesPerStream else {
        break
      }
      counts.byStreamLimit &+= 1
      try giveUpHole(slot, side)
    }
    try giveUpAnswered(slot, side)
    try giveUpAcknowledged(slot, side)
    while held > limits.total, let hole = holes.takeOldest(isOpen: isOpen) {
      counts.byMemory &+= 1
      try giveUpHole(hole.slot, hole.side)
    }
  }

  /// A segment from nowhere: an old connection, or an attack. One near to what the other end has
  /// acknowledged, or several that continue each other, are the stream, which has moved on unseen.
  func stray(
    _ slot: Int, _ side: FlowSide, at sequence: SequenceNumber, _ payload: RawSpan, length: Int,
    time: Int64, record: UInt64
  ) throws(TraceError) {
    let half = self[slot, side]
    let continues = half.strays > 0 && half.strayEnd == sequence
    let count = continues ? half.strays + 1 : 1
    self[slot, side].strays = count
    self[slot, side].strayEnd = sequence + length
    let isExpected =
      half.isAcknowledged && abs(sequence - half.acknowledged) <= Self.farthestBehind
    guard isExpected || count >= Self.straysToBelieve else {
      counts.strays &+= 1
      return
    }
    try giveUpAll(slot, side)
    self[slot, side].strays = 0
    let missing = max(0, sequence - self[slot, side].next)
    self[slot, side].next = sequence
    try gap(slot, side, missing)
    try deliver(slot, side, payload, length: length, time: time, record: record)
  }
}
