internal import TraceBytes
internal import TraceModel

/// Maps the addresses in a packet: of its link header, of IP wherever another header carries it, of ARP, of DNS.
struct PacketMapper {
  private let pseudonyms: Pseudonyms
  /// Whether the frame is of a kind whose addresses are not mapped.
  private(set) var isUnknown = false

  /// Ports of DNS, of its kind for one link, and of LLMNR.
  static let namePorts: Set<UInt16> = [53, 5353, 5355]

  init(_ pseudonyms: Pseudonyms) { self.pseudonyms = pseudonyms }

  mutating func map(_ bytes: inout [UInt8], _ link: LinkType) {
    switch link {
    case .ethernet where bytes.count >= 12:
      for at in [0, 6] { mapLink(&bytes, at) }
    case .linuxCooked where bytes.count >= 14: mapLink(&bytes, 6)
    case .linuxCooked2 where bytes.count >= 20: mapLink(&bytes, 12)
    default: break
    }
    let view = unsafe PacketView.decode(
      bytes.span.bytes, linkType: link, originalLength: bytes.count)
    if view.hasNetwork {
      mapNetwork(&bytes, view, depth: 0)
    } else if case .notIP(let type) = view.status {
      if type.rawValue == 0x0806 { mapARP(&bytes) } else { isUnknown = true }
    } else {
      isUnknown = true
    }
  }

  private func mapLink(_ bytes: inout [UInt8], _ at: Int) {
    guard at + 6 <= bytes.count else { return }
    let new = pseudonyms.map(link: Array(bytes[at..<at + 6]))
    bytes.replaceSubrange(at..<at + 6, with: new)
  }

  /// ARP of Ethernet and IPv4 (RFC 826), wherever the frame has it.
  private func mapARP(_ bytes: inout [UInt8]) {
    let head: [UInt8] = [0, 1, 8, 0, 6, 4]
    guard
      let at = (12..<max(12, min(bytes.count - 27, 40))).first(where: {
        Array(bytes[$0..<$0 + 6]) == head
      })
    else { return }
    for place in [8, 18] { mapLink(&bytes, at + place) }
    for place in [14, 24] { pseudonyms.mapIPv4(in: &bytes, at: at + place) }
  }

  // MARK: - IP

  private mutating func mapNetwork(
    _ bytes: inout [UInt8], _ view: borrowing PacketView, depth: Int
  ) {
    let start = view.networkOffset
    // The payload first: the checksums of the headers in front of it cover it.
    if view.hasTransport {
      mapPayload(&bytes, view, depth: depth)
    } else if [4, 41].contains(view.ipProtocol.rawValue), view.fragmentOffset == 0 {
      mapInner(&bytes, view.transportOffset, depth: depth)
    }
    let isIPv4 = view.ipVersion == 4
    let addresses = isIPv4 ? start + 12..<start + 20 : start + 8..<start + 40
    guard addresses.upperBound <= bytes.count else { return }
    let old = Array(bytes[addresses])
    if isIPv4 {
      pseudonyms.mapIPv4(in: &bytes, at: start + 12)
      pseudonyms.mapIPv4(in: &bytes, at: start + 16)
      repair(&bytes, start + 10, old, Array(bytes[addresses]))
    } else {
      pseudonyms.mapIPv6(in: &bytes, at: start + 8)
      pseudonyms.mapIPv6(in: &bytes, at: start + 24)
    }
    // TCP, UDP and ICMPv6 have the addresses in their checksum. Of fragments the first has it.
    var place: Int?
    switch view.fragmentProtocolOr(view.ipProtocol) {
    case .tcp: place = view.transportStart + 16
    case .udp: place = view.transportStart + 6
    case .icmpv6 where !isIPv4: place = view.transportStart + 2
    default: break
    }
    guard let place, view.fragmentOffset == 0, place > addresses.upperBound,
      place + 2 <= min(bytes.count, view.networkEnd)
    else {
      return
    }
    let isUDP = view.fragmentProtocolOr(view.ipProtocol) == .udp
    if isUDP, bytes[place] == 0, bytes[place + 1] == 0 { return }
    repair(&bytes, place, old, Array(bytes[addresses]))
    if isUDP, bytes[place] == 0, bytes[place + 1] == 0 {
      (bytes[place], bytes[place + 1]) = (0xFF, 0xFF)
    }
  }

  /// An IP packet inside of another one.
  private mutating func mapInner(_ bytes: inout [UInt8], _ start: Int, depth: Int) {
    guard depth < 4, start > 0, start < bytes.count else { return }
    let version = bytes[start] >> 4
    guard version == 4 || version == 6 else { return }
    var inner = Array(bytes[start...])
    let view = unsafe PacketView.decode(
      inner.span.bytes, linkType: .raw, originalLength: inner.count)
    guard view.hasNetwork else { return }
    mapNetwork(&inner, view, depth: depth + 1)
    bytes.replaceSubrange(start..., with: inner)
  }

