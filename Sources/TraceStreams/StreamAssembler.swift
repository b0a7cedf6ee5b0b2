internal import TraceBytes
internal import TraceModel

/// Puts the byte streams of TCP conversations into order.
///
/// Bytes that come in order go on uncopied. Bytes that come early are kept until what is missing before
/// them comes. The hole is given up when the other end has acknowledged it and the stream has gone on
/// all the same, when bounds of memory are reached, when the connection is reset or closed from both
/// ends, or when the conversation or the trace is over. What the other end sends is no proof of loss.
public final class StreamAssembler {
  /// What may be kept of conversations, and of data that came early.
  public struct Limits: Sendable {
    /// Bytes over all conversations; the oldest hole is given up first.
    public var total = 8 << 20
    /// Bytes of what is known of open conversations; the one idle longest is put aside.
    public var conversations = 384 << 20
    /// Bytes of messages under way and of what waits for its turn to be shown; nil for what each output has.
    public var messages: Int?
    /// Bytes of one direction.
    public var perStream = 4 << 20
    /// Pieces of one direction.
    public var piecesPerStream = 4096

    /// 8 MiB of data that came early, 4 MiB and 4,096 pieces of one direction; 384 MiB of conversations.
    public init() {}

    /// Half of `memory` for conversations, a quarter for data that came early, a quarter for messages.
    public init(memory: Int) {
      total = memory / 4
      messages = memory / 4
      conversations = memory / 2
    }
  }

  /// Holes given up before the end of their conversation, and segments that belong nowhere.
  public struct Counts: Sendable, Equatable {
    /// Holes given up because the other end had their bytes and the stream went on.
    public var byAcknowledgment: UInt64 = 0
    /// Segments that came for a hole after it had been given up.
    public var late: UInt64 = 0
    /// Holes given up because one direction had too much after them.
    public var byStreamLimit: UInt64 = 0
    /// Holes given up because all conversations together had too much.
    public var byMemory: UInt64 = 0
    /// Segments with a sequence number far outside any window.
    public var strays: UInt64 = 0
    /// Segments with data after the end of their direction.
    public var afterEnd: UInt64 = 0
    /// Segments with data from before the first byte that was given of a direction, whose beginning is not
    /// in the trace.
    public var beforeStart: UInt64 = 0
  }

  /// How far ahead a segment can be: the largest window there is (RFC 7323 section 2.3).
  static let farthestAhead = 1 << 30
  /// How far behind a retransmission can be.
  static let farthestBehind = 1 << 26
  /// Bytes before the first segment of a direction that may still come: more than a receive window of
  /// most connections, and few enough to wait for.
  static let nearestUnacknowledged = 1 << 16
  /// Strays that continue each other and are then taken for a new beginning.
  static let straysToBelieve: UInt8 = 4
  /// Segments beyond an acknowledged hole after which it is lost and not late. Capture points with
  /// more than one queue swap acknowledgments and the data before them: of 24 holes of 500 captures
  /// that were acknowledged, one was filled, by the very next packet; whole bursts are swapped too.
  static let segmentsToBelieve: UInt8 = 32

  /// One direction of one conversation.
  struct Half {
    /// Where the stream begins is known from SYN, or only from a segment without data.
    enum Start: UInt8 { case none, guessed, known }

    var start = Start.none
    var strays: UInt8 = 0
    var hasFIN = false
    /// Whether only an acknowledgment of the other end told where it begins.
    var isFromAcknowledgment = false
    /// Whether bytes were given: only then is what lies before them known to come again.
    var hasGiven = false
    /// Whether the other end, or this one, sent a RST that can be one.
    var isReset = false
    var next = SequenceNumber(0)
    /// Where an earlier SYN had the beginning, when the last one has another.
    var hasEarlier = false
    var earlier = SequenceNumber(0)
    /// The first byte that was given.
    var first = SequenceNumber(0)
    var fin = SequenceNumber(0)
    /// Where the last stray ended.
    var strayEnd = SequenceNumber(0)
    /// What the other end has acknowledged last, when it has.
    var isAcknowledged = false
    /// Whether the other end sent data after it had bytes of this direction that were not seen: where that data
    /// begins, and how far it had them.
    var isAnswered = false
    var acknowledged = SequenceNumber(0)
    var answer = SequenceNumber(0)
    var answered = SequenceNumber(0)
    /// Index of the buffer with data that came early, -1 without.
    var buffer: Int32 = -1
    /// The last hole that was given up.
    var lost = SequenceNumber(0)
    var lostEnd = SequenceNumber(0)

    @inline(__always)
    func isNext(_ sequence: SequenceNumber) -> Bool {
      sequence == next && start == .known && buffer < 0 && !hasFIN && strays == 0
    }

    /// Whether what is missing before its first bytes may have been sent before the trace began.
    @inline(__always) var isBeforeTrace: Bool { isFromAcknowledgment && !hasGiven }

    /// Notes that bytes are given.
    @inline(__always)
    mutating func give(from sequence: SequenceNumber) {
      if hasGiven { return }
      hasGiven = true
      first = sequence
    }

