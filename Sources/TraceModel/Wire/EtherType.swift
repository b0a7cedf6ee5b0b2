/// What an Ethernet frame carries, by its number in the IEEE registry.
/// Source: IANA "IEEE 802 Numbers"; IEEE 802.1Q for the tags.
public struct EtherType: RawRepresentable, Hashable, Sendable {
  public var rawValue: UInt16
  @inlinable public init(rawValue: UInt16) { self.rawValue = rawValue }

  /// RFC 894.
  public static let ipv4 = EtherType(rawValue: 0x0800)
  /// RFC 826.
  public static let arp = EtherType(rawValue: 0x0806)
  /// IEEE 802.1Q tag of a customer.
  public static let vlan = EtherType(rawValue: 0x8100)
  /// RFC 2464.
  public static let ipv6 = EtherType(rawValue: 0x86DD)
  /// IEEE 802.3 slow protocols: LACP.
  public static let slowProtocols = EtherType(rawValue: 0x8809)
  /// RFC 5332.
  public static let mplsUnicast = EtherType(rawValue: 0x8847)
  /// RFC 2516.
  public static let pppoeSession = EtherType(rawValue: 0x8864)
  /// IEEE 802.1X.
  public static let eapol = EtherType(rawValue: 0x888E)
  /// IEEE 802.1ad tag of a provider, outside of a customer's.
  public static let serviceVLAN = EtherType(rawValue: 0x88A8)
  /// IEEE 802.1AB.
  public static let lldp = EtherType(rawValue: 0x88CC)
  /// An outer tag from before IEEE 802.1ad.
  public static let oldQinQ = EtherType(rawValue: 0x9100)

  /// Whether the number is the length of an 802.3 frame and names no protocol.
  @inlinable public var isLength: Bool { rawValue < 0x0600 }

  /// Whether a four-byte VLAN tag follows; 0x9200 and 0x9300 are older stacked tags.
  @inlinable public var isTag: Bool {
    switch rawValue {
    case 0x8100, 0x88A8, 0x9100, 0x9200, 0x9300: true
    default: false
    }
  }
}
