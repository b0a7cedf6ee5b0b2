/// The options of a filter, in the order in which they are tested.
enum FilterOption: Int, CaseIterable {
  case kind, direction, security, since, until, job, interface, port, ip, source, destination
  case text, expression, flow

  /// The option as it is typed.
  var name: String {
    switch self {
    case .kind: "--kind"
    case .direction: "--direction"
    case .security: "--secure"
    case .since: "--since"
    case .until: "--until"
    case .job: "--job"
    case .interface: "--interface"
    case .port: "--port"
    case .ip: "--ip"
    case .source: "--src"
    case .destination: "--dst"
    case .text: "--contains"
    case .expression: "-f"
    case .flow: "--flow"
    }
  }
}
