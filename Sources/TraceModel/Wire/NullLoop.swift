internal import TraceBytes

/// The four-byte header of BSD loopback captures: an address family.
/// Source: tcpdump.org, LINKTYPE_NULL (order of the capturing host) and LINKTYPE_LOOP (big-endian).
public struct NullLoopHeader: Sendable {
  enum Layout {
    static let family = Field<UInt32>("address family", 0)
  }

  /// What follows.
  public var type: EtherType
  /// Where the payload starts.
  public var payloadOffset: Int { Layout.family.end }

  /// Reads the header at the start of `bytes`.
  public init(_ bytes: RawSpan) throws(WireFault) {
    guard bytes.has(Layout.family.end, at: 0) else { throw .truncated }
    // A family is small, so the order in which it is small is the order it was written in.
    let value = min(bytes[Layout.family], bytes[Layout.family].byteSwapped)
    switch value {
    case 2: type = .ipv4
    // NetBSD and OpenBSD 24, FreeBSD 28, Darwin 30, Linux 10, Windows 23.
    case 24, 28, 30, 10, 23: type = .ipv6
    default: type = EtherType(rawValue: UInt16(truncatingIfNeeded: value))
    }
  }
}
