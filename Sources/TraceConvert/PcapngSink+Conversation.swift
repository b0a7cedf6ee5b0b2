internal import TraceBytes
internal import TraceFormats
internal import TraceModel
internal import TraceStreams

/// Application data written as the TCP or UDP conversation that carried it.
///
/// A data trace has no packets: headers are made with the true addresses and ports. A handshake opens
/// each conversation, because Wireshark takes the second one on the same ports for retransmissions
/// without it; sequence numbers come from the key and the time, so the same trace gives the same
/// bytes; missing bytes are a jump in them; FIN is written only where the trace has an end record.
extension PcapngSink {
  /// The largest TCP segment: IPv4 total length 65,535 less two headers.
  static let largestSegment = 65_495

  private enum TCPFlag {
    static let fin: UInt8 = 0x01
    static let syn: UInt8 = 0x02
    static let push: UInt8 = 0x08
    static let ack: UInt8 = 0x10
  }

  func converse(_ record: TraceRecord, _ payload: RawSpan) throws(TraceError) {
    let source = Endpoint(record.source, record.sourcePort)
    let destination = Endpoint(record.destination, record.destinationPort)
    let key = FlowKey(source, destination, ipProtocol: record.ipProtocol, plane: 1)
    let known = conversations.find(key)
    var index = known ?? -1
    if index < 0 || conversations[index].isClosed || reopens(record, index) {
      // An end record may be followed by another one; anything else is a new conversation.
      if index >= 0, record.flags.contains(.end) { return }
      index = try open(record, payload, key, reuse: known)
    }
    // One copy out and one back: each access to the table through the class costs a check.
    var state = conversations[index]
    state.lastTime = record.time
    if !state.isSecured, !record.flags.isDisjoint(with: [.clearText, .confidential]) {
      state.isSecured = true
      noteMisleading(state.serverPort)
    }
    try speak(record, payload, &state, fromLower: source == key.lower)
    conversations[index] = state
  }

  private func speak(
    _ record: TraceRecord, _ payload: RawSpan, _ state: inout Conversation, fromLower: Bool
  ) throws(TraceError) {
    if record.flags.contains(.confidential) {
      tally.confidential += 1
      state.advance(fromLower, record.originalLength)
    } else if record.flags.contains(.local), isRepeated(record, &state, fromLower) {
      tally.repeated += 1
    } else if record.ipProtocol == 6 {
      try send(record, payload, &state, fromLower)
      if record.flags.contains(.end) {
        let out = record.direction == .outbound
        try bare(record, &state, fromLower: fromLower, out: out, TCPFlag.fin | TCPFlag.ack)
        state.isClosed = true
      }
    } else if record.flags.isDisjoint(with: [.start, .end]) {
      try datagram(record, payload, state)
    }
  }

  /// Whether a start record says that the ports are used again.
  private func reopens(_ record: TraceRecord, _ index: Int) -> Bool {
    record.flags.contains(.start) && conversations[index].lastTime != Int64.min
  }

  /// Both ends on this stack: each send is in the trace as a send and as a receive. The kind that comes
  /// first in a direction is written.
  private func isRepeated(
    _ record: TraceRecord, _ state: inout Conversation, _ fromLower: Bool
  ) -> Bool {
    let copy = fromLower ? state.lowerCopy : state.upperCopy
    if copy == .unknown {
      if fromLower {
        state.lowerCopy = record.direction
      } else {
        state.upperCopy = record.direction
      }
      return false
    }
    return copy != record.direction
  }

  // MARK: - Opening and closing

  private func open(
    _ record: TraceRecord, _ payload: RawSpan, _ key: FlowKey, reuse: Int?
  ) throws(TraceError) -> Int {
    let interface = try interfaceID(record)
    let isTCP = record.ipProtocol == 6
    let number = isTCP ? streams.tcp : streams.udp
    if isTCP { streams.tcp += 1 } else { streams.udp += 1 }
    tally.conversations += 1
    let guess = Self.guessClient(record, payload)
    let seed = key.quickHash ^ UInt64(bitPattern: record.time) &* 0x9E37_79B9_7F4A_7C15
    var state = Conversation(
      key: key, number: number, interface: interface,
      lowerSequence: UInt32(truncatingIfNeeded: seed >> 32),
      upperSequence: UInt32(truncatingIfNeeded: seed),
      serverPort: guess.sourceIsClient ? record.destinationPort : record.sourcePort,
      lastTime: record.time)
    state.isDescribed =
      !record.flags.contains(.start) || record.flags.contains(.cipherText)
    if record.flags.contains(.cipherText) { cipherPorts[state.serverPort, default: 0] += 1 }
    if isTCP { try shakeHands(record, &state, guess) }
    guard let reuse else { return conversations.add(state) }
    conversations[reuse] = state
    return reuse
  }

  /// The log of AT-TLS says who opened the connection: the source of its start record.
  private static func guessClient(_ record: TraceRecord, _ payload: RawSpan) -> ClientGuess {
    if record.flags.isSuperset(of: [.start, .cipherText]) {
      return ClientGuess(sourceIsClient: true, evidence: .log)
    }
    return ClientGuess.from(
      payload, sourcePort: record.sourcePort, destinationPort: record.destinationPort)
  }

