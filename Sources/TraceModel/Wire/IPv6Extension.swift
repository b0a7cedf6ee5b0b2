internal import TraceBytes

/// One extension header between the IP header and what the packet carries.
/// Source: RFC 8200 section 4 (hop-by-hop, routing, fragment, destination), RFC 4302 section 2.2
/// (authentication), RFC 6275 section 6.1 (mobility), RFC 2675 section 2 (jumbo payload).
public struct IPv6Extension: Sendable {
  enum Layout {
    static let nextHeader = Field<UInt8>("next header", 0)
    static let length = Field<UInt8>("header length", 1)
    static let options = Field("options", 2, 0)
  }

  enum FragmentLayout {
    static let offset = Field<UInt16>("fragment offset and M flag", 2)
    static let identification = Field<UInt32>("identification", 4)
    static let more: UInt16 = 0x0001
    static let units: UInt16 = 0xFFF8
  }

  enum Option {
    static let pad1: UInt8 = 0
    static let jumboPayload: UInt8 = 0xC2
    static let jumboLength: UInt8 = 4
  }

  /// The number of the header after this one.
  public var nextHeader: IPProtocol
  /// Bytes of this header.
  public var length: Int

  /// Whether a header with this number is an extension with a length of its own.
  @inline(__always)
  static func isExtension(_ number: IPProtocol) -> Bool {
    switch number {
    case .hopByHop, .routing, .fragment, .authentication, .destinationOptions, .mobility,
      .hostIdentity, .shim6:
      true
    default: false
    }
  }

  /// Reads the header numbered `number` at `offset`.
  init(_ number: IPProtocol, _ bytes: RawSpan, at offset: Int) throws(WireFault) {
    guard bytes.has(8, at: offset) else { throw .truncated }
    nextHeader = IPProtocol(rawValue: bytes[Layout.nextHeader, at: offset])
    let units = Int(bytes[Layout.length, at: offset])
    length =
      switch number {
      case .fragment: 8
      // RFC 4302 counts 4-byte words minus 2.
      case .authentication: (units &+ 2) &* 4
      default: (units &+ 1) &* 8
      }
    guard bytes.has(length, at: offset) else { throw .truncated }
  }

  /// The jumbo payload length in the hop-by-hop header at `offset`, nil without that option.
  func jumboLength(_ bytes: RawSpan, at offset: Int) -> Int? {
    var at = offset &+ Layout.options.offset
    let end = offset &+ length
    while at < end {
      let kind = bytes.u8(at)
      if kind == Option.pad1 {
        at &+= 1
        continue
      }
      guard at &+ 2 <= end else { return nil }
      let size = bytes.u8(at &+ 1)
      if kind == Option.jumboPayload, size == Option.jumboLength, at &+ 6 <= end {
        return Int(bytes.be32(at &+ 2))
      }
      at &+= 2 &+ Int(size)
    }
    return nil
  }
}
