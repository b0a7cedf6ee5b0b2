public import TraceBytes
internal import TLSCertificates

extension TLSConversation {
  /// What was offered and chosen, as members of a JSON object; codes are hexadecimal, as on the wire.
  public func json() -> JSONObject {
    var object = JSONObject()
    if let clientHello { object.add("offered", clientHello.json()) }
    if let serverHello {
      object.add("version", Knowledge.name(.version, serverHello.version))
      object.add("cipher", Knowledge.hex4(serverHello.suite))
      object.add("cipherName", Knowledge.cipherName(serverHello.suite))
      object.add(
        "group",
        (serverHello.group ?? keyExchangeGroup).map {
          Knowledge.name(.group, $0) ?? Knowledge.hex4($0)
        })
      object.add("applicationProtocol", serverHello.applicationProtocol)
    }
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
    guard let content = sent.content else { return item }
    item.add("subject", content.subject)
    item.add("issuer", content.issuer)
    item.add("serial", content.serial)
    item.add("notBefore", content.notBefore)
    item.add("notAfter", content.notAfter)
    item.add("keyType", content.keyType)
    item.add("keyBits", content.keyBits)
    item.add("signature", content.signature)
    item.add("names", content.names)
    item.add("authority", content.isAuthority)
    item.add("sha256", content.fingerprint)
    return item
  }
}

extension TLSClientHello {
  fileprivate func json() -> JSONObject {
    var object = JSONObject()
    object.add("versions", texts(.version, versions))
    object.add("ciphers", suites.filter { !Knowledge.isGREASE($0) }.map { Knowledge.hex4($0) })
    object.add("groups", texts(.group, groups))
    object.add("keyShares", texts(.group, keyShares))
    object.add("signatures", texts(.signature, signatureAlgorithms))
    object.add("serverName", serverName)
    object.add("applicationProtocols", applicationProtocols)
    return object
  }

  private func texts(_ set: Knowledge.NumberSet, _ numbers: [UInt16]) -> [String] {
    numbers.filter { !Knowledge.isGREASE($0) }.map {
      Knowledge.name(set, $0) ?? Knowledge.hex4($0)
    }
  }
}
