import Foundation
import TestSupport
import Testing

/// What comes is shown as it comes: from a pipe, and of a file that grows.
@Suite("Interop: live", .serialized)
struct FollowTests {
  /// A record must be there within half a second; a machine that is busy with other tests may miss it once.
  private static let limit = Duration.milliseconds(500)

  /// Commands, and how many lines they have written after so many whole exchanges.
  private static let commands: [(words: [String], lines: Int)] = [
    (["print", "--json"], 2), (["http"], 1), (["http", "--json"], 1), (["exchanges"], 1),
    (["print", "--payload-only"], 7),
  ]

  private func check(_ times: [Duration], _ words: [String]) {
    let late = times.filter { $0 >= Self.limit }
    #expect(late.count <= 1 && late.allSatisfy { $0 < .seconds(5) }, "\(words): \(times)")
  }

  @Test("a pipe", arguments: commands.indices)
  func pipe(_ index: Int) throws {
    let (words, lines) = Self.commands[index]
    let live = try LiveCommand(words + ["-"], feeds: true)
    var times: [Duration] = []
    for number in 1...5 {
      let exchange = LiveTraces.exchange(number)
      try live.feed(exchange.request)
      try live.feed(exchange.answer)
      times.append(live.wait { live.lines >= number * lines })
    }
    check(times, words)
    #expect(live.lines == 5 * lines)
    #expect(try live.end().status == 130)
  }

  @Test("a file that grows record by record", arguments: commands.indices)
  func file(_ index: Int) throws {
    let (words, lines) = Self.commands[index]
    let scratch = try ScratchFolder()
    let path = scratch("grows.ctr")
    try RunCommand.write([], to: path)
    let live = try LiveCommand(words + [path, "--follow"])
    var times: [Duration] = []
    for number in 1...5 {
      let exchange = LiveTraces.exchange(number)
      // In two pieces, the first of which ends inside a record.
      let bytes = exchange.request + exchange.answer
      try append(Array(bytes.prefix(60)), to: path)
      try append(Array(bytes.dropFirst(60)), to: path)
      times.append(live.wait { live.lines >= number * lines })
    }
    check(times, words)
    let result = try live.end()
    #expect(result.status == 0)
    #expect(result.errors.contains("read 10 records"))
    let whole = try RunCommand.run(RunCommand.zcap, words + [path])
    #expect(result.text == whole.text)
  }

  @Test("a capture that grows packet by packet", arguments: ["pcap", "pcapng"])
  func capture(_ name: String) throws {
    let scratch = try ScratchFolder()
    let path = scratch("grows." + name)
    let source =
      Captures.folder
      + (name == "pcap" ? "pcap/microseconds-le.pcap" : "pcap/two-interfaces-le.pcapng")
    let bytes = try RunCommand.bytes(source)
    let whole = try RunCommand.run(RunCommand.zcap, ["print", "--json", source])
    try RunCommand.write([], to: path)
    let live = try LiveCommand(["print", "--json", "--follow", path])
    for start in stride(from: 0, to: bytes.count, by: 97) {
      try append(Array(bytes[start..<min(start + 97, bytes.count)]), to: path)
      usleep(10_000)
    }
    live.wait { live.lines == whole.output.count { $0 == 0x0A } }
    let result = try live.end(SIGTERM)
    #expect(result.status == 0)
    let again = try RunCommand.run(RunCommand.zcap, ["print", "--json", path])
    #expect(result.text == again.text)
  }

  @Test("convert writes packets as they come, and the file is whole")
  func convert() throws {
    let scratch = try ScratchFolder()
    let path = scratch("grows.ctr")
    try RunCommand.write([], to: path)
    let live = try LiveCommand(["convert", path, "--follow", "-o", "-"])
    var sizes: [Int] = []
    for number in 1...3 {
      let exchange = LiveTraces.exchange(number)
      try append(exchange.request + exchange.answer, to: path)
      let before = sizes.last ?? 0
      live.wait { live.output.count > before }
      usleep(100_000)
      sizes.append(live.output.count)
    }
    #expect(sizes == sizes.sorted() && Set(sizes).count == 3)
    #expect(try live.end().status == 0)
    let whole = try RunCommand.run(RunCommand.zcap, ["convert", path, "-o", "-"])
    #expect(live.output == whole.output)
  }

  @Test("rows of conversations as they end")
  func flows() throws {
    let scratch = try ScratchFolder()
    let path = scratch("grows.ctr")
    try RunCommand.write([], to: path)
    let live = try LiveCommand(["flows", "--json", "--follow", path])
    for (index, port) in [UInt16(50_001), 50_002, 50_003].enumerated() {
      let records = LiveTraces.whole(port: port)
      try append(records.dropLast().flatMap { $0 }, to: path)
      usleep(200_000)
      #expect(live.lines == index)
      try append(records[3], to: path)
      live.wait { live.lines == index + 1 }
      #expect(live.lines == index + 1)
    }
    let result = try live.end()
    #expect(result.status == 0)
    #expect(result.output.count { $0 == 0x0A } == 3)
  }

