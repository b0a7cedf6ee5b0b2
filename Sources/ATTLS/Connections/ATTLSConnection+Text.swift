public import TraceBytes

extension ATTLSConnection {
  /// CONNID as the log writes it.
  public var idText: String? { id.map { Explainer.hex8($0) } }

  /// When it began, CONNID, job, user, local end, who opened it, remote end, rule, actions, status, result.
  public var cells: [String] {
    let arrow = direction == "InBound" ? "<-" : direction == "OutBound" ? "->" : "--"
    return [
      start?.description ?? "", idText ?? "?", job ?? "", user ?? "", local?.description ?? "",
      arrow, remote?.description ?? "", rule ?? "", actionText, status ?? "", result,
    ]
  }

  /// The group, environment and connection action; a missing one is a dash.
  private var actionText: String {
    actions.map { $0 == "**N/A**" ? "-" : $0 }.joined(separator: "/")
  }

  /// How the connection fared, in words.
  public var result: String {
    switch outcome {
    case .secure: return "secure: \(agreed)" + took
    case .failed:
      let told = failures.map { failure in
        var text = "RC \(failure.returnCode) \(failure.event)"
        if let meaning = failure.meaning { text += ": \(meaning)" }
        if let cause = failure.cause { text += " Because of \(cause)" }
        return text
      }
      let before = isSecure ? "secure (\(agreed)), then " : ""
      return before + "failed: " + told.joined(separator: " | ")
    case .unfinished: return "handshake not finished"
    case .noHandshake:
      return status == "Not Enabled" ? "not protected: the rule is not enabled" : "no handshake"
    }
  }

  private var agreed: String {
    [protocolText, cipher, cipherName].compactMap { $0 }.joined(separator: " ")
  }

  private var took: String {
    guard let seconds = handshakeSeconds else { return "" }
    return seconds == 0 ? ", in less than 1 s" : ", in \(seconds) s"
  }

  static func pad(_ text: String, _ width: Int) -> String {
    let count = text.count
    return count >= width ? text : text + String(repeating: " ", count: width - count)
  }

  /// The connection as a JSON object.
  public func json(withSteps: Bool) -> JSONObject {
    var object = JSONObject(type: "attls_connection")
    object.add("time", start?.description)
    object.add("time_ns", start?.nanosecondsSince1970)
    object.add("end", end?.description)
    object.add("end_ns", end?.nanosecondsSince1970)
    object.add("connid", idText)
    object.add("stack", stack)
    object.add("job", job)
    object.add("user", user)
    object.add("local", local?.address)
    object.add("local_port", local?.port)
    object.add("remote", remote?.address)
    object.add("remote_port", remote?.port)
    object.add("direction", direction)
    object.add("rule", rule)
    object.add("actions", actions)
    object.add("status", status)
    object.add("role", role)
    object.add("outcome", outcome.rawValue)
    object.add("protocol", protocolText)
    object.add("cipher", cipher)
    object.add("cipher_name", cipherName)
    object.add("handshake_seconds", handshakeSeconds)
    object.add("closed", isClosed)
    object.add("messages", messages)
    object.add(
      "failures",
      failures.map { failure in
        var item = JSONObject()
        item.add("rc", failure.returnCode)
        item.add("event", failure.event)
        item.add("time", failure.time?.description)
        item.add("meaning", failure.meaning)
        item.add("cause", failure.cause)
        return item
      })
    object.add("events", withSteps ? steps.map { $0.json() } : [])
    return object
  }
}

extension ATTLSConnection.Step {
  /// The step in one line.
  public var row: String {
    var text = ATTLSConnection.pad(time?.description ?? "", 22) + " "
    text += ATTLSConnection.pad(kind.rawValue, 5) + " "
    text += returnCode.map { ATTLSConnection.pad("RC \($0)", 8) } ?? "        "
    text += " " + name
    if !detail.isEmpty { text += "  \(detail)" }
    return text
  }

  func json() -> JSONObject {
    var item = JSONObject()
    item.add("time", time?.description)
    item.add("line", line)
    item.add("kind", kind.rawValue)
    item.add("name", name)
    item.add("rc", returnCode)
    item.add("detail", detail.isEmpty ? nil : detail)
    return item
  }
}

extension ATTLSRuleUsage.Rule {
  /// The rule, its connections, secure and failed ones, and when it was last used.
  public var cells: [String] {
    [
      name.isEmpty ? "(rule not in the log)" : name, "\(connections)", "\(secure)", "\(failed)",
      last?.description ?? "",
    ]
  }

  /// Its suites and failures, a line each.
  public var details: [String] {
    var lines: [String] = []
    for (suite, count) in suites.sorted(by: { ($1.value, $0.key) < ($0.value, $1.key) }) {
      let code = suite.split(separator: " ").last.map { String($0) } ?? ""
      let known = Knowledge.cipherSuite(code).map { " \($0.name)" } ?? ""
      lines.append("\(count) x \(suite)\(known)")
    }
    for (code, count) in returnCodes.sorted(by: { ($1.value, $0.key) < ($0.value, $1.key) }) {
      let meaning = Knowledge.returnCode(code)?.meaning ?? "not known"
      lines.append("\(count) x RC \(code): \(meaning)")
    }
    return lines
  }

  /// The rule as a JSON object.
  public func json() -> JSONObject {
    var object = JSONObject(type: "attls_rule")
    object.add("rule", name)
    object.add("connections", connections)
    object.add("secure", secure)
    object.add("failed", failed)
    object.add("first", first?.description)
    object.add("last", last?.description)
    var codes = JSONObject()
    for (code, count) in returnCodes.sorted(by: { $0.key < $1.key }) { codes.add("\(code)", count) }
    object.add("return_codes", codes)
    var agreed = JSONObject()
    for (suite, count) in suites.sorted(by: { $0.key < $1.key }) { agreed.add(suite, count) }
    object.add("suites", agreed)
    return object
  }
}
