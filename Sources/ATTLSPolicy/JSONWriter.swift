internal import TraceBytes

extension PolicyReport {
  /// One JSON object per line and rule, in the order they are tried; every value with its source.
  public func json(_ set: PolicySet) -> String {
    selected(set).map { object($0, set) + "\n" }.joined()
  }

  private func object(_ rule: PolicyRule, _ set: PolicySet) -> String {
    var fields = [
      ("rule", JSONObject.string(rule.name)), ("file", JSONObject.string(rule.file)),
      ("line", String(rule.line)), ("priority", String(rule.priority)),
      ("direction", rule.direction.map { JSONObject.string($0.rawValue) } ?? "null"),
      ("localAddresses", strings(rule.localAddresses.map(\.description))),
      ("remoteAddresses", strings(rule.remoteAddresses.map(\.description))),
      ("localPorts", strings(rule.localPorts.map(\.description))),
      ("remotePorts", strings(rule.remotePorts.map(\.description))),
      ("jobName", rule.jobName.map(JSONObject.string) ?? "null"),
      ("userId", rule.userId.map(JSONObject.string) ?? "null"),
      ("negated", String(rule.isNegated)),
      ("times", "[" + rule.times.map(time).joined(separator: ",") + "]"),
    ]
    let settings = showsAll ? set.effective(for: rule) : set.notable(for: rule)
    fields.append(("settings", "[" + settings.map(setting).joined(separator: ",") + "]"))
    return jsonObject(fields)
  }

  private func time(_ settings: [PolicySetting]) -> String {
    jsonObject(
      settings.map { ($0.keyword, JSONObject.string($0.values.joined(separator: " "))) })
  }

  private func setting(_ one: EffectiveSetting) -> String {
    jsonObject([
      ("keyword", JSONObject.string(one.keyword)), ("values", strings(one.values)),
      ("default", String(one.isDefault)), ("source", one.source.map(source) ?? "null"),
      ("overridden", "[" + one.overridden.map(source).joined(separator: ",") + "]"),
    ])
  }

  private func source(_ source: PolicySource) -> String {
    jsonObject([
      ("scope", JSONObject.string(source.scope.rawValue)),
      ("action", JSONObject.string(source.action)), ("file", JSONObject.string(source.file)),
      ("line", String(source.line)), ("values", strings(source.values)),
    ])
  }

  private func strings(_ values: [String]) -> String {
    "[" + values.map(JSONObject.string).joined(separator: ",") + "]"
  }
}

/// A JSON object of values that are JSON already.
private func jsonObject(_ fields: [(String, String)]) -> String {
  "{" + fields.map { JSONObject.string($0.0) + ":" + $0.1 }.joined(separator: ",") + "}"
}

extension PolicyDiagnostic {
  /// The diagnostic as a JSON object.
  public var json: String {
    jsonObject([
      ("severity", JSONObject.string(severity.rawValue)), ("file", JSONObject.string(file)),
      ("line", String(line)), ("message", JSONObject.string(message)),
      ("remedy", JSONObject.string(remedy)),
    ])
  }
}
