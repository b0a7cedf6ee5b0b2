import TestSupport
import Testing

/// What conversations of captures are called, shown and given to Wireshark as, on ports that say nothing.
@Suite("Interop: conversations by what they speak")
struct ConversationNameTests {
  struct Step: Sendable {
    var bytes: [UInt8]
    var fromClient: Bool
    static func client(_ bytes: [UInt8]) -> Step { Step(bytes: bytes, fromClient: true) }
    static func server(_ bytes: [UInt8]) -> Step { Step(bytes: bytes, fromClient: false) }
  }

  private static func capture(_ port: UInt16, _ steps: [Step], into folder: ScratchFolder) throws
    -> String
  {
    var maker = CaptureMaker(serverPort: port)
    maker.open()
    for step in steps { maker.send(step.bytes, fromClient: step.fromClient) }
    let path = folder("in-\(port).pcap")
    try RunCommand.write(maker.bytes, to: path)
    return path
  }

  private static func frame(_ type: UInt8, _ flags: UInt8, _ stream: UInt8, _ body: [UInt8])
    -> [UInt8]
  {
    [0, 0, UInt8(body.count), type, flags, 0, 0, 0, stream] + body
  }

  private static func field(_ name: String, _ value: String) -> [UInt8] {
    [0, UInt8(name.utf8.count)] + Array(name.utf8) + [UInt8(value.utf8.count)] + Array(value.utf8)
  }

