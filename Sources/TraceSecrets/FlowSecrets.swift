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
    let unread = ByteBuffer()
  }

  enum State {
    case undecided
    case room(MessageCutter, any MessageReader, start: Sides<UInt64>)
    case text
    /// Nothing in it can be read.
    case sealed
  }

  unowned let engine: SecretEngine
  var state = State.undecided
  var sides = Sides(lower: Side(), upper: Side())
  // Not in `Side`: a side is changed while its units are handed out.
  var units = Sides(lower: TextUnits(), upper: TextUnits())
  /// Offset of the first byte of each side that waits in its units.
  var starts = Sides<UInt64>(lower: 0, upper: 0)
  var lines = CredentialLocator.LineState()
  /// The decompressor of each side's WebSocket messages, whose window goes on from message to message.
  var deflated = Sides<DeflatedMessages?>(lower: nil, upper: nil)
  var application = ApplicationProtocol.unknown
  private var early: [(side: FlowSide, bytes: [UInt8], time: Int64)] = []
  private var earlyBytes = 0
  /// Pieces that were looked at since the first ones told nothing.
  private var looks = 0
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
    for side in FlowSide.allCases {
      sides[side].end = Self.origin
      if resumed != nil { sides[side].blind = Self.contextBytes }
    }
  }

  func marks(_ side: FlowSide) -> SecretMarks { sides[side].marks }
  /// Offset behind the last byte of a side.
  func end(_ side: FlowSide) -> UInt64 { sides[side].end }

  /// Up to where it is known what is secret.
  func decided(_ side: FlowSide) -> UInt64 {
    switch state {
    case .undecided:
      return sides[side].end &- UInt64(sides[side].early.count)
    case .room(let cutter, let reader, let start):
      let base = start[side]
      var offset = min(base &+ cutter.decided(side), readUpTo(side))
      if let open = reader.unfinishedSince(side) { offset = min(offset, base &+ open) }
      if let open = sides[side].texts.since { offset = min(offset, open) }
      return offset
    case .text: return starts[side]
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
    if application == .unknown { lookAgain(bytes) }
    let start = end(side)
    sides[side].end &+= UInt64(bytes.byteCount)
    switch state {
    case .undecided: break
    case .room(let cutter, let reader, let base):
      sides[side].unread.append(bytes)
      cutter.data(side, bytes, time: time) { message, place in
        self.message(message, place, reader, base)
      }
      passOver(side, cutter, base, waits: true)
      passOver(side.other, cutter, base)
    case .text:
      markBlind(side, start, bytes)
      units[side.other].otherSideSpeaks { self.unit(side.other, $0) }
      units[side].data(bytes) { self.unit(side, $0) }
      if let upgrade = units[side].upgrade { handOver(side, upgrade, time) }
    case .sealed:
      if let pseudonyms = engine.pseudonyms { sealedNames(side, start, bytes.copied(), pseudonyms) }
      markUnsearched(side, start, bytes.byteCount, "\(application.name)")
    }
  }

  /// Bytes of a side are missing; 0 when it is not known how many.
  func gap(_ side: FlowSide, _ count: Int) {
    if case .undecided = state { decideNow() }
    switch state {
    case .room(let cutter, let reader, let base):
      markUnfinished(side, reader, base)
      sides[side].texts.loseContext()
      cutter.gap(side, count: count) { self.message($0, $1, reader, base) }
      passOver(side, cutter, base, all: true)
    case .text:
      units[side].gap(count) { self.unit(side, $0) }
      starts[side] &+= UInt64(max(0, count))
    case .undecided, .sealed: break
    }
    let start = sides[side].end
    sides[side].end &+= UInt64(max(0, count))
    sides[side].holes.add(start..<sides[side].end)
    sides[side].blind = max(sides[side].blind, Self.contextBytes)
    sides[side].memory = SecretFinder.Memory()
  }

  /// The stream of a side begins so many bytes before the first segment that came; nothing of it was given yet.
  func stepBack(_ side: FlowSide, _ count: Int) {
    let count = max(0, count)
    sides[side].end &-= UInt64(count)
    sides[side].holes.stepBack(count)
    switch state {
    case .undecided: break
    case .room(let cutter, let reader, var base):
      base[side] &-= UInt64(count)
      state = .room(cutter, reader, start: base)
    case .text, .sealed: starts[side] &-= UInt64(count)
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
      for side in FlowSide.allCases { units[side].giveUnfinished { self.unit(side, $0) } }
    case .undecided, .sealed: break
    }
  }

  // MARK: - What was found

  /// A secret, which is masked where secrets are.
  func add(_ mark: SecretMark, to side: FlowSide) {
    var mark = mark
    mark.isKept = !engine.masks
    sides[side].marks.add(mark)
  }

  /// What stands in the place of a body whose coding was undone.
  func add(coded bytes: [UInt8], at start: UInt64, to side: FlowSide) {
    sides[side].marks.add(SecretMark(start: start, bytes: bytes, isName: !engine.masks))
  }

  /// What stands in the place of a name.
  func add(name bytes: [UInt8], at start: UInt64, to side: FlowSide) {
    sides[side].marks.add(SecretMark(start: start, bytes: bytes, isName: true))
  }

  /// Everything before an offset was let go.
  func release(_ side: FlowSide, before offset: UInt64) {
    if let known = sides[side].marks.release(before: offset) {
      sides[side].holes.forget(before: known)
    }
    if let known = sides[side].unsearched.release(before: offset) {
      sides[side].holes.forget(before: known)
    }
  }

  func unit(_ side: FlowSide, _ unit: TextUnits.Unit) {
    if !unit.codings.isEmpty { return coded(side, unit) }
    var speaker = CredentialSearch.Speaker()
    speaker.hasVerbs = !unit.isHTTP
    speaker.isDialogue =
      application.isDialogue || application == .pop3 || application == .imap
    speaker.isServer = sides[side].isServer
    var memory = SecretFinder.Memory()
    if unit.continues { swap(&memory, &sides[side].memory) }
    let start = starts[side]
    let isBinary = search(side, unit.bytes, pieces: unit.pieces, at: start, &memory, speaker)
    swap(&memory, &sides[side].memory)
    if isBinary {
      markUnsearched(
        side, start, unit.bytes.count,
        application == .unknown ? "binary data" : "binary data in \(application.name)")
    }
    starts[side] &+= UInt64(unit.bytes.count)
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
  private static let mostLooks = 16

  private func decide(_ side: FlowSide, _ bytes: RawSpan, _ time: Int64) {
    early.append((side, bytes.copied(), time))
    earlyBytes += bytes.byteCount
    if sides[side].early.isEmpty {
      switch bytes.u8(0) {
      case 0x30...0x39, 0x2B, 0x2A: sides[side].isServer = true
      default: break
      }
    }
    sides[side].early.append(bytes)
    sides[side].end &+= UInt64(bytes.byteCount)
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
    return [sides.lower.early, sides.upper.early].contains { bytes in
      TLSHello.length(bytes).map { $0 > bytes.count } ?? false
    }
  }

  private func guess() -> ProtocolGuess {
    let (one, two) = (sides.lower.early, sides.upper.early)
    return unsafe ApplicationProtocol.guess(
      one.span.bytes.extracting(first: ApplicationProtocol.prefixBytes),
      two.span.bytes.extracting(first: ApplicationProtocol.prefixBytes))
  }

  /// Bytes that come later tell what a conversation speaks whose first ones did not, because they are lost, or an
  /// answer that was captured before its request.
  private func lookAgain(_ bytes: RawSpan) {
    guard case .text = state, looks < Self.mostLooks else { return }
    looks += 1
    let guess = ApplicationProtocol.guess(bytes)
    guard guess.confidence == .certain, Self.hasRoom(guess.application) else { return }
    for side in FlowSide.allCases { units[side].giveUnfinished { unit(side, $0) } }
    begin(guess.application)
  }

  private func decideNow() {
    let guess = guess()
    begin(guess.confidence >= .likely ? guess.application : .unknown)
  }

  private func begin(_ application: ApplicationProtocol) {
    self.application = application
    for side in FlowSide.allCases {
      sides[side].end &-= UInt64(sides[side].early.count)
      if application != .tls { sides[side].early = [] }
      starts[side] = sides[side].end
    }
    switch application {
    case _ where Self.hasRoom(application):
      guard let room = ProtocolRegistry.room(application), let makeReader = room.makeSecrets else {
        state = .text
        break
      }
      let reader = makeReader()
      reader.learn(secretNames: engine.finder.names)
      if resumed != nil { for side in FlowSide.allCases { reader.gap(side) } }
      state = .room(Self.cutter(room, reader), reader, start: starts)
    case .tls, .ssh: state = .sealed
    default:
      state = .text
      if resumed == .room { for side in FlowSide.allCases { sides[side].blind = .max } }
    }
    if application == .tls, let pseudonyms = engine.pseudonyms {
      for side in FlowSide.allCases { helloNames(side, pseudonyms) }
    }
    let held = early
    early = []
    for piece in held { take(piece.side, unsafe piece.bytes.span.bytes, piece.time) }
  }
}
