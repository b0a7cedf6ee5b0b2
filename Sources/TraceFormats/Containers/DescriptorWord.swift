internal import TraceBytes

/// The descriptor word of a record or a block (RDW, BDW): its length with the word itself.
///
/// Source: z/OS DFSMS Using Data Sets, "Variable-length record formats"; `Formats/containers.md`.
struct DescriptorWord {
  enum Layout {
    static let length = Field<UInt16>("length", 0)
    /// Spanned records (RECFM VBS) come in segments: 1 the first, 2 the last, 3 one between, 0 a whole record.
    static let segment = Field<UInt8>("segment control code", 2)
    static let zero = Field<UInt8>("zero", 3)
    static let size = 4
    /// A block of 64 KiB and more: 31 bits of length behind a bit that marks them.
    static let longLength = Field<UInt32>("length of a large block", 0)
    static let isLong: UInt32 = 1 << 31
  }

  /// Bytes behind the word.
  var content: Int
  /// Whether the record goes on with the next segment.
  var continues = false
  /// Whether a record begins here.
  var begins = true

  init(content: Int, continues: Bool = false, begins: Bool = true) {
    self.content = content
    self.continues = continues
    self.begins = begins
  }

  /// Reads the word of a record, or of a segment of one; nil where none can stand.
  init?(record bytes: RawSpan, at: Int) {
    guard bytes.has(Layout.size, at: at) else { return nil }
    let length = Int(bytes[Layout.length, at: at])
    let segment = bytes[Layout.segment, at: at]
    guard length >= Layout.size, segment <= 3, bytes[Layout.zero, at: at] == 0 else { return nil }
    self.init(
      content: length - Layout.size, continues: segment & 1 == 1, begins: segment & 2 == 0)
  }

  /// Reads the word of a block; nil where none can stand.
  init?(block bytes: RawSpan, at: Int) {
    guard bytes.has(Layout.size, at: at) else { return nil }
    let word = bytes[Layout.longLength, at: at]
    let isLong = word & Layout.isLong != 0
    let length = Int(isLong ? word & ~Layout.isLong : word >> 16)
    guard length >= 2 * Layout.size, isLong ? length <= Deframer.longestFrame : word & 0xFFFF == 0
    else { return nil }
    self.init(content: length - Layout.size)
  }

  /// The word as bytes.
  var bytes: [UInt8] {
    var word = [UInt8](repeating: 0, count: Layout.size)
    let length = content + Layout.size
    if let short = UInt16(exactly: length) {
      word.set(Layout.length, short)
      word.set(Layout.segment, (begins ? 0 : 2) | (continues ? 1 : 0))
    } else {
      word.set(Layout.longLength, UInt32(truncatingIfNeeded: length) | Layout.isLong)
    }
    return word
  }
}
