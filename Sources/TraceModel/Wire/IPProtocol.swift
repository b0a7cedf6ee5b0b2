/// What an IP packet carries, by its number in the IANA registry "Protocol Numbers".
public struct IPProtocol: RawRepresentable, Hashable, Sendable {
  public var rawValue: UInt8
  @inlinable public init(rawValue: UInt8) { self.rawValue = rawValue }

  public static let hopByHop = IPProtocol(rawValue: 0)
  public static let icmp = IPProtocol(rawValue: 1)
  public static let igmp = IPProtocol(rawValue: 2)
  public static let ipv4 = IPProtocol(rawValue: 4)
  public static let tcp = IPProtocol(rawValue: 6)
  public static let udp = IPProtocol(rawValue: 17)
  public static let ipv6 = IPProtocol(rawValue: 41)
  public static let routing = IPProtocol(rawValue: 43)
  public static let fragment = IPProtocol(rawValue: 44)
  public static let gre = IPProtocol(rawValue: 47)
  public static let encapsulatingSecurity = IPProtocol(rawValue: 50)
  public static let authentication = IPProtocol(rawValue: 51)
  public static let icmpv6 = IPProtocol(rawValue: 58)
  public static let noNextHeader = IPProtocol(rawValue: 59)
  public static let destinationOptions = IPProtocol(rawValue: 60)
  public static let ospf = IPProtocol(rawValue: 89)
  public static let sctp = IPProtocol(rawValue: 132)
  public static let mobility = IPProtocol(rawValue: 135)
  public static let hostIdentity = IPProtocol(rawValue: 139)
  public static let shim6 = IPProtocol(rawValue: 140)
  /// SMC link-layer control, as z/OS packet traces number it.
  public static let smcLLC = IPProtocol(rawValue: 252)

  /// Whether the header begins with the ports: TCP, UDP and SCTP.
  @inlinable public var carriesPorts: Bool { self == .tcp || self == .udp || self == .sctp }

  /// The usual short name, nil when there is none here.
  public var name: StaticString? {
    switch self {
    case .icmp: "ICMP"
    case .igmp: "IGMP"
    case .ipv4: "IPIP"
    case .tcp: "TCP"
    case .udp: "UDP"
    case .ipv6: "IPv6"
    case .gre: "GRE"
    case .encapsulatingSecurity: "ESP"
    case .authentication: "AH"
    case .icmpv6: "ICMPv6"
    case .ospf: "OSPF"
    case .sctp: "SCTP"
    case .smcLLC: "SMC-LLC"
    default: nil
    }
  }
}
