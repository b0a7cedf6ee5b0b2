import Foundation
import TestSupport
import Testing

/// What becomes of outputs and messages when the system lets the command down.
///
/// In each case: the complete output or none, the input as it was, one clear line.
@Suite("Interop: faults")
struct FaultTests {
  private static let demo = Captures.folder + "data-trace/http-clear-text.ctr"
  private static let canMount = succeeds(
    "d=$(mktemp -d) && mount -t tmpfs none $d && umount $d; s=$?; rmdir $d; exit $s")
  /// Root can read every file; another user must be able to run the command.
  private static let canBeAnotherUser = succeeds(
    "[ $(id -u) = 0 ] && setpriv --reuid 65534 --regid 65534 --clear-groups \"$zcap\" --version")

  private static func succeeds(_ script: String) -> Bool {
    (try? RunCommand.shell(script).status) == 0
  }

  /// A generated trace of about 3 MB, which is more than one read.
  private func bigTrace(_ scratch: ScratchFolder, _ name: String = "big.ctr") throws -> String {
    let result = try RunCommand.run(
      RunCommand.zcap, ["generate", scratch(name), "--size", "3M"])
    #expect(result.status == 0)
    return scratch(name)
  }

  /// Standard error is these words in one line (and the summary, where one is).
  private func expectLine(
    _ result: CommandResult, _ words: String..., status: Int32 = 2,
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    #expect(result.status == status, "\(result.errors)", sourceLocation: sourceLocation)
    let lines = result.errors.split(separator: "\n")
    let line = lines.first { line in words.allSatisfy { line.contains($0) } }
    #expect(line?.hasPrefix("zcap") == true, "\(result.errors)", sourceLocation: sourceLocation)
    #expect(!result.errors.contains("Fatal error"), sourceLocation: sourceLocation)
  }

  // MARK: - The input

  @Test("a read error in the middle", .enabled(if: Shim.isPossible))
  func readError() throws {
    let scratch = try ScratchFolder()
    let shim = try Shim("faults", in: scratch)
    let trace = try bigTrace(scratch)
    let before = try RunCommand.bytes(trace)
    let result = try RunCommand.shell(
      """
      FAULT_FILE="$1" FAULT_KIND=eio FAULT_AFTER=1000000 LD_PRELOAD="$2" \
        "$zcap" convert "$1" -o "$3"
      """, [trace, shim.path, scratch("out.pcapng")])
    expectLine(result, "big.ctr at offset 1000000: cannot read: Input/output error")
    #expect(try RunCommand.bytes(trace) == before)
    // What came before the error is whole, and its number is what the summary says.
    let written = try Captures.read(scratch("out.pcapng")).records.count
    #expect(written == result.packetsWritten && written > 1000)
  }

  @Test(
    "an input that grows while it is read is read to its new end", .enabled(if: Shim.isPossible))
  func growing() throws {
    let scratch = try ScratchFolder()
    let shim = try Shim("faults", in: scratch)
    let (trace, more) = (try bigTrace(scratch), try bigTrace(scratch, "more.ctr"))
    let count = { (path: String) throws -> Int in
      let result = try RunCommand.run(RunCommand.zcap, ["info", "--json", path])
      let object = try JSONSerialization.jsonObject(with: Data(result.output)) as? [String: Any]
      return try #require(object?["records"] as? Int)
    }
    let expected = try count(trace) + count(more)
    let result = try RunCommand.shell(
      """
      FAULT_FILE="$1" FAULT_KIND=grow FAULT_MORE="$3" FAULT_AFTER=2000000 LD_PRELOAD="$2" \
        "$zcap" convert "$1" -o /dev/null
      """, [trace, shim.path, more])
    #expect(result.status == 0)
    #expect(result.errors.replacing(",", with: "").contains("read \(expected) records"))
  }

  @Test(
    "an input that is truncated while it is read", .enabled(if: Shim.isPossible),
    arguments: [("", 0), ("--strict", 3)])
  func truncated(_ option: String, _ status: Int32) throws {
    let scratch = try ScratchFolder()
    let shim = try Shim("faults", in: scratch)
    let trace = try bigTrace(scratch)
    let result = try RunCommand.shell(
      """
      FAULT_FILE="$1" FAULT_KIND=truncate FAULT_LENGTH=1500 FAULT_AFTER=1000000 LD_PRELOAD="$2" \
        "$zcap" convert "$1" \(option) -o "$3"
      """, [trace, shim.path, scratch("out.pcapng")])
    expectLine(result, "cut short", "the input ends inside a record", status: status)
    #expect(try Captures.read(scratch("out.pcapng")).records.count == result.packetsWritten)
  }

