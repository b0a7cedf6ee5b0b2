import TestSupport
import Testing

/// When something odd was: a row of its own stands where it belongs.
@Suite("Interop: times of findings")
struct FindingTimeTests {
  @Test("what is missing has the time of the bytes before it", arguments: ["", "--since"])
  func gap(_ option: String) throws {
    let scratch = try ScratchFolder()
    let path = scratch("c.pcap")
    var maker = CaptureMaker(serverPort: 80)
    maker.open()
    for number in 1...3 {
      let ask = Array("GET /\(number) HTTP/1.1\r\nHost: h\r\n\r\n".utf8)
      if number == 2 {
        maker.sequences.client &+= UInt32(ask.count)
      } else {
        maker.send(ask, fromClient: true)
      }
      maker.send(
        Array("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n".utf8), fromClient: false)
    }
    try RunCommand.write(maker.bytes, to: path)
    // Three of the handshake, then the first request.
    let asked = try Self.time(Self.rows(["print", "--json", path])[3])
    let filter = option.isEmpty ? [] : [option, asked]
    let rows = try Self.rows(["http", "--json", path] + filter)
    let finding = try #require(rows.first { $0.contains("\"type\":\"http_finding\"") })
    #expect(try Self.time(finding) == asked)
  }

  private static func rows(_ words: [String]) throws -> [String] {
    let result = try RunCommand.run(RunCommand.zcap, words)
    #expect(result.status == 0, "\(result.errors)")
    return result.text.split(separator: "\n").map(String.init)
  }

  private static func time(_ line: String) throws -> String {
    let start = try #require(line.firstRange(of: "\"time\":\"")).upperBound
    return String(line[start...].prefix { $0 != "\"" })
  }
}
