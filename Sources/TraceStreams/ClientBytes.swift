internal import TraceBytes

/// Tells clients from servers by the first bytes they send.
enum ClientBytes {
  /// The side that is the client, when `side` sent these bytes first; nil when they do not tell.
  static func side(of bytes: RawSpan, from side: FlowSide) -> FlowSide? {
    guard bytes.byteCount >= 6 else { return nil }
    switch bytes.be32(0) {
    // GET, POST, PUT, HEAD, DELE(TE), OPTI(ONS), PATC(H), CONN(ECT), TRAC(E), PRI of HTTP/2.
    case 0x4745_5420, 0x504F_5354, 0x5055_5420, 0x4845_4144, 0x4445_4C45, 0x4F50_5449, 0x5041_5443,
      0x434F_4E4E, 0x5452_4143, 0x5052_4920:
      return side
    // HTTP
    case 0x4854_5450: return side.other
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
}
