public import TraceBytes
public import TraceModel

/// Reads what IPCS prints of a SYSTCPDA or SYSTCPOT trace: CTRACE SHORT, FULL, FORMAT, DUMP and
/// SUMMARY reports, and the CSV file of EXPORT.
///
/// A record that was dumped whole gives its packet or data back byte for byte. One that was only
/// formatted has its fields and no payload. See Formats/ipcs.md.
public struct IPCSReader: TraceFormat {
  public private(set) var account = ByteAccount()

  private var lines: TextLines?
  private var translated: [UInt8] = []
  private var record: IPCSRecord?
  private var recordOffset: UInt64 = 0
  /// Memory of the last record's dump.
  private var spare: [UInt8] = []
  /// A SUMMARY entry whose second line is to come.
  private var entry: IPCSTables.Entry?
  /// A row of EXPORT that goes on in the next line.
  private var row: [UInt8] = []
  private var rowOffset: UInt64 = 0
  private var columns = IPCSColumns.summary
  private var foreign = ForeignText()
  private var statistics = IPCSStatistics()
  private var day: Int64
  private var dayUse: DayUse?
  private let offsetSeconds: Int64
  private var records: UInt64 = 0
  private var hasRemarkedCap = false
  private var hasRemarkedDump = false

  /// The longest row of EXPORT, and how its first one begins.
  private static let longestRow = 4096
  private static let headingStart = Array("\"Flags".utf8)

  /// A reader for one report.
  ///
  /// - Parameters:
  ///   - day: days since 1970 of records before the report's first date line.
  ///   - utcOffset: seconds that the times are ahead of UTC, for a report with the option LOCAL.
  public init(day: Int = 0, utcOffset: Int = 0, recordsBefore: UInt64 = 0) {
    records = recordsBefore
    self.day = max(-100_000, min(100_000, Int64(day)))
    offsetSeconds = max(-86_400, min(86_400, Int64(utcOffset)))
  }

  public init(_ options: FormatOptions) {
    self.init(
      day: options.dayNumber, utcOffset: options.zone, recordsBefore: options.recordsBefore)
    dayUse = options.dayUse
  }

  public var format: String {
    lines?.encoding == .ebcdic ? "IPCS report, EBCDIC" : "IPCS report"
  }

  /// Whether the input is a report of IPCS about packets or data.
  public static func probe(_ window: RawSpan, atEnd: Bool) -> FormatProbe {
    guard window.byteCount >= 64 || atEnd else { return .needMore }
    let sample = window.extracting(0..<min(ListingReader.probeLength, window.byteCount))
    for encoding in [TextEncoding.ascii, .ebcdic] {
      if stands("Tod Clock", sample, encoding),
        stands("Full=", sample, encoding) || stands("Abbrev=", sample, encoding)
      {
        return .yes
      }
      if stands("hh:mm:ss.mmmmmm", sample, encoding),
        stands("Source/Destination", sample, encoding)
      {
        return .yes
      }
      if stands("COMPONENT TRACE ", sample, encoding),
        components.contains(where: { stands($0, sample, encoding) })
      {
        return .yes
      }
      if stands("Device Type Report", sample, encoding) { return .yes }
      if stands("\"Absolute Time", sample, encoding), stands("\"Source", sample, encoding) {
        return .yes
      }
    }
    if atEnd || sample.byteCount == ListingReader.probeLength { return .no }
    return ListingReader.looksLikeText(sample) ? .needMore : .no
  }

  /// The components whose records are packets and data.
  private static let components = ["COMP(SYSTCPDA)", "COMP(SYSTCPOT)", "COMP(SYSTCPIS)"]

  private static func stands(_ text: String, _ sample: RawSpan, _ encoding: TextEncoding) -> Bool {
    sample.firstIndex(of: encoding.bytes(text)) != nil
  }

  public mutating func read(
    _ window: RawSpan, at offset: UInt64, atEnd: Bool, into sink: any TraceSink
  ) throws(TraceError) -> Int {
    if lines == nil { lines = TextLines(window, atEnd: atEnd) }
    guard let lines else { return 0 }
    var at = 0
    while let line = lines.line(window, at: at, atEnd: atEnd) {
      let start = offset &+ UInt64(at)
      let count = line.next - at
      at = line.next
      if line.isDamaged {
        account.damaged += UInt64(count)
        try sink.notice(.damaged, .framing, at: start, length: UInt64(count))
      } else if lines.encoding == .ascii {
        try take(window.extracting(line.text), start, count, sink)
      } else {
        // The buffer is taken out of the reader for the call, because the span borrows it.
        var buffer = translated
        translated = []
        buffer.removeAll(keepingCapacity: true)
        TextEncoding.translate(window.extracting(line.text), into: &buffer)
        try unsafe take(buffer.span.bytes, start, count, sink)
        translated = buffer
      }
    }
    if atEnd {
      try endRecord(isEnd: true, sink)
      try endRow(sink)
      try foreign.flush(sink)
      if account.records == 0 { try sayNothingIsHere(sink) }
    }
    return at
  }

