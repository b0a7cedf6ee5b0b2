internal import TraceBytes
internal import TraceModel

/// Rows of the SUMMARY report and of the EXPORT file: records without payload.
enum IPCSTables {
  /// An entry of a table: what it tells of a record.
  struct Entry: Sendable {
    var record = TraceRecord()
    var timeOfDay: Int64 = 0
    var printed = PrintedHeaders()
    /// The first bytes of data that SUMMARY shows.
    var first: [UInt8] = []
  }

  /// Reads the first line of a SUMMARY entry: `OT 1 14:18:00.447462 19E6 … 0 10.7.1.61-3470`.
  static func summary(_ line: RawSpan) -> Entry? {
    var at = 0
    let kind = line.word(&at)
    guard kind.count == 2, let number = line.number(&at), number <= UInt64(UInt32.max) else {
      return nil
    }
    line.skipBlanks(&at)
    var entry = Entry()
    guard let time = line.timeOfDay(&at), takeKind(line, kind.lowerBound, &entry.record) else {
      return nil
    }
    entry.timeOfDay = time
    entry.record.traceNumber = UInt32(number)
    // The columns in between depend on the protocol; the address is last, the data length before.
    let columns = at
    var last = at..<at
    var length = at..<at
    while true {
      let word = line.word(&at)
      guard !word.isEmpty else { break }
      length = last
      last = word
    }
    guard let source = endpoint(line, last) else { return nil }
    entry.record.source = source.address
    entry.record.sourcePort = source.port
    var digits = length.lowerBound
    if let count = line.number(&digits), digits == length.upperBound, count <= 0xFF_FFFF {
      entry.printed.data = Int(count)
      entry.record.originalLength = Int(count)
    }
    if entry.record.ipProtocol == 6, entry.record.kind == .packet {
      takeTCP(line.extracting(columns..<length.lowerBound), &entry.printed)
    }
    return entry
  }

  /// `IpId Seq_num Ack_num Wndw Flags`.
  private static func takeTCP(_ line: RawSpan, _ printed: inout PrintedHeaders) {
    var at = 0
    _ = line.word(&at)
    guard let sequence = line.number(&at), let acknowledgement = line.number(&at),
      line.number(&at) != nil
    else { return }
    printed.sequence = UInt32(truncatingIfNeeded: sequence)
    printed.acknowledgement = UInt32(truncatingIfNeeded: acknowledgement)
    while true {
      let word = line.word(&at)
      guard !word.isEmpty else { return }
      printed.takeFlag(line, word)
    }
  }

  /// Reads the second line of a SUMMARY entry, which ends with the destination.
  ///
  /// Up to eight bytes of data stand before it, in hexadecimal and then as text: `3232302D 2057656C *…`.
  static func destination(_ line: RawSpan) -> (end: Endpoint, first: [UInt8])? {
    let end = line.endWithoutBlanks
    var start = end
    while start > 0, line.u8(start - 1) > 0x20 { start -= 1 }
    guard let found = endpoint(line, start..<end) else { return nil }
    var first: [UInt8] = []
    guard line.firstIndex(of: 0x2A, in: 0..<start) != nil else { return (found, first) }
    var at = 0
    while first.count < 8 {
      let word = line.word(&at)
      guard !word.isEmpty, word.count <= 8, word.count % 2 == 0 else { break }
      var digits = word.lowerBound
      guard line.hexNumber(&digits) != nil, digits == word.upperBound else { break }
      for index in stride(from: word.lowerBound, to: word.upperBound, by: 2) {
        let high = Hex.value(line.u8(index)) ?? 0
        first.append(high << 4 | (Hex.value(line.u8(index + 1)) ?? 0))
      }
      if word.count < 8 { break }
    }
    return (found, first)
  }

  /// Gives a complete entry its headers, or the first bytes of a data trace.
  static func packet(_ entry: inout Entry) -> [UInt8] {
    var bytes: [UInt8] = []
    if entry.record.kind != .dataTrace {
      entry.record.originalLength = 0
      entry.printed.give(&entry.record, first: entry.first, into: &bytes)
    } else if entry.record.originalLength > 0 {
      entry.record.flags.insert(.notDumped)
      bytes = Array(entry.first.prefix(entry.record.originalLength))
    }
    entry.record.tracedLength = entry.record.originalLength
    return bytes
  }

  private static func takeKind(_ line: RawSpan, _ at: Int, _ record: inout TraceRecord) -> Bool {
    guard takeDirection(line.u8(at), &record) else { return false }
    record.kind = .packet
    record.linkType = .raw
    switch line.u8(at + 1) {
    case UInt8(ascii: "T"): record.ipProtocol = 6
    case UInt8(ascii: "U"): record.ipProtocol = 17
    case UInt8(ascii: "I"): record.ipProtocol = 1
    case UInt8(ascii: "G"): record.ipProtocol = 2
    case UInt8(ascii: "P"): break
    case UInt8(ascii: "D"):
      record.kind = .dataTrace
      record.linkType = .none
      record.ipProtocol = 6
    default: return false
    }
    return true
  }

  private static func takeDirection(_ letter: UInt8, _ record: inout TraceRecord) -> Bool {
    let isOutbound = letter == UInt8(ascii: "O")
    record.setDirection(isOutbound: isOutbound)
    return isOutbound || letter == UInt8(ascii: "I")
  }