    /// Whether a byte is in the last hole that was given up.
    func gaveUp(_ sequence: SequenceNumber) -> Bool {
      sequence - lost >= 0 && lostEnd - sequence > 0
    }

    @inline(__always)
    mutating func acknowledge(_ number: SequenceNumber) {
      isAcknowledged = true
      acknowledged = number
    }

    /// Whether the other end has bytes of this direction that were not seen.
    @inline(__always)
    func lacks(before number: SequenceNumber) -> Bool { start == .known && number - next > 0 }
  }

  /// Both directions.
  struct Halves {
    var lower = Half()
    var upper = Half()
    /// Whether answers wait for what they answer.
    var isWaiting = false

    /// Moves on by a segment that is the next one, and says whether it was.
    @inline(__always)
    mutating func advance(
      _ side: FlowSide, by length: Int, at sequence: SequenceNumber, acknowledged: SequenceNumber
    ) -> Bool {
      if isWaiting { return false }
      if side == .lower {
        guard lower.isNext(sequence), upper.buffer < 0, !upper.lacks(before: acknowledged) else {
          return false
        }
        lower.give(from: sequence)
        lower.next = sequence + length
        upper.acknowledge(acknowledged)
      } else {
        guard upper.isNext(sequence), lower.buffer < 0, !lower.lacks(before: acknowledged) else {
          return false
        }
        upper.give(from: sequence)
        upper.next = sequence + length
        lower.acknowledge(acknowledged)
      }
      return true
    }
  }

  /// What was counted until now.
  public internal(set) var counts = Counts()
  /// Bytes held of data that came early, with what holding them costs.
  public internal(set) var held = 0
  /// Holes that are remembered, filled ones among them.
  var holesQueued: Int { holes.count }
  let table: ConversationTable
  let sink: any StreamSink
  let limits: Limits
  // Every segment comes here: the run-time check of overlapping access costs more than the change. No
  // change calls anything that could come back.
  @exclusivity(unchecked) private var halves: ContiguousArray<Halves> = []
  var buffers: [ReorderBuffer] = []
  var freeBuffers: [Int32] = []
  var holes = HoleQueue()
  var serial: UInt64 = 0
  /// Answers that wait, by slot, and their bytes.
  var answers: [Int: [Answer]] = [:]
  var answersHeld = 0

  init(table: ConversationTable, sink: any StreamSink, limits: Limits = Limits()) {
    self.table = table
    self.sink = sink
    self.limits = limits
  }

  /// Makes room for the conversation in a slot and tells of it. Application data comes in order and needs none.
  func open(_ slot: Int) throws(TraceError) {
    if !table.flows.flows[slot].isDataTrace {
      while unsafe halves.count <= slot { unsafe halves.append(Halves()) }
      unsafe halves[slot] = Halves()
    }
    try sink.opened(table.conversation(slot))
  }

  /// Gives the memory of conversations back; none is open any more.
  func releaseMemory() { unsafe halves = [] }

  /// Takes one TCP segment: `payload` was captured of `length` bytes.
  func segment(
    _ slot: Int, from side: FlowSide, sequence: UInt32, acknowledgment: UInt32,
    flags: TCPHeader.Flags, _ payload: RawSpan, length: Int, time: Int64, record: UInt64
  ) throws(TraceError) {
    // Nearly all segments: in order, whole, and nothing else to them.
    if flags.union(.psh) == [.ack, .psh], length > 0, length == payload.byteCount,
      unsafe halves[slot].advance(
        side, by: length, at: SequenceNumber(sequence),
        acknowledged: SequenceNumber(acknowledgment))
    {
      table.deliver(length, in: slot, from: side)
      return try sink.data(
        table.conversation(slot), from: side, payload, time: time, record: record)
    }
    let segment = Arrival(
      side: side, sequence: sequence, acknowledgment: acknowledgment, flags: flags,
      length: length, time: time, record: record)
    if try keeps(segment, payload, in: slot) { return }
    try place(slot, segment, payload)
    if isWaiting(slot) { try giveAnswered(slot, side, time: time) }
  }

