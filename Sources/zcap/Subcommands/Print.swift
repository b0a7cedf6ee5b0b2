import ArgumentParser
import TraceBytes
import TraceFormats
import TraceModel
import TraceRender

extension ZCap {
  /// A trace as text.
  struct Print: ParsableCommand {
    static let configuration = CommandConfiguration(
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
    @OptionGroup var text: TextOptions

    @Option(
      help: """
        lines (a block for each record), stream (a conversation after the other's turns) or tcpdata \
        (the listing that TCPDATA prints).
        """)
    var style = Style.lines

    @Flag(name: .customLong("payload-only"), help: "Nothing but payload: no header lines, no notes.")
    var payloadOnly = false

    @Flag(help: "One JSON object for each record, with text and base64 of the payload.")
    var json = false

    mutating func run() throws {
      let output = ByteSink(DescriptorTarget(descriptor: 1, name: "standard output"))
      var options = text.options()
      options.payloadOnly = payloadOnly
      let printer = RecordPrinter(output, options)
      let session = Session(input, into: printer)
      try ZCap.reporting { () throws(TraceError) in
        try session.run()
        try output.commit()
      }
      report(printer.credentials)
      session.summarise("showed \(printer.shown.counted("record"))")
      let status = session.status(matched: printer.shown)
      if status != .done { throw status.code }
    }

    private func report(_ credentials: CredentialCounts) {
      if credentials.seen {
        Diagnostics.line("zcap: clear-text credentials were shown; --redact masks them")
      }
      if text.redact {
        Diagnostics.line(
          "zcap: masked \(credentials.masked.counted("credential")), "
            + credentials.maskedBytes.counted("byte"))
      }
    }
  }
}
