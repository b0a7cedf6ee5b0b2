public import TraceBytes
internal import TraceProtocols
public import TraceModel

/// Writes each record as one JSON object on one line: the columns of the table `records`, and what the payload is.
///
/// Times are UTC whatever the zone of printed times; `payload` is base64, `text` is there when the
/// payload is text.
public final class RecordJSON: PlacedSink {
  private let options: PrintOptions
  private let notes: (any FlowNotes)?
  private let file: (UInt64) -> String?
  private let sink: ByteSink
  private var json: JSONLine
  private let memory = MemoryBuffer()
  private var flows = PerFlow<PayloadFlow>()
  private var terminal: TerminalWriter
  private var names = RecordNames()
  private var flowNames = FlowNames()

  /// Records written.
  public private(set) var shown: UInt64 = 0

  /// - Parameter file: the name of the input that has a record, by its number.
  public init(
    _ sink: ByteSink, _ options: PrintOptions, notes: (any FlowNotes)? = nil,
    file: @escaping (UInt64) -> String? = { _ in nil }
  ) {
    self.options = options
    self.notes = notes
    self.file = file
    self.sink = sink
    json = JSONLine(sink)
    terminal = TerminalWriter(TextLayout(indent: 0), page: options.page)
  }

  public func closed(_ slot: Int, _ how: FlowEnd) throws(TraceError) {
    flows[slot] = nil
    flowNames.close(slot)
    notes?.closed(slot)
  }

  public func record(_ placed: inout PlacedRecord, _ payload: RawSpan) throws(TraceError) {
    shown += 1
    let data = payload.extracting(placed.data(in: payload))
    try json.begin("record")
    try head(placed, payload, data.byteCount)
    try told(placed)
    let fromLower = placed.side == .lower
    let slot = Int(placed.flow.slot)
    var flow = flows[slot] ?? PayloadFlow()
    flow.begin(fromLower: fromLower, data)
    try body(data, &flow, fromLower, placed.isOutbound)
    flows[slot] = flow
    try json.end()
  }

  private func head(
    _ placed: PlacedRecord, _ payload: RawSpan, _ captured: Int
  ) throws(TraceError) {
    let record = placed.record
    try json.text("file", file(record.number))
    try json.number("offset", record.offset)
    try json.number("record", record.number)
    try json.number("trace_number", record.traceNumber == 0 ? nil : record.traceNumber)
    try json.moment("time", "time_ns", record.time)
    try json.word("kind", record.kind.name)
    try json.word("direction", placed.directionWord)
    try json.name(names.text(record), isJob: record.kind == .dataTrace)
    let (hasAddresses, hasPorts) = (placed.hasAddresses, placed.hasPorts)
    try json.address("source_ip", hasAddresses ? placed.source.address : nil)
    try json.number("source_port", hasPorts ? placed.source.port : nil)
    try json.address("destination_ip", hasAddresses ? placed.destination.address : nil)
    try json.number("destination_port", hasPorts ? placed.destination.port : nil)
    try json.number("ip_protocol", hasAddresses ? placed.ipProtocol : nil)
    let original = max(0, placed.dataLength(in: payload))
    try json.number("captured_length", captured)
    try json.number("original_length", original)
    try json.number("packet_length", placed.isPacket ? payload.byteCount : nil)
    try json.word("security", placed.securityWord)
    try json.bool("is_start", record.flags.contains(.start))
    try json.bool("is_end", record.flags.contains(.end))
    try json.bool("truncated", placed.isTruncated(captured: captured, original: original))
    try json.bool("discarded", record.dropReason != 0)
    try json.bool("reconstructed", record.flags.contains(.reconstructed))
    try json.number("segments", record.pieces)
    let flow = flowNames.names(placed)
    try json.text("community_id", flow?.communityID)
    try json.text("flow_id", flow?.flowID)
    try json.number("flow", flow == nil ? nil : placed.flow.number)
  }

