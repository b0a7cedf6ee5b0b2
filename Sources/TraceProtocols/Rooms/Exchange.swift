public import TraceModel

/// A request with its response, whatever the protocol: one line for people, one row for programs.
///
/// Texts are as the protocol has them, decoded from its code page; they may hold control characters, which
/// outputs escape. A secret never stands in any of them.
public struct Exchange: Sendable, Equatable {
  /// What is known of one direction of it.
  public struct Half: Sendable, Equatable {
    /// Time of the first byte, nanoseconds since 1970.
    public var firstTime: Int64
    /// Time of the last byte, nanoseconds since 1970.
    public var lastTime: Int64
    /// Bytes on the wire, framing included.
    public var bytes: UInt64
    /// Messages, segments or records, as the protocol calls its pieces.
    public var messages: Int
    /// Whether all of it was seen.
    public var isWhole: Bool

    /// A half of one message; ``add(_:isWhole:)`` takes the others.
    public init(_ place: MessagePlace, isWhole: Bool = true) {
      firstTime = place.firstTime
      lastTime = place.lastTime
      bytes = UInt64(clamping: place.length)
      messages = 1
      self.isWhole = isWhole
    }

    /// Takes another message of the same direction.
    public mutating func add(_ place: MessagePlace, isWhole: Bool = true) {
      lastTime = place.lastTime
      bytes &+= UInt64(clamping: place.length)
      messages &+= 1
      if !isWhole { self.isWhole = false }
    }
  }

  /// Why a half is not there.
  public enum Missing: UInt8, Sendable {
    /// Both are there, or the protocol has no answer here.
    case nothing
    /// The trace, or what was seen of the conversation, begins after the request.
    case request
    /// Bytes are missing where the response was, or may have been.
    case responseInGap
    /// The conversation was over before it came.
    case closed
    /// The trace ended before it came.
    case traceEnded
    /// A filter left out what may have been the response.
    case filtered
    /// The conversation was given up to bound memory before it came; the trace may go on with it.
    case released
    /// Too many requests waited at a time for this one to be kept; the answer may be in the trace.
    case limit
  }

  /// Bytes of its texts, beyond what every exchange that waits is counted with.
  package var text: Int {
    let kept = operation.utf8.count + object.utf8.count + host.utf8.count + user.utf8.count
    return MessageBudget.excess(
      details.reduce(kept) { $0 + $1.name.utf8.count + $1.value.utf8.count })
  }

  /// A detail for those who want all of it: a line of `--full`.
  public struct Detail: Sendable, Equatable {
    /// What it is: a field of the protocol.
    public var name: String
    /// As people read it.
    public var value: String

    /// A line `name value`.
    public init(_ name: String, _ value: String) {
      self.name = name
      self.value = value
    }
  }

  /// Where another connection goes that a dialogue agrees on: the end that listens, and its port there.
  public struct DataPort: Sendable, Equatable {
    /// Who waits for the other one.
    public var listener: FlowSide
    /// Its port.
    public var port: UInt16
  }

  /// The protocol that it is of.
  public var application: ApplicationProtocol
  /// The side that asked.
  public var client: FlowSide
  /// What was asked for, in the protocol's word: `EXECUTE`, `MQPUT`, `GET`.
  public var operation: String
  /// What it was asked of: package, queue, transaction, path.
  public var object = ""
  /// What came of it, in words: `SQLCODE -204 42704`, `2035 MQRC_NOT_AUTHORIZED`, `ok`.
  public var result = ""
  /// The number in the result, where there is one.
  public var status: Int64?
  /// Whether the result is a failure.
  public var isFailure = false
  /// Whether the time until the answer is the server's time to wait (a get with wait, a resume tpipe), so that
  /// it says nothing about slowness.
  public var isWait = false
  /// Host that a request of HTTP names, and the version of the protocol as it calls itself.
  public var host = ""
  /// Version of the protocol as it calls itself; empty when it does not.
  public var version = ""
  /// User that the exchange names.
  public var user = ""
  /// The request; nil when it is not in the trace.
  public var request: Half?
  /// The response; nil when there is none or it is not in the trace, see ``missing``.
  public var response: Half?
  /// Why a half is nil.
  public var missing = Missing.nothing
  /// The data connection that it agrees on or makes use of: of FTP.
  public var dataPort: DataPort?
  /// More of what it says, in the order of the protocol.
  public var details: [Detail] = []
  /// Sentences about what is odd.
  public var findings: [String] = []

  /// An exchange of which only the question is known.
  public init(_ application: ApplicationProtocol, client: FlowSide, operation: String) {
    self.application = application
    self.client = client
    self.operation = operation
  }

  /// Nanoseconds from the first byte of the request to the first of the answer; nil when a half is missing.
  public var firstByte: Int64? {
    guard let request, let response else { return nil }
    return max(0, response.firstTime &- request.firstTime)
  }
  /// Nanoseconds from the first byte of the request to the last of the answer; nil when a half is missing.
  public var lastByte: Int64? {
    guard let request, let response else { return nil }
    return max(0, response.lastTime &- request.firstTime)
  }

  /// Takes what a side sent: the request is the client's.
  mutating func put(_ half: Half, from side: FlowSide) {
    if side == client { request = half } else { response = half }
  }

  /// When it began: the first byte of what is there.
  public var time: Int64 { request?.firstTime ?? response?.firstTime ?? 0 }
}

extension Exchange.Half? {
  /// Takes the first or the next message of a direction.
  mutating func take(_ place: MessagePlace, isWhole: Bool = true) {
    if self?.add(place, isWhole: isWhole) == nil { self = Exchange.Half(place, isWhole: isWhole) }
  }
}

extension Exchange {
  /// What is said of an answer behind bytes that are missing.
  static let answerInDoubt = "bytes are missing; the answer may be that of another request"
  /// What is said of a request and an answer that may not belong together.
  static let pairingUncertain = "pairing uncertain"

  /// Whether request and answer may not belong together.
  public var isInDoubt: Bool {
    findings.contains { $0 == Self.answerInDoubt || $0 == Self.pairingUncertain }
  }

  /// Nanoseconds as people read them: `38 us`, `187 ms`, `7.9 s`.
  static func duration(_ nanoseconds: Int64) -> String {
    let time = max(0, nanoseconds)
    if time < 1_000_000 { return "\(time / 1_000) us" }
    if time < 1_000_000_000 { return "\(time / 1_000_000) ms" }
    return "\(time / 1_000_000_000).\(time / 100_000_000 % 10) s"
  }
}
