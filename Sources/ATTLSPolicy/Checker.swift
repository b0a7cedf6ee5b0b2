/// Looks for what is wrong or doubtful in a policy as a whole; the readers have looked at each line.
public struct PolicyChecker {
  private let set: PolicySet
  private var found = PolicyDiagnostics()
  /// Places already warned about: many rules share one action.
  private var warned = Set<String>()

  /// Everything wrong with the policy, in line order.
  public static func check(_ set: PolicySet) -> PolicyDiagnostics {
    var checker = PolicyChecker(set: set)
    for rule in set.rules { checker.check(rule) }
    checker.duplicateNames()
    var all = set.diagnostics
    all.append(checker.found)
    all.append(ShadowCheck(set).found)
    return all.sorted()
  }

  private init(set: PolicySet) { self.set = set }

  private mutating func check(_ rule: PolicyRule) {
    conditions(rule)
    WritableCheck.run(rule, of: set, into: &found)
    let enabled = set.effective("TTLSEnabled", for: rule)?.values.first
    actions(rule, isEnabled: enabled != "Off")
    guard enabled != "Off" else { return }
    role(rule)
    protocols(rule)
    ciphers(rule)
    certificates(rule)
    clearText(rule)
  }

  // MARK: what must be there

  private mutating func conditions(_ rule: PolicyRule) {
    if rule.direction == nil, rule.lines["Direction"] == nil {
      error(rule, rule.line, "has no Direction", "add Direction Inbound, Outbound or Both")
    }
    let isNarrowed = rule.lines.keys.contains { key in
      key.hasPrefix("Local") || key.hasPrefix("Remote") || key == "JobName" || key == "UserId"
    }
    if !isNarrowed {
      error(
        rule, rule.line, "has no condition",
        "add a local or remote address or port, JobName or UserId (LocalAddr All takes everything)")
    } else if rule.isCatchAll, set.diagnostics.errorCount == 0 {
      warning(
        rule, rule.line, "takes every connection, loopback too",
        "add a port, an address or JobName; give it the lowest Priority")
    }
  }

  private mutating func actions(_ rule: PolicyRule, isEnabled: Bool) {
    let write = set.kind == .yaml ? " :" : ""
    if set.action(.group, of: rule) == nil {
      // A reference that leads nowhere has been reported where it stands.
      if rule.lines["TTLSGroupActionRef"] != nil { return }
      error(
        rule, rule.line, set.kind == .yaml ? "has no TTLSEnabled" : "has no TTLSGroupActionRef",
        set.kind == .yaml ? "add TTLSEnabled : On" : "add TTLSGroupActionRef and the action's name")
      if set.kind != .yaml { return }
    } else if set.kind != .policy, set.effective("TTLSEnabled", for: rule) == nil {
      error(rule, rule.line, "has no TTLSEnabled", "add TTLSEnabled\(write) On")
    }
    guard isEnabled else { return }
    if set.action(.environment, of: rule) == nil {
      if rule.lines["TTLSEnvironmentActionRef"] != nil { return }
      if set.kind != .yaml {
        error(
          rule, rule.line, "has no TTLSEnvironmentActionRef, though TTLSEnabled is On",
          "add TTLSEnvironmentActionRef and the action's name")
        return
      }
    }
    if set.kind != .policy, set.effective("HandshakeRole", for: rule) == nil {
      error(
        rule, rule.line, "has no HandshakeRole",
        "add HandshakeRole\(write) Client, Server or ServerWithClientAuth")
    }
    guard set.effective("Keyring", for: rule) == nil else { return }
    let action = set.action(.environment, of: rule)
    once("keyring \(action?.file ?? rule.file):\(action?.line ?? rule.line)") { checker in
      let isPolicy = checker.set.kind == .policy
      checker.error(
        rule, isPolicy ? action?.line ?? rule.line : rule.line, "has no Keyring",
        isPolicy
          ? "add TTLSKeyringParms with Keyring to the TTLSEnvironmentAction"
          : "add Keyring\(write) userid/ring")
    }
  }

  // MARK: what should be otherwise

  private mutating func role(_ rule: PolicyRule) {
    guard let role = set.effective("HandshakeRole", for: rule), let value = role.values.first else {
      return
    }
    let line = role.source?.line ?? rule.line
    if value == "Client", rule.direction == .inbound {
      warning(
        rule, line, "takes inbound connections with HandshakeRole Client",
        "write Server: the side that accepts is the TLS server")
    }
    if value != "Client", rule.direction == .outbound {
      warning(
        rule, line, "takes outbound connections with HandshakeRole \(value)",
        "write Client: the side that connects is the TLS client")
    }
    if value != "ServerWithClientAuth", let type = set.effective("ClientAuthType", for: rule),
      let source = type.source, !type.isDefault
    {
      warnOnce(
        source, rule, "codes ClientAuthType without effect",
        "it needs HandshakeRole ServerWithClientAuth")
    }
  }

