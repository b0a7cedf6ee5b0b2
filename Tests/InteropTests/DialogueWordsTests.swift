import TestSupport
import Testing

/// What is said of dialogues of FTP.
@Suite("Interop: dialogues of FTP")
struct DialogueWordsTests {
  /// - Parameter lost: lines that are not in the capture, by number.
  private static func capture(
    _ lines: [String], without lost: Set<Int> = [], into folder: ScratchFolder
  ) throws -> String {
    var maker = CaptureMaker(serverPort: 21)
    maker.open()
    for (number, line) in lines.enumerated() {
      let isFromClient = line.hasPrefix("c ")
      let bytes = Array((line.dropFirst(2) + "\r\n").utf8)
      if !lost.contains(number) {
        maker.send(bytes, fromClient: isFromClient)
      } else if isFromClient {
        maker.sequences.client &+= UInt32(bytes.count)
      } else {
        maker.sequences.server &+= UInt32(bytes.count)
      }
    }
    let path = folder("ftp.pcap")
    try RunCommand.write(maker.bytes, to: path)
    return path
  }

  private static let talk = [
    "s 220 ready", "c USER a", "s 331 who", "c PASS b", "s 230 in", "c CWD c", "s 250 c",
    "c PWD", "s 257 'C'", "c QUIT", "s 221 bye",
  ]

  @Test("a reply and the next command that are lost are said, where people look")
  func lostTogether() throws {
    let folder = try ScratchFolder()
    let path = try Self.capture(Self.talk, without: [6, 7], into: folder)
    let shown = try RunCommand.run(RunCommand.zcap, ["exchanges", path])
    #expect(
      shown.text.contains("CWD c  -  257 'C'; answer incomplete; in doubt  "), "\(shown.text)")
    #expect(shown.text.split(separator: "\n").filter { $0.contains("in doubt") }.count == 1)
    #expect(
      shown.errors.contains(
        "2 gaps (12 bytes) in the conversations: exchanges may be missing there"),
      "\(shown.errors)")
    let exported = try RunCommand.run(RunCommand.zcap, ["export", "exchanges", path])
    #expect(exported.errors.contains("2 gaps (12 bytes)"))
  }

  @Test("a command that is lost with its reply is said to be missing")
  func lostExchange() throws {
    let folder = try ScratchFolder()
    let path = try Self.capture(Self.talk, without: [5, 6], into: folder)
    let shown = try RunCommand.run(RunCommand.zcap, ["exchanges", path])
    #expect(!shown.text.contains("CWD"))
    #expect(shown.errors.contains("exchanges may be missing"))
    let whole = try Self.capture(Self.talk, into: folder)
    #expect(!(try RunCommand.run(RunCommand.zcap, ["exchanges", whole])).errors.contains("gap"))
  }

  @Test("a reply that asks for a password names no columns")
  func sentence() throws {
    let folder = try ScratchFolder()
    let path = try Self.capture(
      [
        "s 220 ready", "c USER ftp", "s 331 Guest login ok, send your email as password",
        "c PASS me@home", "s 230 Guest login ok, access restrictions apply.",
      ], into: folder)
    let shown = try RunCommand.run(RunCommand.zcap, ["print", "--redact", path])
    #expect(shown.text.contains("230 Guest login ok, access restrictions apply."))
    #expect(!shown.text.contains("me@home"))
  }
}
