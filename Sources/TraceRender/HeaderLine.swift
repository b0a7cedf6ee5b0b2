internal import TraceBytes
internal import TraceModel

/// Writes the line that says of a record when, which way, whose, between whom, and how much.
struct HeaderLine {
  private var time: TimeText
  /// The names of capture interfaces, made safe.
  private var interfaces: [UInt32: [UInt8]] = [:]
  /// Most names that are kept.
  private static let interfaceLimit = 10_000
  /// The characters of names, which are EBCDIC 1047 wherever the trace comes from.
  private static let nameCharacters = GlyphTable(.ibm1047).dumpCharacters()

  init(zone: Zone) { time = TimeText(zone: zone) }

  mutating func add(_ interface: CaptureInterface) {
    guard interfaces.count < Self.interfaceLimit, !interface.name.isEmpty else { return }
    interfaces[interface.id] = Array(VisibleText.of(interface.name).utf8)
  }

  /// Writes the line without its end.
  mutating func write(
    _ placed: PlacedRecord, _ payload: RawSpan, to out: ByteSink
  ) throws(TraceError) {
    try out.u8(0x23)
    try out.decimal(placed.record.number)
    try out.u8(0x20)
    try time.write(placed.record.time, to: out)
    try direction(placed.record.direction, to: out)
    try name(placed.record, to: out)
    try endpoints(placed, to: out)
    try lengths(placed, payload, to: out)
    try RecordWords.write(placed.record, to: out)
  }

  private func direction(_ direction: Direction, to out: ByteSink) throws(TraceError) {
    switch direction {
    case .inbound: try out.append(" in ")
    case .outbound: try out.append(" out ")
    case .unknown: try out.append(" ")
    }
  }

  /// Job name of application data, interface name of packets.
  private func name(_ record: borrowing TraceRecord, to out: ByteSink) throws(TraceError) {
    if record.kind == .capture {
      guard let name = interfaces[record.interface] else { return }
      try out.append(name)
      return try out.u8(0x20)
    }
    try jobName(record.name, to: out)
  }

  /// The name and a blank; nothing when there is no name.
  func jobName(_ name: RecordName, to out: ByteSink) throws(TraceError) {
    var length = 16
    while length > 0, name.byte(length - 1) == 0x40 || name.byte(length - 1) == 0 { length -= 1 }
    guard length > 0 else { return }
    for index in 0..<length {
      let character = Self.nameCharacters[Int(name.byte(index))]
      try out.u8(character > 0x20 ? character : 0x2E)
    }
    try out.u8(0x20)
  }

  private func endpoints(_ placed: PlacedRecord, to out: ByteSink) throws(TraceError) {
    guard placed.hasAddresses else { return try out.append("addresses unknown ") }
    try out.endpoint(placed.source, hasPort: placed.hasPorts)
    try out.append(" > ")
    try out.endpoint(placed.destination, hasPort: placed.hasPorts)
    try out.u8(0x20)
    try protocolName(placed.ipProtocol, to: out)
    if placed.packet.hasTransport, placed.packet.ipProtocol == .tcp {
      try tcp(placed.packet, to: out)
    }
  }

  private func protocolName(_ number: UInt8, to out: ByteSink) throws(TraceError) {
    switch number {
    case 0: break
    case 1: try out.append("ICMP ")
    case 6: try out.append("TCP ")
    case 17: try out.append("UDP ")
    case 58: try out.append("ICMPv6 ")
    default:
      try out.append("protocol ")
      try out.decimal(UInt64(number))
      try out.u8(0x20)
    }
  }

  private static let controlBits: [(flag: TCPHeader.Flags, name: StaticString)] = [
    (.syn, "SYN"), (.fin, "FIN"), (.rst, "RST"), (.psh, "PSH"), (.ack, "ACK"), (.urg, "URG"),
    (.ece, "ECE"), (.cwr, "CWR"),
  ]

  private func tcp(_ packet: borrowing PacketView, to out: ByteSink) throws(TraceError) {
    for (flag, name) in Self.controlBits where packet.tcpFlags.contains(flag) {
      try out.append(name)
      try out.u8(0x20)
    }
    try out.append("seq ")
    try out.decimal(UInt64(packet.sequence))
    if packet.tcpFlags.contains(.ack) {
      try out.append(" ack ")
      try out.decimal(UInt64(packet.acknowledgment))
    }
    try out.u8(0x20)
  }

