internal import ATTLS
package import TraceBytes
package import TraceConvert
package import TraceModel
package import TraceStreams

/// `attls --pcapng`: the TLS records of a log as a capture.
package final class LogConversion: TraceWork {
  package let flows = FlowTable()
  private let path: String
  private let output: ByteSink
  private let writer: PcapngSink

  /// - Parameters:
  ///   - files: paths of the logs.
  ///   - options: how the capture is written, with the name of the program in it.
  ///   - path: of the output, for a message.
  package init(_ files: [String], _ options: ConvertOptions, to output: ByteSink, path: String) {
    var options = options
    options.sectionComments = [
      "Made from the AT-TLS log \(InputNames.lastParts(of: files)): TLS records of its EZD1285I "
        + "lines. Ethernet, IP and TCP headers are synthetic, times are those of the log."
    ]
    self.path = path
    self.output = output
    writer = PcapngSink(output, flows: flows, options: options)
  }

  package var sink: (any PlacedSink)? { writer }

  package func begin(_ session: Session) { writer.remark = session.logBook.text(of:) }

  package func finish(_ session: Session) throws(TraceError) {
    if writer.counts.packets > 0 { try output.commit() }
  }

  package func end(_ session: Session) -> RunEnd {
    var end = RunEnd(matched: writer.counts.packets)
    end.notes = notes(session)
    end.result =
      "wrote \(UInt64(writer.counts.conversations).counted("connection")), "
      + writer.counts.packets.counted("packet")
    return end
  }

  private func notes(_ session: Session) -> [String] {
    let book = session.logBook
    var lines: [String] = []
    if book.withoutAddresses > 0 {
      lines.append(
        "\(UInt64(book.withoutAddresses).counted("connection")) without a Map message "
          + "(EZD1281I, Trace 4): 192.0.2.1 stands for z/OS and 192.0.2.2 for its partner")
    }
    if book.otherEnds > 0 {
      lines.append(
        "\(UInt64(book.otherEnds).counted("connection")) not written twice: both ends are on "
          + "this stack and in the log")
    }
    let decodeAs = DecodeAs.tlsArguments(writer.cipherPorts)
    if !decodeAs.isEmpty {
      lines += [
        "Wireshark takes some of these ports for something else than TLS; try",
        "  tshark \(decodeAs) -r \(path)",
      ]
    }
    return lines
  }
}
