/// The commands that show more, with the inputs and filters of the report itself.
package struct ReportCommands {
  /// Options of `report` that others have not got, and those that have a value.
  private static let own: Set = [
    "-o", "--output", "--rows", "--ladders", "--force", "--quiet", "-q", "--color",
    "--no-pager", "--max-memory",
  ]
  private static let flags: Set = [
    "--force", "--quiet", "-q", "--no-pager", "--redact", "--redact-strict", "--redact=strict",
    "--anonymize",
  ]
  private static let ofLogs: Set = ["--log", "--log-zone"]
  private static let ofPolicy: Set = ["--policy"]
  private static let ofSecrets: Set = [
    "--redact", "--redact-strict", "--redact=strict", "--redact-pattern", "--redact-names",
    "--redact-also",
  ]
  private static let ofNames: Set = ["--anonymize", "--anonymize-key"]

  /// Letters of the paths that are repeated in each command.
  private static let longest = 160

  private let files: String
  private var inputs: [String] = []
  private var logs: [String] = []
  private var secrets: [String] = []
  private var logFiles: [String] = []
  private var policy: [String] = []

  /// - Parameters:
  ///   - words: the command line behind `report`.
  ///   - files: the inputs among them; many of them are not repeated.
  package init(_ words: [String], files: [String]) {
    let named = ShellText.words(files)
    self.files = named.utf8.count <= Self.longest ? named : "FILE…"
    var left = files
    var isAnonymous = false
    var at = 0
    while at < words.count {
      let word = words[at]
      let option = word.hasPrefix("--") ? String(word.prefix { $0 != "=" }) : word
      let names = [word, option]
      let isOwn = names.contains { Self.own.contains($0) }
      let isLog = names.contains { Self.ofLogs.contains($0) }
      let isPolicy = names.contains { Self.ofPolicy.contains($0) }
      let isSecret = names.contains { Self.ofSecrets.contains($0) }
      let isName = names.contains { Self.ofNames.contains($0) }
      var taken = [word]
      if isOwn || isLog || isPolicy || isSecret || isName, !Self.flags.contains(word),
        word == option,
        at + 1 < words.count
      {
        taken.append(words[at + 1])
      }
      at += taken.count
      if isName { isAnonymous = true }
      if isOwn || isName { continue }
      if isLog {
        logs += taken
        if option == "--log" {
          logFiles.append(taken.count > 1 ? taken[1] : String(word.dropFirst("--log=".count)))
        }
      } else if isPolicy {
        policy = taken
      } else if isSecret {
        secrets += taken
      } else if let file = left.firstIndex(of: word) {
        left.remove(at: file)
      } else {
        inputs += taken
      }
    }
    // Filters and the key tell the true names.
    if isAnonymous { (inputs, secrets) = ([], secrets + ["--anonymize"]) }
  }

  private func text(_ command: [String], _ words: [String] = []) -> String {
    [ShellText.words(["zcap"] + command), files, ShellText.words(inputs + words)]
      .filter { !$0.isEmpty }.joined(separator: " ")
  }

  /// By the section of the page that they stand in.
  var ofSections: [(section: StaticString, command: String?)] {
    let why = policy.isEmpty ? ["--policy", "POLICY"] : policy
    let explain = logFiles.isEmpty ? nil : ShellText.words(["zcap", "explain"] + logFiles)
    return [
      ("info", text(["info"], logs)), ("summary", text(["summary"])),
      ("flows", text(["flows"], logs)), ("exchanges", text(["exchanges"], secrets + ["--full"])),
      ("slowest", text(["exchanges"], secrets + ["--by", "duration", "--top", "200"])),
      ("why", text(["policy", "why"], logs + why)), ("attls", text(["attls"], ["--handshake"])),
      ("explain", explain),
    ]
  }

  /// Of one conversation, whose number follows.
  var ofFlow: [String] {
    [
      text(["print"], secrets + ["--style", "stream", "--flow"]),
      text(["exchanges"], secrets + ["--full", "--flow"]),
      text(["convert"], secrets + ["-o", "flow.pcapng", "--flow"]),
    ]
  }
}
