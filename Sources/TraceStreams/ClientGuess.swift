internal import TraceModel
internal import TraceBytes

/// Tells clients from servers by what a conversation shows of them.
enum ClientGuess {
  /// The side that is the client, when `side` sent these bytes first; nil when they do not tell.
  static func side(of bytes: RawSpan, from side: FlowSide) -> FlowSide? {
    guard bytes.byteCount >= 6 else { return nil }
    switch bytes.be32(0) {
    // GET, POST, PUT, HEAD, DELE(TE), OPTI(ONS), PATC(H), CONN(ECT), TRAC(E), PRI of HTTP/2; EHLO, HELO.
    case 0x4745_5420, 0x504F_5354, 0x5055_5420, 0x4845_4144, 0x4445_4C45, 0x4F50_5449, 0x5041_5443,
      0x434F_4E4E, 0x5452_4143, 0x5052_4920, 0x4548_4C4F, 0x4845_4C4F:
      return side
    // HTTP, RTSP; 220 of FTP and SMTP, +OK of POP, * OK of IMAP.
    case 0x4854_5450, 0x5254_5350, 0x3232_3020, 0x3232_302D, 0x2B4F_4B20, 0x2A20_4F4B:
      return side.other
    default: break
    }
    // A TLS handshake record, version 3.x: ClientHello or ServerHello (RFC 8446 sections 4 and 5.1).
    guard bytes.be16(0) >> 8 == 0x16, bytes.u8(1) == 3 else { return nil }
    switch bytes.u8(5) {
    case 1: return side
    case 2: return side.other
    default: return nil
    }
  }

  /// Whether the first of two ports is the client's: the other one is below 1024 or the first one in
  /// the ephemeral range from 32768, and not both are. Nil where the ports tell nothing.
  static func firstIsClient(_ first: UInt16, _ second: UInt16) -> Bool? {
    if (first < 1024) != (second < 1024) { return second < 1024 }
    if (first >= 32_768) != (second >= 32_768) { return first >= 32_768 }
    return nil
  }
}
