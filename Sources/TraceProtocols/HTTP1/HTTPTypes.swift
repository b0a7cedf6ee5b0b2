public import TraceModel

/// Request or response.
public enum HTTPKind: UInt8, Sendable {
  /// A message that begins with a request line.
  case request
  /// A message that begins with a status line.
  case response
}

/// The protocols that share the shape of an HTTP/1 message.
public enum HTTPFamily: UInt8, Sendable {
  /// HTTP/0.9, 1.0 and 1.1.
  case http
  /// RTSP (RFC 2326, RFC 7826).
  case rtsp
  /// SIP (RFC 3261).
  case sip
  /// ICAP (RFC 3507).
  case icap
}

/// The version of a start line.
public struct HTTPVersion: Sendable, Equatable {
  /// The protocol that the line names.
  public var family: HTTPFamily
  /// The digit before the dot.
  public var major: UInt8
  /// The digit after the dot.
  public var minor: UInt8
}

/// The methods that change how messages are read; the name itself is in the head bytes.
public enum HTTPMethod: UInt8, Sendable {
  /// Not known, because the request was not seen.
  case unknown
  /// GET.
  case get
  /// HEAD: its response has no body.
  case head
  /// POST.
  case post
  /// PUT.
  case put
  /// DELETE.
  case delete
  /// OPTIONS.
  case options
  /// PATCH.
  case patch
  /// TRACE.
  case trace
  /// CONNECT: a 2xx answer makes the connection a tunnel.
  case connect
  /// Any other method.
  case other
}

/// How the end of a message body was determined (Formats/http.md has the rules).
public enum HTTPFraming: Sendable, Equatable {
  /// No body.
  case none
  /// A body of this many bytes.
  case length(UInt64)
  /// Chunks, then trailers.
  case chunked
  /// Everything up to the end of the stream.
  case untilClose
  /// ICAP: this many bytes of encapsulated heads, then chunks if there is a body.
  case encapsulated(UInt64, chunked: Bool)
  /// No rule gives an end: the next start line is looked for.
  case unknown
  /// What follows is not HTTP any more.
  case handOver
}

/// Names one message of a connection.
public struct HTTPMessageID: Sendable, Hashable {
  /// Number of the exchange on the connection, from zero.
  public var exchange: UInt64
  /// Request or response.
  public var kind: HTTPKind
  /// The stream it came on.
  public var direction: FlowSide
  /// Interim responses (1xx) of the same exchange that came before this message.
  public var interim: UInt16 = 0
}

/// A parsed head; the ranges are offsets into the head bytes that come with it.
public struct HTTPHead: Sendable, Equatable {
  /// The message that begins.
  public var message: HTTPMessageID
  /// Version and family of the start line.
  public var version: HTTPVersion
  /// Method of the request, or of the request that this response answers.
  public var method: HTTPMethod
  /// Method name as sent (empty for a response).
  public var methodName: Range<Int> = 0..<0
  /// Request target as sent (empty for a response).
  public var target: Range<Int> = 0..<0
  /// Status code (0 for a request and for an HTTP/0.9 response).
  public var status: UInt16
  /// Reason phrase as sent (empty for a request).
  public var reason: Range<Int> = 0..<0
  /// Length of the start line with its line end: where the fields begin.
  public var fieldsStart = 0
  /// Where the body ends.
  public var framing: HTTPFraming = .none
  /// Content codings of the body.
  public var contentCodings = ContentCodings()
  /// Transfer codings around them, chunked left out.
  public var transferCodings = ContentCodings()
  /// Value of Content-Type, if any.
  public var contentType: Range<Int>?
  /// Value of Host, if any.
  public var host: Range<Int>?
  /// A 1xx response that another response follows.
  public var isInterim = false
  /// The bytes are only the beginning of the head (gap, end or limit).
  public var isCut = false
  /// Offset of the head in its stream.
  public var offset: UInt64
  /// Time of the first byte, nanoseconds.
  public var time: Int64
}

