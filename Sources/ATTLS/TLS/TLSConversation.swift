public import TLSCertificates

/// Both directions of a TLS connection, as far as they are in clear.
public struct TLSConversation: Sendable {
  private struct Line: Sendable {
    var fromFirst: Bool
    var event: TLSEvent
    var details: [String] = []
    var count = 1
    var bytes = 0
  }

  /// A certificate that one of the two sides sent.
  public struct SentCertificate: Sendable {
    /// Whether the first side sent it, as in ``add(_:fromFirst:)``.
    public let isFromFirst: Bool
    /// Its place in the chain, from 1; the first one is the sender's own.
    public let place: Int
    /// The bytes.
    public let der: [UInt8]
    /// What they say; nil when they cannot be read.
    public let content: TLSCertificate?
  }

  /// An alert in clear.
  public struct SentAlert: Sendable {
    /// Whether the first side sent it.
    public let isFromFirst: Bool
    /// 1 for a warning, 2 for a fatal one.
    public let level: UInt8
    /// Its number.
    public let code: UInt8
  }

  /// Lines kept; what comes later is counted only.
  private static let maximumLines = 200
  /// Certificates kept.
  private static let maximumCertificates = 64
  /// Bytes kept of an answer in clear.
  private static let maximumClear = 80

  private var lines: [Line] = []
  private var dropped = 0

  /// Whether the side called first is the client; nil as long as no hello was seen.
  public private(set) var firstIsClient: Bool?
  /// What the client offered last.
  public private(set) var clientHello: TLSClientHello?
  /// What the server chose.
  public private(set) var serverHello: TLSServerHello?
  /// The group of the server's key exchange, up to TLS 1.2.
  public private(set) var keyExchangeGroup: UInt16?
  /// The certificates of both sides, in order.
  public private(set) var certificates: [SentCertificate] = []
  /// Alerts in clear, in order.
  public private(set) var alerts: [SentAlert] = []
  /// The suites of a server that chose SSL 2.0.
  public private(set) var version2Suites: [UInt32]?
  /// Whether a client's hello was seen, that of SSL 2.0 too.
  public private(set) var hasHello = false
  /// How the server's answer to the hello begins, when it is no TLS.
  public private(set) var clearAnswer: [UInt8] = []
  /// Whether encrypted records were seen.
  public private(set) var isEncrypted = false

  /// Makes an empty conversation.
  public init() {}

  /// Whether anything of TLS was seen.
  public var isEmpty: Bool { lines.isEmpty }

  /// The fatal alert that ended the connection.
  public var fatalAlert: SentAlert? { alerts.first { $0.level == 2 } }

  /// Adds an event of one of the two sides; which of them is the client shows itself.
  public mutating func add(_ event: TLSEvent, fromFirst: Bool) {
    var line = Line(fromFirst: fromFirst, event: event)
    switch event.content {
    case .clientHello(let hello):
      clientHello = hello
      hasHello = true
      decide(fromFirst)
      line.details = hello.detailLines
    case .version2Hello:
      hasHello = true
      decide(fromFirst)
    case .version2Answer(let suites):
      version2Suites = suites
      decide(!fromFirst)
    case .serverHello(let hello):
      serverHello = hello
      decide(!fromFirst)
    case .serverKeyExchange(let group):
      keyExchangeGroup = group ?? keyExchangeGroup
      decide(!fromFirst)
    case .certificates(let chain): line.details = keep(chain, fromFirst)
    case .alert(let level, let code):
      if alerts.count < Self.maximumLines {
        alerts.append(SentAlert(isFromFirst: fromFirst, level: level, code: code))
      }
    case .applicationData(let length):
      isEncrypted = true
      line.bytes = length
      // Records of application data that follow each other are one line with a count.
      if let last = lines.indices.last, lines[last].fromFirst == fromFirst,
        case .applicationData = lines[last].event.content
      {
        lines[last].count += 1
        lines[last].bytes += length
        return
      }
    case .encryptedAlert, .encryptedHandshake, .changeCipherSpec: isEncrypted = true
    default: break
    }
    guard lines.count < Self.maximumLines else {
      dropped += 1
      return
    }
    lines.append(line)
  }

