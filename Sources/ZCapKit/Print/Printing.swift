package import ATTLS
package import TraceBytes
internal import TraceFormats
package import TraceModel
package import TraceRender
package import TraceStreams

/// `print`: a trace as text.
package final class Printing: TraceWork {
  /// How records are put.
  package enum Style: String, CaseIterable, Sendable {
    /// A block for each record.
    case lines
    /// A conversation after the other's turns.
    case stream
    /// The listing that TCPDATA prints.
    case tcpdata
    /// One JSON object for each record; asked for by an option of its own.
    case json

    package static let allCases: [Style] = [.lines, .stream, .tcpdata]
  }

  package let flows = FlowTable()
  package let files: InputNames
  private let style: Style
  private let payloadOnly: Bool
  package let logs: ConnectionJoin?
  private let output: ByteSink
  private let end: any PlacedSink
  private let follower: StreamFollower?

  /// - Parameter join: what logs of AT-TLS say of the connections.
  package init(
    _ style: Style, _ options: PrintOptions, _ join: ConnectionJoin?,
    _ limits: StreamAssembler.Limits, to output: ByteSink
  ) {
    self.style = style
    self.output = output
    logs = join
    flows.bound(to: limits.conversations, each: 400)
    payloadOnly = options.payloadOnly
    let files = InputNames()
    self.files = files
    let notes = join.map { LogNotes($0) }
    var follower: StreamFollower?
    switch style {
    case .json: end = RecordJSON(output, options, notes: notes, file: files.name(of:))
    case .lines: end = RecordPrinter(output, options, notes: notes)
    case .stream:
      let printing = StreamPrinting(ConversationPrinter(output, options), join)
      let stage = StreamFollower(printing, flows: flows, limits: limits)
      (end, follower) = (stage, stage)
    case .tcpdata:
      let form: ListingWriter.Style =
        switch options.form {
        case .ascii: .ascii
        case .ebcdic: .ebcdic
        default: .hex
        }
      end = ListingSink(output, style: form, zone: options.zone)
    }
    self.follower = follower
  }

  package var sink: (any PlacedSink)? { end }

  package func finish(_ session: Session) throws(TraceError) { try output.commit() }

  package func end(_ session: Session) -> RunEnd {
    let isEmpty = output.total == 0
    var end = RunEnd(matched: isEmpty ? 0 : session.passed)
    if let follower, let counts = session.tracker?.counts {
      end.notes = follower.assembler.counts.notes
      let others = counts.otherProtocols + counts.cut + counts.malformed + counts.unknownLinks
      if others > 0 {
        end.notes.append(
          "\(others.counted("record")) of no TCP or UDP conversation; --style lines shows them")
      }
    }
    end.notes += CredentialWords.seen(session, "shown")
    if isEmpty, session.passed > 0 { end.remarks = ["nothing to show: \(whyEmpty)"] }
    return end
  }

  private var whyEmpty: String {
    if payloadOnly { return "no record has bytes of the application" }
    if style == .stream { return "no conversation has bytes; --style lines shows the records" }
    return "no record that this style has a form for; --style lines shows them"
  }
}
