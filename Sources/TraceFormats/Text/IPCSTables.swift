internal import TraceBytes
internal import TraceModel

/// Rows of the SUMMARY report and of the EXPORT file: records without payload.
enum IPCSTables {
  /// Reads the first line of a SUMMARY entry: `OT 1 14:18:00.447462 19E6 … 0 10.7.1.61-3470`.
  static func summary(_ line: RawSpan) -> (record: TraceRecord, timeOfDay: Int64)? {
    var at = 0
    let kind = line.word(&at)
    guard kind.count == 2, let number = line.number(&at), number <= UInt64(UInt32.max) else {
      return nil
    }
    line.skipBlanks(&at)
    var record = TraceRecord()
    guard let time = line.timeOfDay(&at), takeKind(line, kind.lowerBound, &record) else {
      return nil
    }
    record.traceNumber = UInt32(number)
    // The columns in between depend on the protocol; the address is last, the data length before.
    var last = at..<at
    var length = at..<at
    while true {
      let word = line.word(&at)
      guard !word.isEmpty else { break }
      length = last
      last = word
    }
    guard let source = endpoint(line, last) else { return nil }
    record.source = source.address
    record.sourcePort = source.port
    var digits = length.lowerBound
    if let count = line.number(&digits), digits == length.upperBound, count <= 0xFF_FFFF {
      record.originalLength = Int(count)
    }
    return (record, time)
  }

  /// Reads the second line of a SUMMARY entry, which ends with the destination.
  static func destination(_ line: RawSpan) -> Endpoint? {
    let end = line.endWithoutBlanks
    var start = end
    while start > 0, line.u8(start - 1) > 0x20 { start -= 1 }
    return endpoint(line, start..<end)
  }

  private static func takeKind(_ line: RawSpan, _ at: Int, _ record: inout TraceRecord) -> Bool {
    switch line.u8(at) {
    case UInt8(ascii: "I"): record.direction = .inbound
    case UInt8(ascii: "O"):
      record.direction = .outbound
      record.rawFlags = 1
    default: return false
    }
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
  ) -> (record: TraceRecord, timeOfDay: Int64)? {
    let fields = fields(row, limit: columns.count)
    guard fields.count == columns.count, let flags = columns[.flags], !fields[flags].isEmpty else {
      return nil
    }
    var record = TraceRecord()
    record.kind = .packet
    record.linkType = .raw
    switch row.u8(fields[flags].lowerBound) {
    case UInt8(ascii: "I"): record.direction = .inbound
    case UInt8(ascii: "O"):
      record.direction = .outbound
      record.rawFlags = 1
    default: return nil
    }
    guard var clock = columns[.time].map({ fields[$0].lowerBound }),
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
    if let summary = columns[.summary] {
      record.sourcePort = port(row, "S=", fields[summary])
      record.destinationPort = port(row, "D=", fields[summary])
    }
    return (record, time)
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

  private static func port(_ row: RawSpan, _ label: StaticString, _ field: Range<Int>) -> UInt16 {
    var at = field.lowerBound
    let text = row.extracting(0..<field.upperBound)
    while at < field.upperBound {
      var word = text.word(&at).lowerBound
      if text.take(label, &word), let port = text.number(&word) {
        return UInt16(truncatingIfNeeded: port)
      }
      if text.byteCount == word { break }
    }
    return 0
  }
}
