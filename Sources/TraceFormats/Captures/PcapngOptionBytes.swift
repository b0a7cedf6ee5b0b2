internal import TraceBytes

/// Options on their way into a block, little-endian, each filled up to four bytes.
struct PcapngOptionBytes {
  private(set) var bytes: [UInt8] = []

  /// Text as readers want it: valid UTF-8, no NUL (which ends a text), not too long; empty text is
  /// left out. `kind` stands before the text of a filter.
  mutating func text(_ code: UInt16, _ text: String, kind: UInt8? = nil) {
    guard !text.isEmpty else { return }
    var value: [UInt8] = []
    if let kind { value.append(kind) }
    for byte in text.utf8 where byte != 0 { value.append(byte) }
    Self.cut(&value)
    bytes(code, value)
  }

  /// A comment whose bytes may be anything; what is not UTF-8 becomes the replacement character.
  mutating func comment(_ comment: [UInt8]) {
    let isPlain = comment.count <= PcapngWriter.longestText && comment.allSatisfy { 1..<0x80 ~= $0 }
    if isPlain, !comment.isEmpty { return bytes(Pcapng.Option.comment, comment) }
    text(Pcapng.Option.comment, String(decoding: comment, as: UTF8.self))
  }

  mutating func bytes(_ code: UInt16, _ value: [UInt8]) {
    head(code, value.count)
    bytes += value
    for _ in 0..<(-value.count & 3) { bytes.append(0) }
  }

  mutating func number(_ code: UInt16, _ value: UInt64) {
    head(code, 8)
    word(UInt32(truncatingIfNeeded: value))
    word(UInt32(truncatingIfNeeded: value >> 32))
  }

  /// A time stamp has its upper half first, in files of either byte order.
  mutating func time(_ code: UInt16, _ value: UInt64) {
    head(code, 8)
    word(UInt32(truncatingIfNeeded: value >> 32))
    word(UInt32(truncatingIfNeeded: value))
  }

  /// The option that ends the list, where there is one.
  mutating func end() {
    if !bytes.isEmpty { word(0) }
  }

  private mutating func head(_ code: UInt16, _ length: Int) {
    word(UInt32(code) | UInt32(truncatingIfNeeded: length) << 16)
  }

  private mutating func word(_ value: UInt32) {
    for shift: UInt32 in [0, 8, 16, 24] { bytes.append(UInt8(truncatingIfNeeded: value >> shift)) }
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
