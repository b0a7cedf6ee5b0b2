extension ApplicationProtocol {
  /// The protocols whose first bytes are not a line of text.
  static func binary(_ bytes: RawSpan) -> ProtocolGuess? {
    let room = ProtocolRegistry.guess(bytes)
    if let room, room.confidence == .certain { return room }
    return tls(bytes) ?? room
  }

  private static func u16(_ bytes: RawSpan, _ index: Int) -> Int {
    Int(bytes.byte(index)) << 8 | Int(bytes.byte(index + 1))
  }

  /// Record header of RFC 8446 section 5.1, and the SSL 2 hello that some clients still send.
  private static func tls(_ bytes: RawSpan) -> ProtocolGuess? {
    guard bytes.byteCount >= 3 else { return nil }
    let type = bytes.byte(0)
    if type >= 0x14, type <= 0x18, bytes.byte(1) == 3, bytes.byte(2) <= 4 {
      guard bytes.byteCount >= 5 else { return .init(.tls, .likely) }
      let length = u16(bytes, 3)
      return length > 0 && length <= 16384 + 2048 ? .init(.tls, .certain) : nil
    }
    if bytes.byteCount >= 5, type & 0x80 != 0, bytes.byte(2) == 1, bytes.byte(3) <= 3,
      bytes.byte(3) == 0 ? bytes.byte(4) == 2 : bytes.byte(3) == 3
    {
      return .init(.tls, .likely)
    }
    return nil
  }
}
