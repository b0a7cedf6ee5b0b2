package import ATTLS
package import TraceBytes

/// `explain`: what codes, messages, logs and keywords mean.
package struct ExplanationRequest {
  private let words: [String]
  private let year: Int?
  /// Lines on the logs that were read.
  package private(set) var notes: [String] = []
  /// What there is to say of logs with failures; an answer in JSON leaves it out.
  private let countsFailures: Bool

  /// - Parameters:
  ///   - words: the command line.
  ///   - year: of a log that gives none.
  ///   - countsFailures: whether it is noted what a log holds.
  package init(_ words: [String], year: Int?, countsFailures: Bool) {
    self.words = words
    self.year = year
    self.countsFailures = countsFailures
  }

  /// What the words mean.
  ///
  /// - Throws: `TraceError` for a log that cannot be read.
  package mutating func explanations() throws(TraceError) -> [Explanation] {
    if words.count > 1, let kind = Explainer.kind(words[0]) {
      return words.dropFirst().map { Explainer.explain(kind: kind, code: $0) }
    }
    if let found = ApplicationCodes.explanations(words) { return found }
    if words.count > 1, let found = sentence() { return found }
    var found: [Explanation] = []
    for word in words { found += try explanations(of: word) }
    return found
  }

  /// Writes explanations, with an empty line between two.
  ///
  /// - Parameter width: columns that a line may have.
  package static func show(
    _ found: [Explanation], asJSON: Bool, width: Int, to output: ByteSink
  ) throws(TraceError) {
    var lines = JSONLine(output)
    for (place, explanation) in found.enumerated() {
      if asJSON {
        try explanation.write(to: &lines)
      } else {
        try output.append((place > 0 ? "\n" : "") + explanation.text(width: width))
      }
    }
    try output.commit()
  }

  /// `zcap explain SAF 8 RACF 16 RS 28`, `zcap explain RC: 6`: one thing in several words.
  private func sentence() -> [Explanation]? {
    guard !words.contains(where: { TextInput.exists($0) || $0 == "-" }) else { return nil }
    return Explainer.explain(sentence: words)
  }

  private mutating func explanations(of word: String) throws(TraceError) -> [Explanation] {
    if word == "-" { return try log(word) }
    let isWord = !word.contains(" ") && !word.contains("\n")
    if isWord, word.contains("/") || word.contains("."), !TextInput.exists(word),
      Explainer.explain(text: word).first?.isKnown != true
    {
      // It looks like a path: opening it gives the error that says why not.
      return try log(word)
    }
    if let found = PolicyExplanation.of(word) { return [found] }
    if TextInput.exists(word) { return try log(word) }
    var found = Explainer.explain(text: word)
    if found.isEmpty { found = [Explainer.unknown(text: word)] }
    if !found[0].isKnown, let answer = ApplicationCodes.explanation(of: word) { return [answer] }
    if !found[0].isKnown, let near = PolicyExplanation.near(word) {
      found[0].look.insert(near, at: 0)
    }
    return found
  }

  /// A log has its failures told; a text with messages but no failure has the messages told.
  private mutating func log(_ path: String) throws(TraceError) -> [Explanation] {
    var reader = ATTLSLogReader(year: year)
    var digest = FailureDigest()
    var messages: [ATTLSMessage] = []
    var count = 0
    var head = [UInt8]()
    try TextInput.read(path, while: { count > 0 || $0 < TextInput.searchLimit }) { window, atEnd in
      if head.count < 4096 {
        unsafe window.withUnsafeBytes { unsafe head.append(contentsOf: $0.prefix(4096)) }
      }
      reader.read(window, atEnd: atEnd) { message in
        count += 1
        digest.add(message)
        if messages.count < 100 { messages.append(message) }
      }
    }
    if !digest.failures.isEmpty {
      if countsFailures { notes.append(summary(path, reader.counts, digest)) }
      return digest.explanations()
    }
    if count > 20 {
      notes.append("\(path): \(count) AT-TLS messages, none of them reports a failure")
      return []
    }
    if count > 0 { return messages.map { Explainer.explain($0) } }
    let text = String(decoding: head.prefix(4096), as: UTF8.self)
    let found = Explainer.explain(text: text)
    if !found.isEmpty { return found }
    var unknown = Explainer.unknown(text: "\(path): no AT-TLS message")
    unknown.look = [
      "zcap info \(VisibleText.of(ShellText.words([path]))) says what the file holds."
    ]
    return [unknown]
  }

  private func summary(
    _ path: String, _ counts: ATTLSLogReader.Counts, _ digest: FailureDigest
  ) -> String {
    let kinds = digest.failures.count
    return "\(path): \(UInt64(counts.lines).counted("line")), "
      + "\(UInt64(counts.messages).counted("AT-TLS message")), "
      + "\(kinds) \(kinds == 1 ? "kind" : "kinds") of failure"
      + (counts.damaged > 0 ? ", \(counts.damaged) damaged messages" : "")
  }
}
