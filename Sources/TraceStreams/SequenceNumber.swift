/// A TCP sequence number: arithmetic is modulo 2^32, and order is that of the shorter way round.
/// Source: RFC 9293 section 3.4.
public struct SequenceNumber: RawRepresentable, Hashable, Sendable {
  /// The number as a TCP header has it.
  public var rawValue: UInt32
  /// - Parameter rawValue: the number as a TCP header has it.
  @inlinable public init(rawValue: UInt32) { self.rawValue = rawValue }
  /// See ``init(rawValue:)``.
  @inlinable public init(_ value: UInt32) { rawValue = value }

  /// The number `count` bytes on.
  @inlinable
  public static func + (number: SequenceNumber, count: Int) -> SequenceNumber {
    SequenceNumber(number.rawValue &+ UInt32(truncatingIfNeeded: count))
  }

  /// How many bytes `number` is after `origin`; negative when it is before.
  @inlinable
  public static func - (number: SequenceNumber, origin: SequenceNumber) -> Int {
    Int(Int32(truncatingIfNeeded: number.rawValue &- origin.rawValue))
  }
}
