/// The configuration of Policy Agent, which names the files with policies and is none itself.
///
/// Source: z/OS Communications Server IP Configuration Reference, Policy Agent: TcpImage and PEPInstance
/// name a stack's file, TTLSConfig in that one and CommonTTLSConfig name the AT-TLS policy.
enum PolicyAgentConfiguration {
  /// Statements of the main file and of a stack's file, in small letters.
  static let keywords: Set<String> = [
    "ttlsconfig", "commonttlsconfig", "tcpimage", "pepinstance", "ipsecconfig", "commonipsecconfig",
    "idsconfig", "commonidsconfig", "qosconfig", "routingconfig", "loglevel",
    "dynamicconfigpolicyload",
    "servicesconnection", "policyserver", "clientconnection",
  ]

  static let name = "a configuration of Policy Agent"
  /// How ``message(_:)`` begins.
  static let what = "is \(name), not a policy"

  /// What to give instead, from the lines that such a file holds.
  static func message(_ lines: [String]) -> String {
    let names = lines.compactMap { line -> (keyword: String, file: String)? in
      let words = line.split { $0 == " " || $0 == "\t" }.map(String.init)
      switch words.first?.lowercased() {
      case "ttlsconfig", "commonttlsconfig":
        return words.count > 1 ? (words[0], words[1]) : nil
      case "tcpimage", "pepinstance": return words.count > 2 ? (words[0], words[2]) : nil
      default: return nil
      }
    }
    let policy = names.filter { $0.keyword.lowercased().hasSuffix("ttlsconfig") }
    if let first = policy.first {
      return "\(what): its \(first.keyword) names \(first.file): give that file"
    }
    if let first = names.first {
      return "\(what): its \(first.keyword) names \(first.file), whose TTLSConfig names the policy"
    }
    return "\(what): give the file that TTLSConfig names"
  }
}