  /// `10.7.1.61-3470`, or an address alone.
  private static func endpoint(_ line: RawSpan, _ word: Range<Int>) -> Endpoint? {
    guard let dash = line.firstIndex(of: 0x2D, in: word) else {
      return line.address(word).map { Endpoint($0, 0) }
    }
    var at = dash + 1
    guard let address = line.address(word.lowerBound..<dash), let port = line.number(&at),
      at == word.upperBound
    else { return nil }
    return Endpoint(address, UInt16(truncatingIfNeeded: port))
  }

  /// Reads a row of EXPORT; nil for anything else.
  ///
  /// `"I O   ",     1,"19:49:42.788207",  0.000000,…,"DEVICE","source","destination",id,length,…`
  static func export(
    _ row: RawSpan, _ columns: IPCSColumns
  ) -> Entry? {
    let fields = fields(row, limit: columns.count)
    guard fields.count == columns.count, let flags = columns[.flags], !fields[flags].isEmpty else {
      return nil
    }
    var record = TraceRecord()
    record.kind = .packet
    record.linkType = .raw
    guard takeDirection(row.u8(fields[flags].lowerBound), &record),
      var clock = columns[.time].map({ fields[$0].lowerBound }),
      let time = row.timeOfDay(&clock),
      let source = columns[.source].flatMap({ row.address(trimmed(row, fields[$0])) }),
      let destination = columns[.destination].flatMap({ row.address(trimmed(row, fields[$0])) })
    else { return nil }
    record.source = source
    record.destination = destination
    if let packet = columns[.packet] {
      var at = fields[packet].lowerBound
      guard let number = row.number(&at), number <= UInt64(UInt32.max) else { return nil }
      record.traceNumber = UInt32(number)
    }
    if let device = columns[.device] {
      record.name = row.name(trimmed(row, fields[device]), length: 16)
    }
    if var at = columns[.length].map({ fields[$0].lowerBound }) {
      record.originalLength = Int(min(row.number(&at) ?? 0, 0xFF_FFFF))
    }
    if let name = columns[.protocolName] {
      record.ipProtocol = IPCSRecord.protocolNumber(row, trimmed(row, fields[name]))
    }
    var entry = Entry(record: record, timeOfDay: time)
    if let summary = columns[.summary] { take(summary: row, fields[summary], &entry) }
    return entry
  }

  /// The fields of a row without their quotes, up to a limit.
  static func fields(_ row: RawSpan, limit: Int) -> [Range<Int>] {
    var fields: [Range<Int>] = []
    var at = 0
    while fields.count < limit, let field = field(row, &at) { fields.append(field) }
    return fields
  }

  /// How many commas outside of quotes the row has; nil when it ends within quotes.
  static func commas(_ row: RawSpan) -> Int? {
    var count = 0
    var quoted = false
    for index in 0..<row.byteCount {
      if row.u8(index) == 0x22 { quoted.toggle() }
      if row.u8(index) == 0x2C, !quoted { count += 1 }
    }
    return quoted ? nil : count
  }

  /// The next field without its quotes.
  private static func field(_ row: RawSpan, _ at: inout Int) -> Range<Int>? {
    guard at <= row.byteCount else { return nil }
    row.skipBlanks(&at)
    if at < row.byteCount, row.u8(at) == 0x22 {
      guard let end = row.firstIndex(of: 0x22, in: (at + 1)..<row.byteCount) else { return nil }
      let field = (at + 1)..<end
      at = end + 1
      row.skipBlanks(&at)
      if at < row.byteCount, row.u8(at) != 0x2C { return nil }
      at += 1
      return field
    }
    let end = row.firstIndex(of: 0x2C, in: at..<row.byteCount) ?? row.byteCount
    let field = at..<end
    at = end + 1
    return field
  }

  static func trimmed(_ row: RawSpan, _ field: Range<Int>) -> Range<Int> {
    var end = field.upperBound
    while end > field.lowerBound, row.u8(end - 1) == 0x20 { end -= 1 }
    return field.lowerBound..<end
  }

  /// `S=137 D=137 LEN=58`; of TCP `SEQ=`, `ACK=` and flags are taken where they stand (a guess: no example
  /// of TCP was to be seen).
  private static func take(summary row: RawSpan, _ field: Range<Int>, _ entry: inout Entry) {
    let text = row.extracting(0..<field.upperBound)
    var at = field.lowerBound
    while true {
      let word = text.word(&at)
      guard !word.isEmpty else { return }
      var value = word.lowerBound
      if text.take("S=", &value) {
        entry.record.sourcePort = UInt16(clamping: text.number(&value) ?? 0)
      } else if text.take("D=", &value) {
        entry.record.destinationPort = UInt16(clamping: text.number(&value) ?? 0)
      } else if text.take("SEQ=", &value) {
        entry.printed.sequence = text.number(&value).map { UInt32(truncatingIfNeeded: $0) }
      } else if text.take("ACK=", &value) {
        entry.printed.acknowledgement = UInt32(truncatingIfNeeded: text.number(&value) ?? 0)
        entry.printed.flags |= 0x10
      } else {
        entry.printed.takeFlag(text, word)
      }
    }
  }
}
