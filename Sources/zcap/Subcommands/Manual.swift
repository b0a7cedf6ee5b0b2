import ArgumentParser
import TraceBytes
import ZCapKit

extension ZCap {
  /// The manual pages and completions, for those who make packages.
  final class Manual: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "manual",
      abstract: "Write the manual pages and the completions of all shells into a folder.",
      discussion: "zcap manual build/share", shouldDisplay: false)

    @Argument(
      help: "An existing folder; man1, man7 and completions are made in it.",
      completion: .directory)
    var folder: String

    func run() throws {
      for part in ["man1", "man7", "completions"] {
        let pages = try OutputFolder(path: "\(folder)/\(part)", replace: true)
        for (name, text) in Self.files(part) {
          let bytes = Array(text.utf8)
          try pages.write(unsafe bytes.span.bytes, as: name)
        }
      }
    }

    private static func files(_ part: String) -> [(name: String, text: String)] {
      switch part {
      case "man1": pages
      case "man7":
        HelpTopic.allCases.map {
          ("zcap-\($0.rawValue).7", ManualPage.topic($0, version: ZCap.version))
        }
      default:
        [
          ("zcap.bash", ZCap.completionScript(for: .bash)),
          ("_zcap", ZCap.completionScript(for: .zsh)),
          ("zcap.fish", ZCap.completionScript(for: .fish)),
        ]
      }
    }

    /// A page for the command, for each of its commands, and for each of theirs.
    private static var pages: [(name: String, text: String)] {
      let commands = ZCap.configuration.subcommands.filter { $0.configuration.shouldDisplay }
      let names = commands.map { "zcap-" + $0.name }
      var pages = [page("zcap", ZCap.self, names + ManualPage.topics)]
      for (name, command) in zip(names, commands) {
        let innerNames = command.inner.map { name + "-" + $0.name }
        pages.append(page(name, command, ["zcap"] + innerNames + ManualPage.topics))
        for (innerName, inner) in zip(innerNames, command.inner) {
          pages.append(page(innerName, inner, ["zcap", name]))
        }
      }
      return pages
    }

    private static func page(
      _ name: String, _ command: any ParsableCommand.Type, _ others: [String]
    ) -> (name: String, text: String) {
      let help =
        command == ZCap.self
        ? ZCap.helpMessage(columns: 100_000) : ZCap.helpMessage(for: command, columns: 100_000)
      let words = name.split(separator: "-", maxSplits: name.hasPrefix("zcap-policy-") ? 2 : 1)
      return (
        "\(name).1",
        ManualPage.command(
          words.joined(separator: " "), command.configuration.abstract, help: help,
          version: ZCap.version, others: others)
      )
    }
  }
}