  private mutating func protocols(_ rule: PolicyRule) {
    let weak = [
      ("SSLv2", "broken"), ("SSLv3", "broken"), ("TLSv1", "withdrawn (RFC 8996)"),
      ("TLSv1.1", "withdrawn (RFC 8996)"),
    ]
    for (keyword, why) in weak {
      guard let one = set.effective(keyword, for: rule), one.values.first == "On" else { continue }
      if let source = one.source {
        warnOnce(source, rule, "has \(keyword) On: \(why)", "write \(keyword) Off")
      } else {
        warning(
          rule, rule.line, "has \(keyword) On by default: \(why)", "add \(keyword) Off")
      }
    }
    let versions = ["SSLv2", "SSLv3", "TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"]
    if !versions.contains(where: { set.isOn($0, for: rule) }) {
      error(rule, rule.line, "has every protocol version Off", "add TLSv1.2 On")
    }
  }

  private mutating func ciphers(_ rule: PolicyRule) {
    let suites = set.effective("V3CipherSuites", for: rule)
    let suiteB = set.effective("SuiteBProfile", for: rule)
    if let suiteB, !suiteB.isDefault {
      if let source = suites?.source {
        warnOnce(
          source, rule,
          "lists cipher suites, but SuiteBProfile \(suiteB.values.joined()) is in force",
          "take one of the two out: the list is ignored")
      }
      return
    }
    if set.isOn("TLSv1.3", for: rule), let version = set.effective("TLSv1.3", for: rule),
      !(suites?.values.contains(where: CodeNames.isTLS13) ?? false)
    {
      let advice = "add V3CipherSuites TLS_AES_256_GCM_SHA384, or write TLSv1.3 Off"
      if let source = suites?.source {
        once("tls13 \(source.file):\(source.line)") { checker in
          checker.found.error(
            source.file, source.line,
            "\(rule.name) has TLSv1.3 On and no TLS 1.3 cipher suite in its list", advice)
        }
      } else {
        // A policy like this does get installed, so it is no error.
        let source = version.source
        once("tls13 \(source?.file ?? rule.file):\(source?.line ?? rule.line)") { checker in
          checker.found.warning(
            source?.file ?? rule.file, source?.line ?? rule.line,
            "\(rule.name) has TLSv1.3 On and lists no cipher suites; the default list may hold none"
              + " of TLS 1.3", advice)
        }
      }
    }
    guard let suites, let source = suites.source else { return }
    for code in suites.values {
      if let why = CodeNames.weakness(ofCipher: code) {
        warnOnce(
          source, rule, "offers \(CodeNames.label(code, shape: .ciphers)): \(why)", "take it out",
          key: code)
      } else if CodeNames.ciphers[code] == nil, code.utf8.count == 4 {
        warnOnce(
          source, rule, "lists cipher suite \(code), which has no name here",
          "check it against the System SSL list", key: code)
      }
    }
  }

  private mutating func certificates(_ rule: PolicyRule) {
    if set.effective("HandshakeRole", for: rule)?.values.first == "Client",
      let source = set.effective("ServerCertificateLabel", for: rule)?.source,
      set.effective("CertificateLabel", for: rule) == nil
    {
      warnOnce(
        source, rule, "codes ServerCertificateLabel with HandshakeRole Client",
        "a client's certificate is named by CertificateLabel")
    }
    // A key database, other than a SAF key ring or a token, has a password.
    if let ring = set.effective("Keyring", for: rule), let source = ring.source,
      let name = ring.values.first, name.hasPrefix("/") || name.lowercased().hasSuffix(".kdb"),
      set.effective("KeyringPw", for: rule) == nil,
      set.effective("KeyringStashFile", for: rule) == nil
    {
      warnOnce(
        source, rule, "uses key database \(quoted(name)) without a password",
        "add KeyringStashFile")
    }
  }

  private mutating func clearText(_ rule: PolicyRule) {
    guard let one = set.effective("CtraceClearText", for: rule), one.values.first == "On",
      let source = one.source
    else { return }
    warnOnce(
      source, rule, "has CtraceClearText On: traces hold its data unencrypted",
      "write CtraceClearText Off when the trace is taken")
  }

  private mutating func duplicateNames() {
    guard set.kind == .listing else { return }
    var lines: [String: Int] = [:]
    for rule in set.rules {
      if let earlier = lines.updateValue(rule.line, forKey: rule.name) {
        warning(
          rule, rule.line, "is already listed at line \(earlier)", "two stacks in one listing?")
      }
    }
  }

  // MARK: reporting

  private mutating func once(_ key: String, _ report: (inout PolicyChecker) -> Void) {
    if warned.insert(key).inserted { report(&self) }
  }

  private mutating func warnOnce(
    _ source: PolicySource, _ rule: PolicyRule, _ message: String, _ remedy: String,
    key: String = ""
  ) {
    once("\(source.file):\(source.line) \(key.isEmpty ? message : key)") { checker in
      checker.found.warning(source.file, source.line, "\(rule.name) \(message)", remedy)
    }
  }

  private mutating func error(_ rule: PolicyRule, _ line: Int, _ text: String, _ remedy: String) {
    found.error(rule.file, line, "\(rule.name) \(text)", remedy)
  }

  private mutating func warning(_ rule: PolicyRule, _ line: Int, _ text: String, _ remedy: String) {
    found.warning(rule.file, line, "\(rule.name) \(text)", remedy)
  }
}
