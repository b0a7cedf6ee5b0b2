package import TraceBytes
package import TraceFilter
package import TraceFormats
package import TraceModel
package import TraceStreams

/// `attls`: the TLS connections of logs and of packets.
package final class TLSList: TraceWork {
  // What a handshake holds is kept until its connection is over.
  package let flows = FlowTable(limit: 8192)
  private let options: TLSRowOptions
  private let output: ByteSink
  private let rows: AttlsRows
  private let packets: TLSFlows
  private let folder: String?
  private let certificates: CertificateFolder?
  private let follower: StreamFollower

  /// - Parameter folder: where certificates are written; nil for nowhere.
  /// - Throws: `FilterMistake` for an expression that libpcap rejects, `TraceError` when the folder cannot be
  ///   written.
  package init(
    _ options: TLSRowOptions, _ filter: FilterSpecification, certificates folder: String?,
    replace: Bool, to output: ByteSink
  ) throws {
    self.options = options
    self.output = output
    self.folder = folder
    certificates = try folder.map { try CertificateFolder(path: $0, replace: replace) }
    rows = AttlsRows(options, output, certificates, try ConnectionFilter(filter))
    packets = TLSFlows(options, output, certificates)
    packets.rows = rows
    follower = StreamFollower(packets, flows: flows)
  }

  package var sink: (any PlacedSink)? { follower }
  package var others: [OtherFormat]? { [rows.format] }
  package var files: InputNames { packets.files }

  package func finish(_ session: Session) throws(TraceError) {
    try rows.finish()
    try output.commit()
  }

  package func end(_ session: Session) -> RunEnd {
    var end = RunEnd(matched: rows.connections + packets.connections)
    let read = session.inputs.filter { !$0.format.isEmpty }
    let logs = read.filter { $0.format.contains(TLSRowOptions.logFormat) }
    end.notes = rows.summary(logs.map(\.name)) + packets.notes
    let passed = session.survey.skippedBytes
    if !logs.isEmpty, passed > 0 {
      end.notes.append("\(passed.counted("byte")) of other text in front of it passed over")
    }
    // The coding of a log stands behind its name: "AT-TLS log, UTF-16".
    let trace = read.first { !$0.format.hasPrefix(TLSRowOptions.logFormat) }
    end.hasSummary = trace != nil
    end.result = "found \(packets.connections.counted("TLS connection"))"
    if let trace, options.events || options.rules {
      end.hasFailed = true
      end.remarks = [
        "\(trace.name): --events and --rules tell what AT-TLS logged, and this is no log "
          + "(\(trace.format))"
      ]
    } else if let certificates, let folder {
      end.remarks = certificates.summary(folder)
    }
    let data = session.survey.kinds[Int(RecordKind.dataTrace.rawValue)]
    if packets.connections == 0, rows.connections == 0, data > 0, !end.hasFailed {
      end.remarks.append(
        "a data trace holds what programs send and receive, and no handshake: those are in packets and in "
          + "the AT-TLS log")
    }
    return end
  }
}
