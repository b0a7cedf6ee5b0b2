internal import TraceBytes

/// The different values of a column in a batch, and for each row which one it has.
///
/// Given up when most values differ, since then they are shorter as they are.
struct ValueDictionary {
  /// The rows that bring the values, in order of first appearance.
  private(set) var firsts: [Int] = []
  /// For each row with a value its number in ``firsts``.
  private(set) var indexes: [UInt32] = []
  private var slots: [Int32] = []
  private var mask = 0

  /// More different values than this are no dictionary.
  private static let most = 32_768
  /// Rows after which half of them must repeat another.
  private static let trial = 2048

  /// Whether the rows are shorter by a dictionary; then ``firsts`` and ``indexes`` are it.
  mutating func build(_ values: borrowing ColumnValues) -> Bool {
    firsts.removeAll(keepingCapacity: true)
    indexes.removeAll(keepingCapacity: true)
    mask = 1023
    slots = [Int32](repeating: -1, count: 1024)
    let isBytes = values.type == .text || values.type == .binary
    let bytes = unsafe values.bytes.span.bytes
    var previous = -1
    for row in 0..<values.count where values.present[row] {
      if previous >= 0, Self.isSame(values, bytes, isBytes, row, previous) {
        indexes.append(indexes[indexes.count - 1])
        continue
      }
      previous = row
      let hash = isBytes ? Self.hash(bytes, values.range(row)) : Self.mix(values.numbers[row])
      var place = hash & mask
      while slots[place] >= 0,
        !Self.isSame(values, bytes, isBytes, row, firsts[Int(slots[place])])
      {
        place = (place + 1) & mask
      }
      if slots[place] < 0 {
        slots[place] = Int32(firsts.count)
        firsts.append(row)
        if firsts.count > Self.most { return false }
        if indexes.count >= Self.trial, firsts.count * 2 > indexes.count { return false }
        if firsts.count * 2 > slots.count {
          indexes.append(UInt32(firsts.count - 1))
          grow(values, bytes, isBytes)
          continue
        }
      }
      indexes.append(UInt32(slots[place]))
    }
    return firsts.count * 2 <= indexes.count || firsts.count == 1
  }

  private mutating func grow(_ values: borrowing ColumnValues, _ bytes: RawSpan, _ isBytes: Bool) {
    mask = slots.count * 2 - 1
    slots = [Int32](repeating: -1, count: mask + 1)
    for (number, row) in firsts.enumerated() {
      let hash = isBytes ? Self.hash(bytes, values.range(row)) : Self.mix(values.numbers[row])
      var place = hash & mask
      while slots[place] >= 0 { place = (place + 1) & mask }
      slots[place] = Int32(number)
    }
  }

  private static func isSame(
    _ values: borrowing ColumnValues, _ bytes: RawSpan, _ isBytes: Bool, _ row: Int, _ other: Int
  ) -> Bool {
    guard isBytes else { return values.numbers[row] == values.numbers[other] }
    let (one, two) = (values.range(row), values.range(other))
    guard one.count == two.count else { return false }
    var at = 0
    while at + 8 <= one.count {
      if bytes.le64(one.lowerBound + at) != bytes.le64(two.lowerBound + at) { return false }
      at += 8
    }
    while at < one.count {
      if bytes.u8(one.lowerBound + at) != bytes.u8(two.lowerBound + at) { return false }
      at += 1
    }
    return true
  }

  private static func mix(_ value: Int64) -> Int {
    let mixed = UInt64(bitPattern: value) &* 0x9E37_79B9_7F4A_7C15
    return Int(truncatingIfNeeded: mixed ^ mixed >> 32)
  }

  private static func hash(_ bytes: RawSpan, _ range: Range<Int>) -> Int {
    var hash = UInt64(range.count)
    var at = range.lowerBound
    while at + 8 <= range.upperBound {
      hash = (hash ^ bytes.le64(at)) &* 0x9E37_79B9_7F4A_7C15
      hash ^= hash >> 32
      at += 8
    }
    while at < range.upperBound {
      hash = (hash ^ UInt64(bytes.u8(at))) &* 0x0000_0100_0000_01B3
      at += 1
    }
    return mix(Int64(bitPattern: hash))
  }
}
