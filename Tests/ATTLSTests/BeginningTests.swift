import Testing

@testable import ATTLS

/// Where TLS begins in a stream, in pieces of any size.
@Suite struct BeginningTests {
  /// A hello of TLS 1.2 with one suite and no extensions.
  private static let hello: [UInt8] =
    [0x16, 3, 1, 0, 45, 1, 0, 0, 41, 3, 3] + [UInt8](repeating: 0x16, count: 32)
    + [0, 0, 2, 0xC0, 0x30, 1, 0, 0, 0]

  /// The bytes taken for clear text, and those taken for TLS.
  private static func split(_ stream: [UInt8], pieces: Int) -> (clear: [UInt8], tls: [UInt8]) {
    var beginning = TLSBeginning()
    var clear: [UInt8] = []
    var tls: [UInt8] = []
    var isTLS = false
    for start in stride(from: 0, to: stream.count, by: pieces) {
      let piece = Array(stream[start..<min(stream.count, start + pieces)])
      guard !isTLS else {
        tls += piece
        continue
      }
      switch unsafe beginning.read(piece.span.bytes) {
      case .clear(let held, let count): clear += held + piece[..<count]
      case .tls(let held, let from):
        isTLS = true
        tls = held + piece[from...]
        clear += piece[..<from]
      }
    }
    return (clear, tls)
  }

  private static let fronts: [[UInt8]] = [
    [],
    Array("PROXY TCP4 192.0.2.1 192.0.2.2 40000 443\r\n".utf8),
    Array("CONNECT mvs.example.com:443 HTTP/1.1\r\nHost: mvs.example.com:443\r\n\r\n".utf8),
    Array("EHLO x\r\nSTARTTLS\r\n".utf8),
    // The binary PROXY header of 16 and 12 bytes, and what MySQL asks for TLS with.
    [0x0D, 0x0A, 0x0D, 0x0A, 0, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A, 0x21, 0x11, 0, 12]
      + [192, 0, 2, 1, 192, 0, 2, 2, 0x9C, 0x40, 1, 0xBB],
    [32, 0, 0, 1, 0x85, 0xAE, 0x7F, 0, 0, 0, 0, 1, 0x21] + [UInt8](repeating: 0, count: 23),
  ]

  @Test(arguments: 0..<6, [1, 2, 3, 5, 6, 7, 11, 1000])
  func behindClearText(_ front: Int, _ pieces: Int) {
    let clear = Self.fronts[front]
    let found = Self.split(clear + Self.hello, pieces: pieces)
    #expect(found.tls == Self.hello)
    #expect(found.clear == clear)
    let events = handshakeEvents(found.tls)
    #expect(events.clientHello?.suites == [0xC030])
  }

  @Test func whatIsNoTLS() {
    let text = Array("GET /a HTTP/1.1\r\nHost: x\r\n\r\n".utf8)
    for pieces in [1, 4, 1000] {
      let found = Self.split(text, pieces: pieces)
      #expect(found.tls.isEmpty)
      #expect(found.clear == text)
    }
    // A hello within a file that is sent does not begin TLS.
    let file =
      [UInt8](repeating: 0x41, count: 4000) + Self.hello + [UInt8](repeating: 0x42, count: 90)
    #expect(Self.split(file, pieces: 10_000).tls.isEmpty)
  }

  @Test(arguments: [1, 3, 100]) func version2(_ pieces: Int) {
    let hello: [UInt8] =
      [0x80, 0x1F, 1, 0, 2, 0, 6, 0, 0, 0, 16, 1, 0, 0x80, 7, 0, 0xC0]
      + [UInt8](repeating: 7, count: 16)
    let found = Self.split(hello, pieces: pieces)
    #expect(found.tls == hello)
    let answer: [UInt8] =
      [0x80, 0x1A, 4, 0, 1, 0, 2, 0, 4, 0, 3, 0, 8, 1, 2, 3, 4, 7, 0, 0xC0]
      + [UInt8](repeating: 9, count: 8)
    #expect(Self.split(answer, pieces: pieces).tls == answer)
    var conversation = TLSConversation()
    let key: [UInt8] = [0x80, 0x05, 2, 7, 0, 0xC0, 0]
    for event in handshakeEvents(hello + key, pieces: pieces) {
      conversation.add(event, fromFirst: true)
    }
    for event in handshakeEvents(answer, pieces: pieces) {
      conversation.add(event, fromFirst: false)
    }
    let story = conversation.summary().joined(separator: "\n")
    #expect(story.contains("client begins with an SSL 2.0 hello and can do up to SSL 2.0"))
    #expect(story.contains("TLS_RC4_128_WITH_MD5, TLS_DES_192_EDE3_CBC_WITH_MD5"))
    #expect(
      story.contains("server chooses SSL 2.0; both can do TLS_DES_192_EDE3_CBC_WITH_MD5"))
    #expect(!story.contains("not TLS"))
  }

  /// Drafts of TLS 1.3 before the 22nd have a ServerHello of their own.
  @Test func drafts() {
    let body: [UInt8] =
      [0x7F, 0x12] + [UInt8](repeating: 5, count: 32)
      + [0x13, 0x01, 0, 8, 0, 0x28, 0, 4, 0, 0x1D, 0, 0]
    let record: [UInt8] =
      [0x16, 3, 1, 0, UInt8(body.count + 4), 2, 0, 0, UInt8(body.count)] + body
    let hello = handshakeEvents(record).serverHello
    #expect(
      hello?.text == "chooses TLS 1.3 draft 18, 1301 TLS_AES_128_GCM_SHA256, group x25519")
    #expect(Self.split(record, pieces: 2).tls == record)
  }

  @Test(arguments: [
    (0x0084, "TLS_RSA_WITH_CAMELLIA_256_CBC_SHA"), (0xC09C, "TLS_RSA_WITH_AES_128_CCM"),
    (0xC0AF, "TLS_ECDHE_ECDSA_WITH_AES_256_CCM_8"),
    (0xC076, "TLS_ECDHE_RSA_WITH_CAMELLIA_128_CBC_SHA256"),
  ])
  func names(_ code: Int, _ name: String) {
    #expect(Knowledge.cipherName(UInt16(code)) == name)
  }
}
