internal import TraceBytes

extension ApplicationProtocol {
  /// The protocols whose first bytes are not a line of text.
  static func binary(_ bytes: RawSpan) -> ProtocolGuess? {
    let room = ProtocolRegistry.guess(bytes)
    if let room, room.confidence == .certain { return room }
    return tls(bytes) ?? room
  }

  /// Record header of RFC 8446 section 5.1, and the SSL 2 hello that some clients still send.
  private static func tls(_ bytes: RawSpan) -> ProtocolGuess? {
    guard bytes.byteCount >= 3 else { return nil }
    let type = bytes.u8(0)
    if type >= 0x14, type <= 0x18, bytes.u8(1) == 3, bytes.u8(2) <= 4 {
      guard bytes.byteCount >= 5 else { return .init(.tls, .likely) }
      let length = Int(bytes.be16(3))
      return length > 0 && length <= 16384 + 2048 ? .init(.tls, .certain) : nil
    }
    if bytes.byteCount >= 5, type & 0x80 != 0, bytes.u8(2) == 1, bytes.u8(3) <= 3,
      bytes.u8(3) == 0 ? bytes.u8(4) == 2 : bytes.u8(3) == 3
    {
      return .init(.tls, .likely)
    }
    return nil
  }
}
