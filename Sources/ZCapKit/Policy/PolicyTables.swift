package import ATTLSPolicy
package import TraceBytes
import TraceRender

/// The tables of `zcap policy`, as a terminal has room for them.
package enum PolicyTables {
  /// Names of the columns of ``why(_:_:)``.
  package static let whyNames = whyColumns.map(\.name)
  /// Names of the columns of ``rules(_:_:_:)``.
  package static let ruleNames = ruleColumns.map(\.name)

  /// The numbers say in which order columns give way: the highest first.
  private static let whyColumns: [TextTable.Column] = zip(
    WhyReport.columns, [0, 4, 6, 2, 5, 0, 3, 7]
  ).map { title, rank in
    .init(
      title, title.isEmpty ? "way" : title, ["flow", "records"].contains(title) ? .right : .left,
      rank: rank)
  }

  private static let ruleColumns: [TextTable.Column] = zip(
    PolicyReport.columns, [3, 0, 7, 1, 2, 4, 5, 6, 8, 9, 0]
  ).map { title, rank in
    let isWord = ["rule", "local", "remote"].contains(title)
    return .init(title, title.lowercased(), rank: rank, least: isWord ? 16 : nil)
  }

  /// The report of `policy why`; with it what is said of columns that had no room.
  package static func why(
    _ report: WhyReport, _ view: TableView
  ) throws(TraceError) -> (text: String, notes: [String]) {
    var gaveWay = Set<String>()
    let text = try report.text { rows throws(TraceError) in
      var table = view.table(whyColumns)
      for row in rows { table.add(row) }
      let lines = try lines(&table, indent: 2)
      gaveWay.formUnion(table.gaveWay)
      return lines
    }
    return (text, TableView.note(whyNames.filter(gaveWay.contains)))
  }

  /// One line per rule; with it what is said of columns that had no room.
  package static func rules(
    _ report: PolicyReport, _ set: PolicySet, _ view: TableView
  ) throws(TraceError) -> (text: String, notes: [String]) {
    var table = view.table(ruleColumns)
    for row in report.rows(set) { table.add(row) }
    let text = try lines(&table)
    return (text, TableView.note(table))
  }

  private static func lines(
    _ table: inout TextTable, indent: Int = 0
  ) throws(TraceError) -> String {
    let target = MemoryTarget()
    let sink = ByteSink(target)
    try table.write(to: sink, indent: indent)
    try sink.commit()
    return String(decoding: target.bytes, as: UTF8.self)
  }
}
