/// Writes structs in the compact protocol of Thrift.
///
/// Source: Apache Thrift, doc/specs/thrift-compact-protocol.md.
struct ThriftCompact {
  private(set) var bytes: [UInt8] = []
  /// The number of the last field of each open struct.
  private var last: [Int] = [0]

  private enum Kind: UInt8 {
    case yes = 1
    case no = 2
    case i32 = 5
    case i64 = 6
    case binary = 8
    case list = 9
    case structure = 12
  }

  private mutating func field(_ number: Int, _ kind: Kind) {
    let step = number - last[last.count - 1]
    last[last.count - 1] = number
    if (1...15).contains(step) {
      bytes.append(UInt8(step) << 4 | kind.rawValue)
    } else {
      bytes.append(kind.rawValue)
      Varint.append(Varint.zigzag(Int64(number)), to: &bytes)
    }
  }

  mutating func bool(_ number: Int, _ value: Bool) { field(number, value ? .yes : .no) }

  mutating func i32(_ number: Int, _ value: Int) {
    field(number, .i32)
    Varint.append(Varint.zigzag(Int64(value)), to: &bytes)
  }

  mutating func i64(_ number: Int, _ value: Int64) {
    field(number, .i64)
    Varint.append(Varint.zigzag(value), to: &bytes)
  }

  mutating func binary(_ number: Int, _ value: [UInt8]) {
    field(number, .binary)
    Varint.append(UInt64(value.count), to: &bytes)
    bytes += value
  }

  mutating func text(_ number: Int, _ value: String) { binary(number, Array(value.utf8)) }

  mutating func structure(_ number: Int, _ body: (inout ThriftCompact) -> Void) {
    field(number, .structure)
    element(body)
  }

  /// The fields of a struct that is an element of a list, or stands alone.
  mutating func element(_ body: (inout ThriftCompact) -> Void) {
    last.append(0)
    body(&self)
    last.removeLast()
    bytes.append(0)
  }

  mutating func structures<T>(
    _ number: Int, _ values: [T], _ body: (inout ThriftCompact, T) -> Void
  ) {
    list(number, values.count, .structure)
    for value in values { element { body(&$0, value) } }
  }

  mutating func i32s(_ number: Int, _ values: [Int]) {
    list(number, values.count, .i32)
    for value in values { Varint.append(Varint.zigzag(Int64(value)), to: &bytes) }
  }

  mutating func texts(_ number: Int, _ values: [String]) {
    list(number, values.count, .binary)
    for value in values {
      Varint.append(UInt64(value.utf8.count), to: &bytes)
      bytes += Array(value.utf8)
    }
  }

  private mutating func list(_ number: Int, _ count: Int, _ kind: Kind) {
    field(number, .list)
    if count < 15 {
      bytes.append(UInt8(count) << 4 | kind.rawValue)
    } else {
      bytes.append(0xF0 | kind.rawValue)
      Varint.append(UInt64(count), to: &bytes)
    }
  }
}
