import Foundation
import TestSupport
import Testing

/// `zcap report` in a browser: Debian's chromium, driven by playwright from PyPI.
@Suite("Interop: report", .serialized)
struct ReportTests {
  private static let everything =
    Captures.files("data-trace", "packet-trace", "pcap", "protocols") + ["containers/writer.ctr"]

  private static let chromium = RunCommand.find("chromium")
  private static let canLook: Bool = {
    let playwright = try? RunCommand.run(Judges.python, ["-c", "import playwright.sync_api"])
    return chromium != nil && playwright?.status == 0
  }()
  private static let needed: Comment =
    "chromium (Scripts/install-dependencies) and playwright (Scripts/python-venv)"

  private func report(
    _ arguments: [String], in folder: String = Captures.folder, status: Int32 = 0
  ) throws -> CommandResult {
    let result = try RunCommand.run(RunCommand.zcap, ["report"] + arguments, in: folder)
    #expect(result.status == status, "\(result.errors)")
    return result
  }

  private func look(_ check: String, _ arguments: String...) throws {
    let result = try Judges.run("page.py", [try #require(Self.chromium), check] + arguments)
    #expect(result.status == 0, "\(result.errors.suffix(2000))")
  }

  @Test(
    "says what flows and exchanges say", .enabled(if: canLook, needed),
    arguments: [everything, ["data-trace/http-clear-text.ctr"], ["data-trace/udp.ctr"]])
  func counts(_ captures: [String]) throws {
    let scratch = try ScratchFolder()
    _ = try report(captures + ["-o", scratch("page.html")])
    for command in ["flows", "exchanges"] {
      let rows = try RunCommand.run(
        RunCommand.zcap, [command, "--json"] + captures, in: Captures.folder)
      try RunCommand.write(rows.output, to: scratch(command + ".ndjson"))
    }
    try look("counts", scratch("page.html"), scratch.path)
  }

  @Test("is used with keyboard and pointer", .enabled(if: canLook, needed))
  func use() throws {
    let scratch = try ScratchFolder()
    _ = try report(Self.everything + ["-o", scratch("page.html")])
    try look("use", scratch("page.html"))
  }

  @Test("is legible in light and dark, wide and narrow", .enabled(if: canLook, needed))
  func looks() throws {
    let scratch = try ScratchFolder()
    _ = try report(
      Self.everything + [
        "--policy", "policy/gpmserve.policy", "--log", "attls/gpmserve.log", "-o",
        scratch("page.html"),
      ])
    try look("looks", scratch("page.html"))
  }

  /// Names of files, hosts, paths, users and certificates that someone else chose.
  @Test("what was captured is text", .enabled(if: canLook && OpenSSL.path != nil, needed))
  func hostile() throws {
    let scratch = try ScratchFolder()
    let script = "<script>hacked=1</script>"
    let image = #""'><img src=x onerror="hacked=1">"#
    let turns = "\u{202E}turned\u{2028}\u{2066}\u{200B}"
    try OpenSSL.makeCertificate(in: scratch, subject: "/CN=<script>hacked=2<\\/script>\(turns)")
    let handshake = try OpenSSL.connect(in: scratch, client: "-tls1_2")
    var tls = CaptureMaker(clientPort: 40_001)
    tls.open()
    for transfer in handshake.transfers {
      tls.send(transfer.bytes, fromClient: transfer.isWritten)
    }
    try RunCommand.write(tls.bytes, to: scratch("tls.pcap"))
    var web = CaptureMaker(serverPort: 80)
    web.open()
    for (path, host) in [
      ("/" + script, "h"), ("/" + image, script), ("/\(turns)?<!--", image), ("/\u{1B}[2J", "&lt;"),
      ("/</script>", "\u{FEFF}"),
    ] {
      web.send(
        Array(
          "GET \(path) HTTP/1.1\r\nHost: \(host)\r\nAuthorization: Basic PHNjcmlwdD46eA==\r\n\r\n"
            .utf8), fromClient: true)
      web.send(
        Array("HTTP/1.1 404 \(image)\r\nContent-Length: 0\r\n\r\n".utf8), fromClient: false)
    }
    let name = "a<script>hacked=3<\u{202E}\u{07}'\".pcap"
    try RunCommand.write(web.bytes, to: scratch(name))
    _ = try report([name, "tls.pcap", "-o", "page.html"], in: scratch.path)
    let page = String(decoding: try RunCommand.bytes(scratch("page.html")), as: UTF8.self)
    #expect(page.contains(#"CN=\u003cscript\u003ehacked=2"#))
    try look("hostile", scratch("page.html"))
  }

  @Test("is complete or not there, and for its owner only")
  func wholeOrNot() throws {
    let scratch = try ScratchFolder()
    let page = scratch("page.html")
    _ = try report(["data-trace/http-clear-text.ctr", "-o", page])
    let before = try RunCommand.bytes(page)
    let mode = try FileManager.default.attributesOfItem(atPath: page)[.posixPermissions]
    #expect((mode as? NSNumber)?.intValue == 0o600)
    _ = try report(["data-trace/udp.ctr", "-o", page], status: 2)
    #expect(try RunCommand.bytes(page) == before)
    _ = try report(["README.md", "-o", scratch("none.html")], status: 2)
    _ = try report(["data-trace/udp.ctr", "-o", scratch("page.txt")], status: 64)
    _ = try report(["data-trace/udp.ctr", "-o", scratch("page.html"), "--rows", "-1"], status: 64)
    #expect(try scratch.contents() == ["page.html"])
    // The same input gives the same page.
    _ = try report(["data-trace/http-clear-text.ctr", "-o", page, "--force"])
    #expect(try RunCommand.bytes(page) == before)
  }

  @Test("credentials are said, and masked where that is asked for")
  func credentials() throws {
    var capture = CaptureMaker(serverPort: 80)
    capture.open()
    let secret = "Tr0ub4dor"
    capture.send(
      Array("GET /a?password=\(secret) HTTP/1.1\r\nHost: h\r\n\r\n".utf8), fromClient: true)
    capture.send(
      Array("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n".utf8), fromClient: false)
    let scratch = try ScratchFolder()
    try RunCommand.write(capture.bytes, to: scratch("in.pcap"))
    let open = try report(["in.pcap", "-o", "open.html"], in: scratch.path)
    #expect(open.errors.contains("clear-text credentials were written; --redact masks them"))
    let page = try text(scratch("open.html"))
    #expect(page.contains(secret) && page.contains("clear-text credentials were seen"))
    let masked = try report(["in.pcap", "-o", "masked.html", "--redact"], in: scratch.path)
    #expect(masked.errors.contains("masked 1 credential"))
    let other = try text(scratch("masked.html"))
    #expect(!other.contains(secret) && other.contains(#""warning":null"#))
    // The commands on the page mask as the page does.
    #expect(other.contains("zcap exchanges in.pcap --redact --full"))
    #expect(other.contains("zcap flows in.pcap\""))
  }

  @Test("true names are not on an anonymous page, its commands included")
  func anonymous() throws {
    let scratch = try ScratchFolder()
    let words = ["--anonymize-key", "a key for tests", "--job", "GPM*", "--ip", "10.1.0.0/16"]
    _ = try report(
      ["data-trace/http-clear-text.ctr", "-o", scratch("page.html")] + words)
    let page = try text(scratch("page.html"))
    for name in ["GPM", "10.1.", "a key", "s0w1"] { #expect(!page.contains(name), "\(name)") }
    #expect(page.contains("zcap print data-trace/http-clear-text.ctr --anonymize --style"))
    let both = ["data-trace/udp.ctr", "-o", scratch("p.html"), "--anonymize", "--log", "x"]
    _ = try report(both, status: 64)
  }

  @Test("--rows and --ladders bound the page, and the page says so")
  func limits() throws {
    let scratch = try ScratchFolder()
    _ = try report(
      Self.everything + ["-o", scratch("few.html"), "--rows", "3", "--ladders", "1"])
    let page = try text(scratch("few.html"))
    #expect(page.contains("those with most bytes are listed (--rows 3)"))
    let start = try #require(page.range(of: "id=\"data\">")).upperBound
    let end = try #require(page.range(of: "</script>", range: start..<page.endIndex)).lowerBound
    let data = try #require(
      try JSONSerialization.jsonObject(with: Data(page[start..<end].utf8)) as? [String: Any])
    #expect((data["flows"] as? [Any])?.count == 3)
    #expect((data["ladders"] as? [Any])?.count == 1)
  }

  private func text(_ path: String) throws -> String {
    String(decoding: try RunCommand.bytes(path), as: UTF8.self)
  }
}
