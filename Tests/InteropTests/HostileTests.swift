import Foundation
import TestSupport
import Testing

/// A pcap file of TCP segments, written as they are added.
private struct SegmentFile {
  private(set) var bytes: [UInt8] = []
  private var sequences: [UInt16: (client: UInt32, server: UInt32)] = [:]
  private var time: UInt32 = 0

  init() {
    for word in [0xA1B2_C3D4, 0x0002_0004, 0, 0, 262_144, 101] as [UInt32] { put(word) }
  }

  /// Data of the client at a port, or of the server; `lost` counts it and leaves it out.
  mutating func send(_ data: [UInt8], port: UInt16, fromClient: Bool = true, lost: Bool = false) {
    let (client, server) = sequences[port] ?? (1, 1)
    let own = fromClient ? client : server
    let next = own &+ UInt32(data.count)
    sequences[port] = fromClient ? (next, server) : (client, next)
    guard !lost else { return }
    time += 1
    for word in [1_700_000_000, time, UInt32(40 + data.count), UInt32(40 + data.count)] {
      put(word)
    }
    put16(0x4500)
    put16(UInt16(40 + data.count))
    for word in [0, 0x4006_0000, fromClient ? 0x0A00_0001 : 0x0A00_0002] as [UInt32] { put(word) }
    put(fromClient ? 0x0A00_0002 : 0x0A00_0001)
    put16(fromClient ? port : 80)
    put16(fromClient ? 80 : port)
    put(own)
    put(fromClient ? server : client)
    for half in [0x5018, 8192, 0, 0] as [UInt16] { put16(half) }
    bytes += data
  }

  mutating func send(_ text: String, port: UInt16, fromClient: Bool = true) {
    send(Array(text.utf8), port: port, fromClient: fromClient)
  }

  /// A request with its answer, which must come out whatever went before.
  mutating func exchange(port: UInt16) {
    send("GET /after HTTP/1.1\r\n\r\n", port: port)
    send("HTTP/1.1 204 No Content\r\n\r\n", port: port, fromClient: false)
  }

  private mutating func put(_ word: UInt32) {
    for shift in [24, 16, 8, 0] as [UInt32] {
      bytes.append(UInt8(truncatingIfNeeded: word >> shift))
    }
  }

  private mutating func put16(_ half: UInt16) {
    bytes += [UInt8(half >> 8), UInt8(truncatingIfNeeded: half)]
  }
}

/// What costs other programs their memory costs zcap a bounded share of it, and hides nothing else.
@Suite("Hostile: http")
struct HostileTests {
  private static let time = RunCommand.isSanitized ? nil : RunCommand.find("time")

  /// Runs `http` and returns what it showed, and its peak of memory in KiB where that can be measured.
  private func http(
    _ file: SegmentFile, _ options: [String] = []
  ) throws -> (result: CommandResult, peak: Int?) {
    let scratch = try ScratchFolder()
    try RunCommand.write(file.bytes, to: scratch("in.pcap"))
    let command = [RunCommand.zcap, "http", scratch("in.pcap")] + options
    guard let time = Self.time, FileManager.default.fileExists(atPath: "/proc") else {
      return (try RunCommand.run(command[0], Array(command.dropFirst())), nil)
    }
    let result = try RunCommand.run(time, ["-f", "%M", "-o", scratch("peak")] + command)
    let peak = String(decoding: try RunCommand.bytes(scratch("peak")), as: UTF8.self)
    return (result, Int(peak.split(separator: "\n").last ?? ""))
  }

  private func isShown(_ result: CommandResult) -> Bool {
    result.status == 0 && result.text.contains("GET /after  sent 0 B  204")
  }

  @Test("a header line without end") func header() throws {
    var file = SegmentFile()
    file.send("GET / HTTP/1.1\r\nX: ", port: 1000)
    let part = [UInt8](repeating: UInt8(ascii: "a"), count: 60_000)
    for _ in 0..<1500 { file.send(part, port: 1000) }
    file.exchange(port: 1001)
    let (result, peak) = try http(file, ["--full"])
    #expect(isShown(result) && result.text.contains("head too long"))
    #expect(peak ?? 0 < 64 << 10)
  }

