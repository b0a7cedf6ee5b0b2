import ATTLSPolicy
import ArgumentParser
import ZCapKit

/// `zcap policy match`: which rule governs a connection, and why the others do not.
final class PolicyMatchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "match", abstract: "Say which rule governs a connection.",
    usage: "zcap policy match <input> [<options>]",
    discussion: """
      Give what is known, for example from an EZD1281I message. When a fact is missing that decides, \
      the answer is "undecided" and says which. Rules are tried by Priority, equal ones by name.

      zcap policy match pagent.policy --local 10.1.1.2..443 --job WEB --direction in

      Exit status: 0 a rule governs, 1 none does or it is undecided, 2 unreadable.
      """)

  @OptionGroup var policy: PolicyInput

  @Option(help: ArgumentHelp("Job name.", valueName: "name")) var job: String?
  @Option(help: ArgumentHelp("User ID.", valueName: "name")) var user: String?
  @Option(help: ArgumentHelp("Local end, such as 10.1.1.2..4000.", valueName: "addr..port"))
  var local: String?
  @Option(help: ArgumentHelp("Remote end, such as 10.1.0.2..60742.", valueName: "addr..port"))
  var remote: String?
  @Option(
    help: ArgumentHelp("Who opened it, seen from this stack.", valueName: "in|out"),
    completion: .list(["in", "out"]))
  var direction: String?

  @OptionGroup var output: PolicyOutput

  func run() throws {
    let connection = try PolicyConnection(
      job: job, user: user, local: local, remote: remote, direction: direction)
    try output.show(.rule(of: connection, in: PolicyAnswer.load([policy.input])))
  }
}
