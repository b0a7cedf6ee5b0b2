public import TraceBytes
public import TraceProtocols
public import TraceModel

/// What a renderer has to know about the conversation that an exchange belongs to.
public struct HTTPFlow: Sendable {
  /// Number of the conversation in the run.
  public var number: UInt64
  /// Job or interface name, empty when there is none.
  public var name: String
  /// The end that sends the stream of the lower end.
  public var lower: Endpoint
  /// The end that sends the stream of the upper end.
  public var upper: Endpoint
  /// The bytes travelled encrypted and are AT-TLS clear text.
  public var isClearText: Bool
  /// Whether it is application data without packet headers: then the name is that of a job.
  public var isDataTrace = true
  /// The end that is the client, as far as the records until now tell.
  public var client = FlowSide.lower
  /// The conversation's two ends in order.
  public var key: FlowKey
  /// Number and time of its first record.
  public var firstRecord: UInt64 = 0
  /// Time of its first record, nanoseconds since 1970.
  public var firstTime: Int64 = 0
  /// Time of the first record that passed the filter.
  public var start: Int64 = 0

  /// A conversation from its parts.
  public init(
    number: UInt64, name: String, lower: Endpoint, upper: Endpoint, isClearText: Bool = false
  ) {
    self.number = number
    self.name = name
    self.lower = lower
    self.upper = upper
    self.isClearText = isClearText
    key = FlowKey(lower, upper, ipProtocol: IPProtocol.tcp.rawValue, plane: 1)
  }

  /// The end that sends a stream.
  public func sender(_ direction: FlowSide) -> Endpoint {
    direction == .lower ? lower : upper
  }
}

/// Why bytes of a stream are missing, as far as the trace tells.
public enum HTTPGapReason: UInt16, Sendable {
  /// Nothing is known.
  case unknown = 0
  /// AT-TLS confidential data, which the trace leaves out.
  case confidential = 1
  /// Segments of a traced record are not in the file.
  case segments = 2
  /// The data trace holds fewer bytes than were sent.
  case abbreviated = 3
  /// Packets are not in the capture, or were cut by it.
  case packets = 4

  /// The reason in words.
  public var text: StaticString {
    switch self {
    case .unknown: "reason not known"
    case .confidential: "AT-TLS confidential data is not traced"
    case .segments: "segments of a record are missing"
    case .abbreviated: "the trace holds only part of the data"
    case .packets: "packets lost or cut"
    }
  }
}

/// One message as far as it was kept.
public struct HTTPMessageCopy: Sendable {
  /// A place in the body where bytes are missing.
  public struct Gap: Sendable {
    /// Kept bytes of the body before it.
    public var at: Int
    /// Bytes missing, nil when it is not known.
    public var count: UInt64?
  }

  /// The parsed head.
  public var head: HTTPHead
  /// The head, or its beginning.
  public var bytes: [UInt8]
  /// The body without transfer framing, or its beginning.
  public var body: [UInt8] = []
  /// What is missing in `body`.
  public var gaps: [Gap] = []
  /// The trailer section.
  public var trailers: [UInt8] = []
  /// More body came than was kept.
  public var isBodyCut = false
  /// Not all of the head was kept.
  public var isHeadCut = false
  /// The host that the head names, where that part of it was not kept.
  var hostAlone: [UInt8] = []

  /// The host that a request names.
  public var host: ArraySlice<UInt8> { hostAlone.isEmpty ? part(head.host) : hostAlone[...] }

  /// A part of the head, as far as it was kept.
  public func part(_ range: Range<Int>?) -> ArraySlice<UInt8> {
    guard let range else { return [] }
    return bytes[min(range.lowerBound, bytes.count)..<min(range.upperBound, bytes.count)]
  }
}

/// A request with its response, and what was kept of them.
public final class HTTPEntry {
  /// Number on the connection, from zero.
  public let number: UInt64
  /// The request, when its head was seen.
  public internal(set) var request: HTTPMessageCopy?
  // Thousands of exchanges are under way at a time, most of them without an answer yet: what comes with it takes no
  // room before.
  private final class Answer {
    var copy: HTTPMessageCopy?
    var requestBody: HTTPBodyView?
    var responseBody: HTTPBodyView?
    var exchange: HTTPExchange?
  }
  private var answer: Answer?
  private var mine: Answer {
    if let answer { return answer }
    let new = Answer()
    answer = new
    return new
  }

