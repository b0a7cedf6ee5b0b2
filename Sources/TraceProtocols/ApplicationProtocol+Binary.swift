extension ApplicationProtocol {
  /// The protocols whose first bytes are not a line of text.
  static func binary(_ bytes: RawSpan) -> ProtocolGuess? {
    if bytes.has("PRI * HTTP/2.0", at: 0) { return .init(.http2, .certain) }
    let room = ProtocolRegistry.guess(bytes)
    if let room, room.confidence == .certain { return room }
    return tls(bytes) ?? ldap(bytes) ?? room ?? http2Settings(bytes)
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

  /// BER: SEQUENCE, INTEGER message number, then an application tag of RFC 4511 section 4.2.
  private static func ldap(_ bytes: RawSpan) -> ProtocolGuess? {
    let count = bytes.byteCount
    guard count >= 7, bytes.byte(0) == 0x30 else { return nil }
    var at = 1
    let form = bytes.byte(at)
    at += 1
    if form > 0x80 { at += Int(form & 0x7F) }
    guard form <= 0x84, form != 0x80, at + 2 < count, bytes.byte(at) == 2 else { return nil }
    let size = Int(bytes.byte(at + 1))
    guard size >= 1, size <= 4, at + 2 + size < count else { return nil }
    let tags: [UInt8] = [
      0x60, 0x61, 0x42, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x69, 0x4A, 0x6B, 0x6C, 0x6D, 0x6E,
      0x6F, 0x50, 0x73, 0x77, 0x78, 0x79,
    ]
    return tags.contains(bytes.byte(at + 2 + size)) ? .init(.ldap, .certain) : nil
  }

  /// What an HTTP/2 server says first: a SETTINGS frame on stream 0 (RFC 9113 section 6.5).
  private static func http2Settings(_ bytes: RawSpan) -> ProtocolGuess? {
    guard bytes.byteCount >= 9, bytes.byte(0) == 0, bytes.byte(3) == 4, bytes.byte(4) <= 1
    else { return nil }
    for index in 5..<9 where bytes.byte(index) != 0 { return nil }
    let length = u16(bytes, 1)
    return length % 6 == 0 && length <= 256 ? .init(.http2, .likely) : nil
  }
}
