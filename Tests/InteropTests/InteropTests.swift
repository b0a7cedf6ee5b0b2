import TestSupport
import Testing
import TraceModel

/// What Wireshark's tools and tcpdump make of the pcapng that zcap writes.
@Suite("Interop: pcapng in other tools")
struct InteropTests {
  /// What Wireshark may call an error or a warning, by capture, and why it is right.
  static let explained: [String: (summary: String, why: String)] = [:]

  @Test(
    "Wireshark finds nothing wrong, checksums included", .enabled(if: Tool.tshark != nil),
    arguments: Captures.convertible)
  func expert(_ capture: String) throws {
    let scratch = try ScratchFolder()
    #expect(try Captures.convert(capture, into: scratch).status == 0)
    let checks = ["ip", "tcp", "udp"].flatMap { ["-o", "\($0).check_checksum:TRUE"] }
    let report = try RunCommand.run(
      try #require(Tool.tshark), checks + ["-r", scratch("out.pcapng"), "-q", "-z", "expert"])
    #expect(report.status == 0, "\(report.errors)")
    let wrong = Self.errorsAndWarnings(report.text).filter {
      guard let explained = Self.explained[capture] else { return true }
      return !$0.contains(explained.summary)
    }
    #expect(wrong.isEmpty)
  }

  /// The rows below "Errors" and "Warns".
  private static func errorsAndWarnings(_ report: String) -> [Substring] {
    var rows: [Substring] = []
    var isWrong = false
    for line in report.split(separator: "\n") {
      if line.hasSuffix(")"), !line.hasPrefix(" ") {
        isWrong = line.hasPrefix("Error") || line.hasPrefix("Warn")
      } else if isWrong, line.first == " ", line.contains(where: \.isNumber) {
        rows.append(line)
      }
    }
    return rows
  }

  @Test(
    "editcap, capinfos and tcpdump read it, and count as zcap does",
    .enabled(if: Tool.editcap != nil && Tool.capinfos != nil && Tool.tcpdump != nil),
    arguments: Captures.convertible)
  func count(_ capture: String) throws {
    let scratch = try ScratchFolder()
    let converted = try Captures.convert(capture, into: scratch)
    let written = try #require(converted.packetsWritten)
    let file = scratch("out.pcapng")

    let copy = scratch("copy.pcapng")
    #expect(try RunCommand.run(try #require(Tool.editcap), [file, copy]).status == 0)
    for path in [file, copy] {
      let report = try RunCommand.run(try #require(Tool.capinfos), ["-Mrc", path])
      #expect(report.status == 0)
      let count = report.text.split(separator: "\n").last?.split(separator: " ").last
      #expect(count.flatMap { Int($0) } == written, "\(report.text)")
    }
    let dumped = try RunCommand.run(try #require(Tool.tcpdump), ["-nr", file])
    if capture.contains("two-interfaces") {
      // libpcap reads no file with interfaces of two link types.
      #expect(dumped.errors.contains("different from the type of the first interface"))
    } else {
      #expect(dumped.status == 0, "\(dumped.errors)")
    }
    #expect(try Captures.read(file).records.count == written)
  }

  @Test(
    "the bytes of a conversation come back", .enabled(if: Tool.tshark != nil),
    arguments: [
      ("data-trace/segmented-400000.ctr.gz", "ARCHIVE", 0),
      ("data-trace/ebcdic.ctr", "CICSPROD", 1),
      ("data-trace/http-clear-text.ctr", "GPMSERVE", 0), ("data-trace/ipv6.ctr", "GPMSERVE", 0),
      ("data-trace/local-both-sides.ctr", "SERVERA", 0),
    ])
  func follow(_ capture: String, _ job: String, _ stream: Int) throws {
    let scratch = try ScratchFolder()
    #expect(try Captures.convert(capture, into: scratch).status == 0)
    let report = try RunCommand.run(
      try #require(Tool.tshark),
      ["-r", scratch("out.pcapng"), "-q", "-z", "follow,tcp,raw,\(stream)"])
    // Lines of the second end begin with a tab.
    let hex = { (isServer: Bool) in
      report.text.split(separator: "\n").filter {
        $0.hasPrefix("\t") == isServer && $0.allSatisfy { $0.isHexDigit || $0 == "\t" }
      }.map { $0.filter(\.isHexDigit) }.joined()
    }
    let records = try Captures.read(Captures.folder + capture).records.filter {
      $0.record.name.text == job
    }
    for isServer in [true, false] {
      let sent = records.filter { ($0.record.direction == .outbound) == isServer }
        .flatMap(\.payload)
      #expect(!sent.isEmpty)
      #expect(TestSupport.hex(hex(isServer)) == sent)
    }
  }

  @Test("Wireshark shows the four exchanges of the demo", .enabled(if: Tool.tshark != nil))
  func demo() throws {
    let scratch = try ScratchFolder()
    _ = try Captures.convert("data-trace/http-clear-text.ctr", into: scratch)
    let report = try RunCommand.run(
      try #require(Tool.tshark),
      [
        "-r", scratch("out.pcapng"), "-Y", "http", "-T", "fields", "-e", "http.request.method",
        "-e", "http.response.code",
      ])
    let rows = report.text.split(separator: "\n").map { $0.filter { $0 != "\t" } }
    #expect(rows == ["GET", "200", "POST", "302", "GET", "200", "GET", "404"])
  }

  /// Wireshark has a reader of its own for Sniffer files.
  @Test(
    "Wireshark reads a Sniffer export as zcap does", .enabled(if: Tool.tshark != nil),
    arguments: ["sniffer/ethernet.enc", "sniffer/token-ring.enc"])
  func sniffer(_ capture: String) throws {
    let scratch = try ScratchFolder()
    #expect(try Captures.convert(capture, into: scratch).status == 0)
    let fields = ["frame.time_epoch", "frame.len", "ip.src", "ip.dst", "tcp.srcport", "tcp.len"]
    let rows = try [Captures.folder + capture, scratch("out.pcapng")].map { file in
      try RunCommand.run(
        try #require(Tool.tshark),
        ["-r", file, "-T", "fields"] + fields.flatMap { ["-e", $0] }
      ).text.split(separator: "\n")
    }
    #expect(rows[0].count == 8)
    #expect(rows[0] == rows[1])
  }

  @Test("every container gives the same packets", arguments: Captures.files("containers"))
  func containers(_ capture: String) throws {
    let scratch = try ScratchFolder()
    #expect(try Captures.convert(capture, into: scratch).status == 0)
    let packets = try Captures.read(scratch("out.pcapng")).records
    let other = try ScratchFolder()
    _ = try Captures.convert("data-trace/http-clear-text.ctr", into: other)
    let expected = try Captures.read(other("out.pcapng")).records
    #expect(packets.map(\.payload) == expected.map(\.payload))
    #expect(packets.map(\.record.time) == expected.map(\.record.time))
  }
}
