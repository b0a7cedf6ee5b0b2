internal import TraceBytes
internal import TraceModel

/// What a report without a dump tells of a packet's headers, and the headers made of it.
///
/// The headers stand for the packet, so that flows, filters and captures see its ends, sequence numbers and
/// lengths. The record says that nothing was dumped.
struct PrintedHeaders: Sendable {
  /// Of a TCP segment; nil when the report does not tell.
  var sequence: UInt32?
  var acknowledgement: UInt32 = 0
  /// TCP flags.
  var flags: UInt8 = 0
  /// Bytes of the IP and of the transport header, 0 when the report does not tell.
  var network = 0
  var transport = 0
  /// Bytes of data; nil when the report does not tell.
  var data: Int?
  /// Whether this is a later fragment, which has no transport header.
  var isFragment = false

  /// The longest data that the length of an IPv4 packet can tell.
  private static let longestData = 0xFFFF - 40

  /// Whether a word is a TCP flag; its bit is added.
  mutating func takeFlag(_ line: RawSpan, _ word: Range<Int>) {
    guard word.count == 3 else { return }
    var letters: UInt32 = 0
    for at in word { letters = letters << 8 | UInt32(line.u8(at) & 0xDF) }
    switch letters {
    case 0x46_494E: flags |= 0x01  // FIN
    case 0x53_594E: flags |= 0x02  // SYN
    case 0x52_5354: flags |= 0x04  // RST
    case 0x50_5348: flags |= 0x08  // PSH
    case 0x41_434B: flags |= 0x10  // ACK
    case 0x55_5247: flags |= 0x20  // URG
    default: break
    }
  }

  /// Puts headers and the first bytes of data, where the report shows them, into `bytes`, and says so in the
  /// record. Of a packet of which too little is known nothing is made.
  func give(_ record: inout TraceRecord, first: [UInt8] = [], into bytes: inout [UInt8]) {
    record.flags.insert(.notDumped)
    record.linkType = .raw
    guard !isFragment, record.ipProtocol == 17 || record.ipProtocol == 6 && sequence != nil,
      record.source != .unspecified, record.sourcePort != 0 || record.destinationPort != 0,
      record.source.isIPv4 == record.destination.isIPv4
    else { return }
    let own = PacketHeaders(
      source: Endpoint(record.source, record.sourcePort),
      destination: Endpoint(record.destination, record.destinationPort),
      ipProtocol: record.ipProtocol, sequence: sequence ?? 0, acknowledgement: acknowledgement,
      flags: flags, payloadLength: 0)
    let printed =
      (network > 0 ? network : own.count - (record.ipProtocol == 17 ? 8 : 20))
      + (transport > 0 ? transport : record.ipProtocol == 17 ? 8 : 20)
    let length = min(Self.longestData, max(0, data ?? record.originalLength - printed))
    var headers = own
    headers.payloadLength = length
    let shown = Array(first.prefix(length))
    bytes = unsafe headers.bytes(shown.span.bytes) + shown
    record.flags.insert(.reconstructed)
    record.originalLength = max(record.originalLength, own.count + length)
  }
}
