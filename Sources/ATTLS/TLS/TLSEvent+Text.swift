extension TLSEvent {
  /// What the event shows, in plain words; `sender` is how the sending side is called.
  public func text(sender: String) -> String {
    switch content {
    case .clientHello(let hello): return "\(sender) offers \(hello.text)"
    case .serverHello(let hello): return "\(sender) \(hello.text)"
    case .certificates(let chain):
      if chain.isEmpty { return "\(sender) sends an empty certificate list" }
      let noun = chain.count == 1 ? "certificate" : "certificates"
      return "\(sender) sends \(chain.count) \(noun)"
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
    case .version2Answer(let suites):
      return "\(sender) chooses SSL 2.0; both can do \(TLSClientHello.suites(suites.prefix(3)))"
    case .clearText: return "\(sender) sends clear text"
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
    parts.append("\(real.count) cipher suite\(real.count == 1 ? "" : "s")")
    if let serverName { parts.append("server name \(serverName)") }
    if !applicationProtocols.isEmpty {
      parts.append("protocols \(applicationProtocols.joined(separator: ", "))")
    }
    return parts.joined(separator: "; ")
  }

  /// What else is offered: the cipher suites, code and name, one a line, and what goes with them.
  public var detailLines: [String] {
    var lines = suites.filter { !Knowledge.isGREASE($0) }.map { Knowledge.suiteText($0) }
    for (word, set, numbers) in [
      ("groups", Knowledge.NumberSet.group, groups), ("key shares", .group, keyShares),
      ("signatures", .signature, signatureAlgorithms),
    ] {
      let real = numbers.filter { !Knowledge.isGREASE($0) }
      if !real.isEmpty { lines.append("\(word) \(Self.names(set, real))") }
    }
    return lines
  }

  static func names(_ set: Knowledge.NumberSet, _ numbers: [UInt16]) -> String {
    numbers.map { Knowledge.name(set, $0) ?? Knowledge.hex4($0) }.joined(separator: ", ")
  }

  static func suites(_ numbers: ArraySlice<UInt32>) -> String {
    numbers.map { Knowledge.version2Suite($0) }.joined(separator: ", ")
  }
}

extension TLSServerHello {
  /// The choice in plain words.
  public var text: String {
    var text = isHelloRetryRequest ? "asks for another hello: " : "chooses "
    text += Knowledge.name(.version, version) ?? Knowledge.hex4(version)
    text += ", \(Knowledge.suiteText(suite))"
    if let group { text += ", group \(Knowledge.name(.group, group) ?? Knowledge.hex4(group))" }
    if let applicationProtocol { text += ", protocol \(applicationProtocol)" }
    return text
  }
}
