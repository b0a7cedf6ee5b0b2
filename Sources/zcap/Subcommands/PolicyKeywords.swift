import ATTLSPolicy
import ArgumentParser
import ZCapKit

/// Which keywords there are.
final class KeywordOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Keywords up to this experience: basic, more or expert.", valueName: "basic|more|expert"))
  var level = KeywordExperience.basic
}

/// `zcap policy keywords`: what one can write, by topic and experience.
final class PolicyKeywordsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "keywords",
    abstract: "List the keywords of compact YAML by experience and topic.",
    usage: "zcap policy keywords [<options>]",
    discussion: """
      zcap policy keywords --level more
      zcap policy keywords --level expert --topic revocation

      'zcap explain KEYWORD' tells more of one. Topics: \
      \(PolicyKeyword.topics.joined(separator: ", ")).
      """)

  @OptionGroup var keywords: KeywordOptions

  @Option(
    help: ArgumentHelp("Only this topic.", valueName: "name"),
    completion: .list(PolicyKeyword.topics))
  var topic: String?

  @Flag(help: "One JSON object per line and keyword.")
  var json = false

  func validate() throws {
    guard let topic, !PolicyKeyword.topics.contains(topic) else { return }
    try refuse("--topic is one of \(PolicyKeyword.topics.joined(separator: ", ")), not '\(topic)'")
  }

  @OptionGroup var output: PolicyOutput

  func run() throws {
    let width = output.result.room ?? 80
    try output.show(.keywords(upTo: keywords.level, topic: topic, isJSON: json, width: width))
  }
}

/// `zcap policy template`: a rule to begin with.
final class PolicyTemplateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "template",
    abstract: "Write a compact YAML rule to begin with.",
    usage: "zcap policy template [<role>] [<options>]",
    discussion: """
      zcap policy template > my.yaml
      zcap policy template client --level more

      Keywords that are not needed stand there as comments with their defaults; --level says how many.
      """)

  @Argument(help: "What z/OS is: server, client, or mutual (a server that asks for a certificate).")
  var role = PolicyTemplate.Role.server

  @OptionGroup var keywords: KeywordOptions

  @OptionGroup var output: PolicyOutput

  func run() throws { try output.show(.template(role, upTo: keywords.level)) }
}
