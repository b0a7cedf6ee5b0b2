import TestSupport
import Testing
import TraceBytes
import TraceModel
import TraceStreams

@testable import TraceProtocols
@testable import TraceSecrets

/// What cannot be searched because a bound was reached is said, and left out where that is wanted.
@Suite("Limits of redaction") struct UnsearchedTests {
  private static let secret = Carrier.secret
  private static let server = Endpoint(IPAddress(ipv4: 0x0A01_0102), 8803)

  /// The stage behind a tracker of so many conversations at a time.
  private struct Run {
    let sink = CollectingSink()
    let stage: SecretStage
    let tracker: FlowTracker
    private var number: UInt64 = 0

    init(_ mode: SecretStage.Mode, held: Int = 32 << 20, flows: Int = 1000) {
      var options = SecretStage.Options(mode)
      options.heldBytes = held
      stage = SecretStage(to: sink, options)
      tracker = FlowTracker(to: stage, flows: FlowTable(limit: flows))
    }

    /// Data of a client.
    mutating func data(_ text: String, from port: UInt16) throws {
      number += 1
      let bytes = Array(text.utf8)
      var record = TraceRecord()
      record.kind = .dataTrace
      record.direction = .inbound
      record.number = number
      record.time = 1_767_600_000_000_000_000 + Int64(number)
      record.ipProtocol = 6
      (record.source, record.sourcePort) = (IPAddress(ipv4: 0x0A01_0002), port)
      (record.destination, record.destinationPort) = (server.address, server.port)
      (record.tracedLength, record.originalLength) = (bytes.count, bytes.count)
      try unsafe tracker.record(record, bytes.span.bytes)
    }

    mutating func packet(_ payload: [UInt8], at offset: Int, flags: UInt8 = 0x18) throws {
      number += 1
      let headers = PacketHeaders(
        source: Endpoint(IPAddress(ipv4: 0x0A01_0002), 45168), destination: server, ipProtocol: 6,
        sequence: UInt32(1000 + offset), acknowledgement: 99, flags: flags)
      let bytes = unsafe headers.bytes(payload.span.bytes) + payload
      var record = TraceRecord()
      record.kind = .capture
      record.linkType = .raw
      record.number = number
      (record.tracedLength, record.originalLength) = (bytes.count, bytes.count)
      try unsafe tracker.record(record, bytes.span.bytes)
    }

    /// Whether the secret is in the output.
    var leaks: Bool {
      let output = sink.records.flatMap(\.payload)
      return Carrier.forms.contains { output.contains($0) }
    }
  }

