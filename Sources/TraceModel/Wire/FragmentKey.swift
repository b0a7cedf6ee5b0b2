/// What fragments of one packet have in common.
///
/// IPv6 fragments belong together by addresses and identification (RFC 8200 section 4.5), IPv4 ones also
/// by protocol (RFC 791 section 3.2).
public struct FragmentKey: Hashable, Sendable {
  private let source: IPAddress
  private let destination: IPAddress
  private let id: UInt32
  private let ipProtocol: UInt8
  private let version: UInt8

  /// The key of a fragment.
  public init(_ view: PacketView) {
    source = view.source
    destination = view.destination
    id = view.fragmentID
    ipProtocol = view.ipVersion == 4 ? view.fragmentProtocol.rawValue : 0
    version = view.ipVersion
  }
}
