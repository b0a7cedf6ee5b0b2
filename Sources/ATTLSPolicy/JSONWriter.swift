internal import TraceBytes

extension PolicyReport {
  /// One JSON object per line and rule, in the order they are tried; every value with its source.
  public func json(_ set: PolicySet) -> String {
    selected(set).map { object($0, set).text + "\n" }.joined()
  }

  private func object(_ rule: PolicyRule, _ set: PolicySet) -> JSONObject {
    var json = JSONObject(type: "policy_rule")
    json.add("rule", rule.name)
    json.add("file", rule.file)
    json.add("line", rule.line)
    json.add("priority", rule.priority)
    json.add("direction", rule.direction?.rawValue)
    json.add("local_addresses", rule.localAddresses.map(\.description))
    json.add("remote_addresses", rule.remoteAddresses.map(\.description))
    json.add("local_ports", rule.localPorts.map(\.description))
    json.add("remote_ports", rule.remotePorts.map(\.description))
    json.add("job", rule.jobName)
    json.add("user", rule.userId)
    json.add("negated", rule.isNegated)
    json.add(
      "times",
      rule.times.map { settings in
        var time = JSONObject()
        for one in settings { time.add(one.keyword, one.values.joined(separator: " ")) }
        return time
      })
    let settings = showsAll ? set.effective(for: rule) : set.notable(for: rule)
    json.add("settings", settings.map(setting))
    return json
  }

  private func setting(_ one: EffectiveSetting) -> JSONObject {
    var json = JSONObject()
    json.add("keyword", one.keyword)
    json.add("values", one.values)
    json.add("default", one.isDefault)
    json.add("source", one.source.map(source))
    json.add("overridden", one.overridden.map(source))
    return json
  }

  private func source(_ source: PolicySource) -> JSONObject {
    var json = JSONObject()
    json.add("scope", source.scope.rawValue)
    json.add("action", source.action)
    json.add("file", source.file)
    json.add("line", source.line)
    json.add("values", source.values)
    return json
  }
}

extension PolicyDiagnostic {
  /// The diagnostic as a JSON object.
  public var json: String {
    var json = JSONObject(type: "policy_finding")
    json.add("severity", severity.rawValue)
    json.add("file", file)
    json.add("line", line > 0 ? line : nil)
    json.add("message", message)
    json.add("remedy", remedy)
    return json.text
  }
}
