import Foundation
import TestSupport
import Testing

/// What each end of a TCP conversation sent, by its number.
private struct Sent: Hashable, CustomStringConvertible {
  var flow: Int
  var end: String
  var bytes: Int

  var description: String { "\(flow) \(end) \(bytes)" }
}

/// `flows` of a capture beside what Wireshark counts in the pcapng made of it.
@Suite("Interop: flows are Wireshark's conversations")
struct FlowCountTests {
  @Test(
    "numbers, ends and bytes", .enabled(if: Tool.tshark != nil),
    arguments: Captures.files("data-trace", "packet-trace", "pcap", "containers", "sniffer"))
  func count(_ capture: String) throws {
    let scratch = try ScratchFolder()
    let converted = try Captures.convert(capture, into: scratch)
    guard converted.status == 0 else { return }
    let rows = try RunCommand.run(
      RunCommand.zcap, ["flows", "--json", "--date", "2026-02-03", capture], in: Captures.folder)
    let fields = try RunCommand.run(
      try #require(Tool.tshark),
      ["-r", scratch("out.pcapng"), "-T", "fields", "-E", "occurrence=f"]
        + ["tcp.stream", "ip.src", "ipv6.src", "tcp.srcport", "tcp.len"].flatMap { ["-e", $0] })
    #expect(fields.status == 0, "\(fields.errors)")
    #expect(try mine(rows.text) == theirs(fields.text))
  }

  private func mine(_ text: String) throws -> Set<Sent> {
    var sent: Set<Sent> = []
    for line in text.split(separator: "\n") {
      let object = try JSONSerialization.jsonObject(with: Data(line.utf8))
      let row = try #require(object as? [String: Any])
      guard row["transport"] as? String == "tcp" else { continue }
      for end in ["client", "server"] {
        let address = try #require(row["\(end)_ip"] as? String)
        let port = try #require(row["\(end)_port"] as? Int)
        let bytes = try #require(row["\(end)_bytes"] as? Int)
        let flow = try #require(row["flow"] as? Int)
        if bytes > 0 { sent.insert(Sent(flow: flow, end: "\(address) \(port)", bytes: bytes)) }
      }
    }
    return sent
  }

  private func theirs(_ text: String) -> Set<Sent> {
    var bytes: [String: (flow: Int, end: String, count: Int)] = [:]
    for line in text.split(separator: "\n") {
      let field = line.split(separator: "\t", omittingEmptySubsequences: false)
      guard field.count == 5, let flow = Int(field[0]), let length = Int(field[4]) else { continue }
      let end = "\(field[1].isEmpty ? field[2] : field[1]) \(field[3])"
      bytes["\(flow) \(end)", default: (flow, end, 0)].count += length
    }
    return Set(
      bytes.values.filter { $0.count > 0 }
        .map { Sent(flow: $0.flow, end: $0.end, bytes: $0.count) })
  }
}
