import Foundation
import TestSupport
import Testing

/// Manual pages and completions, which the command makes of its own help.
@Suite("Golden: manual pages, completions, pager")
struct ManualTests {
  static let goldens = ["manual.zcap-summary.1", "manual.zcap-exit-status.7", "manual.summary.zsh"]

  private let folder: ScratchFolder

  init() throws {
    folder = try ScratchFolder()
    let result = try RunCommand.run(RunCommand.zcap, ["manual", folder.path])
    #expect(result.status == 0, "\(result.errors)")
  }

  private func text(_ name: String) throws -> String {
    String(decoding: try RunCommand.bytes(folder(name)), as: UTF8.self)
  }

  @Test("a page of a command and one of a topic")
  func pages() throws {
    try Expected.check(text("man1/zcap-summary.1"), Self.goldens[0])
    try Expected.check(text("man7/zcap-exit-status.7"), Self.goldens[1])
  }

  @Test("what zsh completes for a command")
  func zsh() throws {
    let script = try text("completions/_zcap")
    let start = try #require(script.range(of: "_zcap_summary() {"))
    let end = try #require(script[start.lowerBound...].range(of: "\n}\n"))
    try Expected.check(String(script[start.lowerBound..<end.upperBound]), Self.goldens[2])
  }

  /// Commands that help lists, and those of `policy`.
  private static func commands(_ help: String) -> [String] {
    help.split(separator: "\n").drop { $0 != "SUBCOMMANDS:" }.dropFirst().compactMap { line in
      guard line.hasPrefix("  "), !line.hasPrefix("   ") else { return nil }
      let word = line.split(separator: " ")[0]
      return word == "See" ? nil : String(word)
    }
  }

