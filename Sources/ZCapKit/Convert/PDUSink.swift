internal import TraceBytes
internal import TraceConvert
internal import TraceFormats
internal import TraceProtocols
internal import TraceModel
internal import TraceStreams

/// Writes conversations as exported PDUs: what Wireshark dissects by name, whatever the port.
///
/// A message of HTTP and its like is one PDU, because Wireshark puts nothing together here; of other
/// conversations every record is one, and every datagram. A message that is longer than a packet can
/// be, or has a gap, is written as far as it goes, and its original length tells the rest.
final class PDUSink: PlacedSink {
  /// Bytes of messages under way that are kept over all conversations.
  static let mostKept = 8 << 20
  /// Bytes of one PDU.
  static let mostBytes = PcapngWriter.snapLength - PDUHeader.mostBytes
  /// Bytes of a stream that are held while its protocol is not recognised yet.
  static let mostUndecided = 16 << 10

  let file: PcapngSink
  private let stage: Stage
  private let follower: StreamFollower
  private var repeated: UInt64 = 0
  /// Packets that hold no TCP or UDP, and packets cut before it.
  private(set) var leftOut: UInt64 = 0

  /// Messages that are not written as far as the trace has them, to bound memory.
  var shortened: UInt64 { stage.shortened }

  /// PDUs for the file of another sink, which writes the packets of the other style.
  init(_ file: PcapngSink, _ limits: StreamAssembler.Limits = StreamAssembler.Limits()) {
    self.file = file
    stage = Stage(file, mostKept: limits.messages ?? Self.mostKept)
    follower = StreamFollower(stage, flows: file.flows, limits: limits)
  }

  func record(_ placed: inout PlacedRecord, _ payload: RawSpan) throws(TraceError) {
    guard file.takes(placed.record) else { return }
    guard placed.flow.isKnown || placed.packet.status == .fragment else {
      if placed.record.flags.isDisjoint(with: [.start, .end]) { leftOut &+= 1 }
      return
    }
    if placed.flow.isRepeated { repeated &+= 1 }
    stage.current = placed.record
    try follower.record(&placed, payload)
  }

  func whole(_ placed: inout PlacedRecord, _ packet: RawSpan) throws(TraceError) {
    try follower.whole(&placed, packet)
  }

  func closed(_ slot: Int, _ how: FlowEnd) throws(TraceError) {
    try follower.closed(slot, how)
  }

  func notice(_ notice: TraceNotice) throws(TraceError) { try file.notice(notice) }

  func interface(_ interface: CaptureInterface) throws(TraceError) {
    var exported = interface
    exported.linkType = .upperPDU
    try file.interface(exported)
  }

  func secrets(type: UInt32, _ bytes: RawSpan) throws(TraceError) {
    try file.secrets(type: type, bytes)
  }

  func pause() throws(TraceError) { try file.pause() }

  func finish() throws(TraceError) {
    try follower.finish()
    file.noteRepeated(repeated)
    try file.finish()
  }
}

extension PDUSink {
  /// Takes the streams and writes PDUs.
  final class Stage: StreamSink {
    var current = TraceRecord()
    var bytesPerConversation: Int { 1200 }
    private let file: PcapngSink
    private var open: [PDUConversation?] = []
    private var header = PDUHeader()

    private let budget: MessageBudget
    /// Messages that are not whole, to bound memory.
    fileprivate(set) var shortened: UInt64 = 0

    init(_ file: PcapngSink, mostKept: Int) {
      self.file = file
      budget = MessageBudget(most: mostKept)
    }

    func data(
      _ flow: Conversation, from side: FlowSide, _ bytes: RawSpan, time: Int64, record: UInt64
    )
      throws(TraceError)
    {
      let conversation = try opened(flow, from: side, record)
      let mark = PDUStream.Mark(start: conversation[side].end, time: time, record: record)
      if let name = conversation.byRecord, !conversation.isDialogue,
        conversation[side].count == 0
      {
        conversation[side].base &+= UInt64(bytes.byteCount)
        return try write(conversation, flow, side, name, mark, bytes, of: bytes.byteCount)
      }
      conversation.read(side, bytes, time: time)
      conversation[side].append(bytes, mark)
      try writeEnded(conversation, flow)
    }

    func gap(_ flow: Conversation, from side: FlowSide, count: Int) throws(TraceError) {
      let conversation = try opened(flow, from: side, current.number)
      conversation.gap(side, count: count)
      try writeEnded(conversation, flow)
      if conversation[side].open != nil {
        conversation[side].isCut = true
      } else {
        try writeRest(conversation, flow, side)
        conversation[side].missing &+= UInt64(max(count, 0))
      }
      conversation[side].base &+= UInt64(max(count, 0))
    }

