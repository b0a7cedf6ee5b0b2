import ArgumentParser
import TraceBytes
import TraceRender
import TraceStreams

extension ZCap {
  /// The conversations of HTTP and its like as exchanges.
  struct HTTP: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "http",
      abstract: "Show HTTP exchanges, and SMTP and FTP dialogues, one line each.",
      discussion: """
        Requests are paired with their responses; what is cut, missing or odd is said in words. RTSP, \
        SIP and ICAP count as HTTP. Other conversations are counted by what they seem to be.
        """)

    @OptionGroup var input: InputOptions

    @Flag(help: "Show start lines and header fields as they were sent.")
    var headers = false

    @Flag(help: "Show bodies, decoded: text, or a hex dump of the beginning.")
    var body = false

    @Flag(help: "Both --headers and --body.")
    var full = false

    @Flag(help: "Mask passwords, cookies and tokens in all output, keeping lengths.")
    var redact = false

    @OptionGroup(title: "Filters") var filter: FilterOptions

    mutating func run() throws {
      var options = HTTPStore.Options()
      options.keepsHeads = headers || full || body
      options.keepsBodies = body || full
      options.redacts = redact
      let store = HTTPStore(options)
      let output = ByteSink(DescriptorTarget(descriptor: 1, name: "standard output"))
      let detail = HTTPTextWriter.Detail(heads: headers || full, bodies: body || full)
      let presenters: [any HTTPPresenter] = [HTTPTextWriter(output, detail: detail)]
      let flows = HTTPFlows(store, presenters)
      let session = try Session(input, filter: filter.specification, into: FlowTracker(sink: flows))
      try ZCap.reporting { () throws(TraceError) in
        try session.run()
        for presenter in presenters { try presenter.finish() }
        try output.commit()
      }
      session.summarise(Self.result(flows.counts))
      let status = session.status(matched: flows.counts.exchanges + flows.counts.dialogueLines)
      if status != .done { throw status.code }
    }

    private static func result(_ counts: HTTPFlows.Counts) -> String {
      "\(counts.exchanges.counted("exchange")) on \(counts.connections.counted("connection"))"
    }
  }
}
