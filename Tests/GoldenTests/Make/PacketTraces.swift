import TraceBytes
import TraceFormats
import TraceModel

/// The packet traces in captures/packet-trace, and the packets that other captures hold too.
enum PacketTraces {
  static let host = IPAddress(ipv4: 0x0A01_0102)
  static let peer = IPAddress(ipv4: 0x0A01_0055)
  static let host6 = IPAddress(high: 0x2001_0DB8_0001_0001, low: 2)
  static let peer6 = IPAddress(high: 0x2001_0DB8_0001_0000, low: 0x55)

  static let all: [Capture] = [
    Capture(
      "packet-trace/ipv4.ctr", "a TCP conversation on OSAETH1: handshake, request, answer, close",
      { try tcp(host, peer, "OSAETH1").laidOut() }),
    Capture(
      "packet-trace/ipv6.ctr", "the same over IPv6 on EZ6OSA1",
      { try tcp(host6, peer6, "EZ6OSA1").laidOut() }),
    Capture(
      "packet-trace/discarded.ctr", "two SYNs that the stack discarded, reasons 4114 and 4120",
      {
        var list = EntryList()
        for reason in [UInt16(4114), 4120] {
          let bytes = packet(peer, 41_000 + reason, host, 9999, flags: 0x02, sequence: 7, [])
          var record = header(inbound: true, "OSAETH1", peer, host)
          record.dropReason = reason
          list.add(record, bytes)
        }
        return try list.laidOut()
      }),
    Capture(
      "packet-trace/enterprise-extender.ctr", "Enterprise Extender: UDP on port 12000",
      {
        var list = EntryList()
        for inbound in [false, true] {
          let (from, to) = inbound ? (peer, host) : (host, peer)
          var record = header(inbound: inbound, "EELINK", from, to)
          record.kind = .enterpriseExtender
          record.ipProtocol = 17
          list.add(record, udp(from, 12_000, to, 12_000, filler(60)))
        }
        return try list.laidOut()
      }),
    Capture(
      "packet-trace/osaenta.ctr", "OSAENTA frames (SYSTCPOT): Ethernet with IPv4, and one ARP",
      {
        var list = EntryList()
        let macs: [UInt8] = [2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2]
        var record = header(inbound: true, "EZANTAOSA1", peer, host)
        record.kind = .frame
        let first = packet(peer, 41_000, host, 80, flags: 0x02, sequence: 1, [])
        list.add(record, macs + [8, 0] + first)
        var arp: [UInt8] = macs + [8, 6, 0, 1, 8, 0, 6, 4, 0, 1, 2, 0, 0, 0, 0, 2]
        arp += [10, 1, 0, 85, 0, 0, 0, 0, 0, 0, 10, 1, 1, 2]
        list.add(record, arp)
        return try list.laidOut()
      }),
    Capture(
      "packet-trace/smc.ctr", "SMC records, which have no packet form, around one packet",
      {
        var list = EntryList()
        var smc = header(inbound: false, "EZARIUT1", host, peer)
        smc.kind = .smc
        smc.ipProtocol = 252
        list.add(smc, [1, 0x2C, 0] + filler(41))
        list.add(
          header(inbound: true, "OSAETH1", peer, host),
          packet(peer, 41_000, host, 80, flags: 0x02, sequence: 1, []))
        list.add(smc, [0xFE, 0x2C, 0] + filler(41))
        return try list.laidOut()
      }),
    Capture(
      "packet-trace/old-kinds.ctr", "entry ids 1 to 3 of releases out of service",
      {
        var list = EntryList()
        for kind in [RecordKind.oldPacket, .oldX25, .oldEnterpriseExtender] {
          var old = header(inbound: true, "LCS1", peer, host)
          old.kind = kind
          let bytes = udp(peer, 12_000, host, 12_000, filler(24))
          list.add(old, kind == .oldX25 ? [0x10, 1, 0x0B] + filler(20) : bytes)
        }
        return try list.laidOut()
      }),
    Capture(
      "packet-trace/abbreviated.ctr", "packets cut to 60 bytes (ABBREV): PTH_Plen tells the length",
      {
        var list = EntryList()
        for sequence in [UInt32(1), 501] {
          let bytes = packet(peer, 41_000, host, 80, flags: 0x18, sequence: sequence, filler(500))
          list.add(
            header(inbound: true, "OSAETH1", peer, host), Array(bytes.prefix(60)),
            original: bytes.count)
        }
        return try list.laidOut()
      }),
  ]

