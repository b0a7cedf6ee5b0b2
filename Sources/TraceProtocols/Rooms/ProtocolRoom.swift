internal import TraceBytes
public import TraceModel

/// All that is known of one protocol: four questions, in one order, each answered in the protocol's folder.
///
/// 1. Is it me? ``recognise``: from bytes, at the beginning of a stream and in the middle of it.
/// 2. Where does a message end? ``MessageReader/frame(_:from:)``.
/// 3. What does it say? ``MessageReader/read(_:_:into:)``.
/// 4. What in it is secret? ``MessageReader/secrets(in:_:mark:)``.
///
/// One object for each protocol: the rooms are walked at the beginning of every conversation.
public final class ProtocolRoom: Sendable {
  /// The protocol.
  public let application: ApplicationProtocol
  /// What Wireshark has for it.
  public let dissector: Dissector
  /// Whether bytes are of this protocol; they begin where something begins: a stream, a record, a message.
  public let recognise: @Sendable (RawSpan) -> Recognition?
  /// Reads a conversation that is cut into messages; nil where another mechanism reads it.
  public let makeReader: (@Sendable () -> any MessageReader)?
  /// Tells what is secret in a conversation: by default its reader.
  public let makeSecrets: (@Sendable () -> any MessageReader)?

  /// - Parameter makeSecrets: nil when the reader tells the secrets too.
  public init(
    _ application: ApplicationProtocol, dissector: Dissector,
    recognise: @escaping @Sendable (RawSpan) -> Recognition?,
    makeReader: (@Sendable () -> any MessageReader)? = nil,
    makeSecrets: (@Sendable () -> any MessageReader)? = nil
  ) {
    self.application = application
    self.dissector = dissector
    self.recognise = recognise
    self.makeReader = makeReader
    self.makeSecrets = makeSecrets ?? makeReader
  }
}

/// What the first bytes tell of a protocol.
public struct Recognition: Sendable, Equatable {
  /// How sure the bytes make it.
  public var confidence: ApplicationProtocol.Confidence
  /// Whether the sender of the bytes is the client, nil when they do not tell.
  public var fromClient: Bool?

  /// - Parameter fromClient: whether the sender of the bytes is the client; nil when they do not tell.
  public init(_ confidence: ApplicationProtocol.Confidence, fromClient: Bool? = nil) {
    self.confidence = confidence
    self.fromClient = fromClient
  }
}

/// Where the message ends that begins with the bytes at hand.
public enum Frame: Sendable, Equatable {
  /// After this many bytes, at hand or not; at least 1.
  case message(Int)
  /// More bytes are needed to tell.
  case needsMore
  /// Where the next message begins, which is none of the bytes at hand: this one does not tell its length.
  case untilNext
  /// No message of the protocol begins here.
  case noMessage
}

/// Where a message stands.
public struct MessagePlace: Sendable, Equatable {
  /// Who sent it.
  public var side: FlowSide
  /// Offset of its first byte in the stream, missing bytes counted.
  public var offset: UInt64
  /// Bytes it had; the span given with it may hold fewer (``MessageCutter/Limits``, gaps, the end).
  public var length: Int
  /// Times of its first and last byte, nanoseconds since 1970.
  public var firstTime: Int64
  /// Time of its last byte, nanoseconds since 1970.
  public var lastTime: Int64
  /// Whether it is longer than what is kept of a message, so that the span is only its beginning.
  public var isShortened = false

  /// - Parameter offset: of its first byte in the stream, missing bytes counted.
  public init(
    side: FlowSide, offset: UInt64, length: Int, firstTime: Int64, lastTime: Int64
  ) {
    self.side = side
    self.offset = offset
    self.length = length
    self.firstTime = firstTime
    self.lastTime = lastTime
  }
}

/// Reads one conversation of a protocol, message by message. Bytes are hostile: any are allowed.
public protocol MessageReader: AnyObject {
  /// The side that is the client, once bytes have shown it.
  var client: FlowSide? { get }

  /// Counts what waits in it in a budget that all conversations share, and keeps within that.
  func share(_ budget: MessageBudget)

  /// Where the next message of a side ends. Asked again with more bytes after `.needsMore`; may depend
  /// on the messages read before, and changes nothing.
  func frame(_ bytes: RawSpan, from side: FlowSide) -> Frame

