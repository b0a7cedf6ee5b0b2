internal import TraceBytes
internal import TraceModel

/// The two ends of a record, as far as it tells them.
///
/// A packet's own headers count before the fields of its trace record. Only the first fragment of a
/// packet has ports.
struct PacketEnds: Equatable {
  var hasAddresses = false
  var hasPorts = false
  var source = IPAddress.unspecified
  var destination = IPAddress.unspecified
  var sourcePort: UInt16 = 0
  var destinationPort: UInt16 = 0

  /// The ends of a record.
  @inline(__always)
  static func of(_ record: TraceRecord, _ payload: RawSpan) -> PacketEnds {
    var ends = PacketEnds()
    if record.linkType == .ethernet, ends.quickly(payload) { return ends }
    ends.slowly(record, payload)
    return ends
  }

  /// From a full decoding of the headers, or from the record when there are none.
  mutating func slowly(_ record: TraceRecord, _ payload: RawSpan) {
    if record.linkType != .none, record.kind != .dataTrace, !record.flags.contains(.orphan) {
      take(
        PacketView.decode(
          payload, linkType: record.linkType, originalLength: record.originalLength), payload)
      if hasAddresses { return }
    }
    guard record.kind != .capture, !record.flags.contains(.headerUnknown) else { return }
    source = record.source
    destination = record.destination
    sourcePort = record.sourcePort
    destinationPort = record.destinationPort
    hasAddresses = source != .unspecified || destination != .unspecified
    hasPorts = sourcePort != 0 || destinationPort != 0
  }

  private mutating func take(_ view: PacketView, _ bytes: RawSpan) {
    guard view.hasNetwork else { return }
    hasAddresses = true
    source = view.source
    destination = view.destination
    let at = view.transportOffset
    // The ports of a cut header count too: they name the conversation.
    guard Self.carriesPorts(view.ipProtocol.rawValue), view.fragmentOffset == 0,
      at &+ 4 <= view.networkEnd
    else { return }
    readPorts(bytes, at)
  }

  @inline(__always)
  private mutating func readPorts(_ bytes: RawSpan, _ at: Int) {
    hasPorts = true
    sourcePort = bytes.be16(at)
    destinationPort = bytes.be16(at &+ 2)
  }

  /// TCP, UDP and SCTP have their ports at the same place.
  @inline(__always)
  private static func carriesPorts(_ number: UInt8) -> Bool {
    number == 6 || number == 17 || number == 132
  }

  /// Reads nearly every Ethernet frame at fixed offsets: whole IPv4 without options and IPv6 without
  /// extensions. False leaves the packet to the decoder, which finds the same in these.
  @inline(__always)
  mutating func quickly(_ bytes: RawSpan) -> Bool {
    guard bytes.byteCount >= 38 else { return false }
    let type = bytes.be16(12)
    if type == 0x0800 {
      // Version and length of the header, no part of a larger packet, room for the ports.
      guard bytes.u8(14) == 0x45, bytes.be16(20) & 0x3FFF == 0, bytes.be16(16) >= 24,
        Self.carriesPorts(bytes.u8(23))
      else { return false }
      source = bytes.ipv4Address(26)
      destination = bytes.ipv4Address(30)
      readPorts(bytes, 34)
    } else if type == 0x86DD {
      guard bytes.byteCount >= 58, bytes.u8(14) >> 4 == 6, bytes.be16(18) >= 4,
        Self.carriesPorts(bytes.u8(20))
      else { return false }
      source = bytes.ipv6Address(22)
      destination = bytes.ipv6Address(38)
      readPorts(bytes, 54)
    } else {
      return false
    }
    hasAddresses = true
    return true
  }

  /// Which way a record went: by its trace, or by the packet type of a Linux cooked header.
  static func direction(_ record: TraceRecord, _ payload: RawSpan) -> Direction {
    guard record.direction == .unknown, record.kind == .capture,
      record.linkType == .linuxCooked || record.linkType == .linuxCooked2
    else { return record.direction }
    return PacketView.decode(
      payload, linkType: record.linkType, originalLength: record.originalLength
    ).direction
  }
}