  @Test("a body that grows when it is decoded", .enabled(if: Tool.gzip != nil)) func bomb() throws {
    let scratch = try ScratchFolder()
    let zipped = try RunCommand.shell(
      "head -c 200000000 /dev/zero | gzip -9", in: scratch.path
    ).output
    var file = SegmentFile()
    file.send("GET /bomb HTTP/1.1\r\n\r\n", port: 1000)
    let head = "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Type: text/plain\r\n"
    file.send(head + "Content-Length: \(zipped.count)\r\n\r\n", port: 1000, fromClient: false)
    for at in stride(from: 0, to: zipped.count, by: 60_000) {
      file.send(
        Array(zipped[at..<min(zipped.count, at + 60_000)]), port: 1000, fromClient: false)
    }
    file.exchange(port: 1001)
    let (result, peak) = try http(file, ["--full"])
    #expect(isShown(result))
    #expect(peak ?? 0 < 64 << 10)
  }

  @Test("requests that nobody answers") func pipeline() throws {
    var file = SegmentFile()
    let requests = String(repeating: "GET /p HTTP/1.1\r\n\r\n", count: 3000)
    for _ in 0..<7 { file.send(requests, port: 1000) }
    file.exchange(port: 1001)
    let (result, peak) = try http(file)
    #expect(isShown(result))
    #expect(result.text.split(separator: "\n").count == 21_001)
    #expect(peak ?? 0 < 64 << 10)
  }

  @Test("holes that nobody fills: the oldest are given up, and counted") func holes() throws {
    var file = SegmentFile()
    let part = [UInt8](repeating: UInt8(ascii: "a"), count: 60_000)
    for port in 2000..<2100 as Range<UInt16> {
      file.send("POST / HTTP/1.1\r\nContent-Length: 120005\r\n\r\n", port: port)
      file.send(Array("lost!".utf8), port: port, lost: true)
      file.send(part, port: port)
      file.send(part, port: port)
    }
    file.exchange(port: 1001)
    let (result, peak) = try http(file, ["--max-memory", "1M"])
    #expect(isShown(result))
    #expect(peak ?? 0 < 64 << 10)
    // A quarter of 1 MB is for what waits: 2 of the 100 streams.
    #expect(result.errors.contains("98 holes became gaps to bound memory (--max-memory)"))
    #expect(!(try http(file, ["--max-memory", "64M"]).result.errors.contains("--max-memory")))
  }

  @Test("an answer in a conversation that was put aside says so") func answersAfterPutAside() throws
  {
    var file = SegmentFile()
    for port in 2000..<4000 as Range<UInt16> { file.exchange(port: port) }
    for port in 2000..<4000 as Range<UInt16> {
      file.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", port: port, fromClient: false)
    }
    let (result, _) = try http(file, ["--max-memory", "1M"])
    #expect(result.text.contains("request missing: the conversation was put aside to bound memory"))
    #expect(!result.text.contains("left out by a filter"))
    let (json, _) = try http(file, ["--max-memory", "1M", "--json"])
    #expect(json.text.contains("\"missing_because\":\"put_aside\""))
    #expect(!json.text.contains("\"missing_because\":\"filtered\""))
  }

  @Test(
    "a request whose conversation was given up is not one whose trace ended, or that was closed")
  func givenUp() throws {
    var file = SegmentFile()
    for port in 2000..<4000 as Range<UInt16> { file.send("GET / HTTP/1.1\r\n\r\n", port: port) }
    let scratch = try ScratchFolder()
    try RunCommand.write(file.bytes, to: scratch("in.pcap"))
    let command = ["exchanges", scratch("in.pcap"), "--json"]
    let result = try RunCommand.run(RunCommand.zcap, command + ["--max-memory", "1M"])
    let words = result.text.split(separator: "\n").compactMap { line in
      ["released", "trace_ended", "closed"].first { line.contains("\"missing\":\"\($0)\"") }
    }
    #expect(words.count == 2000)
    // The oldest were given up; those that were open at the end were not.
    #expect(words.first == "released" && words.last == "trace_ended")
    #expect(!words.contains("closed"))
    #expect(!(try RunCommand.run(RunCommand.zcap, command)).text.contains("released"))
  }

  @Test("more conversations than memory is for: their numbers stay, and it is said") func many()
    throws
  {
    var file = SegmentFile()
    for _ in 0..<2 {
      for port in 2000..<4000 as Range<UInt16> { file.exchange(port: port) }
    }
    let (result, _) = try http(file, ["--max-memory", "1M"])
    #expect(result.errors.contains("idle conversations put aside to bound memory (--max-memory)"))
    #expect(result.errors.contains("went on under the same number, counted anew from there"))
    #expect(!result.text.contains("2000  "), "a number beyond those of 2,000 conversations")
    #expect(!(try http(file).result.errors.contains("put aside")))
  }
}
