internal import TraceBytes

/// An IPv6 header without extensions. Source: RFC 8200 section 3.
public struct IPv6Header: Sendable {
  enum Layout {
    static let versionClassLabel = Field<UInt32>("version, class and flow label", 0)
    static let payloadLength = Field<UInt16>("payload length", 4)
    static let nextHeader = Field<UInt8>("next header", 6)
    static let hopLimit = Field<UInt8>("hop limit", 7)
    static let source = Field("source address", 8, 16)
    static let destination = Field("destination address", 24, 16)
  }

  /// Bytes of the header.
  public static var length: Int { Layout.destination.end }

  /// Bytes after the header, extensions included; 0 for jumbograms and with segmentation offload.
  public var payloadLength: Int
  /// What follows: an extension header, or the transport.
  public var nextHeader: IPProtocol
  /// The sender.
  public var source: IPAddress
  /// The receiver, or the next stop where a routing header follows.
  public var destination: IPAddress

  /// Reads the header at `offset`.
  @inline(__always)
  public init(_ bytes: RawSpan, at offset: Int) throws(WireFault) {
    guard bytes.has(Self.length, at: offset) else { throw .truncated }
    guard bytes.u8(offset) >> 4 == 6 else { throw .malformed }
    payloadLength = Int(bytes[Layout.payloadLength, at: offset])
    nextHeader = IPProtocol(rawValue: bytes[Layout.nextHeader, at: offset])
    source = bytes.ipv6Address(offset &+ Layout.source.offset)
    destination = bytes.ipv6Address(offset &+ Layout.destination.offset)
  }
}
