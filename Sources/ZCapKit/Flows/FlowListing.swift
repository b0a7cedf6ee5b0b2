package import ATTLS
package import TraceBytes
internal import TraceModel
internal import TraceProtocols
internal import TraceRender
internal import TraceStreams

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
    for row in rows {
      let flow = row.flow
      let found = join?.find(flow.key, at: flow.firstTime)
      let side = row.client(found)
      let (client, server) = (flow[side], flow[side.other])
      let logged = [found?.connection.rule, found?.connection.user, found?.briefly]
      table.add(
        [
          row.number, CivilDate.text(nanoseconds: zone.local(flow.firstTime)),
          secondsText(TraceTime.span(from: flow.firstTime, to: flow.lastTime)), row.name,
          flow.endpoint(side).description, flow.endpoint(side.other).description,
          row.protocolText, client.bytes.grouped, server.bytes.grouped,
          "\(client.records.grouped)+\(server.records.grouped)", row.security,
          row.missing, row.end, row.evidence(found),
        ] + (join != nil ? logged.map { $0 ?? "-" } : []))
    }
    try table.write(to: output)
    return TableView.note(table)
  }

  package static func json(
    _ row: FlowRow, _ join: ConnectionJoin?, to output: ByteSink
  ) throws(TraceError) {
    let flow = row.flow
    let found = join?.find(flow.key, at: flow.firstTime)
    let side = row.client(found)
    let (client, server) = (flow[side], flow[side.other])
    var json = JSONLine(output)
    try json.open()
    try json.number("flow", flow.number)
    try json.text("transport", flow.key.ipProtocol == 17 ? "udp" : "tcp")
    try json.number("first_time_ns", flow.firstTime)
    try json.number("last_time_ns", flow.lastTime)
    try json.text("name", row.name)
    try json.bool("data_trace", flow.isDataTrace)
    try json.text("client", flow.endpoint(side).address.description)
    try json.number("client_port", UInt64(flow.endpoint(side).port))
    try json.text("server", flow.endpoint(side.other).address.description)
    try json.number("server_port", UInt64(flow.endpoint(side.other).port))
    try json.text("client_known_by", row.evidence(found))
    try json.text("protocol", "\(row.application.name)")
    try json.text("security", row.security)
    try json.number("client_bytes", client.bytes)
    try json.number("server_bytes", server.bytes)
    try json.number("client_records", client.records)
    try json.number("server_records", server.records)
    try json.number("missing_bytes", client.missing &+ server.missing)
    try json.number("repeated_bytes", client.repeated &+ server.repeated)
    try json.number("conflicting_bytes", client.conflicts &+ server.conflicts)
    try json.number("gaps", row.gaps)
    try json.text("end", row.end)
    for (name, value) in found?.members ?? [] { try json.text(name, value) }
    try json.close()
    try json.endLine()
  }
}
