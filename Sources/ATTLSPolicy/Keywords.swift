public import TraceBytes

/// How much experience a keyword asks for.
public enum KeywordExperience: Sendable, CaseIterable, Comparable {
  /// What everyone needs to begin.
  case basic
  /// What most people need at some time.
  case more
  /// What experts use.
  case expert

  /// What the word for it says; nil for any other.
  public init?(_ name: String) {
    guard let found = Self.allCases.first(where: { $0.name == name.lowercased() }) else {
      return nil
    }
    self = found
  }

  /// The word for it on a command line.
  public var name: String {
    switch self {
    case .basic: "basic"
    case .more: "more"
    case .expert: "expert"
    }
  }

  var heading: String {
    switch self {
    case .basic: "What everyone needs"
    case .more: "What most people need at some time"
    case .expert: "For experts"
    }
  }
}

/// A keyword of the policy language: what it is for, its values, and where it stands.
public struct PolicyKeyword: Sendable {
  /// The keyword.
  public let name: String
  /// How much experience it asks for.
  public let experience: KeywordExperience
  /// What it is about: rule, start, certificates, protocols, connection, problems, sessions, revocation.
  public let topic: String
  /// The z/OS release that brought it, as remembered; nil when it is not known here.
  public let since: String?
  /// What it is for, in a sentence.
  public let meaning: String
  /// The values it takes, in words.
  public let values: String
  /// What holds when it is not coded; nil when nothing does or it must be coded.
  public let defaultValue: String?
  /// Whether it must be coded.
  public let isRequired: Bool
  /// The statements that hold it; compact YAML needs none of them.
  public let statements: [String]

  /// Every keyword of compact YAML: by experience, then topic, then name.
  public static let all: [PolicyKeyword] = {
    let ranks = Dictionary(uniqueKeysWithValues: topics.enumerated().map { ($1, $0) })
    return keywordTable.split(separator: "\n").compactMap { PolicyKeyword($0) }.sorted { a, b in
      let (one, other) = (ranks[a.topic] ?? topics.count, ranks[b.topic] ?? topics.count)
      return (a.experience, one, a.name.lowercased()) < (b.experience, other, b.name.lowercased())
    }
  }()

  /// The keyword of that name, whatever the case.
  public static func named(_ name: String) -> PolicyKeyword? {
    let name = name.lowercased()
    return all.first { $0.name.lowercased() == name }
  }

  private init?(_ row: Substring) {
    let cells = row.split(separator: "|", maxSplits: 4).map(String.init)
    guard cells.count == 5, let level = Int(cells[1]),
      KeywordExperience.allCases.indices.contains(level - 1),
      let entry = Vocabulary.standard.home(cells[0])
    else { return nil }
    name = cells[0]
    experience = KeywordExperience.allCases[level - 1]
    topic = cells[2]
    since = cells[3] == "-" ? nil : cells[3]
    meaning = cells[4]
    values = Self.words(entry)
    defaultValue = entry.defaults.isEmpty ? nil : entry.defaults.joined(separator: " ")
    isRequired = entry.isRequired
    statements = Vocabulary.standard.entries(cells[0]).map(\.statement)
  }

  private static func words(_ entry: KeywordEntry) -> String {
    let list = entry.isList ? ", several" : ""
    return switch entry.shape {
    case .choice(let choices): choices.joined(separator: ", ") + list
    case .number(let range): "\(range.lowerBound) to \(range.upperBound)"
    case .word: "a word" + list
    case .label: "a text" + list
    case .job: "a job name of up to 8 characters, * at the end for any rest"
    case .user: "a user ID of up to 8 characters, * at the end for any rest"
    case .codes: "four-digit codes, several"
    case .ciphers: "TLS_ names or codes, several"
    case .ciphers2: "codes from 1 2 3 4 6 7"
    case .address: "All, an address, address/bits or address-address"
    case .prefix: "address/bits"
    case .ports: "a port or first-last"
    case .reference(let target): "the name of a \(target)"
    }
  }

  // MARK: lists

