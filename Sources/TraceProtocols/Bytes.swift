internal import TraceBytes

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// Byte values that the grammars here name.
enum Byte {
  static let tab: UInt8 = 0x09
  static let lf: UInt8 = 0x0A
  static let cr: UInt8 = 0x0D
  static let space: UInt8 = 0x20
  static let quote: UInt8 = 0x22
  static let ampersand: UInt8 = 0x26
  static let comma: UInt8 = 0x2C
  static let dash: UInt8 = 0x2D
  static let dot: UInt8 = 0x2E
  static let slash: UInt8 = 0x2F
  static let zero: UInt8 = 0x30
  static let colon: UInt8 = 0x3A
  static let semicolon: UInt8 = 0x3B
  static let equals: UInt8 = 0x3D
  static let backslash: UInt8 = 0x5C

  @inline(__always) static func isDigit(_ byte: UInt8) -> Bool { byte &- 0x30 < 10 }

  @inline(__always) static func isLetter(_ byte: UInt8) -> Bool { (byte | 0x20) &- 0x61 < 26 }

  /// Lower-case of an ASCII letter; anything else unchanged.
  @inline(__always) static func lower(_ byte: UInt8) -> UInt8 {
    byte &- 0x41 < 26 ? byte | 0x20 : byte
  }

  /// A blank of any kind, line ends included: what may surround a folded value.
  @inline(__always) static func isBlank(_ byte: UInt8) -> Bool {
    byte == space || byte == tab || byte == cr || byte == lf
  }

  /// tchar of RFC 9110 section 5.6.2.
  static func isToken(_ byte: UInt8) -> Bool {
    if isLetter(byte) || isDigit(byte) { return true }
    switch byte {
    case 0x21, 0x23, 0x24, 0x25, 0x26, 0x27, 0x2A, 0x2B, 0x2D, 0x2E, 0x5E, 0x5F, 0x60, 0x7C, 0x7E:
      return true
    default: return false
    }
  }
}

extension RawSpan {
  /// Whether one of the eight bytes at `index` is below a bound of at most 0x80.
  @inline(__always) func hasByte(below bound: UInt8, inEightAt index: Int) -> Bool {
    let word = unsafe unsafeLoadUnaligned(fromByteOffset: index, as: UInt64.self)
    let each: UInt64 = 0x0101_0101_0101_0101
    return (word &- each &* UInt64(bound)) & ~word & (each << 7) != 0
  }

  /// Index of the last byte before `end` that is below a bound of at most 0x80.
  func lastIndex(below bound: UInt8, before end: Int) -> Int? {
    precondition(end <= byteCount)
    var at = end
    while at > 0 {
      if at >= 8, !hasByte(below: bound, inEightAt: at - 8) {
        at -= 8
        continue
      }
      if u8(at - 1) < bound { return at - 1 }
      at -= 1
    }
    return nil
  }

  /// Index of the first `wanted` in `from..<to`, by memchr.
  func firstIndex(of wanted: UInt8, from: Int, to: Int) -> Int? {
    precondition(from >= 0 && to <= byteCount)
    guard from < to else { return nil }
    return unsafe withUnsafeBytes { bytes -> Int? in
      guard let base = bytes.baseAddress else { return nil }
      guard let hit = unsafe memchr(base + from, Int32(wanted), to - from) else { return nil }
      return unsafe UnsafeRawPointer(hit) - base
    }
  }

  /// Index of the first occurrence of `wanted` in `from..<to`.
  func firstIndex(of wanted: StaticString, from: Int, to: Int) -> Int? {
    let count = wanted.utf8CodeUnitCount
    guard count > 0 else { return nil }
    let head = unsafe wanted.utf8Start[0]
    var at = from
    while to - at >= count {
      guard let hit = firstIndex(of: head, from: at, to: to - count + 1) else { return nil }
      if has(wanted, at: hit) { return hit }
      at = hit + 1
    }
    return nil
  }

  /// Whether `range` is `text` (given in lower case), whatever the case of its letters.
  func equals(_ text: StaticString, in range: Range<Int>) -> Bool {
    let count = text.utf8CodeUnitCount
    guard range.count == count, range.upperBound <= byteCount else { return false }
    for offset in 0..<count
    where unsafe Byte.lower(u8(range.lowerBound + offset)) != text.utf8Start[offset] {
      return false
    }
    return true
  }

  /// `range` without the blanks (folded line ends included) at both its ends.
  func trimmed(_ range: Range<Int>) -> Range<Int> {
    trimmed(range) { Byte.isBlank($0) }
  }
}

extension [UInt8] {
  /// Appends part of a span.
  mutating func append(_ span: RawSpan, _ range: Range<Int>) {
    guard !range.isEmpty else { return }
    unsafe span.extracting(range).withUnsafeBytes { unsafe append(contentsOf: $0) }
  }
}
