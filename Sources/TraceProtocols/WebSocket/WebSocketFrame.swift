internal import TraceBytes

/// The head of a frame. Source: RFC 6455 section 5.2.
struct WebSocketFrame {
  enum Kind: UInt8 {
    case continuation = 0
    case text = 1
    case binary = 2
    case close = 8
    case ping = 9
    case pong = 10
  }

  let kind: Kind
  let isFinal: Bool
  /// The bit that says that the message is compressed (RFC 7692 section 6).
  let isCompressed: Bool
  let headBytes: Int
  let length: Int
  /// Where the mask of a client stands.
  let mask: Range<Int>?

  /// Bytes that tell how long a head is.
  static let fewest = 2

  /// Nil when the bytes are too few, or are no head of a frame.
  init?(_ bytes: RawSpan) {
    guard bytes.byteCount >= Self.fewest, let kind = Kind(rawValue: bytes.u8(0) & 0x0F),
      bytes.u8(0) & 0x30 == 0
    else { return nil }
    self.kind = kind
    isFinal = bytes.u8(0) & 0x80 != 0
    isCompressed = bytes.u8(0) & 0x40 != 0
    let short = Int(bytes.u8(1) & 0x7F)
    let isControl = kind.rawValue >= 8
    guard !isControl || isFinal && short < 126 && !isCompressed else { return nil }
    var at = 2
    switch short {
    case 126:
      guard bytes.byteCount >= 4 else { return nil }
      length = Int(bytes.be16(2))
      at = 4
    case 127:
      // No message of a terabyte was ever sent.
      guard bytes.byteCount >= 10, bytes.be32(2) < 256 else { return nil }
      length = Int(bytes.be32(2)) << 32 | Int(bytes.be32(6))
      at = 10
    default: length = short
    }
    guard bytes.u8(1) & 0x80 != 0 else {
      mask = nil
      headBytes = at
      return
    }
    mask = at..<at + 4
    headBytes = at + 4
  }

  /// Whether more bytes are needed to read a head.
  static func isCut(_ bytes: RawSpan) -> Bool {
    guard bytes.byteCount >= fewest else { return true }
    switch bytes.u8(1) & 0x7F {
    case 126: return bytes.byteCount < 4
    case 127: return bytes.byteCount < 10
    default: return false
    }
  }

  /// What is carried, as far as it is there, without its mask.
  func payload(_ message: RawSpan) -> [UInt8] {
    let end = min(message.byteCount, headBytes + length)
    guard end > headBytes else { return [] }
    var bytes = message.extracting(headBytes..<end).copied()
    guard let mask else { return bytes }
    for index in bytes.indices { bytes[index] ^= message.u8(mask.lowerBound + (index & 3)) }
    return bytes
  }
}
