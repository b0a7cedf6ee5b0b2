package import ATTLS
package import TraceBytes
package import TraceModel
package import TraceStreams
package import TraceTables

/// The tables that a trace can be.
package enum ExportTable: String, CaseIterable, Sendable {
  case records, flows, exchanges, files
}

extension TableFormat {
  /// The format that is asked for, or the one that the name of the output promises.
  package static func chosen(
    _ format: TableFormat?, for path: String
  ) throws(UsageMistake) -> TableFormat {
    if let format {
      if path.hasSuffix(".gz"), !format.isText {
        throw UsageMistake("-o \(path): \(format.rawValue) is not compressed as a whole.")
      }
      return format
    }
    if let known = TableFormat(path: path) { return known }
    guard path == "-" || path.hasPrefix("/dev/") else {
      throw UsageMistake(
        (OutputKind.table.mistake(in: path) ?? "\(path): the name has no ending.")
          + " --format tells what to write, whatever the name.")
    }
    return .ndjson
  }
}

extension TableSchema {
  /// Name, type and meaning of each column, a line each.
  package var text: String {
    columns.map { column in
      let type = column.type.name + (column.isNullable ? "" : ", never null")
      return "\(column.name)\t\(type)\t\(column.meaning)\n"
    }.joined()
  }
}

/// What of a trace becomes rows, and how they look.
package struct ExportOptions {
  package var table: ExportTable
  package var format: TableFormat
  package var payload = TablePayload.none
  package var labels: [TableLabel] = []
  package var shard: Shard?
  /// The part of the only file that is read.
  package var cut: RangeCut?
  /// Stands for the name of the only input.
  package var name: String?
  /// Whether ECS and Zeek hide what the query of a URL says.
  package var masksQueries = true
  /// Whether it is noticed that rows hold credentials.
  package var watches = false

  package init(_ table: ExportTable, as format: TableFormat) {
    self.table = table
    self.format = format
  }

  /// The columns of the table.
  package var schema: TableSchema {
    let columns =
      switch table {
      case .records: recordColumns.map(\.column)
      case .flows: FlowTableRow.columns(labels: labels).map(\.column)
      case .exchanges: ExchangeTableRow.columns(labels: labels).map(\.column)
      case .files: FileRow.columns(labels: labels).map(\.column)
      }
    return TableSchema(
      name: table.rawValue, row: String(table.rawValue.dropLast()), columns: columns)
  }

  /// What is wrong with the labels; nil for nothing.
  package var labelMistake: String? {
    var plain = self
    plain.labels = []
    // The first two keys of an object of NDJSON.
    var names = Set(plain.schema.columns.map(\.name) + ["type", "schema"])
    for label in labels where !names.insert(label.name).inserted {
      return "--label \(label.name): there is a column of that name."
    }
    return nil
  }

  /// Rows that are kept until they are written: those of conversations are long and few.
  var batchRows: Int { table == .records ? TableBatch.fullRows : TableBatch.fullRows / 4 }

  var recordColumns: [RowColumn<RecordRow>] {
    RecordRow.columns(payload, numbered: cut == nil, labels: labels)
  }
}

/// `export`: what a run finds, as a table.
package final class TableExport: TraceWork {
  package let files: InputNames
  /// The table that the tracker of the run fills.
  package let flows: FlowTable
  /// Takes the records of the run; nil when their survey is all that is wanted.
  package let sink: (any PlacedSink)?
  /// Puts streams into order; nil where nothing needs it.
  private let follower: StreamFollower?
  private let options: ExportOptions
  package let logs: ConnectionJoin?
  private let output: TableOutput
  private let exchanges: ExchangeFlows?
  /// Looks at exchanges that become rows as they are.
  private let watch: ExchangeWatch?

  /// - Parameter join: what logs of AT-TLS say of the connections.
  package init(
    _ options: ExportOptions, join: ConnectionJoin?, limits: StreamAssembler.Limits,
    to sink: ByteSink
  ) {
    (self.options, logs) = (options, join)
    let flows = FlowTable()
    self.flows = flows
    let files = InputNames(name: options.name)
    self.files = files
    let output = TableOutput(
      options.schema, as: options.format, batchRows: options.batchRows,
      masksQueries: options.masksQueries, to: sink)
    self.output = output
    let watch =
      options.table == .exchanges && options.watches ? ExchangeWatch(full: false) : nil
    self.watch = watch
    let labels = options.labels
    var streams: (any StreamSink)?
    var told: ExchangeFlows?
    var end: (any PlacedSink)?
    switch options.table {
    case .records:
      let table = RowTable(options.recordColumns, into: output)
      end = RecordRows(table, files, keepsPayload: options.payload != .none)
    case .flows:
      let table = RowTable(FlowTableRow.columns(labels: labels), into: output)
      let collector = FlowCollector { (row: FlowRow) throws(TraceError) in
        try table.add(FlowTableRow(row, files, join))
      }
      collector.onPause = { () throws(TraceError) in try output.pause() }
      streams = collector
    case .exchanges:
      let table = RowTable(ExchangeTableRow.columns(labels: labels), into: output)
      let exchanges = ExchangeFlows { (told: FlowExchange) throws(TraceError) in
        watch?.look(told)
        try table.add(ExchangeTableRow(told: told, file: files.name(of: told.firstRecord)))
      }
      exchanges.tiesTransfers = false
      exchanges.onPause = { () throws(TraceError) in try output.pause() }
      (streams, told) = (exchanges, exchanges)
    case .files: break
    }
    let follower = streams.map { StreamFollower($0, flows: flows, limits: limits) }
    (self.follower, self.exchanges) = (follower, told)
    if let follower { end = follower }
    if let shard = options.shard, let whole = end { end = ShardStage(shard, to: whole) }
    self.sink = end
  }

  package var cut: RangeCut? { options.cut }

  package func finish(_ session: Session) throws(TraceError) {
    if options.table == .files {
      let table = RowTable(FileRow.columns(labels: options.labels), into: output)
      for input in session.inputs {
        try table.add(FileRow(input: input, file: options.name ?? input.name, cut: options.cut))
      }
    }
    try output.finish()
  }

  package func end(_ session: Session) -> RunEnd {
    // Without those that the format has no place for.
    let rows = output.rows &- output.leftOut
    var end = RunEnd(matched: rows)
    end.notes = (exchanges?.losses() ?? []) + (follower?.assembler.counts.notes ?? [])
    if output.leftOut > 0 {
      end.notes.append(
        "\(output.leftOut.counted("row")) not written: zeek has a log for HTTP only")
    }
    end.notes += CredentialWords.seen(session, "written") + (watch?.lines("written") ?? [])
    end.result = "wrote \(rows.counted("row"))"
    if follower != nil { end.remarks = session.tracker?.notesOfOthers ?? [] }
    return end
  }
}
