import Foundation
import TestSupport
import Testing

/// Logs of any length, from a file and through a pipe: no line of them is lost.
@Suite struct AttlsLogSizeTests {
  private static func log(_ connections: Int, behind others: Int) -> String {
    var text = ""
    for number in 0..<others {
      text +=
        "Feb  3 09:00:00 S0W1 sshd[\(number)]: Connection from 10.1.1.9 port 50000 on 10.1.1.2\n"
    }
    for number in 0..<connections {
      let id = String(number + 1, radix: 16, uppercase: true)
      let head = "Feb  3 10:00:00 S0W1 TTLS[16842781]: 10:14:58 TCPIP    "
      text +=
        head + "EZD1281I TTLS Map   CONNID: " + String(repeating: "0", count: 8 - id.count) + id
      text +=
        " LOCAL: 10.1.1.2..8803 REMOTE: 10.1.2.3..\(10_000 + number % 50_000) JOBNAME: GPMSERVE"
      text += " USERID: START1 TYPE: InBound STATUS: Enabled RULE: R ACTIONS: G E **N/A**\n"
    }
    return text
  }

  @Test(arguments: [(100, 0), (1_500, 0), (8_000, 0), (40_000, 0), (1_500, 5_000), (1_500, 30_000)])
  func everyLineIsRead(_ connections: Int, _ others: Int) throws {
    let folder = try ScratchFolder()
    let path = folder("a.log")
    try Data(Self.log(connections, behind: others).utf8).write(to: URL(filePath: path))
    for script in ["\"$zcap\" attls --json \"$1\"", "cat \"$1\" | \"$zcap\" attls --json -"] {
      let result = try RunCommand.shell(script, [path])
      #expect(result.output.split(separator: 0x0A).count == connections, "\(script)")
      let lines = (connections + others).formatted(.number.locale(Locale(identifier: "en_US")))
      #expect(result.errors.contains("\(lines) lines, "), "\(result.errors)")
    }
  }

  /// More than is looked at for the first message: what is passed over is said.
  @Test func aLateLogIsReadAndWhatIsPassedOverIsSaid() throws {
    let folder = try ScratchFolder()
    let path = folder("late.log")
    try Data(Self.log(1_500, behind: 100_000).utf8).write(to: URL(filePath: path))
    let result = try RunCommand.run(RunCommand.zcap, ["attls", "--json", path])
    #expect(result.output.split(separator: 0x0A).count == 1_500)
    #expect(result.errors.contains("bytes of other text in front of it"))
  }
}