  /// Puts a segment where it belongs.
  func place(_ slot: Int, _ segment: Arrival, _ payload: RawSpan) throws(TraceError) {
    let (side, flags, length) = (segment.side, segment.flags, segment.length)
    let acknowledgment = segment.acknowledgment
    var sequence = SequenceNumber(segment.sequence)
    if flags.contains(.syn) {
      sequence = sequence + 1
      begin(slot, side, at: sequence)
      reopen(slot)
      // A SYN-ACK tells where the other direction begins as well.
      if flags.contains(.ack) {
        begin(slot, side.other, at: SequenceNumber(acknowledgment))
      }
    }
    if flags.contains(.ack) {
      self[slot, side.other].isAcknowledged = true
      self[slot, side.other].acknowledged = SequenceNumber(acknowledgment)
      if length > 0 { noteAnswer(slot, side, at: sequence, SequenceNumber(acknowledgment)) }
    }
    if length > 0 {
      try data(
        slot, side, at: sequence, payload, length: length, time: segment.time,
        record: segment.record)
    } else if self[slot, side].start == .none {
      self[slot, side].start = .guessed
      self[slot, side].next = sequence
    } else {
      try giveUpAnswered(slot, side)
    }
    if flags.contains(.fin), !self[slot, side].hasFIN, !flags.contains(.rst),
      isPlausible(slot, side, sequence + length)
    {
      self[slot, side].hasFIN = true
      self[slot, side].fin = sequence + length
    }
    if self[slot, side].hasFIN { try endIfComplete(slot, side) }
    if flags.contains(.rst) {
      guard isPlausible(slot, side, sequence + length) else { return }
      self[slot, side].isReset = true
      try giveUpAll(slot, .lower)
      try giveUpAll(slot, .upper)
    } else if flags.contains(.ack), self[slot, side.other].hasFIN {
      try closeIfAcknowledged(slot, side.other, by: SequenceNumber(acknowledgment))
    } else if self[slot, side.other].isBeforeTrace {
      try giveUpAcknowledged(slot, side.other)
    }
  }

  /// Takes application data that has no sequence numbers: a data trace is in order.
  ///
  /// - Parameter length: bytes of the request; the trace may hold fewer.
  func sent(
    _ slot: Int, from side: FlowSide, _ payload: RawSpan, length: Int, gapBefore: Int, time: Int64,
    record: UInt64
  ) throws(TraceError) {
    if table.counts[slot][side].end != nil {
      counts.afterEnd &+= 1
      return
    }
    if gapBefore > 0 { try gap(slot, side, gapBefore) }
    try give(slot, side, payload, length: length, time: time, record: record)
  }

  /// Ends a conversation: gives what is held of it, and says how its directions ended.
  func close(_ slot: Int, _ how: FlowEnd) throws(TraceError) {
    try giveAnswers(slot, isEnd: true)
    let isOrdered = table.flows.flows[slot].isDataTrace
    let isReset = !isOrdered && (self[slot, .lower].isReset || self[slot, .upper].isReset)
    for side in [FlowSide.lower, .upper] {
      if isOrdered {
        try end(slot, side, how)
        continue
      }
      try giveUpAll(slot, side)
      try giveUpBeforeFIN(slot, side)
      try end(slot, side, self[slot, side].hasFIN ? .closed : isReset ? .reset : how)
    }
    try sink.closed(table.conversation(slot))
  }

  func isWaiting(_ slot: Int) -> Bool { unsafe halves[slot].isWaiting }

  func isWaiting(_ slot: Int, _ isWaiting: Bool) { unsafe halves[slot].isWaiting = isWaiting }

  /// Says that a direction is over, once.
  func end(_ slot: Int, _ side: FlowSide, _ how: FlowEnd) throws(TraceError) {
    guard table.counts[slot][side].end == nil else { return }
    table.counts[slot][side].end = how
    try sink.ended(table.conversation(slot), from: side, how)
  }

  // A setter and no coroutine: that would allocate its frame for each change.
  subscript(slot: Int, side: FlowSide) -> Half {
    @inline(__always) get { unsafe side == .lower ? halves[slot].lower : halves[slot].upper }
    @inline(__always) set {
      if side == .lower {
        unsafe halves[slot].lower = newValue
      } else {
        unsafe halves[slot].upper = newValue
      }
    }
  }

  /// Takes the number of a SYN. Of several the last one counts as long as no byte was given, and the other
  /// end does not acknowledge an earlier one: a SYN that is tried again can be answered with another number.
  private func begin(_ slot: Int, _ side: FlowSide, at sequence: SequenceNumber) {
    let half = self[slot, side]
    guard half.start != .known || !half.hasGiven && half.buffer < 0 else { return }
    if half.start == .known, half.next != sequence {
      self[slot, side].hasEarlier = true
      self[slot, side].earlier = half.next
    }
    self[slot, side].start = .known
    self[slot, side].isFromAcknowledgment = false
    self[slot, side].next = sequence
    // A FIN from before the beginning ends nothing.
    if half.hasFIN, !(0...Self.farthestBehind).contains(half.fin - sequence) {
      self[slot, side].hasFIN = false
    }
  }

  /// A SYN: the connection is tried again, and an earlier refusal did not end it.
  private func reopen(_ slot: Int) {
    self[slot, .lower].isReset = false
    self[slot, .upper].isReset = false
  }

  /// Whether a FIN or RST with this number can be one of the connection: near to what was seen of its
  /// direction or to what the other end has acknowledged.
  private func isPlausible(_ slot: Int, _ side: FlowSide, _ number: SequenceNumber) -> Bool {
    let half = self[slot, side]
    if half.start == .none { return true }
    if abs(number - half.next) <= Self.farthestBehind { return true }
    return half.isAcknowledged && abs(number - half.acknowledged) <= Self.farthestBehind
  }
}
