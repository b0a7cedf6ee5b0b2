public import TraceBytes
public import TraceModel

/// Prints each record as a block of lines: a header line and its payload.
public final class RecordPrinter: PlacedSink {
  private var blocks: RecordBlocks

  /// - Parameter notes: adds lines to a record; nil for none.
  public init(_ sink: ByteSink, _ options: PrintOptions, notes: (any FlowNotes)? = nil) {
    blocks = RecordBlocks(sink, options, notes)
  }

  public func record(_ placed: inout PlacedRecord, _ payload: RawSpan) throws(TraceError) {
    try blocks.record(&placed, payload)
  }
  public func closed(_ slot: Int, _ how: FlowEnd) throws(TraceError) { blocks.closed(slot) }
  public func notice(_ notice: TraceNotice) throws(TraceError) { try blocks.notice(notice) }
  public func interface(_ interface: CaptureInterface) throws(TraceError) {
    blocks.interface(interface)
  }
  public func pause() throws(TraceError) { try blocks.pause() }
}

/// What a ``RecordPrinter`` knows, as one value: the exclusive access to a property of an object is
/// checked at run time, and this way once for each record.
private struct RecordBlocks {
  private let options: PrintOptions
  private let notes: (any FlowNotes)?
  private let out: ByteSink
  private var header: HeaderLine
  private var payloads: PayloadPrinter
  private var flows = PerFlow<PayloadFlow>()
  private var hasHinted = false
  /// Asked once, because reading it through the printer copies the printer.
  private let needsFlow: Bool

  init(_ sink: ByteSink, _ options: PrintOptions, _ notes: (any FlowNotes)?) {
    self.options = options
    self.notes = notes
    out = sink
    header = HeaderLine(zone: options.zone)
    payloads = PayloadPrinter(options)
    needsFlow = payloads.needsFlow
  }

  mutating func closed(_ slot: Int) {
    flows[slot] = nil
    notes?.closed(slot)
  }

  mutating func record(_ placed: inout PlacedRecord, _ payload: RawSpan) throws(TraceError) {
    let data = payload.extracting(placed.data(in: payload))
    if !options.payloadOnly {
      try StyledLine.begin(.header, options, out)
      try header.write(placed, payload, to: out)
      try StyledLine.end(options, out)
      if let notes { try write(notes, placed) }
      try hint(placed.record)
    }
    if data.byteCount > 0 || payload.byteCount > data.byteCount {
      try body(placed, payload, data)
    }
    if !options.payloadOnly { try out.u8(0x0A) }
  }

  private mutating func body(
    _ placed: PlacedRecord, _ payload: RawSpan, _ data: RawSpan
  ) throws(TraceError) {
    if !options.payloadOnly, placed.isPacket {
      let headers = payload.extracting(0..<placed.data(in: payload).lowerBound)
      try payloads.writeHeaders(headers, dataCount: data.byteCount, to: out)
    }
    let fromLower = placed.side == .lower
    let isOutbound = placed.isOutbound
    let slot = Int(placed.flow.slot)
    var flow = needsFlow ? flows[slot] ?? PayloadFlow() : nil
    flow?.begin(fromLower: fromLower, data)
    try payloads.write(data, &flow, fromLower: fromLower, isOutbound: isOutbound, to: out)
    if needsFlow { flows[slot] = flow }
    try payloads.endLine(out)
  }

  /// What is known of the conversation from elsewhere; it takes the place of the hint.
  private mutating func write(
    _ notes: any FlowNotes, _ placed: PlacedRecord
  ) throws(TraceError) {
    let lines = notes.lines(placed)
    for line in lines {
      try out.append("-- ")
      try out.visible(line)
      try out.u8(0x0A)
    }
    if !lines.isEmpty, placed.record.flags.contains(.confidential) { hasHinted = true }
  }

  private mutating func hint(_ record: borrowing TraceRecord) throws(TraceError) {
    guard record.flags.contains(.confidential) else { return }
    guard !hasHinted else { return }
    hasHinted = true
    try out.append("-- ")
    try out.append(RecordWords.confidentialHint)
    try out.u8(0x0A)
  }

  func notice(_ notice: TraceNotice) throws(TraceError) {
    guard !options.payloadOnly, notice.kind != .skipped, notice.kind != .remark else { return }
    try NoticeLine.write(notice, to: out)
    try out.u8(0x0A)
  }

  mutating func interface(_ interface: CaptureInterface) {
    header.add(interface)
  }

  func pause() throws(TraceError) { try out.flush() }
}

/// Writes a line about bytes that are not records.
enum NoticeLine {
  static func write(_ notice: TraceNotice, to out: ByteSink) throws(TraceError) {
    try out.append(notice.kind == .lost ? "-- lost: " : "-- damaged: ")
    try out.visible(notice.reason.description)
    try out.append(", offset ")
    try out.decimal(notice.offset)
    if notice.length > 0 {
      try out.append(", ")
      try out.decimal(notice.length)
      try out.append(" bytes")
    }
    try out.u8(0x0A)
  }
}
