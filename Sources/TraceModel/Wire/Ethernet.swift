internal import TraceBytes

/// An Ethernet header with its VLAN tags, or an 802.3 header with LLC and SNAP.
/// Source: IEEE 802.3 clause 3 (frame, length below 0x600), IEEE 802.1Q clause 9 (tags),
/// IEEE 802 clause 9 and RFC 1042 (SNAP).
public struct EthernetHeader: Sendable {
  enum Layout {
    static let destination = Field("destination", 0, 6)
    static let source = Field("source", 6, 6)
    static let type = Field<UInt16>("type or length", 12)
  }

  enum Tag {
    static let control = Field<UInt16>("tag control information", 0)
    static let type = Field<UInt16>("type", 2)
    /// Tags deeper than this are not followed.
    static let most = 4
  }

  enum LLC {
    static let destination = Field<UInt8>("DSAP", 0)
    static let source = Field<UInt8>("SSAP", 1)
    static let control = Field<UInt8>("control", 2)
    static let organisation = Field<UInt24>("SNAP OUI", 3)
    static let type = Field<UInt16>("SNAP protocol", 6)

    static let snap: UInt8 = 0xAA
    static let ip: UInt8 = 0x06
    static let unnumberedInformation: UInt8 = 0x03
  }

  /// What the frame carries; a length when it is no protocol of the registry.
  public var type: EtherType
  /// Identifier of the outermost VLAN, 0 without a tag.
  public var vlan: UInt16 = 0
  /// How many tags there are.
  public var tags = 0
  /// Where the payload starts.
  public var payloadOffset: Int

  /// Reads the header at `offset`.
  @inline(__always)
  public init(_ bytes: RawSpan, at offset: Int = 0) throws(WireFault) {
    guard bytes.has(Layout.type.end, at: offset) else { throw .truncated }
    try self.init(
      type: EtherType(rawValue: bytes[Layout.type, at: offset]), bytes,
      at: offset &+ Layout.type.end)
  }

  /// Reads tags and LLC after a type field; `offset` is the byte after it.
  @inline(__always)
  init(type: EtherType, _ bytes: RawSpan, at offset: Int) throws(WireFault) {
    self.type = type
    payloadOffset = offset
    if type == .ipv4 || type == .ipv6 { return }
    try skipTags(bytes)
    if self.type.isLength { try readLLC(bytes) }
  }

  private mutating func skipTags(_ bytes: RawSpan) throws(WireFault) {
    while type.isTag {
      guard tags < Tag.most else { throw .malformed }
      guard bytes.has(Tag.type.end, at: payloadOffset) else { throw .truncated }
      if tags == 0 { vlan = bytes[Tag.control, at: payloadOffset] & 0x0FFF }
      type = EtherType(rawValue: bytes[Tag.type, at: payloadOffset])
      payloadOffset &+= Tag.type.end
      tags &+= 1
    }
  }

  /// Leaves the length as the type where neither SNAP nor IP over LLC follows.
  private mutating func readLLC(_ bytes: RawSpan) throws(WireFault) {
    let at = payloadOffset
    guard bytes.has(LLC.control.end, at: at) else { throw .truncated }
    let service = bytes[LLC.destination, at: at]
    guard service == bytes[LLC.source, at: at],
      bytes[LLC.control, at: at] == LLC.unnumberedInformation
    else { return }
    if service == LLC.ip {
      type = .ipv4
      payloadOffset = at &+ LLC.control.end
    } else if service == LLC.snap {
      guard bytes.has(LLC.type.end, at: at) else { throw .truncated }
      // Only the all-zero organisation says that an EtherType follows; 0000F8 is its bridged twin.
      let organisation = bytes[LLC.organisation, at: at]
      guard organisation == 0 || organisation == 0x0000F8 else { return }
      type = EtherType(rawValue: bytes[LLC.type, at: at])
      payloadOffset = at &+ LLC.type.end
    }
  }
}