  /// Adds bytes in clear that came when the other side had sent its hello.
  public mutating func addClear(_ bytes: [UInt8], fromFirst: Bool) {
    guard hasHello, firstIsClient != fromFirst, !bytes.isEmpty else { return }
    if clearAnswer.isEmpty { add(TLSEvent(offset: 0, content: .clearText), fromFirst: fromFirst) }
    clearAnswer += bytes.prefix(Self.maximumClear - clearAnswer.count)
  }

  /// Whether the server answered the hello with something that is no TLS, as one does whose port has no
  /// rule of AT-TLS.
  public var isAnsweredInClear: Bool { !clearAnswer.isEmpty && serverHello == nil }

  /// How the clear text begins: its first line, or its bytes in hexadecimal.
  public var clearAnswerText: String {
    let line = clearAnswer.prefix { $0 != 0x0D && $0 != 0x0A }
    guard !line.isEmpty, line.allSatisfy({ (0x20...0x7E).contains($0) }) else {
      let hex = clearAnswer.prefix(8).map { Knowledge.hex4(UInt16($0)).suffix(2) }.joined()
      return "begins with \(hex)"
    }
    return String(decoding: line, as: UTF8.self)
  }

  /// Keeps a chain, and tells what its certificates say.
  private mutating func keep(_ chain: [[UInt8]], _ fromFirst: Bool) -> [String] {
    var details: [String] = []
    for (index, der) in chain.enumerated() where certificates.count < Self.maximumCertificates {
      let content = TLSCertificate(der: der)
      certificates.append(
        SentCertificate(
          isFromFirst: fromFirst, place: index + 1, der: der, content: content))
      guard let content else {
        details.append("\(index + 1). \(der.count) bytes that are no certificate")
        continue
      }
      details += content.lines(place: index + 1)
    }
    return details
  }

  private mutating func decide(_ firstIsClient: Bool) {
    if self.firstIsClient == nil { self.firstIsClient = firstIsClient }
  }

  /// "client" or "server", as far as known.
  public func name(isFromFirst: Bool) -> String {
    guard let firstIsClient else { return isFromFirst ? "first side" : "second side" }
    return isFromFirst == firstIsClient ? "client" : "server"
  }

  /// The course of the connection, one line per step; details are indented.
  public func summary() -> [String] {
    // In TLS 1.3 ChangeCipherSpec means nothing; it only pleases devices in between.
    let isVersion13 = serverHello?.version == 0x0304
    var text: [String] = []
    for line in lines where !(isVersion13 && line.event.content == .changeCipherSpec) {
      let sender = name(isFromFirst: line.fromFirst)
      text.append(
        line.count > 1
          ? "\(sender) sends \(line.bytes) encrypted bytes in \(line.count) records"
          : line.event.text(sender: sender)
            + (line.event.content == .clearText ? ": \(clearAnswerText)" : ""))
      text += line.details.map { "  " + $0 }
    }
    if dropped > 0 { text.append("… and \(dropped) more") }
    return text
  }
}

extension TLSCertificate {
  /// The certificate in words.
  func lines(place: Int) -> [String] {
    let bits = keyBits.map { ", \($0) bits" } ?? ""
    var lines = ["\(place). \(subject.isEmpty ? "no subject" : subject)"]
    lines.append(isSelfIssued ? "   issued by itself" : "   issued by \(issuer)")
    lines.append("   valid from \(notBefore) to \(notAfter) UTC")
    lines.append("   key \(keyType)\(bits); signed with \(signature); serial \(serial)")
    if !names.isEmpty { lines.append("   names \(names.joined(separator: ", "))") }
    if isAuthority { lines.append("   may issue certificates") }
    lines.append("   SHA-256 \(fingerprint)")
    return lines
  }
}
