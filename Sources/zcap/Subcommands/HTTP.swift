import ArgumentParser
import TraceBytes
import TraceRender
import TraceSecrets
import TraceStreams
import ZCapKit

extension ZCap {
  /// The conversations of HTTP and its like as exchanges.
  struct HTTP: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "http",
      abstract: "Show HTTP exchanges, and SMTP and FTP dialogues, one line each.",
      discussion: """
        Requests are paired with their responses; what is cut, missing or odd is said in words. RTSP, \
        SIP and ICAP count as HTTP. Of HTTP/2, gRPC and WebSocket the sizes are those on the wire, and no \
        bodies are kept. Other conversations are counted by what they seem to be.

        On a terminal columns give way when it is narrow: first, sent, to, start, job, notes, from, \
        received and last, in this order; --wide shows all, --columns those you name.

        zcap http TRACE --full --redact
        zcap http TRACE --har TRACE.har --export bodies
        """)

    @OptionGroup var input: InputOptions

    @Flag(help: "Show start lines and header fields as they were sent.")
    var headers = false

    @Flag(help: "Show bodies, decoded: text, or a hex dump of the beginning.")
    var body = false

    @Flag(help: "Both --headers and --body.")
    var full = false

    @Flag(help: "One JSON object per line; --headers and --body add to it.")
    var json = false

    @Option(
      help: ArgumentHelp(
        "Write an HTTP Archive (HAR 1.2); - is standard output.", valueName: "file"))
    var har: String?

    @Option(help: ArgumentHelp("Write every body into a file of this folder.", valueName: "dir"))
    var export: String?

    @OptionGroup(title: "Secrets") var redact: RedactOptions

    @OptionGroup var memory: MemoryOptions
    @OptionGroup var time: TimeOptions
    @OptionGroup var follow: FollowOptions
    @OptionGroup var table: TableOptions
    @OptionGroup var result: ResultOptions
    @OptionGroup(title: "Filters") var filter: FilterOptions

    mutating func validate() throws {
      try follow.prepare(&input, whole: filter.whole)
      try table.check(HTTPTextWriter.columns(.utc).map(\.name))
      if let mistake = har.flatMap(OutputKind.archive.mistake) { throw ValidationError(mistake) }
      if json, har == "-" { throw ValidationError("--json and --har - both want standard output.") }
      if result.force, result.isStandard, har == nil, export == nil {
        throw ValidationError("--force belongs to -o, --har or --export.")
      }
    }

    private var detail: HTTPTextWriter.Detail {
      HTTPTextWriter.Detail(heads: headers || full, bodies: body || full)
    }

    private var kept: HTTPStore.Options {
      var options = HTTPStore.Options()
      options.keepsBodies = detail.bodies || har != nil || export != nil
      // The content type in the head says how a body is read.
      options.keepsHeads = detail.heads || options.keepsBodies
      options.redacts = redact.isOn
      return options
    }

    mutating func run() throws {
      let store = HTTPStore(kept)
      if redact.isOn { store.masker = SecretMasker(words: try redact.words()) }
      let output = try result.open(json ? .json : .text, input.common, besides: input.files)
      let archive = try opening { () throws(TraceError) -> HTTPArchiveWriter? in
        try self.archive(output)
      }
      let exporter = try opening { () throws(TraceError) -> HTTPExporter? in
        try self.exporter()
      }
      let files = InputNames()
      var presenters: [any HTTPPresenter] = []
      let view = table.view(result, input.common)
      let zone = time.zone.zone
      let text = HTTPTextWriter(
        output, detail: detail, zone: zone, table: view.rows(HTTPTextWriter.columns(zone)))
      if har != "-" {
        presenters.append(
          json ? HTTPJSONWriter(output, detail: detail, file: files.name(of:)) : text)
      }
      if let exporter { presenters.append(exporter) }
      if let archive { presenters.append(archive) }
      let watch = HTTPWatch(
        heads: detail.heads, bodies: detail.bodies || har != nil || export != nil)
      if !redact.isOn { presenters.append(watch) }
      let flows = HTTPFlows(store, presenters)
      let table = FlowTable()
      let follower = StreamFollower(flows, flows: table, limits: memory.limits)
      let session = try input.session(
        filter.specification, flows: table, into: follower, secrets: try redact.options(),
        files: files, follows: follow.follow)
      try ZCap.reporting { () throws(TraceError) in
        try session.run()
        // An empty archive would look like an answer: nothing is written when nothing was found.
        if flows.counts.exchanges > 0 || !session.hasFailed {
          for presenter in presenters { try presenter.finish() }
        }
        try output.commit()
      }
      Diagnostics.notes(TableView.note(text.gaveWay))
      Diagnostics.notes(HTTPReport(flows.counts, store, exporter).lines())
      MemoryOptions.report(follower.assembler.counts)
      if !redact.isOn { Diagnostics.notes(watch.lines(session)) }
      var result = HTTPReport.result(flows.counts)
      if redact.changes, let secrets = session.secrets {
        result += ", " + CredentialWords.masked(secrets)
        Diagnostics.notes(CredentialWords.limits(session))
      }
      Diagnostics.notes(session.summary(result))
      try ExitStatus.end(
        session.outcome(matched: flows.counts.exchanges + flows.counts.dialogueLines))
    }

    private func archive(_ output: ByteSink) throws(TraceError) -> HTTPArchiveWriter? {
      guard let har else { return nil }
      if har == "-" { return HTTPArchiveWriter(output, version: ZCap.version) }
      try OutputFile.refuse(har, among: input.files)
      let file = try OutputFile(path: har, replace: result.force)
      return HTTPArchiveWriter(ByteSink(file), version: ZCap.version)
    }

    private func exporter() throws(TraceError) -> HTTPExporter? {
      guard let export else { return nil }
      return try HTTPExporter(folder: export, replace: result.force)
    }

    private func opening<Output>(_ body: () throws(TraceError) -> Output) throws -> Output {
      do throws(TraceError) {
        return try body()
      } catch {
        Diagnostics.error(error)
        throw ExitStatus.failed.code
      }
    }
  }
}
