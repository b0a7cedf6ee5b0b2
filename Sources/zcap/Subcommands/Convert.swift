import ArgumentParser
import TraceBytes
import TraceConvert
import ZCapKit

extension ZCap {
  /// The main job: a trace becomes pcapng.
  final class Convert: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "convert",
      abstract: "Write a trace as pcapng for Wireshark, with the clear text of AT-TLS in it.",
      discussion: """
        Application data of a data trace becomes TCP with true addresses and ports; its headers are \
        made by zcap and say so. Packets of a packet trace or another capture stay as they are.

        With --style pdu each HTTP message, record or datagram is an exported PDU instead, which \
        Wireshark dissects whatever the port; it follows no streams then.

        zcap convert TRACE -o TRACE.pcapng
        zcap convert - -o - < TRACE | wireshark -k -i -

        Several files become one capture in time order. Where it has the packets of a connection and \
        its application data, the data is written with another client port, so that Wireshark keeps \
        both streams whole; comments of both say which flow is the other.

        zcap convert PACKETTRACE DATATRACE --secrets KEYLOG -o BOTH.pcapng
        """)

    @OptionGroup var input: InputOptions
    @OptionGroup var output: OutputOptions

    @Option(
      help: ArgumentHelp(
        "tcp (data as the TCP or UDP that carried it) or pdu (each message by itself, by name).",
        valueName: "tcp|pdu"))
    var style = ConvertOptions.Style.tcp

    @Option(
      help: ArgumentHelp(
        """
        pcapng, or ctrace: a component trace in its own form, the same entries in the same form of \
        transfer, for IPCS.
        """, valueName: "pcapng|ctrace"))
    var format = Format.pcapng

    enum Format: String, ExpressibleByArgument, CaseIterable { case pcapng, ctrace }

    @Option(
      name: .customLong("linktype"),
      help: ArgumentHelp(
        "ethernet (a made-up header every tool reads) or raw (IP without a header).",
        valueName: "ethernet|raw"))
    var framing = ConvertOptions.Framing.ethernet

    @Option(
      help: ArgumentHelp(
        "Comments in the file: flow (first packet of each flow and anomalies), all, none.",
        valueName: "flow|all|none"))
    var comments = ConvertOptions.Comments.flow

    @Option(
      name: .customLong("map-ports"),
      help: ArgumentHelp(
        """
        Write other ports so that Wireshark dissects clear text on TLS ports without settings: auto, \
        or A=B,C=D. The comment of the flow holds the true ports.
        """, valueName: "auto|a=b,…"))
    var mapPorts: PortMap?

    @OptionGroup(title: "Secrets") var redact: RedactOptions

    @Option(
      name: .customLong("codepage"),
      help: ArgumentHelp(
        "EBCDIC code page that --redact searches: 1047, 037, 273.", valueName: "1047|037|…"))
    var page = CodePage.ibm1047

    @Option(
      help: ArgumentHelp(
        "Key log (SSLKEYLOGFILE) to put into the file, with which Wireshark decrypts TLS packets.",
        valueName: "file"),
      completion: .file())
    var secrets: String?

    @OptionGroup var log: LogOptions
    @OptionGroup var memory: MemoryOptions
    @OptionGroup var follow: FollowOptions

    @Flag(
      name: .customLong("even-empty"),
      help: ArgumentHelp("Write a capture without a packet, too.", visibility: .hidden))
    var evenEmpty = false

    @OptionGroup(title: "Filters") var filter: FilterOptions

    func validate() throws {
      try refuse(
        secrets != nil && redact.changes,
        "--secrets lays open what \(redact.isOn ? "--redact" : "--anonymize") hides; leave out one of them."
      )
      if format == .ctrace {
        try refuse(
          style != .tcp || framing != .ethernet || comments != .flow || mapPorts != nil
            || secrets != nil,
          "--format ctrace writes entries as they are: no --style, --linktype, --comments, "
            + "--map-ports or --secrets.")
        return try refuse(input.files.count != 1, "--format ctrace writes one trace; name one.")
      }
      // Two views of one time are of use only in its order.
      if input.files.count > 1 { input.sort = true }
      try follow.prepare(&input, whole: filter.whole)
      guard style == .pdu else { return }
      try refuse(mapPorts != nil, "--style pdu needs no --map-ports.")
      try refuse(framing == .raw, "--style pdu has a link type of its own.")
    }

    func run() throws {
      if format == .ctrace {
        let sink = try output.open(.trace, besides: input.files)
        return try input.run(
          EntryConversion(to: sink, name: output.path), filter, secrets: try redact.options(page))
      }
      var request = Conversion.Request(files: input.files, path: output.path)
      request.keyLog = try secrets.map { path throws(TraceError) in try KeyLog(path: path) }
      request.join = try log.load()
      request.portMap = mapPorts
      request.masks = redact.isOn
      request.mapsNames = redact.names.isOn
      request.evenEmpty = evenEmpty
      var options = ConvertOptions()
      options.style = style
      options.framing = framing
      options.comments = comments
      options.application = "zcap \(ZCap.version)"
      let sink = try output.open(.capture, besides: input.files + (secrets.map { [$0] } ?? []))
      try input.run(
        Conversion(request, options, memory.limits, to: sink), filter,
        secrets: try redact.options(page),
        follow: follow)
    }
  }
}
