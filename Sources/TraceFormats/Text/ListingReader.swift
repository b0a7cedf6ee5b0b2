public import TraceBytes
public import TraceModel

/// Reads the listings that TCPDATA and TCPTRACE print: records as text.
///
/// Printed in hexadecimal a payload is exact. Printed as text it is rebuilt as well as the listing
/// allows and flagged `.reconstructed`. See Formats/tcpdata.md.
public struct ListingReader: TraceFormat {
  public private(set) var account = ByteAccount()

  private var lines: TextLines?
  /// A line translated from EBCDIC; reused.
  private var translated: [UInt8] = []

  private enum Stage {
    /// Between records.
    case outside
    /// After `Data trace.` and before the line with the addresses.
    case head
    /// After the line with the addresses.
    case payload
  }
  private var stage = Stage.outside
  private var head = ListingHead()
  /// The pcap record header of a packet; reused.
  private var captureRow: [UInt8] = []
  /// Lines since the record began that are of no record.
  private var foreignLines = 0
  private static let mostForeignLines = 8
  private var payload = ListingPayload()
  private var foreign = ForeignText()
  private var clock: ListingClock
  private var dayUse: DayUse?
  /// What the listing says of itself (`PRINT : A`), or what its records have shown.
  private var style: ListingStyle?
  private var usualStyle: ListingStyle?
  private var hasRemarkedTime = false
  /// Whether the tool has said what it was asked to do.
  private var hasRun = false
  private var lost: (packets: UInt64?, data: UInt64?, offset: UInt64, length: UInt64)?
  private var records: UInt64 = 0

  /// A reader for one listing.
  ///
  /// - Parameters:
  ///   - day: the day of the first record in days since 1970, because listings print no date.
  ///   - utcOffset: seconds that the clock of the listing is ahead of UTC.
  public init(day: Int, utcOffset: Int = 0, recordsBefore: UInt64 = 0) {
    records = recordsBefore
    clock = ListingClock(day: day, utcOffset: utcOffset)
  }

  public init(_ options: FormatOptions) {
    self.init(
      day: options.dayNumber, utcOffset: options.zone, recordsBefore: options.recordsBefore)
    dayUse = options.dayUse
  }

  public var format: String {
    lines?.encoding == .ebcdic ? "TCPDATA listing, EBCDIC" : "TCPDATA listing"
  }

  public mutating func read(
    _ window: RawSpan, at offset: UInt64, atEnd: Bool, into sink: any TraceSink
  ) throws(TraceError) -> Int {
    if lines == nil { lines = TextLines(window, atEnd: atEnd) }
    guard let lines else { return 0 }
    var at = 0
    while let line = lines.line(window, at: at, atEnd: atEnd) {
      let place = Place(offset: offset &+ UInt64(at), count: line.next - at)
      at = line.next
      if line.isDamaged {
        account.damaged += UInt64(place.count)
        try sink.notice(.damaged, .framing, at: place.offset, length: UInt64(place.count))
      } else if lines.encoding == .ascii {
        try take(window.extracting(line.text), place, sink)
      } else {
        // The buffer is taken out of the reader for the call, because the span borrows it.
        var buffer = translated
        translated = []
        buffer.removeAll(keepingCapacity: true)
        TextEncoding.translate(window.extracting(line.text), into: &buffer)
        try unsafe take(buffer.span.bytes, place, sink)
        translated = buffer
      }
    }
    if atEnd {
      try endRecord(isEnd: true, sink)
      try reportLost(sink)
      try foreign.flush(sink)
      if hasRun, account.records == 0 {
        try sink.notice(
          .remark, .other("the listing holds no records: the tool saw none before it ended"), at: 0)
      }
    }
    return at
  }

  /// Where a line stands and how many bytes it is with all that frames it.
  private struct Place {
    var offset: UInt64
    var count: Int
  }

  // MARK: - Lines

  private mutating func take(_ line: RawSpan, _ place: Place, _ sink: any TraceSink)
    throws(TraceError)
  {
    var start = 0
    if stage != .outside, head.indent > 0, line.byteCount > 0 {
      let first = line.u8(0)
      if let carriage = head.carriage {
        // Another carriage control than that of the record: a page header.
        if first != carriage, first == UInt8(ascii: "1") || first < 0x20 {
          return try takeOutside(line, place, sink, keepsRecord: true)
        }
        start = first == carriage ? 1 : 0
      } else {
        while start < min(head.indent, line.byteCount), line.u8(start) == 0x20 { start += 1 }
      }
    }
    switch stage {
    case .outside:
      try takeOutside(line, place, sink)
    case .head:
      if head.takeAddresses(line, at: start) {
        try count(place, sink)
        try beginPayload(sink)
      } else if head.take(line, at: start) {
        try count(place, sink)
      } else {
        if !line.isBlankLine { foreignLines += 1 }
        // A few lines of a page header may stand in between; more, and it was no record.
        if foreignLines > Self.mostForeignLines { try endRecord(sink) }
        try takeOutside(line, place, sink)
      }
    case .payload:
      try takePayload(line, start, place, sink)
    }
  }