  /// The same, for a reader that looks for the end byte by byte: of a message that comes in many pieces it need not
  /// look at those again that it has looked at. `searched` is 0 at first, and with more bytes what it was set to.
  func frame(_ bytes: RawSpan, from side: FlowSide, searched: inout Int) -> Frame

  /// Takes the next message; tells of exchanges that are over with it.
  func read(_ message: RawSpan, _ place: MessagePlace, into sink: any ExchangeSink)

  /// Tells what in a message is secret, as ranges of its bytes. Called for each message in place of, or
  /// just before, ``read(_:_:into:)``; keeps what it must remember by itself.
  func secrets(in message: RawSpan, _ place: MessagePlace, mark: (Range<Int>) -> Void)

  /// Tells which fields of a message name somebody, as ranges of its bytes. Called behind
  /// ``secrets(in:_:mark:)``, when names are mapped.
  func names(
    in message: RawSpan, _ place: MessagePlace, _ body: (Range<Int>, ProtocolName) -> Void)

  /// Names of fields that a site calls secret, in small letters, for what has no text in its messages.
  func learn(secretNames: [[UInt8]])

  /// Whether the message last given to ``secrets(in:_:mark:)`` may hold secrets that nothing tells: a reply
  /// of a terminal whose screen is not in the trace, bytes that are encrypted or compressed.
  var isUnsearched: Bool { get }

  /// Texts inside of a message, which are searched by what they say. Called behind
  /// ``secrets(in:_:mark:)``.
  func contents(in message: RawSpan, _ place: MessagePlace, _ body: (SecretContent) -> Void)

  /// Offset of the first byte of a side that was given and whose secrets are not known before more messages come,
  /// as in headers of HTTP/2 that go on in the next frame; nil when everything given is decided.
  func unfinishedSince(_ side: FlowSide) -> UInt64?

  /// Tells what is secret in those bytes without waiting for the rest, as ranges counted from
  /// ``unfinishedSince(_:)``.
  func secretsOfUnfinished(_ side: FlowSide, mark: (Range<Int>) -> Void)

  /// Bytes of a side are missing, or are no messages: state that depends on them is no longer certain.
  func gap(_ side: FlowSide)

  /// The conversation is over: exchanges that are not complete are given as far as they came.
  func finish(_ how: ConversationEnd, into sink: any ExchangeSink)
}

extension MessageReader {
  /// Most messages begin with their length.
  public func frame(_ bytes: RawSpan, from side: FlowSide, searched: inout Int) -> Frame {
    frame(bytes, from: side)
  }

  /// What waits in most readers is little.
  public func share(_ budget: MessageBudget) {}

  /// Names of most protocols stand in texts.
  public func names(
    in message: RawSpan, _ place: MessagePlace, _ body: (Range<Int>, ProtocolName) -> Void
  ) {}

  /// Most messages have names beside their values.
  public func learn(secretNames: [[UInt8]]) {}

  /// Secrets of most protocols stand in clear in their messages.
  public var isUnsearched: Bool { false }

  /// No texts: ``secrets(in:_:mark:)`` of most protocols finds everything.
  public func contents(
    in message: RawSpan, _ place: MessagePlace, _ body: (SecretContent) -> Void
  ) {}

  /// Secrets of most protocols are known with their message.
  public func unfinishedSince(_ side: FlowSide) -> UInt64? { nil }

  /// Nothing, where ``unfinishedSince(_:)`` is nil.
  public func secretsOfUnfinished(_ side: FlowSide, mark: (Range<Int>) -> Void) {}
}

/// Why nothing more comes of a conversation.
public enum ConversationEnd: UInt8, Sendable {
  /// It was closed or reset, or its addresses began another one.
  case closed
  /// The trace ends.
  case traceEnd
  /// A filter left out what may have been the rest.
  case filtered
  /// It was given up to bound memory, because it was idle longer than all others.
  case released

  /// Why what still waits has no answer.
  var missing: Exchange.Missing {
    switch self {
    case .closed: .closed
    case .traceEnd: .traceEnded
    case .filtered: .filtered
    case .released: .released
    }
  }
}

/// Takes the exchanges of conversations.
public protocol ExchangeSink: AnyObject {
  /// A request with its response, or an event that has no answer, is over.
  func exchange(_ exchange: Exchange)
}
