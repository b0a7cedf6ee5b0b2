import ATTLS
import TraceBytes
import TraceConvert
import TraceFilter
import TraceModel
import TraceStreams
import ZCapKit

/// `attls --pcapng`: the TLS records of a log as a capture.
struct AttlsCapture {
  let input: InputOptions
  let filter: FilterSpecification
  let follows: Bool

  func write(to path: String, force: Bool) throws {
    let sink = try OutputOptions.open(path, .capture, force: force, besides: input.files)
    var options = ConvertOptions()
    options.application = "zcap \(ZCap.version)"
    options.sectionComments = [
      "Made from the AT-TLS log \(Self.names(input.files)): TLS records of its EZD1285I lines. "
        + "Ethernet, IP and TCP headers are synthetic, times are those of the log."
    ]
    let flows = FlowTable()
    let writer = PcapngSink(sink, flows: flows, options: options)
    let session = try input.session(filter, flows: flows, into: writer, follows: follows)
    writer.remark = session.logBook.text(of:)
    try ZCap.reporting { () throws(TraceError) in
      try session.run()
      if writer.counts.packets > 0 { try sink.commit() }
    }
    let counts = writer.counts
    explain(session, writer, path)
    Diagnostics.notes(
      session.summary(
        "wrote \(UInt64(counts.conversations).counted("connection")), "
          + counts.packets.counted("packet")))
    try ExitStatus.end(session.outcome(matched: counts.packets))
  }

  private func explain(_ session: Session, _ writer: PcapngSink, _ path: String) {
    let book = session.logBook
    if book.dataLines == 0, !session.hasFailed {
      Diagnostics.line(
        "zcap: no EZD1285I message with TLS records in the log; AT-TLS writes them with Trace 32 in "
          + "the policy (Trace 255 for everything)")
    }
    if book.withoutAddresses > 0 {
      Diagnostics.line(
        "zcap: \(UInt64(book.withoutAddresses).counted("connection")) without a Map message "
          + "(EZD1281I, Trace 4): 192.0.2.1 stands for z/OS and 192.0.2.2 for its partner")
    }
    if book.otherEnds > 0 {
      Diagnostics.line(
        "zcap: \(UInt64(book.otherEnds).counted("connection")) not written twice: both ends are on "
          + "this stack and in the log")
    }
    let decodeAs = DecodeAs.tlsArguments(writer.cipherPorts)
    if !decodeAs.isEmpty {
      Diagnostics.line("zcap: Wireshark takes some of these ports for something else than TLS; try")
      Diagnostics.line("  tshark \(decodeAs) -r \(path)")
    }
  }

  private static func names(_ files: [String]) -> String {
    files.map { String($0.split(separator: "/").last ?? "-") }.joined(separator: ", ")
  }
}
