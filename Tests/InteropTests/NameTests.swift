import Foundation
import TestSupport
import Testing

/// Names that other tools know: Community ID, Elastic Common Schema, Zeek.
@Suite("Interop: names")
struct NameTests {
  private static let inputs = Captures.files("data-trace", "packet-trace", "pcap", "protocols")

  private func export(_ table: String, _ arguments: [String]) throws -> CommandResult {
    let result = try RunCommand.run(
      RunCommand.zcap, ["export", table] + arguments, in: Captures.folder)
    #expect(result.status == 0, "\(result.errors)")
    return result
  }

  private func objects(_ text: String) throws -> [[String: Any]] {
    try text.split(separator: "\n").map {
      try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
    }
  }

  @Test(
    "Community IDs are those of the package communityid",
    .enabled(if: Judges.areThere, "\(Judges.needed)"))
  func communityPackage() throws {
    let scratch = try ScratchFolder()
    _ = try export("flows", Self.inputs + ["-o", scratch("flows.ndjson")])
    let verdict = try Judges.run("names.py", ["community", scratch.path])
    #expect(verdict.status == 0, "\(verdict.errors)")
    #expect(Int(verdict.text.trimmingCharacters(in: .whitespacesAndNewlines)) ?? 0 > 20)
  }

  @Test(
    "Community IDs are those of tshark", .enabled(if: Tool.tshark != nil),
    arguments: Captures.files("packet-trace", "pcap"))
  func communityTshark(_ capture: String) throws {
    let scratch = try ScratchFolder()
    let converted = try Captures.convert(capture, into: scratch)
    guard converted.status == 0 else { return }
    let result = try RunCommand.run(
      try #require(Tool.tshark),
      ["--enable-protocol", "communityid", "-r", scratch("out.pcapng"), "-T", "fields"]
        + ["-E", "occurrence=f", "-Y", "tcp.stream or udp.stream"]
        + ["-e", "communityid", "-e", "tcp.stream"])
    #expect(result.status == 0, "\(result.errors)")
    var theirs: [Int: Substring] = [:]
    for line in result.text.split(separator: "\n") {
      let cells = line.split(separator: "\t", omittingEmptySubsequences: false)
      if cells.count == 2, let stream = Int(cells[1]) { theirs[stream] = cells[0] }
    }
    for flow in try objects(try export("flows", ["--", capture]).text)
    where flow["transport"] as? String == "tcp" {
      let number = try #require(flow["flow"] as? Int)
      guard let wanted = theirs[number] else { continue }
      #expect(flow["community_id"] as? String == String(wanted), "\(number)")
    }
  }

  @Test(
    "The comment of a flow has tshark's Community ID", .enabled(if: Tool.tshark != nil),
    arguments: ["data-trace/http-clear-text.ctr", "data-trace/ebcdic.ctr", "data-trace/ipv6.ctr"])
  func communityComment(_ capture: String) throws {
    let scratch = try ScratchFolder()
    let converted = try Captures.convert(capture, into: scratch)
    #expect(converted.status == 0, "\(converted.errors)")
    let result = try RunCommand.run(
      try #require(Tool.tshark),
      ["--enable-protocol", "communityid", "-r", scratch("out.pcapng"), "-T", "fields"]
        + ["-Y", "frame.comment contains \"community id\""]
        + ["-e", "communityid", "-e", "frame.comment"])
    let lines = result.text.split(separator: "\n")
    #expect(result.status == 0 && !lines.isEmpty, "\(result.errors)")
    for line in lines {
      let cells = line.split(separator: "\t")
      #expect(cells.count == 2 && cells[1].contains("; community id \(cells[0]);"), "\(line)")
    }
  }

  @Test("Zeek's logs are what zat reads", .enabled(if: Judges.areThere, "\(Judges.needed)"))
  func zeek() throws {
    let scratch = try ScratchFolder()
    for (table, log) in [("flows", "conn"), ("exchanges", "http")] {
      _ = try export(table, Self.inputs + ["-o", scratch("\(table).ndjson")])
      _ = try export(
        table, Self.inputs + ["--format", "zeek", "-o", scratch("\(log).log")])
    }
    let verdict = try Judges.run("names.py", ["zeek", scratch.path])
    #expect(verdict.status == 0, "\(verdict.errors)")
  }

