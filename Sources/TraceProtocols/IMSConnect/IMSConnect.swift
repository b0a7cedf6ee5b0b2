internal import TraceBytes

/// IMS Connect, the TCP/IP door of IMS.
///
/// Source: IBM, IMS Communications and Connections, "IRM structures for IMS Connect client messages",
/// "Output message from message exit to client"; see Formats/ims-connect.md.
enum IMSConnect {
  static let room = ProtocolRoom(
    .imsConnect, dissector: Dissector("data", column: "IMS Connect"), recognise: recognise,
    makeReader: { IMSConnectReader() })

  /// More than a message has (10,000,000 bytes is the most that can be configured).
  static let mostBytes = 16 << 20

  /// A request by its header; an answer by a structure that only IMS Connect sends.
  static func recognise(_ bytes: RawSpan) -> Recognition? {
    if IRM.isHeader(bytes) { return Recognition(.certain, fromClient: true) }
    var at = 0
    // The first structures of an answer; each has its length.
    for _ in 0..<8 {
      let rest = bytes.extracting(at..<bytes.byteCount)
      guard let part = AnswerPart(rest, takesTotal: at == 0) else { return nil }
      if part.kind != .data { return Recognition(.certain, fromClient: false) }
      guard part.total == nil || part.end <= part.total ?? 0 else { return nil }
      at += part.end
      guard at < bytes.byteCount else { return nil }
    }
    return nil
  }

  /// Whether eight bytes are a name between asterisks, and in which letters.
  static func coding(ofIdentifierAt at: Int, _ bytes: RawSpan) -> TextCoding? {
    guard bytes.has(8, at: at) else { return nil }
    let coding: TextCoding
    switch bytes.u8(at) {
    case 0x5C: coding = .ebcdic
    case 0x2A: coding = .ascii
    default: return nil
    }
    guard bytes.u8(at + 7) == bytes.u8(at) else { return nil }
    for index in at + 1..<at + 7 {
      let letter = coding.fold(bytes.u8(index))
      guard Byte.isLetter(letter) || Byte.isDigit(letter) else { return nil }
    }
    return coding
  }

  /// Whether the eight bytes at a place are a name, given in capitals.
  static func has(_ name: StaticString, at: Int, _ bytes: RawSpan) -> TextCoding? {
    guard let coding = coding(ofIdentifierAt: at, bytes),
      coding.equals(name, bytes, at..<at + 8)
    else { return nil }
    return coding
  }
}
