public import TraceBytes
internal import TraceModel

/// The packet trace header in front of every packet and data-trace payload.
///
/// Source: offsets and masks as a program compiled against IBM's EZBYPTHH header uses them; fields at
/// 68 to 81 are inferred. `Formats/pth.md` says how sure each one is; a test holds the two together.
public enum PTHLayout {
  /// Bytes of the header; 92 since z/OS 2.1. The payload begins behind them.
  public static let length = Field<UInt16>("PTH_len", 0)
  /// Number of the segment of a large record: 0 in the first, then 1 to 255 and again from 1.
  public static let segment = Field<UInt8>("PTH_SeqNum", 2)
  /// Bits of ``PTHFlag``.
  public static let flag = Field<UInt8>("PTH_Flag", 3)
  /// Device type of the interface; `Formats/pth.md` has the numbers.
  public static let deviceType = Field<UInt8>("PTH_DevTy", 4)
  /// Bytes traced of the packet or request over all its segments.
  public static let tracedLength = Field<UInt24>("PTH_Tlen", 5)
  /// Name of the interface in EBCDIC, padded with blanks; packet trace only.
  public static let interfaceName = Field("PTH_InfName", 8, 16)
  /// Name of the job in EBCDIC, padded with blanks; data trace only.
  public static let jobName = Field<UInt64>("PTH_JobNm", 8)
  /// Address family: 2 AF_INET, 19 AF_INET6; data trace only.
  public static let socketDomain = Field<UInt8>("PTH_DtDomain", 16)
  /// 1 stream, 2 datagram; data trace only.
  public static let socketType = Field<UInt8>("PTH_DtType", 17)
  /// IP protocol number; data trace only.
  public static let socketProtocol = Field<UInt8>("PTH_DtProto", 18)
  /// See ``PTHState``; data trace only.
  public static let socketState = Field<UInt8>("PTH_DtState", 19)
  /// TOD clock of the capture.
  public static let time = Field<UInt64>("PTH_Time", 24)
  /// Source address; bytes 8 to 11 tell IPv4 (`Formats/pth.md`).
  public static let source = Field("PTH_Src", 32, 16)
  /// Destination address, in the form of the source.
  public static let destination = Field("PTH_Dst", 48, 16)
  /// Source port; 0 where the protocol has none.
  public static let sourcePort = Field<UInt16>("PTH_SPort", 64)
  /// Destination port.
  public static let destinationPort = Field<UInt16>("PTH_DPort", 66)
  /// Number that the trace itself gives its records. Inferred.
  public static let recordNumber = Field<UInt32>("record number", 68)
  /// IP protocol number. Inferred.
  public static let ipProtocol = Field<UInt8>("IP protocol", 73)
  /// VLAN id. Inferred, shown as a raw number.
  public static let vlan = Field<UInt16>("VLAN id", 74)
  /// TCB address or connection id. Inferred, shown as a raw number.
  public static let connectionID = Field<UInt32>("TCB or CID", 76)
  /// Address space id. Inferred, shown as a raw number.
  public static let asid = Field<UInt16>("ASID", 80)
  /// Bytes the packet had, modulo 65,536.
  public static let originalLength = Field<UInt16>("PTH_Plen", 82)
  /// Index of the interface.
  public static let interfaceIndex = Field<UInt32>("PTH_InfIx", 84)
  /// Why the packet was discarded, 0 when it was not.
  public static let dropReason = Field<UInt16>("PTH_DropRsn", 88)
  /// Segment length of segmentation offload, 0 without.
  public static let offloadSegmentLength = Field<UInt16>("PTH_OffSegLen", 90)

