internal import TraceBytes
package import TraceRender

/// What is to be said of a run over HTTP beside the counts of records: lines for people.
package struct HTTPReport {
  private let counts: HTTPFlows.Counts
  private let store: HTTPStore
  private let exporter: HTTPExporter?

  package init(_ counts: HTTPFlows.Counts, _ store: HTTPStore, _ exporter: HTTPExporter?) {
    self.counts = counts
    self.store = store
    self.exporter = exporter
  }

  /// The words for the summary.
  package static func result(_ counts: HTTPFlows.Counts) -> String {
    var text =
      "\(counts.exchanges.counted("exchange")) on \(counts.connections.counted("connection"))"
    if counts.dialogues > 0 {
      let lines = counts.dialogueLines.counted("line")
      text += ", \(counts.dialogues.counted("SMTP or FTP dialogue")) (\(lines))"
    }
    return text
  }

  package func lines() -> [String] {
    var lines: [String] = []
    let others = counts.others.sorted {
      $0.value != $1.value ? $0.value > $1.value : $0.key < $1.key
    }
    if !others.isEmpty {
      let texts = others.map { "\($0.value.grouped) \($0.key)" }
      lines.append("other conversations: \(texts.joined(separator: ", "))")
    }
    let kept = store.counts
    if kept.bodiesWithheld > 0 {
      lines.append(
        "left out \(kept.bodiesWithheld.counted("coded body text")): it cannot be searched for "
          + "credentials")
    }
    if kept.bodiesCut > 0 || kept.headsCut > 0 {
      let limits = "\(store.options.messageBytes >> 20) MiB a body, "
      lines.append(
        "cut to bound memory (\(limits)\(store.options.totalBytes >> 20) MiB at a time): "
          + "bodies \(kept.bodiesCut.grouped), heads \(kept.headsCut.grouped)")
    }
    guard let exporter else { return lines }
    let partly = exporter.incomplete
    let note = partly > 0 ? ", \(partly.grouped) of them incomplete or not decoded" : ""
    lines.append("exported \(exporter.files.counted("body file"))\(note)")
    return lines
  }
}
