/// What an IP packet carries, by its number in the IANA registry "Protocol Numbers".
public struct IPProtocol: RawRepresentable, Hashable, Sendable {
  public var rawValue: UInt8
  @inlinable public init(rawValue: UInt8) { self.rawValue = rawValue }

  /// IPv6 hop-by-hop options, RFC 8200 section 4.3.
  @inlinable public static var hopByHop: IPProtocol { IPProtocol(rawValue: 0) }
  /// RFC 792.
  @inlinable public static var icmp: IPProtocol { IPProtocol(rawValue: 1) }
  /// RFC 9293.
  @inlinable public static var tcp: IPProtocol { IPProtocol(rawValue: 6) }
  /// RFC 768.
  @inlinable public static var udp: IPProtocol { IPProtocol(rawValue: 17) }
  /// IPv6 routing header, RFC 8200 section 4.4.
  @inlinable public static var routing: IPProtocol { IPProtocol(rawValue: 43) }
  /// IPv6 fragment header, RFC 8200 section 4.5.
  @inlinable public static var fragment: IPProtocol { IPProtocol(rawValue: 44) }
  /// AH of IPsec, RFC 4302: what follows is in clear.
  @inlinable public static var authentication: IPProtocol { IPProtocol(rawValue: 51) }
  /// RFC 4443.
  @inlinable public static var icmpv6: IPProtocol { IPProtocol(rawValue: 58) }
  /// Nothing follows, RFC 8200 section 4.7.
  @inlinable public static var noNextHeader: IPProtocol { IPProtocol(rawValue: 59) }
  /// IPv6 destination options, RFC 8200 section 4.6.
  @inlinable public static var destinationOptions: IPProtocol { IPProtocol(rawValue: 60) }
  /// RFC 9260.
  @inlinable public static var sctp: IPProtocol { IPProtocol(rawValue: 132) }
  /// Mobile IPv6, RFC 6275.
  @inlinable public static var mobility: IPProtocol { IPProtocol(rawValue: 135) }
  /// HIP, RFC 7401.
  @inlinable public static var hostIdentity: IPProtocol { IPProtocol(rawValue: 139) }
  /// RFC 5533.
  @inlinable public static var shim6: IPProtocol { IPProtocol(rawValue: 140) }

  /// Whether the header begins with the ports: TCP, UDP and SCTP.
  @inlinable public var carriesPorts: Bool { self == .tcp || self == .udp || self == .sctp }
}
