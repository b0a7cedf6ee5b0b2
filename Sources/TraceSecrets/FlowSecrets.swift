internal import TraceBytes
internal import TraceModel
internal import TraceProtocols

/// Bytes that were not searched, by what the conversation speaks.
public struct UnsearchedBytes: Sendable, Equatable {
  /// Why: the protocol, or the coding that hides the bytes.
  public var what: String
  /// Conversations in which there were any.
  public var flows: UInt64 = 0
  /// Bytes in them, captured ones only.
  public var bytes: UInt64 = 0
}

/// One view of a conversation: finds what is secret in both of its streams.
///
/// Bytes are given in the order of the stream; ``decided(_:)`` tells up to which offset it is known what is
/// secret, and the marks of a side tell what.
final class FlowSecrets {
  /// One direction.
  struct Side {
    var marks = SecretMarks()
    /// What is not searched, as marks of a kind.
    var unsearched = SecretMarks()
    /// What was not there when its turn came.
    var holes = StreamHoles(floor: FlowSecrets.origin)
    /// Bytes still to come whose meaning may stand in what is missing before them.
    var blind = 0
    var memory = SecretFinder.Memory()
    /// Offset behind the last byte that was given.
    var end: UInt64 = 0
    var isServer = false
    /// Bytes sent before the protocol was known.
    var early: [UInt8] = []
    /// Texts inside of messages.
    var texts = OpenTexts()
    /// Bytes of messages that no reader was given yet, up to ``end``.
    var unread: [UInt8] = []
  }

  enum State {
    case undecided
    case room(MessageCutter, any MessageReader, start: (UInt64, UInt64))
    case text
    /// Nothing in it can be read.
    case sealed
  }

  unowned let engine: SecretEngine
  var state = State.undecided
  var lower = Side()
  var upper = Side()
  // Not in `Side`: a side is changed while its units are handed out.
  var lowerUnits = TextUnits()
  var upperUnits = TextUnits()
  /// Offset of the first byte of each side that waits in its units.
  var lowerStart: UInt64 = 0
  var upperStart: UInt64 = 0
  var lines = CredentialLocator.LineState()
  /// The decompressor of each side's WebSocket messages, whose window goes on from message to message.
  var deflated: (lower: DeflatedMessages?, upper: DeflatedMessages?)
  var application = ApplicationProtocol.unknown
  private var early: [(side: FlowSide, bytes: [UInt8], time: Int64)] = []
  private var earlyBytes = 0
  /// Why bytes were not searched, for the account of the engine.
  var unsearched: Set<String> = []

  /// Where offsets begin, so that bytes sent before the first ones have offsets, too.
  static let origin: UInt64 = 1 << 40
  /// How far behind missing bytes a secret can stand that they tell of.
  static let contextBytes = 4096
  private let resumed: PutAside?

  /// - Parameter resumed: what it was when it was put aside; nil when it begins.
  init(_ engine: SecretEngine, resumed: PutAside? = nil) {
    self.engine = engine
    self.resumed = resumed
    lower.end = Self.origin
    upper.end = Self.origin
    if resumed != nil { (lower.blind, upper.blind) = (Self.contextBytes, Self.contextBytes) }
  }

  func with<Value>(_ side: FlowSide, _ body: (inout Side) -> Value) -> Value {
    side == .lower ? body(&lower) : body(&upper)
  }

  func marks(_ side: FlowSide) -> SecretMarks { side == .lower ? lower.marks : upper.marks }
  /// Offset behind the last byte of a side.
  func end(_ side: FlowSide) -> UInt64 { side == .lower ? lower.end : upper.end }

  /// Up to where it is known what is secret.
  func decided(_ side: FlowSide) -> UInt64 {
    switch state {
    case .undecided:
      return side == .lower
        ? lower.end &- UInt64(lower.early.count) : upper.end &- UInt64(upper.early.count)
    case .room(let cutter, let reader, let start):
      let base = side == .lower ? start.0 : start.1
      var offset = base &+ cutter.decided(side)
      if let open = reader.unfinishedSince(side) { offset = min(offset, base &+ open) }
      if let open = side == .lower ? lower.texts.since : upper.texts.since {
        offset = min(offset, open)
      }
      return offset
    case .text: return side == .lower ? lowerStart : upperStart
    case .sealed: return end(side)
    }
  }

  // MARK: - Bytes

  func data(_ side: FlowSide, _ bytes: RawSpan, time: Int64) {
    guard bytes.byteCount > 0 else { return }
    if case .undecided = state {
      decide(side, bytes, time)
    } else {
      take(side, bytes, time)
    }
  }

