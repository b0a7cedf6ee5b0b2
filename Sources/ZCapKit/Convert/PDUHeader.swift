internal import TraceBytes
internal import TraceProtocols
internal import TraceModel

/// The tags in front of an exported PDU (link type 252), which tell Wireshark what it is and whose.
///
/// Source: epan/exported_pdu.h of Wireshark; measured with 4.0 and 4.4: big-endian tag and length,
/// values padded to four bytes with zeros that the length counts.
struct PDUHeader {
  private enum Tag: UInt16 {
    case dissector = 12
    case heuristic = 13
    case source4 = 20
    case destination4 = 21
    case source6 = 22
    case destination6 = 23
    case portType = 24
    case sourcePort = 25
    case destinationPort = 26
    case protocolColumn = 33
    case direction = 35
  }

  /// More than the tags of any PDU take.
  static let mostBytes = 256
  private(set) var bytes: [UInt8] = []

  /// Writes the tags of one PDU over those of the last one.
  mutating func fill(
    _ name: Dissector, from source: Endpoint, to destination: Endpoint, ipProtocol: UInt8,
    _ direction: Direction
  ) {
    bytes.removeAll(keepingCapacity: true)
    put(name.isHeuristic ? .heuristic : .dissector, name.name)
    address(source.address, .source4, .source6)
    address(destination.address, .destination4, .destination6)
    // PT_TCP and PT_UDP.
    put(.portType, ipProtocol == IPProtocol.udp.rawValue ? 3 : 2)
    put(.sourcePort, UInt32(source.port))
    put(.destinationPort, UInt32(destination.port))
    if let column = name.column { put(.protocolColumn, column) }
    if direction != .unknown { put(.direction, direction == .outbound ? 0 : 1) }
    word(0)
  }

  private mutating func address(_ address: IPAddress, _ four: Tag, _ six: Tag) {
    if address.isIPv4 { return put(four, UInt32(truncatingIfNeeded: address.low)) }
    open(six, 16)
    for part in [address.high, address.low] {
      word(UInt32(truncatingIfNeeded: part >> 32))
      word(UInt32(truncatingIfNeeded: part))
    }
  }

  private mutating func put(_ tag: Tag, _ value: UInt32) {
    open(tag, 4)
    word(value)
  }

  private mutating func put(_ tag: Tag, _ text: StaticString) {
    let count = text.utf8CodeUnitCount
    open(tag, (count + 3) & ~3)
    unsafe bytes.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: count))
    while bytes.count & 3 != 0 { bytes.append(0) }
  }

  private mutating func open(_ tag: Tag, _ length: Int) {
    word(UInt32(tag.rawValue) << 16 | UInt32(length))
  }

  private mutating func word(_ value: UInt32) {
    for shift in [24, 16, 8, 0] { bytes.append(UInt8(truncatingIfNeeded: value >> UInt32(shift))) }
  }
}

extension Dissector {
  static func of(_ family: HTTPFamily) -> Dissector {
    switch family {
    case .http: Dissector("http")
    case .rtsp: Dissector("rtsp")
    case .sip: Dissector("sip")
    case .icap: Dissector("icap")
    }
  }

  static func of(_ handOver: HTTPHandOver.Kind) -> Dissector {
    switch handOver {
    case .webSocket: Dissector("websocket")
    case .http2: Dissector("http2")
    case .tls: Dissector("tls")
    case .tunnel: .data("tunnel")
    case .other: .data("unknown")
    }
  }
}