  @Test(
    "a file that may not be read, as another user", .enabled(if: canBeAnotherUser))
  func unreadable() throws {
    let scratch = try ScratchFolder()
    try RunCommand.write([1], to: scratch("in.ctr"))
    let result = try RunCommand.shell(
      """
      chmod 755 "$2" && chmod 0 "$1"
      setpriv --reuid 65534 --regid 65534 --clear-groups "$zcap" info "$1"
      """, [scratch("in.ctr"), scratch.path])
    expectLine(result, "in.ctr: cannot open: Permission denied")
  }

  @Test("no descriptors are left")
  func descriptors() throws {
    let scratch = try ScratchFolder()
    // Input and output take one each; the loader needs one that it gives back.
    let result = try RunCommand.shell(
      "ulimit -n 4; \"$zcap\" convert \"$1\" -o \"$2\"", [Self.demo, scratch("out.pcapng")])
    expectLine(result, "Too many open files")
    #expect(try scratch.contents().isEmpty)
  }

  // MARK: - The output

  @Test(
    "the output is the input itself", arguments: ["in.ctr", "link.ctr", "hard.ctr", "./in.ctr"])
  func onItself(_ name: String) throws {
    let scratch = try ScratchFolder()
    let bytes = try RunCommand.bytes(Self.demo)
    try RunCommand.write(bytes, to: scratch("in.ctr"))
    for command in ["convert in.ctr -o \(name)", "attls in.ctr --pcapng \(name)"] {
      let result = try RunCommand.shell(
        "cd \"$1\"; ln -sf in.ctr link.ctr; ln -f in.ctr hard.ctr; \"$zcap\" \(command) --force",
        [scratch.path])
      expectLine(result, name, "is the input itself; name another file to write to")
      #expect(try RunCommand.bytes(scratch("in.ctr")) == bytes)
      #expect(try scratch.contents() == ["hard.ctr", "in.ctr", "link.ctr"])
    }
  }

  @Test("an archive that is the input itself")
  func archiveOnItself() throws {
    let scratch = try ScratchFolder()
    let bytes = try RunCommand.bytes(Self.demo)
    try RunCommand.write(bytes, to: scratch("in.har"))
    let result = try RunCommand.shell(
      "cd \"$1\"; \"$zcap\" http in.har --har in.har --force", [scratch.path])
    expectLine(result, "in.har", "is the input itself; name another file to write to")
    #expect(try RunCommand.bytes(scratch("in.har")) == bytes)
  }

  @Test(
    "the output is the input, which is open already",
    arguments: [
      "convert in.ctr -o /dev/fd/3 --force 3<>in.ctr", "convert in.ctr -o - >>in.ctr",
      "print in.ctr >>in.ctr", "flows - <in.ctr >>in.ctr",
    ])
  func onItselfByDescriptor(_ command: String) throws {
    let scratch = try ScratchFolder()
    let bytes = try RunCommand.bytes(Self.demo)
    try RunCommand.write(bytes, to: scratch("in.ctr"))
    let result = try RunCommand.shell("cd \"$1\"; \"$zcap\" \(command)", [scratch.path])
    #expect(result.status == 2)
    #expect(result.errors.contains("is the input itself; name another file to write to"))
    #expect(try RunCommand.bytes(scratch("in.ctr")) == bytes)
  }

  @Test("a file larger than the limit", arguments: ["out.pcapng", "out.pcapng.gz"])
  func fileSize(_ name: String) throws {
    let scratch = try ScratchFolder()
    let trace = try bigTrace(scratch)
    let result = try RunCommand.shell(
      "ulimit -f 100; \"$zcap\" convert \"$1\" -o \"$2\"", [trace, scratch(name)])
    expectLine(result, name, "cannot write: File too large")
    #expect(try scratch.contents() == ["big.ctr"])
  }

  @Test("a disk that is full", .enabled(if: canMount), arguments: ["out.pcapng", "out.pcapng.gz"])
  func fullDisk(_ name: String) throws {
    let scratch = try ScratchFolder()
    let trace = try bigTrace(scratch)
    let result = try RunCommand.shell(
      """
      mkdir "$2/disk" && mount -t tmpfs -o size=64k none "$2/disk" || exit 99
      "$zcap" convert "$1" -o "$2/disk/\(name)"
      status=$?
      ls -A "$2/disk"
      umount "$2/disk"
      exit $status
      """, [trace, scratch.path])
    expectLine(result, name, "cannot write: No space left on device")
    #expect(result.output.isEmpty)
  }

