extension PolicyReport {
  /// One JSON object per line and rule, in the order they are tried; every value with its source.
  public func json(_ set: PolicySet) -> String {
    selected(set).map { object($0, set) + "\n" }.joined()
  }

  private func object(_ rule: PolicyRule, _ set: PolicySet) -> String {
    var fields = [
      ("rule", JSONText.string(rule.name)), ("file", JSONText.string(rule.file)),
      ("line", String(rule.line)), ("priority", String(rule.priority)),
      ("direction", rule.direction.map { JSONText.string($0.rawValue) } ?? "null"),
      ("localAddresses", strings(rule.localAddresses.map(\.description))),
      ("remoteAddresses", strings(rule.remoteAddresses.map(\.description))),
      ("localPorts", strings(rule.localPorts.map(\.description))),
      ("remotePorts", strings(rule.remotePorts.map(\.description))),
      ("jobName", rule.jobName.map(JSONText.string) ?? "null"),
      ("userId", rule.userId.map(JSONText.string) ?? "null"),
      ("negated", String(rule.isNegated)),
      ("times", "[" + rule.times.map(time).joined(separator: ",") + "]"),
    ]
    let settings = showsAll ? set.effective(for: rule) : set.notable(for: rule)
    fields.append(("settings", "[" + settings.map(setting).joined(separator: ",") + "]"))
    return JSONText.object(fields)
  }

  private func time(_ settings: [PolicySetting]) -> String {
    JSONText.object(
      settings.map { ($0.keyword, JSONText.string($0.values.joined(separator: " "))) })
  }

  private func setting(_ one: EffectiveSetting) -> String {
    JSONText.object([
      ("keyword", JSONText.string(one.keyword)), ("values", strings(one.values)),
      ("default", String(one.isDefault)), ("source", one.source.map(source) ?? "null"),
      ("overridden", "[" + one.overridden.map(source).joined(separator: ",") + "]"),
    ])
  }

  private func source(_ source: PolicySource) -> String {
    JSONText.object([
      ("scope", JSONText.string(source.scope.rawValue)),
      ("action", JSONText.string(source.action)), ("file", JSONText.string(source.file)),
      ("line", String(source.line)), ("values", strings(source.values)),
    ])
  }

  private func strings(_ values: [String]) -> String {
    "[" + values.map(JSONText.string).joined(separator: ",") + "]"
  }
}

/// The little JSON that is written here.
public enum JSONText {
  /// A JSON string.
  public static func string(_ text: String) -> String {
    var out = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": out += "\\\""
      case "\\": out += "\\\\"
      default:
        if scalar.value < 32 || (127...159).contains(scalar.value) {
          let hex = String(scalar.value, radix: 16)
          out += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
        } else {
          out.unicodeScalars.append(scalar)
        }
      }
    }
    return out + "\""
  }

  /// A JSON object of values that are JSON already.
  public static func object(_ fields: [(String, String)]) -> String {
    "{" + fields.map { string($0.0) + ":" + $0.1 }.joined(separator: ",") + "}"
  }
}

extension PolicyDiagnostic {
  /// The diagnostic as a JSON object.
  public var json: String {
    JSONText.object([
      ("severity", JSONText.string(severity.rawValue)), ("file", JSONText.string(file)),
      ("line", String(line)), ("message", JSONText.string(message)),
      ("remedy", JSONText.string(remedy)),
    ])
  }
}
