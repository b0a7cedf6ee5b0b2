/// What a client offers.
public struct TLSClientHello: Sendable, Equatable {
  /// The versions offered, the preferred one first.
  public var versions: [UInt16] = []
  /// The cipher suites offered, in order.
  public var suites: [UInt16] = []
  /// The extensions, in order.
  public var extensions: [UInt16] = []
  /// The groups for the key exchange.
  public var groups: [UInt16] = []
  /// The signature algorithms.
  public var signatureAlgorithms: [UInt16] = []
  /// The groups of the key shares sent (TLS 1.3).
  public var keyShares: [UInt16] = []
  /// The server name (SNI).
  public var serverName: String?
  /// The application protocols (ALPN).
  public var applicationProtocols: [String] = []
}

/// What a server chose.
public struct TLSServerHello: Sendable, Equatable {
  /// The version chosen.
  public var version: UInt16 = 0
  /// The cipher suite chosen.
  public var suite: UInt16 = 0
  /// The group of the key share (TLS 1.3).
  public var group: UInt16?
  /// The extensions, in order.
  public var extensions: [UInt16] = []
  /// The application protocol chosen, where it is in clear (TLS 1.2 and before).
  public var applicationProtocol: String?
  /// Whether this only asks the client for another hello (TLS 1.3).
  public var isHelloRetryRequest = false
}

/// Something a TLS stream shows.
public struct TLSEvent: Sendable, Equatable {
  /// What it shows.
  public enum Content: Sendable, Equatable {
    /// The client's offer.
    case clientHello(TLSClientHello)
    /// The server's choice.
    case serverHello(TLSServerHello)
    /// A certificate chain in DER, the end entity first; in clear up to TLS 1.2.
    case certificates([[UInt8]])
    /// The server's key exchange, with the group when it names one.
    case serverKeyExchange(group: UInt16?)
    /// The server wants a client certificate issued by one of so many CAs (0: any).
    case certificateRequest(authorities: Int)
    /// Another handshake message in clear.
    case handshake(type: UInt8, length: Int)
    /// Handshake messages that are encrypted.
    case encryptedHandshake(length: Int)
    /// From here on the sender encrypts.
    case changeCipherSpec
    /// An alert in clear.
    case alert(level: UInt8, code: UInt8)
    /// An alert that is encrypted.
    case encryptedAlert
    /// Encrypted data; in TLS 1.3 also the rest of the handshake.
    case applicationData(length: Int)
    /// A heartbeat record.
    case heartbeat(length: Int)
    /// An SSL 2.0 hello, which old clients send to begin with; suites of SSL 2.0 itself have three bytes.
    case version2Hello(version: UInt16, suites: [UInt32])
    /// The answer of a server that speaks SSL 2.0, with the suites that both can do.
    case version2Answer(suites: [UInt32])
    /// What came in place of TLS where the other side had sent its hello.
    case clearText
    /// A record of which bytes are missing.
    case incomplete(type: UInt8, length: Int, present: Int)
    /// A handshake message that contradicts itself.
    case malformed(type: UInt8, reason: String)
    /// Bytes that are no TLS record; the stream is not followed any further.
    case notTLS(first: [UInt8])
    /// Bytes are missing.
    case gap(Int)
  }

  /// Makes an event.
  public init(offset: UInt64, content: Content) {
    self.offset = offset
    self.content = content
  }

  /// Where in the stream the record began that completed this.
  public let offset: UInt64
  /// What it shows.
  public let content: Content
}

/// Reads the parts of a handshake message; nil where the message ends too early.
struct TLSFields {
  private let bytes: [UInt8]
  private(set) var offset: Int
  let end: Int

  init(_ bytes: [UInt8], _ range: Range<Int>) {
    self.bytes = bytes
    offset = range.lowerBound
    end = min(range.upperBound, bytes.count)
  }

  var isEmpty: Bool { offset >= end }

  mutating func number(_ width: Int) -> Int? {
    guard end - offset >= width else { return nil }
    var value = 0
    for index in offset..<offset + width { value = value << 8 | Int(bytes[index]) }
    offset += width
    return value
  }

  mutating func u16() -> UInt16? { number(2).map { UInt16(truncatingIfNeeded: $0) } }

  mutating func skip(_ count: Int) -> Bool {
    guard end - offset >= count else { return false }
    offset += count
    return true
  }

  /// A part with its length in front.
  mutating func vector(_ width: Int) -> TLSFields? {
    guard let length = number(width), end - offset >= length else { return nil }
    let part = TLSFields(bytes, offset..<offset + length)
    offset += length
    return part
  }

  /// The rest as numbers of two bytes.
  mutating func numbers() -> [UInt16] {
    var found: [UInt16] = []
    while let number = u16() { found.append(number) }
    return found
  }

  /// The rest as bytes.
  var rest: ArraySlice<UInt8> { bytes[offset..<max(offset, end)] }
}