  func take(_ side: FlowSide, _ bytes: RawSpan, _ time: Int64) {
    let start = end(side)
    with(side) { $0.end &+= UInt64(bytes.byteCount) }
    switch state {
    case .undecided: break
    case .room(let cutter, let reader, let base):
      with(side) { $0.unread.append(bytes) }
      cutter.data(side, bytes, time: time) { message, place in
        self.message(message, place, reader, base)
      }
      passOver(side, cutter, base)
    case .text:
      markBlind(side, start, bytes)
      otherSideSpeaks(side)
      if side == .lower {
        lowerUnits.data(bytes) { self.unit(side, $0) }
        if let upgrade = lowerUnits.upgrade { handOver(side, upgrade, time) }
      } else {
        upperUnits.data(bytes) { self.unit(side, $0) }
        if let upgrade = upperUnits.upgrade { handOver(side, upgrade, time) }
      }
    case .sealed:
      if let pseudonyms = engine.pseudonyms { sealedNames(side, start, bytes.copied(), pseudonyms) }
      markUnsearched(side, start, bytes.byteCount, "\(application.name)")
    }
  }

  /// The other side speaks.
  private func otherSideSpeaks(_ side: FlowSide) {
    if side == .lower {
      upperUnits.otherSideSpeaks { self.unit(.upper, $0) }
    } else {
      lowerUnits.otherSideSpeaks { self.unit(.lower, $0) }
    }
  }

  /// Bytes of a side are missing; 0 when it is not known how many.
  func gap(_ side: FlowSide, _ count: Int) {
    if case .undecided = state { decideNow() }
    switch state {
    case .room(let cutter, let reader, let base):
      markUnfinished(side, reader, base)
      with(side) { $0.texts.loseContext() }
      cutter.gap(side, count: count) { self.message($0, $1, reader, base) }
      passOver(side, cutter, base, all: true)
    case .text:
      if side == .lower {
        lowerUnits.gap(count) { self.unit(side, $0) }
        lower.memory = SecretFinder.Memory()
        lowerStart &+= UInt64(max(0, count))
      } else {
        upperUnits.gap(count) { self.unit(side, $0) }
        upper.memory = SecretFinder.Memory()
        upperStart &+= UInt64(max(0, count))
      }
    case .undecided, .sealed: break
    }
    with(side) {
      let start = $0.end
      $0.end &+= UInt64(max(0, count))
      $0.holes.add(start..<$0.end)
      $0.blind = max($0.blind, Self.contextBytes)
    }
  }

  /// The stream of a side begins so many bytes before the first segment that came; nothing of it was given yet.
  func stepBack(_ side: FlowSide, _ count: Int) {
    with(side) {
      $0.end &-= UInt64(max(0, count))
      $0.holes.stepBack(max(0, count))
    }
    if case .undecided = state { return }
    switch (state, side) {
    case (.room(let cutter, let reader, var base), _):
      if side == .lower {
        base.0 &-= UInt64(max(0, count))
      } else {
        base.1 &-= UInt64(max(0, count))
      }
      state = .room(cutter, reader, start: base)
    case (_, .lower): lowerStart &-= UInt64(max(0, count))
    case (_, .upper): upperStart &-= UInt64(max(0, count))
    }
  }

  /// Searches the bytes that wait for more as they are, to bound memory or because nothing more comes.
  func decideUnfinished() {
    if case .undecided = state { decideNow() }
    switch state {
    case .room(let cutter, let reader, let base):
      for side in FlowSide.allCases {
        cutter.giveUnfinished(side) { self.message($0, $1, reader, base) }
        passOver(side, cutter, base, all: true)
        markUnfinished(side, reader, base)
      }
    case .text:
      lowerUnits.giveUnfinished { self.unit(.lower, $0) }
      upperUnits.giveUnfinished { self.unit(.upper, $0) }
    case .undecided, .sealed: break
    }
  }

  // MARK: - What was found

  /// A secret, which is masked where secrets are.
  func add(_ mark: SecretMark, to side: FlowSide) {
    var mark = mark
    mark.isKept = !engine.masks
    with(side) { $0.marks.add(mark) }
  }

  /// What stands in the place of a body whose coding was undone.
  func add(coded bytes: [UInt8], at start: UInt64, to side: FlowSide) {
    with(side) { $0.marks.add(SecretMark(start: start, bytes: bytes, isName: !engine.masks)) }
  }

  /// What stands in the place of a name.
  func add(name bytes: [UInt8], at start: UInt64, to side: FlowSide) {
    with(side) { $0.marks.add(SecretMark(start: start, bytes: bytes, isName: true)) }
  }

  /// Everything before an offset was let go.
  func release(_ side: FlowSide, before offset: UInt64) {
    with(side) {
      if let known = $0.marks.release(before: offset) { $0.holes.forget(before: known) }
      if let known = $0.unsearched.release(before: offset) { $0.holes.forget(before: known) }
    }
  }

