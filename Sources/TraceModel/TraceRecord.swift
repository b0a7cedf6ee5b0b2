internal import TraceBytes

/// What a record is: the CTE entry ids of SYSTCPDA and SYSTCPOT, and packets of other captures.
public enum RecordKind: UInt8, Sendable, BitwiseCopyable, CaseIterable {
  /// Application data at the socket (entry id 5, DATTRACE).
  case dataTrace
  /// An IP packet (4, PKTTRACE).
  case packet
  /// A packet of Enterprise Extender (6, PKTTRACE with port 12000).
  case enterpriseExtender
  /// A frame that an OSA card saw (7, OSAENTA).
  case frame
  /// A packet of SMC (8, PKTTRACE).
  case smc
  /// An IPv4 packet of a release long out of service (1).
  case oldPacket
  /// X.25 (2).
  case oldX25
  /// Enterprise Extender over IPv4 of such a release (3).
  case oldEnterpriseExtender
  /// Not a record: the stack says that it lost some (first byte of the entry id X'FF').
  case lost
  /// A packet of pcap, pcapng or another capture file.
  case capture
  /// An entry id that is not known.
  case unknown

  /// The word used for `--kind` and in output.
  public var name: StaticString {
    switch self {
    case .dataTrace: "data"
    case .packet: "packet"
    case .enterpriseExtender: "ee"
    case .frame: "frame"
    case .smc: "smc"
    case .oldPacket: "old-packet"
    case .oldX25: "old-x25"
    case .oldEnterpriseExtender: "old-ee"
    case .lost: "lost"
    case .capture: "capture"
    case .unknown: "unknown"
    }
  }
}

/// Which way a record went, seen from the traced host.
public enum Direction: UInt8, Sendable, BitwiseCopyable {
  /// The trace does not say.
  case unknown
  /// To the traced host.
  case inbound
  /// From the traced host.
  case outbound
}

/// What is known of a record beyond its fields.
public struct RecordFlags: OptionSet, Sendable, BitwiseCopyable {
  public let rawValue: UInt16
  @inlinable public init(rawValue: UInt16) { self.rawValue = rawValue }

  /// Source and destination are both on this stack.
  @inlinable public static var local: RecordFlags { RecordFlags(rawValue: 1 << 0) }
  /// AT-TLS confidential: the data was left out because the policy did not allow it.
  @inlinable public static var confidential: RecordFlags { RecordFlags(rawValue: 1 << 1) }
  /// The payload is AT-TLS clear text.
  @inlinable public static var clearText: RecordFlags { RecordFlags(rawValue: 1 << 2) }
  /// The payload was rebuilt from printed text and may differ from the bytes that were sent.
  @inlinable public static var reconstructed: RecordFlags { RecordFlags(rawValue: 1 << 3) }
  /// The end of the input or damage cut the record itself short.
  @inlinable public static var cutShort: RecordFlags { RecordFlags(rawValue: 1 << 4) }
  /// A data-trace record that opens a conversation and carries no data.
  @inlinable public static var start: RecordFlags { RecordFlags(rawValue: 1 << 5) }
  /// A data-trace record that closes a conversation and carries no data.
  @inlinable public static var end: RecordFlags { RecordFlags(rawValue: 1 << 6) }
  /// A continuation whose first segment is not in the trace.
  @inlinable public static var orphan: RecordFlags { RecordFlags(rawValue: 1 << 7) }
  /// Segments of the record are missing.
  @inlinable public static var incomplete: RecordFlags { RecordFlags(rawValue: 1 << 8) }
  /// The time is that of printing, not of capture.
  @inlinable public static var printedTime: RecordFlags { RecordFlags(rawValue: 1 << 9) }
  /// Several segments were joined into this record.
  @inlinable public static var joined: RecordFlags { RecordFlags(rawValue: 1 << 10) }
  /// The header told nothing: addresses, ports and time are not known.
  @inlinable public static var headerUnknown: RecordFlags { RecordFlags(rawValue: 1 << 11) }
  /// The payload is TLS records, as an AT-TLS log (EZD1285I) shows them.
  @inlinable public static var cipherText: RecordFlags { RecordFlags(rawValue: 1 << 12) }
  /// The capture had comments on the packet; the sink was given them before the record.
  @inlinable public static var commented: RecordFlags { RecordFlags(rawValue: 1 << 13) }
  /// The report that was read has no dump of the record, or one that leaves bytes out; then it is also
  /// ``incomplete``. Headers stand for a packet where the report tells them.
  @inlinable public static var notDumped: RecordFlags { RecordFlags(rawValue: 1 << 14) }
}

