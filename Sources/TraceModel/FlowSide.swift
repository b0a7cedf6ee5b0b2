/// One of the two ends of a conversation, and the byte stream that it sends: the ends are told apart by
/// address and port, so that a side means the same whichever record came first.
public enum FlowSide: UInt8, Sendable, CaseIterable, BitwiseCopyable {
  /// The end with the lower address, or the lower port where the addresses are equal.
  case lower
  /// The other end.
  case upper

  /// The other end.
  @inlinable public var other: FlowSide { self == .lower ? .upper : .lower }
}

/// Two of a kind, one for each side of a conversation.
public struct Sides<Value> {
  /// That of the lower side.
  public var lower: Value
  /// That of the upper side.
  public var upper: Value

  /// One for each side.
  @inlinable
  public init(lower: Value, upper: Value) {
    self.lower = lower
    self.upper = upper
  }

  /// The one of a side.
  @inlinable
  public subscript(side: FlowSide) -> Value {
    @inline(__always) get { side == .lower ? lower : upper }
    @inline(__always) _modify { if side == .lower { yield &lower } else { yield &upper } }
  }
}

extension Sides: Sendable where Value: Sendable {}
