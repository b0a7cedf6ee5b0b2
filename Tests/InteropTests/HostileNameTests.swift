import Foundation
import TestSupport
import Testing

/// Names that someone else chose: of files, jobs, header fields, policies.
@Suite("Interop: hostile names")
struct HostileNameTests {
  /// Escape sequences, quotes, a line end and a change of the direction of writing.
  private static let name = "a\u{1B}]0;x\u{07}\u{1B}[2J\"b\\\n'c\u{202E}d.ctr"
  private static let demo = Captures.folder + "data-trace/http-clear-text.ctr"

  /// Bytes that would act on a terminal.
  private func expectHarmless(_ bytes: [UInt8], _ what: String) {
    let hostile = bytes.filter { ($0 < 0x20 && $0 != 0x0A) || $0 == 0x7F }
    #expect(hostile.isEmpty, "\(what)")
    #expect(!String(decoding: bytes, as: UTF8.self).contains("\u{202E}"), "\(what)")
  }

  @Test(
    "a file name does nothing to the terminal",
    arguments: [
      "info", "info --json", "flows", "flows --json", "print", "print --json", "http",
      "http --json", "http --har -", "convert -o out.pcapng", "attls", "explain", "policy check",
      "policy report", "policy generate",
    ])
  func fileName(_ command: String) throws {
    let scratch = try ScratchFolder()
    for bytes in [try RunCommand.bytes(Self.demo), Array("no trace".utf8), []] {
      try RunCommand.write(bytes, to: scratch(Self.name))
      let result = try RunCommand.shell(
        "\"$zcap\" \(command) \"$1\"", [Self.name], in: scratch.path)
      expectHarmless(result.output, "output of \(command)")
      expectHarmless(Array(result.errors.utf8), "errors of \(command)")
      if command.contains("json") {
        for line in result.text.split(separator: "\n") {
          #expect(throws: Never.self) {
            try JSONSerialization.jsonObject(with: Data(line.utf8))
          }
        }
      }
      try? FileManager.default.removeItem(atPath: scratch("out.pcapng"))
    }
    let missing = try RunCommand.shell(
      "\"$zcap\" \(command) \"$1\"", ["no-" + Self.name], in: scratch.path)
    expectHarmless(Array(missing.errors.utf8), "errors of \(command)")
  }

  @Test("a file name in the comment of a capture is text", .enabled(if: Tool.capinfos != nil))
  func comment() throws {
    let scratch = try ScratchFolder()
    try RunCommand.write(RunCommand.bytes(Self.demo), to: scratch(Self.name))
    let result = try RunCommand.run(
      RunCommand.zcap, ["convert", Self.name, "-o", "out.pcapng"], in: scratch.path)
    #expect(result.status == 0)
    let comment = try RunCommand.run(try #require(Tool.capinfos), ["-k", scratch("out.pcapng")])
    #expect(comment.text.contains("Converted from a\\u{1b}]0;x"))
    expectHarmless(comment.output, "comment")
  }

  @Test("what was captured names no file outside the folder")
  func export() throws {
    let scratch = try ScratchFolder()
    let body = "hello"
    let paths = [
      "/../../../../escaped", "/%2e%2e%2fescaped", "//etc/escaped", "/a/b/../../escaped\u{1B}[2J",
      "/" + String(repeating: "x", count: 5000),
    ]
    var segments: [(fromClient: Bool, text: String)] = []
    for path in paths {
      segments.append((true, "GET \(path) HTTP/1.1\r\nHost: ../../escaped\r\n\r\n"))
      segments.append(
        (
          false,
          "HTTP/1.1 200 OK\r\nContent-Type: ../../escaped\r\n"
            + "Content-Disposition: attachment; filename=\"../../escaped\"\r\n"
            + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
        ))
    }
    try RunCommand.write(Self.capture(segments), to: scratch("in.pcap"))
    let result = try RunCommand.run(
      RunCommand.zcap, ["http", "in.pcap", "--export", "out", "--har", "x.har", "--full"],
      in: scratch.path)
    #expect(result.status == 0, "\(result.errors)")
    expectHarmless(result.output, "http")
    #expect(try scratch.contents() == ["in.pcap", "out", "x.har"])
    let files = try FileManager.default.subpathsOfDirectory(atPath: scratch("out"))
    #expect(files.count == paths.count)
    #expect(files.allSatisfy { !$0.contains("/") && !$0.contains("escaped") })
    let har = try JSONSerialization.jsonObject(with: Data(try RunCommand.bytes(scratch("x.har"))))
    #expect(har is [String: Any])
  }

  @Test("a policy cannot write lines of its own into YAML or JSON")
  func policy() throws {
    let scratch = try ScratchFolder()
    let text = """
      TTLSRule "evil\u{1B}[2J': - x"
      {
        Jobname  A: B # C
        Direction  Both
        TTLSGroupActionRef  "g\u{202E}"
      }
      TTLSGroupAction "g\u{202E}"
      {
        TTLSEnabled  On
      }
      """
    try RunCommand.write(Array(text.utf8), to: scratch("evil.policy"))
    for command in ["report", "report --json", "report --table", "check", "check --json"] {
      let result = try RunCommand.shell(
        "\"$zcap\" policy \(command) evil.policy", in: scratch.path)
      expectHarmless(result.output, command)
      expectHarmless(Array(result.errors.utf8), command)
    }
  }

  /// A classic capture of raw IPv4 with one conversation.
  private static func capture(_ segments: [(fromClient: Bool, text: String)]) -> [UInt8] {
    func be(_ value: Int, _ count: Int) -> [UInt8] {
      (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * (count - 1 - $0))) }
    }
    var file: [UInt8] = be(0xA1B2_C3D4, 4) + be(2, 2) + be(4, 2) + be(0, 8) + be(65_535, 4)
    file += be(101, 4)
    var next = [true: 1, false: 1]
    for (index, segment) in segments.enumerated() {
      let data = Array(segment.text.utf8)
      let ends: [UInt8] =
        segment.fromClient ? [10, 0, 0, 1, 10, 0, 0, 2] : [10, 0, 0, 2, 10, 0, 0, 1]
      let ports = segment.fromClient ? be(40_000, 2) + be(80, 2) : be(80, 2) + be(40_000, 2)
      let sequence = next[segment.fromClient] ?? 1
      let acknowledged = next[!segment.fromClient] ?? 1
      next[segment.fromClient] = sequence + data.count
      var packet: [UInt8] = [0x45, 0] + be(40 + data.count, 2) + [0, 1, 0, 0, 64, 6, 0, 0]
      packet += ends + ports + be(sequence, 4) + be(acknowledged, 4)
      packet += [0x50, 0x18, 1, 0, 0, 0, 0, 0] + data
      file += be(index + 1, 4) + be(0, 4) + be(packet.count, 4) + be(packet.count, 4) + packet
    }
    return file
  }
}
