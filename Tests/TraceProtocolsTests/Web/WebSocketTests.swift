internal import TraceModel
import TestSupport
import Testing
import TraceProtocols

@Suite("WebSocket")
struct WebSocketTests {
  private static func upgrade(_ extensions: String = "") -> [RoomStep] {
    let extra = extensions.isEmpty ? "" : "Sec-WebSocket-Extensions: \(extensions)\r\n"
    return [
      .client(Array("GET /ws HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\n\r\n".utf8)),
      .server(
        Array(
          "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\(extra)\r\n".utf8)),
    ]
  }

  @Test("messages of RFC 6455 section 5.7, in one frame and in two", arguments: [false, true])
  func messages(drip: Bool) {
    let found = Web.exchanges(
      Self.upgrade() + [
        .client([0x81, 0x85, 0x37, 0xFA, 0x21, 0x3D, 0x7F, 0x9F, 0x4D, 0x51, 0x58]),
        .server([0x01, 0x03, 0x48, 0x65, 0x6C] + [0x89, 0x00] + [0x80, 0x02, 0x6C, 0x6F]),
        .server([0x82, 0x02, 1, 2] + [0x88, 0x02, 0x03, 0xE8]),
      ], drip: drip)
    #expect(
      found.dropFirst().map(\.line) == [
        "text Hello", "text Hello", "binary", "close -> 1000 normal",
      ])
    #expect(found[1].request != nil && found[1].response == nil)
    #expect(found[2].request == nil && found[2].response?.messages == 2)
    #expect(found[3].detail("size") == "2 bytes")
    #expect(found[4].detail("pings") == "1")
  }

  @Test("compressed messages of RFC 7692 section 7.2.3, the second with the window of the first")
  func compressed() {
    let hello: [UInt8] = [0xC1, 0x07, 0xF2, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00]
    let again: [UInt8] = [0xC1, 0x05, 0xF2, 0x00, 0x11, 0x00, 0x00]
    let found = Web.exchanges(
      Self.upgrade("permessage-deflate") + [.server(hello), .server(again)])
    #expect(found.dropFirst().map(\.object) == ["Hello", "Hello"])
    // Without the first the second cannot be read, and that is said.
    let late = Web.exchanges(
      Self.upgrade("permessage-deflate") + [
        .gap(fromClient: false, count: 0), .server([0x81, 0x08] + Array("12345678".utf8) + again),
      ])
    #expect(late.map(\.object).contains("12345678"))
    #expect(late.last?.object == "" && late.last?.findings.isEmpty == false)
  }

  @Test("secrets do not stand in a line")
  func secrets() {
    let text = Array(#"{"password":"abc"}"#.utf8)
    let found = Web.exchanges(Self.upgrade() + [.server([0x81, UInt8(text.count)] + text)])
    #expect(found.last?.object == #"{"password":"***"}"#)
  }

  @Test("damaged frames")
  func damaged() {
    var random = SplitMix(5)
    let frames: [UInt8] =
      [0x81, 0x85, 0x37, 0xFA, 0x21, 0x3D, 0x7F, 0x9F, 0x4D, 0x51, 0x58]
      + [0xC1, 0x07, 0xF2, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00] + [0x88, 0x02, 0x03, 0xE8]
    for _ in 0..<500 {
      var bytes = frames
      for _ in 0..<3 {
        bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(
          in: 0...255, using: &random)
      }
      let found = Web.exchanges(Self.upgrade("permessage-deflate") + [.client(bytes)])
      #expect(!found.isEmpty)
    }
  }
}
