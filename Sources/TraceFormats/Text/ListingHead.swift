internal import TraceBytes
internal import TraceModel

/// The lines before the payload of one record in a TCPDATA listing, as far as they have been read.
struct ListingHead: Sendable {
  var record = TraceRecord()
  /// What `Data length` says; nil when that line is missing or makes no sense.
  var length: Int?
  /// Microseconds since local midnight.
  var timeOfDay: Int64?
  /// Bytes before the text on every line of the record: a carriage-control column, or indentation.
  var indent = 0
  /// The carriage-control character, where there is a column for it.
  var carriage: UInt8?
  /// Whether lines are filled up with blanks, so that blanks at their end mean nothing.
  var isPadded = false

  /// The most a payload can have: PTH_Tlen is a 24-bit number.
  static let longestPayload = 0xFF_FFFF

  /// Reads what starts a record: `Data trace.`, `Packet trace.` or `Unknown CTE trace type n`.
  ///
  /// Nothing else than the words that can follow may follow; the text of a payload that speaks of a
  /// data trace is not one.
  static func begin(_ line: RawSpan, at start: Int) -> (head: ListingHead, rest: Int)? {
    var head = ListingHead()
    var at = start
    if line.take("Data trace.", &at) {
      head.record.kind = .dataTrace
      head.record.entryID = 5
    } else if line.take("Packet trace.", &at) {
      head.record.kind = .packet
      head.record.entryID = 4
    } else if line.take("Unknown CTE trace type ", &at) {
      let negative = at < line.byteCount && line.u8(at) == 0x2D
      if negative { at += 1 }
      guard let id = line.number(&at), id <= UInt64(UInt32.max) else { return nil }
      // Printed as a signed number, so lost records (X'FF......') appear as negative ones.
      head.record.entryID = negative ? 0 &- UInt32(id) : UInt32(id)
      head.record.kind = Self.kind(head.record.entryID)
    } else {
      return nil
    }
    line.skipBlanks(&at)
    let isAlone = at >= line.endWithoutBlanks
    guard
      isAlone || line.stands("Data length ", at: at) || line.stands("Pthread Sequence ", at: at)
        || line.stands("!Drop reason code ", at: at)
    else { return nil }
    return (head, at)
  }

  private static func kind(_ entryID: UInt32) -> RecordKind {
    switch entryID {
    case 1: .oldPacket
    case 2: .oldX25
    case 3: .oldEnterpriseExtender
    case 6: .enterpriseExtender
    case 7: .frame
    case 8: .smc
    default: entryID >> 24 == 0xFF ? .lost : .unknown
    }
  }

  /// Reads one line between the start of the record and its addresses; false when it is none of them.
  mutating func take(_ line: RawSpan, at start: Int) -> Bool {
    var at = start
    line.skipBlanks(&at)
    guard at < line.byteCount else { return false }
    switch line.u8(at) {
    case UInt8(ascii: "D") where line.take("Data length ", &at): return takeLength(line, at)
    case UInt8(ascii: "!") where line.take("!Drop reason code ", &at):
      record.dropReason = UInt16(truncatingIfNeeded: signed(line, &at) ?? 0)
    case UInt8(ascii: "P") where line.take("Pthread Sequence ", &at):
      record.segment = UInt8(truncatingIfNeeded: line.number(&at) ?? 0)
    case UInt8(ascii: "P") where line.take("Payload traced ", &at): break
    case UInt8(ascii: "D") where line.take("Device type ", &at):
      record.deviceType = UInt8(truncatingIfNeeded: line.number(&at) ?? 0)
      if at < line.byteCount, line.u8(at) == UInt8(ascii: ".") { at += 1 }
      takeSocket(line, &at)
    // The two device types that the listing has names for (EZBYPTHH: PTHIPAQENET, PTH6IPAQENET).
    case UInt8(ascii: "I") where line.take("IPV4-IPAQENET", &at):
      record.deviceType = 39
      takeSocket(line, &at)
    case UInt8(ascii: "I") where line.take("IPV6-PTH6IPAQENET", &at):
      record.deviceType = 53
      takeSocket(line, &at)
    case UInt8(ascii: "I") where line.take("Interface index ", &at):
      record.interfaceIndex = UInt32(truncatingIfNeeded: signed(line, &at) ?? 0)
    case UInt8(ascii: "O") where line.take("Original Payloadlength ", &at):
      record.originalLength = Int(truncatingIfNeeded: min(line.number(&at) ?? 0, 0xFFFF))
    case UInt8(ascii: "s") where line.take("segment offset ", &at):
      record.offloadSegmentLength = UInt16(truncatingIfNeeded: line.number(&at) ?? 0)
    case UInt8(ascii: "b") where line.take("bad data, buffer length ", &at): break
    default: return false
    }
    return true
  }

