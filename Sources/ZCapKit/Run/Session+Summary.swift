internal import TraceFilter
internal import TraceBytes
package import TraceModel
internal import TraceStreams

extension Session {
  /// Notices worth a line each; more of them are counted.
  private static let shownNotices = 10

  /// What was lost and damaged, one line of counts, and what a filter left out: lines for people.
  package func summary(_ result: String) -> [String] {
    var lines: [String] = []
    let worth = namedNotices.filter { $0.notice.kind != .skipped }
    for (file, notice) in worth.prefix(Self.shownNotices) {
      lines.append("\(file): \(Self.text(notice))")
    }
    if worth.count > Self.shownNotices {
      let more = UInt64(worth.count - Self.shownNotices)
      lines.append("and \(more.grouped) more; `zcap info` lists them")
    }
    lines += logsWithoutRecords()
    // Of what could not be opened there is nothing to say.
    if hasFailed, survey.records == 0 { return lines }
    var parts = ["read \(survey.records.counted("record"))"]
    if !result.isEmpty { parts.append(result) }
    if survey.confidential > 0 {
      parts.append("\(survey.confidential.grouped) confidential (data not in the trace)")
    }
    if survey.lostMarkers > 0 {
      let count = survey.lostRecords > 0 ? "\(survey.lostRecords.grouped) or more" : "some"
      parts.append("\(count) lost by the trace")
    }
    if survey.droppedByCapture > 0 {
      parts.append("\(survey.droppedByCapture.grouped) dropped by the capture")
    }
    if survey.truncated > 0 { parts.append("\(survey.truncated.grouped) truncated") }
    if joiner.counts.incomplete > 0 {
      parts.append("\(joiner.counts.incomplete.grouped) with missing segments")
    }
    if survey.damagedStretches > 0 {
      parts.append(
        "\(survey.damagedStretches.counted("damaged stretch")) (\(survey.damagedBytes.counted("byte")))"
      )
    }
    if survey.cutShort > 0 { parts.append("cut short at the end") }
    if survey.backwards > 0, !options.sort {
      parts.append(
        "\(survey.backwards.grouped) not in time order (by up to "
          + "\(secondsText(survey.largestStepBack)) s; --sort puts them right)")
    }
    lines.append(parts.joined(separator: ", "))
    if survey.confidential > 0, pointsToWhy { lines.append(whyConfidential) }
    return lines + memorySummary() + filterSummary()
  }

  /// Logs of AT-TLS without what a command for traces looks at.
  private func logsWithoutRecords() -> [String] {
    inputs.filter {
      readsLogs && $0.failure == nil && $0.found.records == 0
        && $0.format.hasPrefix(TLSRowOptions.logFormat)
    }.map {
      TLSRowOptions.withoutRecords($0.name)
        + "; zcap attls shows its connections, zcap explain its failures"
    }
  }

  /// Which conversations were not kept all the time, to bound memory.
  private func memorySummary() -> [String] {
    guard let tracker, tracker.counts.putAside > 0 else { return [] }
    let counts = tracker.counts
    var line =
      "\(counts.putAside.counted("idle conversation")) put aside to bound memory (--max-memory)"
    if counts.resumed > 0 {
      line += "; \(counts.resumed.grouped) went on under the same number, counted anew from there"
    }
    if tracker.flows.forgotten > 0 {
      line +=
        "; of \(tracker.flows.forgotten.grouped) the number is forgotten, and what went on has a new one"
    }
    return [line]
  }

  /// How to learn why data is missing.
  package var whyConfidential: String {
    let named = ShellText.words(options.files)
    let files = named.utf8.count <= 60 ? named : "FILE…"
    return "why it is confidential: zcap policy why \(files) --policy POLICY"
  }

  /// Which option left out how many records.
  package func filterSummary() -> [String] {
    guard let filter, !hasFailed || survey.records > 0 else { return [] }
    var lines = filter.remarks
    let leftOut = filter.leftOut.map { "\($0.count.grouped) by \($0.option)" }
    if !leftOut.isEmpty {
      lines.append("left out: \(leftOut.joined(separator: ", "))")
    }
    // Names that are mapped elsewhere are not told here.
    if filter.passed == 0, anonymizer == nil,
      filter.leftOut.contains(where: { $0.option == "--job" })
    {
      lines.append(jobNames)
    }
    if filter.passed == 0, survey.firstTime <= survey.lastTime,
      filter.leftOut.contains(where: { $0.option == "--since" || $0.option == "--until" })
    {
      lines.append(
        "times in it, UTC as in filters: \(CivilDate.text(nanoseconds: survey.firstTime)) to "
          + CivilDate.text(nanoseconds: survey.lastTime))
    }
    if filter.isSatisfied {
      lines.append("stopped after \(filter.passed.counted("record")) (--count)")
    }
    return lines
  }

  /// The jobs there are, for whoever asked for another one.
  private var jobNames: String {
    let jobs = survey.jobs.filter { !$0.key.text.isEmpty }
    if jobs.isEmpty {
      return "no record has a job name; packets have that of their interface: --interface"
    }
    let names = jobs.sorted { ($1.value, $0.key.text) < ($0.value, $1.key.text) }
      .prefix(Self.shownNotices).map(\.key.text)
    let more = jobs.count - names.count
    return "jobs in it: \(names.joined(separator: ", "))"
      + (more > 0 ? " and \(UInt64(more).grouped) more; `zcap info` lists them" : "")
  }

  package static func text(_ notice: TraceNotice) -> String {
    // A remark is about all of the input.
    let isPlaced = notice.kind != .remark || notice.length > 0
    let length = notice.length > 0 ? ", \(notice.length.counted("byte"))" : ""
    let place = isPlaced ? "offset \(notice.offset.grouped)\(length): " : ""
    let kind =
      switch notice.kind {
      case .damaged: "damaged"
      case .cutShort: "cut short"
      case .skipped: "skipped"
      case .lost: "lost"
      case .remark: "note"
      }
    return "\(kind): \(place)\(notice.reason)"
  }

}
