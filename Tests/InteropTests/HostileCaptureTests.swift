import Foundation
import TestSupport
import Testing

/// Captures that crashed other programs, and those that others give up: each ends with a clear status,
/// within bounds of time and memory, and shows what came before the damage.
@Suite("Interop: hostile captures of others", .enabled(if: Corpora.folder != nil))
struct HostileCaptureTests {
  /// Every command that decodes packets, 20 seconds and 1.5 GB of address space each, of which the start-up takes most.
  private static let script = """
    ulimit -v 1500000
    for command in info flows print http 'print --style stream --redact' 'convert -o /dev/null'; do
      timeout 20 "$zcap" $command "$1" > "$2/output" 2> "$2/errors" || {
        status=$?
        [ $status -le 2 ] || { cat "$2/errors"; echo "$command: status $status"; exit 99; }
        [ -s "$2/errors" ] || [ -s "$2/output" ] || { echo "$command: status $status, and nothing said"; exit 99; }
      }
    done
    """

  @Test("no command is brought down", arguments: Corpora.crashers + Corpora.damaged)
  func commands(_ path: String) throws {
    let scratch = try ScratchFolder()
    let file = try #require(Corpora.folder) + "/" + path
    let result = try RunCommand.shell(Self.script, [file, scratch.path])
    #expect(result.status == 0, "\(result.text)")
  }

  @Test(
    "what came before the damage is there", .enabled(if: Tool.tshark != nil),
    arguments: Corpora.damaged)
  func before(_ path: String) throws {
    let file = try #require(Corpora.folder) + "/" + path
    let shown = try RunCommand.run(
      try #require(Tool.tshark),
      [
        "-r", file, "--disable-all-protocols", "--enable-protocol", "frame", "-T", "fields", "-e",
        "frame.number",
      ])
    let frames = shown.text.split(separator: "\n").count
    let result = try RunCommand.run(RunCommand.zcap, ["info", "--json", file])
    guard result.status != 2 else {
      #expect(frames == 0 && !result.errors.isEmpty, "\(frames) frames, \(result.errors)")
      return
    }
    let object = try JSONSerialization.jsonObject(with: Data(result.output)) as? [String: Any]
    let records = try #require(object?["records"] as? Int)
    let notices = object?["notices"] as? [Any] ?? []
    #expect(records >= frames, "\(records) records of \(frames)")
    // More than Wireshark reads, or the place where it ends is named, or there is nothing.
    #expect(records > frames || !notices.isEmpty || records == 0)
  }
}
