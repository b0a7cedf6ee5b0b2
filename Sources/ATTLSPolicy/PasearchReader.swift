/// Reads what `pasearch -t` prints; the layout is in Formats/pasearch.md.
struct PasearchReader {
  private let file: String
  private var set = PolicySet(kind: .listing)
  private var rule: PolicyRule?
  /// Names and scopes the rule says its actions have, with the line.
  private var announced: [(name: String, line: Int)] = []
  private var action: PolicyAction?
  private var isSkippingRule = false
  private var listKeyword: String?
  private var isLocal = true
  private var fromAddress = ""
  private var time: [String: PolicySetting] = [:]
  private var localAddresses: [AddressRange] = []
  private var remoteAddresses: [AddressRange] = []
  /// Actions seen: a listing repeats an action for every rule that uses it.
  private var known: [Identity: Int] = [:]

  /// What makes two sections of a listing the same action.
  private struct Identity: Hashable {
    var scope: PolicyScope
    var name: String
    var values: [String: [String]]

    init(_ action: PolicyAction) {
      scope = action.scope
      name = action.name
      values = action.settings.mapValues(\.values)
    }
  }

  private let vocabulary = Vocabulary.standard

  static func read(_ bytes: [UInt8], file: String) -> PolicySet {
    var reader = PasearchReader(file: file)
    var lines = LineReader(bytes)
    while let line = lines.next() { reader.read(line) }
    reader.endRule()
    return reader.set
  }

  private init(file: String) { self.file = file }

  private mutating func read(_ line: PolicyLine) {
    if line.hadControl {
      set.diagnostics.warning(
        file, line.number, "control characters in the listing", "they are shown as ?")
    }
    let text = trim(line.text)
    guard !text.isEmpty else { return }
    guard let colon = text.utf8.firstIndex(of: UInt8(ascii: ":")) else {
      return item(text, line.number)
    }
    let key = trim(text[..<colon])
    let value = trim(text[text.utf8.index(after: colon)...])
    switch key {
    case "policyRule":
      endRule()
      rule = PolicyRule(name: String(value), file: file, line: line.number)
    case "TTLS Action": beginAction(value, line.number)
    default:
      if rule == nil {
        header(text, key, value)
      } else if action != nil {
        setting(key, value, line.number)
      } else {
        condition(key, value, line.number)
      }
    }
  }

  private mutating func header(_ text: Substring, _ key: Substring, _ value: Substring) {
    guard set.origin.utf8.count < 200 else { return }
    let words = text.split(separator: " ").joined(separator: " ")
    if text.contains("pasearch") || key == "Date" {
      set.origin += (set.origin.isEmpty ? "" : ", ") + words
    }
  }

  // MARK: the rule

  private mutating func condition(_ key: Substring, _ value: Substring, _ line: Int) {
    switch key {
    case "Rule Type": isSkippingRule = value != "TTLS"
    case "Priority": check("Priority", pair(value, "Sequence Actions").first, line)
    case "policyAction": announced.append((String(value), line))
    case "Local Address": isLocal = true
    case "Remote Address": isLocal = false
    case "FromAddr":
      fromAddress = String(value)
      rule?.lines[isLocal ? "LocalAddr" : "RemoteAddr"] = line
    case "ToAddr": address(fromAddress == value ? fromAddress : "\(fromAddress)-\(value)", line)
    case "Prefix": address("\(fromAddress)/\(value)", line)
    case "Range", "Addr": address(String(value), line)
    case "LocalPortFrom", "RemotePortFrom":
      let isLocal = key == "LocalPortFrom"
      let ends = pair(value, isLocal ? "LocalPortTo" : "RemotePortTo")
      check(isLocal ? "LocalPortRange" : "RemotePortRange", "\(ends.first)-\(ends.second)", line)
    case "JobName":
      let names = pair(value, "UserId")
      if !names.first.isEmpty { check("JobName", names.first, line) }
      if !names.second.isEmpty { check("UserId", names.second, line) }
    case "UserId": if !value.isEmpty { check("UserId", String(value), line) }
    case "ServiceDirection": check("Direction", String(value), line)
    case "TTLS Condition Summary":
      if value.hasSuffix("On") {
        rule?.isNegated = true
        set.diagnostics.warning(
          file, line, "the rule's condition is negated",
          "match honours it; a policy file cannot say it")
      }
    default: timePeriod(key, value, line)
    }
  }

  private mutating func check(_ keyword: String, _ text: String, _ line: Int) {
    guard let entry = vocabulary.entry(keyword, in: "TTLSRule"), var rule else { return }
    let checked = ValueCheck.check(entry, text)
    rule.lines[keyword] = line
    if let problem = checked.problem {
      set.diagnostics.error(file, line, problem.message, problem.remedy)
    } else if let value = checked.values.first {
      switch keyword {
      // An address group prints several pairs.
      case "LocalAddr": localAddresses += RuleConditions.addresses(value)
      case "RemoteAddr": remoteAddresses += RuleConditions.addresses(value)
      case "LocalPortRange": rule.localPorts += RuleConditions.ports(value)
      case "RemotePortRange": rule.remotePorts += RuleConditions.ports(value)
      default: RuleConditions.set(keyword, value, on: &rule)
      }
    }
    self.rule = rule
  }

  private mutating func address(_ text: String, _ line: Int) {
    check(isLocal ? "LocalAddr" : "RemoteAddr", text, line)
  }

