import Foundation
import TestSupport
import Testing

/// What Wireshark makes of exported PDUs: everything by name, nothing by port.
@Suite("Interop: exported PDUs", .enabled(if: Tool.tshark != nil))
struct PDUTests {
  private static let text2pcap = RunCommand.find("text2pcap")
  private let scratch: ScratchFolder

  init() throws { scratch = try ScratchFolder() }

  private func convert(_ input: String, _ options: [String] = []) throws -> CommandResult {
    try RunCommand.run(
      RunCommand.zcap,
      ["convert", "--style", "pdu", "--date", "2026-02-03", input, "-o", scratch("out.pcapng")]
        + options, in: Captures.folder)
  }

  /// One line for each frame, the fields that it has divided by blanks.
  private func fields(_ fields: String..., filter: String = "frame") throws -> [String] {
    let result = try RunCommand.run(
      try #require(Tool.tshark),
      ["-n", "-r", scratch("out.pcapng"), "-Y", filter, "-T", "fields"]
        + fields.flatMap { ["-e", $0] } + ["-E", "separator=/s", "-E", "occurrence=f"])
    #expect(result.status == 0, "\(result.errors)")
    return result.text.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
      .map { $0.split(separator: " ").joined(separator: " ") }
  }

  /// A packet for each text: the client's when it starts with `>`, the server's with `<`.
  private func capture(_ port: Int, _ turns: [(Bool, [UInt8])]) throws -> String {
    var dump = ""
    for (isClient, bytes) in turns {
      let hex = bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }
      dump += "\(isClient ? "O" : "I")\n000000 \(hex.joined(separator: " "))\n"
    }
    try RunCommand.write(Array(dump.utf8), to: scratch("dump.txt"))
    let made = try RunCommand.run(
      try #require(Self.text2pcap),
      [
        "-D", "-q", "-T", "50000,\(port)", "-4", "10.0.0.1,10.0.0.2", scratch("dump.txt"),
        scratch("in.pcapng"),
      ])
    try #require(made.status == 0, "\(made.errors)")
    return scratch("in.pcapng")
  }

  @Test("What is cut to bound memory is said, and not blamed on the trace")
  func memory() throws {
    let trace = scratch("trace.ctr")
    _ = try RunCommand.run(RunCommand.zcap, ["generate", trace, "--size", "2M", "--flows", "500"])
    let enough = try convert(trace)
    #expect(!enough.errors.contains("to bound memory"))
    let result = try convert(trace, ["--max-memory", "1K", "--force"])
    let cut = try fields(
      "frame.number", filter: #"frame.comment contains "memory was bounded (--max-memory)""#
    ).count
    #expect(cut > 100)
    #expect(
      result.errors.contains(
        "\(cut.formatted(.number.grouping(.automatic))) messages not written whole"))
    #expect(try fields("frame.number", filter: #"frame.comment contains "not in the trace""#) == [])
  }

  @Test("HTTP of a data trace: each message by itself, answers linked to requests")
  func http() throws {
    let result = try convert("data-trace/http-clear-text.ctr")
    #expect(result.packetsWritten == 8)
    #expect(
      try fields("http.request.uri", "http.response.code", "http.request_in") == [
        "/gpm/index.html", "200 1", "/gpm/logon", "302 3",
        "/gpm/perform.xml?resource=%22,S0W1,MVS_IMAGE%22&id=8D10F0", "200 5", "/favicon.ico",
        "404 7",
      ])
    #expect(
      try fields("frame.interface_name", "ip.src", "frame.p2p_dir", "frame.packet_id").first
        == "GPMSERVE 10.1.0.77 1 2")
    #expect(
      try fields("frame.comment", filter: "frame.comment") == [
        "flow 0, job GPMSERVE, AT-TLS clear text"
      ])
  }

  @Test("DRDA by its heuristic, MQ by its name", arguments: ["drda", "mq"])
  func mainframe(_ name: String) throws {
    let result = try convert("protocols/\(name).ctr")
    let protocols = try fields("frame.protocols")
    #expect(protocols.count == result.packetsWritten)
    #expect(protocols.allSatisfy { $0.hasPrefix("exported_pdu:\(name)") })
    #expect(try fields("frame.number", filter: "_ws.malformed") == [])
  }

  @Test(
    "counts are those of capinfos and editcap", .enabled(if: Tool.capinfos != nil),
    arguments: Captures.convertible)
  func count(_ capture: String) throws {
    let result = try convert(capture)
    #expect(result.status == 0, "\(result.errors)")
    let report = try RunCommand.run(
      try #require(Tool.capinfos), ["-Mrc", scratch("out.pcapng")])
    let count = report.text.split(separator: "\n").last?.split(separator: " ").last
    #expect(count.flatMap { Int($0) } == result.packetsWritten, "\(report.text)")
  }

  @Test(
    "HTTP on ports of TLS, in pieces, with a body in chunks", .enabled(if: text2pcap != nil),
    arguments: [443, 992])
  func anyPort(_ port: Int) throws {
    let input = try capture(
      port,
      [
        (true, Array("GET / HT".utf8)), (true, Array("TP/1.1\r\nHost: a\r\n\r\n".utf8)),
        (false, Array("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-".utf8)),
        (false, Array("Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n".utf8)),
        (true, Array("HEAD / HTTP/1.1\r\n\r\n".utf8)),
      ])
    #expect(try convert(input).packetsWritten == 4)
    #expect(
      try fields("http.request.method", "http.response.code", "frame.packet_id")
        == ["GET 1", "100 3", "200 3", "HEAD 5"])
    // Text up to version 4.0, hex later.
    let body = try fields("http.file_data", filter: "http.response.code == 200").first
    #expect(body == "abcde" || body == "6162636465")
  }

  @Test(
    "a 3270 session on any port: options, then EBCDIC", .enabled(if: text2pcap != nil),
    arguments: [992, 23456])
  func screens(_ port: Int) throws {
    // Terminal type, then binary and end of record both ways; an Erase/Write with HELLO in EBCDIC.
    let input = try capture(
      port,
      [
        (false, [0xFF, 0xFD, 0x18]), (true, [0xFF, 0xFB, 0x18]),
        (false, [0xFF, 0xFA, 0x18, 0x01, 0xFF, 0xF0]),
        (true, [0xFF, 0xFA, 0x18, 0x00] + Array("IBM-3278-2-E".utf8) + [0xFF, 0xF0]),
        (false, [0xFF, 0xFD, 0x19, 0xFF, 0xFB, 0x19, 0xFF, 0xFD, 0x00, 0xFF, 0xFB, 0x00]),
        (true, [0xFF, 0xFB, 0x19, 0xFF, 0xFD, 0x19, 0xFF, 0xFB, 0x00, 0xFF, 0xFD, 0x00]),
        (
          false,
          [0xF5, 0xC3, 0x11, 0x40, 0x40, 0x1D, 0xF0, 0xC8, 0xC5, 0xD3, 0xD3, 0xD6, 0xFF, 0xEF]
        ),
      ])
    // Each option is a message of its own.
    #expect(try convert(input).packetsWritten == 13)
    let protocols = try fields("frame.protocols")
    #expect(protocols.dropLast().allSatisfy { $0 == "exported_pdu:telnet" })
    #expect(protocols.last == "exported_pdu:telnet:tn3270")
    #expect(try fields("tn3270.field_data", filter: "tn3270").last?.contains("HELLO") == true)
  }

  @Test(
    "the first segment may have a byte only", .enabled(if: text2pcap != nil),
    arguments: ["drda", "mq", "ims-connect", "nje", "tn3270e"])
  func firstSegment(_ name: String) throws {
    _ = try RunCommand.run(
      RunCommand.zcap,
      ["convert", Captures.folder + "protocols/\(name).ctr", "-o", scratch("tcp.pcapng")])
    let said = try RunCommand.run(
      try #require(Tool.tshark),
      ["-n", "-r", scratch("tcp.pcapng"), "-Y", "tcp.stream==0 && tcp.len>0", "-T", "fields"]
        + ["-e", "tcp.srcport", "-e", "tcp.payload"])
    let lines = said.text.split(separator: "\n").map { $0.split(separator: "\t") }
      .filter { $0.count == 2 }
    let turns = lines.map { line -> (Bool, [UInt8]) in
      let digits = line[1].compactMap(\.hexDigitValue)
      let bytes = stride(from: 0, to: digits.count, by: 2).map {
        UInt8(digits[$0] << 4 | digits[$0 + 1])
      }
      return (line[0] == lines[0][0], bytes)
    }
    let first = try #require(turns.first)
    var answers: [[String]] = []
    for count in [0, 1, 3, 7] {
      let (head, rest) = (Array(first.1.prefix(count)), Array(first.1.dropFirst(count)))
      let cut = [(first.0, head), (first.0, rest)]
      _ = try convert(capture(50000, (count == 0 ? [first] : cut) + turns.dropFirst()))
      answers.append(try fields("frame.len", "frame.protocols"))
    }
    #expect(answers.dropFirst().allSatisfy { $0 == answers[0] }, "\(answers)")
  }

  @Test("a message with a lost packet is shown as far as it goes", .enabled(if: text2pcap != nil))
  func gap() throws {
    let input = try capture(
      8803,
      [
        (true, Array("GET /1 HTTP/1.1\r\n\r\n".utf8)),
        (false, Array("HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\nabcd".utf8)),
        (false, Array("efgh".utf8)), (false, Array("ijkl".utf8)),
        (true, Array("GET /2 HTTP/1.1\r\n\r\n".utf8)),
        (false, Array("HTTP/1.1 204 OK\r\n\r\n".utf8)),
      ])
    let cut = scratch("cut.pcapng")
    try #require(
      RunCommand.run(try #require(Tool.editcap), [input, cut, "3"]).status == 0)
    #expect(try convert(cut).packetsWritten == 4)
    #expect(
      try fields("http.request.uri", "http.response.code").sorted() == ["/1", "/2", "200", "204"])
    let lengths =
      try fields("frame.len", "frame.cap_len", filter: "http.response.code == 200")
      .first?.split(separator: " ").compactMap { Int($0) } ?? []
    #expect(lengths.count == 2 && lengths[0] - lengths[1] == 8)
    #expect(
      try fields("frame.comment", filter: "http.response.code == 200").first?
        .hasPrefix("43 of the 51 bytes of this message") == true)
  }

  @Test("a message longer than a packet can be is cut, and says so", .enabled(if: text2pcap != nil))
  func long() throws {
    let part = Array(repeating: UInt8(ascii: "x"), count: 60_000)
    let input = try capture(
      8803,
      [
        (true, Array("GET /1 HTTP/1.1\r\n\r\n".utf8)),
        (false, Array("HTTP/1.1 200 OK\r\nContent-Length: 300000\r\n\r\n".utf8)),
      ] + Array(repeating: (false, part), count: 5) + [
        (true, Array("GET /2 HTTP/1.1\r\n\r\n".utf8))
      ])
    #expect(try convert(input).packetsWritten == 3)
    let lengths =
      try fields("frame.len", "frame.cap_len", filter: "http.response")
      .first?.split(separator: " ").compactMap { Int($0) } ?? []
    #expect(lengths.count == 2 && lengths[0] > 300_000 && lengths[0] < 300_400)
    #expect(lengths.last.map { $0 > 261_000 && $0 <= 262_144 } == true)
  }
}
