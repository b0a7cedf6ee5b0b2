import Testing
import TraceBytes
import TraceRender

@testable import ZCapKit

/// What a command line means, and what is said of one that means nothing.
@Suite("Words of the command line") struct WordsTests {
  private let commands = ["info", "convert", "flows", "print", "http", "exchanges", "policy"]

  private func read(_ words: [String]) -> CommandWords.Reading {
    CommandWords.read(words, commands: commands) { $0 == "trace.ctr" || $0 == "flow" }
  }

  @Test func commandsAndFiles() {
    #expect(read(["flows", "trace.ctr"]) == .command(["flows", "trace.ctr"]))
    #expect(read(["trace.ctr", "--json"]) == .command(["info", "trace.ctr", "--json"]))
    #expect(read(["-"]) == .command(["info", "-"]))
    // A file of that name is there, so it is meant.
    #expect(read(["flow"]) == .command(["info", "flow"]))
    // The system says why a path cannot be opened.
    #expect(read(["no/such.ctr"]) == .command(["info", "no/such.ctr"]))
    #expect(read([]) == .command(["--help"]))
    #expect(
      read(["--strict", "trace.ctr"])
        == .mistake(
          "options stand behind the command and the file: zcap info trace.ctr --strict, or another command."
        ))
    #expect(read(["--version"]) == .command(["--version"]))
    #expect(read(["help", "filters"]) == .topic(.filters))
    #expect(read(["help", "flows"]) == .command(["help", "flows"]))
  }

  @Test(arguments: [
    ("flws", "zcap flows"), ("conver", "zcap convert"), ("prnit", "zcap print"),
    ("exch", "zcap exchanges"), ("search", "zcap print --contains"),
    ("conversations", "zcap flows"), ("capinfos", "zcap info"),
    ("-r", "zcap print FILE"), ("-w", "zcap convert FILE -o"), ("-c", "--count"),
  ])
  func nearMisses(word: String, told: String) {
    guard case .mistake(let sentence) = read([word, "x"]) else {
      Issue.record("\(word) is taken for something")
      return
    }
    #expect(sentence.contains(told))
    #expect(sentence.contains(word))
  }

  private func sentence(_ words: [String]) -> String? {
    let groups = ["policy": ["why", "check", "match"]]
    let reading = CommandWords.read(words, commands: commands, groups: groups) {
      $0 == "trace.ctr"
    }
    if case .mistake(let sentence) = reading { return sentence }
    return nil
  }

  @Test func commandsOfCommandsAndOrder() {
    #expect(sentence(["policy", "wy", "x"])?.contains("did you mean 'zcap policy why'?") == true)
    #expect(sentence(["help", "policy", "chekc"])?.contains("'zcap policy check'") == true)
    #expect(sentence(["policy", "why", "x"]) == nil)
    #expect(sentence(["policy", "--help"]) == nil)
    #expect(sentence(["match", "x"])?.contains("here it is 'zcap policy match'") == true)
    #expect(
      sentence(["trace.ctr", "--json", "flows"])
        == "the command comes first: zcap flows trace.ctr --json")
    #expect(sentence(["435"])?.contains("zcap explain 435") == true)
    #expect(sentence(["trace.ctr", "trace.ctr"]) == nil)
    #expect(
      sentence(["flows", "host", "10.1.1.2", "trace.ctr"])?.contains("-f 'host 10.1.1.2'") == true)
    #expect(sentence(["flows", "--sort", "bytes", "trace.ctr"])?.contains("--by bytes") == true)
    #expect(sentence(["flows", "--sort", "trace.ctr"]) == nil)
    // A value of an option is none of them.
    #expect(sentence(["print", "--contains", "port", "trace.ctr"]) == nil)
  }

  @Test func whatTheParserSays() {
    let missing = "Error: Missing expected argument '--output <file>'"
    #expect(
      CommandWords.sentence(for: missing, ["convert", "a", "-w", "b"])?.hasPrefix(
        "-w: zcap convert")
        == true)
    #expect(
      CommandWords.sentence(for: missing, ["convert", "a", "-q"])?.contains("with -o") == true)
    #expect(
      CommandWords.sentence(for: "Error: Unknown option '-n'", ["flows", "-n"])?.hasPrefix("-n: ")
        == true)
    #expect(CommandWords.sentence(for: "Error: Unknown option '--xyz'", []) == nil)
    #expect(
      CommandWords.sentence(for: missing, ["convert", "a", "--format", "ctrace"])?
        .contains("with -o") == true)
  }

  @Test func optionsThatACommandHasNot() {
    var options = CommandOptions()
    options.add(
      "flows",
      help: "OPTIONS:\n  --job <name>   Job; not -x.\n  -q, --quiet    Less.\n  --json  JSON.")
    options.add("exchanges", help: "  --job <name>   Job.\n  --failed       Failures.")
    options.add("policy match", help: "  --job <name>   Job.\n  --user/--system  Whose.")
    func said(_ option: String, _ words: [String]) -> String? {
      CommandWords.sentence(for: "Error: Unknown option '\(option)'. Did you", words, options)
    }
    #expect(
      said("--josn", ["flows", "x", "--josn"])
        == "there is no option '--josn'; did you mean '--json'?")
    #expect(
      said("--failed", ["flows", "x", "--failed"])
        == "flows has no option '--failed'; exchanges has it.")
    #expect(
      said("--system", ["flows"]) == "flows has no option '--system'; policy match has it.")
    #expect(
      said("--json", ["policy", "match", "--json"])
        == "policy match has no option '--json'; flows has it.")
    #expect(said("--xyzzy", ["flows"]) == "there is no option '--xyzzy'.")
    #expect(said("--xyzzy", ["other"]) == nil)
    // What is misspelt counts before what is missing.
    let missing = "Error: Missing expected argument '--output <file>'"
    func lacking(_ words: [String]) -> String? {
      CommandWords.sentence(for: missing, words, options)
    }
    #expect(lacking(["flows", "x", "--jbo=A"])?.contains("'--jbo'; did you mean '--job'?") == true)
    for words in [["flows", "x", "--job", "A"], ["flows", "x", "--", "--jbo"]] {
      #expect(lacking(words)?.contains("with -o") == true)
    }
  }

  @Test func valuesInOneLine() {
    let message =
      "Error: The value 'x' is invalid for '--p <n>'. Please provide one of the following:\n"
      + "  - http\n  - tls\nHelp:  --p <n>  Those.\nUsage: zcap"
    #expect(
      CommandWords.shown(message, ["flows"], CommandOptions())
        == "zcap: The value 'x' is invalid for '--p <n>'. Please provide one of http, tls.\n"
        + "Help:  --p <n>  Those.\nUsage: zcap")
    #expect(UsageText.inOneLine("Error: no\n  - x") == "Error: no\n  - x")
  }

  @Test func nothingIsNearToNonsense() {
    #expect(CommandWords.nearest("xyzzy", commands) == nil)
    #expect(CommandWords.nearest("", commands) == nil)
    #expect(CommandWords.distance("flow", "flows") == 1)
    #expect(CommandWords.distance("prnit", "print") == 1)
    #expect(CommandWords.distance("", "abc") == 3)
  }

  @Test func messagesCannotActOnATerminal() {
    let value = "a\u{1B}[31m\nzcap: all is well"
    let message = "--port \(value): write a port\nUsage: zcap flows"
    for words in [["--port", value], ["--port=\(value)"]] {
      let shown = UsageText.visible(message, words)
      #expect(shown.split(separator: "\n").count == 2)
      #expect(shown.unicodeScalars.allSatisfy { $0 == "\n" || VisibleText.isSafe($0) })
      #expect(shown.hasPrefix("--port a\\u{1b}[31m\\u{a}zcap: all is well: write a port\n"))
    }
    #expect(UsageText.unknownOption(in: "Error: Unknown option '-w'\nUsage") == "-w")
    #expect(UsageText.unknownOption(in: "Error: Missing") == nil)
  }

  @Test(arguments: [
    (OutputKind.capture, "out.pcapng", true), (.capture, "out.pcapng.gz", true),
    (.capture, "out", true), (.capture, "-", true), (.capture, "/dev/null", true),
    (.capture, "a.b/out", true), (.capture, "out.pcap", false), (.capture, "out.txt", false),
    (.capture, "out.pcapng.zst", false), (.text, "out.txt", true), (.text, "out.json", false),
    (.text, "out.csv", false), (.text, "out.pcapng", false), (.json, "out.ndjson", true),
    (.json, "OUT.JSON", true), (.policy, "my.policy", true), (.archive, "a.har", true),
    (.archive, "a.pcap", false), (.table, "a.xlsx", false), (.text, "out.pcap", false),
  ])
  func endings(kind: OutputKind, path: String, isAccepted: Bool) {
    #expect((kind.mistake(in: path) == nil) == isAccepted)
    if let mistake = kind.mistake(in: path) { #expect(mistake.hasPrefix("\(path): ")) }
  }
}

