/// One of the two ends of a conversation, and the byte stream that it sends: the ends are told apart by
/// address and port, so that a side means the same whichever record came first.
public enum FlowSide: UInt8, Sendable, CaseIterable, BitwiseCopyable {
  /// The end with the lower address, or the lower port where the addresses are equal.
  case lower
  /// The other end.
  case upper

  /// The other end.
  @inlinable public var other: FlowSide { self == .lower ? .upper : .lower }

  /// Place in a pair of things, one for each side.
  @inlinable public var index: Int { Int(rawValue) }
}
