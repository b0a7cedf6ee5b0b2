internal import TraceBytes

/// Undoes the header compression of one direction (RFC 7541).
///
/// Entries of the dynamic table that were sent before the trace began, or in bytes that are missing, are not
/// known; a field that refers to one of them is given as unknown, and all other fields are read on.
struct HPACK {
  /// A field of a header block.
  struct Field {
    /// Nil when the field refers to an entry that is not known.
    var name: [UInt8]?
    var value: [UInt8]?
    /// Where the value stands in the block, when it stands there.
    var place: Range<Int>?
    /// Whether it stands there in the string code.
    var isCoded = false
  }

  /// Bytes of entries that are kept, as the protocol counts them: sixteen times what it begins with.
  static let most = 64 * 1024
  /// Fields of a block that are given at most.
  private static let mostFields = 4096
  /// Bytes of names and values of a block that are given at most: one byte can stand for all of a long entry, and a
  /// block of them for thousands of times its length. Servers refuse far less.
  private static let mostBytes = 256 * 1024

  private struct Entry {
    var name: [UInt8]?
    var value: [UInt8]?
    var size: Int
  }

  /// The newest entry is the last.
  private var entries: [Entry] = []
  private var size = 0
  private var limit = 4096

  /// Forgets the entries: bytes that may have added some are missing.
  mutating func forget() {
    entries = []
    size = 0
  }

  /// Reads a block; false when it is none, so that what follows is not known either.
  mutating func decode(_ block: RawSpan, _ body: (Field) -> Void) -> Bool {
    var read = 0
    return decode(block, &read, body)
  }

  /// The same; `at` ends up behind the last whole field.
  mutating func decode(_ block: RawSpan, _ read: inout Int, _ body: (Field) -> Void) -> Bool {
    var at = 0
    var count = 0
    var bytes = 0
    func give(_ field: Field) {
      bytes += (field.name?.count ?? 0) + (field.value?.count ?? 0)
      body(field)
    }
    while at < block.byteCount {
      count += 1
      guard count <= Self.mostFields, bytes <= Self.mostBytes else { return false }
      let byte = block.u8(at)
      if byte & 0x80 != 0 {
        guard let index = Self.number(block, &at, bits: 7), index > 0 else { return false }
        let entry = field(index)
        give(Field(name: entry.name, value: entry.value))
      } else if byte & 0xE0 == 0x20 {
        guard let size = Self.number(block, &at, bits: 5) else { return false }
        limit = min(size, Self.most)
        evict()
      } else {
        let isKept = byte & 0x40 != 0
        guard let index = Self.number(block, &at, bits: isKept ? 6 : 4) else { return false }
        var name: [UInt8]?
        if index == 0 {
          guard let text = Self.string(block, &at) else { return false }
          name = text.bytes
        } else {
          name = field(index).name
        }
        guard let value = Self.string(block, &at) else { return false }
        give(
          Field(name: name, value: value.bytes, place: value.place, isCoded: value.isCoded))
        if isKept { add(name, value.bytes) }
      }
      read = at
    }
    return true
  }

  /// An entry of the two tables; empty when it is not known.
  private func field(_ index: Int) -> Entry {
    if index <= HPACKTables.fields.count {
      let (name, value) = HPACKTables.fields[index - 1]
      return Entry(name: Array("\(name)".utf8), value: Array("\(value)".utf8), size: 0)
    }
    let place = entries.count - (index - HPACKTables.fields.count)
    return entries.indices.contains(place) ? entries[place] : Entry(size: 0)
  }

  private mutating func add(_ name: [UInt8]?, _ value: [UInt8]) {
    let entry = Entry(name: name, value: value, size: (name?.count ?? 0) + value.count + 32)
    entries.append(entry)
    size += entry.size
    evict()
  }

  /// The oldest entries go when there is no room (RFC 7541 section 4).
  private mutating func evict() {
    var gone = 0
    while size > limit, gone < entries.count {
      size -= entries[gone].size
      gone += 1
    }
    if gone > 0 { entries.removeFirst(gone) }
  }

  /// An integer with a prefix of some bits (RFC 7541 section 5.1); nil when it is cut or has no sense.
  private static func number(_ bytes: RawSpan, _ at: inout Int, bits: Int) -> Int? {
    guard at < bytes.byteCount else { return nil }
    let mask = (1 << bits) - 1
    var value = Int(bytes.u8(at)) & mask
    at += 1
    guard value == mask else { return value }
    var shift = 0
    while at < bytes.byteCount, shift <= 21 {
      let byte = bytes.u8(at)
      at += 1
      value += Int(byte & 0x7F) << shift
      if byte & 0x80 == 0 { return value }
      shift += 7
    }
    return nil
  }

  /// A string, coded or not (RFC 7541 section 5.2).
  private static func string(
    _ bytes: RawSpan, _ at: inout Int
  ) -> (bytes: [UInt8], place: Range<Int>, isCoded: Bool)? {
    guard at < bytes.byteCount else { return nil }
    let isCoded = bytes.u8(at) & 0x80 != 0
    guard let length = number(bytes, &at, bits: 7), length <= bytes.byteCount - at else {
      return nil
    }
    let place = at..<at + length
    at += length
    guard isCoded else { return (bytes.extracting(place).copied(), place, false) }
    return HPACKTables.huffman(bytes, place).map { ($0, place, true) }
  }
}
