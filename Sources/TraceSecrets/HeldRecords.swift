internal import TraceBytes
internal import TraceModel

/// What waits in the stage, in the order in which it came.
struct HeldEvent {
  enum Kind {
    case record, whole
    case comment([UInt8])
    case notice(TraceNotice)
    case interface(CaptureInterface)
  }

  var kind: Kind
  var placed: PlacedRecord
  var bytes: [UInt8] = []
  /// Bytes that may be masked.
  var data = 0..<0
  /// Where they stand in their stream.
  var place = SecretPlace()
  /// What was found in bytes that belong to no stream, which begin where the number says.
  var rest: (marks: SecretMarks, at: Int)?
  /// The packet that a fragment is part of.
  var group: FragmentGroup?

  /// What it costs to keep.
  var cost: Int { bytes.count + 512 }

  var isDecided: Bool { group?.isDecided ?? place.isDecided(data.count) }

  /// Decides without waiting for the rest of its message or packet.
  /// - Parameter comes: whether more may come, so that it is not searched to its end.
  func decide(moreComes comes: Bool) {
    place.flow?.decideUnfinished(moreComes: comes)
    guard let group else { return }
    if group.isWhole {
      group.place.flow?.decideUnfinished(moreComes: comes)
    } else {
      group.isOver = true
    }
  }
}

/// What waits, in the order in which it came.
struct HeldQueue {
  private var events: [HeldEvent] = []
  private var next = 0
  /// What keeping them costs.
  private(set) var bytes = 0

  var isEmpty: Bool { next == events.count }
  /// Whether it is known what of the first is secret.
  var isFirstDecided: Bool { !isEmpty && events[next].isDecided }

  /// Decides what of the first is secret without waiting for the rest of it.
  func decideFirst(moreComes: Bool) { events[next].decide(moreComes: moreComes) }

  mutating func append(_ event: consuming HeldEvent) {
    event.place.flow?.held += 1
    bytes += event.cost
    events.append(event)
  }

  mutating func takeFirst() -> HeldEvent? {
    guard !isEmpty else { return nil }
    // An event is large: it is moved, not copied.
    var event = HeldEvent(kind: .record, placed: PlacedRecord(TraceRecord()))
    swap(&event, &events[next])
    next += 1
    if next == events.count || next > 4096 {
      events.removeFirst(next)
      next = 0
    }
    bytes -= event.cost
    event.place.flow?.held -= 1
    return event
  }
}

/// Where bytes stand in a stream, or what was found in them alone.
struct SecretPlace {
  var flow: FlowState?
  /// Whether they are of the second copy of a conversation on one stack.
  var isCopy = false
  var side = FlowSide.lower
  /// Offset of the first of them.
  var start = FlowSecrets.origin
  var own: SecretMarks?
  var isBlind = false

  var secrets: FlowSecrets? { isCopy ? flow?.copy : flow?.original }

  func isDecided(_ count: Int) -> Bool {
    guard let flow, let secrets, count > 0 else { return true }
    if !isCopy, flow.isOpen(side) { return false }
    return secrets.decided(side) >= start &+ UInt64(count)
  }

  /// Masks bytes that stand `offset` behind the first of the place; how many were changed.
  func apply(to bytes: inout [UInt8], _ range: Range<Int>, offset: Int = 0) -> MaskedBytes {
    let at = UInt64(truncatingIfNeeded: Int(truncatingIfNeeded: start) &+ offset)
    if let secrets { return secrets.marks(side).apply(to: &bytes, range, at: at) }
    return own?.apply(to: &bytes, range, at: at) ?? MaskedBytes()
  }

  /// The bytes were let go: marks far behind them are not needed any more.
  func release(_ count: Int) {
    secrets?.release(side, before: start &+ UInt64(max(0, count)))
  }

  /// Whether any of the first bytes of the place are secret.
  func isSecret(_ count: Int) -> Bool {
    guard let marks = secrets?.marks(side) ?? own else { return false }
    return marks.holds(start..<start &+ UInt64(max(0, count)))
  }

  /// Whether any of the bytes were not searched.
  func isUnsearched(_ count: Int, offset: Int = 0) -> Bool {
    guard let secrets else { return isBlind }
    let at = UInt64(truncatingIfNeeded: Int(truncatingIfNeeded: start) &+ offset)
    return secrets.isUnsearched(side, at..<at &+ UInt64(max(0, count)))
  }
}