  private func lengths(
    _ placed: PlacedRecord, _ payload: RawSpan, to out: ByteSink
  ) throws(TraceError) {
    let count = placed.data(in: payload).count
    let length = placed.dataLength(in: payload)
    let isTruncated = length > count && !placed.record.flags.contains(.confidential)
    try out.decimal(count)
    if isTruncated {
      try out.append(" of ")
      try out.decimal(length)
    }
    try out.append(count == 1 && !isTruncated ? " byte" : " bytes")
    if isTruncated { try out.append(" (truncated)") }
    if placed.isPacket, payload.byteCount != count {
      try out.append(", packet ")
      try out.decimal(payload.byteCount)
    }
    try status(placed.packet, to: out)
  }

  private func status(_ packet: borrowing PacketView, to out: ByteSink) throws(TraceError) {
    switch packet.status {
    case .complete, .notLookedAt: break
    case .truncated: if !packet.hasTransport { try out.append(", headers cut") }
    case .fragment: try out.append(", fragment")
    case .notIP(let type):
      try out.append(", not IP: type ")
      try out.hex(UInt64(type.rawValue), digits: 4)
    case .unknownLink: try out.append(", link type not decoded")
    case .malformed: try out.append(", malformed header")
    }
  }
}

/// What the flags and other fields of a record say, in words.
enum RecordWords {
  static func write(_ record: borrowing TraceRecord, to out: ByteSink) throws(TraceError) {
    let flags = record.flags
    switch record.kind {
    case .dataTrace, .packet, .capture: break
    default:
      try out.append(", kind ")
      try out.append(record.kind.name)
    }
    if flags.contains(.start) {
      try out.append(", start of the data flow")
    } else if flags.contains(.end) {
      try out.append(", end of the data flow")
    }
    if flags.contains(.confidential) {
      try out.append(", AT-TLS confidential (no data: the policy did not allow it)")
    } else if flags.contains(.clearText) {
      try out.append(", AT-TLS clear text")
    } else if record.kind == .dataTrace, !flags.contains(.start), !flags.contains(.end) {
      try out.append(", plain")
    }
    if flags.contains(.local) { try out.append(", local") }
    if record.dropReason != 0 { try discarded(record.dropReason, to: out) }
    if record.segment > 0 {
      try out.append(", segment ")
      try out.decimal(UInt64(record.segment))
    }
    if flags.contains(.orphan) { try out.append(", first segment not in the trace") }
    if flags.contains(.joined) { try out.append(", joined segments") }
    if flags.contains(.notDumped) {
      try out.append(
        flags.contains(.incomplete)
          ? ", bytes left out of the report's dump" : ", no dump in the report")
      if flags.contains(.reconstructed) { try out.append(", headers as it tells them") }
    } else {
      if flags.contains(.incomplete) { try out.append(", segments missing") }
      if flags.contains(.reconstructed) { try out.append(", reconstructed (from print)") }
    }
    if flags.contains(.cutShort) { try out.append(", record cut short") }
    if flags.contains(.printedTime) { try out.append(", time of printing") }
    if flags.contains(.headerUnknown) { try out.append(", header not understood") }
    if record.gapBefore > 0 {
      try out.append(", ")
      try out.decimal(record.gapBefore)
      try out.append(" bytes missing before")
    }
    if record.droppedBefore > 0 {
      try out.append(", ")
      try out.decimal(record.droppedBefore)
      try out.append(" packets dropped before")
    }
  }

  private static func discarded(_ reason: UInt16, to out: ByteSink) throws(TraceError) {
    try out.append(", discarded: reason ")
    try out.decimal(UInt64(reason))
    if let name = DiscardReason.name(reason) {
      try out.u8(0x20)
      try out.append(name)
    }
    try out.append(" (")
    try out.append(DiscardReason.layerInWords(reason))
    try out.u8(0x29)
  }

  /// What to change so that the trace holds the data of confidential records.
  static let confidentialHint: StaticString = """
    no data in AT-TLS confidential records: the policy did not allow it. To see it, code \
    CtraceClearText On in the TTLSGroupAction, TTLSEnvironmentAction or TTLSConnectionAction of the \
    rule and let the client connect again.
    """
}
