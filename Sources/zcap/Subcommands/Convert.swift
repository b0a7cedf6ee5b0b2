import ATTLS
import ArgumentParser
import TraceBytes
import TraceConvert
import TraceFormats
import TraceModel
import TraceRender
import TraceStreams
import ZCapKit

extension ConvertOptions.Framing: ExpressibleByArgument {}
extension ConvertOptions.Style: ExpressibleByArgument {}
extension ConvertOptions.Comments: ExpressibleByArgument {}

extension ZCap {
  /// The main job: a trace becomes pcapng.
  struct Convert: ParsableCommand {
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
    var mapPorts: PortMapArgument?

    @OptionGroup(title: "Secrets") var redact: RedactOptions

    @Option(
      name: .customLong("codepage"),
      help: ArgumentHelp(
        "EBCDIC code page that --redact searches: 1047, 037, 273.", valueName: "1047|037|…"))
    var page = PageArgument.standard

    @Option(
      help: ArgumentHelp(
        "Key log (SSLKEYLOGFILE) to put into the file, with which Wireshark decrypts TLS packets.",
        valueName: "file"))
    var secrets: String?

    @OptionGroup var log: LogOptions
    @OptionGroup var follow: FollowOptions

    @Flag(
      name: .customLong("even-empty"),
      help: ArgumentHelp("Write a capture without a packet, too.", visibility: .hidden))
    var evenEmpty = false

    @OptionGroup(title: "Filters") var filter: FilterOptions

    mutating func validate() throws {
      if secrets != nil, redact.changes {
        let option = redact.isOn ? "--redact" : "--anonymize"
        throw ValidationError("--secrets lays open what \(option) hides; leave out one of them.")
      }
      if format == .ctrace {
        guard style == .tcp, framing == .ethernet, comments == .flow, mapPorts == nil,
          secrets == nil
        else {
          throw ValidationError(
            "--format ctrace writes entries as they are: no --style, --linktype, --comments, "
              + "--map-ports or --secrets.")
        }
        guard input.files.count == 1 else {
          throw ValidationError("--format ctrace writes one trace; name one.")
        }
        return
      }
      // Two views of one time are of use only in its order.
      if input.files.count > 1 { input.sort = true }
      try follow.prepare(&input, whole: filter.whole)
      guard style == .pdu else { return }
      if mapPorts != nil { throw ValidationError("--style pdu needs no --map-ports.") }
      if framing == .raw { throw ValidationError("--style pdu has a link type of its own.") }
    }

    mutating func run() throws {
      if format == .ctrace { return try writeEntries() }
      let keyLog = try keyLog()
      let join = try log.load()
      let sink = try output.open(besides: input.files + (secrets.map { [$0] } ?? []))
      let names =
        redact.names.isOn
        ? "a trace; addresses and names were mapped (--anonymize)"
        : input.files.map { String($0.split(separator: "/").last ?? "-") }.joined(separator: ", ")
      var options = ConvertOptions()
      options.style = style
      options.framing = framing
      options.comments = comments
      options.application = "zcap \(ZCap.version)"
      options.sectionComments = [
        "Converted from \(VisibleText.of(names)). "
          + (style == .pdu
            ? "Messages are exported PDUs; TCP and IP headers are left out."
            : "TCP, IP and Ethernet headers of data-trace records are synthetic.")
      ]
      if redact.isOn { options.sectionComments.append(Self.redactComment) }
      if let mapPorts { options.portMap = mapPorts.map }
      options.mixesInputs = input.files.count > 1
      let flows = FlowTable()
      let writer = PcapngSink(sink, flows: flows, options: options)
      let exporter = style == .pdu ? PDUSink(writer) : nil
      let end: any PlacedSink = exporter ?? writer
      let session = try input.session(
        filter.specification, flows: flows, captures: captures, into: end,
        secrets: try redact.options(page.page), follows: follow.follow)
      // A log names what the trace does not name any more.
      if !redact.names.isOn {
        writer.remark = { session.logBook.text(of: $0) ?? join?.sentence(of: $0) }
      }
      writer.hasPackets = { session.survey.hasPackets }
      try ZCap.reporting { () throws(TraceError) in
        // Decrypting needs the secrets in front of the packets.
        try keyLog?.write(to: writer)
        try session.run()
        let written = writer.counts.captured + writer.counts.dataRecords
        // An empty capture would look like an answer: nothing is written when nothing was found.
        if written > 0 || evenEmpty { try sink.commit() }
        if written == 0, evenEmpty, !session.hasFailed {
          Diagnostics.failure(
            "zcap: no record is left: \(session.summary("").joined(separator: "; "))")
        }
      }
      explain(writer)
      if let exporter, exporter.leftOut > 0 {
        Diagnostics.line(
          "zcap: \(exporter.leftOut.counted("packet")) not written: no TCP or UDP is in them "
            + "(--style tcp writes them)")
      }
      Diagnostics.notes(CredentialWords.seen(session, "written"))
      var result = "wrote \(writer.counts.packets.counted("packet"))"
      if redact.changes, let secrets = session.secrets {
        result += ", " + CredentialWords.masked(secrets)
        Diagnostics.notes(CredentialWords.limits(session))
      }
      Diagnostics.notes(session.summary(result))
      try ExitStatus.end(
        session.outcome(matched: writer.counts.captured + writer.counts.dataRecords))
    }