/// The name a record bears: 8 bytes of job name or 16 of interface name, as they stand in the trace.
public struct RecordName: Hashable, Sendable, BitwiseCopyable {
  /// Bytes 0 to 7: the whole of a job name.
  public var high: UInt64
  /// Bytes 8 to 15; 0 for a job name.
  public var low: UInt64

  /// The name as the bytes of the trace, the first in the highest place.
  @inlinable
  public init(high: UInt64, low: UInt64) {
    self.high = high
    self.low = low
  }

  /// No name.
  @inlinable public static var none: RecordName { RecordName(high: 0, low: 0) }
  /// The name as EBCDIC bytes from text, padded with blanks; characters outside the page become `?`.
  public init(_ text: some StringProtocol, length: Int) {
    var bytes: [UInt8] = []
    for character in text.unicodeScalars.prefix(length) {
      bytes.append(CodePage.ibm1047.bytes(String(character))?.first ?? 0x6F)
    }
    bytes += Array(repeating: 0x40, count: max(0, length - bytes.count))
    bytes += Array(repeating: 0, count: max(0, 16 - bytes.count))
    self.init(
      high: bytes[..<8].reduce(0) { $0 << 8 | UInt64($1) },
      low: bytes[8..<16].reduce(0) { $0 << 8 | UInt64($1) })
  }

  /// The byte at `index`, 0...15.
  @inlinable
  public func byte(_ index: Int) -> UInt8 {
    UInt8(truncatingIfNeeded: (index < 8 ? high : low) >> UInt64(56 - 8 * (index % 8)))
  }

  /// The name as text without trailing blanks; unprintable bytes become `.`.
  public var text: String {
    var text = ""
    var length = 16
    while length > 0, byte(length - 1) == 0x40 || byte(length - 1) == 0 { length -= 1 }
    for index in 0..<length {
      let scalar = CodePage.ibm1047.scalars[Int(byte(index))]
      text.append(scalar > 0x20 && scalar < 0x7F ? Character(Unicode.Scalar(UInt8(scalar))) : ".")
    }
    return text
  }
}

