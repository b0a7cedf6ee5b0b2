import Foundation
import TestSupport
import Testing
import TraceBytes

@testable import TraceReport

@Suite struct ReportPageTests {
  private static func page(_ json: String) throws -> String {
    let target = MemoryTarget()
    let sink = ByteSink(target)
    try ReportPage(to: sink).write { (data) throws(TraceError) in try data.append(json) }
    try sink.commit()
    return String(decoding: target.bytes, as: UTF8.self)
  }

  /// What stands between two texts.
  private static func part(_ page: String, _ begin: String, _ end: String) throws -> String {
    let start = try #require(page.range(of: begin))
    let stop = try #require(page.range(of: end, range: start.upperBound..<page.endIndex))
    return String(page[start.upperBound..<stop.lowerBound])
  }

  @Test func dataCannotLeaveItsElement() throws {
    let hostile = #"{"a":"</script><script>alert(1)</script><!-- & "}"#
    let page = try Self.page(hostile)
    let data = try Self.part(page, "id=\"data\">", "</script>")
    #expect(!data.contains("<") && !data.contains(">") && !data.contains("&"))
    let read = try JSONDecoder().decode([String: String].self, from: Data(data.utf8))
    #expect(read["a"] == "</script><script>alert(1)</script><!-- & ")
  }

  @Test func whatTurnsTextIsShownByItsNumber() throws {
    let page = try Self.page(#"{"a":"x\u202ey\\u0041\n\"\u0007"}"#)
    let data = try Self.part(page, "id=\"data\">", "</script>")
    let read = try JSONDecoder().decode([String: String].self, from: Data(data.utf8))
    #expect(read["a"] == "x\\u202ey\\u0041\n\"\\u0007")
  }

  /// The browser takes the hashes of what stands between the tags; openssl computes them too.
  @Test func thePolicyNamesScriptAndStyle() throws {
    let page = try Self.page("{}")
    let policy = try Self.part(page, "Security-Policy\" content=\"", "\"")
    #expect(policy.hasPrefix("default-src 'none'; "))
    let folder = try ScratchFolder()
    for (text, kind) in [
      (try Self.part(page, "<style>", "</style>"), "style"),
      (try Self.part(page, "<script>", "</script>"), "script"),
    ] {
      try RunCommand.write(Array(text.utf8), to: folder("part"))
      let digest = try RunCommand.shell(
        "openssl dgst -sha256 -binary \"$1\" | base64", [folder("part")])
      let hash = digest.text.trimmingCharacters(in: .whitespacesAndNewlines)
      #expect(policy.contains("\(kind)-src 'sha256-\(hash)'"))
    }
  }

  /// The files are what is in the command, and name nothing outside of it.
  @Test func nothingIsFetched() throws {
    let page = try Self.page("{}")
    #expect(!page.contains("src=") && !page.contains("href=") && !page.contains("https:"))
    #expect(!page.contains("@import") && !page.contains("url(") && !page.contains("<link"))
    #expect(!page.contains("innerHTML") && !page.contains("style=\""))
    for name in ["base.js", "charts.js", "page.js", "page.css", "page.html"] {
      let file = try RunCommand.bytes(
        RunCommand.packageRoot + "/Sources/TraceReport/Page/" + name)
      #expect(page.contains(String(decoding: file, as: UTF8.self)))
    }
  }
}
