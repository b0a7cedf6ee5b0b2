package import ATTLS
package import TraceBytes
package import TraceConvert
internal import TraceFormats
package import TraceModel
package import TraceStreams

/// `convert`: a trace as pcapng.
package final class Conversion: TraceWork {
  /// What is asked for beside the form of the packets.
  package struct Request {
    /// Paths of the inputs, and of the output.
    package var files: [String]
    package var path: String
    /// Ports to write instead of the true ones; nil to tell how Wireshark is told what they carry.
    package var portMap: PortMap?
    /// Goes in front of the packets.
    package var keyLog: KeyLog?
    /// What logs of AT-TLS say of the connections.
    package var join: ConnectionJoin?
    /// Whether credentials are masked, and names mapped.
    package var masks = false
    package var mapsNames = false
    /// Whether a capture without a packet is written, too.
    package var evenEmpty = false

    package init(files: [String], path: String) {
      self.files = files
      self.path = path
    }
  }

  package let flows = FlowTable()
  package let captures: FlowTracker.CaptureDepth
  private let request: Request
  private let output: ByteSink
  private let writer: PcapngSink
  private let ports = PortNames()
  private let exporter: PDUSink?
  private let asksForPorts: Bool
  private var failures: [String] = []

  package init(
    _ request: Request, _ options: ConvertOptions,
    _ limits: StreamAssembler.Limits = StreamAssembler.Limits(),
    to output: ByteSink
  ) {
    flows.bound(to: limits.conversations, each: 400)
    self.request = request
    self.output = output
    var options = options
    options.sectionComments = Self.comments(request, options.style)
    options.mixesInputs = request.files.count > 1
    if let map = request.portMap { options.portMap = map }
    asksForPorts = request.portMap == nil && options.style == .tcp
    writer = PcapngSink(output, flows: flows, options: options, listener: ports)
    exporter = options.style == .pdu ? PDUSink(writer, limits) : nil
    // Packets of one capture are written as they are; a sample of them tells what their ports carry.
    let isCopy = options.style == .tcp && !options.mixesInputs
    captures = isCopy && !request.masks && !request.mapsNames ? .sampled : .placed
  }

  package var logs: ConnectionJoin? { request.join }
  package var sink: (any PlacedSink)? { exporter ?? writer }

  private static func comments(_ request: Request, _ style: ConvertOptions.Style) -> [String] {
    let names =
      request.mapsNames
      ? "a trace; addresses and names were mapped (--anonymize)"
      : InputNames.lastParts(of: request.files)
    let made =
      style == .pdu
      ? "Messages are exported PDUs; TCP and IP headers are left out."
      : "TCP, IP and Ethernet headers of data-trace records are synthetic."
    let masked = """
      Credentials were replaced by asterisks of the same length (--redact); the packets they stood in \
      are changed, and their checksums were corrected for it.
      """
    return ["Converted from \(VisibleText.of(names)). \(made)"] + (request.masks ? [masked] : [])
  }

  package func begin(_ session: Session) throws(TraceError) {
    // A log names what the trace does not name any more.
    if !request.mapsNames {
      writer.remark = { [join = request.join] in
        session.logBook.text(of: $0) ?? join?.sentence(of: $0)
      }
    }
    writer.hasPackets = { session.survey.hasPackets }
    // Decrypting needs the secrets in front of the packets.
    try request.keyLog?.write(to: writer)
  }

  private var written: UInt64 { writer.counts.captured + writer.counts.dataRecords }

  package func finish(_ session: Session) throws(TraceError) {
    // An empty capture would look like an answer: nothing is written when nothing was found.
    if written > 0 || request.evenEmpty { try output.commit() }
    if written == 0, request.evenEmpty, !session.hasFailed {
      failures.append("no record is left: \(session.summary("").joined(separator: "; "))")
    }
  }

  package func end(_ session: Session) -> RunEnd {
    var end = RunEnd(matched: written)
    end.failures = failures
    end.notes = notes + CredentialWords.seen(session, "written")
    end.result = "wrote \(writer.counts.packets.counted("packet"))"
    return end
  }

  /// What is not in the file, or otherwise than in the trace.
  private var notes: [String] {
    let counts = writer.counts
    var lines: [String] = []
    for kind in RecordKind.allCases where kind != .lost {
      let count = counts.unwritten[Int(kind.rawValue)]
      guard count > 0 else { continue }
      lines.append(
        "\(count.counted("\(kind.name) record")) not written: no packet form is known, or no bytes are there"
      )
    }
    if counts.repeated > 0 {
      lines.append(
        "\(counts.repeated.counted("record")) not written twice: both ends are on this "
          + "stack, and the trace has each send and its receive")
    }
    if counts.withStandInPort > 0 {
      lines.append(
        "\(counts.withStandInPort.counted("flow")) of application data written with another "
          + "client port: the packets of the same connection are in the file too; comments tell which"
      )
    }
    if counts.parted > 0 {
      lines.append(
        "\(counts.parted.counted("flow")) of application data began before the first "
          + "packet of the connection, under its ports; --sort keeps them apart")
    }
    let decodeAs =
      asksForPorts ? DecodeAs.arguments(writer.misleadingPorts, ports.dissectors) : ""
    if !decodeAs.isEmpty {
      lines += [
        "Wireshark does not know these ports for what they carry; show it with",
        "  tshark \(decodeAs) -r \(request.path)",
      ]
    }
    if let exporter, exporter.shortened > 0 {
      lines.append(
        "\(exporter.shortened.counted("message")) not written whole, to bound memory: a larger --max-memory "
          + "writes more of them, --style tcp all bytes")
    }
    if let exporter, exporter.leftOut > 0 {
      lines.append(
        "\(exporter.leftOut.counted("packet")) not written: no TCP or UDP is in them "
          + "(--style tcp writes them)")
    }
    return lines
  }
}

/// `convert --format ctrace`: a trace in its own form.
package final class EntryConversion: TraceWork {
  package let flows = FlowTable()
  private let output: ByteSink
  private let headers = EntryHeaders()
  private let entries: CTraceSink

  /// - Parameter name: of the output, for a message.
  package init(to output: ByteSink, name: String) {
    self.output = output
    entries = CTraceSink(output, headers, name: name)
  }

  package var sink: (any PlacedSink)? { entries }

  package func begin(_ session: Session) { session.headers = headers }

  package func finish(_ session: Session) throws(TraceError) {
    if entries.written > 0 { try output.commit() }
  }

  package func end(_ session: Session) -> RunEnd {
    var end = RunEnd(matched: entries.written)
    end.notes = CredentialWords.seen(session, "written")
    if let remark = entries.remark { end.notes.append(remark) }
    end.result = "wrote \(entries.written.counted("record"))"
    return end
  }
}
