internal import TraceBytes

/// A token ring header with its routing information, and the LLC behind it.
/// Source: IEEE 802.5 clause 3; the routing information field, IEEE 802.1D annex C.
struct TokenRingHeader {
  enum Layout {
    static let accessControl = Field<UInt8>("access control", 0)
    static let frameControl = Field<UInt8>("frame control", 1)
    static let destination = Field("destination", 2, 6)
    static let source = Field("source", 8, 6)
    static let routing = Field<UInt16>("routing control", 14)
  }

  /// Frames that carry LLC have these two bits of the frame control; the others are the ring's own.
  private static let llcFrame: UInt8 = 0x40
  /// The first bit of the source address says that routing information follows.
  private static let hasRouting: UInt8 = 0x80
  /// The length of the routing information with its control field, in the first five bits.
  private static let routingLength: UInt16 = 0x1F

  /// What the frame carries; 0 when it is no protocol of the registry.
  let type: EtherType
  /// Where the payload starts.
  let payloadOffset: Int

  init(_ bytes: RawSpan) throws(WireFault) {
    var at = Layout.source.end
    guard bytes.has(at, at: 0) else { throw .truncated }
    if bytes.u8(Layout.source.offset) & Self.hasRouting != 0 {
      guard bytes.has(Layout.routing.end, at: 0) else { throw .truncated }
      let length = Int(bytes[Layout.routing] >> 8 & Self.routingLength)
      guard length >= 2, length % 2 == 0 else { throw .malformed }
      at += length
    }
    guard bytes[Layout.frameControl] & 0xC0 == Self.llcFrame else {
      type = EtherType(rawValue: 0)
      payloadOffset = at
      return
    }
    // LLC and SNAP are those of 802.3, where a length stands before them.
    let inner = try EthernetHeader(type: EtherType(rawValue: 0), bytes, at: at)
    type = inner.type
    payloadOffset = inner.payloadOffset
  }
}