  /// A body in which one segment comes behind 300 others.
  private static func late(
    _ mode: SecretStage.Mode, _ value: String, name: String
  ) throws -> Run {
    var run = Run(mode)
    let rest = String(repeating: "abcdefg ", count: 37_500)
    let body = #"{"user":"me", "# + name + value + #""x":""# + rest + #""}"#
    let bytes = Carrier.post(body, type: Carrier.json)
    let start = bytes.count - (name + value + #""x":""# + rest + #""}"#).utf8.count
    let end = start + name.utf8.count
    try run.packet([], at: -1, flags: 0x02)
    try run.packet(Array(bytes[..<start]), at: 0)
    for at in stride(from: end, to: bytes.count, by: 1000) {
      try run.packet(Array(bytes[at..<min(at + 1000, bytes.count)]), at: at)
    }
    try run.packet(Array(bytes[start..<end]), at: start)
    try run.tracker.finish()
    return run
  }

  @Test func aSegmentThatComesTooLateIsSearchedByItself() throws {
    let run = try Self.late(.redact, "", name: #""password":"\#(Self.secret)","#)
    #expect(!run.leaks)
    #expect(run.stage.credentials.masked == 1)
    #expect(run.stage.unsearched.contains { $0.what == "segments that came too late" })
    #expect(run.stage.unsearched.contains { $0.what == "what follows missing bytes" })
    let strict = try Self.late(.strict, "", name: #""password":"\#(Self.secret)","#)
    #expect(!strict.leaks)
    #expect(strict.sink.records.last?.payload.count == 40)
  }

  @Test func whatFollowsALateSegmentIsSaid() throws {
    #expect(!(try Self.late(.strict, #""\#(Self.secret)","#, name: #""password":"#).leaks))
    let run = try Self.late(.redact, #""\#(Self.secret)","#, name: #""password":"#)
    #expect(run.leaks)
    #expect(run.stage.unsearched.contains { $0.what == "what follows missing bytes" })
  }

  @Test func aSegmentBeforeTheFirstIsSaid() throws {
    for mode in [SecretStage.Mode.redact, .strict] {
      var run = Run(mode)
      for index in 0..<4 { try run.packet(Array("some text\r\n".utf8), at: 11 * index) }
      try run.packet(Array(#""x":"\#(Self.secret)""#.utf8), at: -19)
      try run.tracker.finish()
      #expect(run.stage.unsearched.map(\.bytes) == [19])
      #expect(run.leaks == (mode == .redact))
    }
  }

  @Test(arguments: [SecretStage.Mode.redact, .strict])
  func whatGoesOnEarlyIsSaid(_ mode: SecretStage.Mode) throws {
    var run = Run(mode, held: 64 * 1024)
    let body = #"{"value":"\#(Self.secret)","#
    try run.data(
      "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 200\r\n\r\n", from: 45168)
    try run.data(body, from: 45168)
    for _ in 0..<500 { try run.data("some other text\r\n", from: 2000) }
    try run.data(#""name":"password"}"#, from: 45168)
    try run.tracker.finish()
    #expect(run.stage.passedEarly > 0)
    #expect(run.leaks == (mode == .redact))
    #expect(
      run.stage.unsearched.contains {
        $0.what == "messages whose rest could not be waited for" && $0.bytes >= body.utf8.count
      })
  }

  @Test(arguments: [SecretStage.Mode.redact, .strict])
  func whatGoesOnAfterItWasPutAsideIsSaid(_ mode: SecretStage.Mode) throws {
    var run = Run(mode, flows: 4)
    try run.data("{\"user\":\"me\", \"password\": ", from: 45168)
    for port in 2000..<2010 { try run.data("some other text\r\n", from: UInt16(port)) }
    try run.data("\"\(Self.secret)\"}", from: 45168)
    try run.tracker.finish()
    #expect(run.tracker.counts.resumed == 1)
    #expect(run.leaks == (mode == .redact))
    #expect(run.stage.unsearched.contains { $0.what == "what follows missing bytes" })
  }

  @Test func nothingIsLeftOutOfAConversationThatIsWhole() throws {
    var run = Run(.strict, held: 16 * 1024)
    try run.packet([], at: -1, flags: 0x02)
    let line = Array("USER me\r\nPASS \(Self.secret)\r\n".utf8)
    try run.packet(line, at: 0)
    try run.packet([], at: line.count, flags: 0x11)
    try run.tracker.finish()
    #expect(!run.leaks)
    #expect(run.stage.unsearched == [])
    #expect(run.stage.leftOut == 0)
  }

  @Test("a fragment without the others is said not to be searched")
  func fragmentAlone() throws {
    let text = Array("GET / HTTP/1.1\r\nAuthorization: Basic \(Self.secret)".utf8)
    let packet = SecretStageTests.packet(text, sequence: 1000, flags: 0x18)
    let body = Array(packet[20...])
    let piece = SecretStageTests.fragment(packet, Array(body[64...]), offset: 64, more: false)
    let stage = SecretStage(to: CollectingSink(), SecretStage.Options(.redact))
    let tracker = FlowTracker(to: stage)
    try unsafe tracker.record(SecretStageTests.packetRecord(piece.count), piece.span.bytes)
    try tracker.finish()
    #expect(stage.unsearched.map(\.bytes) == [UInt64(piece.count - 20)])
    #expect(stage.unsearched.map(\.flows) == [1])
  }

  @Test func columnsInAnyNumber() throws {
    for place in [50, 590] {
      var names = (0..<600).map { "c\($0)" }
      var values = (0..<600).map { "v\($0)" }
      names[place] = "password"
      values[place] = Self.secret
      let rows = [names, values, values].map { $0.joined(separator: ",") + "\n" }
      let text = Carrier.post(rows.joined(), type: "text/csv")
      var run = Run(.redact)
      try run.data(String(decoding: text, as: UTF8.self), from: 45168)
      try run.tracker.finish()
      #expect(!run.leaks)
    }
  }

  @Test func holesAreForgottenOnlyAsHoles() {
    var holes = StreamHoles(floor: 100)
    #expect(holes.holds(90..<95))
    for number in 0..<5000 as Range<UInt64> { holes.add(200 + 10 * number..<203 + 10 * number) }
    #expect(holes.holds(50_192..<50_194) && !holes.holds(50_195..<50_199))
    #expect(holes.missing(in: 50_185..<50_195) == 3)
    // What is not remembered counts as missing.
    #expect(holes.holds(205..<206))
  }
}