  private func shakeHands(
    _ record: TraceRecord, _ state: inout Conversation, _ guess: ClientGuess
  ) throws(TraceError) {
    let sourceIsLower = Endpoint(record.source, record.sourcePort) == state.key.lower
    let clientIsLower = guess.sourceIsClient == sourceIsLower
    let clientIsHere = guess.sourceIsClient == (record.direction == .outbound)
    let comments = options.comments == .none ? [] : [openingComment(record, state, guess)]
    try bare(record, &state, fromLower: clientIsLower, out: clientIsHere, TCPFlag.syn, comments)
    try bare(
      record, &state, fromLower: !clientIsLower, out: !clientIsHere, TCPFlag.syn | TCPFlag.ack)
    try bare(record, &state, fromLower: clientIsLower, out: clientIsHere, TCPFlag.ack)
  }

  private func openingComment(
    _ record: TraceRecord, _ state: Conversation, _ guess: ClientGuess
  ) -> [UInt8] {
    var text = "flow \(state.number), job \(record.name.text)"
    if record.flags.contains(.cipherText) { text += ", \(Self.security(record))" }
    if let remark = remark?(record) { text += ", \(remark)" }
    if record.flags.isDisjoint(with: [.start, .cipherText]) {
      text += ", \(Self.security(record))"
    }
    text += "; client by \(guess.evidence.text)"
    if !record.flags.contains(.start) { text += "; the trace began later than the conversation" }
    if !options.portMap.isEmpty {
      text += "; true ports \(record.source):\(record.sourcePort)"
      text += " \(record.destination):\(record.destinationPort)"
    }
    return Array((text + "; TCP headers are synthetic").utf8)
  }

  private static func security(_ record: TraceRecord) -> String {
    if record.flags.contains(.cipherText) { return "TLS records of an AT-TLS log" }
    return record.flags.contains(.confidential)
      ? "AT-TLS confidential: the data was not recorded (CtraceClearText Off)"
      : record.flags.contains(.clearText) ? "AT-TLS clear text" : "not AT-TLS"
  }

  /// A segment without data. SYN and FIN take a sequence number.
  private func bare(
    _ record: TraceRecord, _ state: inout Conversation, fromLower: Bool, out: Bool,
    _ flags: UInt8, _ comments: [[UInt8]] = []
  ) throws(TraceError) {
    try segment(
      record, RawSpan(), state, fromLower: fromLower, out: out, flags, length: 0, comments)
    if flags & (TCPFlag.syn | TCPFlag.fin) != 0 { state.advance(fromLower, 1) }
  }

  // MARK: - Data

  private func send(
    _ record: TraceRecord, _ payload: RawSpan, _ state: inout Conversation, _ fromLower: Bool
  ) throws(TraceError) {
    if record.gapBefore > 0 { state.advance(fromLower, record.gapBefore) }
    let whole = max(record.originalLength, payload.byteCount)
    var at = 0
    while at < payload.byteCount {
      let part = payload.extracting(at..<min(payload.byteCount, at + Self.largestSegment))
      let isLast = at + part.byteCount == payload.byteCount
      // What the trace left out of the send makes its last segment a truncated packet.
      let length = isLast ? min(whole - at, Self.largestSegment) : part.byteCount
      let comments = at > 0 || options.comments == .none ? [] : remarks(record, &state)
      try segment(
        record, part, state, fromLower: fromLower, out: record.direction == .outbound,
        TCPFlag.push | TCPFlag.ack, length: length, comments)
      state.advance(fromLower, length)
      at += max(part.byteCount, isLast ? length : 0)
    }
    if whole > at { state.advance(fromLower, whole - at) }
  }

  /// The comments of a data packet: what is unusual, and once per flow how it is secured, which a start
  /// record does not say.
  private func remarks(_ record: TraceRecord, _ state: inout Conversation) -> [[UInt8]] {
    var comments = anomalies(record)
    if options.comments == .all { comments.insert(everyComment(record), at: 0) }
    if !state.isDescribed {
      state.isDescribed = true
      comments.insert(Array("flow \(state.number): \(Self.security(record))".utf8), at: 0)
    }
    return comments
  }

  private func everyComment(_ record: TraceRecord) -> [UInt8] {
    return Array("record \(record.number), job \(record.name.text), \(Self.security(record))".utf8)
  }

  @inline(__always)
  private func segment(
    _ record: TraceRecord, _ part: RawSpan, _ state: Conversation, fromLower: Bool, out: Bool,
    _ flags: UInt8, length: Int, _ comments: [[UInt8]]
  ) throws(TraceError) {
    let from = fromLower ? state.key.lower : state.key.upper
    let to = fromLower ? state.key.upper : state.key.lower
    let own = fromLower ? state.lowerSequence : state.upperSequence
    let other = fromLower ? state.upperSequence : state.lowerSequence
    let packet = PacketHeaders(
      source: Endpoint(from.address, options.portMap.port(from.port)),
      destination: Endpoint(to.address, options.portMap.port(to.port)), ipProtocol: 6,
      sequence: own, acknowledgement: flags & TCPFlag.ack != 0 ? other : 0, flags: flags,
      payloadLength: length)
    try write(
      record, packet, part, state.interface, out: out, missing: length - part.byteCount, comments)
  }

  private func datagram(
    _ record: TraceRecord, _ payload: RawSpan, _ state: Conversation
  ) throws(TraceError) {
    let largest = 65_507
    let part = payload.byteCount > largest ? payload.extracting(0..<largest) : payload
    let length = min(max(record.originalLength, part.byteCount), largest)
    let packet = PacketHeaders(
      source: Endpoint(record.source, options.portMap.port(record.sourcePort)),
      destination: Endpoint(record.destination, options.portMap.port(record.destinationPort)),
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