  /// Fields of ECS 8.11 with their kinds, from its field reference.
  private static let fields: [String: String] = [
    "@timestamp": "text", "ecs.version": "text", "event.kind": "text", "event.category": "list",
    "event.type": "list", "event.dataset": "text", "event.id": "text", "event.start": "text",
    "event.end": "text", "event.duration": "number", "event.outcome": "text",
    "network.transport": "text", "network.protocol": "text", "network.community_id": "text",
    "network.bytes": "number", "source.ip": "text", "source.port": "number",
    "source.bytes": "number", "source.packets": "number", "destination.ip": "text",
    "destination.port": "number", "destination.bytes": "number", "destination.packets": "number",
    "process.name": "text", "observer.ingress.interface.name": "text", "host.name": "text",
    "log.file.path": "text", "user.name": "text", "rule.name": "text", "tls.cipher": "text",
    "tls.version": "text", "tls.version_protocol": "text", "tls.established": "number",
    "url.port": "number", "http.request.method": "text",
    "http.response.status_code": "number", "http.request.bytes": "number",
    "http.response.bytes": "number", "http.version": "text", "url.path": "text",
    "url.query": "text", "url.domain": "text",
  ]

  private func leaves(_ object: [String: Any], _ prefix: String = "") -> [String: Any] {
    var leaves: [String: Any] = [:]
    for (name, value) in object {
      if let inner = value as? [String: Any] {
        leaves.merge(self.leaves(inner, prefix + name + ".")) { $1 }
      } else {
        leaves[prefix + name] = value
      }
    }
    return leaves
  }

  @Test("ECS has its own names with their kinds, and everything else under zos")
  func ecs() throws {
    var seen: Set<String> = []
    for table in ["flows", "exchanges"] {
      let options = Self.inputs + ["--label", "system=S0W1"]
      let plain = try objects(try export(table, options).text)
      let rows = try objects(try export(table, options + ["--format", "ecs"]).text)
      #expect(rows.count == plain.count)
      for (row, truth) in zip(rows, plain) {
        let leaves = leaves(row)
        seen.formUnion(leaves.keys)
        for (name, value) in leaves where !name.hasPrefix("zos.") {
          let kind = value is String ? "text" : value is [Any] ? "list" : "number"
          #expect(Self.fields[name] == kind, "\(name)")
        }
        #expect(leaves["source.ip"] as? String == truth["client_ip"] as? String)
        #expect(leaves["host.name"] as? String == "S0W1")
        #expect(!leaves.values.contains { $0 is NSNull })
        let isHTTP = (truth["protocol"] as? String)?.hasPrefix("HTTP") == true
        #expect((leaves["http.request.method"] != nil) == isHTTP)
      }
    }
    #expect(seen.isSuperset(of: ["event.end", "http.response.status_code", "zos.operation"]))
  }

