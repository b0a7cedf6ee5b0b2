public import TraceModel

/// What a connection became after an answer that ends HTTP on it.
public struct HTTPHandOver: Sendable, Equatable {
  /// The exchange that ended it.
  public var exchange: UInt64
  /// What goes on instead.
  public var kind: Kind
  /// Time of the answer.
  public var time: Int64
  /// What ended there: HTTP or its like, or a dialogue.
  public var application = ApplicationProtocol.http1

  /// What follows on the connection.
  public enum Kind: UInt8, Sendable {
    /// A tunnel after CONNECT.
    case tunnel
    /// WebSocket (RFC 6455).
    case webSocket
    /// HTTP/2 in clear text.
    case http2
    /// TLS, after Upgrade (RFC 2817), STARTTLS or AUTH TLS.
    case tls
    /// Another protocol, named in the Upgrade field.
    case other
  }
}

/// One line of a command and reply dialogue.
public struct DialogueLine: Sendable, Equatable {
  /// SMTP, FTP, or not yet known which.
  public var application: ApplicationProtocol
  /// The stream of the line.
  public var direction: FlowSide
  /// What the line is.
  public var kind: Kind
  /// Reply code, zero for commands.
  public var code: UInt16
  /// Offset of the line in its stream.
  public var offset: UInt64
  /// Time of its first byte.
  public var time: Int64
  /// The line is longer than was kept, or was cut by a gap or the end.
  public var isCut: Bool
  /// Bytes are missing before it, and it may be the rest of another line.
  public var isBehindGap = false

  /// The kinds of line.
  public enum Kind: UInt8, Sendable {
    /// A command of the client.
    case command
    /// A line of a reply that goes on.
    case replyPart
    /// The only or last line of a reply.
    case reply
    /// What a client sends inside an AUTH exchange: a secret.
    case authData
  }
}

/// The mail (DATA or BDAT) of a dialogue, as one unit.
public struct DialogueMail: Sendable, Equatable {
  /// The stream of the mail.
  public var direction: FlowSide
  /// Offset of its first byte.
  public var offset: UInt64
  /// Time of its first byte.
  public var time: Int64
  /// Bytes so far, dot stuffing left as sent, the final dot line not included.
  public var bytes: UInt64 = 0
  /// Bytes are missing from it.
  public var isGapped = false
  /// It ended before its end was seen.
  public var isCut = false
}

/// Receives what a connection consists of; calls come from inside `data`, `gap`, `end`, `finish`,
/// so that a sink shared by connections knows whose events they are.
public protocol HTTPSink: AnyObject {
  /// A message begins; `bytes` is its raw head.
  func messageStart(_ head: HTTPHead, bytes: RawSpan)
  /// Body bytes, free of chunk framing, at an offset of the body (gaps counted).
  func messageBody(_ message: HTTPMessageID, offset: UInt64, bytes: RawSpan)
  /// Body bytes are missing (`count` nil: it is not known how many).
  func messageGap(_ message: HTTPMessageID, count: UInt64?, reason: UInt16)
  /// The raw trailer section of a chunked body.
  func messageTrailers(_ message: HTTPMessageID, bytes: RawSpan)
  /// A message is over.
  func messageEnd(_ message: HTTPMessageID, _ summary: HTTPMessageSummary)
  /// Request and response are over, or one of them will not be seen.
  func exchangeComplete(_ exchange: HTTPExchange)
  /// Something odd.
  func finding(_ finding: HTTPFinding)
  /// HTTP ends here; what follows comes as opaque bytes. `name` is the Upgrade value, or empty.
  func handOver(_ handOver: HTTPHandOver, name: RawSpan)
  /// Bytes after the hand-over.
  func opaqueData(_ direction: FlowSide, bytes: RawSpan, time: Int64)
  /// Bytes missing after the hand-over.
  func opaqueGap(_ direction: FlowSide, count: UInt64?, reason: UInt16)
  /// A line of a dialogue, without its line end.
  func dialogueLine(_ line: DialogueLine, bytes: RawSpan)
  /// A mail begins.
  func mailStart(_ mail: DialogueMail)
  /// Bytes of a mail.
  func mailData(_ direction: FlowSide, bytes: RawSpan)
  /// A mail is over.
  func mailEnd(_ mail: DialogueMail)
  /// The connection carries something else; nothing more will be reported for it.
  func notHTTP(_ guess: ProtocolGuess)
}

/// A sink names only the events it needs.
extension HTTPSink {
  /// Ignored.
  public func messageStart(_ head: HTTPHead, bytes: RawSpan) {}
  /// Ignored.
  public func messageBody(_ message: HTTPMessageID, offset: UInt64, bytes: RawSpan) {}
  /// Ignored.
  public func messageGap(_ message: HTTPMessageID, count: UInt64?, reason: UInt16) {}
  /// Ignored.
  public func messageTrailers(_ message: HTTPMessageID, bytes: RawSpan) {}
  /// Ignored.
  public func messageEnd(_ message: HTTPMessageID, _ summary: HTTPMessageSummary) {}
  /// Ignored.
  public func exchangeComplete(_ exchange: HTTPExchange) {}
  /// Ignored.
  public func finding(_ finding: HTTPFinding) {}
  /// Ignored.
  public func handOver(_ handOver: HTTPHandOver, name: RawSpan) {}
  /// Ignored.
  public func opaqueData(_ direction: FlowSide, bytes: RawSpan, time: Int64) {}
  /// Ignored.
  public func opaqueGap(_ direction: FlowSide, count: UInt64?, reason: UInt16) {}
  /// Ignored.
  public func dialogueLine(_ line: DialogueLine, bytes: RawSpan) {}
  /// Ignored.
  public func mailStart(_ mail: DialogueMail) {}
  /// Ignored.
  public func mailData(_ direction: FlowSide, bytes: RawSpan) {}
  /// Ignored.
  public func mailEnd(_ mail: DialogueMail) {}
  /// Ignored.
  public func notHTTP(_ guess: ProtocolGuess) {}
}
