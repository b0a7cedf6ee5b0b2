internal import TraceBytes

/// A TCP header; options are passed over. Source: RFC 9293 section 3.1.
public struct TCPHeader: Sendable {
  enum Layout {
    static let sourcePort = Field<UInt16>("source port", 0)
    static let destinationPort = Field<UInt16>("destination port", 2)
    static let sequence = Field<UInt32>("sequence number", 4)
    static let acknowledgment = Field<UInt32>("acknowledgment number", 8)
    static let dataOffset = Field<UInt8>("data offset", 12)
    static let flags = Field<UInt8>("control bits", 13)
    static let window = Field<UInt16>("window", 14)
    static let checksum = Field<UInt16>("checksum", 16)
    static let urgent = Field<UInt16>("urgent pointer", 18)
  }

  /// Control bits.
  public struct Flags: OptionSet, Sendable, Hashable {
    public let rawValue: UInt8
    @inlinable public init(rawValue: UInt8) { self.rawValue = rawValue }

    /// The sender is done with sending.
    @inlinable public static var fin: Flags { Flags(rawValue: 0x01) }
    /// Opens a connection; takes one sequence number.
    @inlinable public static var syn: Flags { Flags(rawValue: 0x02) }
    /// Ends a connection at once.
    @inlinable public static var rst: Flags { Flags(rawValue: 0x04) }
    /// The receiver is to hand over what it has.
    @inlinable public static var psh: Flags { Flags(rawValue: 0x08) }
    /// The acknowledgment number counts.
    @inlinable public static var ack: Flags { Flags(rawValue: 0x10) }
    /// The urgent pointer counts.
    @inlinable public static var urg: Flags { Flags(rawValue: 0x20) }
    /// Congestion was met on the way (RFC 3168).
    @inlinable public static var ece: Flags { Flags(rawValue: 0x40) }
    /// The sender has slowed down (RFC 3168).
    @inlinable public static var cwr: Flags { Flags(rawValue: 0x80) }
  }

  /// Port of the sender.
  public var sourcePort: UInt16
  /// Port of the receiver.
  public var destinationPort: UInt16
  /// Number of the first payload byte, or of the SYN.
  public var sequence: UInt32
  /// The number that the sender expects next.
  public var acknowledgment: UInt32
  /// Bytes of the header with its options.
  public var headerLength: Int
  /// Control bits.
  public var flags: Flags

  /// Bytes of the header without options.
  public static var minimumLength: Int { Layout.urgent.end }

  /// Reads the header at `offset`; options may be cut off.
  ///
  /// - Parameter length: bytes the packet has from there on, captured or not.
  @inline(__always)
  public init(_ bytes: RawSpan, at offset: Int, length: Int) throws(WireFault) {
    guard length >= Self.minimumLength else { throw .malformed }
    guard bytes.has(Self.minimumLength, at: offset) else { throw .truncated }
    headerLength = Int(bytes[Layout.dataOffset, at: offset] >> 4) &* 4
    guard headerLength >= Self.minimumLength, headerLength <= length else { throw .malformed }
    sourcePort = bytes[Layout.sourcePort, at: offset]
    destinationPort = bytes[Layout.destinationPort, at: offset]
    sequence = bytes[Layout.sequence, at: offset]
    acknowledgment = bytes[Layout.acknowledgment, at: offset]
    flags = Flags(rawValue: bytes[Layout.flags, at: offset])
  }
}
