internal import TraceBytes

/// The Internet checksum: the ones' complement of the ones' complement sum of 16-bit words.
/// Source: RFC 1071.
///
/// Words are added eight bytes at a time in the byte order of the machine and swapped at the end,
/// which RFC 1071 2(B) shows to be the same.
public struct Checksum: Sendable {
  /// Sum of 32-bit halves, in little-endian order; never more than 2^63 before 2^30 bytes are added.
  private var sum: UInt64 = 0

  /// The sum of nothing.
  @inline(__always) public init() {}

  /// Adds bytes; an odd count ends the data.
  public mutating func add(_ bytes: RawSpan) {
    // Two sums with their carries, so that an addition need not wait for the one before it.
    var one: UInt64 = 0
    var other: UInt64 = 0
    var at = 0
    let count = bytes.byteCount
    unsafe bytes.withUnsafeBytes { memory in
      while at &+ 32 <= count {
        unsafe Self.add(memory.loadUnaligned(fromByteOffset: at, as: UInt64.self), to: &one)
        unsafe Self.add(memory.loadUnaligned(fromByteOffset: at &+ 8, as: UInt64.self), to: &other)
        unsafe Self.add(memory.loadUnaligned(fromByteOffset: at &+ 16, as: UInt64.self), to: &one)
        unsafe Self.add(memory.loadUnaligned(fromByteOffset: at &+ 24, as: UInt64.self), to: &other)
        at &+= 32
      }
    }
    while at &+ 4 <= count {
      Self.add(UInt64(bytes.le32(at)), to: &one)
      at &+= 4
    }
    if at &+ 2 <= count {
      Self.add(UInt64(bytes.le16(at)), to: &other)
      at &+= 2
    }
    if at < count { Self.add(UInt64(bytes.u8(at)), to: &one) }
    sum &+= (one >> 32) &+ (one & 0xFFFF_FFFF) &+ (other >> 32) &+ (other & 0xFFFF_FFFF)
  }

  /// Ones' complement addition: the carry comes back in at the low end.
  @inline(__always)
  private static func add(_ word: UInt64, to sum: inout UInt64) {
    let (partial, carry) = sum.addingReportingOverflow(word)
    sum = partial &+ (carry ? 1 : 0)
  }

  /// Adds one 16-bit word given in host order.
  @inline(__always)
  public mutating func add(_ word: UInt16) { sum &+= UInt64(word.bigEndian) }

  /// Adds a 32-bit value given in host order.
  @inline(__always)
  public mutating func add(_ word: UInt32) { sum &+= UInt64(word.bigEndian) }

  /// Adds a 64-bit value given in host order.
  @inline(__always)
  public mutating func add(_ word: UInt64) {
    add(UInt32(truncatingIfNeeded: word >> 32))
    add(UInt32(truncatingIfNeeded: word))
  }

  /// The checksum to write into a header, in host order.
  public var value: UInt16 {
    var folded = sum
    while folded >> 16 != 0 { folded = (folded & 0xFFFF) &+ (folded >> 16) }
    return ~UInt16(truncatingIfNeeded: folded).byteSwapped
  }
}