  func unit(_ side: FlowSide, _ unit: TextUnits.Unit) {
    if !unit.codings.isEmpty { return coded(side, unit) }
    var speaker = CredentialSearch.Speaker()
    speaker.hasVerbs = !unit.isHTTP
    speaker.isDialogue =
      application.isDialogue || application == .pop3 || application == .imap
    speaker.isServer = side == .lower ? lower.isServer : upper.isServer
    var memory = SecretFinder.Memory()
    if unit.continues { with(side) { swap(&memory, &$0.memory) } }
    let found = engine.finder.find(
      unit.bytes, pieces: unit.pieces, &memory, lines: &lines, speaker)
    let start = side == .lower ? lowerStart : upperStart
    with(side) { swap(&memory, &$0.memory) }
    for mark in found.marks {
      self.mark(
        side, start &+ UInt64(mark.range.lowerBound), mark.range.count, mark.fill, isNew: false)
    }
    for name in found.names {
      add(name: name.bytes, at: start &+ UInt64(name.range.lowerBound), to: side)
    }
    engine.count(found.count)
    if found.isBinary {
      markUnsearched(
        side, start, unit.bytes.count,
        application == .unknown ? "binary data" : "binary data in \(application.name)")
    }
    move(side, unit.bytes.count)
  }

  func move(_ side: FlowSide, _ count: Int) {
    if side == .lower { lowerStart &+= UInt64(count) } else { upperStart &+= UInt64(count) }
  }

  func mark(_ side: FlowSide, _ start: UInt64, _ count: Int, _ fill: UInt8, isNew: Bool) {
    if isNew { engine.count(1) }
    add(SecretMark(start: start, end: start &+ UInt64(count), fill: fill), to: side)
  }

  // MARK: - What it speaks

  /// Whether bytes begin a conversation whose messages have to be followed.
  static func isFollowed(_ bytes: RawSpan) -> Bool {
    let guess = ApplicationProtocol.guess(bytes)
    return guess.confidence >= .likely && hasRoom(guess.application)
  }

  /// Whether the messages of the conversation are followed.
  var isFollowing: Bool { Self.hasRoom(application) }

  private static func hasRoom(_ application: ApplicationProtocol) -> Bool {
    switch application {
    case .drda, .mq, .nje, .imsConnect, .tn3270, .telnet, .http2, .ldap, .kafka: true
    default: false
    }
  }

  private static let mostEarly = 256
  /// Bytes that tell every protocol apart; fewer may be the beginning of any.
  private static let fewest = 32
  private static let mostPieces = 40

  private func decide(_ side: FlowSide, _ bytes: RawSpan, _ time: Int64) {
    let isFirst = with(side) { $0.early.isEmpty }
    early.append((side, bytes.copied(), time))
    earlyBytes += bytes.byteCount
    with(side) { one in
      if isFirst {
        switch bytes.u8(0) {
        case 0x30...0x39, 0x2B, 0x2A: one.isServer = true
        default: break
        }
      }
      one.early.append(bytes)
      one.end &+= UInt64(bytes.byteCount)
    }
    let guess = guess()
    if guess.confidence == .certain {
      if engine.pseudonyms != nil, guess.application == .tls, waitsForHello { return }
      begin(guess.application)
    } else if guess.confidence < .possible && earlyBytes >= Self.fewest
      || earlyBytes >= Self.mostEarly || early.count > Self.mostPieces
    {
      decideNow()
    }
  }

  /// Whether more of the first message of a TLS client is to come.
  private var waitsForHello: Bool {
    guard earlyBytes < 16 * 1024, early.count < Self.mostPieces else { return false }
    return [lower.early, upper.early].contains { bytes in
      TLSHello.length(bytes).map { $0 > bytes.count } ?? false
    }
  }

  private func guess() -> ProtocolGuess {
    let (one, two) = (lower.early, upper.early)
    return unsafe ApplicationProtocol.guess(
      one.span.bytes.extracting(first: ApplicationProtocol.prefixBytes),
      two.span.bytes.extracting(first: ApplicationProtocol.prefixBytes))
  }

  private func decideNow() {
    let guess = guess()
    begin(guess.confidence >= .likely ? guess.application : .unknown)
  }

  private func begin(_ application: ApplicationProtocol) {
    self.application = application
    for side in FlowSide.allCases {
      with(side) {
        $0.end &-= UInt64($0.early.count)
        if application != .tls { $0.early = [] }
      }
    }
    lowerStart = lower.end
    upperStart = upper.end
    switch application {
    case _ where Self.hasRoom(application):
      guard let room = ProtocolRegistry.room(application), let makeReader = room.makeSecrets else {
        state = .text
        break
      }
      let reader = makeReader()
      reader.learn(secretNames: engine.finder.names)
      if resumed != nil { for side in FlowSide.allCases { reader.gap(side) } }
      state = .room(MessageCutter(room, reader), reader, start: (lower.end, upper.end))
    case .tls, .ssh: state = .sealed
    default:
      state = .text
      if resumed == .room { (lower.blind, upper.blind) = (Int.max, Int.max) }
    }
    if application == .tls, let pseudonyms = engine.pseudonyms {
      for side in FlowSide.allCases { helloNames(side, pseudonyms) }
    }
    let held = early
    early = []
    for piece in held { take(piece.side, unsafe piece.bytes.span.bytes, piece.time) }
  }
}
