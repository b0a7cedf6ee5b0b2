public import TraceBytes
internal import TraceModel

/// The packet trace header in front of every packet and data-trace payload.
///
/// Source: offsets and masks as a program compiled against IBM's EZBYPTHH header uses them; fields at
/// 68 to 81 are inferred. `Formats/pth.md` says how sure each one is; a test holds the two together.
public enum PTHLayout {
  /// Bytes of the header; 92 since z/OS 2.1. The payload begins behind them.
  public static let length = Field("PTH_len", 0, 2)
  /// Number of the segment of a large record: 0 in the first, then 1 to 255 and again from 1.
  public static let segment = Field("PTH_SeqNum", 2, 1)
  /// Bits of ``PTHFlag``.
  public static let flag = Field("PTH_Flag", 3, 1)
  /// Device type of the interface; `Formats/pth.md` has the numbers.
  public static let deviceType = Field("PTH_DevTy", 4, 1)
  /// Bytes traced of the packet or request over all its segments.
  public static let tracedLength = Field("PTH_Tlen", 5, 3)
  /// Name of the interface in EBCDIC, padded with blanks; packet trace only.
  public static let interfaceName = Field("PTH_InfName", 8, 16)
  /// Name of the job in EBCDIC, padded with blanks; data trace only.
  public static let jobName = Field("PTH_JobNm", 8, 8)
  /// Address family: 2 AF_INET, 19 AF_INET6; data trace only.
  public static let socketDomain = Field("PTH_DtDomain", 16, 1)
  /// 1 stream, 2 datagram; data trace only.
  public static let socketType = Field("PTH_DtType", 17, 1)
  /// IP protocol number; data trace only.
  public static let socketProtocol = Field("PTH_DtProto", 18, 1)
  /// See ``PTHState``; data trace only.
  public static let socketState = Field("PTH_DtState", 19, 1)
  /// TOD clock of the capture.
  public static let time = Field("PTH_Time", 24, 8)
  /// Source address; bytes 8 to 11 tell IPv4 (`Formats/pth.md`).
  public static let source = Field("PTH_Src", 32, 16)
  /// Destination address, in the form of the source.
  public static let destination = Field("PTH_Dst", 48, 16)
  /// Source port; 0 where the protocol has none.
  public static let sourcePort = Field("PTH_SPort", 64, 2)
  /// Destination port.
  public static let destinationPort = Field("PTH_DPort", 66, 2)
  /// Number that the trace itself gives its records. Inferred.
  public static let recordNumber = Field("record number", 68, 4)
  /// IP protocol number. Inferred.
  public static let ipProtocol = Field("IP protocol", 73, 1)
  /// VLAN id. Inferred, shown as a raw number.
  public static let vlan = Field("VLAN id", 74, 2)
  /// TCB address or connection id. Inferred, shown as a raw number.
  public static let connectionID = Field("TCB or CID", 76, 4)
  /// Address space id. Inferred, shown as a raw number.
  public static let asid = Field("ASID", 80, 2)
  /// Bytes the packet had, modulo 65,536.
  public static let originalLength = Field("PTH_Plen", 82, 2)
  /// Index of the interface.
  public static let interfaceIndex = Field("PTH_InfIx", 84, 4)
  /// Why the packet was discarded, 0 when it was not.
  public static let dropReason = Field("PTH_DropRsn", 88, 2)
  /// Segment length of segmentation offload, 0 without.
  public static let offloadSegmentLength = Field("PTH_OffSegLen", 90, 2)

  /// All fields in the order of their offsets; those of data traces share theirs with the interface name.
  public static let fields = [
    length, segment, flag, deviceType, tracedLength, interfaceName, jobName, socketDomain,
    socketType, socketProtocol, socketState, time, source, destination, sourcePort,
    destinationPort, recordNumber, ipProtocol, vlan, connectionID, asid, originalLength,
    interfaceIndex, dropReason, offloadSegmentLength,
  ]
  /// The header as z/OS 2.1 and later write it; others are shorter or longer.
  public static let headerSize = 92
  /// The header without discard reason and offload length.
  static let baseSize = 88
  /// Below this the addresses are not there and the header tells nothing.
  static let leastUseful = 64
}

/// Values of PTH_DtState in records without data. Not confirmed: `Formats/pth.md`.
public enum PTHState {
  /// The socket was connected.
  public static let start: UInt8 = 1
  /// The socket was closed.
  public static let end: UInt8 = 2
}

