internal import TraceModel
internal import TraceBytes

/// Data that came early, and the holes before it.
extension StreamAssembler {
  func insert(
    _ slot: Int, _ side: FlowSide, at sequence: SequenceNumber, _ bytes: RawSpan, length: Int,
    time: Int64, record: UInt64
  ) throws(TraceError) {
    let half = self[slot, side]
    let buffer = buffers[Int(half.buffer)]
    let before = buffer.cost
    let found = buffer.insert(
      bytes, length: length, at: sequence, from: half.next, time: time, record: record)
    held += buffer.cost - before
    if found.overlap > 0 {
      try overlap(
        slot, side, found.overlap, found.conflicts > 0 ? .different : .same,
        conflicts: found.conflicts)
    }
  }

  /// Gives what follows without a hole.
  func drain(_ slot: Int, _ side: FlowSide) throws(TraceError) {
    let half = self[slot, side]
    guard half.buffer >= 0 else { return }
    let buffer = buffers[Int(half.buffer)]
    let before = buffer.cost
    let run = buffer.removeRun(from: half.next)
    held += buffer.cost - before
    for piece in run {
      let bytes = unsafe piece.bytes.span.bytes
      try deliver(
        slot, side, bytes, length: piece.length, time: piece.time, record: piece.record)
    }
    if !run.isEmpty { buffer.beyond = 0 }
    if buffer.pieces.isEmpty { releaseBuffer(slot, side) }
  }

  /// Tells of what is missing before a number as a gap.
  func skip(_ slot: Int, _ side: FlowSide, to number: SequenceNumber) throws(TraceError) {
    let half = self[slot, side]
    let missing = number - half.next
    guard missing > 0 else { return }
    self[slot, side].lost = half.next
    self[slot, side].lostEnd = number
    self[slot, side].next = number
    // What was sent before the trace began is not missing from it.
    if half.isBeforeTrace { return }
    self[slot, side].give(from: half.next)
    try gap(slot, side, missing)
  }

  /// Tells of the first hole as a gap, and gives what comes after it.
  func giveUpHole(_ slot: Int, _ side: FlowSide) throws(TraceError) {
    let half = self[slot, side]
    guard half.buffer >= 0, let first = buffers[Int(half.buffer)].pieces.first else { return }
    try skip(slot, side, to: first.start)
    try drain(slot, side)
    if self[slot, side].buffer >= 0 { queueHole(slot, side) }
    if self[slot, side].hasFIN { try endIfComplete(slot, side) }
  }

  /// Gives up what the other end had long ago: it cannot be under way any more.
  ///
  /// Everything acknowledged when the count began is given up at once, so that a capture that lost every
  /// other packet does not fall behind.
  func giveUpAcknowledged(_ slot: Int, _ side: FlowSide) throws(TraceError) {
    let half = self[slot, side]
    guard half.buffer >= 0, half.isAcknowledged else { return }
    let buffer = buffers[Int(half.buffer)]
    guard let first = buffer.pieces.first else { return }
    if buffer.beyond == 0 {
      let ahead = half.acknowledged - first.start
      guard ahead >= 0, ahead <= Self.farthestAhead else { return }
      buffer.covered = half.acknowledged
    }
    buffer.beyond += 1
    // What the other end had before the trace began will not come.
    guard half.isBeforeTrace || buffer.beyond >= Self.segmentsToBelieve else { return }
    try giveUp(slot, side, before: buffer.covered)
  }

  /// Notes data of one end that was sent after it had bytes of the other one that were not seen.
  func noteAnswer(
    _ slot: Int, _ side: FlowSide, at sequence: SequenceNumber, _ acknowledged: SequenceNumber
  ) {
    let half = self[slot, side.other]
    guard half.lacks(before: acknowledged), acknowledged - half.next <= Self.farthestAhead,
      !half.isAnswered || half.answered - half.next <= 0
    else { return }
    self[slot, side.other].isAnswered = true
    self[slot, side.other].answer = sequence
    self[slot, side.other].answered = acknowledged
  }

