/// Whether traces of a rule's connections hold the application's data, and what decides it.
public struct ClearTextVerdict: Sendable {
  /// Is AT-TLS active for the rule at all? If not, traces hold the data as it is sent.
  public var isEnabled: Bool
  /// Is CtraceClearText On in force?
  public var isOn: Bool
  /// The action that codes the value; nil when it is the default, Off.
  public var source: PolicySource?
  /// The strongest action the rule has, where a change would surely count.
  public var place: (scope: PolicyScope, action: String, file: String, line: Int)?
  /// What to change so that traces hold the data, in one sentence; nil when they do.
  public var advice: String?
}

extension PolicySet {
  /// Says whether a data trace of the rule's connections holds clear text.
  public func clearText(of rule: PolicyRule) -> ClearTextVerdict {
    let setting = effective("CtraceClearText", for: rule)
    let isOn = setting?.values.first == "On"
    let isEnabled = effective("TTLSEnabled", for: rule)?.values.first != "Off"
    var verdict = ClearTextVerdict(isEnabled: isEnabled, isOn: isOn, source: setting?.source)
    if let action = PolicyScope.allCases.reversed().lazy
      .compactMap({ self.action($0, of: rule) }).first
    {
      verdict.place = (action.scope, action.name, action.file, action.line)
    }
    if isEnabled, !isOn { verdict.advice = advice(verdict) }
    return verdict
  }

  private func advice(_ verdict: ClearTextVerdict) -> String {
    let then = ", refresh the Policy Agent and let the client connect again"
    if let source = verdict.source {
      // In a listing an action shows the default as if it were coded.
      return "write CtraceClearText On in \(source.scope.statement) \(source.action)"
        + (kind == .listing ? "" : " (\(source.file):\(source.line))") + then
    }
    guard let place = verdict.place else {
      return "add CtraceClearText On to the rule's group action"
    }
    return "add CtraceClearText On to \(place.scope.statement) \(place.action)"
      + (kind == .listing ? "" : " (\(place.file):\(place.line))") + then
  }
}