  private static let flagNames: [(flag: RecordFlags, name: String)] = [
    (.local, "local"), (.cutShort, "cut_short"), (.orphan, "orphan"), (.incomplete, "incomplete"),
    (.printedTime, "printed_time"), (.headerUnknown, "header_unknown"),
    (.cipherText, "cipher_text"), (.commented, "commented"),
    (.notDumped, "not_dumped"),
  ]

  /// What no table has of a record.
  private func told(_ placed: PlacedRecord) throws(TraceError) {
    let record = placed.record
    try json.openList("flags")
    for (flag, name) in Self.flagNames where record.flags.contains(flag) { try json.text(name) }
    try json.closeList()
    let reason = record.dropReason
    try json.number("discard_reason", reason == 0 ? nil : reason)
    try json.word("discarded_by", reason == 0 ? nil : DiscardReason.layerInWords(reason))
    try json.number("segment", record.segment)
    try json.number("missing_before", record.gapBefore)
    try json.number("dropped_before", record.droppedBefore)
    let link = record.linkType
    try json.number("link_type", link == .none ? nil : link.rawValue)
    try json.number("link_vlan", placed.packet.vlan == 0 ? nil : placed.packet.vlan)
    try header(record)
    try notes?.write(placed, to: &json)
  }

  /// The raw numbers of the trace's own header, which a capture does not have.
  private func header(_ record: TraceRecord) throws(TraceError) {
    guard record.kind != .capture else { return try json.null("header") }
    try json.open("header")
    for field in HeaderField.allCases {
      let value = field.value(record)
      try json.number(field.name, value == 0 ? nil : value)
    }
    try json.close()
  }

  /// The encoding, the text where the payload is text, and the bytes.
  private func body(
    _ data: RawSpan, _ flow: inout PayloadFlow, _ fromLower: Bool, _ isOutbound: Bool?
  ) throws(TraceError) {
    let shown = data.extracting(first: options.maxBytes)
    let form = form(data, &flow, fromLower)
    switch form {
    case .undecided: try json.null("encoding")
    case .binary: try json.word("encoding", "binary")
    default: try json.text("encoding", "\(form.name)".lowercased())
    }
    switch form {
    case .ascii, .utf8: try json.text("text", shown)
    case .ebcdic: try json.text("text", shown, options.page)
    case .terminal:
      var state = flow.terminal ?? Terminal()
      try terminal.write(
        data, &flow[telnet: fromLower], &state, fromLower: fromLower, isOutbound: isOutbound,
        limit: options.maxBytes, to: memory.buffer)
      flow.terminal = state
      let lines = try memory.take()
      try unsafe json.text("text", lines.span.bytes)
    case .binary, .undecided: try json.null("text")
    }
    try json.base64("payload", shown)
    try json.bool("payload_cut", shown.byteCount < data.byteCount)
  }

  private func form(_ data: RawSpan, _ flow: inout PayloadFlow, _ fromLower: Bool) -> FormGuess.Form
  {
    guard data.byteCount > 0 else { return .undecided }
    switch options.form {
    case .ascii: return .ascii
    case .ebcdic: return .ebcdic
    case .hex, .both: return .binary
    case .auto:
      if flow.speaksTerminal(data) { return .terminal }
      if let guess = FormGuess.next(data, after: flow[fromLower].form) {
        flow[fromLower].form = guess.form
      }
      return flow[fromLower].form
    }
  }

  public func notice(_ notice: TraceNotice) throws(TraceError) {}

  public func interface(_ interface: CaptureInterface) throws(TraceError) {
    names.add(interface)
  }

  public func pause() throws(TraceError) { try sink.flush() }
}

/// A sink whose bytes are wanted back.
final class MemoryBuffer {
  private let target = MemoryTarget()
  let buffer: ByteSink

  init() { buffer = ByteSink(target) }

  /// What was written since the last time.
  func take() throws(TraceError) -> [UInt8] {
    try buffer.flush()
    return target.take()
  }
}