  /// The final response, when its head was seen and responses are kept.
  public internal(set) var response: HTTPMessageCopy? {
    get { answer?.copy }
    set { mine.copy = newValue }
  }
  /// Of the last response whose head was seen, kept or not.
  var status: UInt16?
  /// Interim responses, the first few.
  public internal(set) var interims: [HTTPMessageCopy] = []
  /// What was odd in either message.
  public internal(set) var findings: [HTTPFinding] = []
  /// Numbers and times, once the exchange is over.
  public internal(set) var exchange: HTTPExchange? {
    get { answer?.exchange }
    set {
      mine.exchange = newValue
      time = newValue?.request?.firstTime ?? newValue?.response?.firstTime ?? time
    }
  }
  /// When the exchange began.
  public internal(set) var time: Int64
  let store: HTTPStore

  init(_ number: UInt64, at time: Int64, in store: HTTPStore) {
    self.number = number
    self.time = time
    self.store = store
  }

  deinit { store.release(cost) }

  /// Bytes that count against the bound on memory.
  var cost = 0

  /// The decoded body of the request; it is decoded once, and kept until the entry is released.
  public var requestBody: HTTPBodyView? {
    if let view = answer?.requestBody { return view }
    guard let view = request.flatMap({ HTTPBodyView($0, store) }) else { return nil }
    mine.requestBody = view
    return view
  }

  /// The decoded body of the response.
  public var responseBody: HTTPBodyView? {
    if let view = answer?.responseBody { return view }
    guard let view = answer?.copy.flatMap({ HTTPBodyView($0, store) }) else { return nil }
    mine.responseBody = view
    return view
  }

  /// Releases what decoding made.
  public func dropViews() {
    answer?.requestBody = nil
    answer?.responseBody = nil
  }
}

/// What a connection gave, in order.
public enum HTTPItem {
  /// An exchange is over.
  case exchange(HTTPEntry)
  /// An exchange of HTTP/2 or a message of WebSocket is over: of these no bytes are kept.
  indirect case told(Exchange, number: UInt64)
  /// Something odd that belongs to no exchange, or to one that was over.
  case finding(HTTPFinding)
  /// A line of a dialogue.
  case line(DialogueLine, [UInt8])
  /// A mail is over.
  case mail(DialogueMail)
  /// HTTP ends here.
  case handOver(HTTPHandOver, [UInt8])
  /// What came after the hand-over, at the end of the connection.
  case opaque(HTTPHandOver.Kind, HTTPOpaqueBytes)
}

extension HTTPItem {
  /// When it began.
  public var time: Int64 {
    switch self {
    case .exchange(let entry): entry.time
    case .told(let exchange, _): exchange.time
    case .line(let line, _): line.time
    case .mail(let mail): mail.time
    case .handOver(let handOver, _): handOver.time
    case .finding(let finding): finding.time
    case .opaque(_, let bytes): bytes.time
    }
  }
}

/// Bytes of both streams after a hand-over.
public struct HTTPOpaqueBytes: Sendable, Equatable {
  /// Bytes of the stream of the lower end.
  public var lower: UInt64 = 0
  /// Bytes of the stream of the upper end.
  public var upper: UInt64 = 0
  /// Bytes known to be missing.
  public var missing: UInt64 = 0
  /// When the first of them came, or the hand-over did.
  public var time: Int64 = 0
}

/// Shows what connections consist of.
public protocol HTTPPresenter: AnyObject {
  /// Shows one item of a conversation.
  func show(_ item: HTTPItem, of flow: HTTPFlow) throws(TraceError)
  /// Nothing more comes for now: what was shown reaches its reader.
  func pause() throws(TraceError)
  /// Everything was shown.
  func finish() throws(TraceError)
}

extension HTTPPresenter {
  /// What is written as a whole has no reader yet.
  public func pause() throws(TraceError) {}
  /// Nothing is left to do.
  public func finish() throws(TraceError) {}
}