  /// `first      KEY:   second`
  private func pair(_ text: Substring, _ key: String) -> (first: String, second: String) {
    guard let found = text.firstRange(of: key + ":") else { return (String(text), "") }
    return (trimmed(text[..<found.lowerBound]), trimmed(text[found.upperBound...]))
  }

  private mutating func timePeriod(_ key: Substring, _ value: Substring, _ line: Int) {
    let keyword: String
    var text = String(value)
    switch key {
    case "First to Last": keyword = "DayOfMonthMask"
    case "Last to First":
      if let first = time["DayOfMonthMask"]?.values.first { text = first + text }
      keyword = "DayOfMonthMask"
    case "Month of Yr Mask": keyword = "MonthOfYearMask"
    case "Day of Week Mask":
      keyword = "DayOfWeekMask"
      text = text.split(separator: " ").first.map(String.init) ?? ""
    case "Fr TimeOfDay":
      keyword = "TimeOfDayRange"
      let ends = pair(value, "To TimeOfDay")
      text = "\(ends.first)-\(ends.second)"
    case "Start Date Time", "End Date Time":
      if value == "None" { return }
      keyword = "ConditionTimeRange"
      if let start = time[keyword]?.values.first { text = "\(start):\(text)" }
    case "TimeZone": keyword = "TimeZone"
    default: return
    }
    time[keyword] = PolicySetting(keyword: keyword, values: [text], line: line)
  }

  // MARK: actions

  private mutating func beginAction(_ name: Substring, _ line: Int) {
    endAction()
    action = PolicyAction(scope: .group, name: String(name), file: file, line: line)
  }

  /// Lines of an action section that are no settings.
  private static let bookkeeping: Set<Substring> = [
    "Version", "Status", "Policy created", "Policy updated",
  ]

  private mutating func setting(_ key: Substring, _ value: Substring, _ line: Int) {
    listKeyword = nil
    if key == "Scope" {
      if let scope = PolicyScope(rawValue: value.lowercased()) {
        action?.scope = scope
      } else {
        set.diagnostics.warning(file, line, "unknown scope \(quoted(value))", "treated as a group")
      }
      return
    }
    if Self.bookkeeping.contains(key) || vocabulary.statement(key) != nil { return }
    guard let entry = vocabulary.home(key) else {
      // A newer release knows more keywords than we do.
      listKeyword = String(key)
      if !value.isEmpty {
        action?.add(String(key), [String(value)], line: line, isList: true)
      }
      return
    }
    if value.isEmpty {
      listKeyword = entry.name
      return
    }
    let checked = ValueCheck.check(entry, String(value))
    if let problem = checked.problem {
      set.diagnostics.warning(file, line, problem.message, "kept as it is")
    }
    action?.add(entry.storedAs, checked.values, line: line, isList: entry.isList)
  }

  /// `code  name` under a list keyword.
  private mutating func item(_ text: Substring, _ line: Int) {
    guard let keyword = listKeyword, action != nil else {
      if rule == nil { return header(text, "", "") }
      set.diagnostics.warning(
        file, line, "line not understood: \(quoted(text))", "it is left out")
      return
    }
    guard let entry = vocabulary.home(keyword) else {
      action?.add(keyword, [String(text)], line: line, isList: true)
      return
    }
    let isCode = entry.shape == .codes || entry.shape == .ciphers
    let code = Substring(text.utf8.prefix { $0 != 32 && $0 != 9 })
    // A code we have no name for is a value like any other.
    let values =
      isCode && code.utf8.count == 4
      ? [code.uppercased()] : ValueCheck.check(entry, String(text)).values
    action?.add(entry.storedAs, values, line: line, isList: true)
  }

  private mutating func endAction() {
    listKeyword = nil
    guard let done = action else { return }
    action = nil
    let index: Int
    let identity = Identity(done)
    if let same = known[identity] {
      index = same
    } else {
      index = set.actions.count
      set.actions.append(done)
      known[identity] = index
    }
    rule?.actions.append(index)
  }

  private mutating func endRule() {
    endAction()
    defer {
      rule = nil
      announced = []
      time = [:]
      localAddresses = []
      remoteAddresses = []
      isSkippingRule = false
    }
    guard var done = rule else { return }
    if isSkippingRule {
      set.diagnostics.warning(
        file, done.line, "\(done.name) is not an AT-TLS rule", "it is left out; use pasearch -t")
      return
    }
    let shown = Set(done.actions.map { set.actions[$0].name })
    for (name, line) in announced where !shown.contains(name) {
      set.diagnostics.error(
        file, line, "\(done.name) names action \(quoted(name)), which the listing does not show",
        "is the listing complete? run pasearch -t again")
    }
    done.localAddresses = AddressSet(localAddresses)
    done.remoteAddresses = AddressSet(remoteAddresses)
    let special = time.values.filter { !isAlways($0) }.sorted { $0.line < $1.line }
    if !special.isEmpty { done.times = [special] }
    set.rules.append(done)
  }

  /// Masks of ones, midnight to midnight, local time: no restriction.
  private func isAlways(_ setting: PolicySetting) -> Bool {
    let value = setting.values.first ?? ""
    switch setting.keyword {
    case "TimeOfDayRange": return value == "00:00-24:00"
    case "TimeZone": return value == "Local"
    default: return value.utf8.allSatisfy { $0 == UInt8(ascii: "1") }
    }
  }
}
