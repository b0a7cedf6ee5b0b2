internal import TraceBytes

// Words of IPCS reports and their numbers.

extension IPCSRecord {
  /// `yyyy/mm/dd` as days since 1970.
  static func date(_ line: RawSpan, _ at: inout Int) -> Int64? {
    var here = at
    guard let year = line.number(&here), (1970...2200).contains(year), here < line.byteCount,
      line.u8(here) == 0x2F
    else { return nil }
    here += 1
    guard let month = line.number(&here), (1...12).contains(month), here < line.byteCount,
      line.u8(here) == 0x2F
    else { return nil }
    here += 1
    guard let day = line.number(&here), (1...31).contains(day) else { return nil }
    at = here
    return CivilDate.days(year: Int(year), month: Int(month), day: Int(day))
  }

  /// Protocol names as IPCS prints them, or a number.
  static func protocolNumber(_ line: RawSpan, _ word: Range<Int>) -> UInt8 {
    let start = word.lowerBound
    switch word.count {
    case 3 where line.stands("TCP", at: start): return 6
    case 3 where line.stands("UDP", at: start): return 17
    case 4 where line.stands("ICMP", at: start): return 1
    case 4 where line.stands("IGMP", at: start): return 2
    case 4 where line.stands("OSPF", at: start): return 89
    case 6 where line.stands("ICMPv6", at: start): return 58
    default:
      var at = start
      return UInt8(exactly: line.number(&at) ?? 0) ?? 0
    }
  }

  /// The device types whose numbers are known (Formats/pth.md); 0 for the others.
  static func deviceType(_ line: RawSpan, _ word: Range<Int>) -> UInt8 {
    let start = word.lowerBound
    if line.stands("Loopback", at: start), word.count == 8 { return 34 }
    if line.stands("IPAQENET", at: start) { return word.count == 9 ? 53 : word.count == 8 ? 39 : 0 }
    // `34(Loopback)`, as in the Device Type Report.
    var at = start
    return UInt8(exactly: line.number(&at) ?? 0) ?? 0
  }

  /// Socket domains with the numbers of z/OS.
  static func domain(_ line: RawSpan, _ word: Range<Int>) -> UInt8 {
    let start = word.lowerBound
    if word.count == 8, line.stands("AF_Inet6", at: start) { return 19 }
    if word.count == 7, line.stands("AF_Inet", at: start) { return 2 }
    if word.count == 7, line.stands("AF_Unix", at: start) { return 1 }
    return 0
  }

  static func socketType(_ line: RawSpan, _ word: Range<Int>) -> UInt8 {
    let start = word.lowerBound
    if line.stands("Stream", at: start) { return 1 }
    if line.stands("Dgram", at: start) || line.stands("Datagram", at: start) { return 2 }
    if line.stands("Raw", at: start) { return 3 }
    return 0
  }
}