/// What is said of a run while it goes on.
@Suite("Progress") struct ProgressTests {
  @Test(arguments: [
    (0, 4_000_000_000 as UInt64?, 1, "zcap: 0 B of 4.0 GB, 0 B/s"),
    (1_200_000_000, 4_000_000_000, 2, "zcap: 1.2 GB of 4.0 GB, 600 MB/s, 5 s left"),
    (1_200_000_000, nil, 2, "zcap: 1.2 GB, 600 MB/s"),
    (1_000_000, 500_000_000_000, 1, "zcap: 1.0 MB of 500 GB, 1.0 MB/s, 99 h 59 min left"),
    (30_000_000, 10_000_000_000, 1, "zcap: 30 MB of 10 GB, 30 MB/s, 5 min 33 s left"),
    // A file that grows is longer than it was.
    (5_000, 4_000, 1, "zcap: 5.0 kB, 5.0 kB/s"),
  ])
  func text(done: UInt64, total: UInt64?, seconds: Int, expected: String) {
    #expect(Progress.text(done, of: total, in: .seconds(seconds)) == expected)
  }

  @Test func pagers() {
    func command(_ variables: [String: String]) -> String? { Pager.command { variables[$0] } }
    #expect(command([:]) == "less")
    #expect(command(["PAGER": "more"]) == "more")
    #expect(command(["PAGER": "more", "ZCAP_PAGER": "less -S"]) == "less -S")
    #expect(command(["PAGER": "cat"]) == nil)
    #expect(command(["ZCAP_PAGER": ""]) == nil)
    #expect(command(["TERM": "dumb"]) == nil)
  }
}

