import Testing
import TestSupport

/// Messages of the rooms as exported PDUs, and the hint that shows them as TCP: tshark is the judge.
@Suite(
  "Interop: messages of the mainframe's protocols in Wireshark", .enabled(if: Tool.tshark != nil))
struct RoomPDUTests {
  private static func lines(
    _ style: String, _ capture: String, _ arguments: [String]
  ) throws -> [String] {
    let folder = try ScratchFolder()
    let output = folder("out.pcapng")
    _ = try RunCommand.run(
      RunCommand.zcap,
      ["convert", "--style", style, Captures.folder + "protocols/" + capture, "-o", output])
    let tshark = try #require(Tool.tshark)
    let result = try RunCommand.run(tshark, ["-r", output] + arguments)
    return result.text.split(separator: "\n").map(String.init)
  }

  @Test(arguments: [("drda.ctr", "drda"), ("mq.ctr", "mq"), ("tn3270e.ctr", "telnet")])
  func eachMessageIsDissected(_ capture: String, _ layer: String) throws {
    let all = try Self.lines("pdu", capture, [])
    #expect(all.count > 5)
    #expect(try Self.lines("pdu", capture, ["-Y", layer]).count == all.count)
    #expect(try Self.lines("pdu", capture, ["-Y", "_ws.malformed"]).isEmpty)
  }

  @Test func theHintShowsTheTerminalOnItsPort() throws {
    let hint = ["-d", "tcp.port==623,telnet", "-Y", "telnet"]
    #expect(try Self.lines("tcp", "tn3270e.ctr", ["-Y", "telnet"]).isEmpty)
    #expect(try Self.lines("tcp", "tn3270e.ctr", hint).count > 5)
  }
}
