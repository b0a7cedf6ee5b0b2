internal import TraceBytes
public import TraceModel

/// The first bytes of both sides of a conversation, kept until they tell what it speaks: few bytes do not decide that
/// it is nothing that is known.
public struct FirstPieces {
  /// Bytes of a side that came together.
  public typealias Piece = (side: FlowSide, bytes: [UInt8], time: Int64)

  private var pieces: [Piece] = []
  private var count = 0
  /// What they are most like.
  public private(set) var guess = ProtocolGuess(.unknown, .none)

  /// Bytes of both sides that are kept until a protocol is sure.
  private static let most = 256
  /// Bytes of both sides that tell every protocol apart; fewer may be the beginning of any.
  private static let fewest = ApplicationProtocol.prefixBytes

  /// None yet.
  public init() {}

  /// Whether none are kept.
  public var isEmpty: Bool { pieces.isEmpty }
  /// Whether they may be the beginning of anything.
  public var areFew: Bool { count < Self.fewest }

  /// Whether the protocol is decided with the next bytes of a side, which are kept when it is not.
  public mutating func decide(_ side: FlowSide, _ bytes: RawSpan, time: Int64) -> Bool {
    if pieces.isEmpty {
      guess = ApplicationProtocol.guess(bytes)
      // A server that names its protocol needs no second sign; commands are those of several.
      let isNamed =
        guess.confidence == .likely && guess.application != .replyDialogue
        && guess.application.isDialogue && ApplicationProtocol.isFromClient(bytes) == false
      if guess.confidence == .certain || isNamed { return true }
    }
    pieces.append((side, bytes.copied(), time))
    count += bytes.byteCount
    let said = FlowSide.allCases.map { side in
      pieces.filter { $0.side == side }.flatMap {
        $0.bytes.prefix(ApplicationProtocol.prefixBytes)
      }
    }
    let (lower, upper) = (said[0], said[1])
    guess = ApplicationProtocol.guess(unsafe lower.span.bytes, unsafe upper.span.bytes)
    guard
      guess.confidence == .certain || guess.confidence < .possible && !areFew || count >= Self.most
    else { return false }
    pieces.removeLast()
    return true
  }

  /// The pieces, which are not kept any more.
  public mutating func take() -> [Piece] {
    defer { pieces = [] }
    return pieces
  }
}
