internal import TraceBytes

/// Elements of the Basic Encoding Rules as LDAP uses them: tags of one byte, lengths of up to four.
/// Source: ITU-T X.690, RFC 4511 section 5.1.
struct BER {
  let tag: UInt8
  /// Where the value stands; it may go on behind the bytes at hand.
  private(set) var value: Range<Int>

  /// The element that begins at an index, within a range; nil when there is none, or more of its head is needed.
  init?(_ bytes: RawSpan, at start: Int, in range: Range<Int>) {
    let end = min(range.upperBound, bytes.byteCount)
    guard start >= 0, start &+ 2 <= end else { return nil }
    tag = bytes.u8(start)
    let short = Int(bytes.u8(start + 1))
    var at = start + 2
    var length = short
    if short >= 0x80 {
      let count = short & 0x7F
      guard count >= 1, count <= 4, at + count <= end else { return nil }
      length = 0
      for index in at..<at + count { length = length << 8 | Int(bytes.u8(index)) }
      at += count
    }
    value = at..<at + length
  }

  /// The elements inside this one, as far as they are there.
  ///
  /// One that says that it is longer than this one ends with it: otherwise what stands behind would be part of both,
  /// and a few hundred bytes could hold more elements than can be counted.
  func parts(_ bytes: RawSpan, most: Int = 64) -> [BER] {
    var parts: [BER] = []
    var at = value.lowerBound
    while at < value.upperBound, parts.count < most, var part = BER(bytes, at: at, in: value) {
      part.value = part.value.clamped(to: value)
      parts.append(part)
      at = part.value.upperBound
    }
    return parts
  }

  func text(_ bytes: RawSpan) -> String {
    let range = value.clamped(to: 0..<bytes.byteCount)
    return String(decoding: bytes.extracting(range.prefix(4096)).copied(), as: UTF8.self)
  }

  /// A whole number of up to eight bytes.
  func number(_ bytes: RawSpan) -> Int64? {
    guard value.count >= 1, value.count <= 8, value.upperBound <= bytes.byteCount else {
      return nil
    }
    var number = Int64(Int8(bitPattern: bytes.u8(value.lowerBound)))
    for at in value.dropFirst() { number = number << 8 | Int64(bytes.u8(at)) }
    return number
  }
}
