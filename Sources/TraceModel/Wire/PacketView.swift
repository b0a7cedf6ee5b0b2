internal import TraceBytes

/// Where everything is in one packet: offsets and numbers, no bytes.
public struct PacketView: Sendable {
  /// The parts of a packet that can be wrong.
  public enum Layer: UInt8, Sendable {
    /// The header of the frame.
    case link
    /// The IP header.
    case network
    /// An extension header of IPv6, or an authentication header.
    case networkExtension
    /// The TCP, UDP or ICMP header.
    case transport
  }

  /// How much of a packet could be read.
  public enum Status: Sendable, Equatable {
    /// The headers were not decoded: not asked for, or no packet.
    case notLookedAt
    /// All headers and the whole payload.
    case complete
    /// The capture ends before the packet does; see ``PacketView/hasNetwork`` and
    /// ``PacketView/hasTransport`` for what there is.
    case truncated
    /// A part of a larger packet; the first one has its ports, the others do not.
    case fragment
    /// A frame that carries something else.
    case notIP(EtherType)
    /// A link type that is not decoded.
    case unknownLink
    /// A header that cannot be.
    case malformed(Layer)
  }

  /// How far the packet could be decoded.
  public internal(set) var status = Status.notLookedAt
  /// Whether the addresses are known.
  public internal(set) var hasNetwork = false
  /// Whether a TCP, UDP or ICMP header was read.
  public internal(set) var hasTransport = false
  /// 4 or 6.
  public internal(set) var ipVersion: UInt8 = 0
  /// What the packet carries, after extension headers.
  public internal(set) var ipProtocol = IPProtocol(rawValue: 0)
  /// Whether the link header says which way the packet went.
  public internal(set) var direction = Direction.unknown
  /// Identifier of the outermost VLAN, 0 without a tag.
  public internal(set) var vlan: UInt16 = 0
  /// The sender; unspecified unless ``hasNetwork``.
  public internal(set) var source = IPAddress.unspecified
  /// The receiver; unspecified unless ``hasNetwork``.
  public internal(set) var destination = IPAddress.unspecified
  /// Where the IP header starts.
  public internal(set) var networkOffset = 0
  /// Where the captured bytes of the IP packet end, without the padding of the frame.
  public internal(set) var networkEnd = 0

  /// Identification of the packet that a fragment is part of.
  public internal(set) var fragmentID: UInt32 = 0
  /// Where in that packet the fragment belongs.
  public internal(set) var fragmentOffset = 0
  /// Whether more fragments follow.
  public internal(set) var moreFragments = false
  /// Where the bytes of a fragment start; they end at ``networkEnd``.
  public internal(set) var fragmentStart = 0
  /// How many bytes of the larger packet this fragment had, captured or not.
  public internal(set) var fragmentLength = 0
  /// What the larger packet begins with.
  public internal(set) var fragmentProtocol = IPProtocol(rawValue: 0)

  /// Where the transport header starts, or the bytes of a fragment.
  public internal(set) var transportOffset = 0
  /// Bytes from there to the end of the packet, captured or not.
  public internal(set) var transportLength = 0
  /// 0 for ICMP, and for fragments but the first.
  public internal(set) var sourcePort: UInt16 = 0
  /// 0 for ICMP, and for fragments but the first.
  public internal(set) var destinationPort: UInt16 = 0
  /// TCP sequence number, 0 unless ``hasTransport``.
  public internal(set) var sequence: UInt32 = 0
  /// TCP acknowledgment number; means something only with the ACK flag.
  public internal(set) var acknowledgment: UInt32 = 0
  /// Control bits of a TCP header.
  public internal(set) var tcpFlags: TCPHeader.Flags = []
  /// Type of an ICMP or ICMPv6 message.
  public internal(set) var icmpType: UInt8 = 0

  /// Where the payload starts.
  public internal(set) var payloadOffset = 0
  /// How many bytes of it were captured.
  public internal(set) var payloadCaptured = 0
  /// How many bytes it had, by the IP header.
  public internal(set) var payloadLength = 0

  /// Nothing is known yet.
  public init() {}

  /// The captured payload as a range of the packet's bytes.
  @inlinable public var payload: Range<Int> {
    payloadOffset..<(payloadOffset &+ payloadCaptured)
  }

  /// Decodes a packet; any bytes are allowed.
  ///
  /// - Parameter originalLength: bytes the packet had when it was captured; it counts where the IP
  ///   header has no length.
  public static func decode(
    _ bytes: RawSpan, linkType: LinkType, originalLength: Int
  ) -> PacketView {
    var view = PacketView()
    view.read(bytes, linkType: linkType, originalLength: originalLength)
    return view
  }

  /// Decodes a packet into a view that knows nothing yet.
  public mutating func read(_ bytes: RawSpan, linkType: LinkType, originalLength: Int) {
    status = .complete
    do throws(WireFault) {
      guard let type = try readLink(bytes, linkType) else {
        status = .unknownLink
        return
      }
      let original = max(originalLength, bytes.byteCount)
      switch type {
      case .ipv4: readIPv4(bytes, originalLength: original)
      case .ipv6: readIPv6(bytes, originalLength: original)
      default: status = .notIP(type)
      }
    } catch {
      fail(error, in: .link)
    }
  }

  @inline(__always)
  mutating func fail(_ fault: WireFault, in layer: Layer) {
    switch fault {
    case .truncated: status = .truncated
    case .malformed: status = .malformed(layer)
    }
  }
}