  /// All fields in the order of their offsets; those of data traces share theirs with the interface name.
  public static let fields: [any LayoutField] = [
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
    let length = Int(bytes[PTHLayout.length, at: at])
    guard length >= 2, length <= data.count else { return nil }
    let payload = (at + length)..<data.upperBound
    let isOld = record.entryID < 4
    guard length >= PTHLayout.leastUseful, !isOld || length == PTHLayout.headerSize else {
      keepPayloadOnly(bytes, payload, into: &record)
      return payload
    }
    let flag = bytes[PTHLayout.flag, at: at]
    record.rawFlags = flag
    record.segment = bytes[PTHLayout.segment, at: at]
    record.deviceType = bytes[PTHLayout.deviceType, at: at]
    record.tracedLength = Int(bytes[PTHLayout.tracedLength, at: at])
    record.time = TOD.nanoseconds(bytes[PTHLayout.time, at: at])
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
      record.dropReason = bytes[PTHLayout.dropReason, at: at]
      record.offloadSegmentLength = bytes[PTHLayout.offloadSegmentLength, at: at]
    } else if length >= PTHLayout.baseSize {
      readRest(bytes, at, into: &record)
    } else if length >= PTHLayout.destinationPort.end {
      record.sourcePort = bytes[PTHLayout.sourcePort, at: at]
      record.destinationPort = bytes[PTHLayout.destinationPort, at: at]
    }
    if record.kind == .dataTrace {
      readSocket(bytes, at, into: &record)
    } else {
      let name = at + PTHLayout.interfaceName.offset
      record.name = RecordName(high: bytes.be64(name), low: bytes.be64(name + 8))
      record.linkType = linkType(bytes, payload, record)
    }
    return payload
  }

  /// The fields from the ports to the interface index.
  @inline(__always)
  private static func readRest(_ bytes: RawSpan, _ at: Int, into record: inout TraceRecord) {
    record.sourcePort = bytes[PTHLayout.sourcePort, at: at]
    record.destinationPort = bytes[PTHLayout.destinationPort, at: at]
    record.traceNumber = bytes[PTHLayout.recordNumber, at: at]
    record.ipProtocol = bytes[PTHLayout.ipProtocol, at: at]
    record.vlan = bytes[PTHLayout.vlan, at: at]
    record.connectionID = bytes[PTHLayout.connectionID, at: at]
    record.asid = bytes[PTHLayout.asid, at: at]
    // PTH_Plen has 16 bits: beyond 64 KiB the traced length is the truth.
    record.originalLength = max(
      record.tracedLength, Int(bytes[PTHLayout.originalLength, at: at]))
    record.interfaceIndex = bytes[PTHLayout.interfaceIndex, at: at]
  }

  /// The socket fields that stand in the place of an interface name in a data-trace record.
  @inline(__always)
  private static func readSocket(_ bytes: RawSpan, _ at: Int, into record: inout TraceRecord) {
    record.name = RecordName(high: bytes[PTHLayout.jobName, at: at], low: 0)
    record.socketDomain = bytes[PTHLayout.socketDomain, at: at]
    record.socketType = bytes[PTHLayout.socketType, at: at]
    record.socketState = bytes[PTHLayout.socketState, at: at]
    let socketProtocol = bytes[PTHLayout.socketProtocol, at: at]
    if socketProtocol == 6 || socketProtocol == 17 {
      record.ipProtocol = socketProtocol
    } else if record.ipProtocol == 0 {
      record.ipProtocol = record.socketType == 2 ? 17 : 6
    }
    // Start and end records carry no data; a state alone proves nothing.
    guard record.tracedLength == 0, !record.flags.contains(.confidential) else { return }
    record.noteSession()
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

  /// Appends the header of a record, cut or filled up with zeros to a length.
  static func append(
    _ record: TraceRecord, segment: UInt8, length: Int, to bytes: inout [UInt8]
  ) {
    let at = bytes.count
    bytes += repeatElement(0, count: max(length, PTHLayout.headerSize))
    var flag = record.rawFlags & 0x1E
    if record.direction == .outbound { flag |= PTHFlag.outbound }
    if record.flags.contains(.local) { flag |= PTHFlag.local }
    if record.flags.contains(.confidential) { flag |= PTHFlag.confidential }
    if record.flags.contains(.clearText) { flag |= PTHFlag.clearText }
    bytes.set(PTHLayout.length, at: at, UInt16(length))
    bytes.set(PTHLayout.segment, at: at, segment)
    bytes.set(PTHLayout.flag, at: at, flag)
    bytes.set(PTHLayout.deviceType, at: at, record.deviceType)
    bytes.set(PTHLayout.tracedLength, at: at, UInt32(truncatingIfNeeded: record.tracedLength))
    bytes.set(half, at: at + PTHLayout.interfaceName.offset, record.name.high)
    if record.kind == .dataTrace {
      bytes.set(PTHLayout.socketDomain, at: at, record.socketDomain)
      bytes.set(PTHLayout.socketType, at: at, record.socketType)
      bytes.set(PTHLayout.socketProtocol, at: at, record.ipProtocol)
      bytes.set(PTHLayout.socketState, at: at, record.socketState)
    } else {
      bytes.set(half, at: at + PTHLayout.interfaceName.offset + 8, record.name.low)
    }
    bytes.set(PTHLayout.time, at: at, TOD.clock(nanoseconds: record.time))
    put(record.source, &bytes, at + PTHLayout.source.offset)
    put(record.destination, &bytes, at + PTHLayout.destination.offset)
    bytes.set(PTHLayout.sourcePort, at: at, record.sourcePort)
    bytes.set(PTHLayout.destinationPort, at: at, record.destinationPort)
    bytes.set(PTHLayout.recordNumber, at: at, record.traceNumber)
    bytes.set(PTHLayout.ipProtocol, at: at, record.ipProtocol)
    bytes.set(PTHLayout.vlan, at: at, record.vlan)
    bytes.set(PTHLayout.connectionID, at: at, record.connectionID)
    bytes.set(PTHLayout.asid, at: at, record.asid)
    bytes.set(PTHLayout.originalLength, at: at, UInt16(truncatingIfNeeded: record.originalLength))
    bytes.set(PTHLayout.interfaceIndex, at: at, record.interfaceIndex)
    bytes.set(PTHLayout.dropReason, at: at, record.dropReason)
    bytes.set(PTHLayout.offloadSegmentLength, at: at, record.offloadSegmentLength)
    bytes.removeLast(bytes.count - at - length)
  }

  private static func put(_ address: IPAddress, _ bytes: inout [UInt8], _ at: Int) {
    // X'FFFE' marks an address of an AF_INET socket.
    let low = address.isIPv4 ? address.low ^ 1 << 32 : address.low
    bytes.set(half, at: at, address.high)
    bytes.set(half, at: at + 8, low)
  }

  /// Half of a field of 16 bytes.
  private static let half = Field<UInt64>("half", 0)

  private static func keepPayloadOnly(
    _ bytes: RawSpan, _ payload: Range<Int>, into record: inout TraceRecord
  ) {
    record.time = TOD.nanoseconds(bytes[CTELayout.time])
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

extension TraceRecord {
  /// The direction, and the flag that says it.
  mutating func setDirection(isOutbound: Bool) {
    direction = isOutbound ? .outbound : .inbound
    if isOutbound { rawFlags |= PTHFlag.outbound }
  }

  /// Marks a record without data by the state of its socket.
  @inline(__always)
  mutating func noteSession() {
    if socketState == PTHState.start { flags.insert(.start) }
    if socketState == PTHState.end { flags.insert(.end) }
  }
}
