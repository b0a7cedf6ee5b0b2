/// Builds a FlatBuffer from its end to its beginning: what is referred to is written before what refers to it.
///
/// Source: FlatBuffers internals (flatbuffers.dev). A place is counted in bytes from the end.
struct FlatBuffer {
  /// The bytes in reverse order.
  private var reversed: [UInt8] = []

  /// A field of a table: its number, and its value.
  enum Field {
    case u8(UInt8)
    case i16(Int16)
    case i32(Int32)
    case i64(Int64)
    case bool(Bool)
    /// The place of a string, a vector or a table.
    case reference(Int)
  }

  /// Pads so that what is aligned to `alignment` stands in front of `count` more bytes.
  private mutating func align(_ alignment: Int, before count: Int = 0) {
    while (reversed.count + count) % alignment != 0 { reversed.append(0) }
  }

  private mutating func put<T: FixedWidthInteger>(_ value: T) {
    align(MemoryLayout<T>.size)
    var shift = T.bitWidth - 8
    while shift >= 0 {
      reversed.append(UInt8(truncatingIfNeeded: value >> T(shift)))
      shift -= 8
    }
  }

  /// Writes the distance from here to a place.
  private mutating func putReference(_ place: Int) {
    align(4)
    put(UInt32(truncatingIfNeeded: reversed.count + 4 - place))
  }

  mutating func string(_ text: String) -> Int {
    let bytes = Array(text.utf8)
    align(4, before: bytes.count + 1)
    reversed.append(0)
    reversed.append(contentsOf: bytes.reversed())
    put(UInt32(truncatingIfNeeded: bytes.count))
    return reversed.count
  }

  mutating func vector(_ places: [Int]) -> Int {
    align(4, before: 4 * places.count)
    for place in places.reversed() { putReference(place) }
    put(UInt32(truncatingIfNeeded: places.count))
    return reversed.count
  }

  /// A vector of structs of two 64-bit numbers.
  mutating func vector(_ pairs: [(Int64, Int64)]) -> Int {
    align(8, before: 16 * pairs.count)
    for pair in pairs.reversed() {
      put(pair.1)
      put(pair.0)
    }
    put(UInt32(truncatingIfNeeded: pairs.count))
    return reversed.count
  }

  /// A table with some of its fields, by their numbers.
  mutating func table(_ fields: [(number: Int, value: Field)]) -> Int {
    let start = reversed.count
    var places = [Int](repeating: 0, count: (fields.map(\.number).max() ?? -1) + 1)
    for field in fields {
      switch field.value {
      case .u8(let value): put(value)
      case .i16(let value): put(value)
      case .i32(let value): put(value)
      case .i64(let value): put(value)
      case .bool(let value): put(UInt8(value ? 1 : 0))
      case .reference(let place): putReference(place)
      }
      places[field.number] = reversed.count
    }
    put(UInt32(0))
    let table = reversed.count
    for place in places.reversed() { put(UInt16(place == 0 ? 0 : table - place)) }
    put(UInt16(table - start))
    put(UInt16(4 + 2 * places.count))
    // The table begins with the distance to the list of its fields.
    let distance = UInt32(truncatingIfNeeded: reversed.count - table)
    for index in 0..<4 {
      reversed[table - 1 - index] = UInt8(truncatingIfNeeded: distance >> UInt32(8 * index))
    }
    return table
  }

  /// The bytes, with their root table; a multiple of 8.
  mutating func finish(_ root: Int) -> [UInt8] {
    align(8, before: 4)
    putReference(root)
    return reversed.reversed()
  }
}