    func ended(_ flow: Conversation, from side: FlowSide, _ how: FlowEnd) throws(TraceError) {
      guard let conversation = existing(flow.slot) else { return }
      if how.isSeen {
        conversation.end(side, time: flow.lastTime)
      }
      try writeEnded(conversation, flow)
    }

    func datagram(
      _ flow: Conversation, from side: FlowSide, _ bytes: RawSpan, length: Int, time: Int64,
      record: UInt64
    ) throws(TraceError) {
      let conversation = try opened(flow, from: side, record)
      let guess = ApplicationProtocol.guess(
        datagram: bytes.extracting(first: min(bytes.byteCount, ApplicationProtocol.prefixBytes)),
        ports: (flow.key.lower.port, flow.key.upper.port))
      let name = (guess.confidence >= .likely ? guess.application : .unknown).dissector
      let mark = PDUStream.Mark(start: 0, time: time, record: record)
      try write(conversation, flow, side, name, mark, bytes, of: length)
    }

    func closed(_ flow: Conversation) throws(TraceError) {
      guard let conversation = existing(flow.slot) else { return }
      conversation.close()
      try writeEnded(conversation, flow)
      try writeWaiting(conversation, flow)
      open[flow.slot] = nil
    }

    private func existing(_ slot: Int) -> PDUConversation? { slot < open.count ? open[slot] : nil }

    private func opened(
      _ flow: Conversation, from side: FlowSide, _ record: UInt64
    ) throws(TraceError) -> PDUConversation {
      let conversation: PDUConversation
      if let known = existing(flow.slot) {
        conversation = known
      } else {
        while open.count <= flow.slot { open.append(nil) }
        conversation = PDUConversation(
          current, interface: try file.interfaceID(current), budget)
        open[flow.slot] = conversation
      }
      // Bytes that were held back came with another record.
      if record == current.number {
        if conversation.here == nil, current.direction != .unknown {
          conversation.here = current.direction == .outbound ? side : side.other
        }
        conversation.remarks += file.options.comments == .none ? [] : file.anomalies(current)
      }
      return conversation
    }
  }
}

// MARK: - Which bytes make a PDU

extension PDUSink.Stage {
  /// Writes what is over, and keeps the beginning of what is not.
  private func writeEnded(_ conversation: PDUConversation, _ flow: Conversation) throws(TraceError)
  {
    for side in [FlowSide.lower, .upper] {
      for message in conversation[side].ended { try write(conversation, flow, side, message) }
      conversation[side].ended = []
      if let open = conversation[side].open {
        try writeRecords(conversation, flow, side, upTo: open.start)
        keep(&conversation[side])
      } else if conversation.byRecord == nil {
        if conversation[side].count > conversation.mostWaiting {
          try writeRest(conversation, flow, side)
        }
      }
    }
    if conversation.byRecord != nil { try writeWaiting(conversation, flow) }
    conversation.releaseMemory()
  }

  /// What waited in both directions, in the order in which it came.
  private func writeWaiting(_ conversation: PDUConversation, _ flow: Conversation)
    throws(TraceError)
  {
    while let side = conversation.firstWaiting {
      let marks = conversation[side].marks
      try writeRecords(
        conversation, flow, side, upTo: marks.count > 1 ? marks[1].start : conversation[side].end)
    }
  }

  /// A message: what was kept of its beginning, and what of it came since.
  private func write(
    _ conversation: PDUConversation, _ flow: Conversation, _ side: FlowSide,
    _ message: PDUStream.Message
  ) throws(TraceError) {
    try writeRecords(conversation, flow, side, upTo: message.start)
    let end = min(message.end, conversation[side].end)
    let last = conversation[side].mark(at: end &- min(1, end))
    let first = conversation[side].keptMark ?? conversation[side].mark(at: message.start)
    if end > conversation[side].base || conversation[side].keptMark != nil {
      keep(&conversation[side], upTo: end)
    }
    guard let first else { return }
    let mark = PDUStream.Mark(
      start: message.start, time: last?.time ?? first.time, record: first.record)
    let bytes = conversation[side].kept
    let whole = Int(clamping: message.end &- message.start)
    let lackedRoom = conversation[side].lackedRoom
    if lackedRoom { shortened &+= 1 }
    if bytes.count < whole, file.options.comments != .none {
      let reason =
        lackedRoom
        ? "memory was bounded (--max-memory)" : "the rest is not in the trace, or too long"
      conversation.remarks.append(
        Array("\(bytes.count) of the \(whole) bytes of this message: \(reason)".utf8))
    }
    try bytes.withBytes { (span) throws(TraceError) in
      try write(conversation, flow, side, message.name, mark, span, of: whole)
    }
    bytes.removeAll()
    conversation[side].keptMark = nil
    conversation[side].isCut = false
    conversation[side].lackedRoom = false
  }