  /// Counts a line that belongs to the record at hand.
  private mutating func count(_ place: Place, _ sink: any TraceSink) throws(TraceError) {
    account.records += UInt64(place.count)
    try foreign.flush(sink)
  }

  private mutating func takePayload(
    _ line: RawSpan, _ start: Int, _ place: Place, _ sink: any TraceSink
  ) throws(TraceError) {
    if ListingLine.endsPayload(line) {
      try endRecord(sink)
      return try takeOutside(line, place, sink)
    }
    if payload.isEmpty, line.stands("length appl data ", at: start) || takeCaptureRow(line, start) {
      return try count(place, sink)
    }
    if payload.isEmpty, payload.isComplete {
      try endRecord(sink)
      return try takeOutside(line, place, sink)
    }
    let isBlank = line.isBlankLine
    if isBlank, payload.style == .hex || (payload.isEmpty && payload.style != .ebcdic) {
      account.records += UInt64(place.count)
      return
    }
    switch payload.take(line, from: start) {
    case .taken:
      try count(place, sink)
    case .damaged:
      account.damaged += UInt64(place.count)
      head.record.flags.insert(.incomplete)
      try sink.notice(
        .damaged, .other("a line of this payload cannot be read"), at: place.offset,
        length: UInt64(place.count))
    case .foreign:
      try takeOutside(line, place, sink)
    }
    if payload.isComplete { try endRecord(sink) }
  }

  /// The line that a packet has before its payload: the 16 bytes of a pcap record header, in
  /// hexadecimal. It holds the capture time.
  private mutating func takeCaptureRow(_ line: RawSpan, _ start: Int) -> Bool {
    guard head.record.kind == .packet, head.record.flags.contains(.printedTime),
      let (offset, digits) = ListingPayload.hexOffset(line, start), offset == 0
    else { return false }
    captureRow.removeAll(keepingCapacity: true)
    guard HexLine.append(line, from: digits, expected: 16, to: &captureRow).count == 16 else {
      return false
    }
    var words: InlineArray<4, Int64> = [0, 0, 0, 0]
    for (index, byte) in captureRow.enumerated() {
      words[index / 4] = words[index / 4] << 8 | Int64(byte)
    }
    let captured = Int(words[2])
    guard words[1] < 1_000_000, head.length == nil || captured == head.length,
      captured <= ListingHead.longestPayload
    else { return false }
    head.record.time = (words[0] * 1_000_000 + words[1]) * 1000
    head.record.flags.remove(.printedTime)
    head.record.originalLength = Int(words[3] & 0xFF_FFFF)
    if head.length == nil {
      head.length = captured
      payload.begin(length: captured, style: style, isPadded: head.isPadded)
    }
    return true
  }

  /// A line that is no part of the record at hand.
  private mutating func takeOutside(
    _ line: RawSpan, _ place: Place, _ sink: any TraceSink, keepsRecord: Bool = false
  ) throws(TraceError) {
    if !keepsRecord, let found = ListingLine.head(line) {
      try foreign.flush(sink)
      return try beginRecord(found.head, line, found.rest, place, sink)
    }
    if stage == .outside, try takeLost(line, place, sink) { return }
    try reportLost(sink)
    if line.isBlankLine {
      account.fill += UInt64(place.count)
    } else if ListingLine.isOfRun(line, betweenRecords: false) {
      account.framing += UInt64(place.count)
      hasRun = true
      style = ListingLine.style(line) ?? style
    } else if stage == .outside, try takeHeadless(line, place, sink) {
      return
    } else {
      account.fill += UInt64(place.count)
      foreign.add(at: place.offset, place.count)
    }
  }

  // MARK: - Records

  private mutating func beginRecord(
    _ found: ListingHead, _ line: RawSpan, _ rest: Int, _ place: Place, _ sink: any TraceSink
  ) throws(TraceError) {
    try endRecord(sink)
    try reportLost(sink)
    account.records += UInt64(place.count)
    head = found
    foreignLines = 0
    head.record.offset = place.offset
    if rest < line.byteCount { _ = head.take(line, at: rest) }
    stage = .head
  }

  /// A line with addresses whose record has lost its first line: what it says is still a record.
  private mutating func takeHeadless(
    _ line: RawSpan, _ place: Place, _ sink: any TraceSink
  ) throws(TraceError) -> Bool {
    var at = 0
    line.skipBlanks(&at)
    guard ListingHead.isAddressLine(line, at: at) else { return false }
    var found = ListingHead()
    found.record.kind = .dataTrace
    found.record.entryID = 5
    found.record.offset = place.offset
    guard found.takeAddresses(line, at: at) else { return false }
    try foreign.flush(sink)
    account.records += UInt64(place.count)
    found.indent = at
    head = found
    try beginPayload(sink)
    return true
  }

