public import TraceBytes
internal import TraceFormats
public import TraceModel
internal import TraceStreams

/// Application data written as the TCP or UDP conversation that carried it.
///
/// A data trace has no packets: headers are made with the true addresses and ports. A handshake opens
/// each conversation, because Wireshark takes the second one on the same ports for retransmissions
/// without it; sequence numbers come from the key and the time, so the same trace gives the same
/// bytes; missing bytes are a jump in them; FIN is written only where the trace has an end record, and of
/// the other end with the last one: nothing more is read or sent.
extension PcapngSink {
  /// The largest TCP segment: IPv4 total length 65,535 less two headers.
  static let largestSegment = 65_495
  /// The largest datagram: IPv4 total length 65,535 less two headers.
  static let largestDatagram = 65_507

  private enum TCPFlag {
    static let fin: UInt8 = 0x01
    static let syn: UInt8 = 0x02
    static let push: UInt8 = 0x08
    static let ack: UInt8 = 0x10
  }

  func converse(_ placed: inout PlacedRecord, _ payload: RawSpan) throws(TraceError) {
    guard placed.flow.isKnown else {
      if placed.record.flags.isDisjoint(with: [.start, .end]) { leaveOut(placed.record) }
      return
    }
    unsafe tally.dataRecords &+= 1
    if placed.flow.isRepeated {
      unsafe tally.repeated &+= 1
      return
    }
    let slot = Int(placed.flow.slot)
    let key = placed.key
    let isKnown = unsafe slot < conversations.count && conversations[slot].isOpen
    if !isKnown { try open(&placed, slot, key) }
    // One copy out and one back, so that what is written in between cannot overlap with it.
    var state = unsafe conversations[slot]
    try speak(placed.record, payload, &state, key, placed.flow.side == .lower)
    if placed.flow.isOver { try closePeer(placed.record, &state, key) }
    unsafe conversations[slot] = state
  }

  @inline(__always)
  private func speak(
    _ record: TraceRecord, _ payload: RawSpan, _ state: inout WrittenFlow, _ key: FlowKey,
    _ fromLower: Bool
  ) throws(TraceError) {
    let flags = record.flags
    if !state.isSecured, !flags.isDisjoint(with: [.clearText, .confidential]) {
      state.isSecured = true
      noteMisleading(state.serverPort)
    }
    if state.looksLeft > 0, payload.byteCount > 0, let listener {
      let goesOn = listener.heard(payload, onPort: state.serverPort)
      state.looksLeft = goesOn ? state.looksLeft - 1 : 0
    }
    if flags.contains(.confidential) {
      unsafe tally.confidential += 1
      state.isConfidential = true
      state.advance(fromLower, record.originalLength)
    } else if record.ipProtocol == IPProtocol.udp.rawValue {
      if flags.isDisjoint(with: [.start, .end]) { try datagram(record, payload, state) }
    } else {
      try send(record, payload, &state, key, fromLower)
      if flags.contains(.end) { try close(record, &state, key, fromLower) }
    }
  }

  // MARK: - Opening and closing

  public func closed(_ slot: Int, _ how: FlowEnd) throws(TraceError) {
    if unsafe slot < conversations.count { unsafe conversations[slot].isOpen = false }
  }

  private func open(_ placed: inout PlacedRecord, _ slot: Int, _ key: FlowKey) throws(TraceError) {
    let record = placed.record
    let interface = try interfaceID(record)
    unsafe tally.conversations += 1
    let flow = flows.flows[slot]
    let seed = key.quickHash ^ UInt64(bitPattern: record.time) &* 0x9E37_79B9_7F4A_7C15
    var state = WrittenFlow(
      flow: flow.number, interface: interface,
      lowerSequence: UInt32(truncatingIfNeeded: seed >> 32),
      upperSequence: UInt32(truncatingIfNeeded: seed),
      serverPort: flow.endpoint(flow.client.other).port)
    state.isDescribed = !record.flags.contains(.start) || record.flags.contains(.cipherText)
    giveStandInPort(&state, flow, record)
    if record.flags.contains(.cipherText) { cipherPorts[state.serverPort, default: 0] += 1 }
    if flow.key.ipProtocol == IPProtocol.tcp.rawValue { try shakeHands(record, flow, &state) }
    while unsafe conversations.count <= slot { unsafe conversations.append(WrittenFlow.none) }
    unsafe conversations[slot] = state
  }

