import ATTLS
import ArgumentParser
import TraceBytes
import ZCapKit

/// Explains AT-TLS return codes, messages, logs, cipher suites and trace values.
struct Explain: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "explain",
    abstract: "Say what an AT-TLS message, log or return code means and what to do.",
    usage: "zcap explain [<options>] <what> ...",
    discussion: """
      zcap explain 435                   a return code
      zcap explain C02C                  a cipher suite
      zcap explain 'EZD1287I TTLS …'     a message
      zcap explain FILE…                 a log: each kind of failure once
      zcap explain HandshakeRole         a keyword of the policy language
      zcap explain 'Key label is not found'   what a program shows of a code
      zcap explain -                     a message or a log from standard input
      zcap explain alert 48              a code of a named kind

      Kinds: \(Explainer.kinds.joined(separator: ", ")).

      Exit status: 0 everything was explained, 1 something is unknown, 2 the log cannot be read.
      """)

  @Flag(help: "Write one JSON object per line.")
  var json = false

  @Option(help: ArgumentHelp("The year of a log that gives none.", valueName: "yyyy"))
  var year: Int?

  @OptionGroup var result: ResultOptions
  @OptionGroup var common: CommonOptions

  @Argument(
    parsing: .allUnrecognized,
    help: ArgumentHelp("A code, a message, a log file, or a kind and a code.", valueName: "what"))
  var what: [String] = []

  func validate() throws {
    guard !what.isEmpty else {
      throw ValidationError("Give a code, a message or a log; - reads standard input.")
    }
    for word in what where word.hasPrefix("-") && word != "-" && Int(word) == nil {
      throw ValidationError("Unknown option '\(word)'.")
    }
  }

  func run() throws {
    var isKnown = true
    let output = try result.open(json ? .json : .text, common)
    var lines = JSONLine(output)
    do {
      var isFirst = true
      for explanation in try explanations() {
        isKnown = isKnown && explanation.isKnown
        if json {
          try explanation.write(to: &lines)
          continue
        }
        if !isFirst { try output.append("\n") }
        isFirst = false
        try output.append(explanation.text(width: result.isStandard ? Terminal.width ?? 92 : 92))
      }
      try output.commit()
    } catch {
      try ZCap.report(error)
    }
    if !isKnown { throw ExitCode(1) }
  }

  private func explanations() throws -> [Explanation] {
    if what.count > 1, let kind = Explainer.kind(what[0]) {
      return what.dropFirst().map { Explainer.explain(kind: kind, code: $0) }
    }
    if what.count > 1, let found = sentence() { return found }
    var found: [Explanation] = []
    for word in what { found += try explanations(of: word) }
    return found
  }

  /// `zcap explain SAF 8 RACF 16 RS 28`, `zcap explain RC: 6`: one thing in several words.
  private func sentence() -> [Explanation]? {
    guard !what.contains(where: { TextInput.exists($0) || $0 == "-" }) else { return nil }
    return Explainer.explain(sentence: what)
  }

  private func explanations(of word: String) throws -> [Explanation] {
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
    if !found[0].isKnown, let near = PolicyExplanation.near(word) {
      found[0].look.insert(near, at: 0)
    }
    return found
  }

  /// A log has its failures told; a text with messages but no failure has the messages told.
  private func log(_ path: String) throws -> [Explanation] {
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
      if !json { Diagnostics.line("zcap: " + summary(path, reader.counts, digest)) }
      return digest.explanations()
    }
    if count > 20 {
      Diagnostics.line("zcap: \(path): \(count) AT-TLS messages, none of them reports a failure")
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
