extension TLSEvent {
  /// What the event shows, in plain words; `sender` is how the sending side is called.
  public func text(sender: String) -> String {
    switch content {
    case .clientHello(let hello): return "\(sender) offers \(hello.text)"
    case .serverHello(let hello): return "\(sender) \(hello.text)"
    case .certificates(let chain):
      if chain.isEmpty { return "\(sender) sends an empty certificate list" }
      let sizes = chain.map { "\($0.count)" }.joined(separator: ", ")
      let noun = chain.count == 1 ? "certificate" : "certificates"
      return "\(sender) sends \(chain.count) \(noun) (\(sizes) bytes)"
    case .serverKeyExchange(let group):
      let name = group.flatMap { Knowledge.name(.group, $0) }
      return "\(sender) sends its key exchange" + (name.map { ", group \($0)" } ?? "")
    case .certificateRequest(let authorities):
      let names = authorities == 0 ? "" : " from one of \(authorities) CAs"
      return "\(sender) asks for a client certificate\(names)"
    case .handshake(let type, let length):
      let name = Knowledge.name(.handshake, UInt16(type)) ?? "handshake message \(type)"
      return "\(sender) sends \(name) (\(length) bytes)"
    case .encryptedHandshake(let length):
      return "\(sender) sends an encrypted handshake message (\(length) bytes)"
    case .changeCipherSpec: return "\(sender) encrypts from here on (ChangeCipherSpec)"
    case .alert(let level, let code):
      let known = Knowledge.alert(code)
      let kind = level == 2 ? "fatal alert" : level == 1 ? "warning alert" : "alert level \(level),"
      let name = known.map { " \($0.name): \($0.meaning)" } ?? ", not known"
      return "\(sender) sends \(kind) \(code)\(name)"
    case .encryptedAlert: return "\(sender) sends an encrypted alert"
    case .applicationData(let length): return "\(sender) sends \(length) encrypted bytes"
    case .heartbeat(let length): return "\(sender) sends a heartbeat (\(length) bytes)"
    case .version2Hello(let version, let suites):
      let name = Knowledge.name(.version, version) ?? Knowledge.hex4(version)
      return "\(sender) begins with an SSL 2.0 hello and can do up to \(name); "
        + "\(suites.count) cipher suites (\(TLSClientHello.suites(suites.prefix(3))))"
    case .incomplete(let type, let length, let present):
      let name = Knowledge.name(.record, UInt16(type)) ?? "record"
      return "\(sender) sends \(name), \(length) bytes, of which \(present) are here"
    case .malformed(let type, let reason):
      let name = Knowledge.name(.handshake, UInt16(type)) ?? "handshake message \(type)"
      return "\(sender) sends a damaged \(name): \(reason)"
    case .notTLS(let first):
      let hex = first.map { Knowledge.hex4(UInt16($0)).suffix(2) }.joined()
      return "\(sender) sends something that is not TLS (begins with \(hex))"
    case .gap(let count): return "\(count) bytes from \(sender) are missing"
    }
  }
}

extension TLSClientHello {
  /// The offer in plain words.
  public var text: String {
    var parts = [Self.names(.version, versions.filter { !Knowledge.isGREASE($0) })]
    let real = suites.filter { !Knowledge.isGREASE($0) && $0 != 0x00FF && $0 != 0x5600 }
    parts.append(
      "\(real.count) cipher suites (\(Self.suites(real.prefix(3)))\(real.count > 3 ? ", …" : ""))")
    if let serverName { parts.append("server name \(serverName)") }
    if !applicationProtocols.isEmpty {
      parts.append("protocols \(applicationProtocols.joined(separator: ", "))")
    }
    if !groups.isEmpty {
      parts.append("groups \(Self.names(.group, groups.filter { !Knowledge.isGREASE($0) }))")
    }
    if !keyShares.isEmpty {
      parts.append("key shares \(Self.names(.group, keyShares.filter { !Knowledge.isGREASE($0) }))")
    }
    if !signatureAlgorithms.isEmpty {
      parts.append("signatures \(Self.names(.signature, signatureAlgorithms))")
    }
    return parts.joined(separator: "; ")
  }

  static func names(_ set: Knowledge.NumberSet, _ numbers: [UInt16]) -> String {
    numbers.map { Knowledge.name(set, $0) ?? Knowledge.hex4($0) }.joined(separator: ", ")
  }

  static func suites(_ numbers: ArraySlice<UInt16>) -> String {
    numbers.map { Knowledge.cipherName($0) ?? Knowledge.hex4($0) }.joined(separator: ", ")
  }
}

extension TLSServerHello {
  /// The choice in plain words.
  public var text: String {
    var text = isHelloRetryRequest ? "asks for another hello: " : "chooses "
    text += Knowledge.name(.version, version) ?? Knowledge.hex4(version)
    text += ", \(Knowledge.hex4(suite))"
    if let name = Knowledge.cipherName(suite) { text += " \(name)" }
    if let group { text += ", group \(Knowledge.name(.group, group) ?? Knowledge.hex4(group))" }
    if let applicationProtocol { text += ", protocol \(applicationProtocol)" }
    return text
  }
}

/// Both directions of a TLS connection, told in plain words.
public struct TLSConversation {
  private struct Line {
    var fromClient: Bool
    var event: TLSEvent
    var count = 1
    var bytes = 0
  }

  /// Lines kept; what comes later is counted only.
  private static let maximumLines = 200

  private var lines: [Line] = []
  private var dropped = 0
  private var firstIsClient = true
  private var isKnown = false

  /// What the client offered last.
  public private(set) var clientHello: TLSClientHello?
  /// What the server chose.
  public private(set) var serverHello: TLSServerHello?

  /// Makes an empty conversation.
  public init() {}

  /// Adds an event of one of the two sides; which of them is the client shows itself.
  public mutating func add(_ event: TLSEvent, fromFirst: Bool) {
    switch event.content {
    case .clientHello(let hello):
      clientHello = hello
      decide(fromFirst)
    case .version2Hello: decide(fromFirst)
    case .serverHello(let hello):
      serverHello = hello
      decide(!fromFirst)
    default: break
    }
    if case .applicationData(let length) = event.content {
      if let last = lines.indices.last, lines[last].fromClient == fromFirst,
        case .applicationData = lines[last].event.content
      {
        lines[last].count += 1
        lines[last].bytes += length
        return
      }
    }
    guard lines.count < Self.maximumLines else {
      dropped += 1
      return
    }
    var line = Line(fromClient: fromFirst, event: event)
    if case .applicationData(let length) = event.content { line.bytes = length }
    lines.append(line)
  }

  private mutating func decide(_ firstIsClient: Bool) {
    if !isKnown { self.firstIsClient = firstIsClient }
    isKnown = true
  }

  /// The course of the connection, one line per step.
  public func summary() -> [String] {
    // In TLS 1.3 ChangeCipherSpec means nothing; it only pleases devices in between.
    let isVersion13 = serverHello?.version == 0x0304
    let shown = lines.filter { !(isVersion13 && $0.event.content == .changeCipherSpec) }
    var text = shown.map { line in
      let sender =
        isKnown
        ? (line.fromClient == firstIsClient ? "client" : "server")
        : (line.fromClient ? "first side" : "second side")
      if line.count > 1 {
        return "\(sender) sends \(line.bytes) encrypted bytes in \(line.count) records"
      }
      return line.event.text(sender: sender)
    }
    if dropped > 0 { text.append("… and \(dropped) more") }
    return text
  }
}