/// Why a message ended where it did.
public enum HTTPEnding: UInt8, Sendable {
  /// Still running.
  case open
  /// At the place its framing says.
  case complete
  /// Bytes are missing and with them the framing.
  case gap
  /// The stream ended first.
  case streamEnded
  /// The trace ended first.
  case traceEnded
  /// A filter left out what may have been the rest.
  case filtered
  /// The conversation was given up first, to bound memory.
  case released
  /// The framing contradicts itself or the bytes.
  case badFraming
  /// The head was longer than the limit allows.
  case headTooLong
}

/// What one message amounted to.
public struct HTTPMessageSummary: Sendable, Equatable {
  /// Time of the first byte.
  public var firstTime: Int64 = 0
  /// Time of the last byte seen.
  public var lastTime: Int64 = 0
  /// Offset of the head in its stream.
  public var offset: UInt64 = 0
  /// Bytes of the head on the wire.
  public var headBytes: UInt64 = 0
  /// Bytes of the body on the wire, chunk framing and trailers included, gaps not.
  public var wireBytes: UInt64 = 0
  /// Bytes of the body without transfer framing, gaps not included.
  public var bodyBytes: UInt64 = 0
  /// Bytes of the body known to be missing.
  public var missingBytes: UInt64 = 0
  /// The caller's reason code of the last gap that touched the message.
  public var gapReason: UInt16 = 0
  /// Status code of a response.
  public var status: UInt16 = 0
  /// Method of a request.
  public var method: HTTPMethod = .unknown
  /// Why it ended.
  public var ending: HTTPEnding = .open
  /// A gap touched the message.
  public var isGapped = false
  /// The head was kept or seen in part only.
  public var isHeadCut = false

  /// An empty summary.
  public init() {}

  /// Whether the message stopped before its end; a gap inside it is `isGapped`.
  public var isTruncated: Bool { ending != .complete }
}

/// Why one half of an exchange is missing.
public enum HTTPMissingHalf: UInt8, Sendable {
  /// Both halves are there.
  case none
  /// The trace began after it.
  case traceBeganLater
  /// It was, or may have been, in a gap.
  case gap
  /// The connection ended before it came.
  case streamEnded
  /// The trace ended before it came.
  case traceEnded
  /// The conversation was given up, to bound memory, before it came.
  case released
  /// Too many requests were waiting.
  case limit
  /// A filter left out the beginning of the conversation, or what may have been the rest of it.
  case filtered
  /// The beginning of the conversation was put aside, to bound memory.
  case putAside
  /// The conversation was seen from its beginning, and nothing was asked.
  case nothingAsked
  /// All requests before it were answered already.
  case noRequest
  /// Nothing that was sent before it is a request.
  case notRecognised
}

/// A request with its response, as far as they were seen.
public struct HTTPExchange: Sendable, Equatable {
  /// Number on the connection, from zero.
  public var number: UInt64
  /// The stream that the request came on, or would have.
  public var requestDirection: FlowSide
  /// The request, unless it is missing.
  public var request: HTTPMessageSummary?
  /// The final response, unless it is missing.
  public var response: HTTPMessageSummary?
  /// Interim responses that came before the final one.
  public var interimResponses: UInt16 = 0
  /// Why a half is missing.
  public var missing: HTTPMissingHalf = .none
  /// Bytes were lost in a pipelined conversation, so the halves may not belong together.
  public var isPairingUncertain = false
}

extension HTTPEnding {
  /// Why a message ends that was under way when nothing more came.
  init(_ how: ConversationEnd) {
    self =
      switch how {
      case .closed, .traceEnd: .traceEnded
      case .filtered: .filtered
      case .released: .released
      }
  }
}

extension HTTPMissingHalf {
  /// Why a response is missing when nothing more comes.
  init(_ how: ConversationEnd) {
    self =
      switch how {
      case .closed, .traceEnd: .traceEnded
      case .filtered: .filtered
      case .released: .released
      }
  }
}
