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

  /// InBound and OutBound in the word of every output.
  public var directionWord: String? {
    switch direction {
    case "InBound": "in"
    case "OutBound": "out"
    default: direction?.lowercased()
    }
  }

  /// Writes the connection as the members of a line; `events` only with its steps.
  public func write(to json: inout JSONLine, withSteps: Bool) throws(TraceError) {
    try json.moment("start_time", "start_ns", start)
    try json.moment("end_time", "end_ns", end)
    try json.text("connid", idText)
    try json.text("stack", stack)
    try json.text("job", job)
    try json.text("local_ip", local?.address)
    try json.number("local_port", local?.port)
    try json.text("remote_ip", remote?.address)
    try json.number("remote_port", remote?.port)
    try json.text("attls_rule", rule)
    try json.text("attls_user", user)
    try json.text("attls_protocol", protocolText)
    try json.text("attls_cipher", cipher)
    try json.text("attls_outcome", outcome.rawValue)
    try json.text("attls_direction", directionWord)
    try json.text("attls_status", status)
    try json.text("attls_cipher_name", cipherName)
    try json.number("attls_return_code", failures.first?.returnCode)
    try json.texts("attls_actions", actions)
    try json.text("attls_role", role)
    try json.number("handshake_seconds", handshakeSeconds)
    try json.bool("closed", isClosed)
    try json.number("messages", messages)
    try json.objects("failures", failures) { (json, failure) throws(TraceError) in
      try json.number("return_code", failure.returnCode)
      try json.text("event", failure.event)
      try json.moment("time", "time_ns", failure.time)
      try json.text("meaning", failure.meaning)
      try json.text("cause", failure.cause)
    }
    try json.objects("events", withSteps ? steps : nil) { (json, step) throws(TraceError) in
      try step.write(to: &json)
    }
  }
}

extension JSONLine {
  /// A moment of a log: its clock names no zone, and the nanoseconds take it for UTC; null without a year.
  mutating func moment(
    _ name: StaticString, _ nanosecondsName: StaticString, _ time: ATTLSTime?
  ) throws(TraceError) {
    try text(name, time?.description.replacing(" ", with: "T"))
    try number(nanosecondsName, time?.nanosecondsSince1970)
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

  func write(to json: inout JSONLine) throws(TraceError) {
    try json.moment("time", "time_ns", time)
    try json.number("line", line)
    try json.text("kind", kind.rawValue)
    try json.text("name", name)
    try json.number("return_code", returnCode)
    try json.known("detail", detail)
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

  /// Writes the rule as a line.
  public func write(to json: inout JSONLine) throws(TraceError) {
    try json.begin("attls_rule")
    try json.known("attls_rule", name)
    try json.number("connections", connections)
    try json.number("secure", secure)
    try json.number("failed", failed)
    try json.moment("first_time", "first_time_ns", first)
    try json.moment("last_time", "last_time_ns", last)
    let codes = returnCodes.sorted { $0.key < $1.key }
    try json.objects("return_codes", codes) { (json, code) throws(TraceError) in
      try json.number("return_code", code.key)
      try json.number("count", code.value)
    }
    let agreed = suites.sorted { $0.key < $1.key }
    try json.objects("suites", agreed) { (json, suite) throws(TraceError) in
      try json.text("suite", suite.key)
      try json.number("count", suite.value)
    }
    try json.end()
  }
}