  private func shakeHands(
    _ record: TraceRecord, _ flow: Flow, _ state: inout WrittenFlow
  ) throws(TraceError) {
    let clientIsLower = flow.client == .lower
    let clientIsSource = flow.endpoint(flow.client) == Endpoint(record.source, record.sourcePort)
    let clientIsHere = clientIsSource == (record.direction == .outbound)
    let comments = options.comments == .none ? [] : [openingComment(record, flow, state)]
    let key = flow.key
    try bare(
      record, &state, key, fromLower: clientIsLower, out: clientIsHere, TCPFlag.syn, comments)
    try bare(
      record, &state, key, fromLower: !clientIsLower, out: !clientIsHere,
      TCPFlag.syn | TCPFlag.ack)
    try bare(record, &state, key, fromLower: clientIsLower, out: clientIsHere, TCPFlag.ack)
  }

  private func close(
    _ record: TraceRecord, _ state: inout WrittenFlow, _ key: FlowKey, _ fromLower: Bool
  ) throws(TraceError) {
    guard !(fromLower ? state.lowerIsClosed : state.upperIsClosed) else { return }
    let out = record.direction == .outbound
    // No packet stands for a confidential record: the end is the first that can say what was left out.
    var comments: [[UInt8]] = []
    if state.isConfidential, !state.isDescribed, options.comments != .none {
      state.isDescribed = true
      comments = [Array("flow \(state.flow): \(Self.security(.confidential))".utf8)]
    }
    try bare(
      record, &state, key, fromLower: fromLower, out: out, TCPFlag.fin | TCPFlag.ack, comments)
    if fromLower { state.lowerIsClosed = true } else { state.upperIsClosed = true }
  }

  /// The end that is not on this stack is closed with the last one that is.
  private func closePeer(
    _ record: TraceRecord, _ state: inout WrittenFlow, _ key: FlowKey
  ) throws(TraceError) {
    guard state.lowerIsClosed != state.upperIsClosed else { return }
    let fromLower = state.upperIsClosed
    try bare(
      record, &state, key, fromLower: fromLower, out: record.direction != .outbound,
      TCPFlag.fin | TCPFlag.ack)
    (state.lowerIsClosed, state.upperIsClosed) = (true, true)
  }

  private func openingComment(
    _ record: TraceRecord, _ flow: Flow, _ state: WrittenFlow
  ) -> [UInt8] {
    var text = "flow \(flow.number), job \(record.name.text)"
    if record.flags.contains(.cipherText) { text += ", \(Self.security(record))" }
    if let remark = remark?(record) { text += ", \(remark)" }
    if record.flags.isDisjoint(with: [.start, .cipherText]) {
      text += ", \(Self.security(record))"
    }
    text += "; client by \(flow.clientEvidence.text)"
    if flow.heldSince != flow.firstRecord, flow.heldSince == record.number {
      text += "; its beginning was put aside to bound memory"
    } else if flow.firstRecord != record.number {
      text += "; its beginning was left out by a filter"
    } else if !record.flags.contains(.start) {
      text += "; the trace began later than the conversation"
    }
    if !options.portMap.isEmpty || state.standIn != 0 {
      text += "; true ports \(record.source):\(record.sourcePort)"
      text += " \(record.destination):\(record.destinationPort)"
    }
    if state.standIn != 0, let other = companion(of: flow.key) {
      text += "; the same connection as flow \(other)"
    }
    text += "; community id \(FlowIdentity.communityID(flow.key))"
    return Array((text + "; TCP headers are synthetic").utf8)
  }

  static func security(_ record: TraceRecord) -> String { security(record.flags) }