  private func sayNothingIsHere(_ sink: any TraceSink) throws(TraceError) {
    let what =
      statistics.isSeen
      ? "the report counts records and shows none (STATISTICS or TALLY); CTRACE with FULL prints them"
      : "the report holds no records"
    try sink.notice(.remark, .other(what), at: 0)
    for device in statistics.devices {
      try sink.notice(.remark, .other("device type \(device)"), at: 0)
    }
  }

  // MARK: - Lines

  private mutating func take(
    _ line: RawSpan, _ offset: UInt64, _ count: Int, _ sink: any TraceSink
  ) throws(TraceError) {
    if !row.isEmpty, try takeRow(line, offset, count, sink) { return }
    if let (found, timeOfDay) = IPCSRecord.begin(line) {
      try beginRecord(sink)
      account.records += UInt64(count)
      var next = IPCSRecord(found, reusing: spare)
      spare = []
      next.record.offset = offset
      next.record.time = time(day, timeOfDay)
      record = next
      recordOffset = offset
      return
    }
    if var next = IPCSTables.summary(line) {
      try beginRecord(sink)
      account.records += UInt64(count)
      next.record.offset = offset
      next.record.time = time(day, next.timeOfDay)
      dayUse?.note()
      entry = next
      return
    }
    if entry != nil, !line.isBlankLine, try takeDestination(line, count, sink) { return }
    var at = 0
    line.skipBlanks(&at)
    if line.take("**** ", &at), let date = IPCSRecord.date(line, &at) {
      try endRecord(sink)
      day = date
      dayUse = nil
      account.framing += UInt64(count)
    } else if isRule(line) {
      // Dashes stand before every record; a record's own text is set off with equals signs.
      if line.u8(at) == 0x2D { try endRecord(sink) }
      account.framing += UInt64(count)
    } else if record != nil {
      try takeRecordLine(line, offset, count, sink)
    } else if at < line.byteCount, line.u8(at) == 0x22, try takeRow(line, offset, count, sink) {
      return
    } else {
      takeOutside(line, offset, count)
    }
  }

  private mutating func takeRecordLine(
    _ line: RawSpan, _ offset: UInt64, _ count: Int, _ sink: any TraceSink
  ) throws(TraceError) {
    let seconds = offsetSeconds
    let verdict = record?.take(line) { day, timeOfDay in Self.time(day, timeOfDay, seconds) }
    guard verdict == .damaged else {
      account.records += UInt64(count)
      return
    }
    account.damaged += UInt64(count)
    record?.record.flags.insert(.incomplete)
    try sink.notice(
      .damaged, .other("a line of this dump cannot be read"), at: offset, length: UInt64(count))
  }

  private mutating func takeOutside(_ line: RawSpan, _ offset: UInt64, _ count: Int) {
    var at = 0
    line.skipBlanks(&at)
    if Self.isHeading(line, at) || statistics.take(line) {
      account.framing += UInt64(count)
    } else {
      account.fill += UInt64(count)
      if !line.isBlankLine { foreign.add(at: offset, count) }
    }
  }

  /// Lines that IPCS prints before the records.
  private static func isHeading(_ line: RawSpan, _ at: Int) -> Bool {
    line.stands("RcdNr ", at: at) || line.stands("DP ", at: at)
      || line.stands("I - Inbound", at: at) || line.stands("O - Outbound", at: at)
      || line.stands("COMPONENT TRACE ", at: at) || line.stands("SYSNAME(", at: at)
      || line.stands("COMP(", at: at) || line.stands("OPTIONS((", at: at)
      || line.stands("DSNAME(", at: at)
  }

  /// A line of nothing but dashes or equals signs.
  private func isRule(_ line: RawSpan) -> Bool {
    var at = 0
    line.skipBlanks(&at)
    let end = line.endWithoutBlanks
    guard end - at >= 5, line.u8(at) == 0x2D || line.u8(at) == 0x3D else { return false }
    for index in at..<end where line.u8(index) != line.u8(at) && line.u8(index) != 0x20 {
      return false
    }
    return true
  }

