import TestSupport
import Testing

/// What a filter leaves out is no end of the trace.
@Suite("Interop: conversations that a filter cuts")
struct FilteredEndTests {
  private static let trace = "data-trace/http-clear-text.ctr"
  private static let packets = "packet-trace/ipv4.ctr"

  private func lines(_ words: String, _ path: String) throws -> [String] {
    let result = try RunCommand.run(
      RunCommand.zcap, words.split(separator: " ").map(String.init) + [path], in: Captures.folder)
    #expect(result.status <= 1, "\(result.errors)")
    return result.text.split(separator: "\n").map(String.init)
  }

  @Test(
    "the answer was left out, the trace did not end",
    arguments: [
      "--direction in", "--src 10.1.0.0/24", "--contains GET", "--until 10:15:00.005",
      "--since 10:15:00.002 --until 10:15:00.0055", "--count 4",
    ], [trace, packets])
  func answerLeftOut(_ filter: String, _ path: String) throws {
    for line in try lines("flows --json \(filter)", path) {
      #expect(line.contains("\"end\":\"filtered\""), "\(line)")
    }
    for line in try lines("exchanges --json \(filter)", path) {
      #expect(!line.contains("\"trace_ended\""), "\(line)")
    }
    for line in try lines("http --json \(filter)", path) {
      #expect(!line.contains("trace_ended"), "\(line)")
      #expect(!line.contains("trace ended"), "\(line)")
    }
    #expect(
      try lines("summary --json \(filter)", path)[0].contains("\"unanswered_exchanges\":0"))
  }

  @Test("whatever stands between the filter and the page", arguments: ["--anonymize", "--redact"])
  func behindOtherStages(_ stage: String) throws {
    let last = try lines("exchanges --json --direction in \(stage)", Self.trace).last
    #expect(last?.contains("\"missing\":\"filtered\"") == true)
  }

  @Test("an answer that was cut was not cut by the end of the trace")
  func answerCut() throws {
    let filter = "--until 10:15:00.034250"
    let http = try lines("http \(filter)", Self.trace)
    #expect(http.last?.contains("[response truncated: left out by a filter]") == true)
    let exchanges = try lines("exchanges --until 10:15:00.025", Self.trace)
    #expect(exchanges.last?.contains("answer not seen: left out by a filter") == true)
  }

  @Test("the trace ends where nothing but its beginning is left out")
  func traceEnds() throws {
    let scratch = try ScratchFolder()
    let path = scratch("t.ctr")
    let cut = try RunCommand.run(
      RunCommand.zcap,
      ["convert", "--format", "ctrace", "--until", "10:15:00.025", "-o", path, Self.trace],
      in: Captures.folder)
    #expect(cut.status == 0)
    for filter in ["", " --since 2026-02-03T10:15:00.02", " --job GPMSERVE", " --flow 0"] {
      #expect(try lines("flows --json" + filter, path)[0].contains("\"end\":\"trace_end\""))
      let last = try lines("exchanges --json" + filter, path).last
      #expect(last?.contains("\"missing\":\"trace_ended\"") == true)
      #expect(try lines("http" + filter, path).last?.contains("trace ended") == true)
    }
  }
}
