import TestSupport
import Testing

/// `convert --redact`: nothing secret is left, and the file is as good as without it.
@Suite("Interop: masked captures")
struct RedactTests {
  private static let capture = "data-trace/http-clear-text.ctr"
  private static let secret = "not4you%21"

  /// A pcapng of made-up packets, and one of the same packets as another capture holds them.
  @Test(
    "checksums stay valid, lengths stay the same", .enabled(if: Tool.tshark != nil),
    arguments: [false, true])
  func masked(asPackets: Bool) throws {
    let scratch = try ScratchFolder()
    #expect(try Captures.convert(Self.capture, into: scratch).status == 0)
    let input = asPackets ? scratch("out.pcapng") : Captures.folder + Self.capture
    let result = try RunCommand.run(
      RunCommand.zcap, ["convert", "--redact", input, "-o", scratch("masked.pcapng")])
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.errors.contains("masked 4 credentials (62 bytes)"))
    let clear = try RunCommand.bytes(scratch("out.pcapng"))
    #expect(Self.holds(clear, Self.secret))
    let masked = try RunCommand.bytes(scratch("masked.pcapng"))
    #expect(!Self.holds(masked, Self.secret))
    #expect(Self.holds(masked, "user=IBMUSER&password=**********"))
    #expect(Self.holds(masked, "Credentials were replaced by asterisks"))

    let tshark = try #require(Tool.tshark)
    let fields = ["frame.len", "tcp.checksum.status", "tcp.stream", "http.request.uri"]
    let show = ["-o", "tcp.check_checksum:TRUE", "-T", "fields"] + fields.flatMap { ["-e", $0] }
    let before = try RunCommand.run(tshark, ["-r", scratch("out.pcapng")] + show)
    let after = try RunCommand.run(tshark, ["-r", scratch("masked.pcapng")] + show)
    #expect(before.text == after.text)
    // 1 is "good".
    #expect(after.text.split(separator: "\n").allSatisfy { $0.split(separator: "\t")[1] == "1" })
  }

  @Test("without it, one line says that credentials were written")
  func warned() throws {
    let scratch = try ScratchFolder()
    let result = try Captures.convert(Self.capture, into: scratch)
    let lines = result.errors.split(separator: "\n").filter { $0.contains("credentials") }
    #expect(lines == ["zcap: clear-text credentials were written; --redact masks them"])
    let packets = try Captures.convert("data-trace/udp.ctr", into: try ScratchFolder())
    #expect(!packets.errors.contains("credentials"))
  }

  @Test(
    "http says that credentials were shown when what it shows holds any",
    arguments: [
      ([], ["GET /x?password=abcdef HTTP/1.1\r\n\r\n"], true),
      ([], ["GET /x HTTP/1.1\r\nAuthorization: Basic YWJjZGVmOmFiY2RlZg==\r\n\r\n"], false),
      (
        ["--headers"], ["GET /x HTTP/1.1\r\nAuthorization: Basic YWJjZGVmOmFiY2RlZg==\r\n\r\n"],
        true
      ),
      ([], ["<220 ready\r\n", "USER me\r\n", "<331 go on\r\n", "PASS abcdef\r\n"], true),
      ([], ["<220 ready\r\n", "SYST\r\n", "<215 MVS is the system\r\n"], false),
      (
        [],
        [
          "<220 a ESMTP\r\n", "EHLO b\r\n", "<250 AUTH LOGIN\r\n", "AUTH LOGIN\r\n",
          "<334 VXNlcm5hbWU6\r\n",
          "YWJjZGVm\r\n",
        ], true
      ),
    ])
  func shown(_ options: [String], _ lines: [String], _ isShown: Bool) throws {
    let scratch = try ScratchFolder()
    var capture = CaptureMaker()
    capture.open()
    for line in lines {
      let isReply = line.hasPrefix("<")
      capture.send(Array(line.dropFirst(isReply ? 1 : 0).utf8), fromClient: !isReply)
    }
    try RunCommand.write(capture.bytes, to: scratch("a.pcap"))
    let result = try RunCommand.run(RunCommand.zcap, ["http"] + options + [scratch("a.pcap")])
    #expect(
      result.errors.contains("clear-text credentials were shown") == isShown, "\(result.errors)")
  }

  @Test(
    "no secret of any kind is left, whatever is written",
    arguments: [
      ["print"], ["print", "--style", "stream"], ["print", "--as", "ascii"],
      ["print", "--as", "ebcdic"], ["print", "--as", "both"], ["print", "--json"],
      ["print", "--style", "tcpdata"], ["convert", "-o", "-"],
      ["convert", "--style", "pdu", "-o", "-"],
    ])
  func nothingIsLeft(_ arguments: [String]) throws {
    let file = Captures.folder + "data-trace/credentials.ctr"
    let words =
      ["secret", "c2Vj", "736563", "A28583"].map { Array($0.utf8) } + [[0xA2, 0x85, 0x83]]
    let held = { (bytes: [UInt8]) in words.filter { bytes.contains($0) } }
    let clear = try RunCommand.run(RunCommand.zcap, arguments + [file])
    #expect(!held(clear.output).isEmpty)
    let masked = try RunCommand.run(RunCommand.zcap, arguments + ["--redact", file])
    #expect(masked.status == 0)
    #expect(masked.errors.contains(" masked 17 credentials"), "\(masked.errors)")
    #expect(held(masked.output) == [])
  }

  @Test(
    "secrets that decrypt are left out",
    .enabled(if: Tool.editcap != nil && Tool.tshark != nil))
  func secrets() throws {
    let scratch = try ScratchFolder()
    #expect(try Captures.convert(Self.capture, into: scratch).status == 0)
    let keys = "CLIENT_RANDOM 5AFE5AFE " + String(repeating: "ab", count: 48) + "\n"
    try RunCommand.write(Array(keys.utf8), to: scratch("keys.txt"))
    let editcap = try #require(Tool.editcap)
    let inject = try RunCommand.run(
      editcap,
      [
        "--inject-secrets", "tls," + scratch("keys.txt"), scratch("out.pcapng"),
        scratch("with.pcapng"),
      ])
    #expect(inject.status == 0, "\(inject.errors)")
    for (flags, isKept) in [([], true), (["--redact"], false)] {
      let output = scratch("copy\(isKept).pcapng")
      let result = try RunCommand.run(
        RunCommand.zcap, ["convert"] + flags + [scratch("with.pcapng"), "-o", output])
      #expect(result.status == 0)
      #expect(result.errors.contains("secrets left out") != isKept)
      #expect(Self.holds(try RunCommand.bytes(output), "5AFE5AFE") == isKept)
    }
  }

  private static func holds(_ bytes: [UInt8], _ text: String) -> Bool {
    String(decoding: bytes, as: UTF8.self).contains(text)
  }
}
