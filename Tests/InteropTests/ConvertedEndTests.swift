import TestSupport
import Testing

/// A conversation ends in a converted trace as it does in the trace.
@Suite("Interop: ends of converted conversations")
struct ConvertedEndTests {
  @Test(arguments: ["http-clear-text", "ebcdic", "ipv6", "lost", "local-both-sides"])
  func ends(_ name: String) throws {
    let folder = try ScratchFolder()
    let trace = "data-trace/\(name).ctr"
    let converted = try RunCommand.run(
      RunCommand.zcap, ["convert", trace, "-o", folder("c.pcapng")], in: Captures.folder)
    #expect(converted.status == 0, "\(converted.errors)")
    #expect(try Self.ends(folder("c.pcapng")) == Self.ends(trace))
  }

  private static func ends(_ path: String) throws -> [Substring] {
    let result = try RunCommand.run(
      RunCommand.zcap, ["flows", "--json", path], in: Captures.folder)
    return result.text.split(separator: "\n").compactMap { line in
      line.firstRange(of: "\"end\":").map { line[$0.upperBound...].prefix { $0 != "," } }
    }
  }
}
