internal import TraceBytes

extension ApplicationProtocol {
  /// A guess from the first datagram of each end of a UDP conversation; either may be empty.
  ///
  /// - Parameter ports: those of the two ends: Enterprise Extender has five by definition and hardly a sign
  ///   in its bytes.
  public static func guess(datagram bytes: RawSpan, ports: (UInt16, UInt16)) -> ProtocolGuess {
    if SNMP.isMessage(bytes) { return ProtocolGuess(.snmp, .certain) }
    if EnterpriseExtender.isFrame(bytes, ports) {
      return ProtocolGuess(.enterpriseExtender, .likely)
    }
    if DNS.isMessage(bytes) { return ProtocolGuess(.dns, .likely) }
    let guess = guess(bytes)
    if guess.confidence < .likely, Syslog.isDatagram(bytes) {
      return ProtocolGuess(.syslog, .likely)
    }
    return guess
  }
}

/// SNMP, known by name. Source: RFC 1157, RFC 3416 section 3, RFC 3412 section 6.
enum SNMP {
  /// A sequence of version, community and PDU; or of version 3 and its header.
  static func isMessage(_ bytes: RawSpan) -> Bool {
    guard bytes.byteCount >= 8, bytes.u8(0) == 0x30, let start = afterLength(bytes, 1),
      bytes.has(4, at: start), bytes.u8(start) == 0x02, bytes.u8(start + 1) == 1
    else { return false }
    let at = start + 3
    switch bytes.u8(start + 2) {
    case 0, 1:
      guard bytes.u8(at) == 0x04, let text = afterLength(bytes, at + 1) else { return false }
      let length = bytes.u8(at + 1) & 0x80 == 0 ? Int(bytes.u8(at + 1)) : 128
      // The PDU may lie behind what was kept.
      return text + length >= bytes.byteCount || 0xA0...0xA8 ~= bytes.u8(text + length)
    case 3: return bytes.u8(at) == 0x30
    default: return false
    }
  }

  /// Where what a length of BER counts begins.
  private static func afterLength(_ bytes: RawSpan, _ at: Int) -> Int? {
    guard bytes.has(1, at: at) else { return nil }
    let first = bytes.u8(at)
    if first & 0x80 == 0 { return at + 1 }
    let count = Int(first & 0x7F)
    return 1...4 ~= count ? at + 1 + count : nil
  }
}

/// DNS over UDP, known by name. Source: RFC 1035 section 4.1.
enum DNS {
  /// A header with one question, and a name in labels behind it.
  static func isMessage(_ bytes: RawSpan) -> Bool {
    guard bytes.byteCount >= 17 else { return false }
    let flags = bytes.be16(2)
    let operation = flags >> 11 & 0xF
    // Reserved bit, operations that there are, errors that there are; one question.
    guard flags & 0x0040 == 0, operation <= 2 || 4...6 ~= operation, flags & 0xF <= 10,
      bytes.be16(4) == 1, bytes.be16(6) <= 256, bytes.be16(8) <= 256, bytes.be16(10) <= 32
    else { return false }
    var at = 12
    while at < bytes.byteCount {
      let length = Int(bytes.u8(at))
      if length == 0 { return isQuestion(bytes, at + 1) }
      guard length <= 63 else { return false }
      for index in at + 1..<min(at + 1 + length, bytes.byteCount) {
        guard bytes.u8(index) > 0x20, bytes.u8(index) < 0x7F else { return false }
      }
      at += 1 + length
    }
    // The name goes on behind what was kept.
    return bytes.byteCount >= ApplicationProtocol.prefixBytes
  }

  /// Type and class behind the name.
  private static func isQuestion(_ bytes: RawSpan, _ at: Int) -> Bool {
    guard bytes.has(4, at: at) else {
      return bytes.byteCount >= ApplicationProtocol.prefixBytes
    }
    let type = bytes.be16(at)
    return type > 0 && (type <= 260 || type >= 32_768)
      && [1, 3, 4, 254, 255].contains(bytes.be16(at + 2) & 0x7FFF)
  }
}

/// SNA in UDP, known by name. Source: RFC 2353, sections 2.6.1 and 2.6.2.
enum EnterpriseExtender {
  /// An LLC header between two of the five ports: two even service access points and a control byte.
  static func isFrame(_ bytes: RawSpan, _ ports: (UInt16, UInt16)) -> Bool {
    guard 12_000...12_004 ~= ports.0, 12_000...12_004 ~= ports.1, bytes.byteCount >= 3,
      bytes.u8(0) & 1 == 0
    else { return false }
    // UI, XID, TEST, DISC, DM, UA, SABME, FRMR with the poll bit or without.
    return [0x03, 0xAF, 0xE3, 0x43, 0x0F, 0x63, 0x6F, 0x87].contains(bytes.u8(2) & 0xEF)
  }
}
