import TraceBytes

/// Small numbers in as few bits as they need.
///
/// Source: Apache Parquet encodings (parquet.apache.org/docs/file-format/data-pages/encodings), RLE.
enum BitPacking {
  /// One bit for each value, the lowest first.
  static func bits(_ values: [Bool], into bytes: inout [UInt8]) {
    bytes.removeAll(keepingCapacity: true)
    var byte: UInt8 = 0
    for index in values.indices {
      if values[index] { byte |= 1 << UInt8(index & 7) }
      if index & 7 == 7 {
        bytes.append(byte)
        byte = 0
      }
    }
    if values.count & 7 != 0 { bytes.append(byte) }
  }

  /// Bits that hold the numbers below `count`; at least one.
  static func width(below count: Int) -> Int {
    max(1, Int.bitWidth - max(0, count - 1).leadingZeroBitCount)
  }

  /// Appends numbers as runs of equal ones and groups of eight.
  static func append(_ values: [UInt32], width: Int, to bytes: inout [UInt8]) {
    var at = 0
    var literals = 0
    while at < values.count {
      let end = values.end(from: at + 1) { $0 == values[at] }
      // Groups hold eight values: a run begins behind a whole one.
      let short = (8 - (at - literals) % 8) % 8
      if end - at - short < 8 {
        at = end
        continue
      }
      appendGroups(values, literals..<(at + short), width, to: &bytes)
      appendRun(values[at], end - at - short, width, to: &bytes)
      at = end
      literals = end
    }
    appendGroups(values, literals..<values.count, width, to: &bytes)
  }

  /// Appends one number many times.
  static func appendRun(_ value: UInt32, _ count: Int, _ width: Int, to bytes: inout [UInt8]) {
    Varint.append(UInt64(count) << 1, to: &bytes)
    for index in 0..<((width + 7) / 8) {
      bytes.append(UInt8(truncatingIfNeeded: value >> UInt32(8 * index)))
    }
  }

  private static func appendGroups(
    _ values: [UInt32], _ range: Range<Int>, _ width: Int, to bytes: inout [UInt8]
  ) {
    guard !range.isEmpty else { return }
    let groups = (range.count + 7) / 8
    Varint.append(UInt64(groups) << 1 | 1, to: &bytes)
    var kept: UInt64 = 0
    var count = 0
    for index in range.lowerBound..<(range.lowerBound + 8 * groups) {
      kept |= UInt64(index < range.upperBound ? values[index] : 0) << UInt64(count)
      count += width
      while count >= 8 {
        bytes.append(UInt8(truncatingIfNeeded: kept))
        kept >>= 8
        count -= 8
      }
    }
  }
}

/// Numbers in as many groups of seven bits as they need (LEB128).
enum Varint {
  static func append(_ value: UInt64, to bytes: inout [UInt8]) {
    var left = value
    while left >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: left) | 0x80)
      left >>= 7
    }
    bytes.append(UInt8(left))
  }

  /// The sign in the lowest bit.
  static func zigzag(_ value: Int64) -> UInt64 { UInt64(bitPattern: value << 1 ^ value >> 63) }
}