  /// Gives up what the other end answered when this one has the answer: it was sent a round trip ago, and captures
  /// swap packets that follow each other. Requests behind it stand before their answers then. What the other end sent
  /// before its answer is older still: it stands behind both losses and before what this one sent next.
  func giveUpAnswered(_ slot: Int, _ side: FlowSide) throws(TraceError) {
    let half = self[slot, side]
    let other = self[slot, side.other]
    guard half.buffer >= 0, half.isAnswered, other.isAcknowledged,
      other.acknowledged - half.answer > 0
    else { return }
    if other.buffer >= 0, let first = buffers[Int(half.buffer)].pieces.first,
      half.answered - first.start >= 0
    {
      try skip(slot, side, to: first.start)
      try giveUp(slot, side.other, before: half.answer)
    }
    try giveUp(slot, side, before: half.answered)
  }

  func giveUp(
    _ slot: Int, _ side: FlowSide, before number: SequenceNumber
  ) throws(TraceError) {
    let index = self[slot, side].buffer
    while index >= 0, self[slot, side].buffer == index,
      let next = buffers[Int(index)].pieces.first, number - next.start >= 0
    {
      counts.byAcknowledgment &+= 1
      try giveUpHole(slot, side)
    }
  }

  /// The bytes before a FIN that never came are missing.
  func giveUpBeforeFIN(_ slot: Int, _ side: FlowSide) throws(TraceError) {
    let half = self[slot, side]
    guard half.hasFIN, half.start == .known, table.counts[slot][side].end == nil else { return }
    let missing = half.fin - half.next
    guard missing > 0, missing <= Self.farthestAhead else { return }
    self[slot, side].next = half.fin
    try gap(slot, side, missing)
  }

  func giveUpAll(_ slot: Int, _ side: FlowSide) throws(TraceError) {
    while self[slot, side].buffer >= 0 { try giveUpHole(slot, side) }
  }

  /// Ends a direction that has got to its FIN; what was sent after it is no part of the stream.
  func endIfComplete(_ slot: Int, _ side: FlowSide) throws(TraceError) {
    let half = self[slot, side]
    // A FIN alone is no proof of where a direction stands: it may be of another connection.
    let isSure = half.start == .known || half.hasGiven || half.isAcknowledged
    guard half.start != .none, isSure, half.next - half.fin >= 0 else { return }
    if half.buffer >= 0 {
      let buffer = buffers[Int(half.buffer)]
      counts.afterEnd &+= UInt64(buffer.pieces.count)
      held -= buffer.cost
      buffer.removeAll()
      releaseBuffer(slot, side)
    }
    try end(slot, side, .closed)
  }

  /// A direction whose FIN the other end has seen, and which is closed from there as well, gets nothing
  /// any more.
  func closeIfAcknowledged(
    _ slot: Int, _ side: FlowSide, by acknowledgment: SequenceNumber
  ) throws(TraceError) {
    let half = self[slot, side]
    guard half.hasFIN, acknowledgment - half.fin >= 1, self[slot, side.other].hasFIN else { return }
    try giveUpAll(slot, side)
    try giveUpBeforeFIN(slot, side)
    try endIfComplete(slot, side)
  }

  func isOpen(_ hole: HoleQueue.Hole) -> Bool {
    buffers[Int(hole.buffer)].serial == hole.serial
  }

  func takeBuffer(_ slot: Int, _ side: FlowSide) {
    let index: Int32
    if let free = freeBuffers.popLast() {
      index = free
    } else {
      index = Int32(truncatingIfNeeded: buffers.count)
      buffers.append(ReorderBuffer())
    }
    self[slot, side].buffer = index
    queueHole(slot, side)
  }

  /// A new hole stands before what the buffer of a direction holds.
  private func queueHole(_ slot: Int, _ side: FlowSide) {
    let index = self[slot, side].buffer
    serial &+= 1
    buffers[Int(index)].serial = serial
    buffers[Int(index)].beyond = 0
    if holes.count > 1024, holes.count > 2 * buffers.count { holes.tidy(isOpen: isOpen) }
    holes.append(HoleQueue.Hole(slot: slot, side: side, buffer: index, serial: serial))
  }

  private func releaseBuffer(_ slot: Int, _ side: FlowSide) {
    let index = self[slot, side].buffer
    self[slot, side].buffer = -1
    buffers[Int(index)].serial = 0
    freeBuffers.append(index)
  }
}
