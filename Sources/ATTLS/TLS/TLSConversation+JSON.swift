public import TraceBytes
internal import TLSCertificates

extension TLSConversation {
  /// What was offered and chosen, as members of a JSON object; codes are hexadecimal, as on the wire.
  public func write(to json: inout JSONLine) throws(TraceError) {
    try json.object("offered", clientHello) { (json, hello) throws(TraceError) in
      try hello.write(to: &json)
    }
    try json.text(
      "version",
      version2Suites == nil
        ? serverHello.flatMap { Knowledge.name(.version, $0.version) }
        : Knowledge.name(.version, 0x0002))
    try json.text("cipher", serverHello.map { Knowledge.hex4($0.suite) })
    try json.text("cipher_name", serverHello.flatMap { Knowledge.cipherName($0.suite) })
    try json.text(
      "group",
      serverHello.flatMap { $0.group ?? keyExchangeGroup }.map {
        Knowledge.name(.group, $0) ?? Knowledge.hex4($0)
      })
    try json.text("application_protocol", serverHello?.applicationProtocol)
    try json.text("clear_answer", clearAnswer.isEmpty ? nil : clearAnswerText)
    try json.objects("alerts", alerts) { (json, alert) throws(TraceError) in
      try json.text("sender", name(isFromFirst: alert.isFromFirst))
      try json.number("level", alert.level)
      try json.number("code", alert.code)
      try json.text("name", Knowledge.alert(alert.code)?.name)
    }
    try json.objects("certificates", certificates) { (json, sent) throws(TraceError) in
      try write(sent, to: &json)
    }
  }

  /// Date and time of UTC as ISO 8601 has them; what is no time stays as it is.
  private static func moment(_ text: String) -> String {
    let parts = text.split(separator: " ")
    return parts.count == 2 && text.utf8.count == 19 ? "\(parts[0])T\(parts[1])Z" : text
  }

  private func write(_ sent: SentCertificate, to json: inout JSONLine) throws(TraceError) {
    try json.text("sender", name(isFromFirst: sent.isFromFirst))
    try json.number("place", sent.place)
    try json.number("bytes", sent.der.count)
    let content = sent.content
    try json.text("subject", content?.subject)
    try json.text("issuer", content?.issuer)
    try json.text("serial", content?.serial)
    try json.text("not_before", content.map { Self.moment($0.notBefore) })
    try json.text("not_after", content.map { Self.moment($0.notAfter) })
    try json.text("key_type", content?.keyType)
    try json.number("key_bits", content?.keyBits)
    try json.text("signature", content?.signature)
    try json.texts("names", content?.names)
    try json.bool("authority", content?.isAuthority)
    try json.text("sha256", content?.fingerprint)
  }
}

extension TLSClientHello {
  fileprivate func write(to json: inout JSONLine) throws(TraceError) {
    try json.texts("versions", texts(.version, versions))
    try json.texts(
      "ciphers", suites.filter { !Knowledge.isGREASE($0) }.map { Knowledge.hex4($0) })
    try json.texts("groups", texts(.group, groups))
    try json.texts("key_shares", texts(.group, keyShares))
    try json.texts("signatures", texts(.signature, signatureAlgorithms))
    try json.text("server_name", serverName)
    try json.texts("application_protocols", applicationProtocols)
  }

  private func texts(_ set: Knowledge.NumberSet, _ numbers: [UInt16]) -> [String] {
    numbers.filter { !Knowledge.isGREASE($0) }.map {
      Knowledge.name(set, $0) ?? Knowledge.hex4($0)
    }
  }
}
