import ATTLS
import ATTLSPolicy
import ArgumentParser
import TraceBytes
import TraceStreams
import ZCapKit

extension ZCap {
  /// A page to look at.
  struct Report: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "report",
      abstract: "Write a page that shows a trace in a browser, without a network.",
      discussion: """
        What was lost and what is confidential, bytes over time, conversations with their course, \
        operations, the slowest exchanges, response times, certificates, and with --policy and --log why \
        things are confidential or failed. Everything is as flows and exchanges say; what was sent is not \
        on the page, but the names in it are: --redact masks credentials among them.

        zcap report TRACE -o report.html
        zcap report TRACE -o report.html --policy pagent.policy --log syslogd.log --redact
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
        valueName: "file"))
    var policy: String?

    @OptionGroup var log: LogOptions
    @OptionGroup(title: "Secrets") var redact: RedactOptions
    @OptionGroup var memory: MemoryOptions

    mutating func validate() throws {
      if let rows, rows < 0 { throw ValidationError("--rows \(rows): 0 or more.") }
      if let ladders, ladders < 0 { throw ValidationError("--ladders \(ladders): 0 or more.") }
      if redact.names.isOn, policy != nil || !log.logs.isEmpty {
        throw ValidationError("A policy and a log know true names only: leave out --anonymize.")
      }
    }

    mutating func run() throws {
      var options = ReportOptions()
      options.rows = rows ?? options.rows
      options.ladders = ladders ?? options.ladders
      let set = try policy.map { try PolicyInputFiles.load([$0]) }
      if let set { _ = PolicyInputFiles.complain(set.diagnostics, errorsOnly: true) }
      var digest = FailureDigest()
      let join = try log.load { digest.add($0) }
      let flows = FlowTable()
      let collector = ReportCollector(
        options, flows: flows, limits: memory.limits, hasPolicy: set != nil)
      let session = try input.session(
        filter.specification, flows: flows, into: collector,
        secrets: redact.changes ? try redact.options() : nil)
      let watch = redact.isOn ? nil : ExchangeWatch(full: false)
      let page = try output.open(.page, besides: input.files)
      try ZCap.reporting { () throws(TraceError) in
        try session.run()
        guard session.survey.records > 0 || !session.hasFailed else { return }
        var report = ReportData(
          session, collector,
          ReportCommands(Array(CommandLine.arguments.dropFirst(2)), files: input.files))
        report.join = join
        report.failures = digest.explanations() + session.logBook.failures.explanations()
        report.policy = set
        report.isChanged = redact.changes
        report.watch = watch
        report.version = ZCap.version
        try report.writePage(to: page)
        try page.commit()
      }
      MemoryOptions.report(collector.follower.assembler.counts)
      Diagnostics.notes(watch?.lines("written") ?? [])
      var result = collector.count.counted("flow")
      if redact.changes, let secrets = session.secrets {
        result += ", " + CredentialWords.masked(secrets)
        Diagnostics.notes(CredentialWords.limits(session))
      }
      Diagnostics.notes(session.summary(result))
      try ExitStatus.end(session.outcome(matched: collector.count))
    }
  }
}