  @Test("values are as ECS and Zeek have them, whatever labels are called")
  func values() throws {
    let scratch = try ScratchFolder()
    let head = "GET /a HTTP/1.1\r\nHost: zos.example:8443\r\n\r\nHTTP/1.1"
    try RunCommand.write(try Self.capture(of: Array(head.utf8)), to: scratch("t.pcap"))
    let labels = ["time=(empty)", "query=-", "start_ns=x", "start_time=y", "system="]
      .flatMap { ["--label", $0] }
    func event(_ table: String, _ arguments: [String]) throws -> [String: Any] {
      let text = try export(table, arguments + ["--format", "ecs"]).text
      return leaves(try #require(try objects(text).first))
    }
    let exchange = try event("exchanges", [scratch("t.pcap")] + Array(labels[4...]))
    #expect(exchange["url.domain"] as? String == "zos.example")
    #expect(exchange["url.port"] as? Int == 8443)
    #expect(exchange["zos.host"] as? String == "zos.example:8443")
    #expect(exchange["network.protocol"] as? String == "http")
    #expect(exchange["event.dataset"] as? String == "zcap.exchange")
    #expect(exchange["zos.start_ns"] as? String == "x")
    let flow = try event(
      "flows",
      ["data-trace/confidential.ctr", "--log", "attls/gpmserve.log"] + Array(labels[..<4]))
    #expect(flow["tls.version_protocol"] as? String == "tls")
    #expect((flow["tls.version"] as? String)?.hasPrefix("1.") == true)
    #expect((flow["tls.cipher"] as? String)?.hasPrefix("TLS_") == true)
    let log = try export(
      "flows", [scratch("t.pcap"), "--format", "zeek"] + Array(labels[..<4])
    ).text.split(separator: "\n")
    let names = try #require(log.first { $0.hasPrefix("#fields") }).split(separator: "\t")
    let cells = try #require(log.last).split(separator: "\t", omittingEmptySubsequences: false)
    let row = Dictionary(uniqueKeysWithValues: zip(names.dropFirst(), cells))
    #expect(row["service"] == "http")
    #expect(row["zos_time"] == "\\x28empty)" && row["zos_query"] == "\\x2d")
  }

  @Test(
    "the examples for other programs take what is written",
    .enabled(if: Judges.areThere, "\(Judges.needed)"))
  func examples() throws {
    let scratch = try ScratchFolder()
    let options = Self.inputs + ["--label", "system=S0W1"]
    for table in ["records", "flows", "exchanges"] {
      _ = try export(table, options + ["-o", scratch("\(table).ndjson")])
      guard table != "records" else { continue }
      _ = try export(table, options + ["--format", "ecs", "-o", scratch("\(table).ecs")])
    }
    let verdict = try Judges.run(
      "examples.py", [RunCommand.packageRoot + "/Integrations", scratch.path])
    #expect(verdict.status == 0, "\(verdict.errors)")
  }

  @Test("queries of URLs are hidden unless asked for")
  func queries() throws {
    let scratch = try ScratchFolder()
    let head = "GET /a?user=IBMUSER&token=s3cret&x HTTP/1.1\r\nHost: h\r\n\r\n"
    let listing = try Self.capture(of: Array(head.utf8))
    try RunCommand.write(listing, to: scratch("t.pcap"))
    for format in ["ecs", "zeek"] {
      let hidden = try export("exchanges", [scratch("t.pcap"), "--format", format]).text
      #expect(!hidden.contains("s3cret") && hidden.contains("user=***&token=***&***"), "\(hidden)")
      let open = try export(
        "exchanges", [scratch("t.pcap"), "--format", format, "--show-queries"]
      ).text
      #expect(open.contains("token=s3cret"), "\(open)")
    }
  }

  /// A capture of one TCP packet (classic pcap, raw IPv4).
  private static func capture(of payload: [UInt8]) throws -> [UInt8] {
    func le32(_ value: Int) -> [UInt8] {
      (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }
    let length = 40 + payload.count
    let ip: [UInt8] =
      [0x45, 0, UInt8(length >> 8), UInt8(length & 255), 0, 1, 0, 0, 64, 6, 0, 0]
      + [10, 1, 0, 77, 10, 1, 1, 2]
    let tcp: [UInt8] =
      [0xC3, 0xCB, 0x22, 0x63, 0, 0, 0, 1, 0, 0, 0, 1, 0x50, 0x18, 0xFF, 0xFF, 0, 0, 0, 0]
    return [0xD4, 0xC3, 0xB2, 0xA1, 2, 0, 4, 0] + le32(0) + le32(0) + le32(65_535) + le32(101)
      + le32(1_770_113_700) + le32(0) + le32(length) + le32(length) + ip + tcp + payload
  }

  /// The package for Python reads what the command writes.
  @Test(
    "the package for Python", .enabled(if: Judges.areThere, "\(Judges.needed)"))
  func package() throws {
    let root = RunCommand.packageRoot + "/Integrations/python"
    let result = try RunCommand.run(
      "/usr/bin/env",
      [
        "PYTHONPATH=\(root)/src", "PYTHONDONTWRITEBYTECODE=1", "ZCAP=\(RunCommand.zcap)",
        "CAPTURES=\(RunCommand.packageRoot)/captures", Judges.python, "-m", "unittest", "discover",
        "-s", "\(root)/tests",
      ])
    #expect(result.status == 0, "\(result.errors)")
  }
}
