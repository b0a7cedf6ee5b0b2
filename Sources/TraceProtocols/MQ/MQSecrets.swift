internal import TraceBytes

/// What is secret in a segment.
///
/// | structure | where |
/// |---|---|
/// | `UID ` | 12 bytes at 16: password; at 20 in a form with a number behind the eye-catcher |
/// | `CAUT` | behind the user: ``MQAuthentication`` |
/// | `CSP ` | behind the user |
/// | `IIH ` | 8 bytes at 56: PassTicket or password for IMS |
/// | `CIH ` | 8 bytes at 92: PassTicket or password for CICS |
enum MQSecrets {
  /// Bytes of a segment in which headers of message data are looked for.
  private static let most = 32_768

  static func mark(_ message: RawSpan, _ mark: (Range<Int>) -> Void) {
    guard let segment = MQSegment(message) else { return }
    let start = segment.kind.byteCount
    let coding = MQCoding(segment)
    switch segment.type {
    case .userID, .authentication, MQType(rawValue: 0x06):
      if coding.has("UID ", message, at: start) {
        userID(message, start, mark)
      } else if coding.has("CAUT", message, at: start) {
        authentication(coding, message, segment, mark)
      } else if coding.has("CSP ", message, at: start) {
        parameters(message, start, mark)
      }
    case .messageData, .put, .put1, .get, .asyncMessage, .spi, MQType(rawValue: 0x95),
      MQType(rawValue: 0x9C):
      headers(message, from: start, mark)
    case .connect:
      if let at = coding.find("CSP ", message, from: start) { parameters(message, at, mark) }
    default: break
    }
  }

  private static func userID(
    _ bytes: RawSpan, _ start: Int, _ mark: (Range<Int>) -> Void
  ) {
    filled(bytes, start + 16..<start + (isNumbered(bytes, start) ? 32 : 28), mark)
  }

  /// Whether a number stands behind the eye-catcher of a `UID `: a user begins with a letter, a number holds zeros.
  static func isNumbered(_ bytes: RawSpan, _ start: Int) -> Bool {
    bytes.has(8, at: start) && (4..<8).contains { bytes.u8(start + $0) == 0 }
      && bytes.has(1, at: start + 8) && bytes.u8(start + 8) != 0
  }

  private static func authentication(
    _ coding: MQCoding, _ bytes: RawSpan, _ segment: MQSegment, _ mark: (Range<Int>) -> Void
  ) {
    guard let texts = MQAuthentication(coding, bytes, segment) else {
      // Lengths that do not fit: what stands behind them is taken for the password.
      let start = segment.kind.byteCount + 24
      return filled(bytes, min(start, bytes.byteCount)..<bytes.byteCount, mark)
    }
    filled(bytes, texts.password, mark)
  }

  /// Security parameters as a program has them: where the texts stand is not known of all versions.
  private static func parameters(
    _ bytes: RawSpan, _ start: Int, _ mark: (Range<Int>) -> Void
  ) {
    // The texts are behind the numbers: the last byte that only a number has is zero or small.
    var from = bytes.byteCount
    while from > start + 16, bytes.u8(from - 1) > 0x20 { from -= 1 }
    let text = from..<bytes.byteCount
    // The last number before the texts is the length of the password.
    var password = 0
    for at in stride(from: from - 4, through: start + 16, by: -1)
    where password == 0 && bytes.has(4, at: at) {
      password = Int(bytes.be32(at))
      if password == 0 || password > text.count { password = Int(bytes.le32(at)) }
      if password > text.count { password = 0 }
    }
    filled(bytes, (password > 0 ? text.upperBound - password : from)..<text.upperBound, mark)
  }

  /// Headers for the bridges to IMS and CICS in message data, wherever other headers put them.
  private static func headers(
    _ bytes: RawSpan, from start: Int, _ mark: (Range<Int>) -> Void
  ) {
    let end = min(bytes.byteCount, start + most)
    for at in start..<max(start, end - 12) {
      // IIH and CIH, in the code of the message, which may be another than that of the segment.
      let isASCII = bytes.u8(at + 1) == 0x49 && bytes.u8(at + 2) == 0x48 && bytes.u8(at + 3) == 0x20
      let isEBCDIC =
        bytes.u8(at + 1) == 0xC9 && bytes.u8(at + 2) == 0xC8 && bytes.u8(at + 3) == 0x40
      guard isASCII || isEBCDIC else { continue }
      let lengths = [bytes.be32(at + 8), bytes.le32(at + 8)]
      switch bytes.u8(at) {
      case isASCII ? 0x49 : 0xC9 where lengths.contains(84):
        filled(bytes, at + 56..<at + 64, mark)
      case isASCII ? 0x43 : 0xC3 where lengths.contains(164) || lengths.contains(180):
        filled(bytes, at + 92..<at + 100, mark)
      default: break
      }
    }
  }

  /// Marks what is there of a field, less the blanks and zeros around it.
  private static func filled(
    _ bytes: RawSpan, _ field: Range<Int>, _ mark: (Range<Int>) -> Void
  ) {
    let there = bytes.trimmed(field.clamped(to: 0..<bytes.byteCount)) {
      $0 == 0 || $0 == 0x20 || $0 == 0x40
    }
    if !there.isEmpty { mark(there) }
  }
}
