internal import TraceBytes
internal import TraceModel

/// Answers that came before what they answer.
///
/// Capture points with more than one queue swap a request and its answer. The answer acknowledges bytes that were not
/// seen, and waits for them: given first, it would be taken for the answer to a request before it, and so would all
/// that follow.
extension StreamAssembler {
  /// A segment without its bytes.
  struct Arrival {
    var side: FlowSide
    var sequence: UInt32
    var acknowledgment: UInt32
    var flags: TCPHeader.Flags
    var length: Int
    var time: Int64
    var record: UInt64

    /// Nothing but bytes or an acknowledgment.
    var isPlain: Bool { flags.union(.psh) == [.ack, .psh] }
  }

  /// A segment that waits.
  struct Answer {
    var segment: Arrival
    var bytes: [UInt8]

    var cost: Int { bytes.count + ReorderBuffer.overhead }
  }

  /// How long an answer waits at most: swapped packets are nanoseconds to milliseconds apart.
  private static let longestWait: Int64 = 1_000_000_000

  /// Whether a segment is kept, because it answers what may still come, or stands behind such a one.
  func keeps(_ segment: Arrival, _ payload: RawSpan, in slot: Int) throws(TraceError) -> Bool {
    guard isWaiting(slot), let waiting = answers[slot],
      let first = waiting.first?.segment
    else {
      return (isAhead(segment, slot) || isFirst(segment, slot)) && keep(segment, payload, slot)
    }
    let isOther = segment.side != first.side && segment.flags.contains(.ack)
    let isSoon = segment.time &- first.time <= Self.longestWait
    if segment.isPlain, isSoon {
      if segment.side != first.side {
        // What was sent before the answer came, bytes that go on where the stream stood, or a mere acknowledgment: what
        // is answered may come yet.
        let isBefore = SequenceNumber(segment.acknowledgment) - SequenceNumber(first.sequence) <= 0
        if isUnseen(slot) {
          if isBefore, isAnswered(segment, by: first) { return false }
        } else if isBefore || segment.length == 0
          || SequenceNumber(segment.sequence) == self[slot, segment.side].next
        {
          return false
        }
      } else if segment.length == 0, !isUnseen(slot) {
        return false
      } else if segment.length > 0, waiting.count < Int(Self.segmentsToBelieve),
        keep(segment, payload, slot)
      {
        return true
      }
    }
    try giveAnswers(slot, behind: isOther ? segment : nil)
    return false
  }

  private func keep(_ segment: Arrival, _ payload: RawSpan, _ slot: Int) -> Bool {
    let answer = Answer(segment: segment, bytes: payload.copied())
    guard answersHeld + answer.cost <= limits.total / 4 else { return false }
    answersHeld += answer.cost
    answers[slot, default: []].append(answer)
    isWaiting(slot, true)
    return true
  }

  /// Whether a segment that is the next one of its direction acknowledges bytes that may be under way. When an answer
  /// to them has been given already they are lost.
  private func isAhead(_ segment: Arrival, _ slot: Int) -> Bool {
    let acknowledged = SequenceNumber(segment.acknowledgment)
    let other = self[slot, segment.side.other]
    return segment.isPlain && segment.length > 0
      && self[slot, segment.side].isNext(SequenceNumber(segment.sequence))
      && other.lacks(before: acknowledged) && !other.hasFIN
      && acknowledged - other.next <= Self.nearestUnacknowledged
      && (!other.isAnswered || other.answered - other.next <= 0)
  }

  /// Gives up what an answer answers, when a later segment of the other end goes on behind it and acknowledges the
  /// answer: the loss is told before the answer is given.
  private func lose(
    _ slot: Int, before answer: Arrival, _ later: Arrival
  ) throws(TraceError) {
    let number = SequenceNumber(answer.acknowledgment)
    guard SequenceNumber(later.acknowledgment) - SequenceNumber(answer.sequence) > 0 else { return }
    if SequenceNumber(later.sequence) - number >= 0 { return try lose(slot, before: answer) }
    try giveUp(slot, later.side, before: number)
  }

  private func lose(_ slot: Int, before answer: Arrival) throws(TraceError) {
    let (side, number) = (answer.side.other, SequenceNumber(answer.acknowledgment))
    try giveUp(slot, side, before: number)
    if self[slot, side].buffer < 0, self[slot, side].start == .known {
      try skip(slot, side, to: number)
    }
  }

  /// Whether nothing was seen of the conversation.
  private func isUnseen(_ slot: Int) -> Bool {
    self[slot, .lower].start == .none && self[slot, .upper].start == .none
  }

  /// Whether a segment is the first one of a conversation whose beginning is not in the trace: only the next
  /// one tells whether it answers that.
  private func isFirst(_ segment: Arrival, _ slot: Int) -> Bool {
    segment.isPlain && segment.length > 0 && isUnseen(slot)
  }

  /// Whether an answer acknowledges a segment, and not much behind it.
  private func isAnswered(_ segment: Arrival, by answer: Arrival) -> Bool {
    let end = SequenceNumber(segment.sequence) + segment.length
    let behind = SequenceNumber(answer.acknowledgment) - end
    return segment.length > 0 && behind >= 0 && behind <= Self.nearestUnacknowledged
  }

  /// Gives the answers whose requests are there now. None has a time before that of its request.
  func giveAnswered(_ slot: Int, _ side: FlowSide, time: Int64) throws(TraceError) {
    guard let waiting = answers[slot], waiting[0].segment.side != side else { return }
    let half = self[slot, side]
    let later = waiting.firstIndex {
      half.lacks(before: SequenceNumber($0.segment.acknowledgment))
    }
    let end = later ?? waiting.count
    if end > 0 { try giveAnswers(slot, end, askedAt: time) }
  }

  /// Gives the answers that wait, or the first of them. What they answer is missing when it was not seen to the end.
  func giveAnswers(
    _ slot: Int, _ count: Int = .max, askedAt time: Int64 = .min, behind later: Arrival? = nil,
    isEnd: Bool = false
  ) throws(TraceError) {
    guard let waiting = answers.removeValue(forKey: slot) else { return }
    if count < waiting.count {
      answers[slot] = Array(waiting[count...])
    } else {
      isWaiting(slot, false)
    }
    for answer in waiting.prefix(count) {
      answersHeld -= answer.cost
      var segment = answer.segment
      segment.time = max(time, segment.time)
      if let later { try lose(slot, before: segment, later) }
      if isEnd { try lose(slot, before: segment) }
      try place(slot, segment, unsafe answer.bytes.span.bytes)
    }
  }
}
