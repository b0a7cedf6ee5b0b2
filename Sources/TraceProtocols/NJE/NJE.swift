internal import TraceBytes

/// NJE over TCP/IP: JES2, JES3, RSCS and others.
///
/// Source: IBM, Network Job Entry (NJE) Formats and Protocols, SA32-0988; framing over TCP as public
/// clients have it; see Formats/nje.md.
enum NJE {
  static let room = ProtocolRoom(
    .nje, dissector: Dissector("data", column: "NJE"), recognise: recognise,
    makeReader: { NJEReader() })

  /// The control record that opens a connection, or a transmission buffer.
  static func recognise(_ bytes: RawSpan) -> Recognition? {
    if let control = NJEControl.kind(bytes) {
      return Recognition(.certain, fromClient: control == .open)
    }
    typealias Layout = NJEBuffer.Layout
    guard bytes.has(Layout.firstBlock + 3, at: 0), let buffer = NJEBuffer.length(bytes),
      buffer >= 18, bytes[Layout.recordFlags, at: Layout.header] == 0
    else { return nil }
    let record = Int(bytes[Layout.recordLength, at: Layout.header])
    guard record >= 2, Layout.firstBlock + record <= buffer else { return nil }
    switch bytes.be16(Layout.firstBlock) {
    // DLE STX and a block control byte.
    case 0x1002:
      return record >= Layout.blockHeader && bytes.u8(Layout.firstBlock + 2) >= 0x80
        ? Recognition(.certain) : nil
    // SOH ENQ, DLE ACK0.
    case 0x012D, 0x1070: return record == 2 ? Recognition(.certain) : nil
    default: return nil
    }
  }
}

/// The record of 33 bytes that opens a connection, or its answer.
struct NJEControl {
  enum Kind: Sendable { case open, ack, nak }

  enum Layout {
    static let type = Field("TYPE", 0, 8)
    static let sender = Field("RHOST", 8, 8)
    static let senderAddress = Field("RIP", 16, 4)
    static let receiver = Field("OHOST", 20, 8)
    static let receiverAddress = Field("OIP", 28, 4)
    static let reason = Field<UInt8>("R", 32)
    static let size = 33
  }

  static func kind(_ bytes: RawSpan) -> Kind? {
    guard bytes.byteCount >= Layout.type.end else { return nil }
    let type = Layout.type.range()
    if TextCoding.ebcdic.equals("OPEN    ", bytes, type) { return .open }
    if TextCoding.ebcdic.equals("ACK     ", bytes, type) { return .ack }
    if TextCoding.ebcdic.equals("NAK     ", bytes, type) { return .nak }
    return nil
  }

  /// Whether bytes, too few to tell, may become a control record.
  static func mayBegin(_ bytes: RawSpan) -> Bool {
    let first = bytes.u8(0)
    return first == 0xD6 || first == 0xC1 || first == 0xD5
  }

  /// Why a connection was refused.
  static func reason(_ code: UInt8) -> String {
    switch code {
    case 0: "no reason given"
    case 1: "no such link"
    case 2: "link active, will be reset"
    case 3: "link tries an active open"
    case 4: "wrong name, or already connected"
    default: "unknown reason"
    }
  }
}
