/// A statement of the policy language: a keyword that opens a block in braces.
public struct PolicyStatement: Sendable {
  /// The statement.
  public let name: String
  /// What it is for, in a sentence.
  public let meaning: String
  /// The statements in which it stands, or which name it.
  public let parents: [String]
  /// The keywords in its block, and the statements.
  public let keywords: [String]

  /// The statement of that name, whatever the case.
  public static func named(_ name: String) -> PolicyStatement? {
    Vocabulary.standard.statement(name).map { PolicyStatement($0) }
  }

  /// The names of all statements.
  public static var names: [String] { Vocabulary.standard.statements.map(\.name) }

  private init(_ entry: StatementEntry) {
    name = entry.name
    meaning = Self.meanings[entry.name] ?? "A block of parameters."
    parents = entry.parents
    keywords = entry.keywords.map(\.name).reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
  }

  private static let meanings = [
    "TTLSRule": "Says which connections it governs, and names the actions that say how.",
    "IpAddr": "One address.",
    "IpAddrSet": "A network, or a range of addresses.",
    "IpAddrGroup": "Addresses under one name, for several rules.",
    "PortRange": "A port, or a range of ports.",
    "PortGroup": "Ports under one name, for several rules.",
    "IpTimeCondition": "When a rule is in force.",
    "TTLSGroupAction": "Turns AT-TLS on or off, and says what is traced; every rule names one.",
    "TTLSGroupAdvancedParms": "What few need of a group.",
    "TTLSEnvironmentAction":
      "Says how TLS is done for the connections of its rules: role, key ring, protocols, ciphers.",
    "TTLSConnectionAction": "What is different for the connections of a rule; it wins.",
    "TTLSCipherParms": "The cipher suites, the best first.",
    "TTLSEnvironmentAdvancedParms": "Protocols, checks of certificates and what else few need.",
    "TTLSConnectionAdvancedParms": "The same for the connections of a rule.",
    "TTLSKeyringParms": "Where the certificates are.",
    "TTLSSignatureParms": "Signatures, curves and groups.",
    "TTLSGskAdvancedParms": "Sessions and revocation, as System SSL has them.",
    "TTLSGskLdapParms": "Revocation lists from LDAP servers.",
    "TTLSGskHttpCdpParms": "Revocation lists by HTTP.",
    "TTLSGskOcspParms": "Revocation by OCSP.",
  ]
}
