import Foundation
import TestSupport
import Testing
import TraceModel
import ZCapKit

/// What another program writes: these are the lines of README and of the documentation.
@Suite struct TraceTests {
  private static func summary(_ bytes: UnsafeRawBufferPointer) throws -> [String] {
    var lines: [String] = []
    // README begins
    let trace = unsafe Trace(bytes: bytes)
    try trace.records { (placed, payload) in
      let data = payload.extracting(placed.data(in: payload))
      lines.append(
        "\(placed.record.name.text) \(placed.source) > \(placed.destination) "
          + "flow \(placed.flow.number), \(data.byteCount) bytes")
    }
    // README ends
    return lines
  }

  @Test func recordsFromMemory() throws {
    let path = RunCommand.packageRoot + "/captures/data-trace/http-clear-text.ctr"
    let bytes = try RunCommand.bytes(path)
    let lines = try unsafe bytes.withUnsafeBytes { try unsafe Self.summary($0) }
    #expect(lines.count == 11)
    #expect(lines[1] == "GPMSERVE 10.1.0.77:50123 > 10.1.1.2:8803 flow 0, 105 bytes")
  }

  @Test func captureRecordsHaveEnds() throws {
    let path = RunCommand.packageRoot + "/captures/pcap/two-interfaces-le.pcapng"
    let bytes = try RunCommand.bytes(path)
    let lines = try unsafe bytes.withUnsafeBytes { try unsafe Self.summary($0) }
    #expect(!lines.isEmpty && lines.allSatisfy { !$0.contains("[::]:0") && !$0.contains(" :::0") })
  }

  @Test(arguments: ["README.md", "Sources/ZCapKit/ZCapKit.docc/ReadingATrace.md"])
  func theLinesOfThePages(_ page: String) throws {
    let text = try String(contentsOfFile: RunCommand.packageRoot + "/" + page, encoding: .utf8)
    let test = try String(contentsOfFile: #filePath, encoding: .utf8)
    let parts = test.components(separatedBy: "// README begins\n")
    let code = try #require(
      parts.dropFirst().first?.components(separatedBy: "    // README ends").first)
    for line in code.split(separator: "\n") {
      #expect(text.contains(line.trimmingCharacters(in: .whitespaces)), "\(line)")
    }
  }
}
