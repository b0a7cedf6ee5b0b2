internal import TraceBytes

/// The header of a Linux "any" capture, version 1 or 2.
/// Source: tcpdump.org, LINKTYPE_LINUX_SLL and LINKTYPE_LINUX_SLL2.
public struct LinuxCookedHeader: Sendable {
  enum Layout {
    static let packetType = Field<UInt16>("packet type", 0)
    static let deviceType = Field<UInt16>("ARPHRD_ type", 2)
    static let addressLength = Field<UInt16>("link-layer address length", 4)
    static let address = Field<UInt64>("link-layer address", 6)
    static let type = Field<UInt16>("protocol type", 14)
  }

  enum Layout2 {
    static let type = Field<UInt16>("protocol type", 0)
    static let interfaceIndex = Field<UInt32>("interface index", 4)
    static let deviceType = Field<UInt16>("ARPHRD_ type", 8)
    static let packetType = Field<UInt8>("packet type", 10)
    static let addressLength = Field<UInt8>("link-layer address length", 11)
    static let address = Field<UInt64>("link-layer address", 12)
  }

  /// Device types whose protocol field is no EtherType.
  enum Device {
    static let netlink: UInt16 = 824
  }

  /// Packet type of packets that this host sent.
  static let outgoing: UInt16 = 4

  /// What the frame carries.
  public var type: EtherType
  /// Whether this host sent the packet.
  public var isOutgoing: Bool
  /// Where the payload starts.
  public var payloadOffset: Int
  /// Identifier of the outermost VLAN, 0 without a tag.
  public var vlan: UInt16

  /// Reads the header at the start of `bytes`.
  public init(_ bytes: RawSpan, version: Int) throws(WireFault) {
    let start = version == 2 ? Layout2.address.end : Layout.type.end
    guard bytes.has(start, at: 0) else { throw .truncated }
    let type: UInt16
    let device: UInt16
    if version == 2 {
      type = bytes[Layout2.type]
      device = bytes[Layout2.deviceType]
      isOutgoing = UInt16(bytes[Layout2.packetType]) == Self.outgoing
    } else {
      type = bytes[Layout.type]
      device = bytes[Layout.deviceType]
      isOutgoing = bytes[Layout.packetType] == Self.outgoing
    }
    if device == Device.netlink {
      self.type = EtherType(rawValue: 0)
      payloadOffset = start
      vlan = 0
      return
    }
    let ether = try EthernetHeader(type: EtherType(rawValue: type), bytes, at: start)
    self.type = ether.type
    payloadOffset = ether.payloadOffset
    vlan = ether.vlan
  }
}
