// The one door to captured bytes. Every load below is bounds-checked by the standard library, so an
// offset beyond the span traps instead of reading foreign memory; a decoder checks its lengths once
// and then reads fields.

extension RawSpan {
  /// The byte at `offset`.
  @inlinable @inline(__always)
  public func u8(_ offset: Int) -> UInt8 {
    unsafe unsafeLoadUnaligned(fromByteOffset: offset, as: UInt8.self)
  }

  /// The big-endian 16-bit value at `offset`.
  @inlinable @inline(__always)
  public func be16(_ offset: Int) -> UInt16 {
    unsafe UInt16(bigEndian: unsafeLoadUnaligned(fromByteOffset: offset, as: UInt16.self))
  }

  /// The big-endian 24-bit value at `offset`.
  @inlinable @inline(__always)
  public func be24(_ offset: Int) -> UInt32 {
    UInt32(be16(offset)) << 8 | UInt32(u8(offset + 2))
  }

  /// The big-endian 32-bit value at `offset`.
  @inlinable @inline(__always)
  public func be32(_ offset: Int) -> UInt32 {
    unsafe UInt32(bigEndian: unsafeLoadUnaligned(fromByteOffset: offset, as: UInt32.self))
  }

  /// The big-endian 64-bit value at `offset`.
  @inlinable @inline(__always)
  public func be64(_ offset: Int) -> UInt64 {
    unsafe UInt64(bigEndian: unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self))
  }

  /// The little-endian 16-bit value at `offset`.
  @inlinable @inline(__always)
  public func le16(_ offset: Int) -> UInt16 {
    unsafe UInt16(littleEndian: unsafeLoadUnaligned(fromByteOffset: offset, as: UInt16.self))
  }

  /// The little-endian 32-bit value at `offset`.
  @inlinable @inline(__always)
  public func le32(_ offset: Int) -> UInt32 {
    unsafe UInt32(littleEndian: unsafeLoadUnaligned(fromByteOffset: offset, as: UInt32.self))
  }

  /// The little-endian 64-bit value at `offset`.
  @inlinable @inline(__always)
  public func le64(_ offset: Int) -> UInt64 {
    unsafe UInt64(littleEndian: unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self))
  }

  /// The 16-bit value at `offset` in the byte order of the file.
  @inlinable @inline(__always)
  public func u16(_ offset: Int, bigEndian: Bool) -> UInt16 {
    bigEndian ? be16(offset) : le16(offset)
  }

  /// The 32-bit value at `offset` in the byte order of the file.
  @inlinable @inline(__always)
  public func u32(_ offset: Int, bigEndian: Bool) -> UInt32 {
    bigEndian ? be32(offset) : le32(offset)
  }

  /// The 64-bit value at `offset` in the byte order of the file.
  @inlinable @inline(__always)
  public func u64(_ offset: Int, bigEndian: Bool) -> UInt64 {
    bigEndian ? be64(offset) : le64(offset)
  }

  /// Whether `count` bytes at `offset` lie inside the span; false for negative or overflowing values.
  @inlinable @inline(__always)
  public func has(_ count: Int, at offset: Int) -> Bool {
    offset >= 0 && count >= 0 && offset <= byteCount && count <= byteCount - offset
  }

  /// Whether some ASCII text stands at `offset`.
  @inlinable @inline(__always)
  public func has(_ text: StaticString, at offset: Int) -> Bool {
    let count = text.utf8CodeUnitCount
    guard has(count, at: offset) else { return false }
    let wanted = unsafe text.utf8Start
    for index in 0..<count where unsafe wanted[index] != u8(offset &+ index) { return false }
    return true
  }

  /// The first offset at or after `start` whose byte is not `value`; the byte count when there is none.
  public func firstIndex(after start: Int, otherThan value: UInt8) -> Int {
    var at = start
    let pattern = UInt64(value) &* 0x0101_0101_0101_0101
    while at + 8 <= byteCount, le64(at) == pattern { at += 8 }
    while at < byteCount, u8(at) == value { at += 1 }
    return at
  }

  /// The first offset in `range` that holds `byte`; nil when there is none.
  public func firstIndex(of byte: UInt8, in range: Range<Int>) -> Int? {
    var at = range.lowerBound
    let wanted = SIMD32<UInt8>(repeating: byte)
    while at &+ 32 <= range.upperBound {
      let bytes = unsafe unsafeLoadUnaligned(fromByteOffset: at, as: SIMD32<UInt8>.self)
      let hits = unsafe unsafeBitCast(bytes .== wanted, to: SIMD4<UInt64>.self)
      if hits[0] | hits[1] | hits[2] | hits[3] != 0 {
        for word in 0..<4 where hits[word] != 0 {
          return at &+ 8 &* word &+ hits[word].littleEndian.trailingZeroBitCount / 8
        }
      }
      at &+= 32
    }
    while at < range.upperBound {
      if u8(at) == byte { return at }
      at &+= 1
    }
    return nil
  }

  /// Whether all bytes of a range are characters of ASCII that print.
  public func isPrintableASCII(_ range: Range<Int>) -> Bool {
    var at = range.lowerBound
    while at &+ 8 <= range.upperBound {
      let word = le64(at)
      // The top bit of a byte is set when it is above 7E, or below 20.
      let above = word &+ 0x0101_0101_0101_0101
      let below = word &- 0x2020_2020_2020_2020
      if (word | above | below) & 0x8080_8080_8080_8080 != 0 { return false }
      at &+= 8
    }
    while at < range.upperBound {
      if !(0x20...0x7E).contains(u8(at)) { return false }
      at &+= 1
    }
    return true
  }

  /// Whether the bytes at `offset` are those of `bytes`.
  public func starts(with bytes: [UInt8], at offset: Int = 0) -> Bool {
    guard has(bytes.count, at: offset) else { return false }
    for (index, byte) in bytes.enumerated() where u8(offset + index) != byte { return false }
    return true
  }

  /// A copy of the bytes; not for use on a per-record path.
  public func copied() -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(byteCount)
    unsafe withUnsafeBytes { unsafe bytes.append(contentsOf: $0) }
    return bytes
  }
}

