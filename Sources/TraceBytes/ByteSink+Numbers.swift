// Numbers as text.

extension ByteSink {
  /// Appends a number in decimal, with leading zeros up to `width` digits, 40 at most.
  public func decimal(_ value: UInt64, width: Int = 0) throws(TraceError) {
    try reserve(40)
    if let small = UInt32(exactly: value), width < 10 { return put(small, width: width) }
    var digits = 1
    var rest = value / 10
    while rest > 0 {
      digits &+= 1
      rest /= 10
    }
    let total = min(max(digits, width), 40)
    unsafe writing { place in
      rest = value
      for at in stride(from: total - 1, through: 0, by: -1) {
        unsafe place.storeBytes(
          of: 0x30 + UInt8(truncatingIfNeeded: rest % 10), toByteOffset: at, as: UInt8.self)
        rest /= 10
      }
      return total
    }
  }

  /// Appends a number in decimal, with a minus sign where it is below zero.
  public func number(_ value: Int64) throws(TraceError) {
    if value < 0 { try u8(0x2D) }
    try decimal(value.magnitude)
  }

  /// Appends how many there are of something.
  public func decimal(_ value: Int) throws(TraceError) { try number(Int64(value)) }

  /// Writes a number where room has been reserved.
  @inline(__always)
  package func put(_ value: UInt32, width: Int = 0) {
    let digits = max(Self.digits(value), width)
    unsafe writing { place in
      var at = digits
      var rest = value
      // Two digits at a time; the compiler divides by multiplying.
      while at >= 2 {
        let pair = rest % 100
        rest /= 100
        at &-= 2
        unsafe place.storeBytes(
          of: 0x30 + UInt8(truncatingIfNeeded: pair / 10), toByteOffset: at, as: UInt8.self)
        unsafe place.storeBytes(
          of: 0x30 + UInt8(truncatingIfNeeded: pair % 10), toByteOffset: at &+ 1, as: UInt8.self)
      }
      if at > 0 {
        unsafe place.storeBytes(of: 0x30 + UInt8(truncatingIfNeeded: rest), as: UInt8.self)
      }
      return digits
    }
  }

  @inline(__always)
  private static func digits(_ value: UInt32) -> Int {
    if value < 100 { return value < 10 ? 1 : 2 }
    if value < 10_000 { return value < 1000 ? 3 : 4 }
    if value < 1_000_000 { return value < 100_000 ? 5 : 6 }
    if value < 100_000_000 { return value < 10_000_000 ? 7 : 8 }
    return value < 1_000_000_000 ? 9 : 10
  }

  /// Appends the lowest `digits` hexadecimal digits of a number, 16 at most.
  public func hex(_ value: UInt64, digits: Int, upper: Bool = true) throws(TraceError) {
    try reserve(16)
    var shift = UInt64(4 * digits)
    for _ in 0..<min(digits, 16) {
      shift &-= 4
      let nibble = UInt8(truncatingIfNeeded: value >> shift) & 15
      put(upper ? Hex.capital(nibble) : Hex.small(nibble))
    }
  }
}
