internal import TraceBytes

/// A block on its way into a file, little-endian: its fields, then its options, each filled up to four bytes.
struct PcapngBlockBytes {
  private(set) var bytes: [UInt8]
  private let fields: Int

  /// - Parameter fields: bytes in front of the options; 0 until they are set.
  init(_ type: UInt32, fields: Int) {
    self.fields = fields
    bytes = [UInt8](repeating: 0, count: fields)
    set(Pcapng.Block.type, type)
  }

  mutating func set<Value: FixedWidthInteger & BitwiseCopyable>(
    _ field: Field<Value>, _ value: Value
  ) {
    bytes.set(field, value.byteSwapped)
  }

  /// The whole block, closed by its length.
  consuming func closed() -> [UInt8] {
    // The option that ends the list, where there is one.
    if bytes.count > fields { Self.append(word: 0, to: &bytes) }
    let length = UInt32(truncatingIfNeeded: bytes.count + MemoryLayout<UInt32>.size)
    set(Pcapng.Block.length, length)
    Self.append(word: length, to: &bytes)
    return bytes
  }

  // MARK: - Options

  /// Text as readers want it: valid UTF-8, no NUL (which ends a text), not too long; empty text is
  /// left out. `kind` stands before the text of a filter.
  mutating func text(_ code: UInt16, _ text: String, kind: UInt8? = nil) {
    Self.append(code, text, kind: kind, to: &bytes)
  }

  mutating func option(_ code: UInt16, _ value: [UInt8]) { Self.append(code, value, to: &bytes) }

  mutating func number(_ code: UInt16, _ value: UInt64) {
    pair(code, UInt32(truncatingIfNeeded: value), UInt32(truncatingIfNeeded: value >> 32))
  }

  /// A time stamp has its upper half first, in files of either byte order.
  mutating func time(_ code: UInt16, _ value: UInt64) {
    pair(code, UInt32(truncatingIfNeeded: value >> 32), UInt32(truncatingIfNeeded: value))
  }

  private mutating func pair(_ code: UInt16, _ first: UInt32, _ second: UInt32) {
    Self.append(word: Self.head(code, 8), to: &bytes)
    Self.append(word: first, to: &bytes)
    Self.append(word: second, to: &bytes)
  }

  /// Appends a comment whose bytes may be anything; what is not UTF-8 becomes the replacement character.
  static func append(comment: [UInt8], to bytes: inout [UInt8]) {
    let isPlain = comment.count <= PcapngWriter.longestText && comment.allSatisfy { 1..<0x80 ~= $0 }
    if isPlain, !comment.isEmpty { return append(Pcapng.Option.comment, comment, to: &bytes) }
    append(Pcapng.Option.comment, String(decoding: comment, as: UTF8.self), to: &bytes)
  }

  private static func append(
    _ code: UInt16, _ text: String, kind: UInt8? = nil, to bytes: inout [UInt8]
  ) {
    guard !text.isEmpty else { return }
    var value: [UInt8] = []
    if let kind { value.append(kind) }
    for byte in text.utf8 where byte != 0 { value.append(byte) }
    cut(&value)
    append(code, value, to: &bytes)
  }

  private static func append(_ code: UInt16, _ value: [UInt8], to bytes: inout [UInt8]) {
    append(word: head(code, value.count), to: &bytes)
    bytes += value
    bytes += repeatElement(0, count: -value.count & 3)
  }

  /// The code and the length of an option, as one number.
  static func head(_ code: UInt16, _ length: Int) -> UInt32 {
    UInt32(code) | UInt32(truncatingIfNeeded: length) << 16
  }

  private static func append(word: UInt32, to bytes: inout [UInt8]) {
    for shift: UInt32 in [0, 8, 16, 24] { bytes.append(UInt8(truncatingIfNeeded: word >> shift)) }
  }

  /// Cuts UTF-8 to the longest text allowed, never inside a character.
  private static func cut(_ value: inout [UInt8]) {
    guard value.count > PcapngWriter.longestText else { return }
    var end = PcapngWriter.longestText
    // Bytes 10xxxxxx continue a character.
    while end > 0, value[end] & 0xC0 == 0x80 { end -= 1 }
    value.removeSubrange(end...)
  }
}
