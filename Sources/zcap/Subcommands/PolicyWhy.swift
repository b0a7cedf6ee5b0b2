import ATTLS
import ATTLSPolicy
import ArgumentParser
import TraceBytes
import TraceModel
import TraceRender
import TraceStreams
import ZCapKit

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

  @OptionGroup var table: TableOptions
  @OptionGroup var result: ResultOptions

  func validate() throws { try table.check(PolicyTables.whyNames) }

  func run() throws {
    let set = try PolicyInputFiles.load([policy])
    _ = PolicyInputFiles.complain(set.diagnostics, errorsOnly: true)
    let join = try log.load()
    let flows = FlowTable()
    let ends = FlowEndsSink(flows: flows)
    let session = try input.session(filter.specification, flows: flows, into: ends)
    session.pointsToWhy = false
    let output = try result.open(json ? .json : .text, input.common, besides: input.files)
    var shown = 0
    var notes: [String] = []
    try ZCap.reporting { () throws(TraceError) in
      try session.run()
      var answers = WhyAnswers(set)
      for flow in ends.flows where all || flow.confidential > 0 {
        answers.add(PolicyFlow(flow, join?.find(flow.flow.key, at: flow.flow.firstTime)))
      }
      shown = answers.all.count
      let report = WhyReport(answers)
      if json {
        var json = JSONLine(output)
        try report.write(to: &json)
      } else {
        let told = try PolicyTables.why(report, table.view(result, input.common))
        try output.append(told.text)
        notes = told.notes
      }
      try output.commit()
    }
    Diagnostics.notes(notes)
    let confidential = ends.flows.count { $0.confidential > 0 }
    Diagnostics.notes(
      session.summary(
        "\(UInt64(confidential).grouped) of \(UInt64(ends.flows.count).counted("flow")) confidential"
      ))
    if shown == 0, !ends.flows.isEmpty {
      Diagnostics.line("zcap: no flow of this trace is confidential; --all shows the rules of all")
    }
    try ExitStatus.end(session.outcome(matched: UInt64(shown)))
  }
}
