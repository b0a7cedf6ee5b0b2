internal import TraceBytes

/// Flows and exchanges under the names of the Elastic Common Schema, one nested JSON object per line; what has
/// no name there stands under `zos`.
///
/// Source: ECS 8.11 field reference. What is absent is left out, as Elasticsearch has it.
struct ECSWriter: TableWriter {
  private var json: JSONLine
  private let masksQueries: Bool
  private var leaves: [Leaf] = []

  /// Where a value stands in the object, and what it is.
  private struct Leaf {
    var path: [String]
    var value: Value
  }

  private enum Value {
    case constant(String)
    /// A list of one word.
    case list(String)
    case column(Int)
    case query(Int)
    /// The sum of two numbers.
    case sum(Int, Int)
    /// Microseconds of a column of nanoseconds, as text.
    case moment(Int)
    /// One of two texts by a column of true and false.
    case choice(Int, yes: String, no: String)
    /// Whether a text is this one.
    case equals(Int, String)
  }

  private static let flows: [String: String] = [
    "flow_id": "event.id", "start_time": "@timestamp", "duration_ns": "event.duration",
    "transport": "network.transport", "app_protocol": "network.protocol",
    "community_id": "network.community_id", "client_ip": "source.ip",
    "client_port": "source.port", "client_bytes": "source.bytes",
    "client_records": "source.packets", "server_ip": "destination.ip",
    "server_port": "destination.port", "server_bytes": "destination.bytes",
    "server_records": "destination.packets", "job": "process.name",
    "interface": "observer.ingress.interface.name", "file": "log.file.path",
    "system": "host.name", "attls_rule": "rule.name", "attls_user": "user.name",
    "attls_protocol": "tls.version", "attls_cipher": "tls.cipher",
  ]

  private static let exchanges: [String: String] = [
    "flow_id": "zos.flow_id", "time": "@timestamp", "protocol": "network.protocol",
    "community_id": "network.community_id", "client_ip": "source.ip",
    "client_port": "source.port", "server_ip": "destination.ip",
    "server_port": "destination.port", "job": "process.name",
    "interface": "observer.ingress.interface.name", "file": "log.file.path",
    "system": "host.name", "user": "user.name", "operation": "http.request.method",
    "object": "url.path", "query": "url.query", "host": "url.domain", "version": "http.version",
    "status": "http.response.status_code", "request_bytes": "http.request.bytes",
    "response_bytes": "http.response.bytes", "last_byte_ns": "event.duration",
  ]

  /// Names that only exchanges of HTTP have.
  private static let ofHTTP: Set = [
    "operation", "object", "query", "host", "version", "status", "request_bytes", "response_bytes",
  ]
  private var protocolColumn: Int?

  init(_ sink: ByteSink, masksQueries: Bool) {
    json = JSONLine(sink)
    self.masksQueries = masksQueries
  }

  mutating func begin(_ schema: TableSchema) throws(TraceError) {
    let isFlows = schema.index(of: "start_ns") != nil
    let names = isFlows ? Self.flows : Self.exchanges
    protocolColumn = isFlows ? nil : schema.index(of: "protocol")
    func add(_ path: String, _ value: Value) {
      leaves.append(Leaf(path: path.split(separator: ".").map(String.init), value: value))
    }
    for (index, column) in schema.columns.enumerated() {
      let path = names[column.name] ?? "zos.\(column.name)"
      add(path, column.name == "query" && masksQueries ? .query(index) : .column(index))
      // Of other protocols the same columns are no words of HTTP.
      if protocolColumn != nil, Self.ofHTTP.contains(column.name) {
        add("zos.\(column.name)", .column(index))
      }
    }
    add("ecs.version", .constant("8.11.0"))
    add("event.kind", .constant("event"))
    add("event.category", .list("network"))
    add("event.type", .list(isFlows ? "connection" : "protocol"))
    add("event.dataset", .constant("zcap.\(schema.row)"))
    if let start = schema.index(of: "start_ns"), let end = schema.index(of: "end_ns"),
      let client = schema.index(of: "client_bytes"), let server = schema.index(of: "server_bytes"),
      let outcome = schema.index(of: "attls_outcome")
    {
      add("event.start", .moment(start))
      add("event.end", .moment(end))
      add("network.bytes", .sum(client, server))
      add("tls.established", .equals(outcome, "secure"))
    }
    if let failed = schema.index(of: "failed") {
      add("event.outcome", .choice(failed, yes: "failure", no: "success"))
    }
    leaves.sort { $0.path.lexicographicallyPrecedes($1.path) }
  }

