/// One of the two ends of a conversation, and the byte stream that it sends: the ends are told apart by
/// address and port, so that a side means the same whichever record came first.
public enum FlowSide: UInt8, Sendable, CaseIterable, BitwiseCopyable {
  /// The end with the lower address, or the lower port where the addresses are equal.
  case lower
  /// The other end.
  case upper

  /// The other end.
  @inlinable public var other: FlowSide {
    switch self {
    case .lower: .upper
    case .upper: .lower
    }
  }
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

  /// The one of a side. A switch, because the optimizer sees through it and not through a comparison: where this is
  /// a property of a class, an access that holds no other is not checked at run time.
  @inlinable
  public subscript(side: FlowSide) -> Value {
    @inline(__always) get {
      switch side {
      case .lower: lower
      case .upper: upper
      }
    }
    @inline(__always) _modify {
      switch side {
      case .lower: yield &lower
      case .upper: yield &upper
      }
    }
  }
}

extension Sides: Sendable where Value: Sendable {}