/// Help that is no command's, and the manual.
@Suite("Help") struct HelpTests {
  @Test(arguments: HelpTopic.allCases, [40, 80, 132])
  func topicsFitTheLine(topic: HelpTopic, width: Int) {
    let text = topic.text(width: width)
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    // An example is one line, whatever the width; a word is never broken.
    #expect(lines.allSatisfy { $0.count <= width || !$0.dropFirst(40).contains(" ") || width < 80 })
    #expect(lines.contains { $0.count > width - 20 })
    #expect(text.unicodeScalars.allSatisfy { $0 == "\n" || VisibleText.isSafe($0) })
  }

  @Test func manualPage() {
    let help = """
      OVERVIEW: List things.

      One paragraph, with 'quotes' and -o.

      zcap flows TRACE

      USAGE: zcap flows [<options>] <files> ...

      ARGUMENTS:
        <files>                 Trace files.

      FILTERS:
        --ip <addr>             An address; .hidden too.

      """
    let page = ManualPage.command(
      "zcap flows", "List things.", help: help, version: "1.2", others: ["zcap", "zcap-filters"])
    let expected = """
      .TH ZCAP\\-FLOWS 1 "" "zcap 1.2" "zcap"
      .SH NAME
      zcap\\-flows \\- List things
      .SH SYNOPSIS
      .nf
      zcap flows [<options>] <files> ...
      .fi
      .SH DESCRIPTION
      .PP
      One paragraph, with \\(aqquotes\\(aq and \\-o.
      .SH EXAMPLES
      .nf
      zcap flows TRACE
      .fi
      .SH ARGUMENTS
      .TP
      .B <files>
      Trace files.
      .SH FILTERS
      .TP
      .B \\-\\-ip <addr>
      An address; .hidden too.
      .SH EXIT STATUS

      """
    #expect(page.hasPrefix(expected))
    #expect(page.hasSuffix(".SH SEE ALSO\n.BR zcap (1),\n.BR zcap\\-filters (7)\n"))
  }
}
