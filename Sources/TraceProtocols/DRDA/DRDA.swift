internal import TraceBytes

/// DRDA: what requesters and Db2, Derby, IMS ODBM and other servers speak, whatever the port.
///
/// Source: DRDA volume 3 (DDM) as Formats/drda.md cites it.
enum DRDA {
  static let room = ProtocolRoom(
    .drda,
    // Wireshark 4.0 has no dissector of the name `drda`; its heuristic is in every release. It finds the
    // protocol on any port by itself.
    dissector: Dissector("drda_tcp", isHeuristic: true),
    recognise: recognise, makeReader: { DRDAReader() })

  /// A data stream structure whose object's length fits it, and is of a known kind. In a request or a reply
  /// the code point is one of a few; nothing else begins so.
  static func recognise(_ bytes: RawSpan) -> Recognition? {
    guard bytes.byteCount >= 4, let header = DDMHeader(bytes) else { return nil }
    guard bytes.byteCount >= 10 else { return Recognition(.likely, fromClient: header.fromClient) }
    let code = DDMCode(rawValue: bytes.be16(8))
    let sender = header.fromClient ?? code.fromClient
    let inner = Int(bytes.be16(6))
    // The length of a long object stands behind its code point.
    let fits =
      inner & 0x8000 == 0
      ? (header.isContinued ? inner + 6 > header.length : inner + 6 == header.length)
      : DDMHeader.extraLengths.contains(inner & 0x7FFF) && header.length > 10
    guard fits || holdsSeveral(bytes, header) else { return nil }
    return Recognition(fits && code.isKnown ? .certain : .likely, fromClient: sender)
  }

  /// Whether the structure is made of several objects, as far as they can be seen.
  private static func holdsSeveral(_ bytes: RawSpan, _ header: DDMHeader) -> Bool {
    var at = DDMHeader.byteCount
    while at < header.length, at + 4 <= bytes.byteCount {
      let length = Int(bytes.be16(at))
      guard length >= 4, at + length <= header.length else { return false }
      at += length
    }
    return at == header.length || at + 4 <= header.length
  }
}

/// The first six bytes of a data stream structure (DSS).
///
/// | offset | size | |
/// |---|---|---|
/// | 0 | 2 | length, these bytes included; bit X'8000': goes on in a further segment |
/// | 2 | 1 | X'D0' |
/// | 3 | 1 | X'40' another structure of the chain follows, X'20' go on after an error, X'10' the next has the same correlation id; low nibble: type |
/// | 4 | 2 | correlation id |
struct DDMHeader {
  enum Kind: UInt8 {
    case request = 1
    case reply = 2
    case object = 3
    case communications = 4
    case requestWithoutReply = 5
  }

  /// Bytes of it, and of the length and code point behind it.
  static let byteCount = 6
  static let leastLength = 10
  /// The low 15 bits of an object length that says how many length bytes follow the code point: their
  /// number and these four; without any, the object goes on to the end.
  static let extraLengths = [4, 8, 10, 12]

  var length: Int
  var isContinued: Bool
  var isChained: Bool
  var kind: Kind
  /// 0 when there are not so many bytes.
  var correlation: UInt16

  /// Nil when the bytes, at least four, begin no structure.
  init?(_ bytes: RawSpan) {
    guard bytes.has(4, at: 0), bytes.u8(2) == 0xD0, bytes.u8(3) & 0x80 == 0,
      let kind = Kind(rawValue: bytes.u8(3) & 0x0F)
    else { return nil }
    let word = bytes.be16(0)
    length = Int(word & 0x7FFF)
    guard length >= Self.leastLength else { return nil }
    self.kind = kind
    isContinued = word & 0x8000 != 0
    isChained = bytes.u8(3) & 0x40 != 0
    correlation = bytes.has(6, at: 0) ? bytes.be16(4) : 0
  }

  /// Whether the client sent it, nil when the type does not tell.
  var fromClient: Bool? {
    switch kind {
    case .request, .requestWithoutReply: true
    case .reply: false
    case .object, .communications: nil
    }
  }
}