  /// The keywords up to some experience, by topic, as text of this width.
  public static func list(
    upTo experience: KeywordExperience, topic: String? = nil, width: Int = 80
  ) -> String {
    var out = ""
    var heading = ""
    let shown = all.filter { $0.experience <= experience && (topic ?? $0.topic) == $0.topic }
    for one in shown {
      let next = "\(one.experience.heading): \(one.topic)"
      if next != heading {
        out += (heading.isEmpty ? "" : "\n") + next + "\n"
        heading = next
      }
      let fallback =
        one.isRequired ? "; required" : one.defaultValue.map { "; default \($0)" } ?? ""
      out += "  \(one.name)\n"
      out += wrapped(one.meaning, width) + wrapped(one.values + fallback, width)
    }
    return out
  }

  /// A text in lines of at most so many columns, indented.
  private static func wrapped(_ text: String, _ width: Int) -> String {
    var lines: [String] = []
    var line = "     "
    for word in text.split(separator: " ") {
      if line.count > 5, line.count + 1 + word.count > width {
        lines.append(line)
        line = "     "
      }
      line += " " + word
    }
    return (lines + [line]).map { $0 + "\n" }.joined()
  }

  /// The topics there are, in the order in which they are listed. Said here and not gathered from the keywords,
  /// because the help of the command names them at every start.
  public static let topics = [
    "rule", "start", "protocols", "certificates", "connection", "problems", "sessions",
    "revocation",
  ]

  /// Writes the keyword as a line.
  public func write(to json: inout JSONLine) throws(TraceError) {
    try json.begin("policy_keyword")
    try json.text("keyword", name)
    try json.text("experience", experience.name)
    try json.text("topic", topic)
    try json.text("since", since)
    try json.text("meaning", meaning)
    try json.text("values", values)
    try json.text("default", defaultValue)
    try json.bool("required", isRequired)
    try json.texts("statements", statements)
    try json.end()
  }
}

/// A compact YAML document to begin with.
public enum PolicyTemplate {
  /// What z/OS is in the connections of the rule.
  public enum Role: String, Sendable, CaseIterable {
    /// It accepts connections.
    case server
    /// It opens connections.
    case client
    /// It accepts connections and asks clients for certificates.
    case mutual
  }

  /// A rule that `check` finds nothing wrong with, and further keywords as comments.
  public static func text(_ role: Role, upTo experience: KeywordExperience) -> String {
    var values = [
      "TTLSEnabled": "On", "Trace": "7", "Keyring": "USERID/RING", "TLSv1": "Off",
      "TLSv1.1": "Off", "TLSv1.2": "On",
    ]
    switch role {
    case .server, .mutual:
      values["LocalPortRange"] = "443"
      values["Direction"] = "Inbound"
      values["HandshakeRole"] = role == .server ? "Server" : "ServerWithClientAuth"
    case .client:
      values["RemotePortRange"] = "443"
      values["Direction"] = "Outbound"
      values["HandshakeRole"] = "Client"
    }
    var out = """
      # A rule for zcap policy generate. Change what is there; take # away from what you need.
      ---
      policyRule : MYRULE

      """
    var heading = ""
    for one in PolicyKeyword.all where one.experience <= experience {
      let next = "\(one.experience.heading): \(one.topic)"
      if next != heading {
        out += "\n# \(next)\n"
        heading = next
      }
      let value = values[one.name]
      let example =
        value ?? one.defaultValue.map {
          one.isList ? "[ \($0.split(separator: " ").joined(separator: ", ")) ]" : $0
        }
        ?? one.example
      let line = (value == nil ? "# " : "") + "\(one.name) : \(example)"
      let pad = String(repeating: " ", count: max(1, 40 - line.count))
      out += "\(line)\(pad)# \(one.meaning)\n"
    }
    return out
  }
}

extension PolicyKeyword {
  /// Does it take a list?
  var isList: Bool { Vocabulary.standard.home(name)?.isList ?? false }

  /// A value to show where there is no default.
  var example: String {
    guard let entry = Vocabulary.standard.home(name) else { return "" }
    switch entry.shape {
    case .choice(let choices): return choices.first ?? ""
    case .number(let range): return "\(range.lowerBound)"
    case .job: return "MYJOB"
    case .user: return "MYUSER"
    case .ciphers: return "[ TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384 ]"
    case .codes: return "[ 0023 ]"
    case .ciphers2: return "1"
    case .address: return "All"
    case .prefix: return "10.0.0.0/8"
    case .ports: return "443"
    case .word, .label: return entry.isList ? "[ NAME ]" : "NAME"
    case .reference: return ""
    }
  }
}
