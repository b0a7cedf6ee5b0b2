internal import TraceBytes

extension PacketView {
  /// Reads the link header, sets where the IP header starts and says what it is; nil for a link type
  /// that is not decoded.
  @inline(__always)
  mutating func readLink(_ bytes: RawSpan, _ linkType: LinkType) throws(WireFault) -> EtherType? {
    if linkType == .ethernet {
      let header = try EthernetHeader(bytes)
      networkOffset = header.payloadOffset
      vlan = header.vlan
      return header.type
    }
    return try readOtherLink(bytes, linkType)
  }

  private mutating func readOtherLink(
    _ bytes: RawSpan, _ linkType: LinkType
  ) throws(WireFault) -> EtherType? {
    switch linkType {
    // 12 and 14 are what BSD systems write for raw IP into files of old.
    case .raw, .ipv4, .ipv6, LinkType(rawValue: 12), LinkType(rawValue: 14):
      return try rawType(bytes, at: 0)
    case .linuxCooked, .linuxCooked2:
      let header = try LinuxCookedHeader(bytes, version: linkType == .linuxCooked2 ? 2 : 1)
      networkOffset = header.payloadOffset
      vlan = header.vlan
      direction = header.isOutgoing ? .outbound : .inbound
      return header.type
    case .tokenRing:
      let header = try TokenRingHeader(bytes)
      networkOffset = header.payloadOffset
      return header.type
    case .null, .loop:
      let header = try NullLoopHeader(bytes)
      networkOffset = header.payloadOffset
      return header.type
    default:
      return nil
    }
  }

  private func rawType(_ bytes: RawSpan, at offset: Int) throws(WireFault) -> EtherType {
    guard bytes.has(1, at: offset) else { throw .truncated }
    switch bytes.u8(offset) >> 4 {
    case 4: return .ipv4
    case 6: return .ipv6
    default: throw .malformed
    }
  }
}
