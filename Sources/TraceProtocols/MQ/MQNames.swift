internal import TraceBytes

/// Who is named in a segment.
///
/// | structure | where |
/// |---|---|
/// | `UID ` | 12 bytes at 4, 64 at 28: user; four bytes later in a form with a number behind the eye-catcher |
/// | `CAUT` | the user: ``MQAuthentication`` |
/// | `MD  ` | 12 bytes at 196: user; 28 at 276: application that put the message; wherever a message is |
enum MQNames {
  /// Bytes of a segment in which message descriptors are looked for.
  private static let most = 32_768

  static func find(in message: RawSpan, _ body: (Range<Int>, ProtocolName) -> Void) {
    guard let segment = MQSegment(message) else { return }
    let start = segment.kind.byteCount
    let coding = MQCoding(segment)
    if coding.has("UID ", message, at: start) {
      let shift = MQSecrets.isNumbered(message, start) ? 4 : 0
      field(message, start + 4 + shift, 12, body)
      field(message, start + 28 + shift, 64, body)
    } else if let texts = MQAuthentication(coding, message, segment) {
      if texts.user.upperBound <= message.byteCount { body(texts.user, .name) }
    }
    let end = min(message.byteCount, start + most)
    for at in start..<max(start, end - 324) {
      let isASCII = message.u8(at) == 0x4D && message.be32(at) == 0x4D44_2020
      guard isASCII || message.u8(at) == 0xD4 && message.be32(at) == 0xD4C4_4040 else { continue }
      guard [message.be32(at + 4), message.le32(at + 4)].contains(where: { (1...2).contains($0) })
      else { continue }
      field(message, at + 196, 12, body)
      field(message, at + 276, 28, body)
    }
  }

  private static func field(
    _ message: RawSpan, _ low: Int, _ count: Int, _ body: (Range<Int>, ProtocolName) -> Void
  ) {
    if message.has(count, at: low) { body(low..<low + count, .name) }
  }
}
