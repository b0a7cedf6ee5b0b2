import ArgumentParser
import ZCapKit

/// `zcap policy why`: why a trace holds no data, and where to change it.
final class PolicyWhyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "why",
    abstract: "Say which rule makes the flows of a trace confidential, and where to change it.",
    discussion: """
      zcap policy why TRACE --policy pagent.policy
      zcap policy why TRACE --policy pasearch.txt --log syslogd.log --all

      The trace tells addresses, ports and job. A log tells the rule itself, the user and who opened \
      the connection; without it a rule that asks for a user is listed as possible.

      Exit status: 0 flows shown, 1 none, 2 unreadable.
      """)

  @OptionGroup var input: InputOptions

  @Option(
    help: ArgumentHelp("A policy file, a pasearch listing or YAML.", valueName: "file"),
    completion: .file())
  var policy: String

  @OptionGroup var log: LogOptions
  @OptionGroup(title: "Filters") var filter: FilterOptions

  @Flag(help: "Flows that are not confidential too.")
  var all = false

  @Flag(help: "One JSON object for each flow.")
  var json = false

  @OptionGroup var table: TableOptions
  @OptionGroup var result: ResultOptions

  func validate() throws { try table.check(PolicyTables.whyNames) }

  func run() throws {
    let set = try Policy.load(policy)
    let join = try log.load()
    let output = try result.open(json ? .json : .text, input.common, besides: input.files)
    try input.run(
      WhyConfidential(
        set, join, all: all, isJSON: json, table.view(result, input.common), to: output), filter)
  }
}
