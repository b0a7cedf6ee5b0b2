public import TraceBytes

extension PolicyReport {
  /// Writes a line for each rule, in the order they are tried; every value with its source.
  public func write(_ set: PolicySet, to json: inout JSONLine) throws(TraceError) {
    for rule in selected(set) { try write(rule, set, to: &json) }
  }

  private func write(
    _ rule: PolicyRule, _ set: PolicySet, to json: inout JSONLine
  ) throws(TraceError) {
    try json.begin("policy_rule")
    try json.text("attls_rule", rule.name)
    try json.text("file", rule.file)
    try json.number("line", rule.line)
    try json.number("priority", rule.priority)
    try json.text("attls_direction", rule.direction?.word)
    try json.texts("local_addresses", rule.localAddresses.map(\.description))
    try json.texts("remote_addresses", rule.remoteAddresses.map(\.description))
    try json.texts("local_ports", rule.localPorts.map(\.description))
    try json.texts("remote_ports", rule.remotePorts.map(\.description))
    try json.text("job", rule.jobName)
    try json.text("attls_user", rule.userId)
    try json.bool("negated", rule.isNegated)
    try json.openList("times")
    for settings in rule.times {
      try json.open()
      try json.objects("settings", settings) { (json, one) throws(TraceError) in
        try json.text("keyword", one.keyword)
        try json.texts("values", one.values)
      }
      try json.close()
    }
    try json.closeList()
    let settings = showsAll ? set.effective(for: rule) : set.notable(for: rule)
    try json.objects("settings", settings) { (json, one) throws(TraceError) in
      try json.text("keyword", one.keyword)
      try json.texts("values", one.values)
      try json.bool("is_default", one.isDefault)
      try json.object("source", one.source) { (json, source) throws(TraceError) in
        try Self.write(source, to: &json)
      }
      try json.objects("overridden", one.overridden) { (json, source) throws(TraceError) in
        try Self.write(source, to: &json)
      }
    }
    try json.end()
  }

  private static func write(
    _ source: PolicySource, to json: inout JSONLine
  ) throws(TraceError) {
    try json.text("scope", source.scope.rawValue)
    try json.text("action", source.action)
    try json.text("file", source.file)
    try json.number("line", source.line)
    try json.texts("values", source.values)
  }
}

extension PolicyDirection {
  /// In the words of every output.
  var word: String {
    switch self {
    case .inbound: "in"
    case .outbound: "out"
    case .both: "both"
    }
  }
}

extension PolicyDiagnostic {
  /// Writes the finding as a line.
  public func write(to json: inout JSONLine) throws(TraceError) {
    try json.begin("policy_finding")
    try json.text("severity", severity.rawValue)
    try json.text("file", file)
    try json.number("line", line > 0 ? line : nil)
    try json.text("message", message)
    try json.text("remedy", remedy)
    try json.end()
  }
}
