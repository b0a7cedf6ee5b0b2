internal import TraceBytes

/// Flows as conn.log and exchanges of HTTP as http.log of Zeek; what Zeek has no column for comes last.
///
/// Source: Zeek 6 log formats (docs.zeek.org: conn.log, http.log) and its ASCII writer. There are no lines
/// that tell when the log was opened, so that the same trace gives the same bytes.
struct ZeekWriter: TableWriter {
  private let sink: ByteSink
  private var moment = TimeText.iso
  private let masksQueries: Bool
  private var fields: [Field] = []
  private var protocolColumn: Int?
  /// Exchanges that are not HTTP.
  private(set) var leftOut: UInt64 = 0

  private struct Field {
    var name: String
    var type: String
    var value: Value
  }

  private enum Value {
    case column(Int)
    /// Seconds of nanoseconds.
    case seconds(Int)
    case uid(Int)
    case state(Int)
    /// A path, and its query.
    case uri(Int, Int)
    /// The name of a protocol.
    case service(Int)
    case unset
  }

  private static let conn: [(name: String, type: String, column: String)] = [
    ("ts", "time", "start_ns"), ("uid", "string", "flow_id"), ("id.orig_h", "addr", "client_ip"),
    ("id.orig_p", "port", "client_port"), ("id.resp_h", "addr", "server_ip"),
    ("id.resp_p", "port", "server_port"), ("proto", "enum", "transport"),
    ("service", "string", "app_protocol"), ("duration", "interval", "duration_ns"),
    ("orig_bytes", "count", "client_bytes"), ("resp_bytes", "count", "server_bytes"),
    ("conn_state", "string", "end"), ("local_orig", "bool", ""), ("local_resp", "bool", ""),
    ("missed_bytes", "count", "missing_bytes"), ("history", "string", ""),
    ("orig_pkts", "count", "client_records"), ("orig_ip_bytes", "count", ""),
    ("resp_pkts", "count", "server_records"), ("resp_ip_bytes", "count", ""),
    ("tunnel_parents", "set[string]", ""), ("community_id", "string", "community_id"),
  ]

  private static let http: [(name: String, type: String, column: String)] = [
    ("ts", "time", "time_ns"), ("uid", "string", "flow_id"), ("id.orig_h", "addr", "client_ip"),
    ("id.orig_p", "port", "client_port"), ("id.resp_h", "addr", "server_ip"),
    ("id.resp_p", "port", "server_port"), ("trans_depth", "count", "exchange"),
    ("method", "string", "operation"), ("host", "string", "host"), ("uri", "string", "object"),
    ("referrer", "string", ""), ("version", "string", "version"), ("user_agent", "string", ""),
    ("origin", "string", ""), ("request_body_len", "count", ""),
    ("response_body_len", "count", ""), ("status_code", "count", "status"),
    ("status_msg", "string", ""), ("community_id", "string", "community_id"),
  ]

  init(_ sink: ByteSink, masksQueries: Bool) {
    self.sink = sink
    self.masksQueries = masksQueries
  }

  mutating func begin(_ schema: TableSchema) throws(TraceError) {
    let isConn = schema.name == "flows"
    protocolColumn = isConn ? nil : schema.index(of: "protocol")
    var used: Set = isConn ? ["start_time"] : ["query", "time"]
    for (name, type, column) in isConn ? Self.conn : Self.http {
      used.insert(column)
      fields.append(Field(name: name, type: type, value: Self.value(type, name, column, schema)))
    }
    for (index, column) in schema.columns.enumerated() where !used.contains(column.name) {
      let type =
        switch column.type {
        case .bool: "bool"
        case .int32, .int64: "int"
        case .time: "time"
        case .text, .binary: "string"
        case .texts: "vector[string]"
        }
      fields.append(Field(name: "zos_\(column.name)", type: type, value: .column(index)))
    }
    try sink.append("#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n" as StaticString)
    try sink.append("#unset_field\t-\n#path\t\(isConn ? "conn" : "http")\n")
    try sink.append("#fields\t\(fields.map(\.name).joined(separator: "\t"))\n")
    try sink.append("#types\t\(fields.map(\.type).joined(separator: "\t"))\n")
  }

