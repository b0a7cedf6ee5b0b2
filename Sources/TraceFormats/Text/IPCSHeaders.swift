internal import TraceBytes
internal import TraceModel

extension IPCSRecord {
  /// Addresses, protocol and ports out of the dumped headers, which are exact.
  static func readHeaders(
    _ packet: RawSpan, link: Int, network: Int, transport: Int, into record: inout TraceRecord
  ) {
    guard network > 0, packet.has(network, at: link) else { return }
    let version = packet.u8(link) >> 4
    if version == 4, network >= 20 {
      record.source = packet.ipv4Address(link + 12)
      record.destination = packet.ipv4Address(link + 16)
      record.ipProtocol = packet.u8(link + 9)
    } else if version == 6, network >= 40 {
      record.source = packet.ipv6Address(link + 8)
      record.destination = packet.ipv6Address(link + 24)
      if record.ipProtocol == 0 { record.ipProtocol = packet.u8(link + 6) }
    }
    if record.sourcePort == 0, record.ipProtocol == 6 || record.ipProtocol == 17, transport >= 4,
      packet.has(4, at: link + network)
    {
      record.sourcePort = packet.be16(link + network)
      record.destinationPort = packet.be16(link + network + 2)
    }
  }
}
