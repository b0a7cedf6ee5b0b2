internal import TraceBytes

/// The head of a frame. Source: RFC 9113 section 4.1.
struct HTTP2Frame {
  static let headBytes = 9
  /// What a client says first (RFC 9113 section 3.4).
  static let preface: StaticString = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"

  /// The types (RFC 9113 section 6).
  enum Kind: UInt8 {
    case data, headers, priority, reset, settings, pushPromise, ping, goAway, windowUpdate
    case continuation
  }

  enum Flag {
    static let endStream: UInt8 = 0x01
    static let endHeaders: UInt8 = 0x04
    static let padded: UInt8 = 0x08
    static let priority: UInt8 = 0x20
  }

  /// Nil of a type that nobody knows; such a frame is passed over.
  let kind: Kind?
  let flags: UInt8
  let stream: UInt32
  /// Bytes behind the head.
  let length: Int

  /// Nil when the bytes are too few, or are no head of a frame.
  init?(_ bytes: RawSpan) {
    guard bytes.byteCount >= Self.headBytes else { return nil }
    length = Int(bytes.be32(0) >> 8)
    kind = Kind(rawValue: bytes.u8(3))
    flags = bytes.u8(4)
    stream = bytes.be32(5) & 0x7FFF_FFFF
    guard isPlausible(bytes.u8(3)) else { return nil }
  }

  /// Whether length and stream are such as the type has.
  private func isPlausible(_ type: UInt8) -> Bool {
    switch kind {
    case .data, .headers, .continuation: stream != 0
    case .pushPromise: stream != 0 && length >= 4
    case .priority: stream != 0 && length == 5
    case .reset: stream != 0 && length == 4
    case .settings: stream == 0 && length % 6 == 0 && length <= 6 * 256
    case .ping: stream == 0 && length == 8
    case .goAway: stream == 0 && length >= 8
    case .windowUpdate: length == 4
    // Registered extensions end at X'10' (PRIORITY_UPDATE, RFC 9218); grease may be any.
    case nil: length <= 16_384 && type <= 0x20
    }
  }

  /// Whether a header block ends with it.
  var endsHeaders: Bool { flags & Flag.endHeaders != 0 }

  /// The bytes of a frame that are its own, padding and priority left out.
  func content(_ message: RawSpan) -> Range<Int> {
    var low = Self.headBytes
    var high = Self.headBytes + length
    if flags & Flag.padded != 0, kind == .data || kind == .headers || kind == .pushPromise {
      high -= low < message.byteCount ? Int(message.u8(low)) : 0
      low += 1
    }
    if kind == .headers, flags & Flag.priority != 0 { low += 5 }
    if kind == .pushPromise { low += 4 }
    return low..<max(low, high)
  }

  /// Names of the reasons (RFC 9113 section 7).
  static func reason(_ code: UInt32) -> String {
    let names = [
      "NO_ERROR", "PROTOCOL_ERROR", "INTERNAL_ERROR", "FLOW_CONTROL_ERROR", "SETTINGS_TIMEOUT",
      "STREAM_CLOSED", "FRAME_SIZE_ERROR", "REFUSED_STREAM", "CANCEL", "COMPRESSION_ERROR",
      "CONNECT_ERROR", "ENHANCE_YOUR_CALM", "INADEQUATE_SECURITY", "HTTP_1_1_REQUIRED",
    ]
    return Int(code) < names.count ? names[Int(code)] : "unknown reason \(code)"
  }
}