/// One record of any trace, as integers. The payload is a span beside it.
public struct TraceRecord: Sendable, BitwiseCopyable {
  /// What kind of trace record it is.
  public var kind: RecordKind = .unknown
  /// Seen from the traced host.
  public var direction: Direction = .unknown
  /// What is known of it besides.
  public var flags: RecordFlags = []
  /// Capture time in nanoseconds since 1970, UTC.
  public var time: Int64 = 0
  /// The sender as the trace record names it; for captures only ``PlacedRecord/source`` has it.
  public var source: IPAddress = .unspecified
  /// The receiver, in the same way.
  public var destination: IPAddress = .unspecified
  /// Port of the sender, 0 when the record does not name one.
  public var sourcePort: UInt16 = 0
  /// Port of the receiver, 0 when the record does not name one.
  public var destinationPort: UInt16 = 0
  /// IP protocol number: 6 TCP, 17 UDP.
  public var ipProtocol: UInt8 = 0
  /// Segment number, 0 in the first (PTH_SeqNum).
  public var segment: UInt8 = 0
  /// Segments that this record was put together from.
  public var pieces: UInt16 = 1
  /// PTH_Flag as it stands, or the direction bits of a pcapng packet.
  public var rawFlags: UInt8 = 0
  /// Device type (PTH_DevTy).
  public var deviceType: UInt8 = 0
  /// Socket domain, type and state of a data-trace record.
  public var socketDomain: UInt8 = 0
  /// 1 stream, 2 datagram; data-trace records only.
  public var socketType: UInt8 = 0
  /// State of the socket, raw; data-trace records only.
  public var socketState: UInt8 = 0
  /// Link type of the payload (tcpdump.org numbers); raw IP for packet traces.
  public var linkType: LinkType = .none
  /// Job name (data trace) or interface name.
  public var name: RecordName = .none
  /// Interface of a capture file, numbered over the whole run; see ``CaptureInterface``.
  public var interface: UInt32 = 0
  /// Number of the record in the run, from 1.
  public var number: UInt64 = 0
  /// Record number or sequence number in the trace itself, where it has one.
  public var traceNumber: UInt32 = 0
  /// Offset of the record in its file.
  public var offset: UInt64 = 0
  /// Bytes the trace holds of this packet or request over all its segments (PTH_Tlen).
  public var tracedLength: Int = 0
  /// Bytes the packet or request had.
  public var originalLength: Int = 0
  /// Bytes known to be missing directly before the payload.
  public var gapBefore: Int = 0
  /// Discard reason, 0 when the packet was not discarded.
  public var dropReason: UInt16 = 0
  /// Address space id, TCB or connection id, VLAN id and interface index; raw, because their place in
  /// the header is not confirmed.
  public var asid: UInt16 = 0
  /// TCB address or connection id, raw.
  public var connectionID: UInt32 = 0
  /// VLAN id, raw; 0 without.
  public var vlan: UInt16 = 0
  /// Index of the interface, raw.
  public var interfaceIndex: UInt32 = 0
  /// Segmentation-offload segment length.
  public var offloadSegmentLength: UInt16 = 0
  /// CTE format id.
  public var entryID: UInt32 = 0
  /// Packets lost before this one, where the capture says so (pcapng epb_dropcount).
  public var droppedBefore: UInt64 = 0

  /// A record of which nothing is known.
  public init() {}

  /// Whether this is a data-trace record: application data without packet headers.
  @inlinable public var isApplicationData: Bool { kind == .dataTrace }
}

/// Link types by their numbers in the tcpdump.org registry.
public struct LinkType: Hashable, Sendable, BitwiseCopyable, RawRepresentable {
  public var rawValue: UInt16
  @inlinable public init(rawValue: UInt16) { self.rawValue = rawValue }

  /// BSD loopback: the address family in the byte order of the capturing host.
  @inlinable public static var null: LinkType { LinkType(rawValue: 0) }
  /// Ethernet II or IEEE 802.3.
  @inlinable public static var ethernet: LinkType { LinkType(rawValue: 1) }
  /// IEEE 802.5.
  @inlinable public static var tokenRing: LinkType { LinkType(rawValue: 6) }
  /// An IP packet; its first four bits tell IPv4 or IPv6.
  @inlinable public static var raw: LinkType { LinkType(rawValue: 101) }
  /// OpenBSD loopback: the address family in network byte order.
  @inlinable public static var loop: LinkType { LinkType(rawValue: 108) }
  /// Linux "any" interface (SLL): a header of 16 bytes.
  @inlinable public static var linuxCooked: LinkType { LinkType(rawValue: 113) }
  /// User-defined; z/OS traces wrapped in a capture use it.
  @inlinable public static var user0: LinkType { LinkType(rawValue: 147) }
  /// An IPv4 packet.
  @inlinable public static var ipv4: LinkType { LinkType(rawValue: 228) }
  /// An IPv6 packet.
  @inlinable public static var ipv6: LinkType { LinkType(rawValue: 229) }
  /// Wireshark's exported PDUs: tags, then the message.
  @inlinable public static var upperPDU: LinkType { LinkType(rawValue: 252) }
  /// Linux "any" interface, version 2 (SLL2): a header of 20 bytes.
  @inlinable public static var linuxCooked2: LinkType { LinkType(rawValue: 276) }
  /// Not a packet: application data, or bytes of unknown kind.
  @inlinable public static var none: LinkType { LinkType(rawValue: 0xFFFF) }
}
