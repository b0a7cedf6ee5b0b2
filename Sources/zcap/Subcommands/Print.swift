import ArgumentParser
import TraceRender
import ZCapKit

extension ZCap {
  /// A trace as text.
  final class Print: ParsableCommand {
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
    var style = Printing.Style.lines

    @Flag(
      name: .customLong("payload-only"), help: "Nothing but payload: no header lines, no notes.")
    var payloadOnly = false

    @Flag(help: "One JSON object for each record, with text and base64 of the payload.")
    var json = false

    func validate() throws {
      try follow.prepare(&input, whole: filter.whole)
      try refuse(json && style != .lines, "--json goes with --style lines.")
      guard style == .tcpdata else { return }
      try refuse(!log.logs.isEmpty, "--style tcpdata has no place for what --log tells.")
      try refuse(text.form == .both, "--style tcpdata knows --as hex, ascii and ebcdic.")
      try refuse(
        payloadOnly || text.wrap != nil || text.maxBytes != nil,
        "--style tcpdata has a layout of its own; leave out the others.")
    }

    func run() throws {
      let output = try result.open(json ? .json : .text, input.common, besides: input.files)
      var options = text.options(colours: result.colours(input.common))
      options.payloadOnly = payloadOnly
      options.room = result.room
      let work = Printing(json ? .json : style, options, try log.load(), memory.limits, to: output)
      try input.run(
        work, filter,
        secrets: try redact.options(text.page, shown: style == .lines ? text.maxBytes : nil),
        follow: follow)
    }
  }
}
