import ATTLSPolicy
import ArgumentParser
import TraceBytes
import ZCapKit

/// `zcap policy`: the AT-TLS policy behind a trace.
final class Policy: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "policy",
    abstract: "Show, write and check AT-TLS policies.",
    discussion: """
      Every subcommand reads a Policy Agent file, the output of pasearch -t, or compact YAML, \
      and tells them apart by content. A file may be - for standard input.

      zcap policy check pagent.policy
      zcap policy why TRACE --policy pagent.policy
      """,
    subcommands: [
      PolicyReportCommand.self, PolicyGenerateCommand.self, PolicyCheckCommand.self,
      PolicyMatchCommand.self, PolicyWhyCommand.self, PolicyTemplateCommand.self,
      PolicyKeywordsCommand.self,
    ])

  /// A policy beside a trace; what is wrong with it is told.
  static func load(_ path: String) throws -> PolicySet {
    let set = try PolicyAnswer.load([path])
    PolicyAnswer.complaints(set.diagnostics).forEach(Diagnostics.failure)
    return set
  }
}

/// Where a policy subcommand writes, and what all of them understand.
final class PolicyOutput: ParsableArguments {
  @OptionGroup var result: ResultOptions
  @OptionGroup var common: CommonOptions

  /// Shows an answer; errors in a policy are what `nothing matched` is elsewhere.
  func show(_ answer: PolicyAnswer) throws {
    answer.complaints.forEach(Diagnostics.failure)
    if let kind = answer.kind { try answer.write(to: result.open(kind, common)) }
    answer.notes.forEach(Diagnostics.line)
    if answer.hasErrors { try ExitStatus.nothingMatched.end() }
  }
}

/// What most policy subcommands read.
final class PolicyInput: ParsableArguments {
  @Argument(
    help: "A pasearch listing, a policy file or YAML; - is standard input.", completion: .file())
  var input: String
}

/// `zcap policy report`: what is in force, without what is default.
final class PolicyReportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report", abstract: "Show the rules as compact YAML, in the order they are tried.",
    usage: "zcap policy report <input> [<options>]",
    discussion: """
      A value is the one in force: the connection action's, else the environment's, else the \
      group's; the comment names the action. Defaults are left out. The output is input for \
      'zcap policy generate'.

      zcap policy report pasearch.txt
      zcap policy report pagent.policy --table
      """)

  @OptionGroup var policy: PolicyInput

  @Flag(help: "Show defaults too, and what weaker actions code.")
  var all = false

  @Flag(help: "One JSON object per line and rule.")
  var json = false

  @Flag(help: "One line per rule.")
  var table = false

  @Option(help: ArgumentHelp("Only this rule.", valueName: "name"))
  var rule: String?

  @OptionGroup(title: "Of --table") var columns: TableOptions
  @OptionGroup var output: PolicyOutput

  func validate() throws {
    try columns.check(PolicyTables.ruleNames)
    try refuse(columns.columns != nil && !table, "--columns goes with --table.")
  }

  func run() throws {
    try output.show(
      PolicyAnswer.report(
        PolicyAnswer.load([policy.input]), all: all, rule: rule, of: policy.input, isJSON: json,
        table ? columns.view(output.result, output.common) : nil))
  }
}

/// `zcap policy generate`: a policy file from compact YAML.
final class PolicyGenerateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "generate", abstract: "Write a Policy Agent file from compact YAML.",
    usage: "zcap policy generate <inputs> ... [<options>]",
    discussion: """
      A document is a rule: policyRule : NAME, its conditions and its keywords, whatever \
      statement they belong to. BasedOn : NAME takes another document's keywords over; +x and -x \
      items change a list. template : NAME is a document to build on that becomes no rule. \
      Nothing is written when the input has errors.

      zcap policy generate my.yaml -o my.policy
      """)

  @Argument(
    help: "YAML files; documents may build on each other across files.", completion: .file())
  var inputs: [String]

  @OptionGroup var output: PolicyOutput

  func run() throws { try output.show(.file(PolicyAnswer.load(inputs))) }
}

/// `zcap policy check`: errors and doubts, with line and remedy.
final class PolicyCheckCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check", abstract: "Find errors and doubtful settings in a policy.",
    usage: "zcap policy check <inputs> ... [<options>]",
    discussion: """
      Prints file:line: what is wrong; what to write instead. Exit status: 0 clean or warnings \
      only, 1 errors found, 2 unreadable or not recognised.

      zcap policy check pagent.policy
      """)

  @Argument(
    help: "A policy file, a pasearch listing or YAML; - is standard input. Several only for YAML.",
    completion: .file())
  var inputs: [String]

  @Flag(help: "One JSON object per line and finding.")
  var json = false

  @OptionGroup var output: PolicyOutput

  func run() throws { try output.show(.check(PolicyAnswer.load(inputs), isJSON: json)) }
}