  mutating func write(_ batch: borrowing TableBatch) throws(TraceError) {
    for row in 0..<batch.rows {
      try json.open()
      var open: ArraySlice<String> = []
      let isHTTP = protocolColumn.map { Self.isHTTP(batch.columns[$0], row) } ?? true
      for leaf in leaves where isThere(leaf, batch, row, isHTTP: isHTTP) {
        let parents = leaf.path.dropLast()
        var common = 0
        while common < open.count, common < parents.count, open[common] == parents[common] {
          common += 1
        }
        for _ in common..<open.count { try json.close() }
        for name in parents.dropFirst(common) {
          try json.key(name)
          try json.open()
        }
        try json.key(leaf.path[leaf.path.count - 1])
        try value(leaf.value, batch, row)
        open = parents
      }
      for _ in open { try json.close() }
      try json.end()
    }
  }

  mutating func finish() throws(TraceError) {}

  static func isHTTP(_ values: borrowing ColumnValues, _ row: Int) -> Bool {
    values.bytes[values.range(row)].starts(with: "HTTP".utf8)
  }

  private func isThere(
    _ leaf: Leaf, _ batch: borrowing TableBatch, _ row: Int, isHTTP: Bool
  ) -> Bool {
    switch leaf.value {
    case .constant, .list, .sum, .choice, .moment: return true
    case .equals(let index, _): return batch.columns[index].present[row]
    case .query(let index): return isHTTP && batch.columns[index].present[row]
    case .column(let index):
      let name = batch.schema.columns[index].name
      if protocolColumn != nil, Self.ofHTTP.contains(name), (leaf.path[0] != "zos") != isHTTP {
        return false
      }
      let values = batch.columns[index]
      return values.type == .texts ? !values.items(row).isEmpty : values.present[row]
    }
  }

  private mutating func value(
    _ value: Value, _ batch: borrowing TableBatch, _ row: Int
  ) throws(TraceError) {
    switch value {
    case .constant(let text): try json.text(text)
    case .list(let text):
      try json.openList()
      try json.text(text)
      try json.closeList()
    case .column(let index): try json.value(batch.columns[index], row)
    case .query(let index): try json.text(QueryMask.of(batch.columns[index], row))
    case .sum(let one, let other):
      try json.number(batch.columns[one].numbers[row] &+ batch.columns[other].numbers[row])
    case .moment(let index): try json.time(microseconds: batch.columns[index].numbers[row] / 1000)
    case .choice(let index, let yes, let no):
      try json.text(batch.columns[index].numbers[row] != 0 ? yes : no)
    case .equals(let index, let text):
      let values = batch.columns[index]
      try json.bool(values.bytes[values.range(row)].elementsEqual(text.utf8))
    }
  }
}

/// The query of a URL without what it says: names stay, values become three asterisks.
enum QueryMask {
  static func of(_ values: borrowing ColumnValues, _ row: Int) -> String {
    let query = String(decoding: values.bytes[values.range(row)], as: UTF8.self)
    return query.split(separator: "&", omittingEmptySubsequences: false).map { part in
      part.firstIndex(of: "=").map { part[...$0] + "***" } ?? "***"
    }.joined(separator: "&")
  }
}