  static func header(
    inbound: Bool, _ name: String, _ from: IPAddress, _ to: IPAddress
  ) -> TraceRecord {
    var record = TraceRecord()
    record.kind = .packet
    record.name = RecordName(name, length: 16)
    record.direction = inbound ? .inbound : .outbound
    record.source = from
    record.destination = to
    record.ipProtocol = 6
    record.deviceType = from.isIPv4 ? 39 : 53
    record.interfaceIndex = 3
    return record
  }

  static func packet(
    _ from: IPAddress, _ fromPort: UInt16, _ to: IPAddress, _ toPort: UInt16, flags: UInt8,
    sequence: UInt32, acknowledgement: UInt32 = 0, _ data: [UInt8]
  ) -> [UInt8] {
    let headers = PacketHeaders(
      source: Endpoint(from, fromPort), destination: Endpoint(to, toPort), ipProtocol: 6,
      sequence: sequence, acknowledgement: acknowledgement, flags: flags)
    return unsafe headers.bytes(data.span.bytes) + data
  }

  static func udp(
    _ from: IPAddress, _ fromPort: UInt16, _ to: IPAddress, _ toPort: UInt16, _ data: [UInt8]
  ) -> [UInt8] {
    let headers = PacketHeaders(
      source: Endpoint(from, fromPort), destination: Endpoint(to, toPort), ipProtocol: 17)
    return unsafe headers.bytes(data.span.bytes) + data
  }

  /// The packets of a whole conversation, and whether each comes in.
  static func conversation(
    _ host: IPAddress, _ peer: IPAddress
  ) -> [(inbound: Bool, bytes: [UInt8])] {
    let request = Array("GET /status HTTP/1.1\r\nHost: s0w1\r\n\r\n".utf8)
    let answer = Array(response("200 OK", "text/plain", "up\n").utf8)
    let steps: [(inbound: Bool, flags: UInt8, data: [UInt8])] = [
      (true, 0x02, []), (false, 0x12, []), (true, 0x10, []), (true, 0x18, request),
      (false, 0x18, answer), (true, 0x11, []), (false, 0x11, []), (true, 0x10, []),
    ]
    var numbers: (peer: UInt32, host: UInt32) = (1000, 9000)
    return steps.map { step in
      let acknowledges = step.flags & 0x10 != 0
      let advance = UInt32(step.data.count) + (step.flags & 0x03 != 0 ? 1 : 0)
      if step.inbound {
        defer { numbers.peer += advance }
        return (
          true,
          packet(
            peer, 41_000, host, 80, flags: step.flags, sequence: numbers.peer,
            acknowledgement: acknowledges ? numbers.host : 0, step.data)
        )
      }
      defer { numbers.host += advance }
      return (
        false,
        packet(
          host, 80, peer, 41_000, flags: step.flags, sequence: numbers.host,
          acknowledgement: numbers.peer, step.data)
      )
    }
  }

  private static func tcp(_ host: IPAddress, _ peer: IPAddress, _ name: String) -> EntryList {
    var list = EntryList()
    for (inbound, bytes) in conversation(host, peer) {
      let (from, to) = inbound ? (peer, host) : (host, peer)
      var record = header(inbound: inbound, name, from, to)
      record.sourcePort = inbound ? 41_000 : 80
      record.destinationPort = inbound ? 80 : 41_000
      list.add(record, bytes)
    }
    return list
  }
}