  private mutating func mapPayload(
    _ bytes: inout [UInt8], _ view: borrowing PacketView, depth: Int
  ) {
    let range = view.payload
    guard range.lowerBound > 0, range.upperBound <= bytes.count, !range.isEmpty else { return }
    let old = Array(bytes[range])
    switch view.ipProtocol {
    case .icmp where [3, 4, 5, 11, 12].contains(view.icmpType),
      .icmpv6 where (1...4).contains(view.icmpType):
      // Four bytes (in a redirect the address of the gateway), then the packet that the error is about.
      let first = view.transportOffset + 8
      if view.ipProtocol == .icmp, view.icmpType == 5 { mapGateway(&bytes, view) }
      let before = Array(bytes[min(first, range.lowerBound)..<range.upperBound])
      mapInner(&bytes, first, depth: depth)
      let after = Array(bytes[min(first, range.lowerBound)..<range.upperBound])
      return repair(&bytes, view.transportOffset + 2, before, after)
    case .icmpv6 where (133...137).contains(view.icmpType): mapDiscovery(&bytes, view)
    case .udp where !Self.namePorts.isDisjoint(with: [view.sourcePort, view.destinationPort]):
      var names = DNSMapper(pseudonyms)
      var message = old
      names.map(&message)
      bytes.replaceSubrange(range, with: message)
    default: return
    }
    let new = Array(bytes[range])
    guard new != old else { return }
    unsafe ChecksumRepair.repair(&bytes, view, range, old: old.span.bytes)
  }

  private func mapGateway(_ bytes: inout [UInt8], _ view: borrowing PacketView) {
    let at = view.transportOffset + 4
    guard at + 4 <= bytes.count else { return }
    let old = Array(bytes[at..<at + 4])
    pseudonyms.mapIPv4(in: &bytes, at: at)
    repair(&bytes, view.transportOffset + 2, old, Array(bytes[at..<at + 4]))
  }

  /// Neighbour discovery (RFC 4861): the target, and link addresses in options.
  private func mapDiscovery(_ bytes: inout [UInt8], _ view: borrowing PacketView) {
    let start = view.transportOffset
    var at = start + (view.icmpType == 133 ? 8 : view.icmpType == 134 ? 16 : 24)
    if view.icmpType >= 135 { pseudonyms.mapIPv6(in: &bytes, at: start + 8) }
    if view.icmpType == 137 {
      pseudonyms.mapIPv6(in: &bytes, at: start + 24)
      at = start + 40
    }
    let end = min(bytes.count, view.networkEnd)
    while at + 8 <= end, bytes[at + 1] > 0 {
      let length = 8 * Int(bytes[at + 1])
      if [1, 2].contains(bytes[at]) { mapLink(&bytes, at + 2) }
      if bytes[at] == 3 { pseudonyms.mapIPv6(in: &bytes, at: at + 16) }
      at += length
    }
  }

  /// Moves a checksum by what a change is worth (RFC 1624).
  private func repair(_ bytes: inout [UInt8], _ place: Int, _ old: [UInt8], _ new: [UInt8]) {
    guard place >= 0, place + 2 <= bytes.count, old != new else { return }
    var sum = UInt32(~(UInt16(bytes[place]) << 8 | UInt16(bytes[place + 1])))
    for at in stride(from: 0, to: old.count, by: 2) {
      let low = { (bytes: [UInt8]) in at + 1 < bytes.count ? UInt16(bytes[at + 1]) : 0 }
      sum += UInt32(~(UInt16(old[at]) << 8 | low(old))) + UInt32(UInt16(new[at]) << 8 | low(new))
      sum = (sum & 0xFFFF) + (sum >> 16)
    }
    while sum >> 16 != 0 { sum = (sum & 0xFFFF) + (sum >> 16) }
    let value = ~UInt16(truncatingIfNeeded: sum)
    bytes[place] = UInt8(value >> 8)
    bytes[place + 1] = UInt8(value & 0xFF)
  }
}

extension PacketView {
  /// The protocol of a packet, also when this is a part of it.
  fileprivate func fragmentProtocolOr(_ own: IPProtocol) -> IPProtocol {
    if case .fragment = status { return fragmentProtocol }
    return own
  }

  /// Where the transport header stands, of a first fragment as well.
  fileprivate var transportStart: Int {
    if case .fragment = status { return fragmentStart }
    return transportOffset
  }
}
