/// Takes handshake messages apart (RFC 5246, RFC 8446, RFC 6066, RFC 7301).
enum TLSMessageParser {
  /// The random value that makes a ServerHello a HelloRetryRequest (RFC 8446, 4.1.3).
  private static let retryRandom: [UInt8] = [
    0xCF, 0x21, 0xAD, 0x74, 0xE5, 0x9A, 0x61, 0x11, 0xBE, 0x1D, 0x8C, 0x02, 0x1E, 0x65, 0xB8, 0x91,
    0xC2, 0xA2, 0x11, 0x16, 0x7A, 0xBB, 0x8C, 0x5E, 0x07, 0x9E, 0x09, 0xE2, 0xC8, 0xA8, 0x33, 0x9C,
  ]

  /// Reads a message without its 4-byte header.
  static func parse(type: UInt8, _ bytes: [UInt8], _ range: Range<Int>) -> TLSEvent.Content {
    let fields = TLSFields(bytes, range)
    switch type {
    case 0x01:
      return clientHello(fields).map { .clientHello($0) }
        ?? .malformed(type: type, reason: "a length does not fit")
    case 0x02:
      return serverHello(fields).map { .serverHello($0) }
        ?? .malformed(type: type, reason: "a length does not fit")
    case 0x0B:
      return certificates(fields).map { .certificates($0) }
        ?? .malformed(type: type, reason: "a certificate is longer than the message")
    case 0x0C: return .serverKeyExchange(group: namedGroup(fields))
    case 0x0D: return .certificateRequest(authorities: authorities(fields))
    default: return .handshake(type: type, length: range.count)
    }
  }

  private static func clientHello(_ message: TLSFields) -> TLSClientHello? {
    var fields = message
    var hello = TLSClientHello()
    guard let version = fields.u16(), fields.skip(32), fields.vector(1) != nil,
      var suites = fields.vector(2), fields.vector(1) != nil
    else { return nil }
    hello.versions = [version]
    hello.suites = suites.numbers()
    if fields.isEmpty { return hello }
    guard var extensions = fields.vector(2) else { return nil }
    while !extensions.isEmpty {
      guard let type = extensions.u16(), var body = extensions.vector(2) else { return nil }
      hello.extensions.append(type)
      switch type {
      case 0x0000: hello.serverName = serverName(&body)
      case 0x000A: hello.groups = numberList(&body, 2)
      case 0x000D: hello.signatureAlgorithms = numberList(&body, 2)
      case 0x0010: hello.applicationProtocols = protocols(&body)
      case 0x002B: hello.versions = numberList(&body, 1)
      case 0x0033, 0x0028: hello.keyShares = keyShares(&body)
      default: break
      }
    }
    return hello
  }

  private static func serverHello(_ message: TLSFields) -> TLSServerHello? {
    var fields = message
    var hello = TLSServerHello()
    guard let version = fields.u16() else { return nil }
    hello.isHelloRetryRequest = fields.rest.prefix(32).elementsEqual(retryRandom)
    // Drafts of TLS 1.3 before the 22nd have neither session id nor compression here.
    let isDraft = version >> 8 == 0x7F
    guard fields.skip(32), isDraft || fields.vector(1) != nil, let suite = fields.u16(),
      isDraft || fields.skip(1)
    else { return nil }
    hello.version = version
    hello.suite = suite
    if fields.isEmpty { return hello }
    guard var extensions = fields.vector(2) else { return nil }
    while !extensions.isEmpty {
      guard let type = extensions.u16(), var body = extensions.vector(2) else { return nil }
      hello.extensions.append(type)
      switch type {
      case 0x0010: hello.applicationProtocol = protocols(&body).first
      case 0x002B: hello.version = body.u16() ?? version
      // 0028 in drafts before the 23rd.
      case 0x0033, 0x0028: hello.group = body.u16()
      default: break
      }
    }
    return hello
  }

  /// The version and the suites of an SSL 2.0 hello (RFC 5246, E.2), from its type on.
  static func version2Hello(_ bytes: [UInt8]) -> (version: UInt16, suites: [UInt32]) {
    var fields = TLSFields(bytes, 1..<max(1, bytes.count))
    guard let version = fields.u16(), let length = fields.u16(), fields.skip(4) else {
      return (0, [])
    }
    return (version, version2Suites(&fields, length))
  }

  /// The suites of the answer to it: type, two flags, version, lengths of certificate, suites and
  /// connection id, then these three.
  static func version2Answer(_ bytes: [UInt8]) -> [UInt32] {
    var fields = TLSFields(bytes, 1..<max(1, bytes.count))
    guard fields.skip(4), let certificate = fields.u16(), let length = fields.u16(),
      fields.skip(2), fields.skip(Int(certificate))
    else { return [] }
    return version2Suites(&fields, length)
  }

  /// Suites of three bytes; those of TLS begin with 0.
  private static func version2Suites(_ fields: inout TLSFields, _ length: UInt16) -> [UInt32] {
    var suites: [UInt32] = []
    for _ in 0..<length / 3 {
      guard let suite = fields.number(3) else { break }
      suites.append(UInt32(truncatingIfNeeded: suite))
    }
    return suites
  }

  private static func serverName(_ body: inout TLSFields) -> String? {
    guard var list = body.vector(2), list.number(1) == 0, let name = list.vector(2) else {
      return nil
    }
    return printableText(name.rest)
  }

  private static func numberList(_ body: inout TLSFields, _ width: Int) -> [UInt16] {
    guard var list = body.vector(width) else { return [] }
    return list.numbers()
  }

  private static func protocols(_ body: inout TLSFields) -> [String] {
    guard var list = body.vector(2) else { return [] }
    var found: [String] = []
    while let name = list.vector(1) { found.append(printableText(name.rest)) }
    return found
  }

  private static func keyShares(_ body: inout TLSFields) -> [UInt16] {
    guard var list = body.vector(2) else { return [] }
    var found: [UInt16] = []
    while let group = list.u16(), list.vector(2) != nil { found.append(group) }
    return found
  }

  private static func certificates(_ message: TLSFields) -> [[UInt8]]? {
    var fields = message
    guard var list = fields.vector(3) else { return nil }
    var found: [[UInt8]] = []
    while !list.isEmpty {
      guard let certificate = list.vector(3) else { return nil }
      found.append(Array(certificate.rest))
    }
    return found
  }

  /// The group of an elliptic curve key exchange: curve type 3 is "named" (RFC 8422).
  private static func namedGroup(_ message: TLSFields) -> UInt16? {
    var fields = message
    guard fields.number(1) == 3, let group = fields.u16(), Knowledge.number(.group, group) != nil
    else { return nil }
    return group
  }

  /// How many CAs a TLS 1.2 request names.
  private static func authorities(_ message: TLSFields) -> Int {
    var fields = message
    guard fields.vector(1) != nil else { return 0 }
    // TLS 1.2 has a list of signature algorithms here, earlier versions have not.
    var newer = fields
    if newer.vector(2) != nil, let names = newer.vector(2), newer.isEmpty { return count(names) }
    guard let names = fields.vector(2) else { return 0 }
    return count(names)
  }

  private static func count(_ names: TLSFields) -> Int {
    var names = names
    var count = 0
    while names.vector(2) != nil { count += 1 }
    return count
  }
}
