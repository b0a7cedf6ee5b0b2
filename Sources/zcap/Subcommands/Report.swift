import ATTLS
import ArgumentParser
import ZCapKit

extension ZCap {
  /// A page to look at.
  final class Report: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "report",
      abstract: "Write a page that shows a trace in a browser, without a network.",
      discussion: """
        What was lost and what is confidential, bytes over time, conversations with their course, \
        operations, the slowest exchanges, response times, certificates, and with --policy and --log why \
        things are confidential or failed. Everything is as flows and exchanges say; what was sent is not \
        on the page, but the names in it are: --redact masks credentials among them.

        zcap report TRACE -o report.html
        zcap report TRACE -o report.html --policy POLICY --log LOG --redact
        """)

    @OptionGroup var input: InputOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup(title: "Filters") var filter: FilterOptions

    @Option(help: ArgumentHelp("Conversations that are listed. Default: 100,000.", valueName: "n"))
    var rows: Int?

    @Option(
      help: ArgumentHelp("Conversations whose course is drawn. Default: 200.", valueName: "n"))
    var ladders: Int?

    @Option(
      help: ArgumentHelp(
        "Policy (file, pasearch listing, YAML) that says why conversations are confidential.",
        valueName: "file"),
      completion: .file())
    var policy: String?

    @OptionGroup var log: LogOptions
    @OptionGroup(title: "Secrets") var redact: RedactOptions
    @OptionGroup var memory: MemoryOptions

    func validate() throws {
      try refuse(rows, below: 0, "--rows")
      try refuse(ladders, below: 0, "--ladders")
      try refuse(
        redact.names.isOn && (policy != nil || !log.logs.isEmpty),
        "A policy and a log know true names only: leave out --anonymize.")
    }

    func run() throws {
      var request = PageReport.Request(
        ReportCommands(Array(CommandLine.arguments.dropFirst(2)), files: input.files))
      request.limits.rows = rows ?? request.limits.rows
      request.limits.ladders = ladders ?? request.limits.ladders
      request.policy = try policy.map { try Policy.load($0) }
      var digest = FailureDigest()
      request.join = try log.load { digest.add($0) }
      request.failures = digest.explanations()
      request.masks = redact.isOn
      request.isChanged = redact.changes
      request.version = ZCap.version
      let page = try output.open(.page, besides: input.files)
      try input.run(
        PageReport(request, memory.limits, to: page), filter,
        secrets: redact.changes ? try redact.options() : nil)
    }
  }
}
