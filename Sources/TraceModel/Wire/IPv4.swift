internal import TraceBytes

/// An IPv4 header. Source: RFC 791 section 3.1.
public struct IPv4Header: Sendable {
  enum Layout {
    static let versionAndLength = Field<UInt8>("version and IHL", 0)
    static let typeOfService = Field<UInt8>("type of service", 1)
    static let totalLength = Field<UInt16>("total length", 2)
    static let identification = Field<UInt16>("identification", 4)
    static let fragment = Field<UInt16>("flags and fragment offset", 6)
    static let timeToLive = Field<UInt8>("time to live", 8)
    static let ipProtocol = Field<UInt8>("protocol", 9)
    static let checksum = Field<UInt16>("header checksum", 10)
    static let source = Field<UInt32>("source address", 12)
    static let destination = Field<UInt32>("destination address", 16)
  }

  enum Fragment {
    static let more: UInt16 = 0x2000
    static let offset: UInt16 = 0x1FFF
  }

  /// Bytes of the header with its options.
  public var headerLength: Int
  /// Bytes of the packet with its header; 0 where segmentation offload left it out.
  public var totalLength: Int
  /// The same in all fragments of a packet.
  public var identification: UInt16
  /// Where the fragment belongs, in bytes.
  public var fragmentOffset: Int
  /// Whether this is a fragment and not the last one.
  public var moreFragments: Bool
  /// What follows the header.
  public var ipProtocol: IPProtocol
  /// The sender.
  public var source: IPAddress
  /// The receiver.
  public var destination: IPAddress

  /// Reads the header at `offset`; options may be cut off.
  @inline(__always)
  public init(_ bytes: RawSpan, at offset: Int) throws(WireFault) {
    guard bytes.has(Layout.destination.end, at: offset) else { throw .truncated }
    let first = bytes[Layout.versionAndLength, at: offset]
    guard first >> 4 == 4 else { throw .malformed }
    headerLength = Int(first & 0x0F) &* 4
    totalLength = Int(bytes[Layout.totalLength, at: offset])
    guard headerLength >= Layout.destination.end, totalLength == 0 || totalLength >= headerLength
    else { throw .malformed }
    identification = bytes[Layout.identification, at: offset]
    let fragment = bytes[Layout.fragment, at: offset]
    fragmentOffset = Int(fragment & Fragment.offset) &* 8
    moreFragments = fragment & Fragment.more != 0
    ipProtocol = IPProtocol(rawValue: bytes[Layout.ipProtocol, at: offset])
    source = bytes.ipv4Address(offset &+ Layout.source.offset)
    destination = bytes.ipv4Address(offset &+ Layout.destination.offset)
  }
}
