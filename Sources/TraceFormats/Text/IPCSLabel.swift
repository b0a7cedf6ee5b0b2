internal import TraceBytes

/// The labels of a formatted SYSTCPDA record that have a value zcap uses.
///
/// `Label : value` pairs stand side by side in columns whose places differ between releases and get
/// lost in copies, so a label is found by its words and its colon, wherever it is on the line.
enum IPCSLabel: CaseIterable {
  case todClock, sequence, lostRecords, segment, flags, sourcePort, destPort, destinationPort
  case asid, tcb, tcbMixed, cid, device, domain, type, protocolName, state, source, destination
  case packetLength, payloadLength, jobName, dataLength, headerLength, offset

  var words: StaticString {
    switch self {
    case .todClock: "Tod Clock"
    case .sequence: "Sequence #"
    case .lostRecords: "Lost Records"
    case .segment: "Segment #"
    case .flags: "Flags"
    case .sourcePort: "Source Port"
    case .destPort: "Dest Port"
    case .destinationPort: "Destination Port"
    case .asid: "Asid"
    case .tcb: "TCB"
    case .tcbMixed: "Tcb"
    case .cid: "Cid"
    case .device: "Device"
    case .domain: "Domain"
    case .type: "Type"
    case .protocolName: "Protocol"
    case .state: "State"
    case .source: "Source"
    case .destination: "Destination"
    case .packetLength: "Packet Length"
    case .payloadLength: "Payload Length"
    case .jobName: "Job Name"
    case .dataLength: "Data Length"
    case .headerLength: "Header Length"
    case .offset: "Offset"
    }
  }

  private static let all = allCases

  /// The label at `at`; moves past its colon and the blanks behind it.
  static func take(_ line: RawSpan, _ at: inout Int) -> IPCSLabel? {
    let first = line.u8(at)
    // Every label begins with one of these letters.
    guard (UInt8(ascii: "A")...UInt8(ascii: "T")).contains(first) else { return nil }
    for label in all {
      var here = at
      guard line.take(label.words, &here) else { continue }
      line.skipBlanks(&here)
      guard here < line.byteCount, line.u8(here) == UInt8(ascii: ":") else { continue }
      at = here + 1
      line.skipBlanks(&at)
      return label
    }
    return nil
  }
}
