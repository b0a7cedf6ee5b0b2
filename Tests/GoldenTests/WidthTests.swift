import TestSupport
import Testing
import TraceRender

/// What commands show on a terminal of some width.
@Suite("Golden: widths")
struct WidthTests {
  private static let http = "data-trace/http-clear-text.ctr"

  /// Each is run on terminals of all widths.
  static let commands: [[String]] = [
    ["info", http], ["info", "--unknown", http], ["info", "data-trace/lost.ctr"],
    ["info", "attls/gpmserve.log"], ["info", http, "--log", "attls/gpmserve.log"],
    ["summary", http], ["flows", http], ["flows", http, "--log", "attls/gpmserve.log"],
    ["print", http], ["print", "--as", "both", http], ["print", "--style", "stream", http],
    ["print", "protocols/tn3270e.ctr"], ["http", http], ["http", "--full", http],
    ["exchanges", "protocols/drda.ctr"], ["exchanges", "--full", "protocols/drda.ctr"],
    ["exchanges", "protocols/mq.ctr"], ["attls", "attls/gpmserve.log"],
    ["attls", "--events", "attls/trace255.log"], ["attls", "--rules", "attls/gpmserve.log"],
    ["attls", "--handshake", "attls/trace255.log"],
    ["explain", "435"], ["explain", "attls/gpmserve.log"], ["explain", "TTLSRule"],
    ["explain", "nonsense"],
    ["policy", "report", "policy/gpmserve.policy"],
    ["policy", "report", "policy/two-rules.pasearch"],
    ["policy", "report", "--table", "policy/gpmserve.policy"],
    ["policy", "check", "policy/wrong-words.policy"], ["policy", "keywords", "--level", "expert"],
    ["policy", "template"], ["policy", "template", "client", "--level", "expert"],
    ["policy", "match", "policy/gpmserve.policy", "--local", "10.1.1.2:8803"],
    ["policy", "why", "data-trace/confidential.ctr", "--policy", "policy/gpmserve.policy"],
    ["convert", http, "-o", "/dev/null"], ["bench", http, "--rounds", "1"],
    ["help"], ["help", "formats"], ["flows", "no-such-file.ctr"], ["flows", "--port", "x", http],
  ]

  @Test("no line is wider than the terminal", arguments: commands, [60, 80])
  func nothingWraps(command: [String], columns: Int) throws {
    let result = try TerminalCommand.run(command, columns: columns, in: Captures.folder)
    let wide = TerminalCommand.lines(result.output).filter { TextWidth.of($0) > columns }
    #expect(!result.output.isEmpty && wide.isEmpty, "\(wide.joined(separator: "\n"))")
  }

  @Test("a very narrow terminal gets everything, too", arguments: ["flows", "filters"])
  func narrow(topic: String) throws {
    let result = try TerminalCommand.run(["help", topic], columns: 20)
    #expect(result.status == 0 && result.output.count > 1000)
    #expect(TerminalCommand.lines(result.output).allSatisfy { TextWidth.of($0) <= 20 })
    let piped = try RunCommand.shell("COLUMNS=10 $zcap help \"$1\"", [topic])
    #expect(piped.status == 0 && piped.output.count > 1000)
  }

  /// The file that belongs to a command and a width.
  static let goldens: [(name: String, columns: Int, arguments: [String])] = [60, 80, 200].flatMap {
    columns in
    [
      ("flows", columns, ["flows", http]), ("summary", columns, ["summary", http]),
      ("http", columns, ["http", http]),
      ("exchanges", columns, ["exchanges", "protocols/drda.ctr"]),
      ("info", columns, ["info", "data-trace/lost.ctr"]),
      ("attls", columns, ["attls", "attls/gpmserve.log"]),
      ("policy-table", columns, ["policy", "report", "--table", "policy/gpmserve.policy"]),
      (
        "policy-why", columns,
        ["policy", "why", "data-trace/confidential.ctr", "--policy", "policy/gpmserve.policy"]
      ),
    ]
  }

  @Test("columns give way in their order", arguments: goldens.indices)
  func columns(place: Int) throws {
    let golden = Self.goldens[place]
    let result = try TerminalCommand.run(
      golden.arguments, columns: golden.columns, in: Captures.folder)
    let text = TerminalCommand.lines(result.output).joined(separator: "\n")
    try Expected.check(text, "width.\(golden.name)-\(golden.columns).txt")
  }

  @Test("--wide and --columns are stronger than the terminal")
  func wide() throws {
    let wide = try TerminalCommand.run(
      ["exchanges", "--wide", "protocols/drda.ctr"], columns: 60, in: Captures.folder)
    let piped = try RunCommand.run(
      RunCommand.zcap, ["exchanges", "protocols/drda.ctr"], in: Captures.folder)
    #expect(TerminalCommand.lines(wide.output).joined(separator: "\n") == piped.text + piped.errors)
    let picked = try TerminalCommand.run(
      ["http", "--columns", "request,last", Self.http], columns: 80, in: Captures.folder)
    #expect(
      TerminalCommand.lines(picked.output)[0].split(separator: " ") == ["request", "last", "byte"])
  }

  @Test("COLUMNS says how wide a terminal is")
  func environment() throws {
    let result = try TerminalCommand.run(
      ["print", Self.http], columns: 200, in: Captures.folder, environment: ["COLUMNS": "70"])
    #expect(TerminalCommand.lines(result.output).allSatisfy { TextWidth.of($0) <= 70 })
  }
}

/// Expected outputs that are no case of captures/CASES.
enum Expected {
  static let names =
    WidthTests.goldens.map { "width.\($0.name)-\($0.columns).txt" } + ManualTests.goldens

  static func check(_ text: String, _ name: String) throws {
    let path = Captures.folder + "expected/" + name
    if Captures.update { return try RunCommand.write(Array(text.utf8), to: path) }
    let expected = String(decoding: try RunCommand.bytes(path), as: UTF8.self)
    #expect(text == expected, "\(name) differs")
  }
}