  private static func value(
    _ type: String, _ name: String, _ column: String, _ schema: TableSchema
  ) -> Value {
    guard let index = schema.index(of: column) else { return .unset }
    switch name {
    case "uid": return .uid(index)
    case "conn_state": return .state(index)
    case "service": return .service(index)
    case "uri": return schema.index(of: "query").map { .uri(index, $0) } ?? .column(index)
    default: return type == "time" || type == "interval" ? .seconds(index) : .column(index)
    }
  }

  mutating func write(_ batch: borrowing TableBatch) throws(TraceError) {
    for row in 0..<batch.rows {
      if let protocolColumn, !ECSWriter.isHTTP(batch.columns[protocolColumn], row) {
        leftOut &+= 1
        continue
      }
      for index in fields.indices {
        if index > 0 { try sink.u8(0x09) }
        try value(fields[index].value, batch, row)
      }
      try sink.u8(0x0A)
    }
  }

  mutating func finish() throws(TraceError) {}

  private mutating func value(_ value: Value, _ batch: borrowing TableBatch, _ row: Int)
    throws(TraceError)
  {
    switch value {
    case .unset: try sink.u8(0x2D)
    case .column(let index): try cell(batch.columns[index], row)
    case .seconds(let index): try seconds(batch.columns[index].numbers[row])
    case .uid(let index):
      try sink.u8(UInt8(ascii: "C"))
      try cell(batch.columns[index], row)
    case .service(let index):
      let name = ApplicationName.lowercase(batch.columns[index].text(row))
      try name.isEmpty ? sink.u8(0x2D) : string(name, separators: false)
    case .state(let index):
      switch batch.columns[index].text(row) {
      case "closed": try sink.append("SF" as StaticString)
      case "half_closed": try sink.append("S2" as StaticString)
      case "reset": try sink.append("RSTO" as StaticString)
      default: try sink.append("OTH" as StaticString)
      }
    case .uri(let path, let query):
      try cell(batch.columns[path], row)
      guard batch.columns[query].present[row] else { return }
      try sink.u8(UInt8(ascii: "?"))
      try string(
        masksQueries ? QueryMask.of(batch.columns[query], row) : batch.columns[query].text(row),
        separators: false)
    }
  }

  private mutating func cell(_ values: borrowing ColumnValues, _ row: Int) throws(TraceError) {
    if values.type == .texts {
      let items = values.items(row)
      if items.isEmpty { return try sink.append("(empty)" as StaticString) }
      for item in items {
        if item > items.lowerBound { try sink.u8(0x2C) }
        let text = String(decoding: values.bytes[values.itemRange(item)], as: UTF8.self)
        try value(text, separators: true)
      }
      return
    }
    guard values.present[row] else { return try sink.u8(0x2D) }
    switch values.type {
    case .bool: try sink.u8(UInt8(ascii: values.numbers[row] != 0 ? "T" : "F"))
    case .time: try moment.write(microseconds: values.numbers[row], to: sink)
    case .int32, .int64: try sink.number(values.numbers[row])
    default: try value(values.text(row), separators: false)
    }
  }

  /// Appends a value that is there: neither what stands for an empty one nor for none may be its text.
  private func value(_ text: String, separators: Bool) throws(TraceError) {
    switch text {
    case "": try sink.append("(empty)" as StaticString)
    case "-": try sink.append("\\x2d" as StaticString)
    case "(empty)": try sink.append("\\x28empty)" as StaticString)
    default: try string(text, separators: separators)
    }
  }

  /// Appends text with control characters and what separates as `\x09`.
  private func string(_ text: String, separators: Bool) throws(TraceError) {
    for scalar in text.unicodeScalars {
      if scalar.value == 0x5C || !VisibleText.isSafe(scalar) || separators && scalar == "," {
        for byte in UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter {
          try sink.append("\\x" as StaticString)
          try sink.hex(UInt64(byte), digits: 2, upper: false)
        }
      } else {
        try sink.append(String(scalar))
      }
    }
  }

  private func seconds(_ nanoseconds: Int64) throws(TraceError) {
    if nanoseconds < 0 { try sink.u8(0x2D) }
    try sink.decimal(nanoseconds.magnitude / 1_000_000_000)
    try sink.u8(0x2E)
    try sink.decimal(nanoseconds.magnitude % 1_000_000_000 / 1000, width: 6)
  }
}
