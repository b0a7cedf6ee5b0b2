import ATTLS
import ATTLSPolicy
import ArgumentParser
import TraceBytes
import TraceRender
import TraceStreams

/// `zcap policy why`: why a trace holds no data, and where to change it.
struct PolicyWhyCommand: ParsableCommand {
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
    help: ArgumentHelp("A policy file, a pasearch listing or YAML.", valueName: "file"))
  var policy: String

  @OptionGroup var log: LogOptions
  @OptionGroup(title: "Filters") var filter: FilterOptions

  @Flag(help: "Flows that are not confidential too.")
  var all = false

  @Flag(help: "One JSON object for each flow.")
  var json = false

  func run() throws {
    let set = try PolicyInputFiles.load([policy])
    _ = PolicyInputFiles.complain(set.diagnostics, errorsOnly: true)
    let join = try log.load()
    let ends = FlowEndsSink()
    let session = try Session(input, filter: filter.specification, into: ends)
    let output = ByteSink(DescriptorTarget(descriptor: 1, name: "standard output"))
    var shown = 0
    try ZCap.reporting { () throws(TraceError) in
      try session.run()
      let answers = ends.flows.filter { all || $0.confidential > 0 }
        .map { WhyAnswer($0, in: set, join?.find($0.flow.key, at: $0.flow.firstTime)) }
      shown = answers.count
      let report = WhyReport(answers)
      if json { try report.writeJSON(to: output) } else { try report.write(to: output) }
      try output.commit()
    }
    let confidential = ends.flows.count { $0.confidential > 0 }
    session.summarise(
      "\(UInt64(confidential).grouped) of \(UInt64(ends.flows.count).counted("flow")) confidential")
    if shown == 0, !ends.flows.isEmpty {
      Diagnostics.line("zcap: no flow of this trace is confidential; --all shows the rules of all")
    }
    let status = session.status(matched: UInt64(shown))
    if status != .done { throw status.code }
  }
}