    /// The trace in its own form.
    private func writeEntries() throws {
      let sink = try OutputOptions.open(
        output.path, .trace, force: output.force, besides: input.files)
      let headers = EntryHeaders()
      let entries = CTraceSink(sink, headers, name: output.path)
      let session = try input.session(
        filter.specification, into: entries, secrets: try redact.options(page.page))
      session.headers = headers
      try ZCap.reporting { () throws(TraceError) in
        try session.run()
        if entries.written > 0 { try sink.commit() }
      }
      Diagnostics.notes(CredentialWords.seen(session, "written"))
      if let remark = entries.remark { Diagnostics.line("zcap: \(remark)") }
      var result = "wrote \(entries.written.counted("record"))"
      if redact.changes, let secrets = session.secrets {
        result += ", " + CredentialWords.masked(secrets)
        Diagnostics.notes(CredentialWords.limits(session))
      }
      Diagnostics.notes(session.summary(result))
      try ExitStatus.end(session.outcome(matched: entries.written))
    }

    /// Packets of one capture are written as they are; a sample of them tells what their ports carry.
    private var captures: FlowTracker.CaptureDepth {
      style == .tcp && input.files.count == 1 && !redact.changes ? .sampled : .placed
    }

    private func keyLog() throws -> KeyLog? {
      guard let secrets else { return nil }
      do throws(TraceError) {
        return try KeyLog(path: secrets)
      } catch {
        Diagnostics.error(error)
        throw ExitStatus.failed.code
      }
    }

    private static let redactComment = """
      Credentials were replaced by asterisks of the same length (--redact); the packets they stood in \
      are changed, and their checksums were corrected for it.
      """

    private func explain(_ writer: PcapngSink) {
      for kind in RecordKind.allCases {
        let count = writer.counts.unwritten[Int(kind.rawValue)]
        guard count > 0, kind != .lost else { continue }
        Diagnostics.line(
          "zcap: \(count.counted("\(kind.name) record")) not written: no packet form is known, or no bytes are there"
        )
      }
      if writer.counts.repeated > 0 {
        Diagnostics.line(
          "zcap: \(writer.counts.repeated.counted("record")) not written twice: both ends are on this "
            + "stack, and the trace has each send and its receive")
      }
      if writer.counts.withStandInPort > 0 {
        Diagnostics.line(
          "zcap: \(writer.counts.withStandInPort.counted("flow")) of application data written with another "
            + "client port: the packets of the same connection are in the file too; comments tell which"
        )
      }
      if writer.counts.parted > 0 {
        Diagnostics.line(
          "zcap: \(writer.counts.parted.counted("flow")) of application data began before the first "
            + "packet of the connection, under its ports; --sort keeps them apart")
      }
      guard mapPorts == nil, style == .tcp else { return }
      let decodeAs = writer.decodeAs
      if !decodeAs.isEmpty {
        Diagnostics.line(
          "zcap: Wireshark does not know these ports for what they carry; show it with")
        Diagnostics.line("  tshark \(decodeAs) -r \(output.path == "-" ? "-" : output.path)")
      }
    }
  }
}

/// `--map-ports auto` or `992=23,8443=80`.
struct PortMapArgument: ExpressibleByArgument {
  var map: PortMap

  init?(argument: String) {
    if argument == "auto" {
      map = .automatic
      return
    }
    map = PortMap()
    for pair in argument.split(separator: ",", omittingEmptySubsequences: false) {
      let ports = pair.split(separator: "=").compactMap { UInt16($0) }
      guard ports.count == 2 else { return nil }
      map.map(ports[0], to: ports[1])
    }
  }

}
