import ArgumentParser
import TraceBytes
import ZCapKit

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

@main
struct ZCap: ParsableCommand {
  /// The one place that says which version this is; packages and manual pages ask the command.
  static let version = "0.1.0"

  static let configuration = CommandConfiguration(
    commandName: "zcap",
    abstract: "Read what z/OS network traces leave behind.",
    usage: "zcap <command> [<options>] <file> ...\nzcap <file> ...",
    discussion: """
      Decodes SYSTCPDA data and packet traces with the AT-TLS clear text in them, listings, reports, \
      captures and logs; shows them as text and writes pcapng for Wireshark. A file alone is 'zcap info'.

      zcap TRACE
      zcap flows TRACE
      zcap convert TRACE -o TRACE.pcapng

      'zcap help COMMAND' tells more; 'zcap help formats', 'filters', 'json' and 'exit-status' what all \
      commands share.
      """,
    version: version,
    subcommands: [
      Info.self, Summary.self, Convert.self, Flows.self, Print.self, HTTP.self, Exchanges.self,
      Export.self,
      Report.self, Explain.self,
      Attls.self,
      Policy.self,
      Open.self, Extcap.self, Desktop.self, Profile.self, Generate.self, Bench.self, Manual.self,
    ])

  /// Columns that help is laid out for: the parser has none for fewer, and what is wider is folded.
  private static let columns = {
    let columns = max(40, Terminal.width ?? 80)
    // It looks for itself, too, and ends the program where there are fewer than it has use for.
    let own = Terminal.environment("COLUMNS").flatMap { Int($0) } ?? Terminal.width ?? columns
    if own < columns, Terminal.errorWidth != 0 { unsafe setenv("COLUMNS", "\(columns)", 1) }
    return columns
  }()
  private static let fold = LineFold(width: Terminal.width ?? 80)

  static func main() {
    Signals.install()
    // The parser has no option whose value may be left out.
    let words = ProcessArguments.words.dropFirst().map {
      $0 == "--redact=strict" ? "--redact-strict" : $0
    }
    if let request = ExtcapRequest(words, version: version) { return answer(request, words) }
    let commands = configuration.subcommands.map { $0.configuration.commandName ?? "" }
    let groups = Dictionary(
      uniqueKeysWithValues: configuration.subcommands.map { command in
        (
          command.configuration.commandName ?? "",
          command.configuration.subcommands.map { $0.configuration.commandName ?? "" }
        )
      }
    ).filter { !$0.value.isEmpty }
    switch CommandWords.read(
      words, commands: commands, groups: groups, isFile: TextInput.isThere)
    {
    case .command(let words): run(words)
    case .topic(let topic): show(fold.folded(topic.text(width: columns)))
    case .mistake(let sentence): fail("zcap: " + sentence, words)
    }
  }

  /// What Wireshark asks a source of captures.
  private static func answer(_ request: ExtcapRequest, _ words: [String]) {
    request.openPipe()
    switch request.answer() {
    case .text(let text): show(text)
    case .command(let words):
      // Wireshark ends a capture by a signal.
      Interrupt.isExpected = true
      run(words)
    case .mistake(let sentence): fail("zcap: " + sentence, words)
    }
  }

  private static func run(_ words: [String]) {
    let columns = columns
    do {
      var command = try parseAsRoot(words)
      do {
        try command.run()
      } catch let mistake as ValidationError {
        let name = words.prefix(words.first == "policy" ? 2 : 1).joined(separator: " ")
        fail("zcap: \(mistake.message)\n  See 'zcap \(name) --help' for more information.", words)
      }
      leave(0)
    } catch {
      let status = exitCode(for: error)
      let message = fullMessage(for: error, columns: columns)
      guard status != .success else {
        if !message.isEmpty { show(fold.folded(message) + "\n") }
        leave(0)
      }
      guard !message.isEmpty else { leave(status.rawValue) }
      var text = message
      if text.hasPrefix("Error: ") { text = "zcap: " + text.dropFirst(7) }
      if let sentence = CommandWords.sentence(for: message, words) {
        let rest = text.split(separator: "\n").dropFirst().filter { !$0.hasPrefix("Help:") }
        text = "zcap: \(sentence)\n" + rest.joined(separator: "\n")
      }
      fail(text, words, status.rawValue)
    }
  }

  /// What was asked for, on standard output.
  private static func show(_ text: String) {
    let output = ByteSink(TerminalTarget(pages: true))
    do throws(TraceError) {
      try output.append(text)
      try output.commit()
    } catch {
      leave(ExitStatus.failed.rawValue)
    }
  }

  /// A command line that cannot be understood.
  private static func fail(_ text: String, _ words: [String], _ status: Int32 = 64) -> Never {
    for line in UsageText.visible(text, words).split(separator: "\n") {
      Diagnostics.failure(String(line))
    }
    leave(status)
  }

  /// Tells what went wrong and ends the run; a closed pipe is success.
  static func report(_ error: any Error) throws {
    guard let error = error as? TraceError else { throw error }
    if case .io(_, let number) = error.reason, number == EPIPE { return }
    Diagnostics.error(error)
    throw ExitStatus.failed.code
  }

  /// Runs the body and turns its failure into a line and a status. A closed pipe is success: whoever
  /// read it has seen enough.
  static func reporting(_ body: () throws(TraceError) -> Void) throws {
    do throws(TraceError) {
      try body()
    } catch {
      if case .io(_, let number) = error.reason, number == EPIPE { throw ExitStatus.done.code }
      Diagnostics.error(error)
      throw ExitStatus.failed.code
    }
  }
}