  @Test("an AT-TLS log that grows")
  func log() throws {
    let scratch = try ScratchFolder()
    let path = scratch("grows.log")
    let source = Captures.folder + "attls/gpmserve.log"
    // Connections that are over, in as many bytes as tell how lines end, and one that goes on.
    let head = "Feb  3 10:15:02 S0W1 TTLS[16842781]: 10:15:02 TCPIP    EZD1283I TTLS Event "
    let event = { (id: Int, what: String) in
      head + "GRPID: 00000007 ENVID: 00000003 CONNID: 000001\(10 + id) RC:    0 \(what)\n"
    }
    let more = (0..<24).map { event($0, "Initial Handshake") + event($0, "Connection Close") }
    let log =
      try RunCommand.bytes(source)
      + Array((more.joined() + event(50, "Initial Handshake")).utf8)
    try RunCommand.write(log, to: scratch("whole.log"))
    let whole = try RunCommand.run(RunCommand.zcap, ["attls", "--json", scratch("whole.log")])
    try RunCommand.write([], to: path)
    let live = try LiveCommand(["attls", "--json", "--follow", path])
    for line in log.split(separator: 10, omittingEmptySubsequences: false) {
      try append(Array(line) + [10], to: path)
      usleep(5_000)
    }
    let over = whole.text.split(separator: "\n").count { $0.contains("\"closed\":true") }
    live.wait { live.lines >= over }
    #expect(live.lines == over)
    #expect(live.isRunning)
    let result = try live.end()
    #expect(result.status == 0)
    #expect(
      Set(result.text.split(separator: "\n")) == Set(whole.text.split(separator: "\n")))
  }

  @Test("a file that is truncated or replaced is read anew", arguments: [false, true])
  func anew(_ isReplaced: Bool) throws {
    let scratch = try ScratchFolder()
    let path = scratch("grows.ctr")
    let (one, two) = (LiveTraces.exchange(1), LiveTraces.exchange(2))
    try RunCommand.write(one.request + one.answer, to: path)
    let live = try LiveCommand(["print", "--json", "--follow", path])
    live.wait { live.lines == 2 }
    if isReplaced {
      try FileManager.default.removeItem(atPath: path)
      usleep(200_000)
      #expect(live.isRunning)
      try RunCommand.write(two.request, to: path)
    } else {
      let file = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
      try file.truncate(atOffset: 0)
      try file.close()
      live.wait { live.errors.contains("truncated") }
      try append(two.request, to: path)
    }
    live.wait { live.lines == 3 }
    #expect(
      live.errors.contains(
        isReplaced ? "was replaced; reading it anew" : "was truncated; reading it anew"))
    try append(two.answer, to: path)
    live.wait { live.lines == 4 }
    let result = try live.end()
    #expect(result.output.count { $0 == 0x0A } == 4)
    #expect(result.errors.contains("read 4 records"))
    #expect(!result.errors.contains("cut short"))
  }

  @Test("gzip that grows, member by member", .enabled(if: Tool.gzip != nil))
  func compressed() throws {
    let scratch = try ScratchFolder()
    let path = scratch("grows.ctr.gz")
    try RunCommand.write([], to: path)
    let live = try LiveCommand(["http", "--follow", path])
    for number in 1...3 {
      let exchange = LiveTraces.exchange(number)
      try RunCommand.write(exchange.request + exchange.answer, to: scratch("part"))
      let part = try RunCommand.run(try #require(Tool.gzip), ["-c", scratch("part")])
      try append(part.output, to: path)
      live.wait { live.lines == number }
      #expect(live.lines == number)
    }
    #expect(try live.end().status == 0)
  }

  @Test("of several files the last one")
  func several() throws {
    let scratch = try ScratchFolder()
    let (one, two) = (LiveTraces.exchange(1), LiveTraces.exchange(2))
    try RunCommand.write(one.request + one.answer, to: scratch("1"))
    try RunCommand.write(two.request, to: scratch("2"))
    let live = try LiveCommand(["http", "--follow", scratch("1"), scratch("2")])
    live.wait { live.lines == 1 }
    try append(two.answer, to: scratch("2"))
    live.wait { live.lines == 2 }
    #expect(live.lines == 2)
    #expect(try live.end().status == 0)
  }

  @Test(
    "what needs the end of the input is refused in one line",
    arguments: [
      ("print --follow -", "standard input"), ("print --follow --sort X", "time order"),
      ("convert --follow X X -o Y", "time order"),
      ("print --follow --contains a --whole X", "--whole"), ("flows --follow --top 3 X", "--top"),
    ])
  func refused(_ command: String, _ word: String) throws {
    let result = try RunCommand.run(
      RunCommand.zcap, command.split(separator: " ").map(String.init))
    #expect(result.status == 64)
    #expect(result.errors.contains(word), "\(result.errors)")
  }

  @Test("a table on a terminal is drawn anew", .enabled(if: RunCommand.find("script") != nil))
  func table() throws {
    let scratch = try ScratchFolder()
    let path = scratch("grows.ctr")
    try RunCommand.write(LiveTraces.whole(port: 50_001).flatMap { $0 }, to: path)
    try RunCommand.write(LiveTraces.whole(port: 50_002)[1], to: scratch("more"))
    // The shell becomes the command, so that its number is known.
    let result = try RunCommand.shell(
      """
      (sleep 0.7; cat "$2" >> "$1"; sleep 0.7; kill -INT $(cat "$1.pid")) &
      TERM=xterm script -qfc "stty rows 20 cols 150; echo \\$\\$ > $1.pid; exec $zcap flows --follow $1" \
        /dev/null < /dev/null
      """, [path, scratch("more")])
    let text = result.text.replacing("\r", with: "")
    #expect(text.contains("50001"), "\(result.errors)")
    // Drawn again with the second conversation, and at the end once more.
    #expect(text.split(separator: "\u{1B}[J").count == 3, "\(text.debugDescription)")
    #expect(text.contains("50002"))
    #expect(text.contains("2 flows"))
    #expect(result.status == 0)
  }
}
