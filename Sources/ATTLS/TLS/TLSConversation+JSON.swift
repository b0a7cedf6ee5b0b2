public import TraceBytes
internal import TLSCertificates

extension TLSConversation {
  /// What was offered and chosen, as members of a JSON object; codes are hexadecimal, as on the wire.
  public func json() -> JSONObject {
    var object = JSONObject()
    object.add("offered", clientHello?.json())
    object.add(
      "version",
      version2Suites == nil
        ? serverHello.flatMap { Knowledge.name(.version, $0.version) }
        : Knowledge.name(.version, 0x0002))
    object.add("cipher", serverHello.map { Knowledge.hex4($0.suite) })
    object.add("cipher_name", serverHello.flatMap { Knowledge.cipherName($0.suite) })
    object.add(
      "group",
      serverHello.flatMap { $0.group ?? keyExchangeGroup }.map {
        Knowledge.name(.group, $0) ?? Knowledge.hex4($0)
      })
    object.add("application_protocol", serverHello?.applicationProtocol)
    object.add("clear_answer", clearAnswer.isEmpty ? nil : clearAnswerText)
    object.add(
      "alerts",
      alerts.map { alert in
        var item = JSONObject()
        item.add("from", name(isFromFirst: alert.isFromFirst))
        item.add("level", Int(alert.level))
        item.add("code", Int(alert.code))
        item.add("name", Knowledge.alert(alert.code)?.name)
        return item
      })
    object.add("certificates", certificates.map { json($0) })
    return object
  }

  private func json(_ sent: SentCertificate) -> JSONObject {
    var item = JSONObject()
    item.add("from", name(isFromFirst: sent.isFromFirst))
    item.add("place", sent.place)
    item.add("bytes", sent.der.count)
    let content = sent.content
    item.add("subject", content?.subject)
    item.add("issuer", content?.issuer)
    item.add("serial", content?.serial)
    item.add("not_before", content?.notBefore)
    item.add("not_after", content?.notAfter)
    item.add("key_type", content?.keyType)
    item.add("key_bits", content?.keyBits)
    item.add("signature", content?.signature)
    item.add("names", content?.names ?? [])
    item.add("authority", content?.isAuthority)
    item.add("sha256", content?.fingerprint)
    return item
  }
}

extension TLSClientHello {
  fileprivate func json() -> JSONObject {
    var object = JSONObject()
    object.add("versions", texts(.version, versions))
    object.add("ciphers", suites.filter { !Knowledge.isGREASE($0) }.map { Knowledge.hex4($0) })
    object.add("groups", texts(.group, groups))
    object.add("key_shares", texts(.group, keyShares))
    object.add("signatures", texts(.signature, signatureAlgorithms))
    object.add("server_name", serverName)
    object.add("application_protocols", applicationProtocols)
    return object
  }

  private func texts(_ set: Knowledge.NumberSet, _ numbers: [UInt16]) -> [String] {
    numbers.filter { !Knowledge.isGREASE($0) }.map {
      Knowledge.name(set, $0) ?? Knowledge.hex4($0)
    }
  }
}
