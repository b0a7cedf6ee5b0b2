import Foundation
import TestSupport
import Testing

/// What `attls` says of TLS that begins, or does not, in other places than the first segment.
@Suite("Interop: TLS in packets")
struct AttlsPacketTests {
  private static let hello: [UInt8] =
    [0x16, 3, 1, 0, 45, 1, 0, 0, 41, 3, 3] + [UInt8](repeating: 0x16, count: 32)
    + [0, 0, 2, 0xC0, 0x30, 1, 0, 0, 0]

  private static func rows(_ capture: CaptureMaker, _ options: String...) throws -> CommandResult {
    let scratch = try ScratchFolder()
    try RunCommand.write(capture.bytes, to: scratch("t.pcap"))
    return try RunCommand.run(RunCommand.zcap, ["attls"] + options + [scratch("t.pcap")])
  }

  @Test(arguments: [1, 3, 5, 1000]) func pieces(_ pieces: Int) throws {
    var capture = CaptureMaker()
    capture.open()
    capture.send(
      Array("PROXY TCP4 192.0.2.1 192.0.2.2 40000 443\r\n".utf8) + Self.hello, fromClient: true,
      pieces: pieces)
    let result = try Self.rows(capture)
    #expect(result.errors.contains("found 1 TLS connection"))
    #expect(result.text.contains("no answer to the client's hello"))
    #expect(try Self.rows(capture, "--flow", "0").errors.contains("found 1 TLS connection"))
    #expect(try Self.rows(capture, "--flow", "1").status == 1)
  }

  @Test(arguments: [1, 2, 1000]) func anAnswerInClear(_ pieces: Int) throws {
    var capture = CaptureMaker(serverPort: 23)
    capture.open()
    // What came before the hello is no answer to it.
    capture.send(Array("STARTTLS\r\n".utf8), fromClient: true)
    capture.send(Array("220 ready\r\n".utf8), fromClient: false)
    capture.send(Self.hello, fromClient: true, pieces: pieces)
    capture.send(Array("500 unknown command\r\nmore".utf8), fromClient: false, pieces: pieces)
    let result = try Self.rows(capture, "--failed")
    #expect(result.text.contains("server answers in clear text: 500 unknown command"))
    let json = try Self.rows(capture, "--json").text
    #expect(json.contains(#""clear_answer":"500 unknown command""#))
  }

  @Test func anAnswerInTLSBehindClearText() throws {
    var capture = CaptureMaker(serverPort: 3128)
    capture.open()
    capture.send(
      Array("CONNECT h:443 HTTP/1.1\r\n\r\n".utf8) + Self.hello, fromClient: true)
    capture.send(
      Array("HTTP/1.1 200 Connection established\r\n\r\n".utf8) + [0x15, 3, 3, 0, 2, 2, 40],
      fromClient: false, pieces: 7)
    let result = try Self.rows(capture)
    #expect(!result.text.contains("clear text"))
    #expect(result.text.contains("server sends fatal alert 40 handshake_failure"))
  }
}
