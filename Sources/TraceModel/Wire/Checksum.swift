internal import TraceBytes

/// The Internet checksum: the ones' complement of the ones' complement sum of 16-bit words.
/// Source: RFC 1071.
///
/// Words are added eight bytes at a time in the byte order of the machine and swapped at the end,
/// which RFC 1071 2(B) shows to be the same.
public struct Checksum: Sendable {
  /// Sum of 32-bit halves, in little-endian order; never more than 2^63 before 2^30 bytes are added.
  private var sum: UInt64 = 0

  @inline(__always) public init() {}

  /// Adds bytes; an odd count ends the data.
  public mutating func add(_ bytes: RawSpan) {
    var at = 0
    let count = bytes.byteCount
    var a: UInt64 = 0
    // Even and odd halves of eight-byte words in lanes of their own: no carry is lost, and the loop
    // becomes vector code.
    var even = SIMD4<UInt64>()
    var odd = SIMD4<UInt64>()
    while at &+ 32 <= count {
      let words = bytes.words32(at)
      even &+= words & SIMD4(repeating: 0xFFFF_FFFF)
      odd &+= words &>> SIMD4(repeating: 32)
      at &+= 32
    }
    a = even.wrappedSum() &+ odd.wrappedSum()
    while at &+ 4 <= count {
      a &+= UInt64(bytes.le32(at))
      at &+= 4
    }
    if at &+ 2 <= count {
      a &+= UInt64(bytes.le16(at))
      at &+= 2
    }
    if at < count { a &+= UInt64(bytes.u8(at)) }
    sum &+= (a >> 32) &+ (a & 0xFFFF_FFFF)
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
