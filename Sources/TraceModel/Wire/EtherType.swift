/// What an Ethernet frame carries, by its number in the IEEE registry.
/// Source: IANA "IEEE 802 Numbers"; IEEE 802.1Q for the tags.
public struct EtherType: RawRepresentable, Hashable, Sendable {
  public var rawValue: UInt16
  @inlinable public init(rawValue: UInt16) { self.rawValue = rawValue }

  /// RFC 894.
  public static let ipv4 = EtherType(rawValue: 0x0800)
  /// RFC 2464.
  public static let ipv6 = EtherType(rawValue: 0x86DD)

  /// Whether the number is the length of an 802.3 frame and names no protocol.
  @inlinable public var isLength: Bool { rawValue < 0x0600 }

  /// Whether a four-byte VLAN tag follows: of a customer (802.1Q) or a provider (802.1ad), or a stacked one from
  /// before 802.1ad.
  @inlinable public var isTag: Bool {
    switch rawValue {
    case 0x8100, 0x88A8, 0x9100, 0x9200, 0x9300: true
    default: false
    }
  }
}
