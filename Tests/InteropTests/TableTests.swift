import Foundation
import TestSupport
import Testing

/// What `export` writes, read back by pyarrow, DuckDB and Polars.
@Suite("Interop: tables")
struct TableTests {
  private static let inputs =
    Captures.files("data-trace", "packet-trace", "pcap", "protocols") + [
      "containers/writer.ctr", "containers/chain.ctr.gz",
    ]

  private func export(
    _ table: String, _ arguments: [String], status: Int32 = 0
  ) throws -> CommandResult {
    let result = try RunCommand.run(
      RunCommand.zcap, ["export", table] + arguments, in: Captures.folder)
    #expect(result.status == status, "\(result.errors)")
    return result
  }

  @Test(
    "every format is the same to every reader",
    .enabled(if: Judges.areThere, "\(Judges.needed)"),
    arguments: [
      ("records", ["--payload", "bytes"]), ("records", ["--payload", "text"]), ("flows", []),
      ("exchanges", ["--label", "system=SYS1"]), ("files", []),
    ])
  func formats(_ table: String, _ options: [String]) throws {
    let scratch = try ScratchFolder()
    for format in ["ndjson", "csv", "arrow", "parquet"] {
      _ = try export(table, Self.inputs + options + ["-o", scratch("\(table).\(format)")])
    }
    let schema = try export(table, ["-", "--schema"] + options)
    try RunCommand.write(schema.output, to: scratch("\(table).schema"))
    let verdict = try Judges.run("tables.py", [scratch.path, table])
    #expect(verdict.status == 0, "\(verdict.errors)")
  }

  /// Each page in Formats says what the command does.
  @Test(
    "--schema is what Formats/tables.md says",
    arguments: ["records", "flows", "exchanges", "files"])
  func schemas(_ table: String) throws {
    let page = try RunCommand.bytes(RunCommand.packageRoot + "/Formats/tables.md")
    let text = String(decoding: page, as: UTF8.self)
    let section = try #require(text.range(of: "\n## \(table)\n"))
    let rows = text[section.upperBound...].split(separator: "\n", omittingEmptySubsequences: false)
      .drop { !$0.hasPrefix("| column") }.dropFirst(2).prefix { $0.hasPrefix("|") }
      .map { line in
        line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
          .joined(separator: "\t") + "\n"
      }
    #expect(try export(table, ["-", "--schema"]).text == rows.joined())
  }

  @Test("an output appears whole or not at all, and is not replaced unasked")
  func wholeOrNot() throws {
    let scratch = try ScratchFolder()
    let out = scratch("flows.parquet")
    _ = try export("flows", ["data-trace/http-clear-text.ctr", "-o", out])
    let before = try RunCommand.bytes(out)
    _ = try export("flows", ["data-trace/udp.ctr", "-o", out], status: 2)
    #expect(try RunCommand.bytes(out) == before)
    _ = try export("flows", ["README.md", "-o", scratch("other.parquet")], status: 2)
    #expect(try scratch.contents() == ["flows.parquet", "other.parquet"])
  }

  @Test("what makes no sense together is a usage error")
  func usage() throws {
    for arguments in [
      ["records", "x", "--shard", "1/2"], ["flows", "x", "--shard", "0/2"],
      ["flows", "x", "--shard", "3/2"], ["flows", "x", "--payload", "text"],
      ["flows", "x", "y", "--name", "z"], ["flows", "x", "--label", "flow_id=1"],
      ["flows", "x", "--label", "a=1", "--label", "a=2"], ["flows", "x", "--label", "A B=1"],
      ["flows", "x", "--label", "type=1"], ["files", "x", "--label", "schema=1"],
      ["flows", "x", "-o", "out.txt"], ["flows", "x", "-o", "out.parquet.gz"], ["tables", "x"],
    ] {
      let result = try RunCommand.run(RunCommand.zcap, ["export"] + arguments)
      #expect(result.status == 64, "\(arguments): \(result.errors)")
    }
  }

  @Test("a file that is called - is an input, and no output")
  func lone() throws {
    let scratch = try ScratchFolder()
    let trace = try RunCommand.bytes(Captures.folder + "/data-trace/udp.ctr")
    try RunCommand.write(trace, to: scratch("-"))
    let result = try RunCommand.run(
      RunCommand.zcap, ["export", "flows", "./-", "-o", "-"], in: scratch.path)
    #expect(result.status == 0, "\(result.errors)")
    #expect(!result.output.isEmpty)
    #expect(try scratch.contents() == ["-"])
  }

  @Test(
    "the README's line for DuckDB does what it says",
    .enabled(if: Judges.areThere, "\(Judges.needed)"))
  func readme() throws {
    let page = try RunCommand.bytes(RunCommand.packageRoot + "/README.md")
    let line = try #require(
      String(decoding: page, as: UTF8.self).split(separator: "\n")
        .first { $0.hasPrefix("zcap export flows ") && $0.contains(" && duckdb -c ") })
    let scratch = try ScratchFolder()
    let trace = RunCommand.packageRoot + "/captures/data-trace/http-clear-text.ctr"
    let tools = [RunCommand.zcap, Judges.python].map { path in
      path.split(separator: "/").dropLast().reduce("") { $0 + "/" + $1 }
    }
    let script = "PATH='\(tools.joined(separator: ":"))':$PATH TRACE='\(trace)'\n\(line)"
    let result = try RunCommand.run("/bin/bash", ["-c", script], in: scratch.path)
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.text.contains("GPMSERVE"), "\(result.text)")
    #expect(try scratch.contents() == ["flows.parquet"])
  }

  @Test("the name and the labels stand in every row")
  func constants() throws {
    let text = try export(
      "flows",
      ["data-trace/http-clear-text.ctr", "--name", "s3://t/1", "--label", "system=S0W1=a"]
    ).text
    for line in text.split(separator: "\n") {
      let row = try #require(
        try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
      #expect(row["file"] as? String == "s3://t/1")
      #expect(row["system"] as? String == "S0W1=a")
    }
  }
}
