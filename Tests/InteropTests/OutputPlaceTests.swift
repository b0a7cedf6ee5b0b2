import Foundation
import TestSupport
import Testing

/// Outputs that are descriptors, files that are read and written, and a system without /proc.
@Suite("Interop: places of outputs")
struct OutputPlaceTests {
  private static let trace = RunCommand.packageRoot + "/captures/data-trace/http-clear-text.ctr"

  @Test(arguments: ["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"])
  func standardOutput(_ path: String) throws {
    let scratch = try ScratchFolder()
    let script = """
      printf before > "$2/out"
      "$zcap" convert "$1" -o \(path) >> "$2/out" && "$zcap" convert "$1" -o - > "$2/same"
      """
    let result = try RunCommand.shell(script, [Self.trace, scratch.path])
    #expect(result.status == 0, "\(result.text)\(result.errors)")
    let written = try RunCommand.bytes(scratch("out"))
    #expect(written == Array("before".utf8) + (try RunCommand.bytes(scratch("same"))))
  }

  @Test func anotherDescriptor() throws {
    let scratch = try ScratchFolder()
    let result = try RunCommand.shell(
      #""$zcap" flows "$1" -o /dev/fd/3 3> "$2/rows" && "$zcap" flows "$1" > "$2/same""#,
      [Self.trace, scratch.path])
    #expect(result.status == 0, "\(result.errors)")
    #expect(try RunCommand.bytes(scratch("rows")) == (try RunCommand.bytes(scratch("same"))))
  }

  @Test func whatIsReadIsNotReplaced() throws {
    let scratch = try ScratchFolder()
    let key = String(repeating: "ab", count: 32)
    try RunCommand.write(
      Array("CLIENT_RANDOM \(key) \(key)\(key.prefix(32))\n".utf8), to: scratch("keys"))
    let script = """
      cp "$1" "$2/trace"
      "$zcap" convert - -o "$2/trace" --force < "$2/trace"; [ $? = 2 ] || exit 10
      "$zcap" convert "$1" --secrets "$2/keys" -o "$2/keys" --force; [ $? = 2 ] || exit 11
      cp "$2/keys" "$2/log"
      "$zcap" flows "$1" --log "$2/log" -o "$2/log" --force; [ $? = 2 ] || exit 12
      cmp "$1" "$2/trace" && cmp "$2/keys" "$2/log"
      """
    let before = try RunCommand.bytes(scratch("keys"))
    let result = try RunCommand.shell(script, [Self.trace, scratch.path])
    #expect(result.status == 0, "\(result.text)\(result.errors)")
    #expect(try RunCommand.bytes(scratch("keys")) == before)
  }

  /// A new mount namespace without /proc; needs to be allowed to make one. A sanitizer needs /proc itself.
  @Test(.enabled(if: !RunCommand.isSanitized))
  func withoutProc() throws {
    let scratch = try ScratchFolder()
    let script = """
      unshare -m sh -c 'umount -l /proc' 2>/dev/null || exit 77
      unshare -m sh -c 'umount -l /proc && "$0" info "$1" && "$0" convert "$1" -o "$2/out.pcapng" \
        && "$0" flows "$1" -o "$2/rows"' "$zcap" "$1" "$2"
      """
    let result = try RunCommand.shell(script, [Self.trace, scratch.path])
    guard result.status != 77 else { return }
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.text.contains("records"))
    #expect(try !RunCommand.bytes(scratch("out.pcapng")).isEmpty)
    #expect(try scratch.contents().sorted().suffix(2) == ["out.pcapng", "rows"])
  }

  @Test(arguments: ["TERM", "KILL"]) func benchLeavesNothing(_ signal: String) throws {
    let scratch = try ScratchFolder()
    let script = """
      TMPDIR="$2" "$zcap" bench --size 40M --rounds 50 > /dev/null 2>&1 &
      sleep 4; kill -\(signal) $!; wait $!; ls -A "$2"
      """
    let result = try RunCommand.shell(script, [Self.trace, scratch.path])
    #expect(!result.text.contains("zcap-bench"), "\(result.text)")
  }
}
