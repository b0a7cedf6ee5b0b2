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
    if line.isWord("TCP", word) { return 6 }
    if line.isWord("UDP", word) { return 17 }
    if line.isWord("ICMP", word) { return 1 }
    if line.isWord("IGMP", word) { return 2 }
    if line.isWord("OSPF", word) { return 89 }
    if line.isWord("ICMPv6", word) { return 58 }
    var at = word.lowerBound
    return UInt8(exactly: line.number(&at) ?? 0) ?? 0
  }

  /// The device types whose numbers are known (Formats/pth.md); 0 for the others.
  static func deviceType(_ line: RawSpan, _ word: Range<Int>) -> UInt8 {
    if line.isWord("Loopback", word) { return 34 }
    if line.isWord("IPAQENET", word) { return 39 }
    if line.stands("IPAQENET", at: word.lowerBound) { return word.count == 9 ? 53 : 0 }
    // `34(Loopback)`, as in the Device Type Report.
    var at = word.lowerBound
    return UInt8(exactly: line.number(&at) ?? 0) ?? 0
  }

  /// Socket domains with the numbers of z/OS.
  static func domain(_ line: RawSpan, _ word: Range<Int>) -> UInt8 {
    if line.isWord("AF_Inet6", word) { return 19 }
    if line.isWord("AF_Inet", word) { return 2 }
    if line.isWord("AF_Unix", word) { return 1 }
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