extension Array where Element == UInt8 {
  /// Appends the bytes of a span.
  @inlinable
  public mutating func append(_ span: RawSpan) {
    unsafe span.withUnsafeBytes { unsafe append(contentsOf: $0) }
  }
}

// Runs of bytes for which something holds.

extension RawSpan {
  /// Where the run ends that begins at `start`: before the first byte that is no part of it, or at `limit`.
  @inlinable @inline(__always)
  public func end(from start: Int, to limit: Int = .max, while isPart: (UInt8) -> Bool) -> Int {
    let limit = Swift.min(limit, byteCount)
    var at = start
    while at < limit, isPart(u8(at)) { at += 1 }
    return at
  }

  /// A range without the bytes at both its ends for which something holds.
  @inlinable @inline(__always)
  public func trimmed(_ range: Range<Int>, _ isOut: (UInt8) -> Bool) -> Range<Int> {
    var high = range.upperBound
    while high > range.lowerBound, isOut(u8(high - 1)) { high -= 1 }
    return end(from: range.lowerBound, to: high, while: isOut)..<high
  }
}

extension Array {
  /// Where the run ends that begins at `start`: before the first element that is no part of it, or at `limit`.
  @inlinable @inline(__always)
  public func end(from start: Int, to limit: Int = .max, while isPart: (Element) -> Bool) -> Int {
    let limit = Swift.min(limit, count)
    var at = start
    while at < limit, isPart(self[at]) { at += 1 }
    return at
  }

  /// A range without the elements at both its ends for which something holds.
  @inlinable @inline(__always)
  public func trimmed(_ range: Range<Int>, _ isOut: (Element) -> Bool) -> Range<Int> {
    var high = range.upperBound
    while high > range.lowerBound, isOut(self[high - 1]) { high -= 1 }
    return end(from: range.lowerBound, to: high, while: isOut)..<high
  }
}
