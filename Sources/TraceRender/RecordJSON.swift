public import TraceBytes
internal import TraceProtocols
public import TraceModel

/// Writes each record as one JSON object on one line.
///
/// Times are UTC whatever the zone of printed times; `payload` is base64, `text` is there when the
/// payload is text.
public final class RecordJSON: PlacedSink {
  private let options: PrintOptions
  private let notes: (any FlowNotes)?
  private let sink: ByteSink
  private let memory = MemoryBuffer()
  private var time = TimeText(zone: .utc)
  private var text = JSONText()
  private var flows = PayloadFlows()
  private var terminal: TerminalWriter
  private var interfaces: [UInt32: String] = [:]

  /// Records written.
  public private(set) var shown: UInt64 = 0

  public init(_ sink: ByteSink, _ options: PrintOptions, notes: (any FlowNotes)? = nil) {
    self.options = options
    self.notes = notes
    self.sink = sink
    terminal = TerminalWriter(TextLayout(indent: 0), page: options.page)
  }

  public func closed(_ slot: Int, _ how: FlowEnd) throws(TraceError) {
    flows.close(slot)
    notes?.closed(slot)
  }

  public func record(_ placed: PlacedRecord, _ payload: RawSpan) throws(TraceError) {
    shown += 1
    var json = JSONLine(sink)
    try json.open()
    try head(placed, payload, &json)
    let data = payload.extracting(placed.data(in: payload))
    let fromLower = placed.side == .lower
    let isOutbound = placed.isOutbound
    let flow = flows.flow(placed)
    flow.begin(fromLower: fromLower, data)
    try body(data, flow, fromLower, isOutbound, &json)
    try json.close()
    try json.endLine()
  }

  private func head(
    _ placed: PlacedRecord, _ payload: RawSpan, _ json: inout JSONLine
  ) throws(TraceError) {
    let record = placed.record
    try json.number("record", record.number)
    try json.text("time", try moment(record.time))
    try json.number("time_ns", record.time)
    try json.text("kind", "\(record.kind.name)")
    if record.direction != .unknown {
      try json.text("direction", record.direction == .outbound ? "out" : "in")
    }
    let name =
      record.kind == .capture ? interfaces[record.interface] ?? "" : record.name.text
    if !name.isEmpty {
      try record.kind == .dataTrace ? json.text("job", name) : json.text("interface", name)
    }
    if placed.hasAddresses {
      try json.text("source", placed.source.address.description)
      if placed.hasPorts { try json.number("source_port", UInt64(placed.source.port)) }
      try json.text("destination", placed.destination.address.description)
      if placed.hasPorts { try json.number("destination_port", UInt64(placed.destination.port)) }
      try json.number("protocol", UInt64(placed.ipProtocol))
    }
    try json.number("length", UInt64(placed.data(in: payload).count))
    try json.number("original_length", UInt64(max(0, placed.dataLength(in: payload))))
    if placed.isPacket { try json.number("packet_length", UInt64(payload.byteCount)) }
    if record.kind == .dataTrace {
      let isClear = record.flags.contains(.clearText)
      try json.text(
        "security",
        record.flags.contains(.confidential) ? "confidential" : isClear ? "clear" : "plain")
    }
    try flags(record, &json)
    if record.dropReason != 0 {
      try json.number("discard_reason", UInt64(record.dropReason))
      try json.text("discarded_by", "\(DiscardReason.layer(record.dropReason))")
    }
    if record.segment > 0 { try json.number("segment", UInt64(record.segment)) }
    if record.gapBefore > 0 { try json.number("missing_before", UInt64(record.gapBefore)) }
    guard let notes, placed.hasPorts else { return }
    for (name, value) in notes.members(placed) { try json.text(name, value) }
  }

  private static let flagNames: [(flag: RecordFlags, name: String)] = [
    (.local, "local"), (.reconstructed, "reconstructed"), (.cutShort, "cut_short"),
    (.start, "start"), (.end, "end"), (.orphan, "orphan"), (.incomplete, "incomplete"),
    (.printedTime, "printed_time"), (.joined, "joined"), (.headerUnknown, "header_unknown"),
  ]

  private func flags(_ record: TraceRecord, _ json: inout JSONLine) throws(TraceError) {
    guard Self.flagNames.contains(where: { record.flags.contains($0.flag) }) else { return }
    try json.openList("flags")
    for (flag, name) in Self.flagNames where record.flags.contains(flag) { try json.text(name) }
    try json.closeList()
  }

  /// The encoding, the text where the payload is text, and the bytes.
  private func body(
    _ data: RawSpan, _ flow: PayloadFlow, _ fromLower: Bool, _ isOutbound: Bool?,
    _ json: inout JSONLine
  ) throws(TraceError) {
    let shown = data.extracting(first: options.maxBytes)
    let form = form(data, flow, fromLower)
    if form != .undecided {
      try json.text("encoding", form == .binary ? "binary" : "\(form.name)".lowercased())
    }
    switch form {
    case .ascii, .utf8, .ebcdic:
      text.text(shown, form == .ebcdic ? options.page : nil)
      try json.escaped("text", text.bytes)
    case .terminal:
      var state = flow.terminal ?? Terminal()
      try terminal.write(
        data, &flow[fromLower].telnet, &state, fromLower: fromLower, isOutbound: isOutbound,
        limit: options.maxBytes, to: memory.buffer)
      flow.terminal = state
      let lines = try memory.take()
      unsafe text.text(lines.span.bytes, nil)
      try json.escaped("text", text.bytes)
    case .binary, .undecided: break
    }
    text.base64(shown)
    try json.escaped("payload", text.bytes)
    if shown.byteCount < data.byteCount { try json.bool("payload_cut", true) }
  }

  private func form(_ data: RawSpan, _ flow: PayloadFlow, _ fromLower: Bool) -> FormGuess.Form {
    guard data.byteCount > 0 else { return .undecided }
    switch options.form {
    case .ascii: return .ascii
    case .ebcdic: return .ebcdic
    case .hex, .both: return .binary
    case .auto:
      if flow.speaksTerminal(data) { return .terminal }
      if let guess = FormGuess.next(data, after: flow[fromLower].guess) {
        flow[fromLower].guess = guess
      }
      return flow[fromLower].guess.form
    }
  }

  /// `2026-01-05T08:00:00.123456789Z`.
  private func moment(_ moment: Int64) throws(TraceError) -> String {
    try time.moment(moment, digits: 9, to: memory.buffer)
    var bytes = try memory.take()
    if let blank = bytes.firstIndex(of: 0x20) { bytes[blank] = 0x54 }
    return String(decoding: bytes, as: UTF8.self) + "Z"
  }

  public func notice(_ notice: TraceNotice) throws(TraceError) {}

  public func interface(_ interface: CaptureInterface) throws(TraceError) {
    if interfaces.count < 10_000 { interfaces[interface.id] = interface.name }
  }

  public func pause() throws(TraceError) { try sink.flush() }
}

/// A render buffer whose bytes are wanted back.
final class MemoryBuffer {
  private final class Target: ByteTarget {
    var bytes: [UInt8] = []
    func write(_ bytes: RawSpan) throws(TraceError) { self.bytes.append(bytes) }
    func commit() throws(TraceError) {}
  }

  private let target = Target()
  let buffer: RenderBuffer

  init() { buffer = RenderBuffer(ByteSink(target)) }

  /// What was written since the last time.
  func take() throws(TraceError) -> [UInt8] {
    try buffer.drain()
    try buffer.sink.flush()
    defer { target.bytes.removeAll(keepingCapacity: true) }
    return target.bytes
  }
}