  package static func security(_ flags: RecordFlags) -> String {
    if flags.contains(.cipherText) { return "TLS records of an AT-TLS log" }
    return flags.contains(.confidential)
      ? "AT-TLS confidential: the data was not recorded (CtraceClearText Off)"
      : flags.contains(.clearText) ? "AT-TLS clear text" : "not AT-TLS"
  }

  /// A segment without data. SYN and FIN take a sequence number.
  private func bare(
    _ record: TraceRecord, _ state: inout WrittenFlow, _ key: FlowKey, fromLower: Bool, out: Bool,
    _ flags: UInt8, _ comments: [[UInt8]] = []
  ) throws(TraceError) {
    try segment(
      record, RawSpan(), state, key, fromLower: fromLower, out: out, flags, length: 0, comments)
    if flags & (TCPFlag.syn | TCPFlag.fin) != 0 { state.advance(fromLower, 1) }
  }

  // MARK: - Data

  @inline(__always)
  private func send(
    _ record: TraceRecord, _ payload: RawSpan, _ state: inout WrittenFlow, _ key: FlowKey,
    _ fromLower: Bool
  ) throws(TraceError) {
    let whole = max(record.originalLength, payload.byteCount)
    guard whole <= Self.largestSegment, record.gapBefore == 0 else {
      return try sendInParts(record, payload, &state, key, fromLower)
    }
    guard payload.byteCount > 0 else { return state.advance(fromLower, whole) }
    let comments = remarks(record, &state)
    try segment(
      record, payload, state, key, fromLower: fromLower, out: record.direction == .outbound,
      TCPFlag.push | TCPFlag.ack, length: whole, comments)
    state.advance(fromLower, whole)
  }

  /// A send that needs several segments, or has bytes missing before it.
  private func sendInParts(
    _ record: TraceRecord, _ payload: RawSpan, _ state: inout WrittenFlow, _ key: FlowKey,
    _ fromLower: Bool
  ) throws(TraceError) {
    if record.gapBefore > 0 { state.advance(fromLower, record.gapBefore) }
    let whole = max(record.originalLength, payload.byteCount)
    var at = 0
    while at < payload.byteCount {
      let part = payload.extracting(at..<min(payload.byteCount, at + Self.largestSegment))
      let isLast = at + part.byteCount == payload.byteCount
      // What the trace left out of the send makes its last segment a truncated packet.
      let length = isLast ? min(whole - at, Self.largestSegment) : part.byteCount
      let comments = at > 0 ? [] : remarks(record, &state)
      try segment(
        record, part, state, key, fromLower: fromLower, out: record.direction == .outbound,
        TCPFlag.push | TCPFlag.ack, length: length, comments)
      state.advance(fromLower, length)
      at += max(part.byteCount, isLast ? length : 0)
    }
    if whole > at { state.advance(fromLower, whole - at) }
  }

  /// The comments of a data packet: what is unusual, and once per flow how it is secured, which a start
  /// record does not say.
  @inline(__always)
  private func remarks(_ record: TraceRecord, _ state: inout WrittenFlow) -> [[UInt8]] {
    if options.comments == .none { return [] }
    let isPlain = options.comments == .flow && state.isDescribed && !Self.isUnusual(record)
    return isPlain ? [] : allRemarks(record, &state)
  }

  private func allRemarks(_ record: TraceRecord, _ state: inout WrittenFlow) -> [[UInt8]] {
    var comments = anomalies(record)
    if options.comments == .all { comments.insert(everyComment(record), at: 0) }
    if !state.isDescribed {
      state.isDescribed = true
      comments.insert(Array("flow \(state.flow): \(Self.security(record))".utf8), at: 0)
    }
    return comments
  }

  private func everyComment(_ record: TraceRecord) -> [UInt8] {
    return Array("record \(record.number), job \(record.name.text), \(Self.security(record))".utf8)
  }

