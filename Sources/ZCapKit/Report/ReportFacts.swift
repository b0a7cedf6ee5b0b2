internal import TraceBytes
internal import TraceModel
internal import TraceStreams

/// What is said first of a trace.
struct ReportFact {
  var label: String
  var value: String
  var note: String?
  /// Whether something is lost, hidden or failed.
  var isAlarm = false

  /// What was lost, damaged and left out first, then what there is.
  static func all(_ session: Session, _ all: FlowGroup) -> [ReportFact] {
    troubles(session, all) + contents(session, all)
  }

  private static func troubles(_ session: Session, _ all: FlowGroup) -> [ReportFact] {
    let survey = session.survey
    var lost: [String] = []
    if survey.lostMarkers > 0 {
      let count = survey.lostRecords > 0 ? "\(survey.lostRecords.grouped) or more" : "some"
      lost.append("\(count) by the trace")
    }
    if survey.droppedByCapture > 0 {
      lost.append("\(survey.droppedByCapture.grouped) by the capture")
    }
    var damaged: [String] = []
    if survey.damagedStretches > 0 { damaged.append(survey.damagedBytes.counted("byte")) }
    if survey.cutShort > 0 { damaged.append("cut short at the end") }
    var facts = [
      ReportFact(
        label: "Lost records", value: lost.isEmpty ? "none reported" : lost.joined(separator: ", "),
        isAlarm: !lost.isEmpty),
      ReportFact(
        label: "Damaged", value: damaged.isEmpty ? "nothing" : damaged.joined(separator: ", "),
        note: survey.damagedStretches > 0 ? survey.damagedStretches.counted("stretch") : nil,
        isAlarm: !damaged.isEmpty),
      ReportFact(
        label: "Missing in streams",
        value: all.gaps == 0
          ? "nothing" : all.missing == 0 ? "nobody knows how much" : all.missing.counted("byte"),
        note: all.gaps == 0 ? nil : all.gaps.counted("gap"), isAlarm: all.gaps > 0),
      ReportFact(
        label: "Confidential",
        value: all.confidential == 0 ? "nothing" : all.confidential.counted("conversation"),
        note: survey.confidential == 0
          ? nil : "\(survey.confidential.counted("record")), whose data is not in the trace",
        isAlarm: survey.confidential > 0),
    ]
    let others = [
      ("Truncated", survey.truncated, "record"),
      ("Segments missing", session.joiner.counts.incomplete, "record"),
      ("Failed", all.exchanges.failed, "exchange"),
      ("Without an answer", all.exchanges.unanswered, "exchange"),
      ("Reset", all.resets, "conversation"),
    ]
    for (label, count, noun) in others where count > 0 {
      facts.append(ReportFact(label: label, value: count.counted(noun), isAlarm: true))
    }
    return facts
  }

  private static func contents(_ session: Session, _ all: FlowGroup) -> [ReportFact] {
    let survey = session.survey
    let kinds = RecordKind.allCases.filter { survey.kinds[Int($0.rawValue)] > 0 }
      .map { "\(survey.kinds[Int($0.rawValue)].grouped) \($0.name)" }
    var facts = [
      ReportFact(
        label: "Records", value: survey.records.grouped,
        note: session.filter == nil
          ? kinds.joined(separator: ", ") : "\(session.passed.grouped) pass the filters"),
      ReportFact(
        label: "Conversations", value: all.flows.grouped,
        note: "\(all.records.grouped) records in them"),
      ReportFact(
        label: "Bytes", value: all.bytes.grouped,
        note: "of application data, as the headers have it"),
      ReportFact(label: "Exchanges", value: all.exchanges.count.grouped),
    ]
    if survey.backwards > 0, !session.options.sort {
      facts.append(
        ReportFact(
          label: "Not in time order", value: survey.backwards.counted("record"),
          note: "by up to \(secondsText(survey.largestStepBack)) s"))
    }
    for input in session.inputs.prefix(4) {
      facts.append(
        ReportFact(
          label: input.name, value: input.failure?.description ?? input.format,
          note: input.bytes.counted("byte") + (input.isCompressed ? ", gzip" : ""),
          isAlarm: input.failure != nil))
    }
    if session.inputs.count > 4 {
      facts.append(
        ReportFact(
          label: "More files", value: UInt64(session.inputs.count - 4).grouped,
          isAlarm: session.inputs.dropFirst(4).contains { $0.failure != nil }))
    }
    return facts
  }
}
