import ATTLS
import ArgumentParser
import TraceBytes
import TraceFormats
import TraceModel
import TraceRender
import TraceStreams
import ZCapKit

extension ZCap {
  /// A trace as text.
  struct Print: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "print",
      abstract: "Show what was sent, as text: ASCII, EBCDIC, 3270 screens or hex.",
      discussion: """
        zcap print TRACE
        zcap print --as ebcdic --codepage 1140 TRACE
        zcap print --style stream --redact TRACE

        Control characters of the data are shown as \\x1b. Text of captures can hold passwords: \
        --redact masks what is found.
        """)

    enum Style: String, ExpressibleByArgument, CaseIterable {
      case lines, stream, tcpdata
    }

    @OptionGroup var input: InputOptions
    @OptionGroup(title: "Filters") var filter: FilterOptions
    @OptionGroup var text: TextOptions
    @OptionGroup(title: "Secrets") var redact: RedactOptions
    @OptionGroup var log: LogOptions
    @OptionGroup var memory: MemoryOptions
    @OptionGroup var follow: FollowOptions
    @OptionGroup var result: ResultOptions

    @Option(
      help: ArgumentHelp(
        """
        lines (a block for each record), stream (a conversation after the other's turns) or tcpdata \
        (the listing that TCPDATA prints).
        """, valueName: "lines|stream|tcpdata"))
    var style = Style.lines

    @Flag(
      name: .customLong("payload-only"), help: "Nothing but payload: no header lines, no notes.")
    var payloadOnly = false

    @Flag(help: "One JSON object for each record, with text and base64 of the payload.")
    var json = false

    mutating func validate() throws {
      try follow.prepare(&input, whole: filter.whole)
      if json, style != .lines {
        throw ValidationError("--json goes with --style lines.")
      }
      if memory.most != nil, style != .stream {
        throw ValidationError("--max-memory goes with --style stream.")
      }
      guard style == .tcpdata else { return }
      if !log.logs.isEmpty {
        throw ValidationError("--style tcpdata has no place for what --log tells.")
      }
      if text.form == .both {
        throw ValidationError("--style tcpdata knows --as hex, ascii and ebcdic.")
      }
      if payloadOnly || text.wrap != nil || text.maxBytes != nil {
        throw ValidationError("--style tcpdata has a layout of its own; leave out the others.")
      }
    }

    mutating func run() throws {
      // Writing overlaps with rendering.
      let output = try result.open(json ? .json : .text, input.common, besides: input.files)
      let flows = FlowTable()
      let files = InputNames()
      let sink = printer(output, flows, try log.load(), files)
      let session = try input.session(
        filter.specification, flows: flows, into: sink,
        secrets: try redact.options(
          text.page.page, shown: style == .lines ? text.maxBytes : nil), files: files,
        follows: follow.follow)
      try ZCap.reporting { () throws(TraceError) in
        try session.run()
        try output.commit()
      }
      if let follower = sink as? StreamFollower, let tracker = session.tracker {
        MemoryOptions.report(follower.assembler.counts)
        Self.tellOthers(tracker.counts)
      }
      Diagnostics.notes(CredentialWords.seen(session, "shown"))
      var result = ""
      if redact.changes, let secrets = session.secrets {
        result = CredentialWords.masked(secrets)
        Diagnostics.notes(CredentialWords.limits(session))
      }
      Diagnostics.notes(session.summary(result))
      let isEmpty = output.total == 0
      if isEmpty, session.passed > 0 {
        Diagnostics.line("zcap: nothing to show: \(Self.whyEmpty(style, payloadOnly))")
      }
      try ExitStatus.end(session.outcome(matched: isEmpty ? 0 : session.passed))
    }

    private static func tellOthers(_ counts: FlowTracker.Counts) {
      let others = counts.otherProtocols + counts.cut + counts.malformed + counts.unknownLinks
      guard others > 0 else { return }
      Diagnostics.line(
        "zcap: \(others.counted("record")) of no TCP or UDP conversation; --style lines shows them")
    }

    private static func whyEmpty(_ style: Style, _ payloadOnly: Bool) -> String {
      if payloadOnly { return "no record has bytes of the application" }
      if style == .stream { return "no conversation has bytes; --style lines shows the records" }
      return "no record that this style has a form for; --style lines shows them"
    }

    /// The end of the pipeline.
    private func printer(
      _ output: ByteSink, _ flows: FlowTable, _ join: ConnectionJoin?, _ files: InputNames
    ) -> any PlacedSink {
      var options = text.options(colours: result.colours(input.common))
      options.payloadOnly = payloadOnly
      options.room = result.room
      let notes = join.map { LogNotes($0) }
      if json {
        return RecordJSON(output, options, notes: notes, file: files.name(of:))
      }
      switch style {
      case .lines:
        return RecordPrinter(output, options, notes: notes)
      case .stream:
        let printer = ConversationPrinter(output, options)
        return StreamFollower(
          StreamPrinting(printer, join), flows: flows, limits: memory.limits)
      case .tcpdata:
        return ListingSink(output, style: listingStyle, zone: options.zone)
      }
    }

    private var listingStyle: ListingWriter.Style {
      switch text.form {
      case .ascii: .ascii
      case .ebcdic: .ebcdic
      default: .hex
      }
    }
  }
}
