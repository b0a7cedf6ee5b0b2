internal import TraceBytes

/// Tells the lines of a TCPDATA listing that are not payload.
enum ListingLine {
  /// Whether a line ends the payload before it: the next record, or what the tool prints between
  /// records.
  static func endsPayload(_ line: RawSpan) -> Bool {
    var at = 0
    return head(line) != nil || lost(line, &at) || isOfRun(line, betweenRecords: true)
  }

  /// Finds the start of a record behind a carriage-control character or indentation.
  static func head(_ line: RawSpan) -> (head: ListingHead, rest: Int)? {
    var at = 0
    line.skipBlanks(&at)
    guard at < line.byteCount else { return nil }
    if var found = ListingHead.begin(line, at: at) {
      found.head.indent = at
      // Machine carriage control stands on every line alike; that of ANSI is a blank on most.
      found.head.carriage = at == 1 ? line.u8(0) : nil
      return found
    }
    let first = line.u8(0)
    guard at == 0, first == 0x30 || first == 0x2D || first == 0x2B || first == 0x31,
      var found = ListingHead.begin(line, at: 1)
    else { return nil }
    found.head.indent = 1
    found.head.carriage = 0x20
    return found
  }

  /// `PRINT : A` near the beginning of the listing.
  static func style(_ line: RawSpan) -> ListingStyle? {
    var at = 0
    line.skipBlanks(&at)
    guard line.take("PRINT ", &at), line.take(":", &at) else { return nil }
    line.skipBlanks(&at)
    guard at < line.byteCount else { return nil }
    // The tool prints hexadecimal for every value but A and E.
    switch line.u8(at) {
    case UInt8(ascii: "A"): return .ascii
    case UInt8(ascii: "E"): return .ebcdic
    default: return .hex
    }
  }

  /// Finds the words before counts of lost records, and moves past them.
  static func lost(_ line: RawSpan, _ at: inout Int) -> Bool {
    line.skipBlanks(&at)
    guard line.take("lost:", &at) else { return false }
    // The tool ends this line only behind a count, so anything it prints can follow directly.
    var next = at
    line.skipBlanks(&next)
    return next >= line.byteCount || line.stands("packet trace records:", at: next)
      || line.stands("data trace records:", at: next) || line.stands("Data trace.", at: next)
      || line.stands("Packet trace.", at: next) || line.stands("Unknown CTE ", at: next)
      || line.stands("CTE Loop ", at: next) || line.stands("end due to time out", at: next)
  }

  /// Lines that the tool prints about its run, outside of records.
  static func isOfRun(_ line: RawSpan, betweenRecords: Bool) -> Bool {
    var at = 0
    line.skipBlanks(&at)
    guard at < line.byteCount else { return false }
    switch line.u8(at) {
    case UInt8(ascii: "e"): return line.stands("end due to time out", at: at)
    case UInt8(ascii: "C"): return line.stands("CTE Loop ", at: at)
    case UInt8(ascii: "g"):
      var here = at
      return line.take("get ", &here) && line.number(&here) != nil && line.take(" rv ", &here)
    case UInt8(ascii: "s"), UInt8(ascii: "c"), UInt8(ascii: "o"):
      guard !betweenRecords else { return false }
      return line.stands("start ", at: at) || line.stands("stop ", at: at)
        || line.stands("close ", at: at) || line.stands("open ", at: at)
        || line.stands("set filter ", at: at)
    case UInt8(ascii: "U"): return !betweenRecords && line.stands("Using port", at: at)
    case UInt8(ascii: "p"): return !betweenRecords && line.stands("payload length", at: at)
    case UInt8(ascii: "I"):
      return !betweenRecords
        && (line.stands("IPV4 ", at: at) || line.stands("IPV6 ", at: at)
          || line.stands("Invalid length passed to printHex", at: at))
    case UInt8(ascii: "l"): return !betweenRecords && line.stands("length appl data ", at: at)
    case UInt8(ascii: "T"): return !betweenRecords && line.stands("TCPIP Instance:", at: at)
    case UInt8(ascii: "P"): return !betweenRecords && line.stands("PRINT ", at: at)
    case UInt8(ascii: "W"): return !betweenRecords && line.stands("WAITTIME ", at: at)
    default: return false
    }
  }
}
