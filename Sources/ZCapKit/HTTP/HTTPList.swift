package import TraceBytes
package import TraceModel
package import TraceRender
package import TraceSecrets
package import TraceStreams

/// `http`: the conversations of HTTP and its like as exchanges.
package final class HTTPList: TraceWork {
  /// What is shown, and where it goes.
  package struct Request {
    package var detail: HTTPTextWriter.Detail
    package var isJSON = false
    /// Gets an HTTP Archive; nil for none.
    package var archive: ByteSink?
    /// Whether the archive takes the place of the list.
    package var isArchiveOnly = false
    /// Gets every body as a file; nil for none.
    package var exporter: HTTPExporter?
    /// What is masked; nil for nothing.
    package var masked: SecretWords?
    package var view = TableView()
    package var zone = Zone.utc
    /// Version of the program, for the archive.
    package var version = ""

    package init(_ detail: HTTPTextWriter.Detail) { self.detail = detail }

    /// Whether bodies are shown or written; without them few of the bytes of a trace are.
    package var keepsBodies: Bool { detail.bodies || archive != nil || exporter != nil }

    fileprivate var kept: HTTPStore.Options {
      var options = HTTPStore.Options()
      options.keepsBodies = keepsBodies
      // The content type in the head says how a body is read.
      options.keepsHeads = detail.heads || keepsBodies
      options.isForLines = !isJSON && !detail.heads && !keepsBodies
      options.redacts = masked != nil
      return options
    }
  }

  /// Names of the columns of the list.
  package static let columnNames = HTTPTextWriter.columns(.utc).map(\.name)

  package let flows = FlowTable()
  package let files: InputNames
  private let output: ByteSink
  private let store: HTTPStore
  private let presenters: [any HTTPPresenter]
  private let exporter: HTTPExporter?
  /// Rows of a table, which may leave columns out.
  private var text: HTTPTextWriter?
  private let watch: HTTPWatch?
  private let found: HTTPFlows
  private let follower: StreamFollower

  package init(_ request: Request, _ limits: StreamAssembler.Limits, to output: ByteSink) {
    self.output = output
    var kept = request.kept
    if let most = limits.messages { kept.totalBytes = most }
    store = HTTPStore(kept)
    store.masker = request.masked.map { SecretMasker(words: $0) }
    let files = InputNames()
    self.files = files
    exporter = request.exporter
    watch =
      request.masked == nil
      ? HTTPWatch(heads: request.detail.heads, bodies: request.keepsBodies) : nil
    let table = request.view.rows(HTTPTextWriter.columns(request.zone))
    let list = { (sink: ByteSink) -> any HTTPPresenter in
      request.isJSON
        ? HTTPJSONWriter(sink, detail: request.detail, file: files.name(of:))
        : HTTPTextWriter(sink, detail: request.detail, zone: request.zone, table: table)
    }
    var presenters: [any HTTPPresenter] = []
    var lines: HTTPLines?
    if !request.keepsBodies, request.isJSON || table == nil {
      // Heads and start lines are short: rendered they can wait. Bodies are rendered one after the other.
      lines = HTTPLines(to: output, list)
    } else if !request.isArchiveOnly {
      let list = list(output)
      text = list as? HTTPTextWriter
      presenters.append(list)
    }
    if let exporter { presenters.append(exporter) }
    if let archive = request.archive {
      presenters.append(HTTPArchiveWriter(archive, version: request.version))
    }
    if let watch { presenters.append(watch) }
    self.presenters = presenters
    found = HTTPFlows(store, presenters, lines: lines)
    follower = StreamFollower(found, flows: flows, limits: limits)
  }

  package var sink: (any PlacedSink)? { follower }

  package func finish(_ session: Session) throws(TraceError) {
    // An empty archive would look like an answer: nothing is written when nothing was found.
    if found.counts.exchanges > 0 || !session.hasFailed {
      for presenter in presenters { try presenter.finish() }
    }
    try output.commit()
  }

  package func end(_ session: Session) -> RunEnd {
    var end = RunEnd(matched: found.counts.exchanges + found.counts.dialogueLines)
    end.notes =
      TableView.note(text?.gaveWay ?? []) + HTTPReport(found.counts, store, exporter).lines()
      + ExchangeOrder.note(outOfOrder: found.outOfOrder) + follower.assembler.counts.notes
      + (watch?.lines(session) ?? [])
    end.result = HTTPReport.result(found.counts)
    end.remarks = session.tracker?.notesOfOthers ?? []
    return end
  }
}
