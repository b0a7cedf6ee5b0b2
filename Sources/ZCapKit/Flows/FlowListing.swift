package import ATTLS
package import TraceBytes
internal import TraceModel
internal import TraceProtocols
internal import TraceRender
internal import TraceStreams
internal import TraceTables

/// The rows of conversations as a table and as JSON.
package enum FlowListing {
  /// Names of the columns of ``table(_:_:_:_:to:)``.
  package static func columnNames(withLog: Bool) -> [String] {
    columns(withLog: withLog, .utc).map(\.name)
  }

  /// The numbers say in which order columns give way: the highest first.
  private static func columns(withLog: Bool, _ zone: Zone) -> [TextTable.Column] {
    let columns: [TextTable.Column] = [
      .init("flow", nil, .right), .init("start (\(zone.name))", "start", rank: 5),
      .init("seconds", nil, .right, rank: 7), .init("job/interface", "job", rank: 1),
      .init("client"), .init("server"), .init("protocol"), .init("sent", nil, .right, rank: 2),
      .init("received", nil, .right, rank: 3), .init("records", nil, .right, rank: 8),
      .init("security", rank: 4), .init("missing", nil, .right, rank: 6), .init("end", rank: 9),
      .init("client by", rank: 10),
    ]
    if !withLog { return columns }
    return columns + [.init("AT-TLS rule", "rule"), .init("user"), .init("TLS", "tls", rank: 1)]
  }

  /// Writes the table, and returns what is to be said of columns that had no room.
  package static func table(
    _ rows: [FlowRow], _ join: ConnectionJoin?, _ view: TableView, _ zone: Zone,
    to output: ByteSink
  ) throws(TraceError) -> [String] {
    var table = view.table(columns(withLog: join != nil, zone))
    for row in rows { table.add(cells(row, join, zone)) }
    try table.write(to: output)
    return TableView.note(table)
  }

  /// Rows that are written as they come: the columns grow with them.
  package struct Lines {
    private let join: ConnectionJoin?
    private let zone: Zone
    private var table: TextTable

    package init(_ join: ConnectionJoin?, _ view: TableView, _ zone: Zone) {
      self.join = join
      self.zone = zone
      table = view.table(FlowListing.columns(withLog: join != nil, zone))
    }

    package mutating func write(_ row: FlowRow, to output: ByteSink) throws(TraceError) {
      table.add(FlowListing.cells(row, join, zone))
      try table.flush(to: output)
    }

    /// What is to be said of columns that had no room.
    package var notes: [String] { TableView.note(table) }
  }

  private static func cells(_ row: FlowRow, _ join: ConnectionJoin?, _ zone: Zone) -> [String] {
    let flow = row.flow
    let found = join?.find(flow.key, at: flow.firstTime)
    let side = row.client(found)
    let (client, server) = (flow[side], flow[side.other])
    let logged = [found?.connection.rule, found?.connection.user, found?.briefly]
    return [
      row.number, CivilDate.text(nanoseconds: zone.local(flow.firstTime)),
      secondsText(TraceTime.span(from: flow.firstTime, to: flow.lastTime)), row.name,
      flow.endpoint(side).description, flow.endpoint(side.other).description,
      row.protocolText, client.bytes.grouped, server.bytes.grouped,
      "\(client.records.grouped)+\(server.records.grouped)", row.security,
      row.missing, row.end, row.evidence(found),
    ] + (join != nil ? logged.map { $0 ?? "-" } : [])
  }
}

/// The rows of conversations as lines of JSON: the columns of the table `flows`.
package struct FlowJSON {
  private var json: JSONLine
  private var members = RowMembers(FlowTableRow.columns(labels: []))
  private let join: ConnectionJoin?
  private let files: InputNames

  package init(_ join: ConnectionJoin?, _ files: InputNames, to output: ByteSink) {
    json = JSONLine(output)
    self.join = join
    self.files = files
  }

  package mutating func write(_ row: FlowRow) throws(TraceError) {
    try json.begin("flow", schema: TableSchema.version)
    try members.write(FlowTableRow(row, files, join), to: &json)
    try json.end()
  }
}