  @Test("no room for temporary files")
  func temporarySpace() throws {
    let scratch = try ScratchFolder()
    let trace = scratch("big.ctr")
    #expect(
      try RunCommand.run(RunCommand.zcap, ["generate", trace, "--size", "20M"]).status == 0)
    let missing = try RunCommand.shell(
      "TMPDIR=\"$2/none\" \"$zcap\" convert --sort \"$1\" -o \"$2/out.pcapng\"",
      [trace, scratch.path])
    expectLine(missing, "none: cannot create a temporary file: No such file or directory")
    let limited = try RunCommand.shell(
      "ulimit -f 8000; \"$zcap\" convert --sort \"$1\" -o - | cat > /dev/null; exit $PIPESTATUS",
      [trace])
    #expect(limited.errors.contains("temporary file: cannot write: File too large"))
    #expect(try scratch.contents() == ["big.ctr"])
  }

  @Test(
    "an output that is closed", arguments: ["info", "flows", "print", "http", "convert -o -"])
  func closed(_ command: String) throws {
    let result = try RunCommand.shell("\"$zcap\" \(command) \"$1\" >&-", [Self.demo])
    expectLine(result, "standard output: cannot write: Bad file descriptor")
  }

  @Test(
    "text that nobody reads to its end is no failure",
    arguments: ["info", "flows", "print", "http", "print --json", "convert -o -"])
  func unread(_ command: String) throws {
    let result = try RunCommand.shell(
      "{ \"$zcap\" \(command) \"$1\"; echo $? >&2; } | true", [Self.demo])
    #expect(result.errors.hasSuffix("0\n"))
  }

  @Test(
    "every command tells of an output that cannot be written",
    .enabled(if: FileManager.default.fileExists(atPath: "/dev/full")),
    arguments: [
      "flows data-trace/http-clear-text.ctr", "print data-trace/http-clear-text.ctr",
      "http data-trace/http-clear-text.ctr", "http --har - data-trace/http-clear-text.ctr",
      "attls attls/trace255.log", "explain attls/trace255.log", "explain 435",
      "policy report policy/two-rules.pasearch", "policy generate policy/web.yaml policy/site.yaml",
      "policy check policy/wrong-words.policy", "generate - --size 1M",
    ])
  func full(_ command: String) throws {
    let result = try RunCommand.shell(
      "\"$zcap\" \(command) > /dev/full", in: Captures.folder)
    expectLine(result, "No space left on device")
  }

  // MARK: - Ends

  @Test("killed and run again")
  func killed() throws {
    let scratch = try ScratchFolder()
    let trace = try bigTrace(scratch)
    let result = try RunCommand.shell(
      """
      mkfifo "$1/in"
      exec 4<>"$1/in"
      "$zcap" convert "$1/in" -o "$1/out.pcapng" &
      pid=$!
      cat "$1/big.ctr" > "$1/in"
      sleep 0.2
      kill -9 $pid
      wait $pid
      """, [scratch.path])
    #expect(result.status == 137)
    // Where the system has nameless files nothing is left at all.
    #if os(Linux)
      #expect(try scratch.contents() == ["big.ctr", "in"])
    #endif
    let again = try RunCommand.run(
      RunCommand.zcap, ["convert", trace, "-o", scratch("out.pcapng")])
    #expect(again.status == 0)
    #expect(try Captures.read(scratch("out.pcapng")).records.count == again.packetsWritten)
  }

  @Test(
    "only the owner may read what is being written",
    .enabled(if: FileManager.default.fileExists(atPath: "/proc/self/fd")),
    arguments: ["convert -o X.pcapng", "convert -o X.pcapng.gz", "http --har X.har"])
  func mode(_ command: String) throws {
    let scratch = try ScratchFolder()
    _ = try bigTrace(scratch)
    // Nameless or not, the file is among the descriptors of the command.
    let result = try RunCommand.shell(
      """
      cd "$1"
      umask 0
      mkfifo in
      exec 4<>in
      "$zcap" \(command) in 4<&- > /dev/null &
      pid=$!
      cat big.ctr > in
      sleep 0.2
      for file in /proc/$pid/fd/*; do
        case $(readlink $file) in
          "$1"/in | "$1"/std*) ;;
          "$1"/*) stat -L -c %a $file ;;
        esac
      done
      kill $pid
      wait $pid
      """, [scratch.path])
    #expect(result.text == "600\n", "\(result.errors)")
    // What there was until the signal came is whole.
    #expect(try scratch.contents().count == 3)
  }
}
