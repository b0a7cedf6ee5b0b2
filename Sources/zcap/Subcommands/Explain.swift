import ATTLS
import ArgumentParser
import ZCapKit

/// Explains AT-TLS return codes, messages, logs, cipher suites and trace values.
final class Explain: ParsableCommand {
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
      zcap explain sqlcode -204          what a server answers with

      Kinds: \(Explainer.kinds.joined(separator: ", ")), mqrc, sqlcode.

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
    help: ArgumentHelp("A code, a message, a log file, or a kind and a code.", valueName: "what"),
    completion: .file())
  var what: [String] = []

  func validate() throws {
    try refuse(what.isEmpty, "Give a code, a message or a log; - reads standard input.")
    let option = what.first { $0.hasPrefix("-") && $0 != "-" && Int($0) == nil }
    try refuse(option.map { "Unknown option '\($0)'." })
  }

  func run() throws {
    let output = try result.open(json ? .json : .text, common)
    var request = ExplanationRequest(what, year: year, countsFailures: !json)
    let found = try request.explanations()
    Diagnostics.notes(request.notes)
    let width = result.isStandard ? Terminal.width ?? 92 : 92
    try ExplanationRequest.show(found, asJSON: json, width: width, to: output)
    if found.contains(where: { !$0.isKnown }) { try ExitStatus.nothingMatched.end() }
  }
}
