internal import TraceBytes
internal import TraceModel
internal import TraceProtocols

/// Messages of protocols that have a room, and what follows HTTP.
extension FlowSecrets {
  /// What is secret in a message does not depend on when the other side speaks.
  static func cutter(_ room: ProtocolRoom, _ reader: any MessageReader) -> MessageCutter {
    var limits = MessageCutter.Limits()
    limits.endsWithTurn = false
    return MessageCutter(room, reader, limits: limits)
  }

  func message(
    _ message: RawSpan, _ place: MessagePlace, _ reader: any MessageReader,
    _ base: Sides<UInt64>
  ) {
    let side = place.side
    let start = base[side] &+ place.offset
    passOver(side, before: start)
    if !sides[side].memory.context.isEmpty { sides[side].memory = SecretFinder.Memory() }
    let rest = start &+ UInt64(place.length)
    let known = readUpTo(side)
    if rest > known {
      sides[side].unread.removeFirst(min(sides[side].unread.count, Int(rest - known)))
    }
    var ranges: [Range<Int>] = []
    reader.secrets(in: message, place) { ranges.append($0.clamped(to: 0..<message.byteCount)) }
    // What nothing tells of is masked, but nobody is told that it was a secret.
    if reader.isUnsearched, engine.isWatching { ranges = [] }
    for range in ranges where !range.isEmpty {
      var isASCII = true
      for index in range where message.u8(index) >= 0x80 { isASCII = false }
      let fill: UInt8 = isASCII ? 0x2A : 0x5C
      // What was masked before holds no secret any more.
      if range.allSatisfy({ message.u8($0) == fill || message.u8($0) == 0x5C }) { continue }
      self.mark(side, start &+ UInt64(range.lowerBound), range.count, fill, isNew: true)
    }
    if let pseudonyms = engine.pseudonyms {
      reader.names(in: message, place) { range, kind in
        self.rename(message, range, kind, start, side, pseudonyms)
      }
    }
    contents(message, place, start, reader)
    if reader.isUnsearched {
      markUnsearched(side, start, message.byteCount, "\(application.name)")
    } else if place.length > message.byteCount {
      markUnsearched(
        side, start &+ UInt64(message.byteCount), place.length - message.byteCount,
        "\(application.name), long messages")
    }
  }

  private func contents(
    _ message: RawSpan, _ place: MessagePlace, _ start: UInt64, _ reader: any MessageReader
  ) {
    let side = place.side
    reader.contents(in: message, place) { content in
      var texts = OpenTexts()
      swap(&texts, &self.sides[side].texts)
      texts.add(content, in: start) { self.look(&$0, side) }
      swap(&texts, &self.sides[side].texts)
    }
    switch application {
    case .drda, .mq, .imsConnect, .kafka, .telnet:
      runs(message, at: start, side, onlyWords: false)
    case .tn3270: runs(message, at: start, side, onlyWords: true)
    default: break
    }
  }

  /// Marks the secrets in what the reader and the texts of a side have not decided yet, as far as it came.
  func markUnfinished(
    _ side: FlowSide, _ reader: any MessageReader, _ base: Sides<UInt64>
  ) {
    if let open = reader.unfinishedSince(side) {
      let start = base[side] &+ open
      reader.secretsOfUnfinished(side) { range in
        self.mark(side, start &+ UInt64(range.lowerBound), range.count, 0x2A, isNew: true)
      }
    }
    var texts = OpenTexts()
    swap(&texts, &sides[side].texts)
    texts.lookAtUnfinished { self.look(&$0, side) }
    swap(&texts, &sides[side].texts)
  }

  /// Marks the secrets and names in bytes that follow those of a memory; whether they are no text.
  @discardableResult
  func search(
    _ side: FlowSide, _ bytes: [UInt8], pieces: [Range<Int>]? = nil, at start: UInt64,
    _ memory: inout SecretFinder.Memory,
    _ speaker: CredentialSearch.Speaker = CredentialSearch.Speaker()
  ) -> Bool {
    let found = engine.finder.find(bytes, pieces: pieces, &memory, lines: &lines, speaker)
    for mark in found.marks {
      self.mark(
        side, start &+ UInt64(mark.range.lowerBound), mark.range.count, mark.fill, isNew: false)
    }
    for name in found.names {
      add(name: name.bytes, at: start &+ UInt64(name.range.lowerBound), to: side)
    }
    engine.count(found.count)
    return found.isBinary
  }