  private static let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8) + frame(4, 0, 0, [])
  private static let asked =
    field(":method", "GET") + field(":path", "/jobs?owner=IBMUSER") + field(":scheme", "http")
    + field(":authority", "zosmf.example") + field("authorization", "Bearer t0ken3cret")

  private static let http2: [Step] = [
    .client(preface + frame(1, 5, 1, asked)),
    .server(frame(4, 0, 0, []) + frame(1, 4, 1, field(":status", "404"))),
    .server(frame(0, 1, 1, Array("no such job".utf8))),
  ]

  private static let upgrade: [Step] = [
    .client(Array("GET /term HTTP/1.1\r\nHost: zowe\r\nUpgrade: websocket\r\n\r\n".utf8)),
    .server(Array("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n".utf8)),
    .client([0x81, 0x85, 0x37, 0xFA, 0x21, 0x3D, 0x7F, 0x9F, 0x4D, 0x51, 0x58]),
    .server([0x81, 0x02] + Array("ok".utf8)),
  ]

  @Test func httpShowsHTTP2() throws {
    let folder = try ScratchFolder()
    let path = try Self.capture(4711, Self.http2, into: folder)
    let result = try RunCommand.run(RunCommand.zcap, ["http", path])
    #expect(result.status == 0)
    #expect(
      result.text.contains("> 10.1.1.2:4711  GET zosmf.example/jobs?owner=IBMUSER  sent "))
    #expect(result.text.contains("  404  "))
    #expect(result.errors.contains("1 exchange on 1 connection"))
    #expect(!result.text.contains("t0ken3cret"))
    let full = try RunCommand.run(RunCommand.zcap, ["http", "--full", "--redact", path])
    #expect(full.text.contains("authorization") && !full.text.contains("t0ken3cret"))
    let json = try RunCommand.run(RunCommand.zcap, ["http", "--json", path])
    #expect(json.text.contains(#""protocol":"HTTP/2""#))
    #expect(json.text.contains(#""status":404"#) && json.text.contains(#""exchange":1,"#))
    #expect(
      json.text.contains(#""object":"/jobs","query":"owner=IBMUSER","host":"zosmf.example""#))
    let archive = try RunCommand.run(RunCommand.zcap, ["http", "--har", "-", path])
    #expect(archive.text.contains(#""url":"http://zosmf.example/jobs?owner=IBMUSER""#))
    #expect(archive.text.contains(#""httpVersion":"HTTP/2""#) && !archive.text.contains("t0ken"))
  }

  @Test func httpShowsMessagesOfAWebSocket() throws {
    let folder = try ScratchFolder()
    let path = try Self.capture(4712, Self.upgrade, into: folder)
    let result = try RunCommand.run(RunCommand.zcap, ["http", path])
    #expect(result.text.contains("GET /term"))
    #expect(result.text.contains("WebSocket text Hello  sent 11 B"))
    #expect(result.text.contains("WebSocket text ok  sent 0 B  -  4 B"))
    #expect(!result.text.contains("after HTTP, WebSocket"))
    #expect(result.errors.contains("3 exchanges on 1 connection"))
  }

  /// The negotiation of a terminal in the client's words, RFC 2355 section 10.
  private static let terminal: [Step] = [
    .server([0xFF, 0xFD, 0x28]), .client([0xFF, 0xFB, 0x28]),
    .server([0xFF, 0xFA, 0x28, 0x08, 0x02, 0xFF, 0xF0]),
    .client([0xFF, 0xFA, 0x28, 0x02, 0x07] + Array("IBM-3278-2-E".utf8) + [0xFF, 0xF0]),
  ]

  @Test(
    "packets on odd ports are dissected with the hint that convert prints",
    .enabled(if: Tool.tshark != nil),
    arguments: [
      (UInt16(4711), http2, "http2"), (6230, terminal, "telnet"),
      (
        38_900,
        [
          .client([0x30, 0x0C, 0x02, 1, 1, 0x60, 7, 0x02, 1, 3, 0x04, 0, 0x80, 0]),
          .server([0x30, 0x0C, 0x02, 1, 1, 0x61, 7, 0x0A, 1, 0, 0x04, 0, 0x04, 0]),
        ], "ldap"
      ),
    ] as [(UInt16, [Step], String)])
  func hints(_ port: UInt16, _ steps: [Step], _ layer: String) throws {
    let folder = try ScratchFolder()
    let path = try Self.capture(port, steps, into: folder)
    let output = folder("out.pcapng")
    let result = try RunCommand.run(RunCommand.zcap, ["convert", path, "-o", output])
    #expect(result.errors.contains("tshark -d tcp.port==\(port),\(layer) -r "))
    let tshark = try #require(Tool.tshark)
    let plain = try RunCommand.run(tshark, ["-r", output, "-Y", layer])
    let hinted = try RunCommand.run(
      tshark, ["-r", output, "-d", "tcp.port==\(port),\(layer)", "-Y", layer])
    #expect(plain.text.isEmpty)
    #expect(hinted.text.split(separator: "\n").count >= 2)
  }

  @Test func theDataConnectionOfATransferIsTiedToIt() throws {
    let folder = try ScratchFolder()
    var control = CaptureMaker(serverPort: 21)
    control.open()
    func say(_ text: String, _ fromClient: Bool) {
      control.send(Array((text + "\r\n").utf8), fromClient: fromClient)
    }
    say("220 FTP", false)
    say("PASV", true)
    // An address from behind a router: the port counts.
    say("227 Entering Passive Mode (192,168,7,7,19,137)", false)
    say("RETR PAYROLL", true)
    say("125 Sending", false)
    var data = CaptureMaker(clientPort: 40_001, serverPort: 5001)
    data.open()
    data.send([UInt8](repeating: 0x40, count: 3000), fromClient: false)
    say("250 Transfer completed", false)
    say("QUIT", true)
    // The last two packets come behind the transfer.
    let rest = control.bytes.count - 2 * 16 - 2 * 40 - "250 Transfer completedQUIT".utf8.count - 4
    let bytes = Array(control.bytes[..<rest]) + data.bytes[24...] + control.bytes[rest...]
    let path = folder("in.pcap")
    try RunCommand.write(bytes, to: path)
    let result = try RunCommand.run(RunCommand.zcap, ["exchanges", "--full", path])
    #expect(
      result.text.contains(
        "data connection: flow 1, 10.1.1.2:5001, 0 bytes sent, 3000 received"))
    #expect(result.errors.contains("1 data of FTP"))
  }

  /// The packets that a maker has made since it had so many bytes.
  private static func packets(
    _ maker: inout CaptureMaker, _ body: (inout CaptureMaker) -> Void
  ) -> [UInt8] {
    let start = maker.bytes.count
    body(&maker)
    return Array(maker.bytes[start...])
  }

  @Test func moreThanAThousandTransfersAtATime() throws {
    let count: UInt16 = 1100
    var bytes = Array(CaptureMaker().bytes)
    var controls: [CaptureMaker] = []
    for index in 0..<count {
      var control = CaptureMaker(clientPort: 20_000 + index, serverPort: 21)
      let port = 30_000 + index
      bytes += Self.packets(&control) { control in
        control.open()
        control.send(Array("220 FTP\r\n".utf8), fromClient: false)
        control.send(Array("PASV\r\n".utf8), fromClient: true)
        let place = "(10,1,1,2,\(port >> 8),\(port & 0xFF))"
        control.send(Array("227 Entering Passive Mode \(place)\r\n".utf8), fromClient: false)
      }
      controls.append(control)
    }
    for index in 0..<count {
      bytes += Self.packets(&controls[Int(index)]) { control in
        control.send(Array("RETR F\(index)\r\n".utf8), fromClient: true)
      }
      var data = CaptureMaker(clientPort: 40_000 + index, serverPort: 30_000 + index)
      bytes += Self.packets(&data) { data in
        data.open()
        data.send([UInt8](repeating: 0x40, count: 100 + Int(index)), fromClient: false)
      }
      bytes += Self.packets(&controls[Int(index)]) { control in
        control.send(Array("226 done\r\n".utf8), fromClient: false)
      }
    }
    let folder = try ScratchFolder()
    let path = folder("in.pcap")
    try RunCommand.write(bytes, to: path)
    let result = try RunCommand.run(RunCommand.zcap, ["exchanges", "--full", path])
    for index in [0, 1, 98, 99, 100, 999, 1000, 1099] {
      #expect(
        result.text.contains(
          ", 10.1.1.2:\(30_000 + index), 0 bytes sent, \(100 + index) received"), "\(index)")
    }
    #expect(result.errors.contains("1,100 data of FTP"))
  }

  @Test func aPortThatWasGivenBackIsNoDataConnection() throws {
    var control = CaptureMaker(serverPort: 21)
    control.open()
    for (text, fromClient) in [
      ("220 FTP", false), ("PASV", true), ("227 Entering Passive Mode (10,1,1,2,19,137)", false),
      ("PASV", true), ("227 Entering Passive Mode (10,1,1,2,19,138)", false),
    ] {
      control.send(Array((text + "\r\n").utf8), fromClient: fromClient)
    }
    var other = CaptureMaker(clientPort: 40_001, serverPort: 5001)
    let rest = Self.packets(&other) { other in
      other.open()
      other.send(Array("GET /a HTTP/1.1\r\nHost: h\r\n\r\n".utf8), fromClient: true)
    }
    let folder = try ScratchFolder()
    let path = folder("in.pcap")
    try RunCommand.write(control.bytes + rest, to: path)
    let result = try RunCommand.run(RunCommand.zcap, ["exchanges", path])
    #expect(result.text.contains("GET h/a"))
    #expect(!result.errors.contains("data of FTP"))
  }

  @Test(arguments: [
    (UInt16(161), UInt16(50_001), "302902010104067075626c6963a01c", "SNMP"),
    (53, 50_002, "1234010000010000000000000377777707657861" + "6d706c6503636f6d0000010001", "DNS"),
    (12_003, 12_003, "0404bf00000000", "EE"), (12_003, 50_003, "0404bf00000000", "null"),
    (161, 50_004, "30290201011067", "null"),
    (514, 50_005, "3c32393e757020616e642072756e6e696e67", "syslog"),
    (514, 50_006, "3c32393e7570010203", "null"),
  ])
  func namesOfDatagrams(_ server: UInt16, _ client: UInt16, _ hex: String, _ name: String) throws {
    let folder = try ScratchFolder()
    var payload: [UInt8] = []
    var digits = Substring(hex)
    while let byte = UInt8(digits.prefix(2), radix: 16) {
      payload.append(byte)
      digits = digits.dropFirst(2)
    }
    func be(_ value: Int) -> [UInt8] { [UInt8(value >> 8), UInt8(value & 0xFF)] }
    let udp = be(Int(client)) + be(Int(server)) + be(payload.count + 8) + [0, 0] + payload
    let packet =
      [0x45, 0] + be(udp.count + 20) + [0, 0, 0, 0, 64, 17, 0, 0, 10, 1, 0, 2, 10, 1, 1, 2] + udp
    var maker = CaptureMaker()
    maker.packet(packet)
    let path = folder("in.pcap")
    try RunCommand.write(maker.bytes, to: path)
    let result = try RunCommand.run(RunCommand.zcap, ["flows", "--json", path])
    let wanted = name == "null" ? "null" : "\"\(name)\""
    #expect(result.text.contains("\"app_protocol\":\(wanted)"))
  }
}
