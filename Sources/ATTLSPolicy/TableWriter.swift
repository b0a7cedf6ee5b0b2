extension PolicyReport {
  /// What stands above the cells of a rule.
  public static let columns = [
    "priority", "rule", "direction", "local", "remote", "job", "user", "TLS", "role", "trace",
    "clear",
  ]

  /// The cells of each rule, in the order they are tried.
  public func rows(_ set: PolicySet) -> [[String]] {
    selected(set).map { rule in
      [
        String(rule.priority), rule.name, rule.direction?.rawValue ?? "?",
        endpoint(rule.localAddresses, rule.localPorts),
        endpoint(rule.remoteAddresses, rule.remotePorts), rule.jobName ?? "*", rule.userId ?? "*",
        protocols(rule, set), value("HandshakeRole", rule, set), value("Trace", rule, set),
        value("CtraceClearText", rule, set),
      ]
    }
  }

  private func endpoint(_ addresses: AddressSet, _ ports: [PortRange]) -> String {
    let address = addresses.isEmpty ? "*" : addresses.map(\.description).joined(separator: ",")
    let port = ports.map { $0.low == $0.high ? String($0.low) : $0.description }
    return address + ".." + (port.isEmpty ? "*" : port.joined(separator: ","))
  }

  private func protocols(_ rule: PolicyRule, _ set: PolicySet) -> String {
    guard set.isOn("TTLSEnabled", for: rule) else { return "off" }
    let names = [("SSLv2", "ssl2"), ("SSLv3", "ssl3")] + Self.versions
    let on = names.filter { set.isOn($0.0, for: rule) }.map(\.1)
    return on.isEmpty ? "none" : on.joined(separator: ",")
  }

  private static let versions = [
    ("TLSv1", "1.0"), ("TLSv1.1", "1.1"), ("TLSv1.2", "1.2"), ("TLSv1.3", "1.3"),
  ]

  private func value(_ keyword: String, _ rule: PolicyRule, _ set: PolicySet) -> String {
    set.effective(keyword, for: rule)?.values.joined(separator: " ") ?? "-"
  }
}
