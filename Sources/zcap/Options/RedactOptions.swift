import ArgumentParser
import TraceBytes
import TraceSecrets
import ZCapKit

/// What is masked, shared by all commands that show or write payload.
final class RedactOptions: ParsableArguments {
  @Flag(
    help: """
      Replace passwords, tokens, cookies and keys by asterisks of the same length, before anything is \
      left out or shown; packets stay valid. The summary says what was not searched.
      """)
  var redact = false

  @Flag(
    name: .customLong("redact-strict"),
    help: "The same, and leave out payloads that cannot be searched (also --redact=strict).")
  var strict = false

  @Option(
    name: .customLong("redact-pattern"),
    help: ArgumentHelp(
      "Mask what matches, or its first group; in ASCII and EBCDIC. Can be given several times.",
      valueName: "regex"))
  var patterns: [String] = []

  @Option(
    name: .customLong("redact-names"),
    help: ArgumentHelp(
      "File with names of fields whose values are secret, one a line. Can be given several times.",
      valueName: "file"),
    completion: .file())
  var nameFiles: [String] = []

  @Option(
    name: .customLong("redact-also"),
    help: ArgumentHelp("What else is masked: cards (card numbers).", valueName: "kind"))
  var also: [AlsoSecret] = []

  @OptionGroup var names: AnonymizeOptions

  enum AlsoSecret: String, ExpressibleByArgument, CaseIterable { case cards }

  /// Whether anything is masked.
  var isOn: Bool { redact || strict }

  /// Whether anything is changed: secrets or names.
  var changes: Bool { isOn || names.isOn }

  func validate() throws {
    try refuse(
      !isOn && (!patterns.isEmpty || !nameFiles.isEmpty || !also.isEmpty),
      "--redact-pattern, --redact-names and --redact-also go with --redact.")
  }

  /// What the run does about secrets; without --redact they are noticed.
  func options(
    _ page: CodePage = .ibm1047, shown: Int? = nil
  ) throws -> SecretStage.Options {
    var options = SecretStage.Options(
      strict ? .strict : changes ? .redact : .watch, page: page, words: try words())
    options.masks = isOn
    options.shownBytes = shown ?? .max
    options.pseudonyms = try names.pseudonyms()
    return options
  }

  /// What is looked for beside what every trace holds.
  func words() throws -> SecretWords {
    try SecretWords(patterns: patterns, nameFiles: nameFiles, cards: also.contains(.cards))
  }
}