  private mutating func beginPayload(_ sink: any TraceSink) throws(TraceError) {
    if let timeOfDay = head.timeOfDay {
      head.record.time = clock.time(timeOfDay)
      dayUse?.note()
      head.record.flags.insert(.printedTime)
    }
    payload.begin(length: head.length, style: style, isPadded: head.isPadded)
    stage = .payload
    if head.length == nil {
      head.record.flags.insert(.incomplete)
      try sink.notice(
        .damaged, .other("a record whose data length cannot be read"), at: head.record.offset)
    }
    // A packet without bytes still has its pcap record header to come.
    if payload.isComplete, head.record.kind != .packet { try endRecord(sink) }
  }

  private mutating func endRecord(isEnd: Bool = false, _ sink: any TraceSink) throws(TraceError) {
    guard stage != .outside else { return }
    let hasAddresses = stage == .payload
    stage = .outside
    if !hasAddresses, head.length == nil {
      return try noticeCut(isEnd, .notARecord, sink)
    }
    let printed = payload.finish(usual: usualStyle)
    if let printed, !payload.text.isEmpty { usualStyle = printed }
    var record = head.record
    record.tracedLength = head.length ?? payload.bytes.count
    record.originalLength = max(record.originalLength, record.tracedLength)
    if !hasAddresses {
      record.flags.formUnion([.headerUnknown, .incomplete])
      try noticeCut(isEnd, .other("a record without the line that has its addresses"), sink)
    } else if printed != .ascii, let length = head.length, payload.bytes.count < length {
      record.flags.insert(isEnd ? .cutShort : .incomplete)
      try noticeCut(
        isEnd, .other("a payload with fewer lines than its data length asks for"), sink)
    }
    if !payload.bytes.isEmpty, printed != .hex { record.flags.insert(.reconstructed) }
    describe(&record)
    if record.flags.contains(.printedTime), !hasRemarkedTime {
      hasRemarkedTime = true
      try sink.notice(.remark, .timeOfPrinting, at: record.offset)
    }
    records += 1
    record.number = records
    // Out of the reader for the call, because the span borrows it; its memory comes back.
    var taken = ListingPayload()
    swap(&taken, &payload)
    try unsafe sink.record(record, taken.bytes.span.bytes)
    taken.begin(length: nil, style: nil, isPadded: false)
    swap(&taken, &payload)
  }

  /// Says that the record at hand is not whole: because the input ends, or because of `reason`.
  private func noticeCut(_ isEnd: Bool, _ reason: TraceNotice.Reason, _ sink: any TraceSink)
    throws(TraceError)
  {
    try sink.notice(
      isEnd ? .cutShort : .damaged, isEnd ? .inputEnds : reason, at: head.record.offset)
  }

  /// What follows from the payload and the kind: link type, protocol, start and end of a session.
  private func describe(_ record: inout TraceRecord) {
    if record.kind == .packet || record.kind == .enterpriseExtender {
      let bytes = unsafe payload.bytes.span.bytes
      let version = payload.style == .hex && bytes.byteCount >= 20 ? bytes.u8(0) >> 4 : 0
      record.linkType = payload.style == .hex || payload.bytes.isEmpty ? .raw : .none
      if version == 4 { record.ipProtocol = bytes.u8(9) }
      if version == 6 { record.ipProtocol = bytes.u8(6) }
    }
    if record.ipProtocol == 0 { record.ipProtocol = 6 }
    if record.kind == .dataTrace, record.tracedLength == 0 { record.noteSession() }
  }

  // MARK: - Lost records

  /// `lost:packet trace records:5`, `data trace records:3`, in one line or two, with or without
  /// what comes next behind them.
  private mutating func takeLost(
    _ line: RawSpan, _ place: Place, _ sink: any TraceSink
  ) throws(TraceError) -> Bool {
    var at = 0
    var found = lost
    if ListingLine.lost(line, &at) {
      try reportLost(sink)
      found = (nil, nil, place.offset, 0)
    }
    guard var counts = found else { return false }
    let start = at
    while true {
      line.skipBlanks(&at)
      if line.take("packet trace records:", &at) {
        counts.packets = line.number(&at) ?? 0
      } else if line.take("data trace records:", &at) {
        counts.data = line.number(&at) ?? 0
      } else {
        break
      }
    }
    guard at > start || counts.offset == place.offset else { return false }
    lost = counts
    let rest = line.extracting(at..<line.byteCount)
    if rest.isBlankLine {
      lost?.length = place.offset &+ UInt64(place.count) &- counts.offset
      account.framing += UInt64(place.count)
    } else {
      lost?.length = place.offset &+ UInt64(at) &- counts.offset
      let used = min(at, place.count)
      account.framing += UInt64(used)
      let next = Place(offset: place.offset &+ UInt64(used), count: place.count - used)
      try reportLost(sink)
      try takeOutside(rest, next, sink)
    }
    return true
  }

  private mutating func reportLost(_ sink: any TraceSink) throws(TraceError) {
    guard let counts = lost else { return }
    lost = nil
    try sink.notice(
      .lost, .lostRecords(packets: counts.packets, data: counts.data), at: counts.offset,
      length: counts.length)
  }
}
