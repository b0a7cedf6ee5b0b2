/// Puts checked condition values on a rule, for all readers.
enum RuleConditions {
  /// `value` is canonical: it went through `ValueCheck`.
  static func set(_ keyword: String, _ value: String, on rule: inout PolicyRule) {
    switch keyword {
    case "LocalAddr": rule.localAddresses = AddressSet(addresses(value))
    case "RemoteAddr": rule.remoteAddresses = AddressSet(addresses(value))
    case "LocalPortRange": rule.localPorts = ports(value)
    case "RemotePortRange": rule.remotePorts = ports(value)
    case "JobName": rule.jobName = value
    case "UserId": rule.userId = value
    case "Direction": rule.direction = PolicyDirection(rawValue: value)
    case "Priority": rule.priority = UInt64(value) ?? 1
    default: break
    }
  }

  /// The keywords that make a rule's condition, in the order they are shown.
  static let keywords = [
    "Priority", "LocalAddr", "RemoteAddr", "LocalPortRange", "RemotePortRange", "JobName",
    "UserId", "Direction",
  ]

  /// What the rule codes for one of `keywords`; empty when it is the default.
  static func values(_ keyword: String, of rule: PolicyRule) -> [String] {
    switch keyword {
    case "LocalAddr": rule.localAddresses.map(\.description)
    case "RemoteAddr": rule.remoteAddresses.map(\.description)
    case "LocalPortRange": rule.localPorts.map(\.description)
    case "RemotePortRange": rule.remotePorts.map(\.description)
    case "JobName": rule.jobName.map { [$0] } ?? []
    case "UserId": rule.userId.map { [$0] } ?? []
    case "Direction": rule.direction.map { [$0.rawValue] } ?? []
    case "Priority": rule.priority == 1 ? [] : [String(rule.priority)]
    default: []
    }
  }

  /// All (or an address that is none) is no condition.
  static func addresses(_ value: String) -> [AddressRange] {
    AddressRange(value).map { [$0] } ?? []
  }

  /// Port 0 is no condition.
  static func ports(_ value: String) -> [PortRange] {
    PortRange(value).flatMap { $0.high == 0 ? nil : [$0] } ?? []
  }
}
