/// What an IP packet carries, by its number in the IANA registry "Protocol Numbers".
public struct IPProtocol: RawRepresentable, Hashable, Sendable {
  public var rawValue: UInt8
  @inlinable public init(rawValue: UInt8) { self.rawValue = rawValue }

  /// IPv6 hop-by-hop options, RFC 8200 section 4.3.
  public static let hopByHop = IPProtocol(rawValue: 0)
  /// RFC 792.
  public static let icmp = IPProtocol(rawValue: 1)
  /// RFC 9776.
  public static let igmp = IPProtocol(rawValue: 2)
  /// IPv4 in IP, RFC 2003.
  public static let ipv4 = IPProtocol(rawValue: 4)
  /// RFC 9293.
  public static let tcp = IPProtocol(rawValue: 6)
  /// RFC 768.
  public static let udp = IPProtocol(rawValue: 17)
  /// IPv6 in IP, RFC 2473.
  public static let ipv6 = IPProtocol(rawValue: 41)
  /// IPv6 routing header, RFC 8200 section 4.4.
  public static let routing = IPProtocol(rawValue: 43)
  /// IPv6 fragment header, RFC 8200 section 4.5.
  public static let fragment = IPProtocol(rawValue: 44)
  /// RFC 2784.
  public static let gre = IPProtocol(rawValue: 47)
  /// ESP of IPsec, RFC 4303: what follows is encrypted.
  public static let encapsulatingSecurity = IPProtocol(rawValue: 50)
  /// AH of IPsec, RFC 4302: what follows is in clear.
  public static let authentication = IPProtocol(rawValue: 51)
  /// RFC 4443.
  public static let icmpv6 = IPProtocol(rawValue: 58)
  /// Nothing follows, RFC 8200 section 4.7.
  public static let noNextHeader = IPProtocol(rawValue: 59)
  /// IPv6 destination options, RFC 8200 section 4.6.
  public static let destinationOptions = IPProtocol(rawValue: 60)
  /// RFC 2328.
  public static let ospf = IPProtocol(rawValue: 89)
  /// RFC 9260.
  public static let sctp = IPProtocol(rawValue: 132)
  /// Mobile IPv6, RFC 6275.
  public static let mobility = IPProtocol(rawValue: 135)
  /// HIP, RFC 7401.
  public static let hostIdentity = IPProtocol(rawValue: 139)
  /// RFC 5533.
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
