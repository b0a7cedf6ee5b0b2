/// What a trace puts into its own header of a record that nothing acts on: raw numbers, whose place or meaning is
/// not confirmed for all of them (Formats/pth.md says how sure each is).
public enum HeaderField: Int, CaseIterable, Sendable {
  /// ctefmtid, which tells the kind of record.
  case entryID
  /// PTH_Flag as it stands.
  case rawFlags
  /// PTH_DevTy, the type of the interface.
  case deviceType
  /// PTH_InfIx.
  case interfaceIndex
  /// Inferred: the VLAN id.
  case vlan
  /// Inferred: the address space of the socket's owner.
  case asid
  /// Inferred: the address of the TCB, or the connection id.
  case connectionID
  /// PTH_DtDomain: 2 AF_INET, 19 AF_INET6.
  case socketDomain
  /// PTH_DtType: 1 stream, 2 datagram.
  case socketType
  /// PTH_DtState; what its values mean is not confirmed.
  case socketState
  /// PTH_OffSegLen: bytes of a segment when the interface cuts large sends.
  case offloadSegmentLength

  /// Its name in every output.
  public var name: StaticString {
    switch self {
    case .entryID: "entry_id"
    case .rawFlags: "raw_flags"
    case .deviceType: "device_type"
    case .interfaceIndex: "interface_index"
    case .vlan: "vlan"
    case .asid: "asid"
    case .connectionID: "connection_id"
    case .socketDomain: "socket_domain"
    case .socketType: "socket_type"
    case .socketState: "socket_state"
    case .offloadSegmentLength: "offload_segment_length"
    }
  }

  /// The value in a record; 0 where it is 0 or not there.
  @inlinable
  public func value(_ record: borrowing TraceRecord) -> UInt32 {
    switch self {
    case .entryID: record.entryID
    case .rawFlags: UInt32(record.rawFlags)
    case .deviceType: UInt32(record.deviceType)
    case .interfaceIndex: record.interfaceIndex
    case .vlan: UInt32(record.vlan)
    case .asid: UInt32(record.asid)
    case .connectionID: record.connectionID
    case .socketDomain: UInt32(record.socketDomain)
    case .socketType: UInt32(record.socketType)
    case .socketState: UInt32(record.socketState)
    case .offloadSegmentLength: UInt32(record.offloadSegmentLength)
    }
  }
}
