internal import TraceBytes

/// Follows TLS records of one stream from header to header (RFC 8446 section 5.1), as far as is needed to
/// see where they stop and clear text begins.
struct TLSRecords {
  /// Bytes of the record under way that are still to come.
  private var remaining = 0
  /// Bytes of the header at hand, and what its length is so far.
  private var headerBytes = 0
  private var length = 0
  /// Whether a record has been there.
  private(set) var hasPassed = false

  /// Whether a line of text can begin with a byte. TLS cannot: a record type is a control character, and
  /// the length of an SSL 2 hello has its high bit set.
  static func isText(_ byte: UInt8) -> Bool {
    byte >= Byte.space && byte < 0x7F || byte == Byte.cr || byte == Byte.lf || byte == Byte.tab
  }

  /// Goes on over records; returns where something stands that is no record, or the end of the bytes.
  mutating func pass(_ span: RawSpan, from start: Int) -> Int {
    var at = start
    while at < span.byteCount {
      if remaining > 0 {
        let count = min(remaining, span.byteCount - at)
        remaining -= count
        at += count
        continue
      }
      let byte = span.u8(at)
      switch headerBytes {
      case 0:
        guard (0x14...0x18).contains(byte) || byte >= 0x80 else { return at }
        length = byte >= 0x80 ? Int(byte & 0x7F) : 0
        // An SSL 2 hello has a header of two bytes (RFC 5246 appendix E.2).
        headerBytes = byte >= 0x80 ? 4 : 1
      case 3, 4:
        length = length << 8 | Int(byte)
        headerBytes += 1
      default: headerBytes += 1
      }
      at += 1
      if headerBytes == 5 {
        headerBytes = 0
        hasPassed = true
        remaining = length
        length = 0
      }
    }
    return at
  }

  /// Missing bytes: false when nobody knows where the next record begins.
  mutating func skip(_ count: UInt64?) -> Bool {
    guard let count, count <= UInt64(remaining) else { return false }
    remaining -= Int(count)
    return true
  }
}