  /// Offset behind the last byte that a reader was given.
  func readUpTo(_ side: FlowSide) -> UInt64 {
    sides[side].end &- UInt64(sides[side].unread.count)
  }

  /// Bytes that were no message of the protocol are looked through as they are, and said not to be known.
  private func passOver(_ side: FlowSide, before offset: UInt64) {
    let unread = sides[side].unread.count
    let known = readUpTo(side)
    guard offset > known, unread > 0 else { return }
    let count = min(unread, Int(offset - known))
    let bytes = sides[side].unread.withBytes { $0.extracting(first: count).copied() }
    sides[side].unread.removeFirst(count)
    var memory = SecretFinder.Memory()
    swap(&memory, &sides[side].memory)
    search(side, bytes, at: known, &memory)
    swap(&memory, &sides[side].memory)
    markUnsearched(side, known, count, "\(application.name), bytes that are no message")
  }

  /// - Parameter waits: whether more of what is no message may come, to be searched together, as text is.
  func passOver(
    _ side: FlowSide, _ cutter: MessageCutter, _ base: Sides<UInt64>, all: Bool = false,
    waits: Bool = false
  ) {
    let done = base[side] &+ cutter.decided(side)
    if !waits || done > readUpTo(side) &+ UInt64(TextUnits.mostText) {
      passOver(side, before: all ? end(side) : done)
    }
    // The rest of a message that is too long to be kept is counted with it.
    if sides[side].unread.count > 128 * 1024 { sides[side].unread.releaseMemory() }
  }

  /// A body whose coding hides it.
  func coded(_ side: FlowSide, _ unit: TextUnits.Unit) {
    let start = starts[side]
    let pieces = unit.pieces ?? [0..<unit.bytes.count]
    let content = pieces.flatMap { unit.bytes[$0] }
    let before = engine.found
    let answer =
      unit.isPartOfCoded
      ? CodedBody.Answer.unreadable : engine.body(unit.codings).masked(content, search(coded:))
    var reason: String?
    switch answer {
    case .clean: break
    case .masked(let bytes, let count):
      engine.count(count)
      var at = 0
      for piece in pieces where !piece.isEmpty {
        let part = Array(bytes[at..<at + piece.count])
        add(coded: part, at: start &+ UInt64(piece.lowerBound), to: side)
        at += piece.count
      }
    case .doesNotFit: reason = "coded bodies that cannot be changed in place"
    case .unreadable: reason = "coded bodies of HTTP"
    }
    if let reason { markUnsearched(side, start, unit.bytes.count, reason) }
    if !engine.masks, engine.found > before {
      add(SecretMark(start: start, end: start &+ UInt64(unit.bytes.count), fill: 0), to: side)
    }
    starts[side] &+= UInt64(unit.bytes.count)
  }

  /// HTTP ends with the answer 101: what both sides send from here on is of another protocol.
  func handOver(_ side: FlowSide, _ upgrade: TextUnits.Upgrade, _ time: Int64) {
    guard
      let room = ProtocolRegistry.room(
        afterUpgrade: upgrade.name, extensions: upgrade.extensions, client: side.other),
      let makeReader = room.makeSecrets
    else { return units[side].resumeText { self.unit(side, $0) } }
    units[side.other].giveUnfinished { self.unit(side.other, $0) }
    let waiting = units[side].takeWaiting()
    application = room.application
    let reader = makeReader()
    reader.learn(secretNames: engine.finder.names)
    state = .room(Self.cutter(room, reader), reader, start: starts)
    guard !waiting.isEmpty else { return }
    sides[side].end &-= UInt64(waiting.count)
    take(side, unsafe waiting.span.bytes, time)
  }
}
