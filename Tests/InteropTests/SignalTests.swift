import Foundation
import TestSupport
import Testing

/// A signal ends a command with what there is.
@Suite("Interop: signals")
struct SignalTests {
  private static let demo = Captures.folder + "data-trace/http-clear-text.ctr"

  @Test(
    "what was read until then is shown",
    arguments: [
      "flows", "http", "exchanges", "print", "print --style stream", "flows --json", "info",
    ],
    [SIGINT, SIGTERM])
  func shown(_ command: String, _ signal: Int32) throws {
    let words = command.split(separator: " ").map(String.init)
    let whole = try RunCommand.shell("\"$zcap\" \(command) - < \"$1\"", [Self.demo])
    let live = try LiveCommand(words + ["-"], feeds: true)
    try live.feed(RunCommand.bytes(Self.demo))
    live.digest()
    #expect(live.isRunning)
    let result = try live.end(signal)
    #expect(result.status == 128 + signal)
    #expect(whole.status == 0)
    #expect(result.text == whole.text)
    #expect(result.errors.contains("stopped by"))
    // The same summary, and the line about the signal.
    #expect(result.errors.hasPrefix(whole.errors), "\(result.errors)")
  }

  @Test(
    "files are whole",
    arguments: ["convert - -o X", "convert --style pdu - -o X", "convert - -o X.gz"])
  func files(_ command: String) throws {
    let scratch = try ScratchFolder()
    let name = command.hasSuffix(".gz") ? "out.pcapng.gz" : "out.pcapng"
    let words = command.split(separator: " ").map {
      $0.hasPrefix("X") ? scratch(name) : String($0)
    }
    let live = try LiveCommand(words, feeds: true)
    try live.feed(RunCommand.bytes(Self.demo))
    live.digest()
    #expect(try scratch.contents().isEmpty)
    let result = try live.end()
    #expect(result.status == 130)
    #expect(try scratch.contents() == [name])
    #expect(try Captures.read(scratch(name)).records.count == result.packetsWritten)
  }

  @Test("a table and an archive are whole")
  func tables() throws {
    let scratch = try ScratchFolder()
    for (words, check) in [
      (["export", "flows", "-", "-o", scratch("flows.parquet")], "PAR1"),
      (["http", "-", "--har", scratch("web.har")], "\"log\""),
    ] {
      let live = try LiveCommand(words, feeds: true)
      try live.feed(RunCommand.bytes(Self.demo))
      live.digest()
      #expect(try live.end().status == 130)
      let path = words.last ?? ""
      #expect(String(decoding: try RunCommand.bytes(path), as: UTF8.self).contains(check))
    }
  }

  /// A trace without the end of its last record, which would have come.
  @Test("a record that is not there yet is no damage")
  func halfRecord() throws {
    let bytes = try RunCommand.bytes(Self.demo)
    let live = try LiveCommand(["flows", "-"], feeds: true)
    try live.feed(Array(bytes.dropLast(20)))
    live.digest()
    let result = try live.end()
    #expect(result.status == 130)
    #expect(result.errors.contains("read 10 records"), "\(result.errors)")
    #expect(!result.errors.contains("cut short"), "\(result.errors)")
    #expect(!result.errors.contains("damaged"), "\(result.errors)")
  }

  @Test("nothing was read", arguments: ["flows", "info", "convert -o X", "explain"])
  func nothing(_ command: String) throws {
    let scratch = try ScratchFolder()
    let words = command.split(separator: " ").map { $0 == "X" ? scratch("out.pcapng") : String($0) }
    let live = try LiveCommand(words + ["-"], feeds: true)
    usleep(150_000)
    let result = try live.end(SIGTERM)
    #expect(result.status == 143)
    #expect(!result.errors.contains("none of the formats"), "\(result.errors)")
    #expect(try scratch.contents().isEmpty)
  }

  @Test("the second signal ends the command at once, and leaves nothing")
  func second() throws {
    let scratch = try ScratchFolder()
    // Nobody reads the pipe: what there is cannot be written.
    let result = try RunCommand.shell(
      """
      mkfifo "$1/pipe"
      "$zcap" generate "$1/big.ctr" --size 3M 2>/dev/null
      exec 5<>"$1/pipe"
      "$zcap" print "$1/big.ctr" > "$1/pipe" 5<&- &
      pid=$!
      sleep 1
      kill -TERM $pid
      sleep 1
      kill -0 $pid && echo waits
      kill -TERM $pid
      wait $pid
      """, [scratch.path])
    #expect(result.text == "waits\n")
    #expect(result.status == 143)
  }

  @Test("a trace that is made up is whole")
  func generate() throws {
    let scratch = try ScratchFolder()
    let live = try LiveCommand(["generate", scratch("big.ctr"), "--size", "20G"])
    usleep(300_000)
    #expect(try live.end().status == 130)
    let info = try RunCommand.run(RunCommand.zcap, ["info", scratch("big.ctr"), "--strict"])
    #expect(info.status == 0, "\(info.errors)")
  }

  @Test(
    "the measurement leaves no file behind",
    .enabled(if: FileManager.default.fileExists(atPath: "/proc/self/fd")),
    arguments: [SIGTERM, SIGKILL])
  func bench(_ signal: Int32) throws {
    let scratch = try ScratchFolder()
    let result = try RunCommand.shell(
      """
      TMPDIR=$1 "$zcap" bench --size 40M > "$1/out" &
      pid=$!
      sleep 1
      kill -\(signal) $pid
      wait $pid
      """, [scratch.path])
    #expect(result.status == 128 + signal)
    #expect(try scratch.contents() == ["out"])
  }

  @Test("nohup holds")
  func hangup() throws {
    let scratch = try ScratchFolder()
    let result = try RunCommand.shell(
      """
      mkfifo "$1/in"
      exec 4<>"$1/in"
      nohup "$zcap" flows - < "$1/in" > "$1/out" 2> "$1/err" 4<&- &
      pid=$!
      cat "$2" > "$1/in"
      sleep 0.3
      kill -HUP $pid
      sleep 0.2
      kill -0 $pid || echo gone
      exec 4>&-
      wait $pid
      """, [scratch.path, Self.demo])
    #expect(result.status == 0)
    #expect(result.text == "")
    #expect(try RunCommand.bytes(scratch("out")).count > 100)
  }
}