  private func time(_ day: Int64, _ timeOfDay: Int64) -> Int64 {
    Self.time(day, timeOfDay, offsetSeconds)
  }

  /// Nanoseconds since 1970; days are bounded, so nothing overflows.
  private static func time(_ day: Int64, _ timeOfDay: Int64, _ offset: Int64) -> Int64 {
    (day * 86_400_000_000 + timeOfDay - offset * 1_000_000) * 1000
  }

  // MARK: - Records

  private mutating func beginRecord(_ sink: any TraceSink) throws(TraceError) {
    try endRecord(sink)
    statistics.isOpen = false
    try foreign.flush(sink)
  }

  private mutating func endRecord(
    isEnd: Bool = false, _ sink: any TraceSink
  ) throws(TraceError) {
    if var open = entry {
      entry = nil
      let bytes = IPCSTables.packet(&open)
      try give(open.record, bytes, sink)
    }
    guard var open = record else { return }
    record = nil
    let isCut = open.finish()
    if isCut {
      if isEnd { open.record.flags.insert(.cutShort) }
      let what = TraceNotice.Reason.other("a dump with fewer lines than its length asks for")
      try sink.notice(isEnd ? .cutShort : .damaged, isEnd ? .inputEnds : what, at: recordOffset)
    }
    if open.lost > 0 {
      try sink.notice(.lost, .lostRecords(packets: open.lost, data: nil), at: recordOffset)
    }
    if open.isCapped, !hasRemarkedCap {
      hasRemarkedCap = true
      try sink.notice(
        .remark,
        .other("IPCS was told to dump fewer bytes than were traced; DUMP(65535) prints all"),
        at: recordOffset)
    }
    if !open.about.isEmpty {
      open.record.flags.insert(.commented)
      try unsafe sink.comment(open.about.span.bytes)
    }
    try give(open.record, open.bytes, sink)
    spare = open.takeBytes()
  }

  private mutating func give(
    _ record: TraceRecord, _ bytes: [UInt8], _ sink: any TraceSink
  ) throws(TraceError) {
    records += 1
    var record = record
    if record.flags.contains(.notDumped), !record.flags.contains(.incomplete), !hasRemarkedDump {
      hasRemarkedDump = true
      try sink.notice(
        .remark,
        .other("the report has no dump of its records; CTRACE with FULL prints their bytes"),
        at: record.offset)
    }
    record.number = records
    try unsafe sink.record(record, bytes.span.bytes)
  }

  // MARK: - Tables

  private mutating func takeDestination(
    _ line: RawSpan, _ count: Int, _ sink: any TraceSink
  ) throws(TraceError) -> Bool {
    guard let (destination, first) = IPCSTables.destination(line) else { return false }
    entry?.record.destination = destination.address
    entry?.record.destinationPort = destination.port
    entry?.first = first
    account.records += UInt64(count)
    try endRecord(sink)
    return true
  }

  /// Adds a line to the row of EXPORT at hand; false when it does not belong to one.
  private mutating func takeRow(
    _ line: RawSpan, _ offset: UInt64, _ count: Int, _ sink: any TraceSink
  ) throws(TraceError) -> Bool {
    let end = line.endWithoutBlanks
    guard end > 0, row.count + end <= Self.longestRow else {
      try endRow(sink)
      return false
    }
    if row.isEmpty { rowOffset = offset }
    row.append(line.extracting(0..<end))
    account.records += UInt64(count)
    // Listings wrap a row after a comma, a field of the heading also within it.
    let least = row.starts(with: Self.headingStart) ? 4 : columns.count
    if let commas = unsafe IPCSTables.commas(row.span.bytes), commas >= least - 1,
      row.last != 0x2C
    {
      try endRow(sink)
    }
    return true
  }

  private mutating func endRow(_ sink: any TraceSink) throws(TraceError) {
    guard !row.isEmpty else { return }
    let text = row
    row = []
    let bytes = unsafe text.span.bytes
    if let heading = IPCSColumns(heading: bytes) {
      columns = heading
    } else if var next = IPCSTables.export(bytes, columns) {
      try beginRecord(sink)
      next.record.offset = rowOffset
      next.record.time = time(day, next.timeOfDay)
      dayUse?.note()
      var packet: [UInt8] = []
      next.printed.give(&next.record, into: &packet)
      next.record.tracedLength = next.record.originalLength
      try give(next.record, packet, sink)
    } else {
      try sink.notice(.damaged, .other("a row of EXPORT that cannot be read"), at: rowOffset)
    }
  }
}
