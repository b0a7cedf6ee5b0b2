internal import TraceBytes

/// A UDP header. Source: RFC 768; a length of 0 is a jumbogram of RFC 2675 section 4.
public struct UDPHeader: Sendable {
  enum Layout {
    static let sourcePort = Field<UInt16>("source port", 0)
    static let destinationPort = Field<UInt16>("destination port", 2)
    static let length = Field<UInt16>("length", 4)
    static let checksum = Field<UInt16>("checksum", 6)
  }

  /// Port of the sender; 0 when no answer is wanted.
  public var sourcePort: UInt16
  /// Port of the receiver.
  public var destinationPort: UInt16
  /// Bytes of the datagram after the header.
  public var payloadLength: Int

  /// Bytes of the header.
  public static var length: Int { Layout.checksum.end }

  /// Reads the header at `offset`.
  ///
  /// - Parameter length: bytes the packet has from there on, captured or not; a datagram that says
  ///   it is longer ends there.
  @inline(__always)
  public init(_ bytes: RawSpan, at offset: Int, length: Int) throws(WireFault) {
    guard length >= Self.length else { throw .malformed }
    guard bytes.has(Self.length, at: offset) else { throw .truncated }
    let stated = Int(bytes[Layout.length, at: offset])
    guard stated == 0 || stated >= Self.length else { throw .malformed }
    sourcePort = bytes[Layout.sourcePort, at: offset]
    destinationPort = bytes[Layout.destinationPort, at: offset]
    payloadLength = (stated == 0 ? length : min(stated, length)) &- Self.length
  }
}
