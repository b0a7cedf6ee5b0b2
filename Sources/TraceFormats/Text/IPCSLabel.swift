internal import TraceBytes

/// The labels of a formatted SYSTCPDA record that have a value zcap uses.
///
/// `Label : value` pairs stand side by side in columns whose places differ between releases and get
/// lost in copies, so a label is found by its words and its colon, wherever it is on the line.
enum IPCSLabel {
  case todClock, lostRecords, segment, flags, sourcePort, destPort, destinationPort
  case asid, tcb, tcbMixed, cid, device, domain, type, protocolName, state, source, destination
  case packetLength, payloadLength, jobName, dataLength
  case module, correlator, policy
  case headerLength, fragmentOffset, sequenceNumber, ackNumber, datagramLength

  var words: StaticString {
    switch self {
    case .todClock: "Tod Clock"
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
    case .module: "Module"
    case .correlator: "Correlator"
    case .policy: "Policy"
    case .headerLength: "Header Length"
    case .fragmentOffset: "Offset"
    case .sequenceNumber: "Sequence Number"
    case .ackNumber: "Ack Number"
    case .datagramLength: "Datagram Length"
    }
  }

  /// The label at `at`; moves past its colon and the blanks behind it.
  static func take(_ line: RawSpan, _ at: inout Int) -> IPCSLabel? {
    switch line.u8(at) {
    case UInt8(ascii: "A"): first(line, &at, .asid, .ackNumber)
    case UInt8(ascii: "C"): first(line, &at, .cid, .correlator)
    case UInt8(ascii: "D"):
      first(
        line, &at, .destPort, .destinationPort, .device, .domain, .destination, .dataLength,
        .datagramLength)
    case UInt8(ascii: "F"): first(line, &at, .flags)
    case UInt8(ascii: "H"): first(line, &at, .headerLength)
    case UInt8(ascii: "J"): first(line, &at, .jobName)
    case UInt8(ascii: "L"): first(line, &at, .lostRecords)
    case UInt8(ascii: "M"): first(line, &at, .module)
    case UInt8(ascii: "O"): first(line, &at, .fragmentOffset)
    case UInt8(ascii: "P"): first(line, &at, .protocolName, .packetLength, .payloadLength, .policy)
    case UInt8(ascii: "S"):
      first(line, &at, .sourcePort, .source, .segment, .state, .sequenceNumber)
    case UInt8(ascii: "T"): first(line, &at, .todClock, .tcb, .tcbMixed, .type)
    default: nil
    }
  }

  private static func first(_ line: RawSpan, _ at: inout Int, _ labels: IPCSLabel...) -> IPCSLabel?
  {
    for label in labels {
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
