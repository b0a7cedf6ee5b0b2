internal import TraceBytes

/// The type of an ICMP or ICMPv6 message. Source: RFC 792; RFC 4443 section 2.1.
public struct ICMPHeader: Sendable {
  enum Layout {
    static let type = Field<UInt8>("type", 0)
    static let code = Field<UInt8>("code", 1)
    static let checksum = Field<UInt16>("checksum", 2)
  }

  /// Type of the message, in the numbers of ICMP or of ICMPv6.
  public var type: UInt8

  /// Bytes of the header that all messages have.
  public static var length: Int { Layout.checksum.end }

  /// Reads the header at `offset`.
  ///
  /// - Parameter length: bytes the packet has from there on, captured or not.
  public init(_ bytes: RawSpan, at offset: Int, length: Int) throws(WireFault) {
    guard length >= Self.length else { throw .malformed }
    guard bytes.has(Self.length, at: offset) else { throw .truncated }
    type = bytes[Layout.type, at: offset]
  }
}
