internal import ATTLS
package import TraceBytes
package import TraceModel
internal import TraceRender
package import TraceStreams

/// Counts the records that a filter lets through.
package final class PlacedSurvey: PlacedStage {
  package let survey = TraceSurvey()
  package let downstream: any PlacedSink

  package init(to downstream: (any PlacedSink)?) { self.downstream = downstream ?? NoSink() }

  package func record(_ placed: inout PlacedRecord, _ payload: RawSpan) throws(TraceError) {
    try survey.record(placed.record, payload)
    try downstream.record(&placed, payload)
  }
  package func notice(_ notice: TraceNotice) throws(TraceError) { try survey.notice(notice) }
  package func interface(_ interface: CaptureInterface) throws(TraceError) {
    try survey.interface(interface)
  }
  package func finish() throws(TraceError) {
    try survey.finish()
    try downstream.finish()
  }
}

/// The report of `zcap info`, for people and as JSON.
package struct InfoReport {
  private let session: Session
  private let survey: TraceSurvey
  private let log: LogSummary?
  private let zone: Zone
  private let values: HeaderValues?
  /// Columns that a line of a terminal has; nil for no end.
  private let room: Int?
  private var notices: [TraceNotice] { session.notices }

  package init(
    _ session: Session, _ survey: TraceSurvey, _ log: LogSummary?, zone: Zone = .utc,
    values: HeaderValues? = nil, room: Int? = nil
  ) {
    self.room = room
    self.session = session
    self.survey = survey
    self.log = log
    self.zone = zone
    self.values = values
  }

  // MARK: - For people

  package func write(to sink: ByteSink) throws(TraceError) {
    for input in session.inputs where input.failure == nil || input.bytes > 0 {
      var table = TextTable([("", .left), ("", .left)])
      table.add(["file", input.name])
      table.add(["format", input.format + (input.isCompressed ? ", gzip" : "")])
      table.add(["bytes", bytes(input)])
      try table.write(to: sink)
    }
    var table = TextTable([("", .left), ("", .left)])
    table.add(["records", survey.records.grouped + kinds()])
    if survey.records > 0 {
      let span = secondsText(TraceTime.span(from: survey.firstTime, to: survey.lastTime))
      table.add([
        "time",
        Self.times(zone.local(survey.firstTime), zone.local(survey.lastTime))
          + " \(Zone.suffix(zone.offset(at: survey.lastTime))) (\(span) s)",
      ])
    }
    if survey.kinds[Int(RecordKind.dataTrace.rawValue)] > 0 {
      table.add([
        "security",
        "\(survey.clear.grouped) AT-TLS clear text, \(survey.confidential.grouped) AT-TLS confidential "
          + "(no data), \(survey.plain.grouped) plain",
      ])
      if survey.confidential > 0 { table.add(["", session.whyConfidential]) }
    }
    let joined = session.joiner.counts
    if joined.complete + joined.incomplete + joined.orphans > 0 {
      table.add([
        "segmented",
        "\(joined.complete.grouped) complete, \(joined.incomplete.grouped) incomplete, "
          + "\(joined.orphans.grouped) orphan segments",
      ])
    }
    table.add(["truncated", survey.truncated.grouped])
    if survey.discarded > 0 {
      table.add(["discarded", "\(survey.discarded.grouped) by the stack"])
    }
    if survey.reconstructed > 0 {
      table.add(["reconstructed", "\(survey.reconstructed.grouped) (from print, not exact)"])
    }
    table.add(["lost", lost()])
    table.add(["damaged", damaged()])
    if survey.backwards > 0 {
      table.add([
        "order",
        "\(survey.backwards.grouped) records earlier than the one before, by up to "
          + "\(secondsText(survey.largestStepBack)) s",
      ])
    }
    try table.write(to: sink)
    try writeNames(to: sink)
    try writeInterfaces(to: sink)
    if let log { try log.write(to: sink, room: room) }
    if let values { try values.write(to: sink, room: room) }
    try session.logBook.failures.write(to: sink, room: room)
    try writeNotices(to: sink)
  }

  private func bytes(_ input: Session.Input) -> String {
    let account = input.account
    var text = "\(input.bytes.grouped): \(account.records.grouped) in records"
    if account.framing > 0 { text += ", \(account.framing.grouped) framing" }
    if account.fill > 0 { text += ", \(account.fill.grouped) fill" }
    if account.damaged > 0 { text += ", \(account.damaged.grouped) damaged" }
    return text
  }

  /// From one time to another, which has its date where that is another one: the line fits a terminal.
  private static func times(_ first: Int64, _ last: Int64) -> String {
    let (from, to) = (CivilDate.text(nanoseconds: first), CivilDate.text(nanoseconds: last))
    let date = from.prefix { $0 != " " }
    return "\(from) to \(to.hasPrefix(date) ? to.dropFirst(date.count + 1) : to[...])"
  }

  private func kinds() -> String {
    let present = RecordKind.allCases.filter { survey.kinds[Int($0.rawValue)] > 0 }
    guard !present.isEmpty else { return "" }
    return ": "
      + present.map { "\(survey.kinds[Int($0.rawValue)].grouped) \($0.name)" }.joined(
        separator: ", ")
  }

  private func lost() -> String {
    var parts: [String] = []
    if survey.lostMarkers > 0 {
      parts.append(
        "\(survey.lostMarkers.counted("lost-record marker")), \(survey.lostRecords.grouped) records "
          + "by their counts")
    }
    if survey.droppedByCapture > 0 {
      parts.append("\(survey.droppedByCapture.grouped) dropped by the capture")
    }
    return parts.isEmpty ? "none reported" : parts.joined(separator: "; ")
  }

  private func damaged() -> String {
    if survey.damagedStretches == 0, survey.cutShort == 0 { return "none" }
    var parts: [String] = []
    if survey.damagedStretches > 0 {
      parts.append(
        "\(survey.damagedStretches.counted("stretch")), \(survey.damagedBytes.counted("byte"))")
    }
    if survey.cutShort > 0 { parts.append("cut short at the end") }
    return parts.joined(separator: "; ")
  }

  private func writeNames(to sink: ByteSink) throws(TraceError) {
    let names = sortedNames()
    guard !names.isEmpty else { return }
    try sink.append("\n" as StaticString)
    var table = TextTable([("job or interface", .left), ("records", .right)])
    table.room = room
    for name in names {
      table.add([name.text.isEmpty ? "(no name)" : name.text, name.records.grouped])
    }
    if survey.unnamed > 0 { table.add(["(others)", survey.unnamed.grouped]) }
    try table.write(to: sink)
  }

  /// Records of one name.
  private struct Name {
    var text: String
    var isJob: Bool
    var records: UInt64
  }

  private func sortedNames() -> [Name] {
    let names =
      survey.jobs.map { Name(text: $0.key.text, isJob: true, records: $0.value) }
      + survey.links.map { Name(text: $0.key.text, isJob: false, records: $0.value) }
    return names.sorted {
      $0.records != $1.records ? $0.records > $1.records : $0.text < $1.text
    }
  }

  private func writeInterfaces(to sink: ByteSink) throws(TraceError) {
    guard !survey.interfaces.isEmpty else { return }
    try sink.append("\n" as StaticString)
    var table = TextTable([
      ("interface", .right), ("name", .left), ("link type", .right), ("packets", .right),
    ])
    table.room = room
    for (index, interface) in survey.interfaces.enumerated() {
      table.add([
        String(index), interface.name.isEmpty ? "-" : interface.name,
        String(interface.linkType.rawValue), survey.interfacePackets[index].grouped,
      ])
    }
    try table.write(to: sink)
  }

  private func writeNotices(to sink: ByteSink) throws(TraceError) {
    guard !notices.isEmpty else { return }
    try sink.append("\n" as StaticString)
    for (file, notice) in session.namedNotices {
      let text = (session.inputs.count > 1 ? "\(file): " : "") + Session.text(notice)
      try sink.append(VisibleText.of(text) + "\n")
    }
    if notices.count == TraceSurvey.noticeLimit {
      try sink.append("(the first \(TraceSurvey.noticeLimit) are listed)\n")
    }
  }

  // MARK: - JSON

  package func writeJSON(to sink: ByteSink) throws(TraceError) {
    var json = JSONLine(sink)
    try json.begin("info")
    try json.openList("inputs")
    var row = RowMembers(FileRow.columns(labels: []))
    for input in session.inputs {
      try json.open()
      try row.write(FileRow(input: input, file: input.name, cut: nil), to: &json)
      try json.close()
    }
    try json.closeList()
    try json.number("records", survey.records)
    let kinds = RecordKind.allCases.filter { survey.kinds[Int($0.rawValue)] > 0 }
    try json.objects("kinds", kinds) { (json, kind) throws(TraceError) in
      try json.word("kind", kind.name)
      try json.number("records", survey.kinds[Int(kind.rawValue)])
    }
    try json.moment("first_time", "first_time_ns", survey.records > 0 ? survey.firstTime : nil)
    try json.moment("last_time", "last_time_ns", survey.records > 0 ? survey.lastTime : nil)
    try json.number("payload_bytes", survey.payloadBytes)
    try json.number("clear_records", survey.clear)
    try json.number("plain_records", survey.plain)
    try json.number("confidential_records", survey.confidential)
    try json.number("truncated_records", survey.truncated)
    try json.number("discarded_records", survey.discarded)
    try json.number("reconstructed_records", survey.reconstructed)
    try json.number("segmented_complete", session.joiner.counts.complete)
    try json.number("segmented_incomplete", session.joiner.counts.incomplete)
    try json.number("orphan_segments", session.joiner.counts.orphans)
    try json.number("lost_markers", survey.lostMarkers)
    try json.number("lost_records", survey.lostRecords)
    try json.number("dropped_by_capture", survey.droppedByCapture)
    try json.number("damaged_stretches", survey.damagedStretches)
    try json.number("damaged_bytes", survey.damagedBytes)
    try json.number("cut_short", survey.cutShort)
    try json.number("out_of_time_order", survey.backwards)
    try json.number("largest_step_back_ns", survey.backwards > 0 ? survey.largestStepBack : nil)
    try writeJSONLists(&json)
    try HeaderValues.write(values, to: &json)
    try LogSummary.write(log, to: &json)
    try session.logBook.failures.write(to: &json)
    try json.end()
  }

  private func writeJSONLists(_ json: inout JSONLine) throws(TraceError) {
    try json.objects("names", sortedNames()) { (json, name) throws(TraceError) in
      try json.name(name.text, isJob: name.isJob)
      try json.number("records", name.records)
    }
    try json.number("records_of_more_names", survey.unnamed)
    try json.objects("interfaces", Array(survey.interfaces.enumerated())) {
      (json, place) throws(TraceError) in
      try json.known("interface", place.element.name)
      try json.number("link_type", place.element.linkType.rawValue)
      try json.number("records", survey.interfacePackets[place.offset])
    }
    try json.objects("notices", notices) { (json, notice) throws(TraceError) in
      try json.text("text", Session.text(notice))
      try json.number("offset", notice.offset)
      try json.number("length", notice.length)
    }
  }
}
