import TestSupport
import Testing

/// Packets that no conversation is read of.
@Suite("Interop: packets in no conversation")
struct TunnelWordsTests {
  @Test(
    "a tunnel is said to be in no flow, whatever is asked",
    arguments: ["flows", "http", "exchanges", "summary", "export flows", "export exchanges"])
  func tunnel(_ command: String) throws {
    let folder = try ScratchFolder()
    var maker = CaptureMaker(serverPort: 80)
    maker.open()
    // GRE with nothing in it.
    maker.packet(
      [0x45, 0, 0, 24, 0, 1, 0, 0, 64, 47, 0, 0, 10, 1, 0, 2, 10, 1, 1, 2, 0, 0, 8, 0])
    try RunCommand.write(maker.bytes, to: folder("t.pcap"))
    let result = try RunCommand.run(
      RunCommand.zcap, command.split(separator: " ").map(String.init) + [folder("t.pcap")])
    #expect(result.errors.contains("in no flow: 1 of other protocols"), "\(result.errors)")
  }
}