  @Test("every option of every command is in its page, in help that fits, and in all completions")
  func options() throws {
    let bash = try text("completions/zcap.bash")
    let zsh = try text("completions/_zcap")
    let fish = try text("completions/zcap.fish")
    let help = { (words: [String]) in try RunCommand.run(RunCommand.zcap, ["help"] + words).text }
    let names = try Self.commands(help([]))
    #expect(names.count > 15 && names.contains("policy"))
    let all = try names.flatMap { name in
      let inner = try Self.commands(help([name]))
      return inner.isEmpty ? [[name]] : inner.map { [name, $0] }
    }
    for words in all {
      let text = try help(words)
      let wide = text.split(separator: "\n").filter { $0.count > 80 }
      #expect(wide.isEmpty, "\(wide)")
      let page = try self.text("man1/zcap-\(words.joined(separator: "-")).1")
      #expect(page.contains(".SH EXAMPLES"), "\(words)")
      let options = Self.options(text)
      #expect(options.count >= 3)
      #expect(zsh.contains("_zcap_\(words.joined(separator: "_"))() {"))
      for option in options {
        #expect(page.contains(option.replacing("-", with: "\\-")), "\(words) \(option)")
        #expect(bash.contains(option), "\(option)")
        #expect(zsh.contains(option), "\(option)")
        let long = option.drop { $0 == "-" }
        #expect(fish.contains("-l '\(long)'") || fish.contains("-s '\(long)'"), "\(option)")
      }
      // A placeholder that repeats the name of its option says nothing.
      for match in text.matches(of: /--([a-z-]+) <([a-z-]+)>/) {
        #expect(
          match.1 != match.2, "\(words) \(match.0)")
      }
    }
  }

  /// `-o`, `--output` of `  -o, --output <file>  …`.
  private static func options(_ help: String) -> [String] {
    help.split(separator: "\n").filter { $0.hasPrefix("  -") }.flatMap { line in
      line.split(separator: "  ")[0].split { " ,/".contains($0) }.filter { $0.hasPrefix("-") }
        .map(String.init)
    }
  }

  @Test("completions are scripts that their shells read")
  func shells() throws {
    for (shell, file) in [("bash", "zcap.bash"), ("zsh", "_zcap"), ("fish", "zcap.fish")] {
      guard let path = RunCommand.find(shell) else { continue }
      let result = try RunCommand.run(path, ["-n", folder("completions/\(file)")])
      #expect(result.status == 0, "\(shell): \(result.errors)")
    }
  }

  @Test("a shell completes names of files, and the words that an option takes")
  func completes() throws {
    guard let bash = RunCommand.find("bash") else { return }
    func completed(_ words: [String]) throws -> [Substring] {
      let script = """
        source "$0"
        COMP_WORDS=(zcap "$@"); COMP_CWORD=$#; COMP_LINE="zcap $*"; COMP_POINT=${#COMP_LINE}
        _zcap zcap "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
        printf '%s\\n' "${COMPREPLY[@]}"
        """
      return try RunCommand.run(
        bash, ["-c", script, folder("completions/zcap.bash")] + words, in: Captures.folder
      ).text.split(separator: "\n")
    }
    for words in [
      ["flows"], ["convert", "x", "-o"], ["flows", "--log"], ["policy", "check"],
      ["policy", "why", "--policy"], ["explain"], ["export", "flows"], ["open"], ["bench"],
    ] {
      #expect(
        try completed(words + ["policy/nje"]) == ["policy/nje-out.policy"], "\(words)")
    }
    #expect(try completed(["attls", "--certs", "pol"]) == ["policy"])
    #expect(try completed(["print", "--secure", "co"]) == ["confidential"])
    #expect(try completed(["print", "--kind", "fr"]) == ["frame"])
    #expect(try completed(["exchanges", "--protocol", "dr"]) == ["drda"])
  }

  @Test("manual pages are read without complaint")
  func groff() throws {
    guard let groff = RunCommand.find("groff") else { return }
    for name in try FileManager.default.contentsOfDirectory(atPath: folder("man1")) {
      let result = try RunCommand.run(
        groff, ["-man", "-Kutf8", "-Tutf8", "-ww", "-z", folder("man1/\(name)")])
      #expect(result.status == 0 && result.errors.isEmpty, "\(name): \(result.errors)")
    }
  }

  @Test("a pager is called on a terminal only, and not with --no-pager")
  func pager() throws {
    let trace = "data-trace/http-clear-text.ctr"
    let pager = ["ZCAP_PAGER": "sed 's/^/paged: /'"]
    func paged(_ arguments: [String], _ environment: [String: String]) throws -> Bool {
      let result = try TerminalCommand.run(
        arguments, columns: 80, in: Captures.folder, environment: environment)
      #expect(result.status == 0)
      return result.text.contains("paged: ")
    }
    #expect(try paged(["flows", trace], pager))
    #expect(try paged(["help", "filters"], pager))
    #expect(
      try paged(["flows", trace], ["PAGER": "sed 's/^/paged: /'", "ZCAP_PAGER": "cat"]) == false)
    #expect(try paged(["flows", "--no-pager", trace], pager) == false)
    #expect(try paged(["flows", trace], ["ZCAP_PAGER": ""]) == false)
    // One that is not installed shows nothing.
    let without = try TerminalCommand.run(
      ["flows", trace], columns: 80, in: Captures.folder,
      environment: ["ZCAP_PAGER": "no-such-pager -R"])
    #expect(without.text.contains("GPMSERVE"), "\(without.text)")
    let shell = try RunCommand.shell(
      "cd \"$1\" && ZCAP_PAGER=\"sed 's/^/paged: /'\" $zcap flows \"$2\"", [Captures.folder, trace])
    #expect(shell.status == 0 && !shell.text.contains("paged: "))
  }

  @Test("long work says how far it is, and leaves nothing of it; --quiet says nothing")
  func progress() throws {
    let (big, small) = (folder("big.ctr"), folder("small.ctr"))
    let commands = [
      ["generate", big, "--size", "300M", "--force"], ["flows", big],
      ["generate", small, "--size", "1200K", "--force"],
      ["convert", "--anonymize", small, "-o", "/dev/null"],
      ["bench", "--size", "32M", "--rounds", "1"],
    ]
    for arguments in commands {
      for quiet in [false, true] {
        let start = ContinuousClock.now
        let result = try TerminalCommand.run(arguments + (quiet ? ["--quiet"] : []), columns: 80)
        // What takes less than a second says nothing, and machines differ.
        let isLong = ContinuousClock.now - start > .milliseconds(1500)
        #expect(result.status == 0, "\(arguments)")
        let line = /zcap: [0-9.]+ [kMG]?B of [0-9.]+ [kMG]B, [^\r]* left/
        #expect(quiet || !isLong || result.text.contains(line), "\(arguments)")
        #expect(!quiet || !result.text.contains(line), "\(arguments)")
        let wiped = result.text.ranges(of: "\r\u{1B}[K").last?.upperBound
        #expect(!result.text[(wiped ?? result.text.startIndex)...].contains(line), "\(arguments)")
      }
    }
  }
}