enum PTH {
  /// Decodes the header at the start of `data` and returns where the payload stands.
  @inline(__always)
  static func decode(
    _ bytes: RawSpan, _ data: Range<Int>, into record: inout TraceRecord
  ) -> Range<Int>? {
    let at = data.lowerBound
    guard data.count >= 2 else { return nil }
    let length = Int(bytes.be16(at))
    guard length >= 2, length <= data.count else { return nil }
    let payload = (at + length)..<data.upperBound
    let isOld = record.entryID < 4
    guard length >= PTHLayout.leastUseful, !isOld || length == PTHLayout.headerSize else {
      keepPayloadOnly(bytes, payload, into: &record)
      return payload
    }
    let flag = bytes.u8(at + PTHLayout.flag.offset)
    record.rawFlags = flag
    record.segment = bytes.u8(at + PTHLayout.segment.offset)
    record.deviceType = bytes.u8(at + PTHLayout.deviceType.offset)
    record.tracedLength = Int(bytes.be24(at + PTHLayout.tracedLength.offset))
    record.time = TOD.nanoseconds(bytes.be64(at + PTHLayout.time.offset))
    record.source = address(bytes, at + PTHLayout.source.offset)
    record.destination = address(bytes, at + PTHLayout.destination.offset)
    record.direction = flag & PTHFlag.outbound != 0 ? .outbound : .inbound
    var flags: RecordFlags = []
    if flag & PTHFlag.local != 0 { flags.insert(.local) }
    if flag & PTHFlag.confidential != 0 { flags.insert(.confidential) }
    if flag & PTHFlag.clearText != 0 { flags.insert(.clearText) }
    record.flags = flags
    record.originalLength = record.tracedLength
    if length >= PTHLayout.headerSize {
      readRest(bytes, at, into: &record)
      record.dropReason = bytes.be16(at + PTHLayout.dropReason.offset)
      record.offloadSegmentLength = bytes.be16(at + PTHLayout.offloadSegmentLength.offset)
    } else if length >= PTHLayout.baseSize {
      readRest(bytes, at, into: &record)
    } else if length >= PTHLayout.destinationPort.end {
      record.sourcePort = bytes.be16(at + PTHLayout.sourcePort.offset)
      record.destinationPort = bytes.be16(at + PTHLayout.destinationPort.offset)
    }
    if record.kind == .dataTrace {
      readSocket(bytes, at, into: &record)
    } else {
      record.name = RecordName(
        high: bytes.be64(at + PTHLayout.interfaceName.offset),
        low: bytes.be64(at + PTHLayout.interfaceName.offset + 8))
      record.linkType = linkType(bytes, payload, record)
    }
    return payload
  }

  /// The fields from the ports to the interface index.
  @inline(__always)
  private static func readRest(_ bytes: RawSpan, _ at: Int, into record: inout TraceRecord) {
    record.sourcePort = bytes.be16(at + PTHLayout.sourcePort.offset)
    record.destinationPort = bytes.be16(at + PTHLayout.destinationPort.offset)
    record.traceNumber = bytes.be32(at + PTHLayout.recordNumber.offset)
    record.ipProtocol = bytes.u8(at + PTHLayout.ipProtocol.offset)
    record.vlan = bytes.be16(at + PTHLayout.vlan.offset)
    record.connectionID = bytes.be32(at + PTHLayout.connectionID.offset)
    record.asid = bytes.be16(at + PTHLayout.asid.offset)
    // PTH_Plen has 16 bits: beyond 64 KiB the traced length is the truth.
    record.originalLength = max(
      record.tracedLength, Int(bytes.be16(at + PTHLayout.originalLength.offset)))
    record.interfaceIndex = bytes.be32(at + PTHLayout.interfaceIndex.offset)
  }

  /// The socket fields that stand in the place of an interface name in a data-trace record.
  @inline(__always)
  private static func readSocket(_ bytes: RawSpan, _ at: Int, into record: inout TraceRecord) {
    record.name = RecordName(high: bytes.be64(at + PTHLayout.jobName.offset), low: 0)
    record.socketDomain = bytes.u8(at + PTHLayout.socketDomain.offset)
    record.socketType = bytes.u8(at + PTHLayout.socketType.offset)
    record.socketState = bytes.u8(at + PTHLayout.socketState.offset)
    let socketProtocol = bytes.u8(at + PTHLayout.socketProtocol.offset)
    if socketProtocol == 6 || socketProtocol == 17 {
      record.ipProtocol = socketProtocol
    } else if record.ipProtocol == 0 {
      record.ipProtocol = record.socketType == 2 ? 17 : 6
    }
    // Start and end records carry no data; a state alone proves nothing.
    guard record.tracedLength == 0, !record.flags.contains(.confidential) else { return }
    if record.socketState == PTHState.start { record.flags.insert(.start) }
    if record.socketState == PTHState.end { record.flags.insert(.end) }
  }

  /// What the payload of a packet record is: an IP packet when it looks like one, an Ethernet frame of
  /// OSAENTA when its type field says so.
  @inline(__always)
  private static func linkType(
    _ bytes: RawSpan, _ payload: Range<Int>, _ record: borrowing TraceRecord
  ) -> LinkType {
    guard record.segment == 0, !payload.isEmpty, record.kind != .smc else { return .none }
    if record.kind == .frame {
      guard payload.count >= 14 else { return .none }
      switch bytes.be16(payload.lowerBound + 12) {
      case 0x0800, 0x0806, 0x86DD, 0x8100, 0x88A8: return .ethernet
      default: return .none
      }
    }
    let version = bytes.u8(payload.lowerBound) >> 4
    return version == 4 || version == 6 ? .raw : .none
  }

  private static func keepPayloadOnly(
    _ bytes: RawSpan, _ payload: Range<Int>, into record: inout TraceRecord
  ) {
    record.time = TOD.nanoseconds(bytes.be64(CTELayout.time.offset))
    record.flags.insert(.headerUnknown)
    record.tracedLength = payload.count
    record.originalLength = payload.count
    guard record.kind != .dataTrace, !payload.isEmpty else { return }
    let version = bytes.u8(payload.lowerBound) >> 4
    if version == 4 || version == 6 { record.linkType = .raw }
  }

  /// The address in 16 bytes: bytes 8 to 11 are 0000FFFF (mapped) or 0000FFFE (AF_INET) for IPv4.
  @inline(__always)
  private static func address(_ bytes: RawSpan, _ at: Int) -> IPAddress {
    let high = bytes.be64(at)
    let low = bytes.be64(at + 8)
    let marker = low >> 32
    if marker == 0xFFFE || marker == 0xFFFF {
      return IPAddress(ipv4: UInt32(truncatingIfNeeded: low))
    }
    // Twelve zero bytes and an address behind them can only be IPv4; ::1 is the IPv6 loopback.
    if high == 0, marker == 0, low > 1 { return IPAddress(ipv4: UInt32(truncatingIfNeeded: low)) }
    return IPAddress(high: high, low: low)
  }
}