  @inline(__always)
  private func segment(
    _ record: TraceRecord, _ part: RawSpan, _ state: WrittenFlow, _ key: FlowKey,
    fromLower: Bool, out: Bool, _ flags: UInt8, length: Int, _ comments: [[UInt8]]
  ) throws(TraceError) {
    let from = fromLower ? key.lower : key.upper
    let to = fromLower ? key.upper : key.lower
    let own = fromLower ? state.lowerSequence : state.upperSequence
    let other = fromLower ? state.upperSequence : state.lowerSequence
    let packet = PacketHeaders(
      source: Endpoint(from.address, state.standIn(fromLower) ?? written(from.port)),
      destination: Endpoint(to.address, state.standIn(!fromLower) ?? written(to.port)),
      ipProtocol: IPProtocol.tcp.rawValue,
      sequence: own, acknowledgement: flags & TCPFlag.ack != 0 ? other : 0, flags: flags,
      payloadLength: length)
    try write(
      record, packet, part, state.interface, out: out, missing: length - part.byteCount, comments)
  }

  private func datagram(
    _ record: TraceRecord, _ payload: RawSpan, _ state: WrittenFlow
  ) throws(TraceError) {
    let part = payload.extracting(first: min(payload.byteCount, Self.largestDatagram))
    let length = min(max(record.originalLength, part.byteCount), Self.largestDatagram)
    let packet = PacketHeaders(
      source: Endpoint(record.source, written(record.sourcePort)),
      destination: Endpoint(record.destination, written(record.destinationPort)),
      ipProtocol: record.ipProtocol, payloadLength: length)
    var comments = options.comments == .none ? [] : anomalies(record)
    if options.comments == .all { comments.insert(everyComment(record), at: 0) }
    try write(
      record, packet, part, state.interface, out: record.direction == .outbound,
      missing: length - part.byteCount, comments)
  }

  @inline(__always)
  private func write(
    _ record: TraceRecord, _ packet: PacketHeaders, _ part: RawSpan, _ interface: UInt32,
    out: Bool, missing: Int, _ comments: [[UInt8]]
  ) throws(TraceError) {
    var headers = HeaderBlock()
    let direction: Direction = out ? .outbound : .inbound
    if options.framing == .ethernet {
      Self.putEthernet(direction, interface: interface, type: packet.etherType, into: &headers)
    }
    packet.encode(part, into: &headers)
    let info = PcapngPacket(
      interface: interface, time: record.time,
      originalLength: headers.count + part.byteCount + missing, direction: direction,
      packetID: record.number)
    try headers.withBytes { (head) throws(TraceError) in
      try emit(info, head, part, comments: comments)
    }
  }
}

/// How far a data-trace conversation has been written.
struct WrittenFlow {
  /// Number of the flow.
  var flow: UInt64
  var isOpen = true
  var interface: UInt32
  /// Next sequence number of the lower and of the upper end.
  var lowerSequence: UInt32
  var upperSequence: UInt32
  var serverPort: UInt16
  /// The port that stands for the client's, 0 when the true one is written.
  var standIn: UInt16 = 0
  var clientIsLower = false
  /// Whether a record said that the conversation is under AT-TLS; a start record never does.
  var isSecured = false
  /// Whether a record of it was confidential.
  var isConfidential = false
  /// Records whose bytes are looked at for what the conversation speaks.
  var looksLeft: UInt8 = 4
  /// Whether a comment has said how the conversation is secured.
  var isDescribed = false
  var lowerIsClosed = false
  var upperIsClosed = false

  static let none = WrittenFlow(
    flow: .max, isOpen: false, interface: 0, lowerSequence: 0, upperSequence: 0, serverPort: 0)

  /// The port that is written in place of one end's.
  @inline(__always)
  func standIn(_ isLower: Bool) -> UInt16? {
    standIn != 0 && isLower == clientIsLower ? standIn : nil
  }

  /// Moves one end's sequence number on.
  @inline(__always)
  mutating func advance(_ isLower: Bool, _ count: Int) {
    let step = UInt32(truncatingIfNeeded: count)
    if isLower { lowerSequence &+= step } else { upperSequence &+= step }
  }
}
