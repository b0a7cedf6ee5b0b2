import ATTLS
import TestSupport
import Testing

/// Handshakes made on the spot with the openssl command, when there is one.
@Suite(.serialized) struct OpenSSLTests {
  @Test(
    .enabled(if: OpenSSL.path != nil), .timeLimit(.minutes(1)),
    arguments: [("-tls1_2", 0x0303), ("-tls1_3", 0x0304)] as [(String, UInt16)])
  func liveHandshake(_ option: String, _ version: UInt16) throws {
    let folder = try ScratchFolder()
    try OpenSSL.makeCertificate(in: folder, subject: "/CN=loopback.example")
    let exchange = try OpenSSL.connect(
      in: folder, server: "-alpn http/1.1",
      client: "\(option) -servername loopback.example -alpn http/1.1")
    let offer = try #require(handshakeEvents(exchange.bytes(written: true), pieces: 11).clientHello)
    #expect(offer.serverName == "loopback.example")
    #expect(offer.versions == [version])
    #expect(offer.applicationProtocols == ["http/1.1"])
    let answer = handshakeEvents(exchange.bytes(written: false), pieces: 11)
    let choice = try #require(answer.serverHello)
    #expect(choice.version == version)
    // What openssl itself says it agreed on.
    let name = try #require(Knowledge.cipherName(choice.suite))
    let line = exchange.text.split(separator: "\n").first { $0.contains("Cipher is ") }
    let agreed = try #require(line?.split(separator: " ").last)
    #expect(
      name == agreed
        || name.replacing("TLS_", with: "").replacing("_WITH", with: "")
          .replacing("AES_256", with: "AES256").replacing("_", with: "-") == agreed
    )
    #expect((answer.certificates?.count ?? 0) == (version == 0x0303 ? 1 : 0))
  }
}
