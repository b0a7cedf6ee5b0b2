import ATTLSPolicy
import ArgumentParser
import TraceBytes
import ZCapKit

/// `zcap policy`: the AT-TLS policy behind a trace.
struct Policy: ParsableCommand {
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
}

/// `zcap policy report`: what is in force, without what is default.
struct PolicyReportCommand: ParsableCommand {
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

  @Argument(help: "A pasearch listing, a policy file or YAML; - is standard input.")
  var input: String

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
    if columns.columns != nil, !table { throw ValidationError("--columns goes with --table.") }
  }

  func run() throws {
    let set = try PolicyInputFiles.load([input])
    let report = PolicyReport(showsAll: all, ruleName: rule)
    let hasErrors = PolicyInputFiles.complain(set.diagnostics, errorsOnly: true)
    if let rule, set.rule(named: rule) == nil {
      PolicyInputFiles.printError("zcap: no rule named '\(rule)' in \(input)")
      throw PolicyInputFiles.errorsFound
    }
    if json {
      try output.write { json throws(TraceError) in try report.write(set, to: &json) }
    } else if table {
      let view = columns.view(output.result, output.common)
      var told: (text: String, notes: [String]) = ("", [])
      try ZCap.reporting { () throws(TraceError) in
        told = try PolicyTables.rules(report, set, view)
      }
      try output.print(told.text, .text)
      Diagnostics.notes(told.notes)
    } else {
      try output.print(report.yaml(set))
    }
    if hasErrors { throw PolicyInputFiles.errorsFound }
  }
}

/// `zcap policy generate`: a policy file from compact YAML.
struct PolicyGenerateCommand: ParsableCommand {
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

  @Argument(help: "YAML files; documents may build on each other across files.")
  var inputs: [String]

  @OptionGroup var output: PolicyOutput

  func run() throws {
    let set = try PolicyInputFiles.load(inputs)
    if PolicyInputFiles.complain(PolicyChecker.check(set)) {
      PolicyInputFiles.printError("zcap: nothing generated: correct the errors first")
      throw PolicyInputFiles.errorsFound
    }
    if !set.templates.isEmpty {
      PolicyInputFiles.printError(
        "zcap: not written as rules, only built on: \(set.templates.joined(separator: ", "))"
      )
    }
    try output.print(PolicyWriter().write(set))
  }
}

/// `zcap policy check`: errors and doubts, with line and remedy.
struct PolicyCheckCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check", abstract: "Find errors and doubtful settings in a policy.",
    usage: "zcap policy check <inputs> ... [<options>]",
    discussion: """
      Prints file:line: what is wrong; what to write instead. Exit status: 0 clean or warnings \
      only, 1 errors found, 2 unreadable or not recognised.

      zcap policy check pagent.policy
      """)

  @Argument(
    help: "A policy file, a pasearch listing or YAML; - is standard input. Several only for YAML.")
  var inputs: [String]

  @Flag(help: "One JSON object per line and finding.")
  var json = false

  @OptionGroup var output: PolicyOutput

  func run() throws {
    let set = try PolicyInputFiles.load(inputs)
    let found = PolicyChecker.check(set)
    if json {
      try output.write { json throws(TraceError) in
        for one in found.all { try one.write(to: &json) }
      }
    } else {
      try output.print(found.all.map { $0.description + "\n" }.joined(), .text)
    }
    let warnings = found.all.count { $0.severity == .warning }
    Diagnostics.line(
      UInt64(set.rules.count).counted("rule") + ": "
        + UInt64(found.errorCount).counted("error") + ", " + UInt64(warnings).counted("warning")
        + (found.dropped > 0 ? "; \(found.dropped) findings not shown" : ""))
    if found.errorCount > 0 { throw PolicyInputFiles.errorsFound }
  }
}
