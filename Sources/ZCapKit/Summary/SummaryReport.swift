package import TraceBytes
internal import TraceRender

/// What to look at first in a trace: its conversations by what they have in common.
package struct SummaryReport {
  private let groups: FlowGroups
  private let groupings: [FlowGrouping]
  private let order: FlowGroup.Order
  private let top: Int

  /// - Parameter top: how many groups of each kind are shown.
  package init(
    _ groups: FlowGroups, _ groupings: [FlowGrouping], by order: FlowGroup.Order, top: Int
  ) {
    self.groups = groups
    self.groupings = groupings
    self.order = order
    self.top = top
  }

  // MARK: - For people

  /// Names of the columns; the first one has the name of the grouping.
  package static let columnNames = columns(.job).map(\.name)

  /// The numbers say in which order columns give way: the highest first.
  private static func columns(_ grouping: FlowGrouping) -> [TextTable.Column] {
    [
      .init(grouping.title, "name"), .init("flows", nil, .right),
      .init("sent", nil, .right, rank: 6), .init("received", nil, .right, rank: 5),
      .init("bytes", nil, .right), .init("share", rank: 10),
      .init("missing", nil, .right, rank: 7), .init("reset", nil, .right, rank: 8),
      .init("confidential", nil, .right, rank: 3), .init("exchanges", nil, .right, rank: 4),
      .init("failed", nil, .right), .init("unanswered", nil, .right, rank: 2),
      .init("slowest (ms)", "slowest", .right, rank: 1), .init("of flow", "flow", .right, rank: 9),
    ]
  }

  /// Writes a table for each grouping, and returns what is to be said of columns that had no room.
  package func write(_ view: TableView, to output: ByteSink) throws(TraceError) -> [String] {
    var notes: [String] = []
    for (index, grouping) in groupings.enumerated() {
      if index > 0 { try output.append("\n" as StaticString) }
      let all = groups.groups(grouping, by: order)
      var table = view.table(Self.columns(grouping))
      for group in all.prefix(top) { table.add(cells(group)) }
      try table.write(to: output)
      if all.count > top {
        try output.append("and \(UInt64(all.count - top).grouped) more (--top)\n")
      }
      notes = TableView.note(table)
    }
    return notes
  }

  private func cells(_ group: FlowGroup) -> [String] {
    let tally = group.exchanges
    return [
      group.name, group.flows.grouped, group.clientBytes.grouped, group.serverBytes.grouped,
      group.bytes.grouped, Self.bar(group.bytes, of: groups.all.bytes),
      group.gaps == 0 ? "-" : group.missing == 0 ? "?" : group.missing.grouped,
      Self.count(group.resets), Self.count(group.confidential), Self.count(tally.count),
      Self.count(tally.failed), Self.count(tally.unanswered),
      tally.slowest.map { Self.milliseconds($0.nanoseconds) } ?? "-", tally.slowest?.flow ?? "-",
    ]
  }

  private static func count(_ number: UInt64) -> String { number == 0 ? "-" : number.grouped }

  /// `9.750`.
  private static func milliseconds(_ nanoseconds: Int64) -> String {
    thousandthsText(UInt64(max(0, nanoseconds)) / 1000, grouped: true)
  }

  private static let barWidth = 20

  /// `████▌                 22 %`: the part as a bar, in eighths of a letter, and as a number.
  static func bar(_ part: UInt64, of whole: UInt64) -> String {
    guard whole > 0 else { return "" }
    let share = min(1, Double(part) / Double(whole))
    let eighths = Int((share * Double(barWidth * 8)).rounded())
    var bar = String(repeating: "█", count: eighths / 8)
    if eighths % 8 > 0 { bar += ["▏", "▎", "▍", "▌", "▋", "▊", "▉"][eighths % 8 - 1] }
    let percent = "\(Int((share * 100).rounded())) %"
    return bar + String(repeating: " ", count: barWidth + 6 - bar.count - percent.count) + percent
  }

  /// What is worth a look, with the command that shows it: lines for people.
  ///
  /// - Parameter inputs: paths of the inputs; many of them are not repeated in each command.
  package func hints(_ inputs: [String]) -> [String] {
    let named = ShellText.words(inputs)
    let files = named.utf8.count <= 60 ? named : "FILE…"
    let all = groups.all
    let tally = all.exchanges
    var lines: [String] = []
    if all.confidential > 0 {
      lines.append(
        "\(all.confidential.counted("flow")) of \(all.flows.grouped) confidential: "
          + "zcap policy why \(files) --policy POLICY")
    }
    if all.gaps > 0 {
      lines.append(
        "\(all.gaps.counted("gap")) in the streams: zcap summary \(files) --by missing")
    }
    if tally.failed > 0 {
      lines.append(
        "\(tally.failed.counted("exchange")) failed: zcap exchanges \(files) --failed")
    }
    if let slowest = tally.slowest {
      lines.append(
        "slowest: \(slowest.operation) of flow \(slowest.flow), "
          + "\(ExchangeText.milliseconds(slowest.nanoseconds)): "
          + "zcap exchanges \(files) --by duration --top 20")
    }
    return lines
  }

  // MARK: - JSON

  /// One object for the whole trace, then one for each group.
  package func writeJSON(to output: ByteSink) throws(TraceError) {
    try write(groups.all, nil, to: output)
    for grouping in groupings {
      for group in groups.groups(grouping, by: order).prefix(top) {
        try write(group, grouping, to: output)
      }
    }
  }

  private func write(
    _ group: FlowGroup, _ grouping: FlowGrouping?, to output: ByteSink
  ) throws(TraceError) {
    let tally = group.exchanges
    var json = JSONLine(output)
    try json.begin("flow_group")
    try json.text("group", grouping?.rawValue ?? "all")
    try json.text("name", group.name)
    try json.number("flows", group.flows)
    try json.number("client_bytes", group.clientBytes)
    try json.number("server_bytes", group.serverBytes)
    try json.number("records", group.records)
    try json.number("missing_bytes", group.missing)
    try json.number("gaps", group.gaps)
    try json.number("reset_flows", group.resets)
    try json.number("confidential_flows", group.confidential)
    try json.number("exchanges", tally.count)
    try json.number("failed_exchanges", tally.failed)
    try json.number("unanswered_exchanges", tally.unanswered)
    try json.number("slowest_ns", tally.slowest?.nanoseconds)
    try json.text("slowest_flow", tally.slowest?.flow)
    try json.text("slowest_operation", tally.slowest?.operation)
    try json.end()
  }
}
