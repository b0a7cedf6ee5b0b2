import ArgumentParser
import TraceRender
import ZCapKit

extension ZCap {
  /// The conversations of HTTP and its like as exchanges.
  final class HTTP: ParsableCommand {
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
        "Write an HTTP Archive (HAR 1.2); - is standard output.", valueName: "file"),
      completion: .file())
    var har: String?

    @Option(
      help: ArgumentHelp("Write every body into a file of this folder.", valueName: "dir"),
      completion: .directory)
    var export: String?

    @OptionGroup(title: "Secrets") var redact: RedactOptions

    @OptionGroup var memory: MemoryOptions
    @OptionGroup var time: TimeOptions
    @OptionGroup var follow: FollowOptions
    @OptionGroup var table: TableOptions
    @OptionGroup var result: ResultOptions
    @OptionGroup(title: "Filters") var filter: FilterOptions

    func validate() throws {
      try follow.prepare(&input, whole: filter.whole)
      try table.check(HTTPList.columnNames)
      try refuse(har.flatMap(OutputKind.archive.mistake))
      try refuse(json && har == "-", "--json and --har - both want standard output.")
      try refuse(
        result.force && result.isStandard && har == nil && export == nil,
        "--force belongs to -o, --har or --export.")
    }

    func run() throws {
      var request = HTTPList.Request(
        HTTPTextWriter.Detail(heads: headers || full, bodies: body || full))
      request.isJSON = json
      request.masked = redact.isOn ? try redact.words() : nil
      request.view = table.view(result, input.common)
      request.zone = time.zone
      request.version = ZCap.version
      let output = try result.open(json ? .json : .text, input.common, besides: input.files)
      request.isArchiveOnly = har == "-"
      request.archive =
        request.isArchiveOnly
        ? output
        : try har.map { try ResultFile.open($0, replace: result.force, besides: input.files) }
      request.exporter = try export.map { try HTTPExporter(folder: $0, replace: result.force) }
      try input.run(
        HTTPList(request, memory.limits, to: output), filter,
        secrets: redact.changes || request.keepsBodies ? try redact.options() : nil,
        follow: follow)
    }
  }
}
