package import TraceBytes
package import TraceModel
internal import TraceRender

/// Counts the values of header fields that nothing acts on, so that whoever has a trace can see what they are:
/// `zcap info --unknown`.
package final class HeaderValues: PlacedStage {
  /// Values of a field that are told apart; records with others are counted.
  private static let most = 1000
  /// Values of a field that are shown.
  private static let shown = 10

  private var counts = [[UInt32: UInt64]](repeating: [:], count: HeaderField.allCases.count)
  private var others = [UInt64](repeating: 0, count: HeaderField.allCases.count)
  package let downstream: any PlacedSink

  package init(to downstream: (any PlacedSink)?) { self.downstream = downstream ?? NoSink() }

  package func record(_ placed: inout PlacedRecord, _ payload: RawSpan) throws(TraceError) {
    // Captures and lost-record markers have no such header.
    if placed.record.kind != .capture, placed.record.kind != .lost {
      for field in HeaderField.allCases { count(field.value(placed.record), of: field.rawValue) }
    }
    try downstream.record(&placed, payload)
  }

  private func count(_ value: UInt32, of field: Int) {
    if counts[field].count >= Self.most, counts[field][value] == nil {
      others[field] &+= 1
    } else {
      counts[field][value, default: 0] &+= 1
    }
  }

  // MARK: - The section of the report

  /// The most frequent values of a field, and how many records have others.
  private func values(_ field: HeaderField) -> (
    top: [(value: UInt32, records: UInt64)], rest: UInt64
  ) {
    let sorted = counts[field.rawValue].sorted { ($1.value, $0.key) < ($0.value, $1.key) }
    let top = sorted.prefix(Self.shown).map { (value: $0.key, records: $0.value) }
    return (top, sorted.dropFirst(Self.shown).reduce(others[field.rawValue]) { $0 &+ $1.value })
  }

  /// Fields in which anything but 0 stands.
  private var fields: [HeaderField] {
    HeaderField.allCases.filter { counts[$0.rawValue].keys.contains { $0 != 0 } }
  }

  package func write(to sink: ByteSink, room: Int? = nil) throws(TraceError) {
    try sink.append("\n" as StaticString)
    guard !fields.isEmpty else {
      return try sink.append("no header fields beyond those that are known\n" as StaticString)
    }
    var table = TextTable([
      ("header field", .left), ("value", .right), ("hex", .right), ("records", .right),
    ])
    table.room = room
    for field in fields {
      let (top, rest) = values(field)
      for (value, records) in top {
        let hex = String(value, radix: 16, uppercase: true)
        table.add(["\(field.name)", UInt64(value).grouped, hex, records.grouped])
      }
      if rest > 0 { table.add(["\(field.name)", "(others)", "", rest.grouped]) }
    }
    try table.write(to: sink)
  }

  /// The member of the object of `info`; null when nobody asked.
  static func write(_ values: HeaderValues?, to json: inout JSONLine) throws(TraceError) {
    try json.objects("header_values", values?.fields) { (json, field) throws(TraceError) in
      let (top, rest) = values?.values(field) ?? ([], 0)
      try json.word("field", field.name)
      try json.objects("values", top) { (json, one) throws(TraceError) in
        try json.number("value", one.value)
        try json.number("records", one.records)
      }
      try json.number("records_of_other_values", rest)
    }
  }
}
