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
    /// A part of a text.
    case part(Int, Part)
    /// The sum of two numbers.
    case sum(Int, Int)
    /// Microseconds of a column of nanoseconds, as text.
    case moment(Int)
    /// What came of an exchange: whether it failed, unknown where a half of it is missing.
    case outcome(failed: Int, missing: Int)
    /// Whether a text is this one.
    case equals(Int, String)
  }

  /// What ECS wants of a text that has more in it.
  private enum Part {
    /// The name of a protocol in small letters: `http` of `HTTP/1`.
    case protocolName
    /// `tls` and `1.2` of `TLS 1.2`.
    case family, version
    /// The host and the port of `host:8080`.
    case domain, port

    func of(_ text: String) -> String? {
      switch self {
      case .protocolName: ApplicationName.lowercase(text)
      case .family: text.firstIndex(of: " ").map { text[..<$0].lowercased() }
      case .version: text.firstIndex(of: " ").map { String(text[text.index(after: $0)...]) }
      case .domain: String(Self.parted(text).domain)
      case .port: Self.parted(text).port.map { String($0) }
      }
    }

    /// Source: RFC 3986, 3.2.2: what is in brackets is an address with colons.
    private static func parted(_ text: String) -> (domain: Substring, port: UInt16?) {
      guard let mark = text.lastIndex(of: ":") else { return (text[...], nil) }
      let domain = text[..<mark]
      let isName = !domain.contains(":") || domain.hasPrefix("[") && domain.hasSuffix("]")
      guard isName, !domain.isEmpty, let port = UInt16(text[text.index(after: mark)...]) else {
        return (text[...], nil)
      }
      return (domain, port)
    }
  }

  private static let flows: [String: String] = [
    "flow_id": "event.id", "start_time": "@timestamp", "duration_ns": "event.duration",
    "transport": "network.transport",
    "community_id": "network.community_id", "client_ip": "source.ip",
    "client_port": "source.port", "client_bytes": "source.bytes",
    "client_records": "source.packets", "server_ip": "destination.ip",
    "server_port": "destination.port", "server_bytes": "destination.bytes",
    "server_records": "destination.packets", "job": "process.name",
    "interface": "observer.ingress.interface.name", "file": "log.file.path",
    "system": "host.name", "attls_rule": "rule.name", "attls_user": "user.name",
    "attls_cipher_name": "tls.cipher",
  ]

  private static let exchanges: [String: String] = [
    "flow_id": "zos.flow_id", "time": "@timestamp", "transport": "network.transport",
    "community_id": "network.community_id", "client_ip": "source.ip",
    "client_port": "source.port", "server_ip": "destination.ip",
    "server_port": "destination.port", "job": "process.name",
    "interface": "observer.ingress.interface.name", "file": "log.file.path",
    "system": "host.name", "user": "user.name", "operation": "http.request.method",
    "object": "url.path", "query": "url.query", "version": "http.version",
    "status": "http.response.status_code", "request_bytes": "http.request.bytes",
    "response_bytes": "http.response.bytes", "last_byte_ns": "event.duration",
  ]

  /// Columns of which ECS wants parts; the whole stands under `zos`.
  private static let parts: [(column: String, path: String, part: Part)] = [
    ("app_protocol", "network.protocol", .protocolName),
    ("protocol", "network.protocol", .protocolName),
    ("attls_protocol", "tls.version_protocol", .family),
    ("attls_protocol", "tls.version", .version),
    ("host", "url.domain", .domain), ("host", "url.port", .port),
  ]

  /// Names that only exchanges of HTTP have.
  private static let ofHTTP: Set = [
    "operation", "object", "query", "version", "status", "request_bytes", "response_bytes",
  ]
  private var protocolColumn: Int?

  init(_ sink: ByteSink, masksQueries: Bool) {
    json = JSONLine(sink)
    self.masksQueries = masksQueries
  }

  mutating func begin(_ schema: TableSchema) throws(TraceError) {
    let isFlows = schema.name == "flows"
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
    for (column, path, part) in Self.parts {
      // A label may have the name of a column of the other table.
      if isFlows == (column == "app_protocol" || column == "attls_protocol"),
        let index = schema.index(of: column)
      {
        add(path, .part(index, part))
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
    if let failed = schema.index(of: "failed"), let missing = schema.index(of: "missing") {
      add("event.outcome", .outcome(failed: failed, missing: missing))
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
    case .constant, .list, .sum, .outcome, .moment: return true
    case .equals(let index, _): return batch.columns[index].present[row]
    case .query(let index): return isHTTP && batch.columns[index].present[row]
    case .part(let index, let part):
      return batch.columns[index].present[row] && part.of(batch.columns[index].text(row)) != nil
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
    case .column(let index): try json.value(batch, index, row)
    case .query(let index): try json.text(QueryMask.of(batch.columns[index], row))
    case .part(let index, .port):
      try json.number(Int64(Part.port.of(batch.columns[index].text(row)) ?? "") ?? 0)
    case .part(let index, let part): try json.text(part.of(batch.columns[index].text(row)) ?? "")
    case .sum(let one, let other):
      try json.number(batch.columns[one].numbers[row] &+ batch.columns[other].numbers[row])
    case .moment(let index):
      try json.time(
        microseconds: ColumnValues.microseconds(nanoseconds: batch.columns[index].numbers[row]))
    case .outcome(let failed, let missing):
      let isKnown = !batch.columns[missing].present[row]
      let hasFailed = batch.columns[failed].numbers[row] != 0
      try json.text(hasFailed ? "failure" : isKnown ? "success" : "unknown")
    case .equals(let index, let text):
      let values = batch.columns[index]
      try json.bool(values.bytes[values.range(row)].elementsEqual(text.utf8))
    }
  }
}

/// The query of a URL without what it says: names stay, values become three asterisks.
enum QueryMask {
  static func of(_ values: borrowing ColumnValues, _ row: Int) -> String {
    values.text(row).split(separator: "&", omittingEmptySubsequences: false).map { part in
      part.firstIndex(of: "=").map { part[...$0] + "***" } ?? "***"
    }.joined(separator: "&")
  }
}

/// Names of protocols in the small letters that ECS and Zeek have.
enum ApplicationName {
  static func lowercase(_ name: String) -> String {
    String(name.prefix { $0 != "/" }).lowercased()
  }
}
