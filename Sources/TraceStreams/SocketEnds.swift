internal import TraceModel

/// The ends of a data-trace conversation that are on the traced stack.
///
/// Mostly there is one. A connection within the stack has two, and the trace holds each send twice: as
/// a send of one end and as a receive of the other. The kind that comes first in a direction is read,
/// the other repeats it.
struct SocketEnds: Sendable {
  private var started: Sides = []
  private var closed: Sides = []
  private var hasSpoken = false
  private var lowerCopy = Direction.unknown
  private var upperCopy = Direction.unknown

  private struct Sides: OptionSet {
    let rawValue: UInt8
    init(rawValue: UInt8) { self.rawValue = rawValue }
    init(_ side: FlowSide) { rawValue = side == .lower ? 1 : 2 }
  }

  /// Whether a record of one end begins another conversation: one after the end, or a start record of
  /// an end that has begun already. A start record of the other direction, or of the other end of a
  /// connection within the stack, begins nothing new.
  @inline(__always)
  func areFollowed(by flags: RecordFlags, of owner: FlowSide) -> Bool {
    if flags.contains(.end) { return false }
    if areClosed { return true }
    return flags.contains(.start) && hasSpoken && started.contains(Sides(owner))
  }

  /// Whether all ends that began have been closed.
  private var areClosed: Bool { !closed.isEmpty && closed == started }

  /// Notes a record of one end.
  @inline(__always)
  mutating func note(_ owner: FlowSide, hasData: Bool) {
    started.formUnion(Sides(owner))
    if hasData { hasSpoken = true }
  }

  /// Notes that an end was closed; returns whether all that began have been.
  mutating func close(_ owner: FlowSide) -> Bool {
    started.formUnion(Sides(owner))
    closed.formUnion(Sides(owner))
    return areClosed
  }

  /// Whether data repeats what the other end's record of it said.
  mutating func isRepeated(_ direction: Direction, from side: FlowSide) -> Bool {
    let copy = side == .lower ? lowerCopy : upperCopy
    guard copy == .unknown else { return copy != direction }
    if side == .lower { lowerCopy = direction } else { upperCopy = direction }
    return false
  }
}