/// What is known of a conversation.
final class FlowState {
  let original: FlowSecrets
  /// The same conversation as the other end on this stack has it in the trace.
  var copy: FlowSecrets?
  /// Records that wait.
  var held = 0
  private var placers: Sides<SegmentPlacer>

  /// Sides that have sent their last byte.
  private var ends: Set<FlowSide> = []
  private let resumed: FlowSecrets.PutAside?
  /// What tells the conversation from all others of the trace.
  let key: UInt64

  /// - Parameter resumed: what it was when it was put aside; nil when it begins.
  init(_ engine: SecretEngine, key: UInt64, resumed: FlowSecrets.PutAside?) {
    self.key = key
    self.resumed = resumed
    original = FlowSecrets(engine, resumed: resumed)
    placers = Sides(lower: SegmentPlacer(.lower, original), upper: SegmentPlacer(.upper, original))
  }

  /// Begins the second copy.
  func beginCopy() { copy = copy ?? FlowSecrets(original.engine, resumed: resumed) }

  /// Whether its messages are followed.
  var isFollowing: Bool { original.isFollowing }

  func isOpen(_ side: FlowSide) -> Bool { placers[side].isOpen }

  /// Gives a segment of TCP to its stream; the offset of its first byte.
  func segment(
    _ side: FlowSide, _ packet: borrowing PacketView, _ data: RawSpan, time: Int64
  ) -> UInt64 {
    var sequence = packet.sequence
    if packet.tcpFlags.contains(.syn) {
      placers[side].begin(sequence)
      sequence &+= 1
    }
    let length = max(packet.payloadLength, data.byteCount)
    if length > 0 {
      // Data of one side: the trace has the beginning of what the other side sent before.
      placers[side.other].start()
    }
    let start = placers[side].place(sequence, data, length: length, time: time)
    if packet.tcpFlags.contains(.fin) {
      ends.insert(side)
      // Nothing more comes: what waits is all there is.
      if ends.count == 2, !placers.lower.isWaiting, !placers.upper.isWaiting {
        original.decideUnfinished()
      }
    }
    return start
  }

  /// Decides everything that waits.
  /// - Parameter moreComes: whether its rest may come, so that it was not searched to its end.
  func decideUnfinished(moreComes: Bool = false) {
    for side in FlowSide.allCases { placers[side].start() }
    let flows = [original, copy].compactMap { $0 }
    let open = flows.map { Sides(lower: $0.decided(.lower), upper: $0.decided(.upper)) }
    for side in FlowSide.allCases { placers[side].placeAll() }
    for (flow, decided) in zip(flows, open) {
      flow.decideUnfinished()
      for side in FlowSide.allCases where moreComes {
        flow.markGivenUp(side, from: decided[side])
      }
    }
  }
}

/// The fragments of one packet.
final class FragmentGroup {
  /// The packet that they make up, once it is whole.
  var bytes: [UInt8] = []
  var view = PacketView()
  var data = 0..<0
  var place = SecretPlace()
  var isWhole = false
  /// Nothing more is waited for.
  var isOver = false
  /// Whether it is counted among what was not searched.
  var isCounted = false

  var isDecided: Bool { isWhole ? place.isDecided(data.count) : isOver }

  /// The checksum of the whole packet after masking, and its place behind the IP header.
  func checksum() -> (place: Int, bytes: [UInt8])? {
    var copy = bytes
    let old = Array(bytes[data])
    guard place.apply(to: &copy, data).all > 0 else { return nil }
    unsafe ChecksumRepair.repair(&copy, view, data, old: old.span.bytes)
    guard let at = ChecksumRepair.place(view), at + 2 <= copy.count else { return nil }
    return (at - view.transportOffset, Array(copy[at..<at + 2]))
  }
}

/// What tells the fragments of a packet from those of others.
struct FragmentKey: Hashable {
  var source: IPAddress
  var destination: IPAddress
  var id: UInt32
  var ipProtocol: UInt8

  init(_ view: borrowing PacketView) {
    source = view.source
    destination = view.destination
    id = view.fragmentID
    ipProtocol = view.fragmentProtocol.rawValue
  }
}
