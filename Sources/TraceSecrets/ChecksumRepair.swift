internal import TraceBytes
internal import TraceModel

/// Corrects the checksum of a packet whose payload was changed.
///
/// The checksum is moved by what the change is worth, not made anew: a right one stays right, also
/// when the packet was truncated or is the first of several fragments, and a wrong one (a sender
/// that leaves it to the adapter) stays as wrong as it was.
/// Source: RFC 1624 section 3, HC' = ~(~HC + ~m + m').
enum ChecksumRepair {
  /// `changed` is where the payload stands in `packet`; `old` are the bytes that stood there.
  static func repair(
    _ packet: inout [UInt8], _ view: borrowing PacketView, _ changed: Range<Int>, old: RawSpan
  ) {
    guard view.hasTransport, let place = place(view), place + 2 <= changed.lowerBound else {
      return
    }
    let before = UInt16(packet[place]) << 8 | UInt16(packet[place + 1])
    let isUDP = view.ipProtocol == .udp
    // No checksum at all (RFC 768).
    if isUDP, before == 0 { return }
    let new = unsafe sum(packet.span.bytes.extracting(changed))
    var after = ~folded(UInt32(~before) + UInt32(~sum(old)) + UInt32(new))
    if isUDP, after == 0 { after = 0xFFFF }
    packet[place] = UInt8(after >> 8)
    packet[place + 1] = UInt8(after & 0xFF)
  }

  /// Where the checksum is; nil for protocols whose checksum is of another kind.
  static func place(_ view: borrowing PacketView) -> Int? {
    switch view.ipProtocol {
    case .tcp: view.transportOffset + 16
    case .udp: view.transportOffset + 6
    case .icmp, .icmpv6: view.transportOffset + 2
    default: nil
    }
  }

  private static func sum(_ bytes: RawSpan) -> UInt16 {
    var checksum = Checksum()
    checksum.add(bytes)
    return ~checksum.value
  }

  private static func folded(_ value: UInt32) -> UInt16 {
    var value = value
    while value >> 16 != 0 { value = (value & 0xFFFF) + (value >> 16) }
    return UInt16(value)
  }
}
