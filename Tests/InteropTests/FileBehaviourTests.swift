import Foundation
import TestSupport
import Testing

/// What the command does with files, pipes and signals.
@Suite("Interop: files, pipes, signals")
struct FileBehaviourTests {
  private static let demo = Captures.folder + "data-trace/http-clear-text.ctr"

  private func convert(_ output: String, _ more: String...) throws -> CommandResult {
    try RunCommand.run(RunCommand.zcap, ["convert", Self.demo, "-o", output] + more)
  }

  @Test("the same input gives the same bytes")
  func deterministic() throws {
    let scratch = try ScratchFolder()
    #expect(try convert(scratch("one.pcapng")).status == 0)
    #expect(try convert(scratch("two.pcapng")).status == 0)
    #expect(
      try RunCommand.bytes(scratch("one.pcapng")) == RunCommand.bytes(scratch("two.pcapng")))
  }

  /// A program has zeros, line feeds and small numbers as a trace has that was transferred as text.
  @Test("a program is no trace", arguments: [RunCommand.zcap, "/bin/sh", "/bin/ls"])
  func program(_ path: String) throws {
    let result = try RunCommand.run(RunCommand.zcap, ["info", path])
    #expect(result.status == 2)
    #expect(result.errors.contains("this is none of the formats that zcap knows"))
  }

  @Test("pipes give the packets that files give", arguments: Captures.convertible)
  func pipes(_ capture: String) throws {
    let scratch = try ScratchFolder()
    #expect(try Captures.convert(capture, into: scratch).status == 0)
    let piped = try RunCommand.shell(
      "cat \"$1\" | \"$zcap\" convert --date 2026-02-03 - -o - | cat > \"$2\"",
      [capture, scratch("piped.pcapng")], in: Captures.folder)
    #expect(piped.status == 0)
    // The section header names the input; all else is the same.
    let (file, pipe) = (scratch("out.pcapng"), scratch("piped.pcapng"))
    #expect(try afterSection(pipe) == afterSection(file))
    let again = try RunCommand.run(
      RunCommand.zcap, ["convert", "--date", "2026-02-03", capture, "-o", "-"],
      in: Captures.folder)
    #expect(again.output == (try RunCommand.bytes(file)))
  }

  /// The file without its Section Header Block.
  private func afterSection(_ path: String) throws -> ArraySlice<UInt8> {
    let bytes = try RunCommand.bytes(path)
    guard bytes.count >= 8 else { return [] }
    let length = (0..<4).reduce(0) { $0 | Int(bytes[4 + $1]) << (8 * $1) }
    return bytes.dropFirst(length)
  }

  @Test("an existing file is kept, unless --force says otherwise")
  func noOverwrite() throws {
    let scratch = try ScratchFolder()
    let path = scratch("out.pcapng")
    try RunCommand.write([1, 2, 3], to: path)
    let refused = try convert(path)
    #expect(refused.status == 2)
    #expect(refused.errors.contains("--force"))
    #expect(try RunCommand.bytes(path) == [1, 2, 3])
    #expect(try convert(path, "--force").status == 0)
    #expect(try RunCommand.bytes(path).count > 1000)
    #expect(try scratch.contents() == ["out.pcapng"])
  }

  @Test("only the owner may read the output", arguments: [false, true])
  func mode(_ isReplaced: Bool) throws {
    let scratch = try ScratchFolder()
    let path = scratch("out.pcapng")
    if isReplaced { try RunCommand.write([], to: path) }
    let result = try RunCommand.shell(
      "umask 0; \"$zcap\" convert \"$1\" -o \"$2\" --force", [Self.demo, path])
    #expect(result.status == 0)
    let attributes = try FileManager.default.attributesOfItem(atPath: path)
    #expect((attributes[.posixPermissions] as? Int) == 0o600)
  }

  @Test(".gz expands to the same bytes", .enabled(if: Tool.gzip != nil))
  func compressed() throws {
    let scratch = try ScratchFolder()
    #expect(try convert(scratch("out.pcapng")).status == 0)
    #expect(try convert(scratch("out.pcapng.gz")).status == 0)
    let expanded = try RunCommand.run(try #require(Tool.gzip), ["-dc", scratch("out.pcapng.gz")])
    #expect(expanded.status == 0)
    #expect(expanded.output == (try RunCommand.bytes(scratch("out.pcapng"))))
  }

  @Test("a directory is neither input nor output")
  func directories() throws {
    let scratch = try ScratchFolder()
    let output = try convert(scratch.path)
    #expect(output.status == 2)
    #expect(output.errors.contains("directory"))
    let input = try RunCommand.run(
      RunCommand.zcap, ["convert", scratch.path, "-o", scratch("out.pcapng")])
    #expect(input.status == 2)
    #expect(input.errors.contains("directory"))
    let missing = try convert(scratch("no/such/folder/out.pcapng"))
    #expect(missing.status == 2)
    #expect(try scratch.contents().isEmpty)
  }

  @Test("a file that may not be read", .disabled(if: NSUserName() == "root"))
  func unreadable() throws {
    let scratch = try ScratchFolder()
    try RunCommand.write([1], to: scratch("in.ctr"))
    try FileManager.default.setAttributes(
      [.posixPermissions: 0], ofItemAtPath: scratch("in.ctr"))
    let result = try RunCommand.run(RunCommand.zcap, ["info", scratch("in.ctr")])
    #expect(result.status == 2)
    #expect(result.errors.contains("Permission denied"))
  }

  @Test(
    "a full disk is told", .enabled(if: FileManager.default.fileExists(atPath: "/dev/full")),
    arguments: ["convert \"$1\" -o -", "info \"$1\"", "convert \"$1\" -o /dev/full"])
  func full(_ command: String) throws {
    let result = try RunCommand.shell("\"$zcap\" \(command) > /dev/full", [Self.demo])
    #expect(result.status == 2)
    #expect(result.errors.contains("No space left on device"))
  }

  @Test("a pipe or device is written to, never replaced", arguments: ["", "--force"])
  func device(_ force: String) throws {
    let scratch = try ScratchFolder()
    let result = try RunCommand.shell(
      """
      mkfifo "$2/pipe"
      cat "$2/pipe" > "$2/copy" &
      "$zcap" convert "$1" -o "$2/pipe" \(force)
      status=$?
      wait
      test -p "$2/pipe" && exit $status
      """, [Self.demo, scratch.path])
    #expect(result.status == 0, "\(result.errors)")
    #expect(try convert(scratch("file")).status == 0)
    #expect(try RunCommand.bytes(scratch("copy")) == RunCommand.bytes(scratch("file")))
  }

  @Test("who reads the first bytes only has seen enough")
  func closedPipe() throws {
    let scratch = try ScratchFolder()
    let result = try RunCommand.shell(
      """
      "$zcap" generate "$1" --size 3M 2>/dev/null
      { "$zcap" convert "$1" -o -; echo $? > "$2"; } | head -c 100 | wc -c
      """, [scratch("big.ctr"), scratch("status")])
    #expect(result.text.contains("100"))
    #expect(try RunCommand.bytes(scratch("status")) == Array("0\n".utf8))
    #expect(!result.errors.contains("pipe"))
  }

  @Test("what fails half-way leaves nothing")
  func failedInput() throws {
    let scratch = try ScratchFolder()
    let bytes = try RunCommand.bytes(Captures.folder + "containers/chain.ctr.gz")
    try RunCommand.write(Array(bytes.prefix(20)), to: scratch("cut.ctr.gz"))
    let result = try RunCommand.run(
      RunCommand.zcap, ["convert", scratch("cut.ctr.gz"), "-o", scratch("out.pcapng")])
    #expect(result.status == 2)
    #expect(try scratch.contents() == ["cut.ctr.gz"])
  }
}
