public import TraceBytes

extension ATTLSConnection {
  /// CONNID as the log writes it.
  public var idText: String? { id.map { Explainer.hex8($0) } }

  /// Appends the text of one of the columns 0 to 10: when it began, CONNID, job, user, local end, who opened it, remote end,
  /// rule, actions, status, result.
  public func append(column: Int, to text: inout [UInt8]) {
    switch column {
    case 0: start?.append(to: &text)
    case 1: text.append(contentsOf: (idText ?? "?").utf8)
    case 2: Self.append(job, to: &text)
    case 3: Self.append(user, to: &text)
    case 4: local?.append(to: &text)
    case 5:
      let arrow = direction == "InBound" ? "<-" : direction == "OutBound" ? "->" : "--"
      text.append(contentsOf: arrow.utf8)
    case 6: remote?.append(to: &text)
    case 7: Self.append(rule, to: &text)
    case 8:
      // A missing action is a dash.
      for (index, action) in actions.enumerated() {
        if index > 0 { text.append(UInt8(ascii: "/")) }
        text.append(contentsOf: (action == "**N/A**" ? "-" : action).utf8)
      }
    case 9: Self.append(status, to: &text)
    default: appendResult(to: &text)
    }
  }

  private static func append(_ part: String?, to text: inout [UInt8]) {
    if let part { text.append(contentsOf: part.utf8) }
  }

  /// How the connection fared, in words.
  public var result: String {
    var text: [UInt8] = []
    appendResult(to: &text)
    return String(decoding: text, as: UTF8.self)
  }

  private func appendResult(to text: inout [UInt8]) {
    func add(_ part: String) { text.append(contentsOf: part.utf8) }
    switch outcome {
    case .secure:
      add("secure: ")
      appendAgreed(to: &text)
      if let handshakeSeconds {
        add(handshakeSeconds == 0 ? ", in less than 1 s" : ", in \(handshakeSeconds) s")
      }
    case .failed:
      if isSecure {
        add("secure (")
        appendAgreed(to: &text)
        add("), then ")
      }
      add("failed: ")
      for (index, failure) in failures.enumerated() {
        if index > 0 { add(" | ") }
        add("RC \(failure.returnCode) ")
        add(failure.event)
        if let meaning = failure.meaning {
          add(": ")
          add(meaning)
        }
        if let cause = failure.cause {
          add(" Because of ")
          add(cause)
        }
      }
    case .unfinished: add("handshake not finished")
    case .noHandshake:
      add(status == "Not Enabled" ? "not protected: the rule is not enabled" : "no handshake")
    }
  }

  /// Protocol, suite and its name.
  private func appendAgreed(to text: inout [UInt8]) {
    let start = text.count
    for part in [protocolText, cipher, cipherName] {
      guard let part else { continue }
      if text.count > start { text.append(0x20) }
      text.append(contentsOf: part.utf8)
    }
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
  /// A moment of a log: its clock names no zone, and the nanoseconds take it for UTC. Without a year the text is
  /// that of the log, and the nanoseconds are null.
  mutating func moment(
    _ name: StaticString, _ nanosecondsName: StaticString, _ time: ATTLSTime?
  ) throws(TraceError) {
    var letters: [UInt8] = []
    time?.append(to: &letters)
    if time?.year != nil, let blank = letters.firstIndex(of: 0x20) { letters[blank] = 0x54 }
    try text(name, time == nil ? nil : String(decoding: letters, as: UTF8.self))
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