  /// Moves what there is of a message out of the way of what follows it.
  private func keep(_ stream: inout PDUStream, upTo end: UInt64? = nil) {
    let count = Int(clamping: (end ?? stream.end) &- stream.base)
    guard count > 0 else { return }
    if stream.keptMark == nil { stream.keptMark = stream.mark(at: stream.base) }
    if !stream.isCut {
      let room = PDUSink.mostBytes - stream.keptCount
      if budget.isFull, room > 0 { stream.lackedRoom = true }
      let taken = budget.isFull ? 0 : max(0, min(count, room))
      stream.bytes.withBytes { stream.kept.append($0.extracting(0..<taken)) }
      if taken < count { stream.isCut = true }
    }
    stream.drop(before: stream.base &+ UInt64(count))
  }

  private func writeRest(
    _ conversation: PDUConversation, _ flow: Conversation, _ side: FlowSide
  ) throws(TraceError) {
    try writeRecords(conversation, flow, side, upTo: conversation[side].end)
  }

  /// Bytes that are no message, record by record.
  private func writeRecords(
    _ conversation: PDUConversation, _ flow: Conversation, _ side: FlowSide, upTo end: UInt64
  ) throws(TraceError) {
    let name = conversation.byRecord ?? Dissector.data("unknown")
    while conversation[side].base < end, let mark = conversation[side].marks.first {
      let base = conversation[side].base
      let marks = conversation[side].marks
      let next = min(end, marks.count > 1 ? marks[1].start : end)
      let count = Int(clamping: min(next &- base, UInt64(PDUSink.mostBytes)))
      let bytes = conversation[side].bytes
      try bytes.withBytes { (all) throws(TraceError) in
        let part = all.extracting(0..<min(count, all.byteCount))
        try write(conversation, flow, side, name, mark, part, of: part.byteCount)
      }
      conversation[side].drop(before: base &+ UInt64(count))
    }
  }
}

// MARK: - The packet

extension PDUSink.Stage {
  private func write(
    _ conversation: PDUConversation, _ flow: Conversation, _ side: FlowSide, _ name: Dissector,
    _ mark: PDUStream.Mark, _ bytes: RawSpan, of length: Int
  ) throws(TraceError) {
    var name = name
    // A record of a telnet session that uses them ends with End of Record (RFC 885).
    let count = bytes.byteCount
    if name.column != nil, count > 2, bytes.u8(count - 2) == 0xFF, bytes.u8(count - 1) == 0xEF {
      name = ApplicationProtocol.telnet.dissector
    }
    let direction = conversation.direction(from: side)
    header.fill(
      name, from: flow.endpoint(side), to: flow.endpoint(side.other),
      ipProtocol: flow.key.ipProtocol, direction)
    let part = bytes.extracting(0..<min(count, PDUSink.mostBytes))
    let packet = PcapngPacket(
      interface: conversation.interface, time: mark.time,
      originalLength: header.bytes.count + max(length, count), direction: direction,
      packetID: mark.record)
    var comments = conversation.remarks
    conversation.remarks.removeAll()
    if conversation[side].missing > 0 {
      if file.options.comments != .none {
        comments.append(Array("\(conversation[side].missing) bytes are missing before this".utf8))
      }
      conversation[side].missing = 0
    }
    if let record = conversation.record {
      if file.options.comments != .none { comments.insert(describe(record, flow), at: 0) }
      if file.options.comments != .all { conversation.isDescribed = true }
    }
    let tags = header.bytes
    try unsafe file.emit(packet, tags.span.bytes, part, comments: comments)
  }

  private func describe(_ record: TraceRecord, _ flow: Conversation) -> [UInt8] {
    var text = "flow \(flow.number)"
    if record.kind == .dataTrace {
      text += ", job \(record.name.text), \(PcapngSink.security(flow.flags))"
    }
    if let remark = file.remark?(record) { text += ", \(remark)" }
    return Array(text.utf8)
  }
}
