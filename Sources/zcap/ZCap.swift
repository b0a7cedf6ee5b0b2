import ArgumentParser
import TraceBytes
import TraceFilter
import ZCapKit

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
      Export.self, Report.self, Explain.self, Attls.self, Policy.self, Open.self, Extcap.self,
      Desktop.self, Profile.self, Generate.self, Bench.self, Manual.self,
    ])

  private static let fold = LineFold(width: Terminal.width ?? 80)

  static func main() {
    Signals.install()
    // The parser has no option whose value may be left out.
    let words = ProcessArguments.words.dropFirst().map {
      $0 == "--redact=strict" ? "--redact-strict" : $0
    }
    if let request = ExtcapRequest(words, version: version) { return answer(request, words) }
    let groups = Dictionary(
      uniqueKeysWithValues: configuration.subcommands.map { ($0.name, $0.inner.map { $0.name }) })
    switch CommandWords.read(
      words, commands: configuration.subcommands.map { $0.name },
      groups: groups.filter { !$0.value.isEmpty }, isFile: TextInput.isThere)
    {
    case .command(let words): run(words)
    case .topic(let topic): show(fold.folded(topic.text(width: Terminal.helpColumns)))
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
    // Known before the parser asks for it.
    let columns = Terminal.helpColumns
    do {
      var command = try parsed(words)
      do {
        try command.run()
      } catch let error as TraceError {
        // Whoever closed the pipe has seen enough.
        if error.isClosedPipe { leave(.done) }
        Diagnostics.error(error)
        leave(.failed)
      } catch  where error is ValidationError || error is UsageMistake || error is FilterMistake {
        let name = words.prefix(words.first == "policy" ? 2 : 1).joined(separator: " ")
        fail("zcap: \(error)\n  See 'zcap \(name) --help' for more information.", words)
      }
      leave(.done)
    } catch {
      let status = exitCode(for: error)
      let message = fullMessage(for: error, columns: columns)
      guard status != .success else {
        if !message.isEmpty { show(fold.folded(message) + "\n") }
        leave(.done)
      }
      guard !message.isEmpty else { leave(status.rawValue) }
      fail(CommandWords.shown(message, words, options), words, status.rawValue)
    }
  }

  /// The options of all commands, as their help tells them.
  private static var options: CommandOptions {
    var options = CommandOptions()
    for command in configuration.subcommands where command.configuration.shouldDisplay {
      for inner in command.inner {
        options.add("\(command.name) \(inner.name)", help: helpMessage(for: inner, columns: 200))
      }
      options.add(command.name, help: helpMessage(for: command, columns: 200))
    }
    return options
  }

  /// A command parsed by itself: from the root the parser walks through all options of all commands, which is
  /// half of a start. What it does not take goes to the root, which says why, or has the help for it.
  private static func parsed(_ words: [String]) throws -> any ParsableCommand {
    var (command, rest): (any ParsableCommand.Type, _) = (ZCap.self, words[...])
    while let next = command.inner.first(where: { $0.name == rest.first }) {
      (command, rest) = (next, rest.dropFirst())
    }
    if command.inner.isEmpty, let parsed = try? command.parseAsRoot(Array(rest)),
      type(of: parsed) == command
    {
      return parsed
    }
    return try parseAsRoot(words)
  }

  /// What was asked for, on standard output.
  private static func show(_ text: String) {
    let output = ByteSink(TerminalTarget(pages: true))
    do throws(TraceError) {
      try output.append(text)
      try output.commit()
    } catch {
      leave(.failed)
    }
  }

  /// A command line that cannot be understood.
  private static func fail(
    _ text: String, _ words: [String], _ status: Int32 = ExitStatus.misused.rawValue
  ) -> Never {
    for line in UsageText.visible(text, words).split(separator: "\n") {
      Diagnostics.failure(String(line))
    }
    leave(status)
  }

  private static func leave(_ status: ExitStatus) -> Never { leave(status.rawValue) }

  /// Ends the program; after an interrupt by that signal, so that a shell knows that it must not go on.
  private static func leave(_ status: Int32) -> Never {
    if let stopped = Signals.stopped {
      Diagnostics.note("stopped by \(stopped.what); this is what there was until then")
      Signals.end(stopped.signal)
    }
    Signals.leave(status)
  }
}

extension ParsableCommand {
  /// What the command is called, and the commands in it.
  static var name: String { configuration.commandName ?? "" }
  static var inner: [any ParsableCommand.Type] { configuration.subcommands }
}