  private func signed(_ line: RawSpan, _ at: inout Int) -> Int64? {
    let negative = at < line.byteCount && line.u8(at) == 0x2D
    if negative { at += 1 }
    guard let value = line.number(&at), value <= UInt64(Int32.max) + 1 else { return nil }
    return negative ? -Int64(value) : Int64(value)
  }

  private mutating func takeLength(_ line: RawSpan, _ start: Int) -> Bool {
    var at = start
    guard let value = signed(line, &at), value <= Int64(Self.longestPayload) else { return false }
    length = Int(max(0, value))
    if at < line.byteCount, line.u8(at) == UInt8(ascii: ".") { at += 1 }
    line.skipBlanks(&at)
    while at < line.byteCount {
      if line.take("PTH_ both locals .", &at) {
        record.flags.insert(.local)
        record.rawFlags |= 0x80
      } else if line.take("ATTLS Clear Text.", &at) {
        record.flags.insert(.clearText)
        record.rawFlags |= 0x20
      } else if line.take("PTH_Flag.Confidential.", &at) {
        record.flags.insert(.confidential)
        record.rawFlags |= 0x40
      } else {
        break
      }
      line.skipBlanks(&at)
    }
    return true
  }

  /// `Interface name`, or `JobName name Domain 0x02 Type 0x01 protocol 0x06 state 0x00`.
  private mutating func takeSocket(_ line: RawSpan, _ at: inout Int) {
    line.skipBlanks(&at)
    guard let name = line.firstIndex(of: Array(" Domain 0x".utf8), from: at) else { return }
    at = name + 1
    func field(_ word: StaticString) -> UInt8 {
      line.skipBlanks(&at)
      guard line.take(word, &at) else { return 0 }
      return UInt8(truncatingIfNeeded: line.hexNumber(&at) ?? 0)
    }
    record.socketDomain = field("Domain ")
    record.socketType = field("Type ")
    record.ipProtocol = field("protocol ")
    record.socketState = field("state ")
  }

  /// Whether a line may be the one with the addresses.
  static func isAddressLine(_ line: RawSpan, at start: Int) -> Bool {
    guard start < line.byteCount else { return false }
    return line.u8(start) == UInt8(ascii: "<") || line.u8(start) == UInt8(ascii: ">")
  }

  /// Reads `<JOBNAME  hh:mm:ss.uuuuuu Src a.b.c.d Port n Dst a.b.c.d Port n`.
  mutating func takeAddresses(_ line: RawSpan, at start: Int) -> Bool {
    guard Self.isAddressLine(line, at: start) else { return false }
    // The time is the first word of its shape; a name does not look like one.
    var at = start + 1
    var time: Int64?
    var nameEnd = at
    while at < min(line.byteCount, start + 64) {
      var here = at
      if line.u8(at) != 0x20, line.u8(at - 1) == 0x20 || at == start + 1,
        let found = line.timeOfDay(&here)
      {
        time = found
        nameEnd = at
        at = here
        break
      }
      at += 1
    }
    guard let time else { return false }
    line.skipBlanks(&at)
    guard line.take("Src ", &at), let source = line.address(line.word(&at)) else { return false }
    line.skipBlanks(&at)
    guard line.take("Port ", &at), let sourcePort = line.number(&at) else { return false }
    line.skipBlanks(&at)
    guard line.take("Dst ", &at), let destination = line.address(line.word(&at)) else {
      return false
    }
    line.skipBlanks(&at)
    guard line.take("Port ", &at), let destinationPort = line.number(&at) else { return false }
    timeOfDay = time
    record.source = source
    record.sourcePort = UInt16(truncatingIfNeeded: sourcePort)
    record.destination = destination
    record.destinationPort = UInt16(truncatingIfNeeded: destinationPort)
    let isOutbound = line.u8(start) == UInt8(ascii: "<")
    record.setDirection(isOutbound: isOutbound)
    var nameStart = start + 1
    line.skipBlanks(&nameStart)
    while nameEnd > nameStart, line.u8(nameEnd - 1) <= 0x20 { nameEnd -= 1 }
    record.name = line.name(
      nameStart..<max(nameStart, nameEnd), length: record.kind == .packet ? 16 : 8)
    // One blank ends the line as it is printed; more of them are fill.
    isPadded = line.byteCount > at + 1
    return true
  }
}
